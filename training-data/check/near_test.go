package check

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestJaccard(t *testing.T) {
	tests := []struct {
		a, b []int
		want float64
	}{
		{nil, nil, 0},
		{[]int{1}, nil, 0},
		{[]int{1, 2, 3}, []int{1, 2, 3}, 1},
		{[]int{1, 2, 3}, []int{2, 3, 4}, 0.5},
		{[]int{1, 5}, []int{2, 3, 4}, 0},
	}
	for _, tt := range tests {
		if got := jaccard(tt.a, tt.b); got != tt.want {
			t.Errorf("jaccard(%v, %v) = %g, want %g", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestNearPairsOrder(t *testing.T) {
	got := nearPairs([]string{"一二三四五六", "", "一二三四五六", "七八九十百千", "一二三四五六"}, 0.8)
	want := []near{{0, 2, 1}, {0, 4, 1}, {2, 4, 1}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(near{})); diff != "" {
		t.Error(diff)
	}
}

// The index must find exactly the pairs that comparing every two texts finds.
func TestNearPairsAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("退款货吗")), 0, 14, -1), 0, 25).Draw(t, "texts")
		threshold := rapid.SampledFrom([]float64{0.5, 0.75, 0.8, 0.9, 1}).Draw(t, "threshold")
		sets := pairSets(texts)
		var want []near
		for b := range sets {
			for a := range b {
				if s := jaccard(sets[a], sets[b]); s >= threshold {
					want = append(want, near{a, b, s})
				}
			}
		}
		if diff := cmp.Diff(want, nearPairs(texts, threshold), cmp.AllowUnexported(near{})); diff != "" {
			t.Fatalf("threshold %g (-brute +indexed):\n%s", threshold, diff)
		}
	})
}

func TestPrefixLenKeepsEnough(t *testing.T) {
	for n := 1; n <= 200; n++ {
		for _, threshold := range []float64{0.5, 0.8, 0.9, 1} {
			least := int(math.Ceil(threshold*float64(n) - 1e-9))
			if got := prefixLen(n, threshold); got != n-least+1 {
				t.Errorf("prefixLen(%d, %g) = %d, want %d", n, threshold, got, n-least+1)
			}
		}
	}
	if got := prefixLen(0, 0.8); got != 0 {
		t.Errorf("prefixLen(0) = %d", got)
	}
}
