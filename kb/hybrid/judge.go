package hybrid

import (
	"math"

	"github.com/yingda/yingda/kb"
)

// LogOdds returns, for every row, the log odds that the conditional logit
// gives it against the other rows and the outside choice together:
// ln p/(1−p) with p = exp(s) / (exp(None) + Σ exp(s)).
func (m *Model) LogOdds(rows []Row) []float64 {
	scores := make([]float64, len(rows))
	top := m.None
	for i := range rows {
		for f, w := range m.Weights {
			scores[i] += w.Weight * (rows[i][f] - w.Mean) / w.Scale
		}
		top = max(top, scores[i])
	}
	// The sum of the others is taken without the row itself, because p close
	// to 1 leaves nothing of 1−p in floating point.
	share := make([]float64, len(scores))
	for i, s := range scores {
		share[i] = math.Exp(s - top)
	}
	none := math.Exp(m.None - top)
	for i, s := range scores {
		others := none
		for j, e := range share {
			if j != i {
				others += e
			}
		}
		scores[i] = s - top - math.Log(max(others, math.SmallestNonzeroFloat64))
	}
	return scores
}

// Probability calibrates the log odds of a row; nearest is the highest Cosine
// of all rows of the query.
func (m *Model) Probability(logOdds, nearest float64) float64 {
	c := m.Calibration
	z := c.Slope*logOdds + c.Nearest*(nearest-c.NearestMean)/c.NearestScale + c.Bias
	return 1 / (1 + math.Exp(-z))
}

// Judge returns the calibrated probability of every candidate. Candidates with
// a wording that folds to the query share m.Exact between them.
func (m *Model) Judge(candidates []Candidate) []float64 {
	rows := make([]Row, len(candidates))
	nearest, exact := -1.0, 0
	for i, c := range candidates {
		rows[i] = c.Row
		nearest = max(nearest, c.Row[Cosine])
		if c.Exact {
			exact++
		}
	}
	out := m.LogOdds(rows)
	for i, l := range out {
		p := m.Probability(l, nearest)
		if exact > 0 {
			if candidates[i].Exact {
				p = m.Exact / float64(exact)
			} else {
				p = min(p, (1-m.Exact)/2)
			}
		}
		out[i] = p
	}
	return out
}

// Band returns what may be done with a hit of probability p.
func (m *Model) Band(p float64) kb.Band {
	switch {
	case p >= m.Thresholds.Answer:
		return kb.Answer
	case p >= m.Thresholds.Suggest:
		return kb.Suggest
	default:
		return kb.Abstain
	}
}
