package learn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/yingda/yingda/kb/hybrid"
)

// loss is what gradient differentiates, written down plainly.
func (p *pairs) loss(w []float32, temperature float64) float64 {
	total := 0.0
	for i, right := range p.right {
		q := make([]float64, p.dim)
		norm := 0.0
		for c := range p.dim {
			for r := range p.dim {
				q[c] += float64(p.questions[i*p.dim+r]) * float64(w[r*p.dim+c])
			}
			norm += q[c] * q[c]
		}
		all, good := 0.0, 0.0
		for j := range p.owner {
			if j == p.self[i] {
				continue
			}
			s := 0.0
			for c := range p.dim {
				s += q[c] / math.Sqrt(norm) * float64(p.texts[j*p.dim+c])
			}
			e := math.Exp(s / temperature)
			all += e
			for _, a := range right {
				if p.owner[j] == a {
					good += e
				}
			}
		}
		if good > 0 {
			total -= math.Log(good / all)
		}
	}
	return total / float64(p.n())
}

func TestGradientIsThatOfTheLoss(t *testing.T) {
	const dim = 6
	r := rand.New(rand.NewPCG(1, 2))
	unit := func() []float32 {
		v := make([]float32, dim)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		normalise(v)
		return v
	}
	p := &pairs{dim: dim, right: [][]int{{0}, {1, 2}, {2}, {3}}, self: []int{-1, -1, 4, 7}}
	for range p.right {
		p.questions = append(p.questions, unit()...)
	}
	for j := range 8 {
		p.texts = append(p.texts, unit()...)
		p.owner = append(p.owner, min(j/2, 3))
	}
	p.owner[7], p.owner[6] = 3, 2 // the question 3 is all that article 3 says
	w := identity(dim)
	for i := range w {
		w[i] += float32(r.NormFloat64()) * 0.1
	}
	const temperature = 0.3
	got := p.gradient(w, AdapterOptions{Batch: 100, Temperature: temperature}, r)
	for i := range w {
		const h = 1e-2
		old := w[i]
		w[i] = old + h
		up := p.loss(w, temperature)
		w[i] = old - h
		down := p.loss(w, temperature)
		w[i] = old
		if want := (up - down) / (2 * h); math.Abs(float64(got[i])-want) > 2e-3 {
			t.Errorf("value %d: gradient %v, numerically %v", i, got[i], want)
		}
	}
}

// draw makes samples whose right article follows the conditional logit with
// weights on the first two features.
func draw(r *rand.Rand, n int, a, b, none float64) []sample {
	out := make([]sample, n)
	for i := range out {
		s := sample{rows: make([]hybrid.Row, 8), right: make([]bool, 8), weight: 1}
		scores := make([]float64, 9)
		for j := range s.rows {
			s.rows[j][0], s.rows[j][1] = r.NormFloat64(), r.NormFloat64()
			scores[j] = a*s.rows[j][0] + b*s.rows[j][1]
		}
		scores[8] = none
		softmax(scores)
		pick, u := 8, r.Float64()
		for j, p := range scores {
			if u -= p; u < 0 {
				pick = j
				break
			}
		}
		if s.unanswerable = pick == 8; !s.unanswerable {
			s.right[pick] = true
		}
		out[i] = s
	}
	return out
}

