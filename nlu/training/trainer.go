// Package training teaches a bot a trainer's own labels: it reads messages with
// the encoder, trains a head, reports what is weak, keeps the version and
// activates it. A queue of jobs does so behind an API.
package training

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/head"
	"github.com/yingda/yingda/nlu/report"
)

// ReportFile is the report that is kept with a version.
const ReportFile = "report.json"

// namePattern is what a head may be called.
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// fixed are the heads whose labels have a meaning of their own in the
// analyzer; they come with the encoder.
var fixed = []string{head.ContextHead, head.EmotionHead, head.ScopeHead, head.RiskHead}

// Options are what a Trainer is made of. All but Logger and Workers are required.
type Options struct {
	Encoder nlu.Encoder
	Runtime *head.ORT
	// Space is the encoder's. Registry keeps versions; Write needs none.
	Space    head.Space
	Registry *head.Registry
	Clock    clock.Clock
	IDs      ident.Source
	Logger   *slog.Logger // nil discards
	// Workers is how many messages are read at a time; 0 means one per core.
	Workers int
}

// Trainer trains heads. It is safe for concurrent use.
type Trainer struct {
	o    Options
	jobs *queue
}

// New starts a Trainer; Close ends it.
func New(o Options) *Trainer {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	t := &Trainer{o: o}
	t.jobs = newQueue(t)
	return t
}

// Close cancels the jobs and returns when none runs any more.
func (t *Trainer) Close() error {
	t.jobs.close()
	return nil
}

// Request is what to train on.
type Request struct {
	Bot  string // empty: all bots without a head of their own
	Name string // of the head
	// Examples and where they stand in their file; Lines may be nil.
	Examples []head.Example
	Lines    []int
	L2       float64
	Balance  float64
	Seed     uint64
	// Activate makes the head the active one as soon as it is trained.
	Activate bool
}

// Check is fault.Invalid for a request that no training can serve, before any
// message is read.
func (r Request) Check() error {
	switch {
	case !namePattern.MatchString(r.Name):
		return fault.In("name", fault.New(fault.Invalid, "名称只能用小写字母、数字、“-”和“_”，至多 64 个 (a head's name has up to 64 lower-case letters, digits, '-' and '_')"))
	case slices.Contains(fixed, r.Name):
		return fault.In("name", fault.New(fault.Invalid, "%s 随编码器一起训练，不能单独训练 (%s comes with the encoder and cannot be trained by itself)", r.Name, r.Name))
	case len(r.Examples) == 0:
		return fault.New(fault.Invalid, "没有标注的消息 (there are no labelled messages)")
	case r.Balance < 0 || r.Balance > 1:
		return fault.In("balance", fault.New(fault.Invalid, "balance 要在 0 到 1 之间 (balance must be from 0 to 1)"))
	case r.L2 < 0:
		return fault.In("l2", fault.New(fault.Invalid, "l2 不能为负 (l2 must not be negative)"))
	}
	if r.Name == head.SentimentHead {
		for i, e := range r.Examples {
			if e.Label != nlu.Negative && e.Label != nlu.Neutral && e.Label != nlu.Positive {
				return fault.In(fmt.Sprintf("message %d", i+1), fault.New(fault.Invalid, "情感只有 negative、neutral、positive，不是 %q (a sentiment is negative, neutral or positive)", e.Label))
			}
		}
	}
	return nil
}

// Stages of a training, as Progress names them.
const (
	StageReading  = "reading"
	StageTraining = "training"
	StageSaving   = "saving"
)

// Progress is told how far a stage is, from 0 to 1. It may be called from
// several goroutines.
type Progress func(stage string, done float64)

// Outcome is a trained and kept version.
type Outcome struct {
	Version  string
	Findings report.Findings
	// Reading and Training are how long they took.
	Reading, Training time.Duration
}

// Train reads the messages, trains, keeps the version with its report and
// activates it where the request says so.
func (t *Trainer) Train(ctx context.Context, r Request, tell Progress) (Outcome, error) {
	var out Outcome
	model, findings, err := t.fit(ctx, r, tell, &out)
	if err != nil {
		return out, err
	}
	tell(StageSaving, 0)
	about, err := t.about(r.Name, findings)
	if err != nil {
		return out, err
	}
	if out.Version, err = t.o.Registry.Keep(r.Bot, model, findings.Report, about); err != nil {
		return out, err
	}
	if r.Activate {
		err = t.o.Registry.Activate(r.Bot, r.Name, out.Version)
	}
	tell(StageSaving, 1)
	return out, err
}

// Write trains and writes the head to a new folder, in no registry.
func (t *Trainer) Write(ctx context.Context, r Request, dir, task string, tell Progress) (Outcome, error) {
	var out Outcome
	model, findings, err := t.fit(ctx, r, tell, &out)
	if err != nil {
		return out, err
	}
	about, err := t.about(r.Name, findings)
	if err != nil {
		return out, err
	}
	if task != "" {
		about.Task = task
	}
	m, err := head.Save(dir, model, findings.Report, about)
	out.Version = m.ID
	return out, err
}

