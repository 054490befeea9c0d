package main

import (
	"encoding/json"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

type kbSearchCmd struct {
	Bot     string `required:"" help:"Bot whose articles are searched." placeholder:"BOT"`
	Limit   int    `default:"5" help:"Hits per query."`
	Explain bool   `help:"Say why each hit has its probability."`
}

type searchIn struct {
	ID    json.RawMessage `json:"id"`
	Query string          `json:"query"`
	// Topic is the id of the article that the conversation is about, Previous
	// the customer's message before; both may be empty.
	Topic    string `json:"topic"`
	Previous string `json:"previous"`
}

type searchHit struct {
	ArticleID string  `json:"article_id"`
	Question  string  `json:"question"`
	Answer    string  `json:"answer"`
	Score     float64 `json:"score"`
	Band      kb.Band `json:"band"`
	Why       *kb.Why `json:"why,omitempty"`
}

type searchOut struct {
	ID   json.RawMessage `json:"id,omitempty"`
	Hits []searchHit     `json:"hits"`
}

// Run searches for every line.
func (c *kbSearchCmd) Run(g *globals) error {
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		return jsonLines(g, workers(), func(in searchIn) json.RawMessage { return in.ID }, func(in searchIn) (any, error) {
			if strings.TrimSpace(in.Query) == "" {
				return nil, fault.In("query", fault.New(fault.Invalid, "the query is empty"))
			}
			q, err := asker{a.language, c.Bot}.Read(g.ctx, in.Query)
			if err != nil {
				return nil, err
			}
			q.Limit, q.Explain, q.Topic.Article, q.Previous = c.Limit, c.Explain, in.Topic, in.Previous
			hits, err := a.knowledge.Search(g.ctx, q)
			out := searchOut{ID: in.ID, Hits: []searchHit{}}
			for _, h := range hits {
				out.Hits = append(out.Hits, searchHit{h.Article.ID, h.Article.Question, h.Article.Answer, h.Score, h.Band, h.Why})
			}
			return out, err
		})
	})
}
