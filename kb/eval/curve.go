package eval

import (
	"math/rand/v2"
	"slices"

	"github.com/yingda/yingda/kb/hybrid"
)

// Curve is how many questions a way to search answers at every threshold, and
// how many of its answers are wrong.
type Curve struct {
	Method string             `json:"method"`
	Points []hybrid.RiskPoint `json:"points"`
}

// SetCurves are the curves of a report.
type SetCurves struct {
	Set        string  `json:"set"`
	Questions  int     `json:"questions"`
	Answerable int     `json:"answerable"`
	Curves     []Curve `json:"curves"`
}

// Curves returns the coverage–risk curve of every method, highest threshold first.
func (r Report) Curves() SetCurves {
	out := SetCurves{Set: r.Set}
	for _, m := range r.Methods {
		out.Questions, out.Answerable = m.Questions, m.Answerable
		out.Curves = append(out.Curves, Curve{m.Name, m.risk.Curve()})
	}
	return out
}

// risk counts the first answers of a method.
func risk(questions []Question, guesses [][]Guess) hybrid.Risk {
	var firsts []hybrid.Judged
	answerable := 0
	for i, q := range questions {
		if len(q.Right) > 0 {
			answerable++
		}
		if len(guesses[i]) > 0 {
			firsts = append(firsts, hybrid.Judged{Score: guesses[i][0].Score, Right: slices.Contains(q.Right, guesses[i][0].ID)})
		}
	}
	return hybrid.NewRisk(firsts, len(questions), answerable)
}

// Interval is where a figure lies with 95 % of the resampled sets of questions.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// resamples is how many sets of questions are drawn for the intervals.
const resamples = 400

// intervals are bootstrap percentile intervals (Efron 1979) of the figures: as
// many questions are drawn with replacement, and measured, again and again.
// The draw is the same for every method and run.
func intervals(questions []Question, guesses [][]Guess) map[string]Interval {
	r := rand.New(rand.NewPCG(95, uint64(len(questions))))
	drawn := map[string][]float64{}
	qs, gs := make([]Question, len(questions)), make([][]Guess, len(questions))
	for range resamples {
		for i := range qs {
			at := r.IntN(len(questions))
			qs[i], gs[i] = questions[at], guesses[at]
		}
		f := Measure(qs, gs)
		for name, x := range map[string]float64{
			"top1": f.Top1, "top3": f.Top3, "mrr": f.MRR, "auc": f.AUC, "coverage90": f.Coverage90, "coverage95": f.Coverage95, "ece": f.ECE,
		} {
			drawn[name] = append(drawn[name], x)
		}
	}
	out := make(map[string]Interval, len(drawn))
	for name, xs := range drawn {
		slices.Sort(xs)
		out[name] = Interval{xs[resamples/40], xs[resamples-1-resamples/40]}
	}
	return out
}