func (t *Trainer) about(name string, f report.Findings) (head.About, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return head.About{}, fault.Wrap(err, fault.Internal, "the report cannot be written")
	}
	return head.About{
		Name: name, Task: name, Encoder: t.o.Space.Encoder, Input: head.ReadsState,
		Created: t.o.Clock.Now().UTC().Format(time.DateOnly), Beside: map[string][]byte{ReportFile: b.Bytes()},
	}, nil
}

func (t *Trainer) fit(ctx context.Context, r Request, tell Progress, out *Outcome) (*head.Model, report.Findings, error) {
	if err := r.Check(); err != nil {
		return nil, report.Findings{}, err
	}
	start := t.o.Clock.Now()
	inputs, err := t.Read(ctx, r.Examples, func(done float64) { tell(StageReading, done) })
	if err != nil {
		return nil, report.Findings{}, err
	}
	read := t.o.Clock.Now()
	x := head.Matrix{Rows: len(inputs), Cols: t.o.Encoder.StateDimension()}
	x.Data = make([]float32, 0, x.Rows*x.Cols)
	for _, in := range inputs {
		x.Data = append(x.Data, in.State...)
	}
	products, err := t.o.Runtime.Multiplier()
	if err != nil {
		return nil, report.Findings{}, err
	}
	model, quality, err := head.Train(ctx, x, r.Examples, head.Options{
		L2: r.L2, Balance: r.Balance, Seed: r.Seed, Products: products,
		Progress: func(done float64) { tell(StageTraining, done) },
	})
	if err = errors.Join(err, products.Close()); err != nil {
		return nil, report.Findings{}, err
	}
	out.Findings = report.Find(quality, r.Examples, r.Lines)
	out.Reading, out.Training = read.Sub(start), t.o.Clock.Now().Sub(read)
	return model, out.Findings, nil
}

// Read reads every message with the encoder. Where the encoder is busy with
// customers it waits for its turn.
func (t *Trainer) Read(ctx context.Context, list []head.Example, tell func(done float64)) ([]nlu.Input, error) {
	inputs := make([]nlu.Input, len(list))
	var done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(t.o.Workers)
	for i, e := range list {
		group.Go(func() error {
			f, err := t.encode(ctx, e.Text)
			if err != nil {
				return fault.In(fmt.Sprintf("message %d", i+1), err)
			}
			inputs[i] = nlu.Input{Text: e.Text, Embedding: f.Embedding, State: f.State}
			if n := done.Add(1); n%64 == 0 || int(n) == len(list) {
				tell(float64(n) / float64(len(list)))
			}
			return nil
		})
	}
	return inputs, group.Wait()
}

func (t *Trainer) encode(ctx context.Context, text string) (nlu.Features, error) {
	for {
		f, err := t.o.Encoder.Encode(ctx, text)
		if !fault.Is(err, fault.Busy) {
			return f, err
		}
		select {
		case <-ctx.Done():
			return nlu.Features{}, ctx.Err()
		case <-t.o.Clock.After(50 * time.Millisecond):
		}
	}
}

// Evaluate asks a version about examples: id is a version, empty for the
// active head or head.Below for the built-in one.
func (t *Trainer) Evaluate(ctx context.Context, bot, name, id string, list []head.Example) (head.Report, error) {
	c, err := t.o.Registry.Version(bot, name, id)
	if err != nil {
		return head.Report{}, err
	}
	inputs, err := t.Read(ctx, list, func(float64) {})
	if err != nil {
		return head.Report{}, err
	}
	preds, err := head.Predict(c, inputs, list)
	return head.Evaluate(preds), err
}

// Compare asks two versions about the same examples; see Evaluate for ids.
func (t *Trainer) Compare(ctx context.Context, bot, name, a, b string, list []head.Example, lines []int) (report.Comparison, error) {
	var sides [2]*head.Classifier
	for i, id := range []string{a, b} {
		var err error
		if sides[i], err = t.o.Registry.Version(bot, name, id); err != nil {
			return report.Comparison{}, err
		}
	}
	inputs, err := t.Read(ctx, list, func(float64) {})
	if err != nil {
		return report.Comparison{}, err
	}
	var preds [2][]head.Prediction
	for i, c := range sides {
		if preds[i], err = head.Predict(c, inputs, list); err != nil {
			return report.Comparison{}, err
		}
	}
	out := report.Compare(preds[0], preds[1], list, lines)
	out.A.ID, out.B.ID = sides[0].Manifest().ID, sides[1].Manifest().ID
	return out, nil
}

// Versions lists the saved versions of a head, the newest first.
func (t *Trainer) Versions(bot, name string) ([]head.Version, error) {
	return t.o.Registry.Versions(bot, name)
}

// Activate makes a version the active one; see head.Registry.
func (t *Trainer) Activate(bot, name, id string) error { return t.o.Registry.Activate(bot, name, id) }

// Rollback activates the version before; see head.Registry.
func (t *Trainer) Rollback(bot, name string) (string, error) { return t.o.Registry.Rollback(bot, name) }

// Report returns the findings that were kept with a version, as JSON.
func (t *Trainer) Report(bot, name, id string) ([]byte, error) {
	return t.o.Registry.Beside(bot, name, id, ReportFile)
}
