package encoder

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
)

// desk is a dispatcher whose runs are held until they are let go, and listed.
type desk struct {
	*dispatcher
	let  chan func([]*job) error // one per run: what it does
	mu   sync.Mutex
	runs [][]int // lengths of each run's messages
}

func newDesk(t *testing.T, workers, queue, batch int) *desk {
	d := &desk{dispatcher: newDispatcher("test", workers, queue, limits{batch, runTokens}), let: make(chan func([]*job) error)}
	d.start(func() func([]*job) error {
		return func(group []*job) error {
			do := <-d.let
			d.mu.Lock()
			d.runs = append(d.runs, lengths(group))
			d.mu.Unlock()
			return do(group)
		}
	})
	t.Cleanup(d.close)
	return d
}

func fine([]*job) error { return nil }

// send puts messages of these lengths in, one after the other.
func (d *desk) send(t *testing.T, wg *sync.WaitGroup, sizes ...int) []*job {
	t.Helper()
	sent := lined(sizes...)
	for _, j := range sent {
		before := d.inside()
		wg.Go(func() { _ = d.do(context.Background(), j) }) // j.err tells
		until(func() bool { return d.inside() == before+1 })
	}
	return sent
}

// begun waits until n messages are in runs.
func (d *desk) begun(n int) {
	until(func() bool { return d.runningNow() == n })
}

func (d *dispatcher) runningNow() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running
}

func TestALoneMessageRunsAtOnce(t *testing.T) {
	d := newDesk(t, 1, 10, 8)
	var wg sync.WaitGroup
	first := d.send(t, &wg, 10)
	d.begun(1) // nobody else has come
	rest := d.send(t, &wg, 10, 11, 10)
	d.let <- fine
	d.let <- fine
	wg.Wait()
	if len(d.runs) != 2 || !slices.Equal(d.runs[0], []int{10}) || !slices.Equal(d.runs[1], []int{10, 10, 11}) {
		t.Errorf("runs %v", d.runs)
	}
	for _, j := range append(first, rest...) {
		if j.err != nil || j.started.Before(j.queued) || j.ended.Before(j.started) {
			t.Errorf("%v, queued %v, started %v, ended %v", j.err, j.queued, j.started, j.ended)
		}
	}
}

func TestFreeWorkersShareWhatWaits(t *testing.T) {
	d := newDispatcher("test", 2, 20, limits{8, runTokens})
	d.waiting = lined(10, 10, 10, 10, 10)
	first := d.take() // both are free
	second := d.take()
	d.waiting = lined(10, 10, 10, 10, 10, 10, 10, 10, 10)
	d.busy--
	third := d.take() // the other is at work
	if len(first) != 3 || len(second) != 2 || len(third) != 8 || len(d.waiting) != 1 {
		t.Errorf("%d, %d and %d messages, %d left", len(first), len(second), len(third), len(d.waiting))
	}
}

func TestACallerWhoLeaves(t *testing.T) {
	d := newDesk(t, 1, 10, 8)
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	var wg sync.WaitGroup
	leaving := lined(5, 6)
	for i, j := range leaving { // the first in a run, the second waits
		wg.Go(func() {
			if err := d.do(ctx, j); !errors.Is(err, gone) {
				t.Errorf("got %v", err)
			}
		})
		until(func() bool { return d.inside() == i+1 })
		d.begun(1)
	}
	cancel(gone)
	wg.Wait() // although the run goes on
	if n := d.inside(); n != 1 {
		t.Errorf("%d messages inside", n)
	}
	stays := d.send(t, &wg, 7)
	d.let <- fine
	d.let <- fine
	wg.Wait()
	if stays[0].err != nil || len(d.runs) != 2 || !slices.Equal(d.runs[1], []int{7}) {
		t.Errorf("%v, runs %v", stays[0].err, d.runs)
	}
	if err := d.do(ctx, newJob(input{ids: []int64{1}})); !errors.Is(err, gone) || d.inside() != 0 {
		t.Errorf("a context that has ended before: %v", err)
	}
}

func TestAFailedRunFailsItsOwnMessages(t *testing.T) {
	d := newDesk(t, 1, 10, 2)
	broken := fault.New(fault.Internal, "broken")
	var wg sync.WaitGroup
	first := d.send(t, &wg, 9)
	d.begun(1)
	rest := d.send(t, &wg, 10, 10, 20, 20, 30)
	d.let <- fine
	d.let <- func([]*job) error { panic("a bug") }
	d.let <- func([]*job) error { return broken }
	d.let <- fine
	wg.Wait()
	for i, j := range append(first, rest...) {
		switch i {
		case 1, 2:
			if !fault.Is(j.err, fault.Internal) || !strings.Contains(j.err.Error(), "unexpectedly") {
				t.Errorf("message %d of the run that panicked: %v", i, j.err)
			}
		case 3, 4:
			if !errors.Is(j.err, broken) {
				t.Errorf("message %d of the run that failed: %v", i, j.err)
			}
		default:
			if j.err != nil {
				t.Errorf("message %d: %v", i, j.err)
			}
		}
	}
	if d.busy != 0 || d.inside() != 0 {
		t.Errorf("%d workers busy, %d messages inside", d.busy, d.inside())
	}
}

