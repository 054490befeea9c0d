package eval

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func close(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// The figures of training-data/pipeline/evaluate.py on the same rows.
func TestMeasuresAgreeWithThePipeline(t *testing.T) {
	preds := []Prediction{
		{"a", "b", "a", 0.9}, {"a", "b", "b", 0.8}, {"a", "", "c", 0.3}, {"b", "", "b", 0.55}, {"b", "a", "c", 0.5}, {"c", "", "c", 1},
	}
	if got := Strict(preds); !close(got, 0.5) {
		t.Errorf("strict %v", got)
	}
	if got := Soft(preds); !close(got, 4.0/6) {
		t.Errorf("soft %v", got)
	}
	if got := MacroF1(preds); !close(got, (2*1/(3.0+1)+2*1/(2.0+2)+2*1/(1.0+3))/3) {
		t.Errorf("macro F1 %v", got)
	}
	// Bins 13, 12, 4, 8, 7, 14 hold one each: Σ|confidence - right| / 6.
	if got := Reliable(preds).Error; !close(got, (0.1+0.8+0.3+0.45+0.5+0)/6) {
		t.Errorf("calibration error %v", got)
	}
	if got := AUC([]float64{0.1, 0.4, 0.4, 0.9}, []float64{0.4, 0.2}); !close(got, (0+1.5+1.5+2)/8) {
		t.Errorf("AUC %v", got)
	}
	if got := Quantile([]float64{4, 1, 2, 3}, 0.95); !close(got, 3.85) {
		t.Errorf("quantile %v", got)
	}
}

func TestMeasuresOfNothing(t *testing.T) {
	if Strict(nil) != 0 || Soft(nil) != 0 || MacroF1(nil) != 0 || Reliable(nil).Error != 0 {
		t.Error("nothing has figures")
	}
	if !math.IsNaN(AUC(nil, []float64{1})) || !math.IsNaN(AUC([]float64{1}, nil)) || !math.IsNaN(Quantile(nil, 0.5)) {
		t.Error("what is not defined has a value")
	}
}

func TestReliabilityIsConsistent(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var preds []Prediction
		for range rapid.IntRange(1, 50).Draw(r, "n") {
			preds = append(preds, Prediction{Truth: "a", Label: rapid.SampledFrom([]string{"a", "b"}).Draw(r, "label"), Confidence: rapid.Float64Range(0, 1).Draw(r, "p")})
		}
		rel := Reliable(preds)
		n, right := 0, 0.0
		for i, b := range rel.Bins {
			n += b.Count
			right += b.Right * float64(b.Count)
			if b.Count > 0 && (b.Confidence < float64(i)/Bins-1e-9 || b.Confidence > float64(i+1)/Bins+1e-9) {
				r.Fatalf("bin %d has the mean confidence %v", i, b.Confidence)
			}
		}
		if n != len(preds) || !close(right/float64(n), Strict(preds)) || rel.Error < 0 || rel.Error > 1 {
			r.Fatalf("%d of %d in bins, right %v, error %v", n, len(preds), right, rel.Error)
		}
	})
}

func TestAUCIsSymmetric(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		scores := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 9), func(i int) float64 { return float64(i) }), 1, 20)
		a, b := scores.Draw(r, "a"), scores.Draw(r, "b")
		if !close(AUC(a, b)+AUC(b, a), 1) {
			r.Fatalf("%v and %v", AUC(a, b), AUC(b, a))
		}
	})
}

func TestBetween(t *testing.T) {
	for _, c := range []struct {
		p, q, confidence float64
		label            string
	}{{0.2, 0.1, 2.0 / 3, "x"}, {0.1, 0.4, 0.8, "y"}, {0.3, 0.3, 0.5, "x"}, {0, 0, 0.5, "x"}} {
		if got := between("x", "y", c.p, c.q, "x"); got.Label != c.label || !close(got.Confidence, c.confidence) {
			t.Errorf("between %v and %v: %+v", c.p, c.q, got)
		}
	}
}

// A file of any bytes is rows or an error.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"text":"a","intent":"x","sentiment":"neutral","prev":null}`+"\n\n\ufeff{}"), false)
	f.Add(zipped(f, []byte(`{"text":"a"}`)), true)
	f.Add([]byte("\x1f\x8b\x08cut"), true)
	f.Add([]byte(`{"turns":[{"role":1}]}`), false)
	f.Fuzz(func(t *testing.T, data []byte, gz bool) {
		rows, err := decode(strings.NewReader(string(data)), gz, func(Message) error { return nil })
		if err != nil && rows != nil && len(rows) > len(data) {
			t.Fatalf("%d rows of %d bytes", len(rows), len(data))
		}
		for _, r := range rows {
			if len(r.Text) > 3*len(data) && !gz {
				t.Fatalf("a text of %d bytes from %d", len(r.Text), len(data))
			}
		}
	})
}

func BenchmarkReliable(b *testing.B) {
	preds := make([]Prediction, 1000)
	for i := range preds {
		preds[i] = Prediction{Truth: "a", Label: "a", Confidence: float64(i) / 1000}
	}
	for b.Loop() {
		Reliable(preds)
	}
}
