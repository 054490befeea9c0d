package learn

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
)

func TestSubset(t *testing.T) {
	for _, c := range []struct {
		n      int
		except []int
		want   uint64
	}{{3, nil, 0b111}, {3, []int{1}, 0b101}, {3, []int{0, 2, 0}, 0b010}, {1, []int{0}, 0}, {32, nil, 1<<32 - 1}} {
		if got := subset(c.n, c.except...); got != c.want {
			t.Errorf("%d sets without %v: %b, want %b", c.n, c.except, got, c.want)
		}
	}
}

// twoShops are sets whose messages their own words do not find.
func twoShops(t *testing.T, opts Options) *fitter {
	t.Helper()
	opts, err := opts.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	var sets []eval.Set
	for _, name := range []string{"甲", "乙"} {
		sets = append(sets, eval.Set{
			Name: name,
			Articles: []kb.Article{
				{ID: "1", Question: name + "店发货时效", Similar: []string{name + "店何时发货"}, Answer: "48 小时"},
				{ID: "2", Question: name + "店退款进度", Similar: []string{name + "店退款查询"}, Answer: "3 天"},
				{ID: "3", Question: name + "店只有一种说法", Answer: ""},
			},
			Questions: []eval.Question{
				{Text: name + "啥点寄", Right: []string{"1"}}, {Text: name + "钱呢", Right: []string{"2"}}, {Text: "哈喽" + name},
			},
		})
	}
	f := &fitter{opts: opts}
	if err := f.load(t.Context(), &kbtest.Phraser{}, sets); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestPairs(t *testing.T) {
	p := twoShops(t, Options{}).trainer.sets[0]
	if p.n() != 4 || p.messages() != 2 || len(p.owner) != 7 {
		t.Fatalf("%d questions, %d messages, %d texts", p.n(), p.messages(), len(p.owner))
	}
	// The wording asked as a question is its own text, and hidden.
	for i, self := range p.self {
		if self < 0 {
			continue
		}
		if p.owner[self] != p.right[i][0] {
			t.Errorf("question %d is text %d of article %d, not of %v", i, self, p.owner[self], p.right[i])
		}
		for j := range p.dim {
			if p.questions[i*p.dim+j] != p.texts[self*p.dim+j] {
				t.Fatalf("question %d is not the text %d", i, self)
			}
		}
	}
	if only := twoShops(t, Options{Adapter: AdapterOptions{SkipWordings: true}}).trainer.sets[0]; only.n() != 2 {
		t.Errorf("without wordings %d questions", only.n())
	}
}

func TestSamples(t *testing.T) {
	f := twoShops(t, Options{})
	samples, err := f.corpora[0].samples(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var count [kinds]int
	none := 0
	for _, s := range samples {
		count[s.kind]++
		if want := [kinds]float64{ofMessage: 1, ofFollowUp: 1, ofStray: 0.5, ofWording: 0.5, ofEcho: 0.3}[s.kind]; s.weight != want && !s.unanswerable {
			t.Errorf("kind %d has weight %v", s.kind, s.weight)
		}
		if s.unanswerable {
			none++
			if s.weight != 3 || s.hasRight() {
				t.Errorf("a message without an answer: %+v", s)
			}
			continue
		}
		if !s.hasRight() {
			t.Errorf("a question of kind %d has no right candidate", s.kind)
		}
		for _, row := range s.rows {
			if s.kind == ofWording && row[hybrid.Cosine] > 0.999 {
				t.Error("a wording is compared with itself")
			}
		}
	}
	if count != [kinds]int{ofMessage: 3, ofWording: 2, ofEcho: 5} || none != 1 {
		t.Errorf("messages, wordings, echoes %v, %d without an answer", count, none)
	}
}

// joiner counts what it joins.
type joiner struct {
	*kbtest.Phraser
	joined []string
}

func (j *joiner) Join(ctx context.Context, before, query string) (kb.Phrase, error) {
	j.joined = append(j.joined, before+"+"+query)
	return j.Phrase(ctx, before+query)
}

// Follow-ups are asked after their topic, and messages that may follow
// something once more after a topic of chance.
func TestFollowUpSamples(t *testing.T) {
	opts, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	j := &joiner{Phraser: &kbtest.Phraser{}}
	opts.Context = j
	set := eval.Set{
		Name: "shop",
		Articles: []kb.Article{
			{ID: "return", Question: "如何退货", Answer: "七天内"}, {ID: "fee", Question: "退货的运费谁出", Answer: "无理由退货由买家出"},
		},
		Questions: []eval.Question{
			{Text: "那运费呢", Right: []string{"fee"}, Topic: "return"},
			{Text: "怎么退", Right: []string{"return"}},
			{Text: "我上周买的那件衣服现在还能不能退掉呢请问", Right: []string{"return"}},
		},
	}
	c, err := newCorpus(t.Context(), j.Phraser, set, opts)
	if err != nil {
		t.Fatal(err)
	}
	samples, err := c.samples(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var count [kinds]int
	for _, s := range samples {
		count[s.kind]++
		if (s.kind == ofFollowUp || s.kind == ofStray) != s.followed || s.followed != (s.none[hybrid.Follows] == 1) {
			t.Errorf("kind %d: followed %v, feature %v", s.kind, s.followed, s.none[hybrid.Follows])
		}
	}
	if count != [kinds]int{ofFollowUp: 1, ofMessage: 2, ofStray: 1, ofEcho: 2} {
		t.Errorf("kinds %v", count)
	}
	if len(j.joined) != 2 || j.joined[0] != "如何退货+那运费呢" || !strings.HasSuffix(j.joined[1], "+怎么退") {
		t.Errorf("joined %q", j.joined)
	}
	if again, err := c.samples(t.Context(), nil); err != nil || &again[0] != &samples[0] {
		t.Errorf("the samples were made again, %v", err)
	}
	if p := c.pairs(); p.messages() != 2 {
		t.Errorf("the adapter learns from %d messages", p.messages())
	}
}

func TestAdaptersAreTrainedOnceForASubset(t *testing.T) {
	f := twoShops(t, Options{Adapter: AdapterOptions{Checkpoints: []int{3}}})
	f.trainer.steps = 3
	a, err := f.trainer.adapter(t.Context(), subset(2))
	if err != nil || a == nil {
		t.Fatal(a, err)
	}
	again, err := f.trainer.adapter(t.Context(), subset(2))
	if err != nil || again != a {
		t.Error("the adapter of the same sets was trained again")
	}
	other, err := f.trainer.adapter(t.Context(), subset(2, 0))
	if err != nil || other == a {
		t.Error("the adapter of other sets is the same one")
	}
	none, err := f.trainer.adapter(t.Context(), subset(2, 0, 1))
	if err != nil || none != nil {
		t.Errorf("an adapter of no sets: %v, %v", none, err)
	}
}

func TestChooseFallsBackToNone(t *testing.T) {
	// A rate that destroys the embedding cannot pay.
	f := twoShops(t, Options{Adapter: AdapterOptions{Checkpoints: []int{1}, Rate: 1e-12}})
	if err := f.trainer.choose(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.trainer.steps != 0 {
		t.Errorf("an adapter that changes nothing was chosen: %d steps", f.trainer.steps)
	}
	// With no set but one to learn from and none to judge there is nothing to choose.
	f = twoShops(t, Options{})
	for _, p := range f.trainer.sets {
		p.right, p.self, p.questions = nil, nil, nil
	}
	var log []string
	f.trainer.opts.Log = func(format string, _ ...any) { log = append(log, format) }
	if err := f.trainer.choose(t.Context()); err != nil || f.trainer.steps != 0 || len(log) != 1 {
		t.Errorf("%v, %d steps, log %v", err, f.trainer.steps, log)
	}
}

func TestTrainingEndsWithTheContext(t *testing.T) {
	f := twoShops(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := trainAdapter(ctx, f.trainer.sets, f.opts.Adapter, 1, func(int, *hybrid.Adapter) error { return nil })
	if err == nil {
		t.Error("training went on")
	}
	stop := fault.New(fault.Internal, "enough")
	err = trainAdapter(t.Context(), f.trainer.sets, f.opts.Adapter, 1, func(int, *hybrid.Adapter) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("the error of keep is lost: %v", err)
	}
}

func TestDecayHoldsTheIdentity(t *testing.T) {
	f := twoShops(t, Options{})
	opts := f.opts.Adapter
	opts.Checkpoints, opts.Rate, opts.Decay = []int{200}, 0.002, 400
	err := trainAdapter(t.Context(), f.trainer.sets, opts, 1, func(_ int, a *hybrid.Adapter) error {
		e := kbtest.Embed("发货")
		turned, err := a.Apply(e)
		if err != nil {
			return err
		}
		same := 0.0
		for i := range e {
			same += float64(e[i]) * float64(turned[i])
		}
		if same < 0.999 {
			t.Errorf("under strong decay the adapter turns a vector to cosine %v", same)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTranspose(t *testing.T) {
	got := transpose([]float32{1, 2, 3, 4}, 2)
	for i, want := range []float32{1, 3, 2, 4} {
		if got[i] != want {
			t.Errorf("%v", got)
		}
	}
}

func TestThresholds(t *testing.T) {
	opts, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	r := Report{}
	for i := range 200 { // twenty wrong of two hundred, the wrong ones last
		r.firsts = append(r.firsts, hybrid.Judged{Score: 0.999 - 0.001*float64(i), Right: i < 100 || i%5 > 0})
	}
	r.asked, r.answerable = 200, 200
	th := r.thresholds(hybrid.NewRisk(r.firsts, r.asked, r.answerable), opts)
	// Of 190 answers 18 are wrong, and (18+1)/(190+1) is under a tenth; no longer list keeps to it.
	if math.Abs(th.Answer-0.81) > 1e-9 || th.Suggest != 0.12 || math.Abs(r.AnswerPrecision-172.0/190) > 1e-9 || r.AnswerShare != 0.86 {
		t.Errorf("%+v, precision %v, share %v", th, r.AnswerPrecision, r.AnswerShare)
	}
	hopeless := hybrid.NewRisk([]hybrid.Judged{{Score: 0.99, Right: false}}, 1, 1)
	if th := (&Report{}).thresholds(hopeless, opts); th.Answer != 0.98 {
		t.Errorf("nothing reaches the precision, the answer threshold is %v", th.Answer)
	}
	var low []hybrid.Judged
	for range 30 {
		low = append(low, hybrid.Judged{Score: 0.01, Right: true})
	}
	if th := (&Report{}).thresholds(hybrid.NewRisk(low, 30, 30), opts); th.Answer < th.Suggest {
		t.Errorf("the thresholds crossed: %+v", th)
	}
}

func TestReportTableNamesEverySet(t *testing.T) {
	r := Report{Steps: 7, Held: []Held{{Set: "甲"}, {Set: "乙"}}}
	var b strings.Builder
	if err := r.Table(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"7 steps", "甲", "乙", "top-1", "wordings"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
}

func TestMinimiseFindsTheBottom(t *testing.T) {
	x, err := minimise(2, func(x, g []float64) float64 {
		g[0], g[1] = 2*(x[0]-3), 20*(x[1]+1)
		return (x[0]-3)*(x[0]-3) + 10*(x[1]+1)*(x[1]+1)
	})
	if err != nil || math.Abs(x[0]-3) > 1e-4 || math.Abs(x[1]+1) > 1e-4 {
		t.Errorf("%v, %v", x, err)
	}
	if _, err := minimise(1, func(_, g []float64) float64 { g[0] = math.NaN(); return math.NaN() }); err == nil {
		t.Error("a function that is not a number has a minimum")
	}
}

func TestSoftplus(t *testing.T) {
	for z, want := range map[float64]float64{0: math.Ln2, 800: 800, -800: 0, 1: math.Log(1 + math.E)} {
		if got := softplus(z); math.Abs(got-want) > 1e-12 {
			t.Errorf("softplus(%v) = %v, want %v", z, got, want)
		}
	}
}
