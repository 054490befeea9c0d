package hybrid

import (
	"cmp"
	"math"
	"slices"

	"github.com/yingda/yingda/internal/fault"
)

// Risk is how right first answers were by their score: the raw material of
// every choice of a threshold. It holds counts, so that curves of several
// bases add up.
type Risk struct {
	// Asked counts all questions, Answerable those that the base answers.
	Asked      int `json:"asked"`
	Answerable int `json:"answerable"`
	// Scores are rounded to a thousandth, highest first; Right and Wrong count the
	// first answers that had them. The three have one length.
	Scores []float64 `json:"scores,omitempty"`
	Right  []int     `json:"right,omitempty"`
	Wrong  []int     `json:"wrong,omitempty"`
}

// Judged is the first answer to a question.
type Judged struct {
	Score float64
	Right bool
}

// NewRisk counts first answers; questions that got none are in asked only.
func NewRisk(firsts []Judged, asked, answerable int) Risk {
	r := Risk{Asked: asked, Answerable: answerable}
	firsts = slices.Clone(firsts)
	for i := range firsts {
		firsts[i].Score = math.Round(firsts[i].Score*1000) / 1000
	}
	slices.SortStableFunc(firsts, func(a, b Judged) int { return cmp.Compare(b.Score, a.Score) })
	for i, f := range firsts {
		if i == 0 || f.Score != firsts[i-1].Score {
			r.Scores, r.Right, r.Wrong = append(r.Scores, f.Score), append(r.Right, 0), append(r.Wrong, 0)
		}
		if f.Right {
			r.Right[len(r.Right)-1]++
		} else {
			r.Wrong[len(r.Wrong)-1]++
		}
	}
	return r
}

// RiskPoint is what one threshold did.
type RiskPoint struct {
	Threshold float64 `json:"threshold"`
	// Coverage is the share of the answerable questions that got a right
	// answer, WrongShare that of the answers given that were wrong.
	Coverage   float64 `json:"coverage"`
	WrongShare float64 `json:"wrong_share"`
	// Answered counts the answers given, Bound is the wrong share that may be
	// promised, see Risk.Thresholds.
	Answered int     `json:"answered"`
	Bound    float64 `json:"bound"`
}

// Curve returns a point for every score that occurs, highest threshold first.
func (r Risk) Curve() []RiskPoint {
	out := make([]RiskPoint, len(r.Scores))
	right, wrong := 0, 0
	for i := range r.Scores {
		right += r.Right[i]
		wrong += r.Wrong[i]
		out[i] = r.point(i, right, wrong)
	}
	return out
}

// At returns the point of the lowest threshold whose bound keeps to a share of
// wrong answers; ok is false when no threshold does.
//
// With n answers at or above a threshold, w of them wrong, the bound is
// (w+1)/(n+1): the share with the next answer counted as wrong, as conformal
// risk control bounds the risk of the next draw (Angelopoulos et al. 2022, for
// a loss of at most 1). It holds on the average for messages that come as the
// judged ones came; the lowest of all thresholds that pass is taken, which is a
// little hopeful, and fewer than 1/share−1 answers never suffice.
func (r Risk) At(share float64) (point RiskPoint, ok bool) {
	right, wrong := 0, 0
	for i := range r.Scores {
		right += r.Right[i]
		wrong += r.Wrong[i]
	}
	for i := len(r.Scores) - 1; i >= 0; i-- {
		if p := r.point(i, right, wrong); p.Bound <= share {
			return p, true
		}
		right -= r.Right[i]
		wrong -= r.Wrong[i]
	}
	return RiskPoint{}, false
}

// point is that of the score at place i, where so many answers are right and wrong.
func (r Risk) point(i, right, wrong int) RiskPoint {
	n := right + wrong
	return RiskPoint{
		Threshold: r.Scores[i], Coverage: float64(right) / float64(max(1, r.Answerable)),
		WrongShare: float64(wrong) / float64(max(1, n)), Answered: n, Bound: float64(wrong+1) / float64(n+1),
	}
}

// neverAnswers is a threshold that no probability but that of a repeated
// wording reaches.
const neverAnswers = 0.985

// ForRisk returns the thresholds for at most a share of wrong answers. Where no
// score keeps to it, only a customer who repeats a wording is answered. A share
// that is no proper one, or a model without a curve, leaves the model's own.
func (m *Model) ForRisk(share float64) Thresholds {
	t := m.Thresholds
	if !(share > 0 && share < 1) || len(m.Risk.Scores) == 0 {
		return t
	}
	t.Answer = min(neverAnswers, m.Exact)
	if p, ok := m.Risk.At(share); ok {
		t.Answer = min(max(p.Threshold, t.Suggest), t.Answer)
	}
	return t
}

// check finds counts that make no sense; fault.Invalid.
func (r Risk) check() error {
	n, sum := len(r.Scores), 0
	bad := fault.In("risk", fault.New(fault.Invalid, "the risk curve's counts do not fit together; fit the model again"))
	if len(r.Right) != n || len(r.Wrong) != n {
		return bad
	}
	for i, s := range r.Scores {
		if !finite(s) || i > 0 && s >= r.Scores[i-1] || r.Right[i] < 0 || r.Wrong[i] < 0 {
			return bad
		}
		sum += r.Right[i] + r.Wrong[i]
	}
	if r.Answerable < 0 || r.Answerable > r.Asked || sum > r.Asked {
		return bad
	}
	return nil
}
