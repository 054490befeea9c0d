package indextest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Open returns an empty index for vectors of dim values; it registers its own
// clean-up with t.
type Open func(t *testing.T, dim int) kb.VectorIndex

// Cosiner is the second half of what a retriever asks of an index; the suite
// tests it where an index has it.
type Cosiner interface {
	// Cosines returns the exact cosine of every vector of the owners.
	Cosines(ctx context.Context, bot string, embedding []float32, owners []string) ([]kb.VectorHit, error)
}

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Run("add and search", func(t *testing.T) { testSearch(t, open) })
	t.Run("replace", func(t *testing.T) { testReplace(t, open) })
	t.Run("delete", func(t *testing.T) { testDelete(t, open) })
	t.Run("bots are isolated", func(t *testing.T) { testBots(t, open) })
	t.Run("ties by key", func(t *testing.T) { testTies(t, open) })
	t.Run("exact cosine", func(t *testing.T) { testExact(t, open) })
	t.Run("faults", func(t *testing.T) { testFaults(t, open) })
	t.Run("the caller keeps its slices", func(t *testing.T) { testCopies(t, open) })
	t.Run("cosines of owners", func(t *testing.T) { testCosines(t, open) })
	t.Run("concurrent use", func(t *testing.T) { testConcurrent(t, open) })
	t.Run("against brute force", func(t *testing.T) { testModel(t, open) })
}

// Random returns a vector of dim normally distributed values, L2-normalised.
func Random(r *rand.Rand, dim int) []float32 {
	v := make([]float32, dim)
	norm := 0.0
	for i := range v {
		v[i] = float32(r.NormFloat64())
		norm += float64(v[i]) * float64(v[i])
	}
	norm = math.Sqrt(norm)
	for i := range v {
		v[i] = float32(float64(v[i]) / norm)
	}
	return v
}

// unit returns the dim-vector with the given leading values, L2-normalised.
func unit(dim int, values ...float32) []float32 {
	v := make([]float32, dim)
	copy(v, values)
	norm := float32(math.Sqrt(dot(v, v)))
	for i := range v {
		v[i] /= norm
	}
	return v
}

