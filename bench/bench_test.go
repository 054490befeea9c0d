package bench

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestCompareCallsEveryMessageOncePerRound(t *testing.T) {
	var calls atomic.Int64
	seen := make([]atomic.Int64, 50)
	res, err := Compare(t.Context(), []Contender{
		{Name: "a", Concurrency: 4, Do: func(_ context.Context, i int) error { calls.Add(1); seen[i].Add(1); return nil }},
		{Name: "slow", Concurrency: 1, Do: func(context.Context, int) error { time.Sleep(100 * time.Microsecond); return nil }},
	}, 50, 3)
	if err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 50*4 { // three rounds and the warm-up
		t.Errorf("%d calls, want 200", calls.Load())
	}
	for i := range seen {
		if n := seen[i].Load(); n != 4 {
			t.Errorf("message %d handled %d times, want 4", i, n)
		}
	}
	if res[0].Name != "a" || res[1].P50 < 100*time.Microsecond || res[1].PerSecond > 10000 || res[0].PerSecond <= res[1].PerSecond {
		t.Errorf("results %+v", res)
	}
}

func TestCompareStopsAtAnError(t *testing.T) {
	boom := errors.New("boom")
	_, err := Compare(t.Context(), []Contender{{Name: "x", Concurrency: 2, Do: func(_ context.Context, i int) error {
		if i == 7 {
			return boom
		}
		return nil
	}}}, 20, 1)
	if !errors.Is(err, boom) || !strings.Contains(err.Error(), "x failed") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Compare(ctx, []Contender{{Name: "x", Concurrency: 1, Do: func(context.Context, int) error { return nil }}}, 5, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestChecks(t *testing.T) {
	for _, c := range []struct {
		check Check
		want  bool
	}{
		{Check{Value: 0.9, Bound: 0.85}, true},
		{Check{Value: 0.8, Bound: 0.85}, false},
		{Check{Value: 2.9, Bound: 3, AtMost: true}, true},
		{Check{Value: 3.1, Bound: 3, AtMost: true}, false},
	} {
		if got := c.check.Holds(); got != c.want {
			t.Errorf("%+v holds: %v", c.check, got)
		}
	}
	var out bytes.Buffer
	err := Print(&out, []Result{{Name: "raw", Concurrency: 1, PerSecond: 1000}}, []Check{{Name: "ratio", Value: 0.5, Bound: 0.85}, {Name: "search", Value: 2, Bound: 3, AtMost: true, Unit: "ms"}})
	if err != nil || !strings.Contains(out.String(), "MISSED") || !strings.Contains(out.String(), "2 ms") || !strings.Contains(out.String(), "raw") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestCPUTimeGrows(t *testing.T) {
	before := CPUTime()
	for x, end := 0, time.Now().Add(30*time.Millisecond); time.Now().Before(end); x++ {
	}
	if CPUTime() <= before {
		t.Error("30 ms of work took no CPU time")
	}
}
