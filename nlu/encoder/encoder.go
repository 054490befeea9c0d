package encoder

import (
	"context"
	"errors"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/ort"
	"github.com/yingda/yingda/nlu/ort/graph"
)

// Options steer an Encoder; zero fields take the defaults.
type Options struct {
	// MaxTokens is how many tokens of a message are read, special ones
	// included: 128, and never more than the model's own maximum.
	MaxTokens int
	// Concurrency is how many runs go on at a time: 1.
	Concurrency int
	// Queue is how many messages may wait for a run: 256.
	Queue int
	Folding
	// Registerer gets the metrics; nil registers nowhere.
	Registerer prometheus.Registerer
}

// The defaults of Options.
const (
	DefaultMaxTokens = 128
	DefaultQueue     = 256
)

// retryAfter is what a caller is told when the queue is full: about the time
// in which a full default queue drains.
const retryAfter = 250 * time.Millisecond

// Encoder is the nlu.Encoder of this package. It is safe for concurrent use.
type Encoder struct {
	opts      Options
	tokenizer *Tokenizer
	session   *ort.Session
	id        string // of the vectors
	model     string // of the weights
	dimension int
	metrics   *metrics

	running chan struct{} // one slot per run that goes on
	waiting chan struct{} // one slot per message inside Encode
	close   sync.Once
	closed  error
}

var _ nlu.Encoder = (*Encoder)(nil)

// New loads the encoder of a verified model folder. A folder of another kind,
// and a graph with other inputs or outputs, are fault.Invalid.
func New(env *ort.Environment, m models.Model, opts Options) (*Encoder, error) {
	manifest := m.Manifest
	if manifest.Kind != models.KindEncoder {
		return nil, fault.New(fault.Invalid, "%s is a model of kind %s, not an encoder", manifest.ID, manifest.Kind)
	}
	if opts.MaxTokens == 0 {
		opts.MaxTokens = DefaultMaxTokens
	}
	opts.MaxTokens = min(opts.MaxTokens, manifest.MaxLength)
	opts.Concurrency = max(opts.Concurrency, 1)
	if opts.Queue <= 0 {
		opts.Queue = DefaultQueue
	}
	if opts.MaxTokens < 3 {
		return nil, fault.New(fault.Invalid, "an encoder that reads %d tokens reads no text; allow at least 3", opts.MaxTokens)
	}
	vocabulary, err := m.Read(models.VocabularyFile)
	if err != nil {
		return nil, err
	}
	tokenizer, err := NewTokenizer(vocabulary)
	if err != nil {
		return nil, err
	}
	onnx, err := m.Read(models.GraphFile)
	if err != nil {
		return nil, err
	}
	session, err := env.NewSession(onnx, sessionOptions(manifest))
	if err != nil {
		return nil, err
	}
	e := &Encoder{
		opts: opts, tokenizer: tokenizer, session: session, dimension: manifest.Dimension,
		id: manifest.ID + opts.suffix(), model: manifest.ID,
		running: make(chan struct{}, opts.Concurrency), waiting: make(chan struct{}, opts.Concurrency+opts.Queue),
	}
	if e.metrics, err = newMetrics(opts.Registerer, e); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return e, nil
}

func sessionOptions(m models.Manifest) ort.SessionOptions {
	ids := func(name string) graph.Port {
		return graph.Port{Name: name, Type: graph.Int64, Shape: []int64{-1, -1}}
	}
	return ort.SessionOptions{
		Name:    m.ID,
		Inputs:  []graph.Port{ids("input_ids"), ids("attention_mask"), ids("token_type_ids")},
		Outputs: []graph.Port{{Name: "embedding", Type: graph.Float32, Shape: []int64{-1, int64(m.Dimension)}}},
	}
}

// ID implements nlu.Encoder: the model's id, and what folding changes about its
// vectors.
func (e *Encoder) ID() string { return e.id }

// Model is the id of the weights alone: what heads and fusion models name.
func (e *Encoder) Model() string { return e.model }

// Dimension implements nlu.Encoder.
func (e *Encoder) Dimension() int { return e.dimension }

// Tokenize folds text and returns its ids, as Encode does, and whether it was cut.
func (e *Encoder) Tokenize(text string) (ids []int64, cut bool, err error) {
	text, over := clip(text, maxBytes)
	ids, cut, err = e.tokenizer.Tokenize(e.opts.Fold(text).Runes, e.opts.MaxTokens)
	return ids, cut || over, err
}

// maxBytes is how much of a text is folded at all: far more than 512 tokens
// take, however many invisible characters stand between them.
const maxBytes = 64 << 10

// clip cuts text to at most limit bytes, before the code point that would not fit.
func clip(text string, limit int) (head string, cut bool) {
	if len(text) <= limit {
		return text, false
	}
	for back := 0; back < utf8.UTFMax && !utf8.RuneStart(text[limit]); back++ {
		limit--
	}
	return text[:limit], true
}

// Encode implements nlu.Encoder. A text in which nothing is left after folding
// (blanks and invisible characters) is fault.Invalid like the empty one.
func (e *Encoder) Encode(ctx context.Context, text string) (nlu.Features, error) {
	start := time.Now()
	ids, cut, err := e.Tokenize(text)
	if err != nil {
		return nlu.Features{}, err
	}
	if len(ids) == 2 {
		return nlu.Features{}, fault.In("text", fault.New(fault.Invalid, "文本是空的，请写点内容 (the text is empty)"))
	}
	tokenised := time.Now()
	select {
	case e.waiting <- struct{}{}:
		defer func() { <-e.waiting }()
	default:
		e.metrics.refused.Inc()
		return nlu.Features{}, &fault.Error{Code: fault.Busy, RetryAfter: retryAfter,
			Message: "消息太多，请稍后再试 (the encoder's queue is full; try again shortly)"}
	}
	select {
	case e.running <- struct{}{}:
		defer func() { <-e.running }()
	case <-ctx.Done():
		return nlu.Features{}, context.Cause(ctx)
	}
	admitted := time.Now()
	embedding, err := e.Run(ctx, ids)
	if err != nil {
		return nlu.Features{}, err
	}
	e.metrics.observe(tokenised.Sub(start), admitted.Sub(tokenised), time.Since(admitted), len(ids))
	return nlu.Features{Embedding: embedding, Tokens: len(ids), Truncated: cut, EncoderID: e.id}, nil
}

// Run is the model alone: the embedding of one message's ids, without
// admission or metrics. Encode is what callers want; Run is the raw loop that
// benchmarks compare with.
func (e *Encoder) Run(ctx context.Context, ids []int64) ([]float32, error) {
	n := len(ids)
	rest := make([]int64, 2*n)
	mask, types := rest[:n], rest[n:]
	for i := range mask {
		mask[i] = 1
	}
	out := make([]float32, e.dimension)
	err := e.session.Run(ctx,
		[]ort.Tensor{ort.Int64s(ids, 1, int64(n)), ort.Int64s(mask, 1, int64(n)), ort.Int64s(types, 1, int64(n))},
		[]ort.Tensor{ort.Float32s(out, 1, int64(e.dimension))})
	return out, err
}

// Close waits for the runs that go on and frees the model. Later calls return
// the first one's result.
func (e *Encoder) Close() error {
	e.close.Do(func() {
		e.metrics.unregister()
		e.closed = e.session.Close()
	})
	return e.closed
}
