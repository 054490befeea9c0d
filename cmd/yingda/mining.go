package main

import (
	"context"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/nlu"
)

// entityKinds are the entities that must not stay in mined texts.
var entityKinds = map[nlu.EntityType]mining.Kind{
	nlu.TrackingNumber: mining.Tracking, nlu.OrderNumber: mining.Order, nlu.MobileNumber: mining.Phone, nlu.PhoneTail: mining.Phone,
}

// findPersonal finds personal and order data by the entity rules.
func (a *app) findPersonal(text string) []mining.Span {
	var spans []mining.Span
	for _, e := range a.language.entities.Extract(text, a.clock.Now()) {
		if kind, ok := entityKinds[e.Type]; ok {
			spans = append(spans, mining.Span{Start: e.Start, End: e.End, Kind: kind})
		}
	}
	return spans
}

// readQuestion reads a mined message with the bot's own heads.
func (a *app) readQuestion(bot string) func(ctx context.Context, text string) (mining.Reading, error) {
	return func(ctx context.Context, text string) (mining.Reading, error) {
		r, err := a.language.pipeline.Analyze(ctx, nlu.Request{Text: text, Bot: bot, Now: a.clock.Now()})
		if err != nil {
			return mining.Reading{}, err
		}
		out := mining.Reading{Intent: r.Intent.Name, Confidence: r.Intent.Confidence, Embedding: r.Features.Embedding, Terms: r.Terms()}
		if r.Scope != nil {
			out.Idle = r.Scope.Score
		}
		return out, nil
	}
}

// searchBase asks a bot's knowledge base a mined question.
func (a *app) searchBase(bot string) func(ctx context.Context, text string, r mining.Reading) ([]kb.Hit, error) {
	return func(ctx context.Context, text string, r mining.Reading) ([]kb.Hit, error) {
		return a.knowledge.Search(ctx, kb.Query{
			Bot: bot, Text: text, Embedding: r.Embedding, EncoderID: a.language.encoder.ID(), Terms: r.Terms, At: a.clock.Now(), Limit: 3,
		})
	}
}

// embedText encodes an answer.
func (a *app) embedText(ctx context.Context, text string) ([]float32, error) {
	f, err := a.language.encoder.Encode(ctx, text)
	return f.Embedding, err
}

// wordingsOf returns the embeddings of the wordings of a bot's articles, for the
// threshold of grouping; at most about limit of them.
func (a *app) wordingsOf(ctx context.Context, bot string, limit int) ([][][]float32, error) {
	articles, err := a.store.Articles(ctx, bot)
	if err != nil {
		return nil, err
	}
	var texts []string
	var owner []int
	for i, article := range articles {
		if len(texts) >= limit {
			break
		}
		for _, p := range article.Phrasings() {
			texts, owner = append(texts, p), append(owner, i)
		}
	}
	out := make([][][]float32, len(articles))
	err = a.knowledge.Embed(ctx, texts, func(i int, v []float32) error {
		out[owner[i]] = append(out[owner[i]], v)
		return nil
	})
	return out, err
}

// miningOptions are what mining for a bot works with.
func (a *app) miningOptions(ctx context.Context, bot string, now time.Time) (mining.Options, error) {
	wordings, err := a.wordingsOf(ctx, bot, 1500)
	if err != nil {
		return mining.Options{}, err
	}
	return mining.Options{
		Read: a.readQuestion(bot), Embed: a.embedText, Search: a.searchBase(bot), Find: a.findPersonal,
		Threshold: mining.Calibrate(wordings), Now: now,
	}, nil
}
