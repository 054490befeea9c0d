package baseline

import "github.com/yingda/yingda/nlu"

// Majority answers every message with the shares of the labels it was trained
// on: its best label is the most frequent one.
type Majority struct {
	labels []string
	shares []float64
}

var _ nlu.Classifier = (*Majority)(nil)

// TrainMajority counts labels. Fewer than two of them is fault.Invalid.
func TrainMajority(examples []Example) (*Majority, error) {
	labels, counts, err := count(examples)
	if err != nil {
		return nil, err
	}
	m := &Majority{labels: labels}
	for _, n := range counts {
		m.shares = append(m.shares, float64(n)/float64(len(examples)))
	}
	return m, nil
}

// Labels implements nlu.Classifier.
func (m *Majority) Labels() []string { return m.labels }

// Probabilities implements nlu.Classifier; it never fails.
func (m *Majority) Probabilities(dst []float64, _ nlu.Input) ([]float64, error) {
	return append(dst, m.shares...), nil
}
