//go:build cgo

package ort

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

const middleBlock = 1 << 11

func TestPlan(t *testing.T) {
	for rows, want := range map[int]string{
		0: "[]", 255: "[]", 256: "[256]", 2048 + 600: "[2048 256 256]", 2*32768 + 2047: "[32768 32768 256 256 256 256 256 256 256]",
	} {
		if got := fmt.Sprint(plan(rows)); got != want {
			t.Errorf("%d rows: %s, want %s", rows, got, want)
		}
	}
	if last := blockSizes[len(blockSizes)-1]; last != smallBlock {
		t.Errorf("the smallest block is %d, not %d", last, smallBlock)
	}
}

func randomMatrix(rows, dim int, seed uint64) []int8 {
	draw := rand.New(rand.NewPCG(seed, 1))
	m := make([]int8, rows*dim)
	for i := range m {
		m[i] = int8(draw.IntN(256) - 128)
	}
	return m
}

// brute returns the k best rows by a full sort.
func brute(matrix []int8, rows, dim int, query []int8, k int) []scored {
	all := make([]scored, rows)
	for r := range rows {
		var s int32
		for d := range dim {
			s += int32(matrix[r*dim+d]) * int32(query[d])
		}
		all[r] = scored{s, int64(r)}
	}
	slices.SortFunc(all, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.row, b.row))
	})
	return all[:min(k, rows)]
}

func compareScan(t *testing.T, s *Scanner, matrix []int8, rows, dim int, query []int8, k int) {
	t.Helper()
	scores, indices, err := s.Scan(t.Context(), matrix, rows, dim, query, k)
	if err != nil {
		t.Fatal(err)
	}
	want := brute(matrix, rows, dim, query, k)
	if len(scores) != len(want) || len(indices) != len(want) {
		t.Fatalf("%d rows, k %d: %d results, want %d", rows, k, len(scores), len(want))
	}
	for i := range want {
		if scores[i] != want[i].score {
			t.Fatalf("%d rows, k %d: result %d is %d, want %d", rows, k, i, scores[i], want[i].score)
		}
		if s := dot(matrix[indices[i]*int64(dim):(indices[i]+1)*int64(dim)], query); s != scores[i] {
			t.Fatalf("row %d has %d, not %d", indices[i], s, scores[i])
		}
	}
}

func TestScanIsExactAsTheMatrixGrows(t *testing.T) {
	s := open(t).NewScanner()
	defer closing(t, s.Close)
	const dim = 24
	matrix := randomMatrix(largeBlock+3*middleBlock+7, dim, 1)
	query := randomMatrix(1, dim, 2)
	for _, rows := range []int{
		0, 1, 40, smallBlock - 1, smallBlock, smallBlock + 1, 3 * smallBlock, largeBlock - 1, largeBlock,
		largeBlock + smallBlock, largeBlock + middleBlock, largeBlock + 3*middleBlock + 7,
		smallBlock + 5, 100, // an older snapshot of the same matrix
	} {
		for _, k := range []int{1, 40, smallBlock + 3} {
			compareScan(t, s, matrix, rows, dim, query, k)
		}
	}
}

func TestScanExtremes(t *testing.T) {
	s := open(t).NewScanner()
	defer closing(t, s.Close)
	const dim = 512
	matrix := make([]int8, 2*smallBlock*dim)
	for i := range matrix {
		matrix[i] = 127
		if i >= smallBlock*dim {
			matrix[i] = -128
		}
	}
	for _, v := range []int8{127, -128, 0, 1} {
		query := slices.Repeat([]int8{v}, dim)
		compareScan(t, s, matrix, 2*smallBlock, dim, query, 5)
	}
}

