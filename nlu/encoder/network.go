package encoder

import (
	"context"
	"slices"

	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu/ort"
	"github.com/yingda/yingda/nlu/ort/graph"
)

// stateOutput is the output that heads read. Encoders from before it have none.
const stateOutput = "state"

// network is the encoder's graph.
type network struct {
	session   *ort.Session
	dimension int
	state     int // the length of a state; 0: the graph has none
}

func openNetwork(env *ort.Environment, m models.Manifest, onnx []byte) (network, error) {
	signature, err := graph.ReadSignature(onnx)
	if err != nil {
		return network{}, err
	}
	n := network{dimension: m.Dimension}
	if _, has := signature.Output(stateOutput); has || m.StateLength() != m.Dimension {
		n.state = m.StateLength()
	}
	n.session, err = env.NewSession(onnx, n.options(m.ID))
	return n, err
}

func (n network) options(name string) ort.SessionOptions {
	ids := func(name string) graph.Port {
		return graph.Port{Name: name, Type: graph.Int64, Shape: []int64{-1, -1}}
	}
	opts := ort.SessionOptions{
		Name:    name,
		Inputs:  []graph.Port{ids("input_ids"), ids("attention_mask"), ids("token_type_ids")},
		Outputs: []graph.Port{{Name: "embedding", Type: graph.Float32, Shape: []int64{-1, int64(n.dimension)}}},
	}
	if n.state > 0 {
		opts.Outputs = append(opts.Outputs, graph.Port{Name: stateOutput, Type: graph.Float32, Shape: []int64{-1, int64(n.state)}})
	}
	return opts
}

// scratch holds the tensors of one run at a time.
type scratch struct {
	ids, mask, types []int64   // one row per message, padded to the longest
	embedding, state []float32 // one row per message
}

// run reads messages in one run and leaves their rows in s.
func (n network) run(ctx context.Context, s *scratch, messages []input) error {
	rows, width := len(messages), 0
	for _, m := range messages {
		width = max(width, len(m.ids))
	}
	s.ids = resized(s.ids, rows*width)
	s.mask = resized(s.mask, rows*width)
	s.types = resized(s.types, rows*width)
	for i, m := range messages {
		at, to := i*width, (i+1)*width
		length := len(m.ids)
		copy(s.ids[at:to], m.ids)
		clear(s.ids[at+length : to])
		ones(s.mask[at : at+length])
		clear(s.mask[at+length : to])
		clear(s.types[at:to])
		ones(s.types[at+m.second : at+length])
	}
	b, w := int64(rows), int64(width)
	s.embedding = resized(s.embedding, rows*n.dimension)
	outputs := []ort.Tensor{ort.Float32s(s.embedding, b, int64(n.dimension))}
	if n.state > 0 {
		s.state = resized(s.state, rows*n.state)
		outputs = append(outputs, ort.Float32s(s.state, b, int64(n.state)))
	}
	return n.session.Run(ctx, []ort.Tensor{ort.Int64s(s.ids, b, w), ort.Int64s(s.mask, b, w), ort.Int64s(s.types, b, w)}, outputs)
}

// runner returns the work of one of the dispatcher's workers: it answers a
// group of messages. Every message gets slices of its own, so that one kept
// vector does not keep its neighbours'.
func (n network) runner(m *metrics) func([]*job) error {
	var s scratch
	var messages []input
	return func(group []*job) error {
		messages = messages[:0]
		for _, j := range group {
			messages = append(messages, j.input)
		}
		// A run is not interrupted, and it is not one caller's alone.
		if err := n.run(context.Background(), &s, messages); err != nil {
			return err
		}
		for i, j := range group {
			j.embedding = slices.Clone(s.embedding[i*n.dimension : (i+1)*n.dimension])
			j.state = j.embedding
			if n.state > 0 {
				j.state = slices.Clone(s.state[i*n.state : (i+1)*n.state])
			}
		}
		m.ran(messages)
		return nil
	}
}

// resized returns a slice of n elements, s where it has room. What it holds is
// left over from before.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func ones(s []int64) {
	for i := range s {
		s[i] = 1
	}
}
