package learn

import (
	"cmp"
	"math"
	"slices"

	"github.com/yingda/yingda/kb/hybrid"
)

// judged is a candidate with what the calibration reads.
type judged struct {
	logOdds float64
	right   bool
	weight  float64
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
		odds := m.LogOdds(s.rows, s.none, nil)
		order := make([]int, len(odds))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(i, j int) int { return cmp.Compare(odds[j], odds[i]) })
		for _, i := range order[:min(calibrated, len(order))] {
			out = append(out, judged{odds[i], s.right[i], s.weight})
		}
	}
	return out
}

// fitCalibration fits Platt's logistic function (1999) on the log odds.
func fitCalibration(all []judged) (hybrid.Calibration, error) {
	x, err := minimise(2, func(w, gradient []float64) float64 {
		clear(gradient)
		loss, total := 0.0, 1e-9
		for _, j := range all {
			z := w[0]*j.logOdds + w[1]
			g := 1 / (1 + math.Exp(-z))
			if j.right {
				loss += j.weight * softplus(-z)
				g--
			} else {
				loss += j.weight * softplus(z)
			}
			total += j.weight
			gradient[0] += g * j.weight * j.logOdds
			gradient[1] += g * j.weight
		}
		gradient[0] /= total
		gradient[1] /= total
		return loss / total
	})
	if err != nil {
		return hybrid.Calibration{}, err
	}
	return hybrid.Calibration{Slope: x[0], Bias: x[1]}, nil
}

// softplus is ln(1+eᶻ) without overflow.
func softplus(z float64) float64 {
	if z > 0 {
		return z + math.Log1p(math.Exp(-z))
	}
	return math.Log1p(math.Exp(z))
}
