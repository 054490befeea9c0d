package head

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
)

func opened(t testing.TB, rt *ORT, src models.Source, dir string) *Registry {
	t.Helper()
	reg, err := OpenRegistry(rt, src, dir, Space{"enc-1", 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func activeLabels(t *testing.T, reg *Registry, bot string) string {
	t.Helper()
	h, err := reg.Heads(bot)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(h.Intent.Labels(), ",")
}

var aboutIntent = About{Name: IntentHead, Task: "intent", Encoder: "enc-1"}

func TestVersionsActivateAndRollBack(t *testing.T) {
	rt := environment(t)
	src, dir := source(t), filepath.Join(t.TempDir(), "heads")
	reg := opened(t, rt, src, dir)
	if list, err := reg.Versions("shop", IntentHead); err != nil || len(list) != 0 {
		t.Errorf("versions of a head that was never trained: %v, %v", list, err)
	}
	if _, err := reg.Rollback("shop", IntentHead); !fault.Is(err, fault.Conflict) {
		t.Errorf("rolling back nothing: %v", err)
	}
	var ids [3]string
	for i, labels := range [][]string{{"c", "d"}, {"e", "f"}, {"g", "h"}} {
		m, r := trained(t, labels...)
		about := aboutIntent
		about.Beside = map[string][]byte{"report.json": []byte("{}")}
		var err error
		if ids[i], err = reg.Keep("shop", m, r, about); err != nil {
			t.Fatal(err)
		}
	}
	if got := activeLabels(t, reg, "shop"); got != "a,b" {
		t.Errorf("keeping activated %s", got)
	}
	wants := func(id, labels string) {
		t.Helper()
		if got := activeLabels(t, reg, "shop"); got != labels {
			t.Errorf("labels %s, want %s", got, labels)
		}
		list, err := reg.Versions("shop", IntentHead)
		if err != nil || len(list) != 3 {
			t.Fatalf("%d versions, %v", len(list), err)
		}
		for _, v := range list {
			if v.Active != (v.ID == id) || !v.Usable || v.Labels != 2 {
				t.Errorf("%+v, active should be %s", v, id)
			}
		}
	}
	activate := func(id string) {
		t.Helper()
		if err := reg.Activate("shop", IntentHead, id); err != nil {
			t.Fatal(err)
		}
	}
	back := func(id string) {
		t.Helper()
		if got, err := reg.Rollback("shop", IntentHead); err != nil || got != id {
			t.Errorf("rolled back to %s, %v, want %s", got, err, id)
		}
	}
	activate(ids[0])
	activate(ids[1])
	activate(ids[1])
	wants(ids[1], "e,f")
	activate(ids[2])
	back(ids[1])
	wants(ids[1], "e,f")
	reg = opened(t, rt, src, dir) // what was marked survives
	wants(ids[1], "e,f")
	back(ids[0])
	back(Below)
	wants(Below, "a,b")
	if _, err := reg.Rollback("shop", IntentHead); !fault.Is(err, fault.Conflict) {
		t.Errorf("rolling back beyond the built-in head: %v", err)
	}
	activate(ids[2])
	activate(Below)
	wants(Below, "a,b")
	reg = opened(t, rt, src, dir)
	wants(Below, "a,b")
	if data, err := reg.Beside("shop", IntentHead, ids[0], "report.json"); err != nil || string(data) != "{}" {
		t.Errorf("the report kept beside: %q, %v", data, err)
	}
	for _, id := range []string{"gone-1", "../x", "", "active"} {
		if err := reg.Activate("shop", IntentHead, id); !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid) {
			t.Errorf("activating %q: %v", id, err)
		}
	}
	if c, err := reg.Version("shop", IntentHead, Below); err != nil || c.Labels()[0] != "a" {
		t.Errorf("the built-in head: %v, %v", c, err)
	}
	if c, err := reg.Version("shop", IntentHead, ids[2]); err != nil || c.Labels()[0] != "g" {
		t.Errorf("a version: %v, %v", c, err)
	}
}

// What one process marks, another that runs picks up.
func TestRefresh(t *testing.T) {
	rt := environment(t)
	src, dir := source(t), filepath.Join(t.TempDir(), "heads")
	serving, trainer := opened(t, rt, src, dir), opened(t, rt, src, dir)
	m, r := trained(t, "c", "d")
	id, err := trainer.Add("", m, r, aboutIntent)
	if err != nil {
		t.Fatal(err)
	}
	wants := func(labels string) {
		t.Helper()
		if err := serving.Refresh(); err != nil {
			t.Fatal(err)
		}
		if got := activeLabels(t, serving, "shop"); got != labels {
			t.Errorf("labels %s, want %s", got, labels)
		}
	}
	wants("c,d")
	if _, err := trainer.Rollback("", IntentHead); err != nil {
		t.Fatal(err)
	}
	wants("a,b")
	if err := trainer.Activate("", IntentHead, id); err != nil {
		t.Fatal(err)
	}
	wants("c,d")
	if err := os.WriteFile(filepath.Join(dir, shared, IntentHead, activeFile), []byte("gone-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := serving.Refresh(); !fault.Is(err, fault.NotFound) {
		t.Errorf("a mark of nothing: %v", err)
	}
	if got := activeLabels(t, serving, "shop"); got != "c,d" {
		t.Errorf("a broken mark changed the head to %s", got)
	}
}

func TestOldVersionsAreRemoved(t *testing.T) {
	rt := environment(t)
	reg := opened(t, rt, source(t), filepath.Join(t.TempDir(), "heads"))
	reg.kept = 4
	m, r := trained(t, "c", "d")
	first := ""
	for i := range 9 {
		m.bias[0] = float32(i)
		id, err := reg.Keep("", m, r, aboutIntent)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = id
			if err := reg.Activate("", IntentHead, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	list, err := reg.Versions("", IntentHead)
	if err != nil || len(list) > 5 {
		t.Errorf("%d versions are kept, %v", len(list), err)
	}
	if _, err := reg.Version("", IntentHead, first); err != nil {
		t.Errorf("the active version went: %v", err)
	}
}

// echo is an encoder of one vector.
type echo struct{}

func (echo) Encode(context.Context, string) (nlu.Features, error) {
	v := []float32{1, 0, 0, 0, 0, 0, 0, 0}
	return nlu.Features{Embedding: v, State: v, EncoderID: "enc-1"}, nil
}
func (e echo) EncodePair(ctx context.Context, text, _ string) (nlu.Features, error) {
	return e.Encode(ctx, text)
}
func (echo) ID() string          { return "enc-1" }
func (echo) Dimension() int      { return 8 }
func (echo) StateDimension() int { return 8 }

type noWords struct{}

func (noWords) Segment(string) []nlu.Token             { return nil }
func (noWords) Extract(string, time.Time) []nlu.Entity { return nil }

// resident is the memory that the process holds, in bytes.
func resident(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc on this system")
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// Messages are analysed while heads are activated and rolled back 200 times:
// none fails, and neither sessions nor memory pile up.
func TestSwapsDropNothingAndKeepNothing(t *testing.T) {
	rt := environment(t)
	src, err := models.NewSource(modelsWith(t, "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	reg := opened(t, rt, src, filepath.Join(t.TempDir(), "heads"))
	p, err := nlu.NewPipeline(nlu.Parts{Encoder: echo{}, Segmenter: noWords{}, Entities: noWords{}, Heads: reg.Heads})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, labels := range [][]string{{"x", "y", "z"}, {"退货", "换货"}} {
		m, r := trained(t, labels...)
		id, err := reg.Keep("shop", m, r, aboutIntent)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	var (
		wg   sync.WaitGroup
		read atomic.Int64
		done = make(chan struct{})
	)
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := p.Analyze(t.Context(), nlu.Request{Text: "我要退货", Bot: "shop"}); err != nil {
					t.Error(err)
					return
				}
				read.Add(1)
				time.Sleep(300 * time.Microsecond) // readers need not starve the writer
			}
		})
	}
	swap := func(n int) {
		for i := range n {
			if err := reg.Activate("shop", IntentHead, ids[i%2]); err != nil {
				t.Fatal(err)
			}
			if i%10 == 9 {
				if _, err := reg.Rollback("shop", IntentHead); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	swap(40) // caches and arenas fill
	before := resident(t)
	swap(200)
	close(done)
	wg.Wait()
	runtime.GC()
	for deadline := time.Now().Add(5 * time.Second); rt.sessions() > 3 && time.Now().Before(deadline); runtime.GC() {
		time.Sleep(10 * time.Millisecond)
	}
	if n := rt.sessions(); n > 3 { // intent and sentiment built in, and the active one
		t.Errorf("%d sessions are open after the swaps", n)
	}
	if grown := resident(t) - before; grown > 24<<20 {
		t.Errorf("memory grew by %d MB over 200 swaps", grown>>20)
	}
	if read.Load() == 0 {
		t.Error("no message was read")
	}
}

// modelsWith is a models folder with an intent head of those labels and a
// sentiment head that the analyzer takes.
func modelsWith(t *testing.T, labels ...string) string {
	dir := t.TempDir()
	put(t, dir, IntentHead, "enc-1", nil, labels...)
	put(t, dir, SentimentHead, "enc-1", nil, nlu.Negative, nlu.Positive)
	return dir
}

func (o *ORT) sessions() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.open)
}