// dot is the inner product in float64, the measure of exactness.
func dot(a, b []float32) float64 {
	s := 0.0
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

func vec(bot, owner string, n int, v []float32) kb.Vector {
	return kb.Vector{Key: fmt.Sprintf("%s#%d", owner, n), Owner: owner, Bot: bot, Embedding: v}
}

func put(t testing.TB, x kb.VectorIndex, vs ...kb.Vector) {
	t.Helper()
	if err := x.Upsert(t.Context(), vs); err != nil {
		t.Fatal(err)
	}
}

func search(t testing.TB, x kb.VectorIndex, bot string, q []float32, k int) []kb.VectorHit {
	t.Helper()
	hits, err := x.Search(t.Context(), bot, q, k)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

func keys(hits []kb.VectorHit) []string {
	out := []string{}
	for _, h := range hits {
		out = append(out, h.Key)
	}
	return out
}

func wantKeys(t *testing.T, hits []kb.VectorHit, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if got := keys(hits); !cmp.Equal(got, want) {
		t.Errorf("keys %v, want %v", got, want)
	}
}

func wantLen(t *testing.T, x kb.VectorIndex, bot string, want int) {
	t.Helper()
	n, err := x.Len(t.Context(), bot)
	if err != nil {
		t.Fatal(err)
	}
	if n != want {
		t.Errorf("bot %q holds %d vectors, want %d", bot, n, want)
	}
}

func testSearch(t *testing.T, open Open) {
	x := open(t, 8)
	wantKeys(t, search(t, x, "s", unit(8, 1), 5))
	wantLen(t, x, "s", 0)
	put(t, x, vec("s", "a", 0, unit(8, 1, 0)), vec("s", "a", 1, unit(8, 1, 1)), vec("s", "b", 0, unit(8, 0, 1)), vec("s", "c", 0, unit(8, -1)))
	wantLen(t, x, "s", 4)
	hits := search(t, x, "s", unit(8, 1, 0.1), 3)
	wantKeys(t, hits, "a#0", "a#1", "b#0")
	if hits[0].Owner != "a" || hits[2].Owner != "b" {
		t.Errorf("owners: %+v", hits)
	}
	wantKeys(t, search(t, x, "s", unit(8, 1, 0.1), 100), "a#0", "a#1", "b#0", "c#0")
	wantKeys(t, search(t, x, "s", unit(8, 1), 0))
}

func testReplace(t *testing.T, open Open) {
	x := open(t, 8)
	put(t, x, vec("s", "a", 0, unit(8, 1)), vec("s", "b", 0, unit(8, 0, 1)))
	put(t, x, vec("s", "a", 0, unit(8, 0, 0, 1)))
	wantLen(t, x, "s", 2)
	hits := search(t, x, "s", unit(8, 0, 0, 1), 1)
	wantKeys(t, hits, "a#0")
	if math.Abs(hits[0].Cosine-1) > 1e-5 {
		t.Errorf("cosine of the replaced vector %v, want 1", hits[0].Cosine)
	}
	put(t, x, kb.Vector{Key: "a#0", Owner: "b", Bot: "s", Embedding: unit(8, 1)})
	if err := x.Delete(t.Context(), "s", []string{"a"}); err != nil {
		t.Fatal(err)
	}
	wantLen(t, x, "s", 2) // the key went over to b with its last change
}

func testDelete(t *testing.T, open Open) {
	x := open(t, 8)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 300 {
		put(t, x, vec("s", fmt.Sprintf("o%03d", i/3), i%3, Random(r, 8)))
	}
	for i := range 95 {
		if err := x.Delete(t.Context(), "s", []string{fmt.Sprintf("o%03d", i), "unknown"}); err != nil {
			t.Fatal(err)
		}
	}
	wantLen(t, x, "s", 15)
	hits := search(t, x, "s", Random(r, 8), 50)
	if len(hits) != 15 {
		t.Errorf("%d hits, want the 15 that are left", len(hits))
	}
	for _, h := range hits {
		if h.Owner < "o095" {
			t.Errorf("deleted %s was found", h.Key)
		}
	}
	if err := x.Delete(t.Context(), "nobody", []string{"o"}); err != nil {
		t.Errorf("delete of an unknown bot: %v", err)
	}
}

func testBots(t *testing.T, open Open) {
	x := open(t, 8)
	put(t, x, vec("s1", "a", 0, unit(8, 1)), vec("s2", "a", 0, unit(8, 0, 1)), vec("s2", "b", 0, unit(8, 1)))
	wantLen(t, x, "s1", 1)
	wantLen(t, x, "s2", 2)
	if err := x.Delete(t.Context(), "s2", []string{"a"}); err != nil {
		t.Fatal(err)
	}
	hits := search(t, x, "s1", unit(8, 1), 5)
	wantKeys(t, hits, "a#0")
	if math.Abs(hits[0].Cosine-1) > 1e-5 {
		t.Errorf("s1's vector changed with s2's: %+v", hits)
	}
	wantKeys(t, search(t, x, "s2", unit(8, 1), 5), "b#0")
	wantKeys(t, search(t, x, "s3", unit(8, 1), 5))
}

func testTies(t *testing.T, open Open) {
	x := open(t, 8)
	same := unit(8, 1, 2, 3)
	for _, o := range []string{"m", "c", "z", "a", "k"} {
		put(t, x, vec("s", o, 0, same))
	}
	wantKeys(t, search(t, x, "s", same, 3), "a#0", "c#0", "k#0")
}

func testExact(t *testing.T, open Open) {
	const dim = 64
	x := open(t, dim)
	r := rand.New(rand.NewPCG(3, 3))
	stored := map[string][]float32{}
	var vs []kb.Vector
	for i := range 500 {
		v := vec("s", fmt.Sprintf("o%d", i), 0, Random(r, dim))
		stored[v.Key] = v.Embedding
		vs = append(vs, v)
	}
	put(t, x, vs...)
	for range 20 {
		q := Random(r, dim)
		for _, h := range search(t, x, "s", q, 10) {
			if want := dot(q, stored[h.Key]); math.Abs(h.Cosine-want) > 1e-5 {
				t.Errorf("%s: cosine %v, exactly %v", h.Key, h.Cosine, want)
			}
		}
	}
}

func testFaults(t *testing.T, open Open) {
	x := open(t, 8)
	put(t, x, vec("s", "a", 0, unit(8, 1)))
	for name, v := range map[string]kb.Vector{
		"too short": vec("s", "b", 0, unit(4, 1)),
		"too long":  vec("s", "b", 0, unit(16, 1)),
		"empty":     vec("s", "b", 0, nil),
		"NaN":       vec("s", "b", 0, append(make([]float32, 7), float32(math.NaN()))),
		"infinite":  vec("s", "b", 0, append(make([]float32, 7), float32(math.Inf(1)))),
		"no key":    {Owner: "b", Bot: "s", Embedding: unit(8, 1)},
		"no owner":  {Key: "b#0", Bot: "s", Embedding: unit(8, 1)},
	} {
		if err := x.Upsert(t.Context(), []kb.Vector{vec("s", "c", 0, unit(8, 1)), v}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want fault.Invalid", name, err)
		}
	}
	wantLen(t, x, "s", 1)
	if _, err := x.Search(t.Context(), "s", unit(4, 1), 1); !fault.Is(err, fault.Invalid) {
		t.Errorf("search with a short vector: %v, want fault.Invalid", err)
	}
	if err := x.Upsert(t.Context(), nil); err != nil {
		t.Errorf("upsert of nothing: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Upsert(ctx, []kb.Vector{vec("s", "b", 0, unit(8, 1))}); err == nil {
		t.Error("upsert with an ended context succeeded")
	}
	if _, err := x.Search(ctx, "s", unit(8, 1), 1); err == nil {
		t.Error("search with an ended context succeeded")
	}
}

func testCopies(t *testing.T, open Open) {
	x := open(t, 8)
	v := unit(8, 1)
	put(t, x, vec("s", "a", 0, v))
	clear(v)
	hits := search(t, x, "s", unit(8, 1), 1)
	if len(hits) != 1 || math.Abs(hits[0].Cosine-1) > 1e-5 {
		t.Errorf("the index kept the caller's slice: %+v", hits)
	}
}

func testCosines(t *testing.T, open Open) {
	x, ok := open(t, 8).(Cosiner)
	if !ok {
		t.Skip("this index does not look up cosines by owner")
	}
	index := x.(kb.VectorIndex)
	put(t, index, vec("s", "a", 0, unit(8, 1)), vec("s", "a", 1, unit(8, 0, 1)), vec("s", "b", 0, unit(8, 1, 1)), vec("t", "a", 0, unit(8, -1)))
	put(t, index, vec("s", "a", 1, unit(8, -1)))
	hits, err := x.Cosines(t.Context(), "s", unit(8, 1), []string{"a", "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, h := range hits {
		got[h.Key] = math.Round(h.Cosine*1e4) / 1e4
		if h.Owner != "a" {
			t.Errorf("hit of another owner: %+v", h)
		}
	}
	if want := map[string]float64{"a#0": 1, "a#1": -1}; !cmp.Equal(got, want) || len(hits) != 2 {
		t.Errorf("cosines %v (%d hits), want %v", got, len(hits), want)
	}
	if hits, err := x.Cosines(t.Context(), "nobody", unit(8, 1), []string{"a"}); err != nil || len(hits) != 0 {
		t.Errorf("an unknown bot: %v, %v", hits, err)
	}
	if hits, err := x.Cosines(t.Context(), "s", unit(8, 1), nil); err != nil || len(hits) != 0 {
		t.Errorf("no owners: %v, %v", hits, err)
	}
	if _, err := x.Cosines(t.Context(), "s", unit(4, 1), []string{"a"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short vector: %v, want fault.Invalid", err)
	}
}

func testConcurrent(t *testing.T, open Open) {
	const dim = 16
	x := open(t, dim)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 9))
			for i := range 60 {
				owner := fmt.Sprintf("w%d-%d", w, i%15)
				v := Random(r, dim)
				put(t, x, vec("s", owner, 0, v), vec("s", owner, 1, Random(r, dim)))
				if hits := search(t, x, "s", v, 1); len(hits) == 0 || hits[0].Cosine < 0.999 {
					t.Errorf("%s is not found after its own upsert: %+v", owner, hits)
				}
				if i%4 == 0 {
					if err := x.Delete(t.Context(), "s", []string{owner}); err != nil {
						t.Error(err)
					}
				}
			}
		})
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 17))
			for range 120 {
				last := math.Inf(1)
				for _, h := range search(t, x, "s", Random(r, dim), 10) {
					if h.Cosine > last || h.Key == "" {
						t.Errorf("hits out of order or empty: %+v", h)
					}
					last = h.Cosine
				}
			}
		})
	}
	wg.Wait()
	n, err := x.Len(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	if hits := search(t, x, "s", Random(rand.New(rand.NewPCG(0, 0)), dim), 1000); len(hits) != n {
		t.Errorf("%d vectors, %d found", n, len(hits))
	}
}
