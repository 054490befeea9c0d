package eval

import (
	"math"
	"slices"

	kbeval "github.com/yingda/yingda/kb/eval"
)

// Prediction is what a classifier made of one message.
type Prediction struct {
	Truth string
	// Alt is a second label that a reasonable reader could choose, or empty.
	Alt string
	// Label is the most probable label, Confidence its probability.
	Label      string
	Confidence float64
}

// Right reports whether the label is the true one.
func (p Prediction) Right() bool { return p.Label == p.Truth }

// Strict is the share of predictions that are right, Soft that of those that
// are right or say the second label.
func Strict(preds []Prediction) float64 { return share(preds, Prediction.Right) }

// Soft is described at Strict.
func Soft(preds []Prediction) float64 {
	return share(preds, func(p Prediction) bool { return p.Right() || p.Alt != "" && p.Label == p.Alt })
}

func share[T any](all []T, counts func(T) bool) float64 {
	n := 0
	for _, x := range all {
		if counts(x) {
			n++
		}
	}
	return float64(n) / float64(max(len(all), 1))
}

// MacroF1 is the mean F1 over the labels that are the truth of any prediction.
func MacroF1(preds []Prediction) float64 {
	truth, guess, hit := map[string]float64{}, map[string]float64{}, map[string]float64{}
	for _, p := range preds {
		truth[p.Truth]++
		guess[p.Label]++
		if p.Right() {
			hit[p.Truth]++
		}
	}
	labels := make([]string, 0, len(truth))
	for l := range truth {
		labels = append(labels, l)
	}
	slices.Sort(labels) // sums of floats depend on their order
	sum := 0.0
	for _, l := range labels {
		sum += 2 * hit[l] / (truth[l] + guess[l])
	}
	return sum / float64(max(len(labels), 1))
}

// AUC is retrieval's (kb/eval), but NaN unless there are scores of both kinds.
func AUC(positive, negative []float64) float64 {
	if len(positive) == 0 || len(negative) == 0 {
		return math.NaN()
	}
	return kbeval.AUC(positive, negative)
}

// Quantile returns the q-quantile of values, between the two nearest of them in
// proportion, as numpy does by default. It is NaN without values.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// Bins is the number of equally wide bins of a Reliability.
const Bins = 15

// Bin holds the predictions of one range of confidence.
type Bin struct {
	Count int `json:"count"`
	// Confidence is the mean confidence, Right the share that is right; 0 in
	// an empty bin.
	Confidence float64 `json:"confidence"`
	Right      float64 `json:"right"`
}

// Reliability tells how far confidence can be believed.
type Reliability struct {
	// Contender and Head name what was asked.
	Contender string `json:"contender"`
	Head      string `json:"head"`
	// Error is the expected calibration error: the mean distance of confidence
	// and share right over the bins, weighed by their predictions.
	Error float64   `json:"error"`
	Bins  [Bins]Bin `json:"bins"`
}

// Reliable divides predictions into bins of confidence.
func Reliable(preds []Prediction) Reliability {
	var r Reliability
	for _, p := range preds {
		b := &r.Bins[min(max(int(p.Confidence*Bins), 0), Bins-1)]
		b.Count++
		b.Confidence += p.Confidence
		if p.Right() {
			b.Right++
		}
	}
	for i := range r.Bins {
		b := &r.Bins[i]
		if b.Count > 0 {
			r.Error += math.Abs(b.Confidence-b.Right) / float64(len(preds))
			b.Confidence /= float64(b.Count)
			b.Right /= float64(b.Count)
		}
	}
	return r
}
