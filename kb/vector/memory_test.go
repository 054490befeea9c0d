package vector_test

import (
	"runtime"
	"strconv"
	"testing"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/vector"
)

// heap is what live objects take.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A full segment takes five bytes for each value, and what the package's
// documentation says for names.
func TestMemoryPerVector(t *testing.T) {
	const rows, dim = 1 << 15, 64
	before := heap()
	x := vector.New(dim, vector.Options{})
	batch := make([]kb.Vector, 0, 1024)
	for i := range rows {
		name := strconv.Itoa(i)
		batch = append(batch, kb.Vector{Key: name + "#0", Owner: name, Bot: "s", Embedding: []float32{63: float32(i)}})
		if len(batch) == cap(batch) {
			if err := x.Upsert(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	clear(batch[:cap(batch)])
	per := float64(heap()-before) / rows
	t.Logf("%.0f bytes for a vector of %d values, %.0f beside the values", per, dim, per-5*dim)
	if beside := per - 5*dim; beside < 0 || beside > 300 {
		t.Errorf("%.0f bytes beside the values, want at most 300", beside)
	}
	runtime.KeepAlive(x)
}
