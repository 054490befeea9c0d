package graph

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/yingda/yingda/internal/fault"
)

// Signature is what a model takes and gives.
type Signature struct {
	Inputs, Outputs []Port
	// Operators are the distinct operators in the graph, sorted; those outside
	// of the standard set carry their domain ("com.microsoft.QAttention").
	Operators []string
}

// Input returns the input called name, or false.
func (s Signature) Input(name string) (Port, bool) { return find(s.Inputs, name) }

// Output returns the output called name, or false.
func (s Signature) Output(name string) (Port, bool) { return find(s.Outputs, name) }

func find(ports []Port, name string) (Port, bool) {
	i := slices.IndexFunc(ports, func(p Port) bool { return p.Name == name })
	if i < 0 {
		return Port{}, false
	}
	return ports[i], true
}

// ReadSignature reads the inputs, outputs and operators of an ONNX model.
// Stored constants are not counted as inputs. Bytes that are no ONNX model are
// fault.Invalid.
func ReadSignature(model []byte) (Signature, error) {
	var s Signature
	body, err := field(model, modelGraph)
	if err != nil || body == nil {
		return s, fault.New(fault.Invalid, "this is not an ONNX model: check that the file is complete and not a Git LFS pointer")
	}
	constants := map[string]bool{}
	operators := map[string]bool{}
	bad := each(body, func(number protowire.Number, value []byte) error {
		switch number {
		case graphInitializer:
			name, err := field(value, tensorName)
			constants[string(name)] = true
			return err
		case graphNode:
			op, err := operator(value)
			operators[op] = true
			return err
		case graphInput, graphOutput:
			port, err := readPort(value)
			if number == graphInput {
				s.Inputs = append(s.Inputs, port)
			} else {
				s.Outputs = append(s.Outputs, port)
			}
			return err
		}
		return nil
	})
	if bad != nil {
		return Signature{}, fault.New(fault.Invalid, "this ONNX model is damaged: %w; fetch the file again", bad)
	}
	s.Inputs = slices.DeleteFunc(s.Inputs, func(p Port) bool { return constants[p.Name] })
	for op := range operators {
		s.Operators = append(s.Operators, op)
	}
	slices.Sort(s.Operators)
	return s, nil
}

func operator(node []byte) (string, error) {
	op, err := field(node, nodeOp)
	if err != nil {
		return "", err
	}
	domain, err := field(node, nodeDomain)
	if len(domain) > 0 {
		return string(domain) + "." + string(op), err
	}
	return string(op), err
}

// readPort reads a ValueInfoProto. What is no tensor has Type 0 and no shape.
func readPort(value []byte) (Port, error) {
	name, err := field(value, valueName)
	if err != nil {
		return Port{}, err
	}
	port := Port{Name: string(name)}
	tensor := value
	for _, step := range []protowire.Number{valueType, typeTensor} {
		if tensor, err = field(tensor, step); err != nil {
			return port, err
		}
	}
	elem, _, err := varint(tensor, tensorTypeElem)
	if err != nil {
		return port, err
	}
	port.Type = ElementType(elem)
	shape, err := field(tensor, tensorTypeShape)
	if err != nil {
		return port, err
	}
	err = each(shape, func(number protowire.Number, dim []byte) error {
		if number != shapeDim {
			return nil
		}
		length, fixed, err := varint(dim, dimensionValue)
		if !fixed {
			length = -1
		}
		port.Shape = append(port.Shape, length)
		return err
	})
	return port, err
}

// each calls visit for every length-delimited field of message and skips the rest.
func each(message []byte, visit func(protowire.Number, []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
				return protowire.ParseError(n)
			}
			message = message[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if err := visit(number, value); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

// field returns the last length-delimited field with this number, or nil.
func field(message []byte, want protowire.Number) (found []byte, err error) {
	err = each(message, func(number protowire.Number, value []byte) error {
		if number == want {
			found = value
		}
		return nil
	})
	return found, err
}

// varint returns the last varint field with this number and whether there is one.
func varint(message []byte, want protowire.Number) (value int64, found bool, err error) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return 0, false, protowire.ParseError(n)
		}
		message = message[n:]
		if number == want && kind == protowire.VarintType {
			v, n := protowire.ConsumeVarint(message)
			if n < 0 {
				return 0, false, protowire.ParseError(n)
			}
			value, found, message = int64(v), true, message[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			return 0, false, protowire.ParseError(n)
		}
		message = message[n:]
	}
	return value, found, nil
}
