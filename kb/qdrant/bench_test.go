package qdrant

import (
	"fmt"
	"testing"
)

// engines runs a benchmark on the fake, which shows what the client's side and
// the wire format cost, and on a server if one is named.
func engines(b *testing.B, rows int, run func(b *testing.B, x *Index)) {
	b.Run("fake", func(b *testing.B) {
		x := openOn(b, startFake(b), 512)
		fill(b, x, rows)
		run(b, x)
	})
	b.Run("server", func(b *testing.B) {
		x := openReal(b, realServer(b), 512)
		fill(b, x, rows)
		run(b, x)
	})
}

func BenchmarkSearch(b *testing.B) {
	engines(b, 1000, func(b *testing.B, x *Index) {
		q := fill(b, x, 5)[0].Embedding
		for b.Loop() {
			if _, err := x.Search(b.Context(), "s", q, 40); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCosines(b *testing.B) {
	engines(b, 1000, func(b *testing.B, x *Index) {
		q := fill(b, x, 5)[0].Embedding
		owners := make([]string, 60)
		for i := range owners {
			owners[i] = fmt.Sprintf("o%06d", i*3)
		}
		for b.Loop() {
			if _, err := x.Cosines(b.Context(), "s", q, owners); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkUpsert(b *testing.B) {
	engines(b, 1000, func(b *testing.B, x *Index) {
		vs := fill(b, x, batch)
		for b.Loop() {
			if err := x.Upsert(b.Context(), vs); err != nil {
				b.Fatal(err)
			}
		}
	})
}
