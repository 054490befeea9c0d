package encoder

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/ort"
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
	// Batch is how many waiting messages may share a run: 8. 1 gives each a
	// run of its own, as do models that are not batch-invariant.
	Batch int
	Folding
	// Registerer gets the metrics; nil registers nowhere.
	Registerer prometheus.Registerer
}

// The defaults of Options.
const (
	DefaultMaxTokens = 128
	DefaultQueue     = 256
	DefaultBatch     = 8
)

// retryAfter is what a caller is told when the queue is full: about the time
// in which a full default queue drains.
const retryAfter = 250 * time.Millisecond

// pairSuffix marks the vectors of pairs: they are never compared with those of
// single texts.
const pairSuffix = "+pair"

// Encoder is the nlu.Encoder of this package. It is safe for concurrent use.
type Encoder struct {
	opts      Options
	tokenizer *Tokenizer
	network   network
	runs      *dispatcher
	id        string // of the vectors
	model     string // of the weights
	longest   int    // tokens that the model reads
	metrics   *metrics

	close  sync.Once
	closed error
}

var (
	_ nlu.Encoder      = (*Encoder)(nil)
	_ nlu.BatchEncoder = (*Encoder)(nil)
	_ nlu.TalkEncoder  = (*Encoder)(nil)
)

// New loads the encoder of a verified model folder. A folder of another kind,
// and a graph with other inputs or outputs, are fault.Invalid.
func New(env *ort.Environment, m models.Model, opts Options) (*Encoder, error) {
	manifest := m.Manifest
	if manifest.Kind != models.KindEncoder {
		return nil, fault.New(fault.Invalid, "%s is a model of kind %s, not an encoder", manifest.ID, manifest.Kind)
	}
	opts.fill(manifest)
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
	network, err := openNetwork(env, manifest, onnx)
	if err != nil {
		return nil, err
	}
	e := &Encoder{
		opts: opts, tokenizer: tokenizer, network: network,
		id: manifest.ID + opts.suffix(), model: manifest.ID, longest: manifest.MaxLength,
		runs: newDispatcher(manifest.ID, opts.Concurrency, opts.Queue, limits{messages: opts.Batch, tokens: runTokens}),
	}
	if e.metrics, err = newMetrics(opts.Registerer, e.runs); err != nil {
		return nil, errors.Join(err, network.session.Close())
	}
	e.runs.start(func() func([]*job) error { return e.network.runner(e.metrics) })
	return e, nil
}

// fill replaces what is not set by its default, within what the model allows.
func (o *Options) fill(m models.Manifest) {
	if o.MaxTokens == 0 {
		o.MaxTokens = DefaultMaxTokens
	}
	o.MaxTokens = min(o.MaxTokens, m.MaxLength)
	o.Concurrency = max(o.Concurrency, 1)
	if o.Queue <= 0 {
		o.Queue = DefaultQueue
	}
	if o.Batch <= 0 {
		o.Batch = DefaultBatch
	}
	if !m.BatchInvariant {
		o.Batch = 1
	}
}

// ID implements nlu.Encoder: the model's id, and what folding changes about its
// vectors. The vectors of pairs have an id of their own.
func (e *Encoder) ID() string { return e.id }

// Model is the id of the weights alone: what heads and fusion models name.
func (e *Encoder) Model() string { return e.model }

// Dimension implements nlu.Encoder.
func (e *Encoder) Dimension() int { return e.network.dimension }

// StateDimension implements nlu.Encoder.
func (e *Encoder) StateDimension() int {
	if e.network.state == 0 {
		return e.network.dimension
	}
	return e.network.state
}

// Batch is how many messages share a run at most: 1 where the model's vectors
// would depend on their neighbours.
func (e *Encoder) Batch() int { return e.opts.Batch }

// Encode implements nlu.Encoder. A text in which nothing is left after folding
// (blanks and invisible characters) is fault.Invalid like the empty one. A
// caller whose context ends does not wait for a run that has begun.
func (e *Encoder) Encode(ctx context.Context, text string) (nlu.Features, error) {
	return e.counted(e.encode(ctx, text, "", 0))
}

// EncodePair implements nlu.Encoder: [CLS] text [SEP] prev [SEP] in one pass,
// of prev the last 47 tokens or what the model has room for. The embedding's
// encoder id ends in "+pair" where prev was read.
func (e *Encoder) EncodePair(ctx context.Context, text, prev string) (nlu.Features, error) {
	return e.counted(e.encode(ctx, text, prev, prevTokens))
}

// EncodeTalk implements nlu.TalkEncoder: EncodePair with the last 95 tokens
// of what was said before.
func (e *Encoder) EncodeTalk(ctx context.Context, text, before string) (nlu.Features, error) {
	return e.counted(e.encode(ctx, text, before, talkTokens))
}

// counted counts a message that was turned away.
func (e *Encoder) counted(f nlu.Features, err error) (nlu.Features, error) {
	if fault.Is(err, fault.Busy) {
		e.metrics.refused.Inc()
	}
	return f, err
}

func (e *Encoder) encode(ctx context.Context, text, prev string, keep int) (nlu.Features, error) {
	start := time.Now()
	in, cut, err := e.readUpTo(text, prev, keep)
	if err != nil {
		return nlu.Features{}, err
	}
	j := newJob(in)
	if err := e.runs.do(ctx, j); err != nil {
		return nlu.Features{}, err
	}
	e.metrics.observe(j.queued.Sub(start), j.started.Sub(j.queued), j.ended.Sub(j.started), len(in.ids))
	f := nlu.Features{Embedding: j.embedding, State: j.state, Tokens: len(in.ids), Truncated: cut, EncoderID: e.id}
	if in.second < len(in.ids) {
		f.EncoderID += pairSuffix
	}
	return f, nil
}

// Run is the model alone: the embedding of one message's ids, without
// admission or metrics. Encode is what callers want; Run is the raw loop that
// benchmarks compare with.
func (e *Encoder) Run(ctx context.Context, ids []int64) ([]float32, error) {
	var s scratch
	if err := e.network.run(ctx, &s, []input{{ids, len(ids)}}); err != nil {
		return nil, err
	}
	return s.embedding, nil
}

// Close answers every message that waits, refuses later ones with
// fault.Unavailable, and frees the model. Later calls return the first one's
// result.
func (e *Encoder) Close() error {
	e.close.Do(func() {
		e.runs.close()
		e.metrics.unregister()
		e.closed = e.network.session.Close()
	})
	return e.closed
}
