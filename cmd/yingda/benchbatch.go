package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/yingda/yingda/bench"
	"github.com/yingda/yingda/nlu/encoder"
)

// How batching is measured: the callers that send at a time, the messages and
// rounds of each turn.
var batchCallers = []int{1, 8, 64}

const (
	batchMessages = 256
	batchRounds   = 7
)

// Bounds of batching against the same encoder without it.
const (
	batchAloneSpeed = 0.9 // messages per second of one caller
	batchCrowdCPU   = 0.9 // CPU per message of many
)

// batching are the figures of one encoder with and without shared runs.
type batching struct {
	model   string
	most    int            // messages a run
	off, on []bench.Result // in the order of batchCallers
}

// batching measures the encoder with batching on and off in turns over the
// same messages. A model whose messages never share a run has no figures.
func (c *benchCmd) batching(ctx context.Context, a *app) (b batching, err error) {
	on := a.language
	if on.encoder.Batch() == 1 {
		cfg := a.cfg
		cfg.NLU.Batch = encoder.DefaultBatch
		if on, err = openEncoder(cfg, nil); err != nil {
			return b, err
		}
		defer func() { err = errors.Join(err, on.Close()) }()
	}
	b.model, b.most = on.encoder.Model(), on.encoder.Batch()
	if b.most == 1 {
		return b, nil
	}
	cfg := a.cfg
	cfg.NLU.Batch = 1
	off, err := openEncoder(cfg, nil)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, off.Close()) }()
	messages, err := c.messages(ctx, a)
	if err != nil {
		return b, err
	}
	encode := func(e *encoder.Encoder) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			_, err := e.Encode(ctx, messages[i%len(messages)])
			return err
		}
	}
	var contenders []bench.Contender
	for _, n := range batchCallers {
		contenders = append(contenders,
			bench.Contender{Name: "batching off", Concurrency: n, Do: encode(off.encoder)},
			bench.Contender{Name: "batching on", Concurrency: n, Do: encode(on.encoder)})
	}
	results, err := bench.Compare(ctx, contenders, batchMessages, batchRounds)
	if err != nil {
		return b, err
	}
	for i := 0; i < len(results); i += 2 {
		b.off, b.on = append(b.off, results[i]), append(b.on, results[i+1])
	}
	return b, nil
}

// checks are the bounds of batching; none where messages never share a run.
func (b batching) checks() []bench.Check {
	if len(b.on) == 0 {
		return nil
	}
	last := len(b.on) - 1
	return []bench.Check{
		{Name: "batching on, 1 caller, messages/s of batching off", Value: b.on[0].PerSecond / b.off[0].PerSecond, Bound: batchAloneSpeed},
		{Name: fmt.Sprintf("batching on, %d callers, CPU/message of batching off", b.on[last].Concurrency),
			Value: b.on[last].CPU.Seconds() / b.off[last].CPU.Seconds(), Bound: batchCrowdCPU, AtMost: true},
	}
}

// print writes the figures, on beside off, and their ratios.
func (b batching) print(w io.Writer) error {
	if len(b.on) == 0 {
		_, err := fmt.Fprintf(w, "batching: not measured, %s is not batch-invariant: every message has a run of its own\n\n", b.model)
		return err
	}
	fmt.Fprintf(w, "%s, up to %d messages a run, %d messages, medians of %d rounds in turns\n\n", b.model, b.most, batchMessages, batchRounds)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "callers\tbatching\tmessages/s\tCPU/message\tp50\tp99\t")
	round := func(d time.Duration) time.Duration { return d.Round(time.Microsecond) }
	for i, off := range b.off {
		on := b.on[i]
		for k, r := range []bench.Result{off, on} {
			fmt.Fprintf(tw, "%d\t%s\t%.0f\t%v\t%v\t%v\t\n", r.Concurrency, []string{"off", "on"}[k], r.PerSecond, round(r.CPU), round(r.P50), round(r.P99))
		}
		fmt.Fprintf(tw, "\ton / off\t%.2f\t%.2f\t%.2f\t%.2f\t\n", on.PerSecond/off.PerSecond,
			on.CPU.Seconds()/off.CPU.Seconds(), on.P50.Seconds()/off.P50.Seconds(), on.P99.Seconds()/off.P99.Seconds())
	}
	fmt.Fprintln(tw)
	return tw.Flush()
}
