package learn

import (
	"math"

	"gonum.org/v1/gonum/optimize"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/hybrid"
)

// sample is a question with its candidates.
type sample struct {
	rows    []hybrid.Row
	right   []bool
	none    bool // no article of the knowledge base is right
	wording bool // an article's own wording, not a customer's message
	weight  float64
}

func (s sample) hasRight() bool {
	for _, r := range s.right {
		if r {
			return true
		}
	}
	return false
}

// minimise runs L-BFGS from zero.
func minimise(dim int, f func(x, gradient []float64) float64) ([]float64, error) {
	scratch := make([]float64, dim)
	problem := optimize.Problem{
		Func: func(x []float64) float64 { return f(x, scratch) },
		Grad: func(gradient, x []float64) { f(x, gradient) },
	}
	result, err := optimize.Minimize(problem, make([]float64, dim), &optimize.Settings{GradientThreshold: 1e-6, MajorIterations: 500}, &optimize.LBFGS{})
	// A line search that can get no lower has arrived, for our purpose.
	if result == nil || err != nil && result.Status != optimize.Failure {
		return nil, fault.Wrap(err, fault.Internal, "the fit did not converge")
	}
	for _, x := range append([]float64{f(result.X, scratch)}, result.X...) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fault.New(fault.Internal, "the fit diverged; look for sets without right answers")
		}
	}
	return result.X, nil
}

// standardise returns mean and scale of every feature over all rows.
func standardise(samples []sample) (mean, scale hybrid.Row) {
	n := 0.0
	for _, s := range samples {
		for _, row := range s.rows {
			n++
			for f, x := range row {
				mean[f] += x
				scale[f] += x * x
			}
		}
	}
	for f := range mean {
		mean[f] /= max(1, n)
		scale[f] = math.Sqrt(max(0, scale[f]/max(1, n)-mean[f]*mean[f]))
		if scale[f] < 1e-6 {
			scale[f] = 1
		}
	}
	return mean, scale
}

// fitWeights fits the conditional logit with the outside choice (McFadden
// 1974): minus the weighted mean log probability of the right articles, or of
// "none" where none is right, plus the ridge. Questions whose right article is
// not among the candidates teach nothing and are passed over.
func fitWeights(samples []sample, ridge float64) ([]hybrid.Weight, float64, error) {
	mean, scale := standardise(samples)
	const none = hybrid.NumFeatures
	x, err := minimise(hybrid.NumFeatures+1, func(w, gradient []float64) float64 {
		clear(gradient)
		loss, total := 0.0, 0.0
		for _, s := range samples {
			if s.weight == 0 || !s.none && !s.hasRight() {
				continue
			}
			scores := make([]float64, len(s.rows)+1)
			z := make([]hybrid.Row, len(s.rows))
			for i, row := range s.rows {
				for f := range row {
					z[i][f] = (row[f] - mean[f]) / scale[f]
					scores[i] += w[f] * z[i][f]
				}
			}
			scores[len(s.rows)] = w[none]
			softmax(scores)
			good := 0.0
			if s.none {
				good = scores[len(s.rows)]
			}
			for i, r := range s.right {
				if r {
					good += scores[i]
				}
			}
			loss -= s.weight * math.Log(max(good, 1e-300))
			total += s.weight
			for i, p := range scores {
				g := p
				if i == len(s.rows) && s.none || i < len(s.rows) && s.right[i] {
					g -= p / max(good, 1e-300)
				}
				g *= s.weight
				if i == len(s.rows) {
					gradient[none] += g
					continue
				}
				for f, v := range z[i] {
					gradient[f] += g * v
				}
			}
		}
		total = max(total, 1e-9)
		for i := range gradient {
			gradient[i] /= total
		}
		loss /= total
		for f := range hybrid.NumFeatures {
			loss += ridge * w[f] * w[f]
			gradient[f] += 2 * ridge * w[f]
		}
		return loss
	})
	if err != nil {
		return nil, 0, err
	}
	weights := make([]hybrid.Weight, hybrid.NumFeatures)
	for f := range weights {
		weights[f] = hybrid.Weight{Feature: hybrid.Feature(f).String(), Weight: x[f], Mean: mean[f], Scale: scale[f]}
	}
	return weights, x[none], nil
}

// softmax replaces scores by their shares.
func softmax(scores []float64) {
	top := math.Inf(-1)
	for _, s := range scores {
		top = max(top, s)
	}
	sum := 0.0
	for i, s := range scores {
		scores[i] = math.Exp(s - top)
		sum += scores[i]
	}
	for i := range scores {
		scores[i] /= sum
	}
}
