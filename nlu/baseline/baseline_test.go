package baseline

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

var shop = []Example{
	{"什么时候发货", "ship"}, {"今天能发货吗", "ship"}, {"几天发货", "ship"}, {"还没发货", "ship"}, {"多久发货呀", "ship"}, {"发货了吗", "ship"},
	{"我要退货", "return"}, {"怎么退货", "return"}, {"退货地址", "return"}, {"可以退货吗", "return"}, {"退货要多久", "return"},
	{"开发票", "invoice"}, {"发票怎么开", "invoice"}, {"要电子发票", "invoice"}, {"发票抬头错了", "invoice"},
}

func best(t *testing.T, c nlu.Classifier, text string) (string, float64) {
	t.Helper()
	p, err := c.Probabilities(nil, nlu.Input{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	at, sum := 0, 0.0
	for i, v := range p {
		sum += v
		if v > p[at] {
			at = i
		}
	}
	if math.Abs(sum-1) > 1e-9 || len(p) != len(c.Labels()) {
		t.Fatalf("%q: probabilities %v of %v", text, p, c.Labels())
	}
	return c.Labels()[at], p[at]
}

func TestBayesTellsClassesApart(t *testing.T) {
	b, err := TrainBayes(shop)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"到底啥时候发货": "ship", "想退货了": "return", "发 票": "invoice", "ＦＡＰＩＡＯ发票": "invoice"} {
		if got, _ := best(t, b, text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	// What no example had says nothing: the prior is left.
	if got, p := best(t, b, "qqq"); got != "ship" || p > 0.6 {
		t.Errorf("an unknown text is %s at %.2f", got, p)
	}
}

// The scores are the definition, computed by hand for one gram.
func TestBayesScores(t *testing.T) {
	b := fit([]string{"x", "y"}, []Example{{"a", "x"}, {"a", "x"}, {"b", "y"}})
	// ^a$ has the grams ^, a, $, ^a, a$, ^a$; ^b$ shares two of its six.
	want := math.Log(2.1/3.2) + 6*math.Log(2.1/(12+0.1*11))
	if got := b.scores("a")[0]; len(b.postings) != 10 || math.Abs(got-want) > 1e-9 {
		t.Errorf("%d grams, score %v, want %v", len(b.postings), got, want)
	}
}

func TestTheTurnBeforeIsAnotherWord(t *testing.T) {
	var examples []Example
	for range 5 {
		examples = append(examples, Example{Join("多久", "您的退款已提交"), "refund"}, Example{Join("多久", "明天给您发货"), "ship"},
			Example{Join("发货多久", "您好"), "ship"}, Example{Join("退款多久", "您好"), "refund"})
	}
	b, err := TrainBayes(examples)
	if err != nil {
		t.Fatal(err)
	}
	for prev, want := range map[string]string{"退款今天提交": "refund", "后天发货": "ship"} {
		if got, _ := best(t, b, Join("多久", prev)); got != want {
			t.Errorf("after %q: %s, want %s", prev, got, want)
		}
	}
	if Join("a", "") != "a" {
		t.Error("an empty turn before changes the text")
	}
	seen := map[string]int{}
	grams(Join("好", "好"), func(g string) { seen[g]++ })
	if len(seen) != 12 || seen["好"] != 1 || seen[separator+"好"] != 1 {
		t.Errorf("grams %v", seen)
	}
}

// On held-out texts that contradict each other, confidence comes down to what
// is right.
func TestBayesIsCalibrated(t *testing.T) {
	var examples []Example
	for i := range 400 {
		label := "x"
		if i%10 >= 7 {
			label = "y"
		}
		examples = append(examples, Example{"这是一条说了很多话但是说不清楚的消息", label})
	}
	b, err := TrainBayes(examples)
	if err != nil {
		t.Fatal(err)
	}
	if got, p := best(t, b, examples[0].Text); got != "x" || math.Abs(p-0.7) > 0.1 {
		t.Errorf("%s at %.3f, want x at 0.7", got, p)
	}
}

func TestMajority(t *testing.T) {
	m, err := TrainMajority(shop)
	if err != nil {
		t.Fatal(err)
	}
	if got, p := best(t, m, "发票"); got != "ship" || math.Abs(p-6.0/15) > 1e-9 {
		t.Errorf("%s at %v", got, p)
	}
}

func TestTrainingFaults(t *testing.T) {
	for name, examples := range map[string][]Example{
		"none": nil, "one label": {{"a", "x"}, {"b", "x"}}, "no label": {{"a", "x"}, {"b", ""}},
	} {
		if _, err := TrainBayes(examples); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: Bayes says %v", name, err)
		}
		if _, err := TrainMajority(examples); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: Majority says %v", name, err)
		}
	}
}

// Any text, valid or not, has probabilities.
func TestBayesReadsAnything(t *testing.T) {
	b, err := TrainBayes(shop)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(r, "text")
		if _, p := best(t, b, text); math.IsNaN(p) {
			r.Fatalf("%q has no probability", text)
		}
	})
	best(t, b, strings.Repeat("退", 100_000))
}

func BenchmarkBayes(b *testing.B) {
	c, err := TrainBayes(shop)
	if err != nil {
		b.Fatal(err)
	}
	var buf []float64
	for b.Loop() {
		if buf, err = c.Probabilities(buf[:0], nlu.Input{Text: "请问什么时候可以给我发货呢"}); err != nil {
			b.Fatal(err)
		}
	}
}
