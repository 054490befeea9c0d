package compat

import (
	"context"
	"net/http"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Searcher finds articles for a text.
type Searcher func(ctx context.Context, bot, text string, limit int) ([]kb.Hit, error)

// Dify is Dify's external knowledge API (docs.dify.ai, "External Knowledge API").
type Dify struct {
	Search Searcher
}

// Error codes of Dify's specification.
const (
	difyNoKey       = 1001
	difyBadKey      = 1002
	difyNoKnowledge = 2001
	difyOther       = 5000
)

// DifyProduct writes Dify's errors.
var DifyProduct = Product{Name: "dify", Body: func(f Failure) (int, any) {
	status, code := f.Status, difyOther
	switch f.Code {
	case fault.Unauthenticated:
		status, code = http.StatusForbidden, difyNoKey
	case fault.Forbidden:
		status, code = http.StatusForbidden, difyBadKey
	case fault.NotFound:
		code = difyNoKnowledge
	case fault.Invalid:
		status = http.StatusBadRequest
	}
	return status, map[string]any{"error_code": code, "error_msg": f.Message}
}}

// DifyRequest is what Dify sends.
type DifyRequest struct {
	Knowledge string `json:"knowledge_id"`
	Query     string `json:"query"`
	Setting   struct {
		TopK      int     `json:"top_k"`
		Threshold float64 `json:"score_threshold"`
	} `json:"retrieval_setting"`
}

// DifyRecord is an article found. Metadata is an object, never null.
type DifyRecord struct {
	Content  string         `json:"content"`
	Score    float64        `json:"score"`
	Title    string         `json:"title"`
	Metadata map[string]any `json:"metadata"`
}

// DifyResponse is what it gets.
type DifyResponse struct {
	Records []DifyRecord `json:"records"`
}

// Retrieve answers POST /retrieval. knowledge_id is the key's bot; another one
// does not exist for the caller.
func (d Dify) Retrieve(ctx context.Context, bot string, r DifyRequest) (DifyResponse, error) {
	switch {
	case r.Knowledge != bot:
		return DifyResponse{}, fault.New(fault.NotFound, "the knowledge does not exist: knowledge_id must be the key's bot")
	case r.Query == "":
		return DifyResponse{}, fault.New(fault.Invalid, "the query is empty")
	case r.Setting.TopK < 0 || r.Setting.TopK > 100 || r.Setting.Threshold < 0 || r.Setting.Threshold > 1:
		return DifyResponse{}, fault.New(fault.Invalid, "top_k must be between 1 and 100, score_threshold between 0 and 1")
	}
	hits, err := d.Search(ctx, bot, r.Query, r.Setting.TopK)
	if err != nil {
		return DifyResponse{}, err
	}
	out := DifyResponse{Records: []DifyRecord{}}
	for _, h := range hits {
		if h.Score < r.Setting.Threshold {
			continue
		}
		out.Records = append(out.Records, DifyRecord{
			Content: h.Article.Question + "\n" + h.Article.Answer, Score: h.Score, Title: h.Article.Question,
			Metadata: map[string]any{"article_id": h.Article.ID, "category": h.Article.Category, "band": h.Band, "matched": h.Phrase},
		})
	}
	return out, nil
}
