package hybrid_test

import (
	"math"
	"slices"
	"testing"

	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/models"
)

// The model that is built in can be read, belongs to the encoder that is built
// in, and its manifest tells the truth about it.
func TestShippedModel(t *testing.T) {
	source, err := models.NewSource("")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := source.Load("fusion/faq")
	if err != nil {
		t.Fatal(err)
	}
	encoder, err := source.Load(models.EncoderDir)
	if err != nil {
		t.Fatal(err)
	}
	params, err := folder.Read(models.ParametersFile)
	if err != nil {
		t.Fatal(err)
	}
	var adapter []byte // a model may have found none worth having
	if slices.ContainsFunc(folder.Manifest.Files, func(f models.File) bool { return f.Name == "adapter.bin" }) {
		if adapter, err = folder.Read("adapter.bin"); err != nil {
			t.Fatal(err)
		}
	}
	m, err := hybrid.Decode(params, adapter)
	if err != nil {
		t.Fatal(err)
	}
	if id := encoder.Manifest.ID; m.Encoder != id || folder.Manifest.Encoder != id {
		t.Errorf("fitted on %s and %s, shipped with %s", m.Encoder, folder.Manifest.Encoder, id)
	}
	if d := encoder.Manifest.Dimension; adapter != nil && m.Adapter.Dimension() != d || folder.Manifest.Dimension != d {
		t.Errorf("adapter of %d, manifest of %d, encoder of %d", m.Adapter.Dimension(), folder.Manifest.Dimension, d)
	}
	if th := folder.Manifest.Thresholds; th["answer"] != m.Thresholds.Answer || th["suggest"] != m.Thresholds.Suggest {
		t.Errorf("thresholds %v in the manifest, %+v in the model", th, m.Thresholds)
	}
	if len(folder.Manifest.Quality) != len(m.Figures) {
		t.Errorf("%d figures in the manifest, %d in the model", len(folder.Manifest.Quality), len(m.Figures))
	}
	for i, q := range folder.Manifest.Quality {
		if f := m.Figures[i]; f.Name != q.Name || math.Abs(f.Value-q.Value) > 1e-9 {
			t.Errorf("figure %d is %+v in the manifest, %+v in the model", i, q, f)
		}
	}
	pool := func(c []hybrid.Candidate) hybrid.Pool {
		p := hybrid.Pool{Candidates: c}
		for f, w := range m.None.Weights {
			p.None[f] = w.Mean
		}
		return p
	}
	// A perfect candidate among hopeless ones is answered, hopeless ones alone are not.
	good, bad := hybrid.Candidate{}, make([]hybrid.Candidate, 30)
	for f, w := range m.Weights {
		good.Row[f] = w.Mean + 4*w.Scale
		for i := range bad {
			bad[i].Row[f] = w.Mean
		}
	}
	if p := m.Judge(pool(append([]hybrid.Candidate{good}, bad...))); m.Band(p[0]) != "answer" {
		t.Errorf("a candidate far above the rest gets %v", p[0])
	}
	for _, p := range m.Judge(pool(bad)) {
		if m.Band(p) != "abstain" {
			t.Errorf("one of thirty equal candidates gets %v", p)
		}
	}
}
