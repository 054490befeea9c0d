package head

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/ort"
)

// environment opens ONNX Runtime for one test.
func environment(t testing.TB) *ORT {
	t.Helper()
	lib, err := ort.FindLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	env, err := ort.Open(lib)
	if err != nil {
		t.Fatal(err)
	}
	rt := NewORT(env)
	t.Cleanup(func() {
		if err := errors.Join(rt.Close(), env.Close()); err != nil {
			t.Error(err)
		}
	})
	return rt
}

func trained(t testing.TB, labels ...string) (*Model, Report) {
	t.Helper()
	x, ex := blobs(40*len(labels), 8, labels, 0.5, 4)
	l, r, err := Train(t.Context(), x, ex, Options{L2: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	return l, r
}

func TestSavedHeadPredictsAsTrained(t *testing.T) {
	rt := environment(t)
	l, r := trained(t, "退货", "换货", "其他")
	dir := filepath.Join(t.TempDir(), "intent")
	m, err := Save(dir, l, r, About{Name: "intent", Task: "intent", Encoder: "enc-1", Created: "2026-11-22"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(m.ID, "intent-") || m.Calibration.Temperature != 1 {
		t.Errorf("manifest %+v", m)
	}
	loaded, err := models.Load(os.DirFS(filepath.Dir(dir)), "intent")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(rt, loaded, Space{"enc-1", 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	x, ex := blobs(30, 8, l.Labels, 0.5, 9)
	logits, err := l.Logits(t.Context(), nil, x, textsOf(ex))
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Rows {
		want := softmax(nil, logits.Row(i), 1)
		got, err := c.Probabilities(nil, nlu.Input{Text: ex[i].Text, Embedding: x.Row(i)})
		if err != nil {
			t.Fatal(err)
		}
		for j := range want {
			if math.Abs(got[j]-want[j]) > 1e-4 {
				t.Fatalf("row %d: loaded %v, trained %v", i, got, want)
			}
		}
	}
	if _, err := c.Probabilities(nil, nlu.Input{Embedding: make([]float32, 7)}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an embedding of 7 numbers: %v", err)
	}
	if _, err := Load(rt, loaded, Space{"enc-2", 8, 8}); !fault.Is(err, fault.Conflict) {
		t.Errorf("another encoder: %v", err)
	}
	if _, err := Save(dir, l, r, About{Name: "intent", Task: "intent", Encoder: "enc-1"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("saving over a head: %v", err)
	}
}

// source is a models folder with an intent and a sentiment head.
func source(t *testing.T) models.Source {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{IntentHead, SentimentHead} {
		l, r := trained(t, "a", "b")
		if _, err := Save(filepath.Join(dir, models.HeadsDir, name), l, r, About{Name: name, Task: name, Encoder: "enc-1"}); err != nil {
			t.Fatal(err)
		}
	}
	src, err := models.NewSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestRegistryLayersBots(t *testing.T) {
	rt := environment(t)
	src, dir := source(t), filepath.Join(t.TempDir(), "heads")
	reg, err := OpenRegistry(rt, src, dir, Space{"enc-1", 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	labels := func(reg *Registry, bot string) string {
		t.Helper()
		h, err := reg.Heads(bot)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(h.Intent.Labels(), ",")
	}
	if got := labels(reg, "shop"); got != "a,b" {
		t.Errorf("built-in labels %s", got)
	}
	about := About{Name: IntentHead, Task: "intent", Encoder: "enc-1"}
	all, r := trained(t, "c", "d")
	if _, err := reg.Add("", all, r, about); err != nil {
		t.Fatal(err)
	}
	own, r := trained(t, "e", "f", "g")
	id, err := reg.Add("shop", own, r, about)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := reg.Add("shop", own, r, about); err != nil || again != id {
		t.Errorf("adding the same head again: %s, %v", again, err)
	}
	reopened, err := OpenRegistry(rt, src, dir, Space{"enc-1", 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	for _, reg := range []*Registry{reg, reopened} {
		if a, b := labels(reg, "other"), labels(reg, "shop"); a != "c,d" || b != "e,f,g" {
			t.Errorf("labels of other %s, of shop %s", a, b)
		}
	}
	if _, err := reg.Head("shop", "risk"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a head nobody trained: %v", err)
	}
	if _, err := reg.Add("../evil", own, r, about); !fault.Is(err, fault.Invalid) {
		t.Errorf("a bot that climbs out of the folder: %v", err)
	}
}

func TestRegistryFaults(t *testing.T) {
	rt := environment(t)
	src, dir := source(t), filepath.Join(t.TempDir(), "heads")
	if _, err := OpenRegistry(rt, src, dir, Space{"enc-9", 8, 8}); !fault.Is(err, fault.Conflict) {
		t.Errorf("heads of another encoder: %v", err)
	}
	broken := filepath.Join(dir, "shop", "intent")
	if err := os.MkdirAll(broken, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "active"), []byte("gone-1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRegistry(rt, src, dir, Space{"enc-1", 8, 8}); err == nil || !strings.Contains(err.Error(), "remove the folder") {
		t.Errorf("a trained head that is gone: %v", err)
	}
	bad := fstest.MapFS{"heads/intent/manifest.yml": {Data: []byte("format: 1\nkind: fusion\n")}}
	if _, err := models.Load(bad, "heads/intent"); err == nil {
		t.Error("a fusion manifest without files was accepted")
	}
}

// Messages are classified while heads are swapped under them.
func TestRegistrySwapsUnderLoad(t *testing.T) {
	rt := environment(t)
	reg, err := OpenRegistry(rt, source(t), filepath.Join(t.TempDir(), "heads"), Space{"enc-1", 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				h, err := reg.Heads("")
				if err != nil {
					t.Error(err)
					return
				}
				p, err := h.Intent.Probabilities(nil, nlu.Input{Embedding: []float32{1, 0, 0, 0, 0, 0, 0, 0}})
				if err != nil || len(p) != len(h.Intent.Labels()) {
					t.Errorf("%d probabilities of %d labels: %v", len(p), len(h.Intent.Labels()), err)
					return
				}
			}
		})
	}
	heads := make([]*Model, 2)
	var r Report
	heads[0], r = trained(t, "a", "b")
	heads[1], _ = trained(t, "x", "y", "z")
	for i := range 8 {
		if _, err := reg.Add("", heads[i%2], r, About{Name: IntentHead, Task: "intent", Encoder: "enc-1"}); err != nil {
			t.Fatal(err)
		}
		runtime.GC()
	}
	close(done)
	wg.Wait()
}

func BenchmarkProbabilities(b *testing.B) {
	rt := environment(b)
	labels := make([]string, 61)
	for i := range labels {
		labels[i] = strings.Repeat("x", i+1)
	}
	for _, cols := range []int{512, 1024} {
		b.Run(strconv.Itoa(cols), func(b *testing.B) {
			x, ex := blobs(2000, cols, labels, 1, 1)
			for i := range ex {
				ex[i].Text = "我的快递怎么还没到" + ex[i].Label + string(rune(0x4e00+i))
			}
			model, r, err := Train(b.Context(), x, ex, Options{L2: 0.1})
			if err != nil {
				b.Fatal(err)
			}
			dir := b.TempDir()
			if _, err := Save(filepath.Join(dir, "h"), model, r, About{Name: "h", Task: "h", Encoder: "e"}); err != nil {
				b.Fatal(err)
			}
			folder, err := models.Load(os.DirFS(dir), "h")
			if err != nil {
				b.Fatal(err)
			}
			c, err := Load(rt, folder, Space{"e", cols, cols})
			if err != nil {
				b.Fatal(err)
			}
			in := nlu.Input{Text: "我的快递怎么还没到啊，都三天了", Embedding: x.Row(7)}
			var buf []float64
			for b.Loop() {
				if buf, err = c.Probabilities(buf[:0], in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
