package head

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
)

// put saves a head into a models directory, with thresholds.
func put(t *testing.T, dir, name, encoder string, thresholds map[string]float64, labels ...string) {
	t.Helper()
	l, r := trained(t, labels...)
	folder := filepath.Join(dir, models.HeadsDir, name)
	m, err := Save(folder, l, r, About{Name: name, Task: name, Encoder: encoder})
	if err != nil {
		t.Fatal(err)
	}
	m.Thresholds = thresholds
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, models.ManifestFile), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOptionalHeads(t *testing.T) {
	rt := environment(t)
	dir := t.TempDir()
	put(t, dir, IntentHead, "enc-1", map[string]float64{SegmentThreshold: .7}, "a", "out_of_scope")
	put(t, dir, SentimentHead, "enc-1", nil, "negative", "positive")
	put(t, dir, ContextHead, "enc-1", map[string]float64{FloorThreshold: .3, WeightThreshold: .4}, "a", "out_of_scope")
	put(t, dir, ScopeHead, "enc-1", map[string]float64{OutThreshold: .8, WeightThreshold: .9}, "in", "out")
	put(t, dir, RiskHead, "enc-other", nil, "calm", "risk")
	src, err := models.NewSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	trainedDir := filepath.Join(t.TempDir(), "heads")
	reg, err := OpenRegistry(rt, src, trainedDir, Space{"enc-1", 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	h, err := reg.Heads("shop")
	if err != nil {
		t.Fatal(err)
	}
	if h.Context == nil || h.Scope == nil || h.Risk != nil {
		t.Errorf("context %v, scope %v, risk of another encoder %v", h.Context, h.Scope, h.Risk)
	}
	want := nlu.Tuning{ContextFloor: .3, ContextWeight: .4, ScopeWeight: .9, ScopeThreshold: .8, SegmentFloor: .7}
	if diff := cmp.Diff(want, h.Tuning); diff != "" {
		t.Errorf("tuning (-want +got):\n%s", diff)
	}
	l, r := trained(t, "calm", "risk", "x")
	if _, err := reg.Add("shop", l, r, About{Name: RiskHead, Task: "risk", Encoder: "enc-1"}); err != nil {
		t.Fatal(err)
	}
	mine, err := reg.Heads("shop")
	if err != nil {
		t.Fatal(err)
	}
	others, err := reg.Heads("other")
	if err != nil {
		t.Fatal(err)
	}
	if mine.Risk == nil || others.Risk != nil {
		t.Errorf("a bot's own risk head: %v, another's: %v", mine.Risk, others.Risk)
	}
	if err := os.Remove(filepath.Join(dir, models.HeadsDir, ScopeHead, models.HeadFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRegistry(rt, src, trainedDir, Space{"enc-1", 8, 8}); err == nil {
		t.Error("a broken optional head was passed over")
	}
}

func BenchmarkHeads(b *testing.B) {
	r := &Registry{}
	r.active.Store(&map[headKey]*Classifier{{"", IntentHead}: {}, {"", SentimentHead}: {}, {"", ScopeHead}: {}})
	for b.Loop() {
		if _, err := r.Heads("shop"); err != nil {
			b.Fatal(err)
		}
	}
}
