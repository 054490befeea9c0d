package eval

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/baseline"
)

// remembered is how many texts a session keeps the features of: more than the
// texts that several measures read.
const remembered = 8192

// session is one contender at work.
type session struct {
	Contender
	opts     Options
	report   *Report
	learned  map[string]nlu.Classifier
	pipeline *nlu.Pipeline // nil unless heads ship
	features features
}

// features remembers passes of the encoder.
type features struct {
	nlu.Encoder
	mu    sync.Mutex
	known map[[2]string]nlu.Features
}

// EncodePair implements nlu.Encoder.
func (f *features) EncodePair(ctx context.Context, text, prev string) (nlu.Features, error) {
	key := [2]string{text, prev}
	f.mu.Lock()
	found, ok := f.known[key]
	f.mu.Unlock()
	if ok {
		return found, nil
	}
	var err error
	if prev == "" {
		found, err = f.Encoder.Encode(ctx, text)
	} else {
		found, err = f.Encoder.EncodePair(ctx, text, prev)
	}
	if err != nil {
		return found, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) < remembered {
		f.known[key] = found
	}
	return found, nil
}

// Encode implements nlu.Encoder.
func (f *features) Encode(ctx context.Context, text string) (nlu.Features, error) {
	return f.EncodePair(ctx, text, "")
}

// EncodeTalk implements nlu.TalkEncoder: conversations are read once, and not
// remembered.
func (f *features) EncodeTalk(ctx context.Context, text, before string) (nlu.Features, error) {
	if t, ok := f.Encoder.(nlu.TalkEncoder); ok {
		return t.EncodeTalk(ctx, text, before)
	}
	return f.Encoder.EncodePair(ctx, text, before)
}

// plain finds neither words nor entities: what is measured here needs none.
type plain struct{}

func (plain) Segment(string) []nlu.Token             { return nil }
func (plain) Extract(string, time.Time) []nlu.Entity { return nil }

func newSession(c Contender, opts Options, report *Report) (*session, error) {
	s := &session{
		Contender: c, opts: opts, report: report, learned: map[string]nlu.Classifier{},
		features: features{Encoder: c.Encoder, known: map[[2]string]nlu.Features{}},
	}
	if c.Encoder == nil || c.Heads == nil {
		return s, nil
	}
	heads := *c.Heads
	var err error
	s.pipeline, err = nlu.NewPipeline(nlu.Parts{
		Encoder: &s.features, Segmenter: plain{}, Entities: plain{},
		Heads: func(string) (nlu.Heads, error) { return heads, nil },
	})
	return s, err
}

// each calls do with 0 to n-1, several at once.
func (s *session) each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(s.opts.Workers, 1))
	for i := range n {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(ctx, i)
		})
	}
	return group.Wait()
}

// read prepares texts, each with the turn before it where prevs has one.
func (s *session) read(ctx context.Context, texts, prevs []string) ([]nlu.Input, error) {
	out := make([]nlu.Input, len(texts))
	before := func(i int) string {
		if prevs == nil {
			return ""
		}
		return prevs[i]
	}
	if s.Encoder == nil {
		for i, t := range texts {
			out[i].Text = baseline.Join(t, before(i))
		}
		return out, nil
	}
	err := s.each(ctx, len(texts), func(ctx context.Context, i int) error {
		f, err := s.features.EncodePair(ctx, texts[i], before(i))
		if err != nil {
			return fault.In(fmt.Sprintf("%q", texts[i]), err)
		}
		out[i] = nlu.Input{Text: texts[i], Embedding: f.Embedding, State: f.State}
		return nil
	})
	return out, err
}

// learn trains a classifier on examples.
func (s *session) learn(ctx context.Context, name string, examples []Example) (nlu.Classifier, error) {
	examples = stride(examples, trainShare*s.opts.Limit)
	texts, prevs, labels := make([]string, len(examples)), make([]string, len(examples)), make([]string, len(examples))
	for i, e := range examples {
		texts[i], prevs[i], labels[i] = e.Text, e.Prev, e.Label
	}
	s.opts.log("%s: learning %s from %d examples", s.Key, name, len(examples))
	in, err := s.read(ctx, texts, prevs)
	if err != nil {
		return nil, err
	}
	c, err := s.Learn(ctx, name, in, labels)
	return c, fault.Wrap(err, fault.CodeOf(err), "%s cannot learn %s", s.Title, name)
}

// head returns the classifier of a task of ours: the one that ships, or one
// learned from the authored data. It is absent where there is neither.
func (s *session) head(ctx context.Context, task string) (nlu.Classifier, error) {
	if s.Heads != nil {
		c := map[string]nlu.Classifier{IntentTask: s.Heads.Intent, ContextTask: s.Heads.Context, SentimentTask: s.Heads.Sentiment}[task]
		if c == nil {
			return nil, missing("no head %s ships", task)
		}
		return c, nil
	}
	if c := s.learned[task]; c != nil {
		return c, nil
	}
	examples, err := s.opts.Authored.lesson(task)
	if err != nil {
		return nil, err
	}
	c, err := s.learn(ctx, task, examples)
	if err == nil {
		s.learned[task] = c
	}
	return c, err
}

// ask returns the probabilities of every input.
func ask(c nlu.Classifier, in []nlu.Input) ([][]float64, error) {
	out := make([][]float64, len(in))
	for i := range in {
		var err error
		if out[i], err = c.Probabilities(nil, in[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// choose returns the most probable label of every input; truth gives the truth.
func choose(c nlu.Classifier, in []nlu.Input, truth func(i int) (label, alt string)) ([]Prediction, error) {
	probs, err := ask(c, in)
	if err != nil {
		return nil, err
	}
	labels := c.Labels()
	out := make([]Prediction, len(in))
	for i, row := range probs {
		best := 0
		for j, p := range row {
			if p > row[best] {
				best = j
			}
		}
		out[i] = Prediction{Label: labels[best], Confidence: row[best]}
		out[i].Truth, out[i].Alt = truth(i)
	}
	return out, nil
}

// column returns the probability of one label for every input; a classifier
// that lacks the label is absent.
func column(c nlu.Classifier, label string, in []nlu.Input) ([]float64, error) {
	at := slices.Index(c.Labels(), label)
	if at < 0 {
		return nil, missing("a head without the label %s", label)
	}
	probs, err := ask(c, in)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(in))
	for i, row := range probs {
		out[i] = row[at]
	}
	return out, nil
}

// set fills a cell; n is the number of rows behind it.
func (s *session) set(key string, value float64, n int) { s.report.set(s.Key, key, value, n) }

// leave leaves cells empty, with the reason.
func (s *session) leave(reason error, keys ...string) {
	for _, k := range keys {
		s.report.leave(s.Key, k, reason.Error())
	}
}

// reliable keeps how far a head's confidence can be believed.
func (s *session) reliable(head string, preds []Prediction) float64 {
	r := Reliable(preds)
	r.Contender, r.Head = s.Key, head
	s.report.Reliability = append(s.report.Reliability, r)
	return r.Error
}
