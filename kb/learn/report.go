package learn

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/kb/hybrid"
)

// Held is what a model fitted without a set reached on it.
type Held struct {
	Set string `json:"set"`
	// Messages are the figures of the customers' messages, Wordings those of
	// the articles' own wordings, asked as if the article did not have them,
	// Echoes those of near repetitions of wordings.
	Messages eval.Figures `json:"messages"`
	// FollowUps are those of messages after their topic, Strays those of
	// messages that may follow something, after an unrelated topic.
	FollowUps eval.Figures `json:"follow_ups"`
	Strays    eval.Figures `json:"strays"`
	Wordings  eval.Figures `json:"wordings"`
	Echoes    eval.Figures `json:"echoes"`
}

// Report is how a fit went.
type Report struct {
	// Steps is how long the adapter was trained; 0: it did not pay.
	Steps int    `json:"steps"`
	Held  []Held `json:"held"`
	// AnswerPrecision and AnswerShare are, over all messages left out (not
	// wordings and echoes, which are easier), the precision of first answers in
	// the answer band and the share of answerable messages that got a right one.
	AnswerPrecision float64 `json:"answer_precision"`
	AnswerShare     float64 `json:"answer_share"`

	firsts            []hybrid.Judged
	asked, answerable int
}

// add judges the samples of a set that m was fitted without.
func (r *Report) add(set string, m hybrid.Model, samples []sample) {
	var questions [kinds][]eval.Question
	var guesses [kinds][][]eval.Guess
	for _, s := range samples {
		pool := hybrid.Pool{Candidates: make([]hybrid.Candidate, len(s.rows)), None: s.none}
		for i, row := range s.rows {
			pool.Candidates[i].Row = row
		}
		q := eval.Question{}
		if !s.unanswerable {
			q.Right = []string{"missing"} // answerable, whether or not it was gathered
		}
		if s.kind == ofMessage {
			r.asked++
			if !s.unanswerable {
				r.answerable++
			}
		}
		list := make([]eval.Guess, len(s.rows))
		for i, p := range m.Judge(pool) {
			list[i] = eval.Guess{ID: strconv.Itoa(i), Score: p}
			if s.right[i] {
				q.Right = append(q.Right, list[i].ID)
			}
		}
		slices.SortFunc(list, func(a, b eval.Guess) int { return cmp.Compare(b.Score, a.Score) })
		questions[s.kind] = append(questions[s.kind], q)
		guesses[s.kind] = append(guesses[s.kind], list)
		if len(list) > 0 && s.kind == ofMessage {
			r.firsts = append(r.firsts, hybrid.Judged{Score: list[0].Score, Right: slices.Contains(q.Right, list[0].ID)})
		}
	}
	r.Held = append(r.Held, Held{
		Set:       set,
		Messages:  eval.Measure(questions[ofMessage], guesses[ofMessage]),
		FollowUps: eval.Measure(questions[ofFollowUp], guesses[ofFollowUp]),
		Strays:    eval.Measure(questions[ofStray], guesses[ofStray]),
		Wordings:  eval.Measure(questions[ofWording], guesses[ofWording]),
		Echoes:    eval.Measure(questions[ofEcho], guesses[ofEcho]),
	})
}

// thresholds chooses the bands on the sets left out.
func (r *Report) thresholds(risk hybrid.Risk, opts Options) hybrid.Thresholds {
	answer := 0.98
	if p, ok := risk.At(1 - opts.Precision); ok {
		answer = min(max(p.Threshold, opts.Suggest), answer)
	}
	above, right := 0, 0
	for _, f := range r.firsts {
		if f.Score >= answer {
			above++
			if f.Right {
				right++
			}
		}
	}
	r.AnswerPrecision = float64(right) / max(1, float64(above))
	r.AnswerShare = float64(right) / max(1, float64(r.answerable))
	return hybrid.Thresholds{Answer: answer, Suggest: opts.Suggest}
}

// figures are the means over the sets left out, for the model file.
func (r *Report) figures() []hybrid.Figure {
	on := fmt.Sprintf("leave one set out, mean of %d", len(r.Held))
	var out []hybrid.Figure
	add := func(name string, f func(Held) float64) {
		sum, n := 0.0, 0.0
		for _, h := range r.Held {
			if x := f(h); x != 0 {
				sum += x
				n++
			}
		}
		if n > 0 {
			out = append(out, hybrid.Figure{Name: name, Value: math.Round(sum/n*1e4) / 1e4, On: on})
		}
	}
	add("messages_top1", func(h Held) float64 { return h.Messages.Top1 })
	add("messages_top3", func(h Held) float64 { return h.Messages.Top3 })
	add("messages_auc", func(h Held) float64 { return h.Messages.AUC })
	add("messages_coverage90", func(h Held) float64 { return h.Messages.Coverage90 })
	add("messages_ece", func(h Held) float64 { return h.Messages.ECE })
	add("follow_ups_top1", func(h Held) float64 { return h.FollowUps.Top1 })
	add("strays_top1", func(h Held) float64 { return h.Strays.Top1 })
	add("wordings_top1", func(h Held) float64 { return h.Wordings.Top1 })
	add("echoes_top1", func(h Held) float64 { return h.Echoes.Top1 })
	add("echoes_coverage90", func(h Held) float64 { return h.Echoes.Coverage90 })
	return append(out,
		hybrid.Figure{Name: "answer_precision", Value: math.Round(r.AnswerPrecision*1e4) / 1e4, On: "all messages left out"},
		hybrid.Figure{Name: "answer_share", Value: math.Round(r.AnswerShare*1e4) / 1e4, On: "all messages left out"})
}

// Table writes the report as text, a row a set left out.
func (r Report) Table(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "adapter: %d steps\n%-14s %9s %7s %7s %7s %7s %8s   %s\n", r.Steps,
		"left out", "messages", "top-1", "top-3", "AUC", "ECE", "cov@90%", "top-1 of follow-ups, strays, wordings, echoes"); err != nil {
		return err
	}
	for _, h := range r.Held {
		m := h.Messages
		if _, err := fmt.Fprintf(w, "%-14s %9d %7.3f %7.3f %7.3f %7.3f %8.3f   %7.3f %7.3f %7.3f %7.3f\n",
			h.Set, m.Questions, m.Top1, m.Top3, m.AUC, m.ECE, m.Coverage90, h.FollowUps.Top1, h.Strays.Top1, h.Wordings.Top1, h.Echoes.Top1); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "answer band: precision %.3f, right answers to %.3f of the answerable\n", r.AnswerPrecision, r.AnswerShare)
	return err
}
