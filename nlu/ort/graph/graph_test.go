package graph

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

// linear is a head: logits = embedding · weights + bias, then softmax.
func linear() Graph {
	return Graph{
		Name: "head", Opset: 13,
		Inputs:  []Port{{"embedding", Float32, []int64{-1, 3}}},
		Outputs: []Port{{"probabilities", Float32, []int64{-1, 2}}},
		Nodes: []Node{
			{Op: "Gemm", Inputs: []string{"embedding", "weights", "bias"}, Outputs: []string{"logits"},
				Attributes: []Attribute{Float("alpha", 1), Int("transB", 0)}},
			{Op: "Softmax", Inputs: []string{"logits"}, Outputs: []string{"probabilities"}, Attributes: []Attribute{Int("axis", 1)}},
		},
		Constants: []Constant{Float32s("weights", []float32{1, 2, 3, 4, 5, 6}, 3, 2), Float32s("bias", []float32{0, 1}, 2)},
		Metadata:  map[string]string{"b": "2", "a": "1"},
	}
}

func TestSignatureOfWhatWasEncoded(t *testing.T) {
	model, err := linear().Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadSignature(model)
	if err != nil {
		t.Fatal(err)
	}
	want := Signature{
		Inputs:    []Port{{"embedding", Float32, []int64{-1, 3}}},
		Outputs:   []Port{{"probabilities", Float32, []int64{-1, 2}}},
		Operators: []string{"Gemm", "Softmax"},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	again, err := linear().Encode()
	if err != nil || string(again) != string(model) {
		t.Errorf("two encodings differ (%v)", err)
	}
}

func TestSignatureOfTheShippedEncoder(t *testing.T) {
	model, err := os.ReadFile("../../../models/encoder/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadSignature(model)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"input_ids", "attention_mask", "token_type_ids"} {
		if p, ok := s.Input(name); !ok || p.Type != Int64 || len(p.Shape) != 2 {
			t.Errorf("input %s: %v", name, p)
		}
	}
	if p, ok := s.Output("embedding"); !ok || p.String() != "embedding float32[?,512]" {
		t.Errorf("output: %v", s.Outputs)
	}
	outputs := 1
	if p, ok := s.Output("state"); ok {
		outputs = 2
		if p.Type != Float32 || len(p.Shape) != 2 {
			t.Errorf("output: %v", p)
		}
	}
	if len(s.Inputs) != 3 || len(s.Outputs) != outputs {
		t.Errorf("%v %v", s.Inputs, s.Outputs)
	}
}

func TestConstantsListedAsInputsAreNotInputs(t *testing.T) {
	g := linear()
	model, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	body, err := field(model, modelGraph)
	if err != nil {
		t.Fatal(err)
	}
	old := appendBytes(nil, modelGraph, appendBytes(body, graphInput, Port{"bias", Float32, []int64{2}}.encode()))
	s, err := ReadSignature(old)
	if err != nil || len(s.Inputs) != 1 {
		t.Errorf("%v, %v", s.Inputs, err)
	}
}

func TestEncodeReportsAllFaults(t *testing.T) {
	g := linear()
	g.Opset = 99
	g.Constants[0].Shape = []int64{4, 2}
	g.Constants[1].Name = "weights"
	g.Outputs[0].Name = "nowhere"
	_, err := g.Encode()
	for _, part := range []string{"opset 99", `"weights" has 24 bytes`, `"weights" is unnamed or made twice`, `reads "bias"`, `output "nowhere"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not reported: %v", part, err)
		}
	}
	if !fault.Is(err, fault.Internal) {
		t.Errorf("code %s", fault.CodeOf(err))
	}
	bad := linear()
	bad.Constants[0].Shape = []int64{-3, 2}
	if _, err := bad.Encode(); err == nil {
		t.Error("a negative length was accepted")
	}
}

func TestEveryAttributeAndConstant(t *testing.T) {
	g := Graph{
		Name: "g", Opset: 13, Inputs: []Port{{"x", Int8, []int64{1}}}, Outputs: []Port{{"y", Int32, nil}},
		Nodes: []Node{{Op: "Odd", Domain: "com.microsoft", Inputs: []string{"x", "", "i", "u"}, Outputs: []string{"y"},
			Attributes: []Attribute{Ints("axes", 0, -1), Float("f", 0.5)}}},
		Constants: []Constant{Int64s("i", []int64{1, -1}, 2), Uint8s("u", []uint8{7}, 1)},
	}
	model, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadSignature(model)
	if err != nil || len(s.Operators) != 1 || s.Operators[0] != "com.microsoft.Odd" {
		t.Errorf("%v %v", s.Operators, err)
	}
	if got := s.Outputs[0].String(); got != "y int32[]" {
		t.Error(got)
	}
	for typ, want := range map[ElementType]string{Float32: "float32", Uint8: "uint8", Int8: "int8", Int64: "int64", 99: "type 99"} {
		if typ.String() != want {
			t.Errorf("%v, want %s", typ, want)
		}
	}
}

func TestNotAModel(t *testing.T) {
	for _, data := range []string{"", "version https://git-lfs.github.com/spec/v1\n", "\x08\x08"} {
		if _, err := ReadSignature([]byte(data)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", data, err)
		}
	}
	model, err := linear().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(model) {
		if s, err := ReadSignature(model[:cut]); err == nil && len(s.Outputs) != 1 {
			t.Fatalf("a model cut at %d of %d reads as %v", cut, len(model), s)
		}
	}
}

func FuzzReadSignature(f *testing.F) {
	model, err := linear().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(model)
	f.Add([]byte("\x3a\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := ReadSignature(data); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("untyped error %v", err)
		}
	})
}

func BenchmarkEncodeHead(b *testing.B) {
	g := linear()
	g.Constants[0] = Float32s("weights", make([]float32, 512*60), 512, 60)
	for b.Loop() {
		if _, err := g.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadSignature(b *testing.B) {
	model, err := os.ReadFile("../../../models/encoder/model.onnx")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := ReadSignature(model); err != nil {
			b.Fatal(err)
		}
	}
}
