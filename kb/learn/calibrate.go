package learn

import (
	"cmp"
	"math"
	"slices"

	"github.com/yingda/yingda/kb/hybrid"
)

// judged is a candidate with what the calibration reads.
type judged struct {
	logOdds, nearest float64
	right            bool
	weight           float64
}

// calibrated is how many candidates of a question, from the best, the
// calibration learns from: those are the ones that can be shown.
const calibrated = 10

// judge returns the best candidates of samples under m's weights.
func judge(m hybrid.Model, samples []sample) []judged {
	var out []judged
	for _, s := range samples {
		if s.weight == 0 || len(s.rows) == 0 {
			continue
		}
		odds := m.LogOdds(s.rows)
		nearest := -1.0
		order := make([]int, len(odds))
		for i := range order {
			order[i] = i
			nearest = max(nearest, s.rows[i][hybrid.Cosine])
		}
		slices.SortFunc(order, func(i, j int) int { return cmp.Compare(odds[j], odds[i]) })
		for _, i := range order[:min(calibrated, len(order))] {
			out = append(out, judged{odds[i], nearest, s.right[i], s.weight})
		}
	}
	return out
}

// fitCalibration fits Platt's logistic function (1999) on log odds and the
// nearest cosine.
func fitCalibration(all []judged) (hybrid.Calibration, error) {
	total, mean, square := 0.0, 0.0, 0.0
	for _, j := range all {
		total += j.weight
		mean += j.weight * j.nearest
		square += j.weight * j.nearest * j.nearest
	}
	total = max(total, 1e-9)
	mean /= total
	scale := math.Sqrt(max(0, square/total-mean*mean))
	if scale < 1e-6 {
		scale = 1
	}
	x, err := minimise(3, func(w, gradient []float64) float64 {
		clear(gradient)
		loss := 0.0
		for _, j := range all {
			n := (j.nearest - mean) / scale
			z := w[0]*j.logOdds + w[1]*n + w[2]
			p := 1 / (1 + math.Exp(-z))
			g := p
			if j.right {
				loss += j.weight * softplus(-z)
				g = p - 1
			} else {
				loss += j.weight * softplus(z)
			}
			g *= j.weight / total
			gradient[0] += g * j.logOdds
			gradient[1] += g * n
			gradient[2] += g
		}
		return loss / total
	})
	if err != nil {
		return hybrid.Calibration{}, err
	}
	return hybrid.Calibration{Slope: x[0], Nearest: x[1], NearestMean: mean, NearestScale: scale, Bias: x[2]}, nil
}

// softplus is ln(1+eᶻ) without overflow.
func softplus(z float64) float64 {
	if z > 0 {
		return z + math.Log1p(math.Exp(-z))
	}
	return math.Log1p(math.Exp(z))
}
