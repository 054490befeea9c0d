package main

import (
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/bench"
)

func TestBatchingTable(t *testing.T) {
	b := batching{
		model: "enc-1", most: 8,
		off: []bench.Result{
			{Concurrency: 1, PerSecond: 1000, CPU: time.Millisecond, P50: time.Millisecond, P99: 2 * time.Millisecond},
			{Concurrency: 64, PerSecond: 2000, CPU: time.Millisecond, P50: 32 * time.Millisecond, P99: 40 * time.Millisecond},
		},
		on: []bench.Result{
			{Concurrency: 1, PerSecond: 950, CPU: time.Millisecond, P50: time.Millisecond, P99: 3 * time.Millisecond},
			{Concurrency: 64, PerSecond: 3000, CPU: 600 * time.Microsecond, P50: 16 * time.Millisecond, P99: 30 * time.Millisecond},
		},
	}
	var out strings.Builder
	if err := b.print(&out); err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "on / off") {
			rows = append(rows, strings.Fields(line)[3:])
		}
	}
	want := []string{"0.95 1.00 1.00 1.50", "1.50 0.60 0.50 0.75"} // messages/s, CPU, p50, p99
	for i, w := range want {
		if len(rows) != len(want) || strings.Join(rows[i], " ") != w {
			t.Fatalf("ratios %v, want %v\n%s", rows, want, out.String())
		}
	}
	checks := b.checks()
	if len(checks) != 2 || checks[0].Value != 0.95 || !checks[0].Holds() || checks[1].Value != 0.6 || !checks[1].Holds() {
		t.Errorf("checks %+v", checks)
	}
	b.on[0].PerSecond, b.on[1].CPU = 800, time.Millisecond
	for _, c := range b.checks() {
		if c.Holds() {
			t.Errorf("%s holds at %v", c.Name, c.Value)
		}
	}
}

func TestBatchingOfAModelThatNeverShares(t *testing.T) {
	b := batching{model: "enc-1", most: 1}
	var out strings.Builder
	if err := b.print(&out); err != nil || !strings.Contains(out.String(), "enc-1 is not batch-invariant") {
		t.Errorf("%v: %s", err, out.String())
	}
	if checks := b.checks(); checks != nil {
		t.Errorf("checks %+v", checks)
	}
}
