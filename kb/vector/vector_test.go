package vector_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/indextest"
	"github.com/yingda/yingda/kb/vector"
)

func TestPlainIndex(t *testing.T) {
	indextest.Run(t, func(_ *testing.T, dim int) kb.VectorIndex { return vector.New(dim, vector.Options{}) })
}

func TestCoarseIndex(t *testing.T) {
	indextest.Run(t, func(_ *testing.T, dim int) kb.VectorIndex {
		return vector.New(dim, vector.Options{Plain: -1, Scanner: vector.Portable{}})
	})
}

// fill puts n random vectors of bot "s" into x, five to an owner, and returns them.
func fill(t testing.TB, x *vector.Index, n int) []kb.Vector {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 5))
	vs := make([]kb.Vector, n)
	for i := range vs {
		owner := fmt.Sprintf("o%06d", i/5)
		vs[i] = kb.Vector{Key: fmt.Sprintf("%s#%d", owner, i%5), Owner: owner, Bot: "s", Embedding: clustered(r, x.Dimension())}
	}
	if err := x.Upsert(t.Context(), vs); err != nil {
		t.Fatal(err)
	}
	return vs
}

// clustered returns a vector with the crowding of sentence embeddings: a
// direction that all share, and one component far larger than the rest.
func clustered(r *rand.Rand, dim int) []float32 {
	v := indextest.Random(r, dim)
	norm := float32(0)
	for i := range v {
		v[i] += 0.6 * float32(1-2*(i%2)) / 22
		if i == 7 {
			v[i] -= 0.3
		}
		norm += v[i] * v[i]
	}
	for i := range v {
		v[i] /= sqrt(norm)
	}
	return v
}

func sqrt(x float32) float32 {
	y := x
	for range 20 {
		y = (y + x/y) / 2
	}
	return y
}

func TestCoarseFindsWhatPlainFinds(t *testing.T) {
	const n, dim, queries = 8000, 512, 60
	if testing.Short() {
		t.Skip("8 000 rows of 512 values")
	}
	coarse := vector.New(dim, vector.Options{Plain: -1, Scanner: vector.Portable{}})
	plain := vector.New(dim, vector.Options{Plain: n})
	fill(t, plain, n)
	fill(t, coarse, n)
	r := rand.New(rand.NewPCG(6, 6))
	for _, k := range []int{1, 10, 40} {
		missed := 0
		for range queries {
			q := clustered(r, dim)
			want, err := plain.Search(t.Context(), "s", q, k)
			if err != nil {
				t.Fatal(err)
			}
			got, err := coarse.Search(t.Context(), "s", q, k)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range want {
				if !slices.Contains(got, w) {
					missed++
				}
			}
		}
		if recall := 1 - float64(missed)/float64(k*queries); recall < 0.999 {
			t.Errorf("recall@%d %.4f, want at least 0.999", k, recall)
		}
	}
}

func TestManySegmentsAndCompaction(t *testing.T) {
	const n, dim = 70000, 8
	x := vector.New(dim, vector.Options{Plain: -1, Scanner: vector.Portable{}})
	vs := fill(t, x, n)
	for _, i := range []int{0, 32767, 32768, 65535, 65536, n - 1} {
		hits, err := x.Search(t.Context(), "s", vs[i].Embedding, 1)
		if err != nil || len(hits) != 1 || hits[0].Cosine < 0.9999 {
			t.Fatalf("row %d: %+v, %v", i, hits, err)
		}
	}
	// Delete four owners of five, in batches, and look after every one of them.
	for batch := range 14 {
		var gone []string
		for o := batch * 1000; o < batch*1000+1000; o++ {
			if o%5 != 0 {
				gone = append(gone, fmt.Sprintf("o%06d", o))
			}
		}
		if err := x.Delete(t.Context(), "s", gone); err != nil {
			t.Fatal(err)
		}
		for _, o := range []int{batch*1000 + 1, batch * 1000, 13995} {
			hits, err := x.Cosines(t.Context(), "s", vs[5*o].Embedding, []string{fmt.Sprintf("o%06d", o)})
			if err != nil {
				t.Fatal(err)
			}
			want := 5
			if o%5 != 0 {
				want = 0
			}
			if len(hits) != want {
				t.Fatalf("owner %d has %d vectors after batch %d, want %d", o, len(hits), batch, want)
			}
		}
	}
	if got, err := x.Len(t.Context(), "s"); err != nil || got != n/5 {
		t.Fatalf("%d vectors left (%v), want %d", got, err, n/5)
	}
	for o := 0; o < 14000; o += 5 * 97 {
		hits, err := x.Search(t.Context(), "s", vs[5*o].Embedding, 1)
		if err != nil || hits[0].Cosine < 0.9999 {
			t.Errorf("owner %d is lost: %+v, %v", o, hits, err)
		}
	}
}

