package head

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestIsotonic(t *testing.T) {
	points := [][2]float64{{.2, .1}, {.6, .4}, {.8, .9}}
	for _, tt := range []struct {
		points        [][2]float64
		probs, wanted []float64
	}{
		{nil, []float64{.7, .3}, []float64{.7, .3}},
		{points, []float64{.1, .7, .2}, []float64{.35 / 3, .65, .35 * 2 / 3}},
		{points, []float64{.9, .1}, []float64{.9, .1}},
		{points, []float64{.95, .05}, []float64{.9, .1}},
		{points, []float64{1, 0}, []float64{1, 0}},
		{[][2]float64{{.1, 0}, {.9, .2}}, []float64{.5, .4, .1}, []float64{.4 / .9, .4 / .9, .1 / .9}},
	} {
		got := append([]float64{}, tt.probs...)
		isotonic(tt.points, got)
		if diff := cmp.Diff(tt.wanted, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%v by %v (-want +got):\n%s", tt.probs, tt.points, diff)
		}
	}
}

// TestIsotonicKeepsTheBest: whatever the curve, the sum stays 1, the best label
// the best, and a higher probability never gives a lower one.
func TestIsotonicKeepsTheBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var points [][2]float64
		p, q := 0.0, 0.0
		for range rapid.IntRange(1, 6).Draw(t, "points") {
			p += rapid.Float64Range(.001, .15).Draw(t, "dp")
			q = min(1, q+rapid.Float64Range(0, .4).Draw(t, "dq"))
			points = append(points, [2]float64{p, q})
		}
		probs := rapid.SliceOfN(rapid.Float64Range(.01, 1), 2, 8).Draw(t, "probs")
		sum := 0.0
		for _, p := range probs {
			sum += p
		}
		for i := range probs {
			probs[i] /= sum
		}
		got := append([]float64{}, probs...)
		isotonic(points, got)
		best, after := argmax(probs), 0.0
		for _, p := range got {
			after += p
			if p > got[best]+1e-12 || p < 0 || math.IsNaN(p) {
				t.Fatalf("%v became %v by %v", probs, got, points)
			}
		}
		if math.Abs(after-1) > 1e-9 {
			t.Fatalf("%v sums to %v", got, after)
		}
		a := rapid.Float64Range(0, 1).Draw(t, "a")
		b := rapid.Float64Range(a, 1).Draw(t, "b")
		if curve(points, a) > curve(points, b) {
			t.Fatalf("the curve %v falls between %v and %v", points, a, b)
		}
	})
}
