package graph

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/yingda/yingda/internal/fault"
)

// irVersion goes with opsets up to 18; every ONNX Runtime since 1.13 reads it.
const irVersion = 8

// ElementType is a tensor's element type, numbered as TensorProto.DataType.
type ElementType int32

// The element types that this package writes.
const (
	Float32 ElementType = 1
	Uint8   ElementType = 2
	Int8    ElementType = 3
	Int32   ElementType = 6
	Int64   ElementType = 7
)

// String returns the type's name in ONNX.
func (t ElementType) String() string {
	switch t {
	case Float32:
		return "float32"
	case Uint8:
		return "uint8"
	case Int8:
		return "int8"
	case Int32:
		return "int32"
	case Int64:
		return "int64"
	}
	return fmt.Sprintf("type %d", int32(t))
}

// Port is an input or output of a graph.
type Port struct {
	Name string
	Type ElementType
	// Shape has one length per axis; -1 is a length that varies.
	Shape []int64
}

// String returns name, type and shape as messages show them.
func (p Port) String() string {
	dims := make([]string, len(p.Shape))
	for i, d := range p.Shape {
		dims[i] = fmt.Sprint(d)
		if d < 0 {
			dims[i] = "?"
		}
	}
	return fmt.Sprintf("%s %s[%s]", p.Name, p.Type, strings.Join(dims, ","))
}

// Constant is a tensor stored in the graph, row-major.
type Constant struct {
	Name  string
	Type  ElementType
	Shape []int64
	raw   []byte
}

// Float32s makes a constant; the data is copied.
func Float32s(name string, data []float32, shape ...int64) Constant {
	raw := make([]byte, 0, 4*len(data))
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return Constant{name, Float32, shape, raw}
}

// Int64s makes a constant; the data is copied.
func Int64s(name string, data []int64, shape ...int64) Constant {
	raw := make([]byte, 0, 8*len(data))
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return Constant{name, Int64, shape, raw}
}

// Uint8s makes a constant that shares data until Encode; do not change it before.
func Uint8s(name string, data []uint8, shape ...int64) Constant {
	return Constant{name, Uint8, shape, data}
}

// Attribute is a named setting of a node.
type Attribute struct {
	name  string
	kind  int64
	value func([]byte) []byte
}

// Int is an integer attribute.
func Int(name string, v int64) Attribute {
	return Attribute{name, attributeIsInt, func(b []byte) []byte { return appendInt(b, attributeInt, v) }}
}

// Float is a float attribute.
func Float(name string, v float32) Attribute {
	return Attribute{name, attributeIsFloat, func(b []byte) []byte {
		return protowire.AppendFixed32(protowire.AppendTag(b, attributeFloat, protowire.Fixed32Type), math.Float32bits(v))
	}}
}

// Ints is an attribute of several integers.
func Ints(name string, v ...int64) Attribute {
	return Attribute{name, attributeIsInts, func(b []byte) []byte {
		for _, i := range v {
			b = appendInt(b, attributeInts, i)
		}
		return b
	}}
}

// Node applies an operator.
type Node struct {
	// Op is the operator's name: Gemm, MatMulInteger, Softmax, …
	Op string
	// Domain is empty for the standard operators.
	Domain string
	// Inputs and Outputs name values; an empty input is an omitted optional one.
	Inputs, Outputs []string
	Attributes      []Attribute
}

// Graph is a model to write.
type Graph struct {
	Name string
	// Opset is the version of the standard operators; at most 18.
	Opset     int64
	Inputs    []Port
	Outputs   []Port
	Nodes     []Node // in an order in which every input is known
	Constants []Constant
	// Metadata is kept in the file for people and tools.
	Metadata map[string]string
}

