package head

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/fault"
)

// blobs are n points around one unit centre per label, with the given spread.
func blobs(n, cols int, labels []string, spread float64, seed uint64) (Matrix, []Example) {
	rng := rand.New(rand.NewPCG(seed, 1))
	centres := make([][]float64, len(labels))
	for i := range centres {
		centres[i] = unit(rng, cols)
	}
	m := Matrix{Rows: n, Cols: cols, Data: make([]float32, 0, n*cols)}
	ex := make([]Example, n)
	for i := range n {
		c := i % len(labels)
		noise := unit(rng, cols)
		for j := range cols {
			m.Data = append(m.Data, float32(centres[c][j]+spread*noise[j]))
		}
		ex[i] = Example{Text: fmt.Sprint(i), Label: labels[c]}
	}
	return m, ex
}

func textsOf(ex []Example) []string {
	out := make([]string, len(ex))
	for i, e := range ex {
		out[i] = e.Text
	}
	return out
}

func unit(rng *rand.Rand, n int) []float64 {
	v, norm := make([]float64, n), 0.0
	for i := range v {
		v[i] = rng.NormFloat64()
		norm += v[i] * v[i]
	}
	for i := range v {
		v[i] /= math.Sqrt(norm)
	}
	return v
}

func TestTrainLearnsSeparableLabels(t *testing.T) {
	x, ex := blobs(300, 16, []string{"退货", "换货", "查物流"}, 0.3, 7)
	var last float64
	model, report, err := Train(t.Context(), x, ex, Options{Progress: func(d float64) { last = d }})
	if err != nil {
		t.Fatal(err)
	}
	if report.Accuracy < 0.98 || report.MacroF1 < 0.98 {
		t.Errorf("out-of-fold accuracy %.3f, macro F1 %.3f on separable blobs", report.Accuracy, report.MacroF1)
	}
	if last != 1 {
		t.Errorf("progress ended at %v, want 1", last)
	}
	logits, err := model.Logits(t.Context(), nil, x, textsOf(ex))
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range ex {
		p := softmax(nil, logits.Row(i), 1)
		if got := model.Labels[argmax(p)]; got != e.Label {
			t.Fatalf("example %d read as %s, is %s", i, got, e.Label)
		}
	}
}

func TestTrainIsReproducible(t *testing.T) {
	x, ex := blobs(120, 8, []string{"a", "b"}, 0.9, 3)
	a, ra, err := Train(t.Context(), x, ex, Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	b, rb, _ := Train(t.Context(), x, ex, Options{Seed: 5})
	for i, w := range a.weights.Data {
		if w != b.weights.Data[i] {
			t.Fatalf("weight %d differs between two runs: %v, %v", i, w, b.weights.Data[i])
		}
	}
	if ra.LogLoss != rb.LogLoss {
		t.Errorf("log loss %v and %v", ra.LogLoss, rb.LogLoss)
	}
}

func TestTrainIsCalibrated(t *testing.T) {
	// Labels are drawn from known probabilities; a calibrated head reports them.
	x, ex := blobs(3000, 8, []string{"a", "b"}, 0.2, 11)
	rng := rand.New(rand.NewPCG(2, 2))
	for i := range ex {
		if rng.Float64() < 0.2 {
			ex[i].Label = map[string]string{"a": "b", "b": "a"}[ex[i].Label]
		}
	}
	_, report, err := Train(t.Context(), x, ex, Options{Landmarks: 50})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(report.Accuracy-0.8) > 0.03 || report.ECE > 0.045 { // 15 bins of 200 rows show about 0.02 by chance alone
		t.Errorf("accuracy %.3f (0.8 is possible), calibration error %.3f", report.Accuracy, report.ECE)
	}
}

func TestTrainRefuses(t *testing.T) {
	x, ex := blobs(20, 4, []string{"a", "b"}, 0.1, 1)
	few := append([]Example(nil), ex...)
	for i := range few {
		few[i].Label = "once" + few[i].Text
	}
	one := append([]Example(nil), ex...)
	for i := range one {
		one[i].Label = "a"
	}
	for name, c := range map[string]struct {
		x    Matrix
		ex   []Example
		says string
	}{
		"no label twice":   {x, few, "0 of 20 labels"},
		"one label":        {x, one, "two labels"},
		"a foreign matrix": {Matrix{Rows: 3, Cols: 4, Data: make([]float32, 12)}, ex, "matrix"},
	} {
		_, _, err := Train(t.Context(), c.x, c.ex, Options{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTrainStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x, ex := blobs(50, 4, []string{"a", "b"}, 0.1, 1)
	if _, _, err := Train(ctx, x, ex, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
}

func TestEvaluate(t *testing.T) {
	r := Evaluate([]Prediction{
		{Label: "a", Truth: "a", Confidence: 0.9, TruthProbability: 0.9},
		{Label: "a", Truth: "b", Alt: "a", Confidence: 0.6, TruthProbability: 0.3},
		{Label: "b", Truth: "b", Confidence: 0.8, TruthProbability: 0.8},
		{Label: "c", Truth: "a", Confidence: 0.5, TruthProbability: 0.1},
	})
	if r.Accuracy != 0.5 || r.Soft != 0.75 {
		t.Errorf("strict %v, soft %v", r.Accuracy, r.Soft)
	}
	// a: P 1/2, R 1/2; b: P 1, R 1/2; c has no support and does not count.
	if want := (0.5 + 2.0/3) / 2; math.Abs(r.MacroF1-want) > 1e-9 {
		t.Errorf("macro F1 %v, want %v", r.MacroF1, want)
	}
	// Bins: .9 right (gap .1), .6 wrong (.6), .8 right (.2), .5 wrong (.5).
	if want := (0.1 + 0.6 + 0.2 + 0.5) / 4; math.Abs(r.ECE-want) > 1e-9 {
		t.Errorf("calibration error %v, want %v", r.ECE, want)
	}
	if len(r.Confusions) != 2 || r.Confusions[0] != (Confusion{"a", "c", 1}) {
		t.Errorf("confusions %+v", r.Confusions)
	}
	if z := Evaluate(nil); z.Examples != 0 || z.Accuracy != 0 {
		t.Errorf("no predictions gave %+v", z)
	}
}

func BenchmarkTrain(b *testing.B) {
	labels := make([]string, 30)
	for i := range labels {
		labels[i] = fmt.Sprintf("intent%02d", i)
	}
	x, ex := blobs(3000, 512, labels, 1.2, 1)
	products, err := environment(b).Multiplier()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = products.Close() })
	for name, p := range map[string]Products{"onnxruntime": products, "pure": pure{}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := Train(b.Context(), x, ex, Options{Products: p}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
