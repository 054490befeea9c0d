package nlu

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// Parts are what a Pipeline is made of. All are required.
type Parts struct {
	Encoder   Encoder
	Segmenter Segmenter
	Entities  EntityExtractor
	// Heads returns the heads of a bot; the empty bot has the built-in ones.
	// It must be cheap: it is called for every message.
	Heads func(bot string) (Heads, error)
}

// Ranked is how many intents a Result lists.
const Ranked = 5

// Pipeline is the Analyzer made of Parts.
type Pipeline struct {
	parts Parts
}

var _ Analyzer = (*Pipeline)(nil)

// NewPipeline checks that the parts are there.
func NewPipeline(p Parts) (*Pipeline, error) {
	var errs []error
	for name, missing := range map[string]bool{
		"encoder": p.Encoder == nil, "segmenter": p.Segmenter == nil,
		"entities": p.Entities == nil, "heads": p.Heads == nil,
	} {
		if missing {
			errs = append(errs, fault.New(fault.Internal, "the analyzer has no %s", name))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &Pipeline{parts: p}, nil
}

// Analyze implements Analyzer: one encoder pass, then heads, words and
// entities. A turn before, and several matters in one message, take more
// passes where the bot has heads for them.
func (p *Pipeline) Analyze(ctx context.Context, req Request) (Result, error) {
	text := strings.ToValidUTF8(req.Text, "\uFFFD")
	if blank(text) {
		return Result{}, fault.In("text", fault.New(fault.Invalid, "消息是空的，请写点内容再发送 (the message is empty)"))
	}
	heads, err := p.parts.Heads(req.Bot)
	if err != nil {
		return Result{}, err
	}
	// Words and entities need no model: they are found beside the encoder's pass.
	beside := make(chan surface, 1)
	go func() { beside <- p.surface(text, req.Now) }()
	features, err := p.parts.Encoder.Encode(ctx, text)
	found := <-beside
	if err != nil {
		return Result{}, err
	}
	if found.panicked != nil {
		panic(found.panicked) // in the caller's goroutine, where it is recovered
	}
	res := Result{Text: text, Features: features, Tokens: found.tokens, Entities: found.entities}
	in := Input{Text: text, Embedding: features.Embedding, State: features.State}
	pair, err := p.pair(ctx, heads, text, req.Prev)
	if err != nil {
		return Result{}, err
	}
	v, err := heads.judge(in, pair, req.Expect)
	if err != nil {
		return Result{}, err
	}
	res.Intents, res.Intent, res.Scope = v.intents, v.intents[0], v.scope
	if res.Sentiment, err = sentiment(heads.Sentiment, in); err != nil {
		return Result{}, err
	}
	if res.Emotion, err = emotion(heads.Emotion, in); err != nil {
		return Result{}, err
	}
	if v.scope == nil || v.scope.In {
		res.Segments, err = p.segments(ctx, heads, text)
	}
	return res, err
}

// pair reads text with the turn before it; nil where there is none, or no head
// for it that speaks of the same intents.
func (p *Pipeline) pair(ctx context.Context, heads Heads, text, prev string) (*Input, error) {
	if heads.Context == nil || blank(prev) || !slices.Equal(heads.Context.Labels(), heads.Intent.Labels()) {
		return nil, nil
	}
	f, err := p.parts.Encoder.EncodePair(ctx, text, prev)
	if err != nil {
		return nil, err
	}
	return &Input{Text: text, Embedding: f.Embedding, State: f.State}, nil
}

// surface is what a text shows without the encoder.
type surface struct {
	tokens   []Token
	entities []Entity
	panicked any
}

func (p *Pipeline) surface(text string, now time.Time) (s surface) {
	defer func() { s.panicked = recover() }()
	s.tokens = p.parts.Segmenter.Segment(text)
	if s.entities = p.parts.Entities.Extract(text, now); s.entities == nil {
		s.entities = []Entity{}
	}
	return s
}

// blank reports whether text holds nothing visible.
func blank(text string) bool { return visible(text) == 0 }