func TestCloseAnswersWhoWaits(t *testing.T) {
	d := newDesk(t, 2, 20, 4)
	var wg sync.WaitGroup
	sent := d.send(t, &wg, 10, 10, 10, 10, 10, 10, 10, 10, 10)
	closed := make(chan struct{})
	go func() { d.close(); close(closed) }()
	until(func() bool {
		d.dispatcher.mu.Lock()
		defer d.dispatcher.mu.Unlock()
		return d.closed
	})
	if err := d.do(t.Context(), newJob(input{ids: []int64{1}})); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after Close: %v", err)
	}
	for open := true; open; {
		select {
		case d.let <- fine:
		case <-closed:
			open = false
		}
	}
	wg.Wait()
	for i, j := range sent {
		if j.err != nil || j.ended.IsZero() {
			t.Errorf("message %d was dropped: %v", i, j.err)
		}
	}
}

// Whatever waits beside whatever, everybody gets his own answer, nobody none.
func TestEveryCallerGetsHisOwnVectors(t *testing.T) {
	for name, workers := range map[string]int{"one worker": 1, "two workers": 2} {
		t.Run(name, func(t *testing.T) { everyCaller(t, workers) })
	}
}

func everyCaller(t *testing.T, workers int) {
	y := newTiny()
	reg := prometheus.NewRegistry()
	e := open(t, y.load(t), Options{Concurrency: workers, Queue: 24, Registerer: reg})
	var refused atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		callers, each := rapid.IntRange(1, 48).Draw(rt, "callers"), rapid.IntRange(1, 20).Draw(rt, "each")
		longest, seed := rapid.IntRange(1, 60).Draw(rt, "longest"), rapid.Uint64().Draw(rt, "seed")
		var wg sync.WaitGroup
		for c := range callers {
			rng := rand.New(rand.NewPCG(seed, uint64(c)))
			wg.Go(func() {
				for range each {
					own, prev := text(rng.IntN(tinyWords), 1+rng.IntN(longest)), text(rng.IntN(tinyWords), rng.IntN(6))
					ctx, cancel := context.WithCancel(t.Context())
					leaves := rng.IntN(10) == 0
					if leaves {
						time.AfterFunc(time.Duration(rng.IntN(300))*time.Microsecond, cancel)
					}
					f, err := e.EncodePair(ctx, own, prev)
					cancel()
					if fault.Is(err, fault.Busy) {
						refused.Add(1)
						continue
					}
					if leaves && errors.Is(err, context.Canceled) {
						continue
					}
					in, _, readErr := e.read(own, prev)
					if err = errors.Join(err, readErr); err != nil {
						t.Errorf("%q: %v", own, err)
						return
					}
					if embedding, state := y.compute(in); !near(f.Embedding, embedding) || !near(f.State, state) || f.Tokens != len(in.ids) {
						t.Errorf("%q got another's vectors", own)
						return
					}
				}
			})
		}
		wg.Wait()
		if n := e.runs.inside(); n > 0 {
			until(func() bool { return e.runs.runningNow() == 0 }) // runs whose callers have left
			if n = e.runs.inside(); n > 0 {
				rt.Fatalf("%d messages stay inside", n)
			}
		}
	})
	t.Logf("%d messages refused", refused.Load())
	seen := figures(t, reg)
	runs, messages := seen["yingda_encoder_batch_messages count"], seen["yingda_encoder_batch_messages sum"]
	t.Logf("%v messages in %v runs", messages, runs)
	if runs >= messages {
		t.Errorf("%v messages in %v runs: none was shared", messages, runs)
	}
}

// figures are the registry's counters, and the count and sum of its histograms.
func figures(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]float64{}
	for _, f := range families {
		if h := f.GetMetric()[0].GetHistogram(); h != nil {
			seen[f.GetName()+" count"], seen[f.GetName()+" sum"] = float64(h.GetSampleCount()), h.GetSampleSum()
		} else if c := f.GetMetric()[0].GetCounter(); c != nil {
			seen[f.GetName()] = c.GetValue()
		}
	}
	return seen
}

func TestRunsAreCounted(t *testing.T) {
	reg := prometheus.NewRegistry()
	e := open(t, newTiny().load(t), Options{Concurrency: 1, Registerer: reg})
	release := stall(e)
	var wg sync.WaitGroup
	for i, size := range []int{5, 8, 8, 6} { // 7, then 10, 10 and 8 tokens
		wg.Go(func() {
			if _, err := e.Encode(t.Context(), text(1, size)); err != nil {
				t.Error(err)
			}
		})
		until(func() bool { return e.runs.inside() == i+1 && e.runs.runningNow() == 1 })
	}
	release()
	wg.Wait()
	seen := figures(t, reg)
	for name, want := range map[string]float64{
		"yingda_encoder_batch_messages count": 2, "yingda_encoder_batch_messages sum": 4,
		"yingda_encoder_padding_tokens_total": 2, "yingda_encoder_tokens count": 4, "yingda_encoder_tokens sum": 35,
	} {
		if seen[name] != want {
			t.Errorf("%s is %v, want %v", name, seen[name], want)
		}
	}
}

func BenchmarkDispatch(b *testing.B) {
	for name, batch := range map[string]int{"alone": 1, "eight": 8} {
		b.Run(name, func(b *testing.B) {
			d := newDispatcher("bench", 2, 1024, limits{batch, runTokens})
			d.start(func() func([]*job) error { return fine })
			defer d.close()
			ids := make([]int64, 16)
			b.SetParallelism(16)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := d.do(context.Background(), newJob(input{ids: ids, second: 16})); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
