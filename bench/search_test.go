package bench

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/yingda/yingda/kb/vector"
)

func TestSyntheticVectors(t *testing.T) {
	const n, dim = 20000, 512
	s := NewSynthetic(n, dim)
	same, other, sames, others := 0.0, 0.0, 0, 0
	topic := func(i int) uint64 { return splitMix(streamTopicOfRow^uint64(i)) % uint64(s.topics) }
	for i := range 400 {
		v := s.Row(i)
		if norm := vector.Dot(v, v); math.Abs(float64(norm)-1) > 1e-5 {
			t.Errorf("row %d has the length %v", i, math.Sqrt(float64(norm)))
		}
		for j := range i {
			c := float64(vector.Dot(v, s.Row(j)))
			if topic(i) == topic(j) {
				same, sames = same+c, sames+1
			} else if j < 40 {
				other, others = other+c, others+1
			}
		}
	}
	if same, other = same/float64(sames), other/float64(others); math.Abs(same-0.69) > 0.03 || math.Abs(other-0.31) > 0.03 {
		t.Errorf("mean cosine %.3f within a topic (%d pairs), %.3f across", same, sames, other)
	}
}

// bench/peers/vectors.py checks itself against the same numbers.
func TestSyntheticVectorsAreTheSameEverywhere(t *testing.T) {
	s := NewSynthetic(10000, 512)
	got := ""
	for _, v := range [][]float32{s.Row(0), s.Row(9999), s.Query(7)} {
		got += fmt.Sprintf("%.5f %.5f %.5f ", v[0], v[255], v[511])
	}
	if want := "-0.01303 -0.06576 -0.04433 0.01875 -0.03551 -0.06831 0.03675 -0.04991 -0.02009"; strings.TrimSpace(got) != want {
		t.Errorf("vectors begin, go on and end with %s, want %s", got, want)
	}
}

func TestSearchFigures(t *testing.T) {
	for name, plain := range map[string]int{"exact": 1 << 20, "scanned": -1} {
		x := vector.New(64, vector.Options{Plain: plain, Scanner: vector.Portable{}})
		f, err := Search(t.Context(), name, x, 2000, 64)
		if err != nil {
			t.Fatal(err)
		}
		if f.Recall < 0.99 || f.CPU <= 0 || f.Took <= 0 || f.Build <= 0 || f.Upsert <= 0 || f.Worst < f.P99 || f.Still <= 0 {
			t.Errorf("%s: %+v", name, f)
		}
		if n, err := x.Len(t.Context(), "b"); n != 7000 || err != nil {
			t.Errorf("%d vectors (%v), want 2 000 and 5 000 more", n, err)
		}
		var out bytes.Buffer
		if err := PrintSearch(&out, []SearchFigures{f}); err != nil || !strings.Contains(out.String(), name) || !strings.Contains(out.String(), "2000") {
			t.Errorf("%v:\n%s", err, out.String())
		}
	}
	if _, err := Search(t.Context(), "other", vector.New(8, vector.Options{}), 10, 64); err == nil {
		t.Error("vectors of the wrong dimension were taken")
	}
}

func BenchmarkSynthetic(b *testing.B) {
	s := NewSynthetic(100000, 512)
	for i := 0; b.Loop(); i++ {
		s.Row(i)
	}
}