func TestFitWeightsFindsTheTruth(t *testing.T) {
	samples := draw(rand.New(rand.NewPCG(3, 4)), 4000, 2, -1, 1.5)
	weights, none, err := fitWeights(samples, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	// Weights are of standardised features; the truth's scale is 1, its mean 0.
	a, b := weights[0].Weight/weights[0].Scale, weights[1].Weight/weights[1].Scale
	if math.Abs(a-2) > 0.15 || math.Abs(b+1) > 0.15 || math.Abs(none.Bias-1.5) > 0.2 {
		t.Errorf("weights %.3f and %.3f, none %.3f; want 2, -1, 1.5", a, b, none.Bias)
	}
	for _, w := range weights[2:] {
		if math.Abs(w.Weight) > 1e-6 {
			t.Errorf("a constant feature got weight %v", w.Weight)
		}
	}
}

func TestFitWeightsReadsTheQuery(t *testing.T) {
	// Bare queries are never answered, others always: the weight must say so.
	r := rand.New(rand.NewPCG(9, 9))
	samples := draw(r, 1000, 2, -1, 0)
	for i := range samples {
		if samples[i].unanswerable {
			samples[i].none[hybrid.Bare] = 1
		}
	}
	_, none, err := fitWeights(samples, 1e-4)
	if err != nil {
		t.Fatal(err)
	}
	if none.Weights[hybrid.Bare].Weight < 1 || math.Abs(none.Weights[hybrid.Short].Weight) > 1e-6 {
		t.Errorf("%+v", none)
	}
}

func TestCalibrationFindsTheTruth(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var all []judged
	for range 20000 {
		j := judged{logOdds: 3 * r.NormFloat64(), weight: 1}
		j.right = r.Float64() < 1/(1+math.Exp(-(0.5*j.logOdds-1)))
		all = append(all, j)
	}
	c, err := fitCalibration(all)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(c.Slope-0.5) > 0.03 || math.Abs(c.Bias-(-1)) > 0.1 {
		t.Errorf("%+v, want slope 0.5, bias -1", c)
	}
}

func TestWellCalibratedOddsStayAsTheyAre(t *testing.T) {
	samples := draw(rand.New(rand.NewPCG(7, 8)), 4000, 2, -1, 1.5)
	weights, none, err := fitWeights(samples, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	m := blank("e", nil)
	m.Weights, m.None = weights, none
	c, err := fitCalibration(judge(m, samples))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(c.Slope-1) > 0.1 || math.Abs(c.Bias) > 0.15 {
		t.Errorf("calibration of right odds: %+v", c)
	}
}

func TestStandardiseSurvivesConstantsAndNothing(t *testing.T) {
	rows, none := standardise(nil)
	if rows[0].Mean != 0 || rows[0].Scale != 1 || none.Weights[0].Scale != 1 {
		t.Errorf("of nothing: %+v, %+v", rows[0], none)
	}
	s := sample{rows: []hybrid.Row{{5}, {5}}}
	if rows, _ = standardise([]sample{s}); rows[0].Mean != 5 || rows[0].Scale != 1 {
		t.Errorf("of a constant: %+v", rows[0])
	}
}

func TestEcho(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	changed, shorter, longer := 0, 0, 0
	const wording = "积分怎么用，能抵多少钱？"
	for range 300 {
		e := echo(r, wording)
		if e == "" {
			t.Fatal("an echo is empty")
		}
		switch n, was := len([]rune(e)), len([]rune(wording)); {
		case n < was-1:
			shorter++
		case n > was-1:
			longer++
		}
		if e != wording {
			changed++
		}
	}
	if changed < 290 || shorter < 50 || longer < 50 {
		t.Errorf("of 300 echoes %d differ, %d are shorter, %d longer", changed, shorter, longer)
	}
	for _, short := range []string{"退", "？", "改地址"} {
		for range 20 {
			if echo(r, short) == "" {
				t.Fatalf("the echo of %q is empty", short)
			}
		}
	}
}

func BenchmarkAdapterStep(b *testing.B) {
	const dim, texts = 512, 440
	r := rand.New(rand.NewPCG(1, 1))
	p := &pairs{dim: dim}
	for i := range 1000 {
		v := make([]float32, dim)
		for j := range v {
			v[j] = float32(r.NormFloat64())
		}
		normalise(v)
		p.questions = append(p.questions, v...)
		p.right, p.self = append(p.right, []int{i % 110}), append(p.self, -1)
		if i < texts {
			p.texts = append(p.texts, v...)
			p.owner = append(p.owner, i/4)
		}
	}
	w := identity(dim)
	opts := AdapterOptions{Batch: 128, Temperature: 0.05}
	for b.Loop() {
		p.gradient(w, opts, r)
	}
}

// A clash with the query's entities does not speak for an article, whatever
// chance brings together.
func TestRareFeaturesSpeakOneWay(t *testing.T) {
	var samples []sample
	for i := range 40 {
		s := sample{rows: make([]hybrid.Row, 2), right: []bool{true, false}, weight: 1}
		s.rows[0][hybrid.Cosine], s.rows[1][hybrid.Cosine] = 0.8+0.001*float64(i), 0.3
		s.rows[0][hybrid.EntityClash] = float64(i % 2)
		s.rows[0][hybrid.EntityAgree] = float64(i % 2)
		samples = append(samples, s)
	}
	weights, _, err := fitWeights(samples, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	if w := weights[hybrid.EntityClash].Weight; w > 0.05 {
		t.Errorf("a clash has the weight %v", w)
	}
	if w := weights[hybrid.EntityAgree].Weight; w < 0.1 {
		t.Errorf("agreement has the weight %v", w)
	}
}