// Encode returns the model's bytes. The same graph gives the same bytes. A
// graph that cannot run (a value used before it is made or made twice, a
// constant whose data does not fill its shape, an output nobody makes) is
// fault.Internal, all faults in one message.
func (g Graph) Encode() ([]byte, error) {
	if err := g.validate(); err != nil {
		return nil, err
	}
	b := appendInt(nil, modelIRVersion, irVersion)
	b = appendString(b, modelProducer, "yingda")
	b = appendBytes(b, modelGraph, g.encode())
	b = appendBytes(b, modelOpset, appendInt(appendString(nil, opsetDomain, ""), opsetVersion, g.Opset))
	var domains []string
	for _, n := range g.Nodes {
		if n.Domain != "" && !slices.Contains(domains, n.Domain) {
			domains = append(domains, n.Domain)
			b = appendBytes(b, modelOpset, appendInt(appendString(nil, opsetDomain, n.Domain), opsetVersion, 1))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(g.Metadata)) {
		b = appendBytes(b, modelMetadata, appendString(appendString(nil, entryKey, k), entryValue, g.Metadata[k]))
	}
	return b, nil
}

func (g Graph) encode() []byte {
	var b []byte
	for i, n := range g.Nodes {
		b = appendBytes(b, graphNode, n.encode(i))
	}
	b = appendString(b, graphName, g.Name)
	for _, c := range g.Constants {
		b = appendBytes(b, graphInitializer, c.encode())
	}
	for _, p := range g.Inputs {
		b = appendBytes(b, graphInput, p.encode())
	}
	for _, p := range g.Outputs {
		b = appendBytes(b, graphOutput, p.encode())
	}
	return b
}

func (n Node) encode(index int) []byte {
	var b []byte
	for _, v := range n.Inputs {
		b = appendString(b, nodeInput, v)
	}
	for _, v := range n.Outputs {
		b = appendString(b, nodeOutput, v)
	}
	b = appendString(b, nodeName, fmt.Sprintf("%s_%d", n.Op, index))
	b = appendString(b, nodeOp, n.Op)
	for _, a := range n.Attributes {
		b = appendBytes(b, nodeAttribute, appendInt(a.value(appendString(nil, attributeName, a.name)), attributeType, a.kind))
	}
	return appendString(b, nodeDomain, n.Domain)
}

func (c Constant) encode() []byte {
	b := make([]byte, 0, len(c.raw)+len(c.Name)+16*len(c.Shape)+16)
	for _, d := range c.Shape {
		b = appendInt(b, tensorDim, d)
	}
	b = appendInt(b, tensorType, int64(c.Type))
	b = appendString(b, tensorName, c.Name)
	return appendBytes(b, tensorRawData, c.raw)
}

func (p Port) encode() []byte {
	var shape []byte
	for i, d := range p.Shape {
		dim := appendInt(nil, dimensionValue, d)
		if d < 0 {
			dim = appendString(nil, dimensionName, fmt.Sprintf("%s_%d", p.Name, i))
		}
		shape = appendBytes(shape, shapeDim, dim)
	}
	tensor := appendBytes(appendInt(nil, tensorTypeElem, int64(p.Type)), tensorTypeShape, shape)
	return appendBytes(appendString(nil, valueName, p.Name), valueType, appendBytes(nil, typeTensor, tensor))
}

func (g Graph) validate() error {
	var faults []string
	known := map[string]bool{}
	add := func(name, what string) {
		if name == "" || known[name] {
			faults = append(faults, fmt.Sprintf("%s %q is unnamed or made twice", what, name))
		}
		known[name] = true
	}
	if g.Opset < 1 || g.Opset > 18 {
		faults = append(faults, fmt.Sprintf("opset %d is not 1 to 18", g.Opset))
	}
	for _, p := range g.Inputs {
		add(p.Name, "input")
	}
	for _, c := range g.Constants {
		add(c.Name, "constant")
		if want := c.size(); want != int64(len(c.raw)) {
			faults = append(faults, fmt.Sprintf("constant %q has %d bytes, its shape %v needs %d", c.Name, len(c.raw), c.Shape, want))
		}
	}
	for _, n := range g.Nodes {
		for _, v := range n.Inputs {
			if v != "" && !known[v] {
				faults = append(faults, fmt.Sprintf("%s reads %q before it is made", n.Op, v))
			}
		}
		for _, v := range n.Outputs {
			add(v, n.Op+" output")
		}
	}
	for _, p := range g.Outputs {
		if !known[p.Name] {
			faults = append(faults, fmt.Sprintf("nothing makes output %q", p.Name))
		}
	}
	if len(faults) > 0 {
		return fault.New(fault.Internal, "graph %q cannot run: %s", g.Name, strings.Join(faults, "; "))
	}
	return nil
}

// size is the number of bytes that the shape needs, or -1 for a bad shape.
func (c Constant) size() int64 {
	n := map[ElementType]int64{Float32: 4, Uint8: 1, Int8: 1, Int32: 4, Int64: 8}[c.Type]
	for _, d := range c.Shape {
		if d < 0 {
			return -1
		}
		n *= d
	}
	return n
}
