//go:build cgo

package ort

import (
	"bytes"
	"os"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/nlu/ort/graph"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens the environment for a test. A missing library fails the test:
// the message says how to get it.
func open(t testing.TB) *Environment {
	t.Helper()
	env, err := Open("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closing(t, env.Close) })
	return env
}

func closing(t testing.TB, f func() error) {
	t.Helper()
	if err := f(); err != nil {
		t.Error(err)
	}
}

// resident is the process's resident memory in bytes.
func resident(t testing.TB) int64 {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("SKIPPED: resident memory can only be read on Linux:", err)
	}
	pages, err := strconv.ParseInt(string(bytes.Fields(data)[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

var headOptions = SessionOptions{
	Name:    "head.onnx",
	Inputs:  []graph.Port{{Name: "embedding", Type: graph.Float32, Shape: []int64{-1, 3}}},
	Outputs: []graph.Port{{Name: "logits", Type: graph.Float32, Shape: []int64{-1, 2}}},
}

// headModel is logits = embedding · weights + bias.
func headModel(t testing.TB) []byte {
	t.Helper()
	model, err := graph.Graph{
		Name: "head", Opset: 13, Inputs: headOptions.Inputs, Outputs: headOptions.Outputs,
		Nodes: []graph.Node{{Op: "Gemm", Inputs: []string{"embedding", "weights", "bias"}, Outputs: []string{"logits"}}},
		Constants: []graph.Constant{
			graph.Float32s("weights", []float32{1, 2, 3, 4, 5, 6}, 3, 2), graph.Float32s("bias", []float32{0.5, -0.5}, 2)},
	}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return model
}
