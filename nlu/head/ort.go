package head

import (
	"context"
	"errors"
	"sync"

	"github.com/yingda/yingda/nlu/ort"
	"github.com/yingda/yingda/nlu/ort/graph"
)

// ORT runs heads with ONNX Runtime. It remembers the sessions that are open, so
// that Close leaves none behind.
type ORT struct {
	environment *ort.Environment

	mu   sync.Mutex
	open map[*ort.Session]struct{}
}

var _ Runtime = (*ORT)(nil)

// NewORT returns a Runtime over an open environment.
func NewORT(e *ort.Environment) *ORT {
	return &ORT{environment: e, open: map[*ort.Session]struct{}{}}
}

// Head implements Runtime. A graph that is no head of these sizes is fault.Invalid.
func (o *ORT) Head(onnx []byte, dimension, labels int) (Session, error) {
	signature, err := graph.ReadSignature(onnx)
	if err != nil {
		return nil, err
	}
	name := inputName
	if len(signature.Inputs) == 1 { // whatever it is called, there is one vector to give
		name = signature.Inputs[0].Name
	}
	s, err := o.environment.NewSession(onnx, ort.SessionOptions{
		Name:    "head.onnx",
		Inputs:  []graph.Port{{Name: name, Type: graph.Float32, Shape: []int64{-1, int64(dimension)}}},
		Outputs: []graph.Port{{Name: outputName, Type: graph.Float32, Shape: []int64{-1, int64(labels)}}},
	})
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open[s] = struct{}{}
	return ortSession{o, s, labels}, nil
}

// Close closes every session that is still open; heads that are asked
// afterwards say fault.Unavailable.
func (o *ORT) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for s := range o.open {
		errs = append(errs, s.Close())
	}
	clear(o.open)
	return errors.Join(errs...)
}

type ortSession struct {
	runtime *ORT
	session *ort.Session
	labels  int
}

func (s ortSession) Logits(embedding []float32) ([]float32, error) {
	out := make([]float32, s.labels)
	err := s.session.Run(context.Background(),
		[]ort.Tensor{ort.Float32s(embedding, 1, int64(len(embedding)))},
		[]ort.Tensor{ort.Float32s(out, 1, int64(s.labels))})
	return out, err
}

func (s ortSession) Close() error {
	s.runtime.mu.Lock()
	defer s.runtime.mu.Unlock()
	delete(s.runtime.open, s.session)
	return s.session.Close()
}
