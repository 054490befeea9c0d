package vector_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/indextest"
	"github.com/yingda/yingda/kb/vector"
)

func BenchmarkSearch(b *testing.B) {
	for _, c := range []struct {
		name  string
		rows  int
		plain int
	}{
		{"plain/1000", 1000, 1000}, {"plain/5000", 5000, 5000}, {"int8/5000", 5000, -1},
		{"plain/100000", 100000, 100000}, {"int8/100000", 100000, -1},
	} {
		b.Run(c.name, func(b *testing.B) {
			x := vector.New(512, vector.Options{Plain: c.plain, Scanner: vector.Portable{}})
			vs := fill(b, x, c.rows)
			for i := 0; b.Loop(); i++ {
				if _, err := x.Search(b.Context(), "s", vs[i*7919%c.rows].Embedding, 10); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUpsert(b *testing.B) {
	x := vector.New(512, vector.Options{})
	vs := fill(b, x, 20000)
	for i := 0; b.Loop(); i++ {
		if err := x.Upsert(b.Context(), vs[i%len(vs):i%len(vs)+1]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCosines(b *testing.B) {
	x := vector.New(512, vector.Options{})
	vs := fill(b, x, 20000)
	owners := make([]string, 60)
	for i := range owners {
		owners[i] = fmt.Sprintf("o%06d", i*37)
	}
	for b.Loop() {
		if _, err := x.Cosines(b.Context(), "s", vs[0].Embedding, owners); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDot(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	x, y := indextest.Random(r, 512), indextest.Random(r, 512)
	var sum float32
	for b.Loop() {
		sum += vector.Dot(x, y)
	}
	_ = sum
}

var _ kb.VectorIndex = (*vector.Index)(nil)