// Packed in four bits the best rows are still found, with their exact products.
func TestScanFindsTheBestInCoarseBlocks(t *testing.T) {
	s := open(t).NewScanner()
	defer closing(t, s.Close)
	const dim, k = 512, 10
	rows := largeBlock + smallBlock + 3
	matrix := randomMatrix(rows, dim, 5)
	found := 0
	for seed := range uint64(20) {
		query := randomMatrix(1, dim, 100+seed)
		scores, indices, err := s.Scan(t.Context(), matrix, rows, dim, query, 40)
		if err != nil {
			t.Fatal(err)
		}
		truth := make([]scored, rows)
		for r := range truth {
			truth[r] = scored{dot(matrix[r*dim:(r+1)*dim], query), int64(r)}
		}
		for i, row := range indices {
			if truth[row].score != scores[i] {
				t.Fatalf("row %d has the product %d, not %d", row, truth[row].score, scores[i])
			}
		}
		slices.SortFunc(truth, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
		for _, want := range truth[:k] {
			if slices.Contains(indices, want.row) {
				found++
			}
		}
	}
	if found < 20*k {
		t.Errorf("%d of the %d best rows were found", found, 20*k)
	}
}

func TestScanFaults(t *testing.T) {
	s := open(t).NewScanner()
	matrix := randomMatrix(smallBlock, 8, 3)
	for _, c := range []struct{ rows, dim, query int }{{smallBlock + 1, 8, 8}, {10, 8, 7}, {10, 0, 0}, {-1, 8, 8}} {
		if _, _, err := s.Scan(t.Context(), matrix, c.rows, c.dim, make([]int8, c.query), 1); !fault.Is(err, fault.Internal) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if _, _, err := s.Scan(t.Context(), matrix, smallBlock, 8, make([]int8, 8), 1); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Scan(t.Context(), matrix, smallBlock, 4, make([]int8, 4), 1); !fault.Is(err, fault.Internal) {
		t.Errorf("another dimension: %v", err)
	}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, _, err := s.Scan(ctx, randomMatrix(smallBlock, 8, 3), smallBlock, 8, make([]int8, 8), 1); !errors.Is(err, gone) {
		t.Errorf("an ended context: %v", err)
	}
	if _, _, err := s.Scan(ctx, matrix, 10, 8, make([]int8, 8), 1); !errors.Is(err, gone) {
		t.Errorf("an ended context, few rows: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Scan(t.Context(), matrix, smallBlock, 8, make([]int8, 8), 1); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after Close: %v", err)
	}
}

func TestScansWhileTheMatrixGrows(t *testing.T) {
	s := open(t).NewScanner()
	defer closing(t, s.Close)
	const dim = 16
	matrix := randomMatrix(largeBlock+middleBlock, dim, 4)
	query := randomMatrix(1, dim, 5)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for rows := smallBlock * (g + 1); rows <= largeBlock+middleBlock; rows += middleBlock + 11 {
				scores, _, err := s.Scan(context.Background(), matrix, rows, dim, query, 10)
				if err != nil || scores[0] != brute(matrix, rows, dim, query, 1)[0].score {
					t.Errorf("%d rows: %v %v", rows, scores, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestCollectedMatricesAreForgotten(t *testing.T) {
	s := open(t).NewScanner()
	defer closing(t, s.Close)
	before := process.sessions
	for i := range 3 {
		matrix := randomMatrix(smallBlock, 8, uint64(i))
		compareScan(t, s, matrix, smallBlock, 8, make([]int8, 8), 1)
	}
	held := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.matrices)
	}
	for deadline := time.Now().Add(10 * time.Second); held() > 0 && time.Now().Before(deadline); {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	if held() != 0 {
		t.Errorf("%d matrices are still known", held())
	}
	for deadline := time.Now().Add(10 * time.Second); sessions() > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if n := sessions(); n != before {
		t.Errorf("%d sessions, %d before", n, before)
	}
}

func BenchmarkScan100k(b *testing.B) {
	const rows, dim = 100_000, 512
	matrix, query := randomMatrix(rows, dim, 6), randomMatrix(1, dim, 7)
	s := open(b).NewScanner()
	defer closing(b, s.Close)
	before := resident(b)
	start := time.Now()
	if _, _, err := s.Scan(b.Context(), matrix, rows, dim, query, 40); err != nil {
		b.Fatal(err)
	}
	first := time.Since(start)
	debug.FreeOSMemory()
	grown := resident(b) - before
	for b.Loop() {
		if _, _, err := s.Scan(b.Context(), matrix, rows, dim, query, 40); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(first.Milliseconds()), "ms-first")
	b.ReportMetric(float64(grown)/(1<<20), "MB-packed")
}

// Scans go on, and stay exact, while rows are packed ahead of them.
func TestPrepareBesideScans(t *testing.T) {
	s := open(t).NewScanner()
	defer closing(t, s.Close)
	const dim = 24
	const all = 6*middleBlock + 5
	matrix := randomMatrix(all, dim, 11)
	query := randomMatrix(1, dim, 12)
	var wg sync.WaitGroup
	wg.Go(func() {
		for rows := smallBlock; rows <= all; rows += smallBlock {
			if err := s.Prepare(t.Context(), matrix, rows, dim); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for i := range 60 {
			compareScan(t, s, matrix, all-i*7, dim, query, 9)
		}
	})
	wg.Wait()
	if err := s.Prepare(t.Context(), matrix, 3, dim); err != nil {
		t.Errorf("too few rows to pack: %v", err)
	}
	if err := s.Prepare(t.Context(), matrix[:5], 3, dim); !fault.Is(err, fault.Internal) {
		t.Errorf("a matrix that is too small: %v, want fault.Internal", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Prepare(ended, randomMatrix(smallBlock, dim, 13), smallBlock, dim); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Prepare(t.Context(), matrix, all, dim); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after Close: %v, want fault.Unavailable", err)
	}
}
