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

func TestWithinOrder(t *testing.T) {
	got := Pairs.Within([]string{"一二三四五六", "", "一二三四五六", "七八九十百千", "一二三四五六"}, 0.8)
	want := []Near{{0, 2, 1}, {0, 4, 1}, {2, 4, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestShortTexts(t *testing.T) {
	tests := []struct {
		name  string
		grams Grams
		a, b  string
		want  []Near
	}{
		{"under Least", Pairs, "一二三四五", "一二三四五", nil},
		{"shorter than a run, equal", Fours, "退款", "退款", []Near{{0, 0, 1}}},
		{"shorter than a run, other", Fours, "退款", "退货", nil},
		{"a short text is no part of a longer", Fours, "退款吧", "退款吧啊", nil},
		{"one of two runs shared", Fours, "一二三四", "一二三四五", []Near{{0, 0, 0.5}}},
		{"empty", Fours, "", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.grams.Across([]string{tt.a}, []string{tt.b}, 0.5)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The index must find exactly the pairs that comparing every two texts finds.
func TestWithinAndAcrossAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("退款货吗")), 0, 14, -1)
		texts := rapid.SliceOfN(text, 0, 25).Draw(t, "texts")
		threshold := rapid.SampledFrom([]float64{0.5, 0.75, 0.8, 0.9, 1}).Draw(t, "threshold")
		grams := rapid.SampledFrom([]Grams{Pairs, Fours, {Size: 2, Least: 4}, {Size: 1}}).Draw(t, "grams")
		half := rapid.IntRange(0, len(texts)).Draw(t, "half")
		sets := grams.sets(texts)
		var within, across []Near
		for b := range sets {
			for a := range b {
				s := jaccard(sets[a], sets[b])
				if s < threshold {
					continue
				}
				within = append(within, Near{a, b, s})
				if a < half && b >= half {
					across = append(across, Near{a, b - half, s})
				}
			}
		}
		if diff := cmp.Diff(within, grams.Within(texts, threshold)); diff != "" {
			t.Fatalf("within, threshold %g (-brute +indexed):\n%s", threshold, diff)
		}
		if diff := cmp.Diff(across, grams.Across(texts[:half], texts[half:], threshold)); diff != "" {
			t.Fatalf("across, threshold %g (-brute +indexed):\n%s", threshold, diff)
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
