package head

import (
	"math"

	"gonum.org/v1/gonum/optimize"
)

// mixture are the slopes of the two experts.
type mixture struct{ vector, grams float64 }

// scores are the left-out scores of some rows by each expert, with what they
// should have said.
type scores struct {
	vector, grams Matrix // grams may be empty
	targets       []float32
	weights       []float32
}

// at is row i's logits under m, appended to dst.
func (s scores) at(dst []float32, m mixture, i int) []float32 {
	dst = dst[:0]
	for j, v := range s.vector.Row(i) {
		z := m.vector * float64(v)
		if s.grams.Rows > 0 {
			z += m.grams * float64(s.grams.Row(i)[j])
		}
		dst = append(dst, float32(z))
	}
	return dst
}

// logits are all rows' logits under m.
func (s scores) logits(m mixture) []float32 {
	out := make([]float32, 0, len(s.vector.Data))
	var row []float32
	for i := range s.vector.Rows {
		row = s.at(row, m, i)
		out = append(out, row...)
	}
	return out
}

// fitMixture minimises the log loss over the slopes by Nelder and Mead's
// simplex, on their logarithms, from a vector expert that is calibrated alone.
func fitMixture(s scores, temperature float64) (mixture, float64, error) {
	alone := mixture{vector: 1 / temperature}
	loss := func(m mixture) float64 { return logLoss(s.logits(m), s.targets, s.weights, s.vector.Cols, 1) }
	if s.grams.Rows == 0 {
		return alone, loss(alone), nil
	}
	at := func(p []float64) mixture { return mixture{math.Exp(p[0]), math.Exp(p[1])} }
	start := []float64{-math.Log(temperature), math.Log(0.2)}
	res, err := optimize.Minimize(
		optimize.Problem{Func: func(p []float64) float64 { return loss(at(p)) }}, start,
		&optimize.Settings{FuncEvaluations: 70}, &optimize.NelderMead{SimplexSize: 0.5})
	if res == nil {
		return alone, 0, err
	}
	return at(res.X), res.F, nil
}
