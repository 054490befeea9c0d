package hybrid

import (
	"math"

	"github.com/yingda/yingda/kb"
)

// Bounded is the part that a prior of the given log odds has in a score: it is
// cut at ±PriorLimit and weighed.
func (m *Model) Bounded(prior float64) float64 {
	return m.PriorWeight * min(max(prior, -PriorLimit), PriorLimit)
}

// LogOdds returns, for every candidate of a query, the log odds that the
// conditional logit gives it against the other ones and the outside choice
// together: ln p/(1−p) with p = exp(s) / (exp(none) + Σ exp(s)). priors are
// added to the scores as Bounded has them; nil is none.
func (m *Model) LogOdds(rows []Row, none NoneRow, priors []float64) []float64 {
	outside := m.None.Bias
	for f, w := range m.None.Weights {
		outside += w.Weight * (none[f] - w.Mean) / w.Scale
	}
	scores := make([]float64, len(rows))
	top := outside
	for i := range rows {
		for f, w := range m.Weights {
			scores[i] += w.Weight * (rows[i][f] - w.Mean) / w.Scale
		}
		if priors != nil {
			scores[i] += m.Bounded(priors[i])
		}
		top = max(top, scores[i])
	}
	// The sum of the others is taken without the row itself, because p close
	// to 1 leaves nothing of 1−p in floating point.
	share := make([]float64, len(scores))
	for i, s := range scores {
		share[i] = math.Exp(s - top)
	}
	rest := math.Exp(outside - top)
	for i, s := range scores {
		others := rest
		for j, e := range share {
			if j != i {
				others += e
			}
		}
		scores[i] = s - top - math.Log(max(others, math.SmallestNonzeroFloat64))
	}
	return scores
}

// Probability calibrates log odds.
func (m *Model) Probability(logOdds float64) float64 {
	return 1 / (1 + math.Exp(-(m.Calibration.Slope*logOdds + m.Calibration.Bias)))
}

// Judge returns the calibrated probability of every candidate. Candidates with
// a wording that folds to the query share m.Exact between them.
func (m *Model) Judge(pool Pool) []float64 {
	p, _ := m.judge(pool)
	return p
}

// judge returns the probabilities and the log odds that they came from.
func (m *Model) judge(pool Pool) (probabilities, logOdds []float64) {
	rows, priors := make([]Row, len(pool.Candidates)), make([]float64, len(pool.Candidates))
	exact := 0
	for i, c := range pool.Candidates {
		rows[i], priors[i] = c.Row, c.Prior
		if c.Exact {
			exact++
		}
	}
	logOdds = m.LogOdds(rows, pool.None, priors)
	out := make([]float64, len(logOdds))
	for i, l := range logOdds {
		p := m.Probability(l)
		if exact > 0 {
			if pool.Candidates[i].Exact {
				p = m.Exact / float64(exact)
			} else {
				p = min(p, (1-m.Exact)/2)
			}
		}
		out[i] = p
	}
	return out, logOdds
}

// Band returns what may be done with a hit of probability p.
func (m *Model) Band(p float64) kb.Band { return m.Thresholds.Band(p) }

// Band returns what may be done with a hit of probability p.
func (t Thresholds) Band(p float64) kb.Band {
	switch {
	case p >= t.Answer:
		return kb.Answer
	case p >= t.Suggest:
		return kb.Suggest
	default:
		return kb.Abstain
	}
}
