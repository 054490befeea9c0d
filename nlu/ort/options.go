package ort

import (
	"errors"
	"fmt"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/ort/graph"
)

// SessionOptions say what a model must look like and how it runs.
type SessionOptions struct {
	// Name is what messages call the model, usually its file.
	Name string
	// Inputs and Outputs are the ports that Run will be given, in its order. A
	// length of -1 accepts any; the model must have exactly these inputs and at
	// least these outputs.
	Inputs, Outputs []graph.Port
	// Threads computes one run on several threads. 0 means 1, which is best
	// wherever several runs go on at a time.
	Threads int
	// Arena keeps freed memory for the next run: a little faster, but what the
	// largest run took is never given back.
	Arena bool
}

// check compares the model's signature with the options and returns the ports
// as the model states them. All differences are reported in one fault.Invalid.
func (o SessionOptions) check(model []byte) (inputs, outputs []graph.Port, err error) {
	signature, err := graph.ReadSignature(model)
	if err != nil {
		return nil, nil, fault.In(o.Name, err)
	}
	var faults []error
	for _, want := range o.Inputs {
		has, ok := signature.Input(want.Name)
		inputs = append(inputs, merge(want, has, ok, "input", &faults))
	}
	for _, has := range signature.Inputs {
		known := false
		for _, want := range o.Inputs {
			known = known || want.Name == has.Name
		}
		if !known {
			faults = append(faults, fmt.Errorf("input %s is not one that this program fills", has))
		}
	}
	for _, want := range o.Outputs {
		has, ok := signature.Output(want.Name)
		outputs = append(outputs, merge(want, has, ok, "output", &faults))
	}
	if len(o.Inputs) == 0 || len(o.Outputs) == 0 {
		faults = append(faults, errors.New("the caller named no inputs or no outputs"))
	}
	if len(faults) > 0 {
		return nil, nil, fault.In(o.Name, fault.New(fault.Invalid,
			"the model does not fit this program; use the one that belongs to this version: %w", errors.Join(faults...)))
	}
	return inputs, outputs, nil
}

// merge checks one port; where the model leaves a length open, the wanted one stands.
func merge(want, has graph.Port, ok bool, what string, faults *[]error) graph.Port {
	if !ok {
		*faults = append(*faults, fmt.Errorf("%s %s is missing", what, want))
		return want
	}
	fits := want.Type == has.Type && len(want.Shape) == len(has.Shape)
	port := graph.Port{Name: want.Name, Type: want.Type}
	for i := range want.Shape {
		length := want.Shape[i]
		if fits && has.Shape[i] >= 0 {
			fits = length < 0 || length == has.Shape[i]
			length = has.Shape[i]
		}
		port.Shape = append(port.Shape, length)
	}
	if !fits {
		*faults = append(*faults, fmt.Errorf("%s is %s, expected %s", what, has, want))
	}
	return port
}
