//go:build cgo

package ort

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/ort/graph"
)

func sessions() int {
	process.Lock()
	defer process.Unlock()
	return process.sessions
}

func head(t testing.TB) *Session {
	t.Helper()
	s, err := open(t).NewSession(headModel(t), headOptions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closing(t, s.Close) })
	return s
}

func TestRunOfAHead(t *testing.T) {
	s := head(t)
	out := make([]float32, 4)
	err := s.Run(t.Context(), []Tensor{Float32s([]float32{1, 0, 0, 0, 1, 1}, 2, 3)}, []Tensor{Float32s(out, 2, 2)})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{1.5, 1.5, 8.5, 9.5} {
		if out[i] != want {
			t.Errorf("out = %v", out)
			break
		}
	}
}

func TestRunRefusesWhatDoesNotFit(t *testing.T) {
	s := head(t)
	in, out := make([]float32, 3), make([]float32, 2)
	for name, c := range map[string]struct{ in, out []Tensor }{
		"no input":     {nil, []Tensor{Float32s(out, 1, 2)}},
		"no output":    {[]Tensor{Float32s(in, 1, 3)}, nil},
		"type":         {[]Tensor{Int64s(make([]int64, 3), 1, 3)}, []Tensor{Float32s(out, 1, 2)}},
		"rank":         {[]Tensor{Float32s(in, 3)}, []Tensor{Float32s(out, 1, 2)}},
		"width":        {[]Tensor{Float32s(make([]float32, 4), 1, 4)}, []Tensor{Float32s(out, 1, 2)}},
		"length":       {[]Tensor{Float32s(in, 2, 3)}, []Tensor{Float32s(out, 1, 2)}},
		"empty":        {[]Tensor{Float32s(nil, 0, 3)}, []Tensor{Float32s(out, 1, 2)}},
		"output width": {[]Tensor{Float32s(in, 1, 3)}, []Tensor{Float32s(in, 1, 3)}},
		"output rows":  {[]Tensor{Float32s(in, 1, 3)}, []Tensor{Float32s(make([]float32, 4), 2, 2)}},
		"zero tensor":  {[]Tensor{{}}, []Tensor{Float32s(out, 1, 2)}},
	} {
		if err := s.Run(t.Context(), c.in, c.out); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "head.onnx") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := live.Load(); n != 0 {
		t.Errorf("%d tensors left", n)
	}
}

func TestRunRespectsTheContext(t *testing.T) {
	s := head(t)
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if err := s.Run(ctx, []Tensor{Float32s(make([]float32, 3), 1, 3)}, []Tensor{Float32s(make([]float32, 2), 1, 2)}); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

func TestSessionReportsAllFaultsOfAModel(t *testing.T) {
	env := open(t)
	opts := SessionOptions{
		Name:    "x.onnx",
		Inputs:  []graph.Port{{Name: "ids", Type: graph.Int64, Shape: []int64{-1, -1}}},
		Outputs: []graph.Port{{Name: "logits", Type: graph.Float32, Shape: []int64{-1, 7}}, {Name: "more", Type: graph.Float32}},
	}
	_, err := env.NewSession(headModel(t), opts)
	for _, part := range []string{"x.onnx", "input ids int64[?,?] is missing", "input embedding float32[?,3] is not one",
		"output is logits float32[?,2], expected logits float32[?,7]", "output more float32[] is missing"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not reported: %v", part, err)
		}
	}
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("code %s", fault.CodeOf(err))
	}
	if _, err := env.NewSession(headModel(t), SessionOptions{Name: "x"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without ports: %v", err)
	}
	if _, err := env.NewSession([]byte("version https://git-lfs"), opts); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "LFS") {
		t.Errorf("not a model: %v", err)
	}
	odd, err := graph.Graph{Name: "odd", Opset: 13, Inputs: headOptions.Inputs, Outputs: headOptions.Outputs,
		Nodes: []graph.Node{{Op: "NoSuchOperator", Inputs: []string{"embedding"}, Outputs: []string{"logits"}}}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.NewSession(odd, headOptions); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "refuses the model") {
		t.Errorf("unknown operator: %v", err)
	}
	if n := sessions(); n != 0 {
		t.Errorf("%d sessions counted", n)
	}
}

