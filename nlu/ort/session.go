//go:build cgo

package ort

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/ort/graph"
)

// live counts the native tensors that exist, for tests.
var live atomic.Int64

// Session is a loaded model. Run may be called from any number of goroutines.
type Session struct {
	name            string
	inputs, outputs []graph.Port

	mu     sync.RWMutex // held for reading while a run goes on
	native *onnx.DynamicAdvancedSession
}

// NewSession loads a model from its bytes, which may be dropped afterwards. A
// model with other inputs or outputs than the options say, and one that ONNX
// Runtime refuses, are fault.Invalid.
func (e *Environment) NewSession(model []byte, opts SessionOptions) (*Session, error) {
	inputs, outputs, err := opts.check(model)
	if err != nil {
		return nil, err
	}
	if err := e.enter(); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "%s cannot be loaded", opts.Name)
	}
	native, err := opts.load(model)
	if err != nil {
		leave()
		return nil, fault.Wrap(err, fault.Invalid, "ONNX Runtime refuses the model %s: it needs operators or a format that version %s lacks, or it is damaged",
			opts.Name, Version)
	}
	return &Session{name: opts.Name, inputs: inputs, outputs: outputs, native: native}, nil
}

func (o SessionOptions) load(model []byte) (native *onnx.DynamicAdvancedSession, err error) {
	options, err := onnx.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, options.Destroy()) }()
	if err := errors.Join(
		options.SetIntraOpNumThreads(max(o.Threads, 1)),
		options.SetInterOpNumThreads(1),
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
		options.SetGraphOptimizationLevel(onnx.GraphOptimizationLevelEnableAll),
		options.SetCpuMemArena(o.Arena),
		options.SetMemPattern(o.Arena),
		options.SetLogSeverityLevel(onnx.LoggingLevelError),
	); err != nil {
		return nil, err
	}
	return onnx.NewDynamicAdvancedSessionWithONNXData(model, names(o.Inputs), names(o.Outputs), options)
}

func names(ports []graph.Port) []string {
	list := make([]string, len(ports))
	for i, p := range ports {
		list[i] = p.Name
	}
	return list
}

// Run computes outputs from inputs; both are in the order of the options, and
// outputs have room for the result. Tensors that do not fit the model are
// fault.Internal, a context that has ended is its cause, a closed session is
// fault.Unavailable. A run that has begun is not interrupted.
func (s *Session) Run(ctx context.Context, inputs, outputs []Tensor) (err error) {
	if err := s.check(inputs, outputs); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.native == nil {
		return fault.New(fault.Unavailable, "the model %s is closed: the program is stopping or the model was replaced; try again", s.name)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	values := make([]onnx.Value, 0, len(inputs)+len(outputs))
	defer func() { err = errors.Join(err, destroy(values)) }()
	for _, list := range [2][]Tensor{inputs, outputs} {
		for _, t := range list {
			v, err := t.native()
			if err != nil {
				return fault.Wrap(err, fault.Internal, "a tensor for %s cannot be made", s.name)
			}
			values = append(values, v)
		}
	}
	if err := s.native.Run(values[:len(inputs)], values[len(inputs):]); err != nil {
		return fault.Wrap(err, fault.Internal, "the model %s failed", s.name)
	}
	return nil
}

func (s *Session) check(inputs, outputs []Tensor) error {
	if len(inputs) != len(s.inputs) || len(outputs) != len(s.outputs) {
		return fault.New(fault.Internal, "%s takes %d inputs and %d outputs, got %d and %d",
			s.name, len(s.inputs), len(s.outputs), len(inputs), len(outputs))
	}
	for i, t := range inputs {
		if err := t.fits(s.inputs[i]); err != nil {
			return fault.In(s.name, err)
		}
	}
	for i, t := range outputs {
		if err := t.fits(s.outputs[i]); err != nil {
			return fault.In(s.name, err)
		}
	}
	return nil
}

// native makes the library's view of the tensor; the data is shared.
func (t Tensor) native() (onnx.Value, error) {
	switch d := t.data.(type) {
	case []float32:
		return view(t.shape, d)
	case []int64:
		return view(t.shape, d)
	case []int32:
		return view(t.shape, d)
	case []int8:
		return view(t.shape, d)
	case []uint8:
		return view(t.shape, d)
	}
	return nil, errors.New("the tensor holds no data")
}

func view[T Element](shape []int64, data []T) (onnx.Value, error) {
	v, err := onnx.NewTensor(shape, data)
	if err != nil {
		return nil, err
	}
	live.Add(1)
	return v, nil
}

func destroy(values []onnx.Value) error {
	var faults []error
	for _, v := range values {
		faults = append(faults, v.Destroy())
		live.Add(-1)
	}
	return errors.Join(faults...)
}

// Close waits for the runs that go on and frees the model. A second Close does
// nothing.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.native == nil {
		return nil
	}
	err := s.native.Destroy()
	s.native = nil
	leave()
	return fault.Wrap(err, fault.Internal, "the model %s did not close cleanly", s.name)
}
