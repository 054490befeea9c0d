package head

import "sort"

// isotonic applies a rising curve of points [p, q] to the probability of the
// best label and lets the others share the rest as before. Between points the
// curve is straight, outside of them flat. The best label stays the best: q is
// kept from falling below what would make the second overtake it. It changes
// probs, which sum to 1 before and after.
func isotonic(points [][2]float64, probs []float64) {
	if len(points) == 0 || len(probs) < 2 {
		return
	}
	best, second := 0, 0.0
	for i, p := range probs {
		if p > probs[best] {
			best = i
		}
	}
	for i, p := range probs {
		if i != best && p > second {
			second = p
		}
	}
	p := probs[best]
	rest := 1 - p
	if rest <= 0 { // nothing to share: the curve has no say over certainty
		return
	}
	q := max(curve(points, p), second/(rest+second))
	for i := range probs {
		probs[i] *= (1 - q) / rest
	}
	probs[best] = q
}

// curve is the piecewise linear function through points, which rise.
func curve(points [][2]float64, p float64) float64 {
	at := sort.Search(len(points), func(i int) bool { return points[i][0] >= p })
	switch at {
	case 0:
		return points[0][1]
	case len(points):
		return points[at-1][1]
	}
	a, b := points[at-1], points[at]
	return a[1] + (b[1]-a[1])*(p-a[0])/(b[0]-a[0])
}
