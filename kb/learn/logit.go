package learn

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/hybrid"
)

// kind says where a sample's question comes from.
type kind int

const (
	ofMessage  kind = iota // a customer's message
	ofFollowUp             // one that means what its topic makes of it
	ofStray                // a message after a topic it has nothing to do with
	ofWording              // an article's own wording, hidden from the knowledge base
	ofEcho                 // a near repetition of a wording
	kinds
)

// sample is a question with its candidates.
type sample struct {
	rows         []hybrid.Row
	right        []bool
	none         hybrid.NoneRow
	unanswerable bool // no article of the knowledge base is right
	followed     bool // joined with its topic
	kind         kind
	weight       float64
}

func (s sample) hasRight() bool {
	for _, r := range s.right {
		if r {
			return true
		}
	}
	return false
}

// minimise runs L-BFGS from zero. The optimiser asks for value and gradient one
// after the other at the same place: they are computed once.
func minimise(dim int, f func(x, gradient []float64) float64) ([]float64, error) {
	at, slope, value := make([]float64, dim), make([]float64, dim), 0.0
	known := false
	visit := func(x []float64) {
		if !known || !slices.Equal(at, x) {
			copy(at, x)
			value, known = f(at, slope), true
		}
	}
	problem := optimize.Problem{
		Func: func(x []float64) float64 { visit(x); return value },
		Grad: func(gradient, x []float64) { visit(x); copy(gradient, slope) },
	}
	result, err := optimize.Minimize(problem, make([]float64, dim), &optimize.Settings{GradientThreshold: 1e-6, MajorIterations: 300}, &optimize.LBFGS{})
	// A line search that can get no lower has arrived, for our purpose.
	if result == nil || err != nil && result.Status != optimize.Failure {
		return nil, fault.Wrap(err, fault.Internal, "the fit did not converge")
	}
	visit(result.X)
	for _, x := range append([]float64{value}, result.X...) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fault.New(fault.Internal, "the fit diverged; look for sets without right answers")
		}
	}
	return result.X, nil
}

// moments gathers mean and deviation of one feature.
type moments struct{ n, sum, square float64 }

func (m *moments) add(x float64) {
	m.n++
	m.sum += x
	m.square += x * x
}

// weight returns the feature with its mean and scale; a constant one gets
// scale 1, so that its weight is 0 times something finite.
func (m moments) weight(feature string) hybrid.Weight {
	mean := m.sum / max(1, m.n)
	scale := math.Sqrt(max(0, m.square/max(1, m.n)-mean*mean))
	if scale < 1e-6 {
		scale = 1
	}
	return hybrid.Weight{Feature: feature, Mean: mean, Scale: scale}
}

// standardise returns the features of the candidates and of the outside choice
// with mean and scale over all samples, and without weights.
func standardise(samples []sample) ([]hybrid.Weight, hybrid.None) {
	var rows [hybrid.NumFeatures]moments
	var outside [hybrid.NumNoneFeatures]moments
	for _, s := range samples {
		for _, row := range s.rows {
			for f, x := range row {
				rows[f].add(x)
			}
		}
		for f, x := range s.none {
			outside[f].add(x)
		}
	}
	var weights []hybrid.Weight
	var none hybrid.None
	for f, m := range rows {
		weights = append(weights, m.weight(hybrid.Feature(f).String()))
	}
	for f, m := range outside {
		none.Weights = append(none.Weights, m.weight(hybrid.NoneFeature(f).String()))
	}
	return weights, none
}

// sign says of rare features which way they must speak: sets hold few messages
// that name a city or a size, and by chance a clash may come with the right
// answer. 0 leaves a feature free.
var sign = [hybrid.NumFeatures]float64{hybrid.EntityAgree: 1, hybrid.EntityClash: -1}

// wrongWay is the ridge on a weight whose sign is wrong.
const wrongWay = 10

// fitWeights fits the conditional logit with the outside choice (McFadden
// 1974): minus the weighted mean log probability of the right articles, or of
// "none" where none is right, plus the ridge. Questions whose right article is
// not among the candidates teach nothing and are passed over.
func fitWeights(samples []sample, ridge float64) ([]hybrid.Weight, hybrid.None, error) {
	weights, none := standardise(samples)
	taught := scale(samples, weights, none)
	// The unknowns: weights of the rows, weights of the outside choice, its bias.
	const outside, bias = hybrid.NumFeatures, hybrid.NumFeatures + hybrid.NumNoneFeatures
	var scores []float64
	x, err := minimise(bias+1, func(w, gradient []float64) float64 {
		clear(gradient)
		loss, total := 0.0, 0.0
		for _, s := range taught {
			scores = scores[:0]
			for i := range s.rows {
				score := 0.0
				for f, v := range &s.rows[i] {
					score += w[f] * v
				}
				scores = append(scores, score)
			}
			last := w[bias]
			for f, v := range s.none {
				last += w[outside+f] * v
			}
			scores = append(scores, last)
			softmax(scores)
			good := 0.0
			isRight := func(i int) bool { return i == len(s.rows) && s.unanswerable || i < len(s.rows) && s.right[i] }
			for i, p := range scores {
				if isRight(i) {
					good += p
				}
			}
			good = max(good, 1e-300)
			loss -= s.weight * math.Log(good)
			total += s.weight
			for i, p := range scores {
				g := p
				if isRight(i) {
					g -= p / good
				}
				g *= s.weight
				if i < len(s.rows) {
					for f, v := range &s.rows[i] {
						gradient[f] += g * v
					}
					continue
				}
				gradient[bias] += g
				for f, v := range s.none {
					gradient[outside+f] += g * v
				}
			}
		}
		total = max(total, 1e-9)
		for i := range gradient {
			gradient[i] /= total
		}
		loss /= total
		for f := range bias {
			held := ridge
			if f < outside && w[f]*sign[f] < 0 {
				held = max(ridge, wrongWay)
			}
			loss += held * w[f] * w[f]
			gradient[f] += 2 * held * w[f]
		}
		return loss
	})
	if err != nil {
		return nil, hybrid.None{}, err
	}
	for f := range weights {
		weights[f].Weight = x[f]
	}
	for f := range none.Weights {
		none.Weights[f].Weight = x[outside+f]
	}
	none.Bias = x[bias]
	return weights, none, nil
}

// scale returns the samples that teach something, with their features moved to
// mean 0 and scale 1.
func scale(samples []sample, weights []hybrid.Weight, none hybrid.None) []sample {
	var out []sample
	for _, s := range samples {
		if s.weight == 0 || !s.unanswerable && !s.hasRight() {
			continue
		}
		s.rows = slices.Clone(s.rows)
		for i := range s.rows {
			for f, w := range weights {
				s.rows[i][f] = (s.rows[i][f] - w.Mean) / w.Scale
			}
		}
		for f, w := range none.Weights {
			s.none[f] = (s.none[f] - w.Mean) / w.Scale
		}
		out = append(out, s)
	}
	return out
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
