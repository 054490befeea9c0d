package help

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// maxSegments bounds the runs of the encoder for one text.
const maxSegments = 12

// Found is an article that may spare the customer a ticket.
type Found struct {
	Article kb.Article
	// Probability is that of the segment for which it is greatest.
	Probability float64
	Band        kb.Band
	// Segment is the part of the text that the article answers.
	Segment string
	// Snippet is the part of the answer that matters.
	Snippet string
}

// Searcher finds the articles for long texts. Its fields are required; it is
// safe for concurrent use if they are.
type Searcher struct {
	// Reader returns what reads a bot's texts.
	Reader    func(bot string) kb.Reader
	Retriever kb.Retriever
}

// Search returns at most limit articles good enough to be shown, the most
// probable first. Its faults are those of the reader and the retriever; a
// text without a letter or digit is fault.Invalid.
func (s Searcher) Search(ctx context.Context, bot, text string, at time.Time, limit int) ([]Found, error) {
	segments := Segments(text, maxSegments)
	if len(segments) == 0 {
		return nil, fault.New(fault.Invalid, "请用文字描述您的问题。")
	}
	best := map[string]Found{}
	reader := s.Reader(bot)
	for _, segment := range segments {
		q, err := reader.Read(ctx, segment)
		if err != nil {
			return nil, err
		}
		q.Bot, q.At, q.Limit = bot, at, limit
		hits, err := s.Retriever.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			if old, ok := best[h.Article.ID]; h.Band != kb.Abstain && (!ok || h.Score > old.Probability) {
				best[h.Article.ID] = Found{
					Article: h.Article, Probability: h.Score, Band: h.Band, Segment: segment,
					Snippet: Snippet(h.Article.Answer, segment, h.Article.Question, h.Phrase),
				}
			}
		}
	}
	out := make([]Found, 0, len(best))
	for _, f := range best {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Found) int {
		return cmp.Or(cmp.Compare(b.Probability, a.Probability), cmp.Compare(a.Article.ID, b.Article.ID))
	})
	return out[:min(limit, len(out))], nil
}
