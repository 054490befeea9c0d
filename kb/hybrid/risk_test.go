package hybrid_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

func drawJudged(r *rapid.T) []hybrid.Judged {
	out := make([]hybrid.Judged, rapid.IntRange(0, 60).Draw(r, "n"))
	for i := range out {
		out[i] = hybrid.Judged{Score: float64(rapid.IntRange(0, 40).Draw(r, "score")) / 40, Right: rapid.Bool().Draw(r, "right")}
	}
	return out
}

// The curve is what counting at each threshold gives, and the point that a
// share chooses is the lowest that keeps to it.
func TestRiskCurve(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		firsts := drawJudged(r)
		answerable := 0
		for _, f := range firsts {
			if f.Right {
				answerable++
			}
		}
		risk := hybrid.NewRisk(firsts, len(firsts), answerable)
		for _, p := range risk.Curve() {
			n, wrong := 0, 0
			for _, f := range firsts {
				if f.Score >= p.Threshold-1e-9 {
					n++
					if !f.Right {
						wrong++
					}
				}
			}
			if p.Answered != n || math.Abs(p.WrongShare-float64(wrong)/float64(n)) > 1e-12 || math.Abs(p.Bound-float64(wrong+1)/float64(n+1)) > 1e-12 {
				r.Fatalf("%+v, counted %d of which %d wrong", p, n, wrong)
			}
		}
		share := rapid.Float64Range(0.01, 0.9).Draw(r, "share")
		got, ok := risk.At(share)
		found := false
		for _, p := range risk.Curve() {
			if p.Bound > share {
				continue
			}
			found = true
			if p.Threshold < got.Threshold {
				r.Fatalf("%v keeps to %v too, chosen is %v", p, share, got)
			}
		}
		if ok != found || ok && got.Bound > share {
			r.Fatalf("chosen %v %v, there is one: %v", got, ok, found)
		}
	})
}

func TestForRisk(t *testing.T) {
	m := model(plain)
	var firsts []hybrid.Judged
	for i := range 100 { // the lower, the more wrong
		firsts = append(firsts, hybrid.Judged{Score: 0.99 - 0.005*float64(i), Right: i < 50 || i%2 == 0})
	}
	m.Risk = hybrid.NewRisk(firsts, 100, 75)
	strict, loose := m.ForRisk(0.03), m.ForRisk(0.2)
	if !(strict.Answer > loose.Answer && loose.Answer > m.Thresholds.Suggest) || strict.Suggest != m.Thresholds.Suggest {
		t.Errorf("strict %+v, loose %+v", strict, loose)
	}
	if none := m.ForRisk(0.001); none.Answer != 0.985 {
		t.Errorf("a share that nothing keeps to: %+v", none)
	}
	for _, share := range []float64{0, -1, 1, math.NaN()} {
		if got := m.ForRisk(share); got != m.Thresholds {
			t.Errorf("%v: %+v", share, got)
		}
	}
	if all := m.ForRisk(0.9); all.Answer < all.Suggest {
		t.Errorf("crossed: %+v", all)
	}
	m.Risk = hybrid.Risk{}
	if got := m.ForRisk(0.05); got != m.Thresholds {
		t.Errorf("a model without a curve: %+v", got)
	}
}

// Bands follow the bot's risk and an article's own threshold.
func TestBandsOfABot(t *testing.T) {
	m := model(plain)
	var firsts []hybrid.Judged
	for i := range 200 {
		firsts = append(firsts, hybrid.Judged{Score: 0.9, Right: i < 198})
	}
	m.Risk = hybrid.NewRisk(firsts, 200, 200)
	shares := map[string]float64{"careful": 0.001, "usual": 0.05}
	x, err := hybrid.New(m, hybrid.Options{
		Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: "test-encoder", Risk: func(bot string) float64 { return shares[bot] },
	})
	if err != nil {
		t.Fatal(err)
	}
	for bot, want := range map[string]float64{"careful": 0.985, "usual": 0.9, "other": 0.8} {
		if got := x.Thresholds(bot); got.Answer != want {
			t.Errorf("%s answers at %v, want %v", bot, got.Answer, want)
		}
	}
	lenient := kb.Article{ID: "easy", Question: "运费怎么算", Answer: "满 59 元包邮", AnswerAt: 0.05}
	put(t, x, "careful", lenient, kb.Article{ID: "invoice", Question: "怎么开发票", Answer: "签收后申请"})
	q := phraser.Query("careful", "运费是怎么算的呀")
	q.Explain = true
	hits, err := x.Search(t.Context(), q)
	if err != nil || hits[0].Article.ID != "easy" || hits[0].Band != kb.Answer || hits[0].Why.AnswerAt != 0.05 {
		t.Errorf("%+v, %v", hits[0], err)
	}
}

func BenchmarkForRisk(b *testing.B) {
	m := model(plain)
	var firsts []hybrid.Judged
	for i := range 3000 {
		firsts = append(firsts, hybrid.Judged{Score: float64(i%900) / 1000, Right: i%7 > 0})
	}
	m.Risk = hybrid.NewRisk(firsts, 3000, 2800)
	for b.Loop() {
		m.ForRisk(0.05)
	}
}
