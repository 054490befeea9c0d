// Package bench measures Yingda against bounds in the same run: contenders take
// turns over the same messages, round after round, so that a machine that
// slows down slows all of them, and their ratios stand.
package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// Contender does the measured work for one message.
type Contender struct {
	Name string
	// Do handles message i; it is called from Concurrency goroutines.
	Do func(ctx context.Context, i int) error
	// Concurrency is how many goroutines call Do.
	Concurrency int
}

// Result is what a contender showed over all rounds.
type Result struct {
	Name        string  `json:"name"`
	Concurrency int     `json:"concurrency"`
	Messages    int     `json:"messages"` // per round
	PerSecond   float64 `json:"per_second"`
	// CPU is the process's time per message, user and system, all threads.
	CPU      time.Duration `json:"cpu_ns"`
	P50, P99 time.Duration `json:"-"`
}

// Compare runs each contender over n messages for the given rounds, in turns,
// and returns the medians of the rounds in the contenders' order. The first
// error of any contender ends the run.
func Compare(ctx context.Context, contenders []Contender, n, rounds int) ([]Result, error) {
	type sample struct {
		rate     float64
		cpu      time.Duration
		p50, p99 time.Duration
	}
	samples := make([][]sample, len(contenders))
	for round := -1; round < rounds; round++ { // round -1 warms up
		for k, c := range contenders {
			took, cpu, each, err := once(ctx, c, n)
			if err != nil {
				return nil, fault.Wrap(err, fault.CodeOf(err), "%s failed", c.Name)
			}
			if round < 0 {
				continue
			}
			slices.Sort(each)
			samples[k] = append(samples[k], sample{
				rate: float64(n) / took.Seconds(), cpu: cpu / time.Duration(n),
				p50: each[len(each)/2], p99: each[len(each)*99/100],
			})
		}
	}
	out := make([]Result, len(contenders))
	for k, c := range contenders {
		s := samples[k]
		out[k] = Result{
			Name: c.Name, Concurrency: c.Concurrency, Messages: n,
			PerSecond: median(s, func(x sample) float64 { return x.rate }),
			CPU:       time.Duration(median(s, func(x sample) float64 { return float64(x.cpu) })),
			P50:       time.Duration(median(s, func(x sample) float64 { return float64(x.p50) })),
			P99:       time.Duration(median(s, func(x sample) float64 { return float64(x.p99) })),
		}
	}
	return out, nil
}

// once handles n messages and returns the wall time, the process's CPU time
// and each message's latency.
func once(ctx context.Context, c Contender, n int) (took, cpu time.Duration, each []time.Duration, err error) {
	each = make([]time.Duration, n)
	errs := make([]error, c.Concurrency)
	var next atomic.Int64
	var wg sync.WaitGroup
	before, start := CPUTime(), time.Now()
	for w := range c.Concurrency {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				at := time.Now()
				if err := c.Do(ctx, i); err != nil {
					errs[w] = err
					return
				}
				each[i] = time.Since(at)
			}
		})
	}
	wg.Wait()
	took, cpu = time.Since(start), CPUTime()-before
	for _, e := range errs {
		if e != nil {
			return 0, 0, nil, e
		}
	}
	return took, cpu, each, ctx.Err()
}

func median[T any](s []T, f func(T) float64) float64 {
	v := make([]float64, len(s))
	for i := range s {
		v[i] = f(s[i])
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// CPUTime is the user and system time that this process has used.
func CPUTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Check is a measured figure beside its bound.
type Check struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Bound  float64 `json:"bound"`
	AtMost bool    `json:"at_most"` // the value must not exceed the bound; else it must reach it
	Unit   string  `json:"unit,omitempty"`
}

// Holds reports whether the bound is kept.
func (c Check) Holds() bool {
	if c.AtMost {
		return c.Value <= c.Bound
	}
	return c.Value >= c.Bound
}

// Print writes results and checks as tables.
func Print(w io.Writer, results []Result, checks []Check) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(results) > 0 {
		fmt.Fprintln(tw, "contender\tconcurrency\tmessages/s\tCPU/message\tp50\tp99\t")
	}
	for _, r := range results {
		fmt.Fprintf(tw, "%s\t%d\t%.0f\t%v\t%v\t%v\t\n", r.Name, r.Concurrency, r.PerSecond,
			r.CPU.Round(time.Microsecond), r.P50.Round(time.Microsecond), r.P99.Round(time.Microsecond))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	fmt.Fprintln(tw, "check\tmeasured\tbound\t\t")
	for _, c := range checks {
		sign, verdict := "≥", "ok"
		if c.AtMost {
			sign = "≤"
		}
		if !c.Holds() {
			verdict = "MISSED"
		}
		fmt.Fprintf(tw, "%s\t%.4g %s\t%s %.4g\t%s\t\n", c.Name, c.Value, c.Unit, sign, c.Bound, verdict)
	}
	return tw.Flush()
}
