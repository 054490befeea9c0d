package head

import (
	"math"
	"slices"
	"sort"

	"github.com/yingda/yingda/nlu"
)

// ClassReport is the quality of one label.
type ClassReport struct {
	Label     string  `json:"label"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Support   int     `json:"support"`
}

// Confusion counts how often Truth was taken for Predicted.
type Confusion struct {
	Truth     string `json:"truth"`
	Predicted string `json:"predicted"`
	Count     int    `json:"count"`
}

// Report is the quality of predictions against labels.
type Report struct {
	Examples int     `json:"examples"`
	Accuracy float64 `json:"accuracy"`
	// Soft counts a prediction as right that equals the second label.
	Soft    float64 `json:"soft"`
	MacroF1 float64 `json:"macro_f1"`
	// ECE is the expected calibration error of the best label's probability,
	// over 15 bins of equal width.
	ECE     float64 `json:"ece"`
	LogLoss float64 `json:"log_loss"`
	// ECEBefore is ECE before the scores were calibrated; nil where nothing was.
	ECEBefore *float64 `json:"ece_before,omitempty"`
	// Method says how the predictions were made without having seen the
	// examples: LeaveOneOut after training, empty on data of their own.
	Method  string        `json:"method,omitempty"`
	L2      float64       `json:"l2,omitempty"`
	Balance float64       `json:"balance,omitempty"`
	Slopes  *Slopes       `json:"slopes,omitempty"`
	Classes []ClassReport `json:"classes"`
	// Confusions are the pairs confused most, at most 20.
	Confusions []Confusion `json:"confusions"`
	// Predictions are what was judged, in the order of the examples.
	Predictions []Prediction `json:"-"`
}

// LeaveOneOut is the Method of a training report.
const LeaveOneOut = "leave-one-out"

// Slopes say how much each of a head's experts counts; Grams is 0 where the
// characters did not help.
type Slopes struct {
	Vector float64 `json:"vector"`
	Grams  float64 `json:"grams"`
}

// Prediction is what a head said of one example.
type Prediction struct {
	Label      string  `json:"label"`
	Confidence float64 `json:"confidence"`
	Truth      string  `json:"truth"`
	Alt        string  `json:"alt,omitempty"`
	// TruthProbability is what the head gave the true label.
	TruthProbability float64 `json:"truth_probability"`
}

// predict is what probs say of an example.
func predict(labels []string, probs []float64, e Example) Prediction {
	best := argmax(probs)
	p := Prediction{Label: labels[best], Confidence: probs[best], Truth: e.Label, Alt: e.Alt}
	if t := slices.Index(labels, e.Label); t >= 0 {
		p.TruthProbability = probs[t]
	}
	return p
}

// Predict asks a loaded head about the examples, which were read as inputs.
func Predict(c nlu.Classifier, inputs []nlu.Input, examples []Example) ([]Prediction, error) {
	preds := make([]Prediction, len(examples))
	var probs []float64
	for i, e := range examples {
		var err error
		if probs, err = c.Probabilities(probs[:0], inputs[i]); err != nil {
			return nil, err
		}
		preds[i] = predict(c.Labels(), probs, e)
	}
	return preds, nil
}

// Evaluate scores predictions.
func Evaluate(preds []Prediction) Report {
	r := Report{Examples: len(preds), Predictions: preds}
	if len(preds) == 0 {
		return r
	}
	type tally struct{ hit, predicted, support int }
	classes := map[string]*tally{}
	at := func(l string) *tally {
		if classes[l] == nil {
			classes[l] = &tally{}
		}
		return classes[l]
	}
	confused := map[[2]string]int{}
	right, soft := 0, 0
	for _, p := range preds {
		at(p.Truth).support++
		at(p.Label).predicted++
		r.LogLoss -= math.Log(max(p.TruthProbability, 1e-12)) / float64(len(preds))
		switch p.Label {
		case p.Truth:
			right++
			soft++
			at(p.Truth).hit++
		default:
			if p.Alt != "" && p.Label == p.Alt {
				soft++
			}
			confused[[2]string{p.Truth, p.Label}]++
		}
	}
	r.Accuracy = float64(right) / float64(len(preds))
	r.Soft = float64(soft) / float64(len(preds))
	r.ECE = calibrationError(preds, 15)
	supported := 0
	for l, t := range classes {
		c := ClassReport{Label: l, Support: t.support}
		if t.predicted > 0 {
			c.Precision = float64(t.hit) / float64(t.predicted)
		}
		if t.support > 0 {
			c.Recall = float64(t.hit) / float64(t.support)
			supported++
		}
		if c.Precision+c.Recall > 0 {
			c.F1 = 2 * c.Precision * c.Recall / (c.Precision + c.Recall)
		}
		if t.support > 0 {
			r.MacroF1 += c.F1
		}
		r.Classes = append(r.Classes, c)
	}
	r.MacroF1 /= float64(max(supported, 1))
	sort.Slice(r.Classes, func(i, j int) bool { return r.Classes[i].Label < r.Classes[j].Label })
	for pair, n := range confused {
		r.Confusions = append(r.Confusions, Confusion{pair[0], pair[1], n})
	}
	sort.Slice(r.Confusions, func(i, j int) bool {
		a, b := r.Confusions[i], r.Confusions[j]
		if a.Count != b.Count {
			return a.Count > b.Count
		}
		return a.Truth+"\x00"+a.Predicted < b.Truth+"\x00"+b.Predicted
	})
	if len(r.Confusions) > 20 {
		r.Confusions = r.Confusions[:20]
	}
	return r
}

// calibrationError is Σ |bin|/n · |accuracy(bin) − confidence(bin)|.
func calibrationError(preds []Prediction, bins int) float64 {
	type bin struct{ n, right, confidence float64 }
	b := make([]bin, bins)
	for _, p := range preds {
		i := min(int(p.Confidence*float64(bins)), bins-1)
		b[i].n++
		b[i].confidence += p.Confidence
		if p.Label == p.Truth {
			b[i].right++
		}
	}
	sum := 0.0
	for _, x := range b {
		sum += math.Abs(x.right - x.confidence)
	}
	return sum / float64(len(preds))
}

func argmax(p []float64) int {
	best := 0
	for i, v := range p {
		if v > p[best] {
			best = i
		}
	}
	return best
}