// blocking is a Scanner that waits until it is let go.
type blocking struct{ entered, release chan struct{} }

func (b blocking) Scan(ctx context.Context, m []int8, rows, dim int, q []int8, k int) ([]int32, []int64, error) {
	b.entered <- struct{}{}
	<-b.release
	return vector.Portable{}.Scan(ctx, m, rows, dim, q, k)
}

func TestSearchesAndChangesDoNotWaitForEachOther(t *testing.T) {
	b := blocking{make(chan struct{}, 1), make(chan struct{})}
	x := vector.New(8, vector.Options{Plain: -1, Scanner: b})
	vs := fill(t, x, 100)
	found := make(chan []kb.VectorHit)
	go func() {
		hits, err := x.Search(context.Background(), "s", vs[0].Embedding, 1)
		if err != nil {
			t.Error(err)
		}
		found <- hits
	}()
	<-b.entered
	done := make(chan error)
	go func() { done <- x.Delete(context.Background(), "s", []string{"o000000"}) }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("a change waits for a search")
	}
	close(b.release)
	if hits := <-found; len(hits) != 1 || hits[0].Owner != "o000000" {
		t.Errorf("the search that began before the deletion saw %+v", hits)
	}
	hits, err := x.Search(t.Context(), "s", vs[0].Embedding, 100)
	if err != nil || len(hits) != 95 {
		t.Errorf("%d hits after the deletion (%v), want 95", len(hits), err)
	}
}

// broken is a Scanner that misbehaves.
type broken struct {
	err error
	row int64
}

func (b broken) Scan(context.Context, []int8, int, int, []int8, int) ([]int32, []int64, error) {
	return []int32{1}, []int64{b.row}, b.err
}

func TestScannerFaults(t *testing.T) {
	cause := errors.New("the native library is gone")
	x := vector.New(8, vector.Options{Plain: -1, Scanner: broken{err: cause}})
	vs := fill(t, x, 10)
	if _, err := x.Search(t.Context(), "s", vs[0].Embedding, 1); !errors.Is(err, cause) {
		t.Errorf("the scanner's error is lost: %v", err)
	}
	x = vector.New(8, vector.Options{Plain: -1, Scanner: broken{row: 99}})
	fill(t, x, 10)
	if _, err := x.Search(t.Context(), "s", vs[0].Embedding, 1); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "row 99") {
		t.Errorf("a row out of range: %v", err)
	}
}

func TestNewRefusesNoDimension(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a dimension of 0 was accepted")
		}
	}()
	vector.New(0, vector.Options{})
}

func TestPortableScan(t *testing.T) {
	matrix := []int8{1, 0, 0, 127, 127, 127, -127, -127, -127, 0, 5, 0}
	scores, rows, err := vector.Portable{}.Scan(t.Context(), matrix, 4, 3, []int8{1, 2, 3}, 3)
	if err != nil || !slices.Equal(scores, []int32{762, 10, 1}) || !slices.Equal(rows, []int64{1, 3, 0}) {
		t.Errorf("scores %v, rows %v, %v", scores, rows, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := (vector.Portable{}).Scan(ctx, matrix, 4, 3, []int8{1, 2, 3}, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func TestDot(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for n := range 40 {
		a, b, want := make([]float32, n), make([]float32, n), 0.0
		for i := range a {
			a[i], b[i] = r.Float32()-0.5, r.Float32()-0.5
			want += float64(a[i]) * float64(b[i])
		}
		if got := float64(vector.Dot(a, b)); got-want > 1e-6 || want-got > 1e-6 {
			t.Errorf("length %d: %v, want %v", n, got, want)
		}
	}
}

func TestConcurrentCosines(t *testing.T) {
	x := vector.New(8, vector.Options{Plain: -1, Scanner: vector.Portable{}})
	vs := fill(t, x, 500)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 300 {
			owner := fmt.Sprintf("o%06d", i%90)
			if err := x.Delete(t.Context(), "s", []string{owner}); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for i := range 300 {
			hits, err := x.Cosines(t.Context(), "s", vs[0].Embedding, []string{fmt.Sprintf("o%06d", i%90), "o000095"})
			if err != nil || len(hits) != 5 && len(hits) != 10 {
				t.Errorf("%d hits, %v", len(hits), err)
			}
		}
	})
	wg.Wait()
}
