package hybrid_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
)

func TestModelRoundTrip(t *testing.T) {
	m := model(plain)
	m.FittedOn = []string{"two shops"}
	m.Figures = []hybrid.Figure{{Name: "top1", Value: 0.4, On: "two shops"}}
	params, adapter, err := m.Encode()
	if err != nil || adapter != nil {
		t.Fatal(adapter, err)
	}
	back, err := hybrid.Decode(params, adapter)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(m, back, cmpopts.IgnoreFields(hybrid.Model{}, "Adapter")); d != "" {
		t.Error(d)
	}
}

func TestModelFaults(t *testing.T) {
	for name, change := range map[string]func(m *hybrid.Model){
		"format":         func(m *hybrid.Model) { m.Format = 0 },
		"encoder":        func(m *hybrid.Model) { m.Encoder = "" },
		"few weights":    func(m *hybrid.Model) { m.Weights = m.Weights[1:] },
		"order":          func(m *hybrid.Model) { m.Weights[0].Feature = "words" },
		"scale":          func(m *hybrid.Model) { m.Weights[3].Scale = 0 },
		"weight":         func(m *hybrid.Model) { m.Weights[3].Weight = math.NaN() },
		"slope":          func(m *hybrid.Model) { m.Calibration.Slope = -1 },
		"none":           func(m *hybrid.Model) { m.None.Bias = math.Inf(1) },
		"none's weights": func(m *hybrid.Model) { m.None.Weights = nil },
		"none's order":   func(m *hybrid.Model) { m.None.Weights[0].Feature = "short" },
		"suggest":        func(m *hybrid.Model) { m.Thresholds.Suggest = 0 },
		"crossed":        func(m *hybrid.Model) { m.Thresholds.Suggest = 0.95 },
		"answer above 1": func(m *hybrid.Model) { m.Thresholds.Answer = 1.5 },
		"exact":          func(m *hybrid.Model) { m.Exact = 0 },
		"prior":          func(m *hybrid.Model) { m.PriorWeight = 1.5 },
		"risk's lengths": func(m *hybrid.Model) { m.Risk = hybrid.Risk{Asked: 3, Scores: []float64{0.5}} },
		"risk's order": func(m *hybrid.Model) {
			m.Risk = hybrid.Risk{Asked: 9, Answerable: 9, Scores: []float64{0.5, 0.6}, Right: []int{1, 1}, Wrong: []int{0, 0}}
		},
		"risk's counts": func(m *hybrid.Model) {
			m.Risk = hybrid.Risk{Asked: 1, Answerable: 1, Scores: []float64{0.5}, Right: []int{1}, Wrong: []int{1}}
		},
	} {
		m := model(plain)
		change(&m)
		if _, _, err := m.Encode(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := model(plain)
	m.Format = hybrid.Format + 1
	if err := m.Validate(); !fault.Is(err, fault.Unsupported) {
		t.Errorf("a newer format: %v", err)
	}
	good, _, err := model(plain).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, params := range map[string]string{
		"empty":         "",
		"unknown field": strings.Replace(string(good), `"none"`, `"nones"`, 1),
		"more":          string(good) + "{}",
	} {
		if _, err := hybrid.Decode([]byte(params), nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A model of an earlier program has no weights for later features.
func TestFormerModel(t *testing.T) {
	former := `{"format":1,"encoder":"e","weights":[{"feature":"words","weight":2,"mean":1,"scale":3},{"feature":"cosine","weight":1,"scale":1}],
"none":{"bias":1,"weights":[]},"calibration":{"slope":1,"bias":0},"thresholds":{"answer":0.8,"suggest":0.2},"exact":0.99}`
	m, err := hybrid.Decode([]byte(former), nil)
	if err != nil {
		t.Fatal(err)
	}
	if w := m.Weights[hybrid.Words]; w.Weight != 2 || w.Mean != 1 || w.Scale != 3 {
		t.Errorf("%+v", w)
	}
	if w := m.Weights[hybrid.Cover]; w.Feature != "cover" || w.Weight != 0 || m.PriorWeight != 0 || m.Format != hybrid.Format {
		t.Errorf("%+v, prior %v, format %d", w, m.PriorWeight, m.Format)
	}
	for name, change := range map[string][2]string{"unknown": {`"cosine"`, `"sine"`}, "twice": {`"cosine"`, `"words"`}} {
		if _, err := hybrid.Decode([]byte(strings.Replace(former, change[0], change[1], 1)), nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBand(t *testing.T) {
	m := model(plain)
	for p, want := range map[float64]kb.Band{0: kb.Abstain, 0.199: kb.Abstain, 0.2: kb.Suggest, 0.799: kb.Suggest, 0.8: kb.Answer, 1: kb.Answer} {
		if got := m.Band(p); got != want {
			t.Errorf("%v is %s, want %s", p, got, want)
		}
	}
	if a, b := hybrid.Feature(-1).String(), hybrid.NoneFeature(99).String(); a != "unknown" || b != "unknown" {
		t.Errorf("features that are none: %q, %q", a, b)
	}
}

func TestAdapterFaults(t *testing.T) {
	if _, err := hybrid.NewAdapter(2, make([]float32, 3)); !fault.Is(err, fault.Invalid) {
		t.Errorf("three values for two dimensions: %v", err)
	}
	if _, err := hybrid.NewAdapter(1, []float32{float32(math.NaN())}); !fault.Is(err, fault.Invalid) {
		t.Errorf("NaN: %v", err)
	}
	a, err := hybrid.NewAdapter(2, []float32{0, 0, 0, 0})
	if err != nil || a.Dimension() != 2 {
		t.Fatal(err)
	}
	if v, err := a.Apply([]float32{1, 0}); err != nil || v[0] != 0 {
		t.Errorf("a map to nothing: %v, %v", v, err)
	}
}

func FuzzDecodeAdapter(f *testing.F) {
	a, err := hybrid.NewAdapter(2, []float32{1, 0, 0.5, 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(a.Encode())
	f.Add([]byte("YDADAPT1\x00\x00\x00\x00"))
	f.Add([]byte("YDADAPT1\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := hybrid.DecodeAdapter(data)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v", err)
			}
			return
		}
		if !bytes.Equal(a.Encode(), data) {
			t.Fatal("decoding and encoding changes the file")
		}
	})
}

func FuzzDecode(f *testing.F) {
	good, _, err := model(plain).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"format":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := hybrid.Decode(data, nil)
		if err != nil {
			return
		}
		p := m.Judge(hybrid.Pool{Candidates: make([]hybrid.Candidate, 3)})
		for _, x := range p {
			if math.IsNaN(x) || x < 0 || x > 1 {
				t.Fatalf("a valid model judges %v", p)
			}
		}
	})
}