func TestNothingLeaks(t *testing.T) {
	s := head(t)
	in, out := make([]float32, 3*64), make([]float32, 2*64)
	run := func(n int) {
		for range n {
			if err := s.Run(t.Context(), []Tensor{Float32s(in, 64, 3)}, []Tensor{Float32s(out, 64, 2)}); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
	}
	run(2000)
	before := resident(t)
	run(10_000)
	if n := live.Load(); n != 0 {
		t.Errorf("%d tensors left", n)
	}
	// 1 kB leaked a run would be 10 MB.
	if grown := resident(t) - before; grown > 4<<20 {
		t.Errorf("10 000 runs left %d kB", grown>>10)
	}
}

func TestManyGoroutinesAndClose(t *testing.T) {
	env := open(t)
	s, err := env.NewSession(headModel(t), headOptions)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				out := make([]float32, 2)
				err := s.Run(context.Background(), []Tensor{Float32s([]float32{float32(g), float32(i), 1}, 1, 3)}, []Tensor{Float32s(out, 1, 2)})
				if fault.Is(err, fault.Unavailable) {
					return // closed below
				}
				if want := float32(g) + 3*float32(i) + 5.5; err != nil || out[0] != want {
					t.Errorf("%v, want %v: %v", out, want, err)
					return
				}
			}
		})
	}
	closing(t, s.Close)
	closing(t, s.Close)
	wg.Wait()
}

func TestEnvironmentIsSharedAndCounted(t *testing.T) {
	first, second := open(t), open(t)
	if first.Library() != second.Library() || first.Library() == "" {
		t.Errorf("%q and %q", first.Library(), second.Library())
	}
	s, err := first.NewSession(headModel(t), headOptions)
	if err != nil {
		t.Fatal(err)
	}
	closing(t, first.Close)
	if _, err := first.NewSession(headModel(t), headOptions); !fault.Is(err, fault.Unavailable) {
		t.Errorf("session of a closed environment: %v", err)
	}
	if err := second.Close(); !fault.Is(err, fault.Conflict) {
		t.Errorf("closing under an open session: %v", err)
	}
	copied := filepath.Join(t.TempDir(), "libonnxruntime.so.1")
	if err := os.WriteFile(copied, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(copied); !fault.Is(err, fault.Conflict) {
		t.Errorf("another library: %v", err)
	}
	closing(t, s.Close)
	closing(t, second.Close)
	if _, err := Open(copied); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "make ort") {
		t.Errorf("a file that is no library: %v", err)
	}
	again := head(t) // the library starts again after the last Close
	if err := again.Run(t.Context(), []Tensor{Float32s(make([]float32, 3), 1, 3)}, []Tensor{Float32s(make([]float32, 2), 1, 2)}); err != nil {
		t.Error(err)
	}
}

func TestLibraryErrorsSayTheFix(t *testing.T) {
	for text, want := range map[string]string{
		"Error setting ORT API base: 2":            "older ONNX Runtime than " + Version,
		`Error looking up OrtGetApiBase in "x.so"`: "not ONNX Runtime",
		"invalid ELF header":                       "cannot be loaded",
	} {
		err := explain("/x.so", errors.New(text))
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "make ort") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func BenchmarkRunHead(b *testing.B) {
	s := head(b)
	in, out := make([]float32, 3), make([]float32, 2)
	for b.Loop() {
		if err := s.Run(b.Context(), []Tensor{Float32s(in, 1, 3)}, []Tensor{Float32s(out, 1, 2)}); err != nil {
			b.Fatal(err)
		}
	}
}
