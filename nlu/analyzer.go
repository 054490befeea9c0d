package nlu

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/yingda/yingda/internal/fault"
)

// Heads are the classifiers of one bot. They are read once per message, so a
// swap never splits one.
type Heads struct {
	Intent    Classifier
	Sentiment Classifier
}

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

// Analyze implements Analyzer: one encoder pass, then heads, words and entities.
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
	if res.Intents, err = rank(heads.Intent, features.Embedding); err != nil {
		return Result{}, err
	}
	res.Intent = res.Intents[0]
	if res.Sentiment, err = sentiment(heads.Sentiment, features.Embedding); err != nil {
		return Result{}, err
	}
	return res, nil
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

// rank returns the most probable intents, best first.
func rank(c Classifier, embedding []float32) ([]Intent, error) {
	var buf [128]float64
	probs, err := c.Probabilities(buf[:0], embedding)
	if err != nil {
		return nil, err
	}
	labels := c.Labels()
	best := make([]Intent, 0, Ranked+1)
	for i, l := range labels {
		at := len(best)
		for at > 0 && probs[i] > best[at-1].Confidence {
			at--
		}
		if at == Ranked {
			continue
		}
		best = slices.Insert(best, at, Intent{Name: l, Confidence: probs[i]})
		best = best[:min(len(best), Ranked)]
	}
	return best, nil
}

func sentiment(c Classifier, embedding []float32) (Sentiment, error) {
	var buf [8]float64
	probs, err := c.Probabilities(buf[:0], embedding)
	if err != nil {
		return Sentiment{}, err
	}
	var s Sentiment
	for i, l := range c.Labels() {
		switch l {
		case Negative:
			s.Scores.Negative = probs[i]
		case Neutral:
			s.Scores.Neutral = probs[i]
		case Positive:
			s.Scores.Positive = probs[i]
		default:
			return Sentiment{}, fault.New(fault.Internal, "the sentiment head has the unknown label %q", l)
		}
		if probs[i] > s.Score {
			s.Label, s.Score = l, probs[i]
		}
	}
	return s, nil
}

// blank reports whether text holds nothing visible.
func blank(text string) bool {
	for _, r := range text {
		if !unicode.IsSpace(r) && !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) {
			return false
		}
	}
	return true
}
