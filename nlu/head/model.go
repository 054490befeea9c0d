package head

import (
	"context"

	"github.com/yingda/yingda/nlu/ort/graph"
)

// Model is a trained head.
type Model struct {
	Labels []string
	// Cols is the length of the vectors that it reads.
	Cols int

	kernel  *kernel
	weights Matrix    // classes × landmarks
	bias    []float32 // one per class
	grams   *grams    // nil where they did not help
}

// Grams reports whether the model reads characters beside the vector.
func (m *Model) Grams() bool { return m.grams != nil }

// Logits returns one row of logits per row of x and text; their softmax are
// calibrated probabilities. p is nil for the default.
func (m *Model) Logits(ctx context.Context, p Products, x Matrix, texts []string) (Matrix, error) {
	if p == nil {
		p = pure{}
	}
	s, err := m.kernel.similarities(ctx, p, x)
	if err != nil {
		return Matrix{}, err
	}
	out, err := p.Multiply(ctx, s, m.weights, false, true)
	if err != nil {
		return Matrix{}, err
	}
	for i := range out.Rows {
		row := out.Row(i)
		for j, b := range m.bias {
			row[j] += b
		}
		if m.grams != nil {
			m.grams.add(row, texts[i])
		}
	}
	return out, nil
}

// encode returns the part of the head that reads the vector as an ONNX graph
// from one vector to logits.
func (m *Model) encode() ([]byte, error) {
	k, c, d := m.kernel, int64(len(m.Labels)), int64(m.Cols)
	n, width := int64(k.landmarks.Rows), int64(k.landmarks.Cols)
	g := graph.Graph{
		Name:    "head",
		Opset:   17,
		Inputs:  []graph.Port{{Name: inputName, Type: graph.Float32, Shape: []int64{-1, d}}},
		Outputs: []graph.Port{{Name: outputName, Type: graph.Float32, Shape: []int64{-1, c}}},
		Constants: []graph.Constant{
			graph.Float32s("mean", k.mean, 1, d),
			graph.Float32s("scale", k.scale, 1, d),
			graph.Float32s("least", []float32{minNorm}, 1),
			graph.Float32s("landmarks", k.landmarks.Data, n, width),
			graph.Float32s("half_landmarks", negated(k.half), n),
			graph.Float32s("one_half", []float32{0.5}, 1),
			graph.Float32s("weights", m.weights.Data, c, n),
			graph.Float32s("bias", m.bias, c),
		},
	}
	across, keep := graph.Ints("axes", 1), graph.Int("keepdims", 1)
	transposed := graph.Int("transB", 1)
	node := func(op string, in []string, out string, attributes ...graph.Attribute) {
		g.Nodes = append(g.Nodes, graph.Node{Op: op, Inputs: in, Outputs: []string{out}, Attributes: attributes})
	}
	node("Sub", []string{inputName, "mean"}, "centred")
	node("Mul", []string{"centred", "scale"}, "standard")
	node("ReduceL2", []string{"standard"}, "length", across, keep)
	node("Max", []string{"length", "least"}, "norm")
	node("Div", []string{"standard", "norm"}, "direction")
	z := "direction"
	if k.basis.Rows > 0 {
		g.Constants = append(g.Constants, graph.Float32s("basis", k.basis.Data, width, d))
		node("Gemm", []string{z, "basis"}, "projected", transposed)
		z = "projected"
	}
	node("ReduceSumSquare", []string{z}, "square", across, keep)
	node("Mul", []string{"square", "one_half"}, "half_square")
	node("Gemm", []string{z, "landmarks", "half_landmarks"}, "along", transposed)
	node("Sub", []string{"along", "half_square"}, "distance")
	node("Exp", []string{"distance"}, "similarity")
	node("Gemm", []string{"similarity", "weights", "bias"}, outputName, transposed)
	return g.Encode()
}

func negated(v []float32) []float32 {
	out := make([]float32, len(v))
	for i := range v {
		out[i] = -v[i]
	}
	return out
}
