package report

import (
	"math"

	"github.com/yingda/yingda/nlu/head"
)

// Difference is a message that two heads read differently.
type Difference struct {
	Message
	A           string  `json:"a"`
	AConfidence float64 `json:"a_confidence"`
	B           string  `json:"b"`
	BConfidence float64 `json:"b_confidence"`
}

// Comparison sets two heads against each other on the same messages.
type Comparison struct {
	Examples int    `json:"examples"`
	A        Scores `json:"a"`
	B        Scores `json:"b"`
	OnlyA    int    `json:"only_a"` // messages that A alone reads rightly
	OnlyB    int    `json:"only_b"`
	// P is the probability that heads of equal quality differ so much or more:
	// McNemar's exact test, two-sided (McNemar 1947; exact form by the binomial).
	P float64 `json:"p"`
	// Verdict is a, b or same: the better one when P is below 0.05.
	Verdict     string       `json:"verdict"`
	Differences []Difference `json:"differences"`
}

// Scores are the figures of one side.
type Scores struct {
	ID       string  `json:"id"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	LogLoss  float64 `json:"log_loss"`
	ECE      float64 `json:"ece"`
}

// MaxDifferences bounds the differences that Compare lists.
const MaxDifferences = 1000

// Compare judges the predictions of two heads on the same examples, which
// have their order. lines may be nil.
func Compare(a, b []head.Prediction, examples []head.Example, lines []int) Comparison {
	c := Comparison{Examples: len(examples), A: scores(a), B: scores(b), Differences: []Difference{}}
	for i, e := range examples {
		right := func(p head.Prediction) bool { return p.Label == e.Label }
		switch {
		case right(a[i]) && !right(b[i]):
			c.OnlyA++
		case right(b[i]) && !right(a[i]):
			c.OnlyB++
		}
		if a[i].Label != b[i].Label && len(c.Differences) < MaxDifferences {
			d := Difference{Message{Index: i, Text: e.Text, Label: e.Label}, a[i].Label, a[i].Confidence, b[i].Label, b[i].Confidence}
			if i < len(lines) {
				d.Line = lines[i]
			}
			c.Differences = append(c.Differences, d)
		}
	}
	c.P = mcnemar(c.OnlyA, c.OnlyB)
	switch {
	case c.P >= 0.05:
		c.Verdict = "same"
	case c.OnlyA > c.OnlyB:
		c.Verdict = "a"
	default:
		c.Verdict = "b"
	}
	return c
}

func scores(preds []head.Prediction) Scores {
	r := head.Evaluate(preds)
	return Scores{Accuracy: r.Accuracy, MacroF1: r.MacroF1, LogLoss: r.LogLoss, ECE: r.ECE}
}

// mcnemar is the two-sided exact binomial p of b against c discordant pairs.
func mcnemar(b, c int) float64 {
	n := b + c
	if n == 0 {
		return 1
	}
	total := 0.0
	ln, _ := math.Lgamma(float64(n + 1))
	for k := range min(b, c) + 1 {
		x, _ := math.Lgamma(float64(k + 1))
		y, _ := math.Lgamma(float64(n - k + 1))
		total += math.Exp(ln - x - y - float64(n)*math.Ln2)
	}
	return min(1, 2*total)
}
