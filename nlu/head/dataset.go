package head

import (
	"sort"

	"github.com/yingda/yingda/internal/fault"
)

// Example is one labelled text.
type Example struct {
	Text  string `json:"text"`
	Label string `json:"label"`
	// Alt is a second label that a reasonable reader could choose, or empty.
	// Training gives it the share AltShare of the target.
	Alt string `json:"alt,omitempty"`
	// Weight multiplies the example's loss; 0 means 1.
	Weight float64 `json:"weight,omitempty"`
}

// AltShare is the part of an example's target that its second label gets.
const AltShare = 0.3

// Labels returns the distinct labels of examples, sorted.
func Labels(examples []Example) []string {
	seen := map[string]bool{}
	var out []string
	for _, e := range examples {
		if !seen[e.Label] {
			seen[e.Label] = true
			out = append(out, e.Label)
		}
	}
	sort.Strings(out)
	return out
}

// Matrix is the embeddings of a data set: Rows × Cols, row-major in one buffer.
type Matrix struct {
	Rows, Cols int
	Data       []float32
}

// Row returns row i; it shares Data.
func (m Matrix) Row(i int) []float32 { return m.Data[i*m.Cols : (i+1)*m.Cols] }

// targets are the training targets of examples over labels: Rows × len(labels).
// A second label outside of labels is ignored.
func targets(examples []Example, labels []string) (y []float32, weights []float32, err error) {
	index := make(map[string]int, len(labels))
	for i, l := range labels {
		index[l] = i
	}
	y = make([]float32, len(examples)*len(labels))
	weights = make([]float32, len(examples))
	for i, e := range examples {
		c, ok := index[e.Label]
		if !ok {
			return nil, nil, fault.New(fault.Invalid, "example %d has the label %q, which is not one of the labels", i+1, e.Label)
		}
		row := y[i*len(labels) : (i+1)*len(labels)]
		row[c] = 1
		if a, ok := index[e.Alt]; ok && a != c {
			row[c], row[a] = 1-AltShare, AltShare
		}
		weights[i] = 1
		if e.Weight > 0 {
			weights[i] = float32(e.Weight)
		}
	}
	return y, weights, nil
}
