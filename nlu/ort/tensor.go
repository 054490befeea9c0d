package ort

import (
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/ort/graph"
)

// Tensor is a row-major array that a Session reads or writes. It shares its
// data with the caller, who must leave it alone until Run has returned.
type Tensor struct {
	shape []int64
	data  any
}

// Element is a type that tensors hold.
type Element interface {
	~float32 | ~uint8 | ~int8 | ~int32 | ~int64
}

// Float32s makes a tensor over data.
func Float32s(data []float32, shape ...int64) Tensor { return Tensor{shape, data} }

// Int64s makes a tensor over data.
func Int64s(data []int64, shape ...int64) Tensor { return Tensor{shape, data} }

// Int32s makes a tensor over data.
func Int32s(data []int32, shape ...int64) Tensor { return Tensor{shape, data} }

// Int8s makes a tensor over data.
func Int8s(data []int8, shape ...int64) Tensor { return Tensor{shape, data} }

// Uint8s makes a tensor over data.
func Uint8s(data []uint8, shape ...int64) Tensor { return Tensor{shape, data} }

// describe returns the element type and how many elements the data has.
func (t Tensor) describe() (graph.ElementType, int) {
	switch d := t.data.(type) {
	case []float32:
		return graph.Float32, len(d)
	case []int64:
		return graph.Int64, len(d)
	case []int32:
		return graph.Int32, len(d)
	case []int8:
		return graph.Int8, len(d)
	case []uint8:
		return graph.Uint8, len(d)
	}
	return 0, 0
}

// fits checks the tensor against the port it is meant for.
func (t Tensor) fits(p graph.Port) error {
	kind, length := t.describe()
	if kind != p.Type {
		return fault.New(fault.Internal, "%s was given %s", p, kind)
	}
	ok := len(t.shape) == len(p.Shape)
	need := int64(1)
	for i, d := range t.shape {
		ok = ok && d > 0 && (p.Shape[i] < 0 || p.Shape[i] == d)
		need *= max(d, 0)
	}
	if !ok {
		return fault.New(fault.Internal, "%s was given shape %v", p, t.shape)
	}
	if int64(length) != need {
		return fault.New(fault.Internal, "%s was given %d values for shape %v", p, length, t.shape)
	}
	return nil
}
