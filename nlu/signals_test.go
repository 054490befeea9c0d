package nlu

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

// reader is a head that answers by the text it is given; what it does not know
// is spread evenly.
type reader struct {
	labels []string
	knows  map[string]map[string]float64
}

func (r reader) Labels() []string { return r.labels }

func (r reader) Probabilities(dst []float64, in Input) ([]float64, error) {
	known := r.knows[in.Text]
	rest, open := 1.0, float64(len(r.labels)-len(known))
	for _, p := range known {
		rest -= p
	}
	for _, l := range r.labels {
		p, ok := known[l]
		if !ok {
			p = rest / open
		}
		dst = append(dst, p)
	}
	return dst, nil
}

// paired is an encoder that remembers what it read, pairs as "text<prev".
type paired struct {
	fakeEncoder
	read []string
}

func (p *paired) Encode(ctx context.Context, text string) (Features, error) {
	p.read = append(p.read, text)
	return p.fakeEncoder.Encode(ctx, text)
}

func (p *paired) EncodePair(ctx context.Context, text, prev string) (Features, error) {
	p.read = append(p.read, text+"<"+prev)
	return p.fakeEncoder.Encode(ctx, text)
}

var intentLabels = []string{"affirm", "deny", "inform", "invoice_request", OutOfScope, "refund_status", "return_policy", "ship_time"}

// heads are an intent head that knows some texts, and nothing else.
func headsOf(knows map[string]map[string]float64) Heads {
	return Heads{
		Intent:    reader{intentLabels, knows},
		Sentiment: fakeHead{[]string{Negative, Neutral, Positive}, []float64{.1, .8, .1}},
	}
}

func analyze(t *testing.T, enc Encoder, h Heads, req Request) Result {
	t.Helper()
	p, err := NewPipeline(Parts{Encoder: enc, Segmenter: words{}, Entities: noEntities{}, Heads: func(string) (Heads, error) { return h, nil }})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Analyze(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, in := range res.Intents {
		sum += in.Confidence
		if i > 1 && in.Confidence > res.Intents[i-1].Confidence {
			t.Errorf("%s: intents are not best first: %v", req.Text, res.Intents)
		}
	}
	if sum > 1+1e-9 {
		t.Errorf("%s: the intents' probabilities sum to %v", req.Text, sum)
	}
	return res
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestContext(t *testing.T) {
	long := "我想问一下这个到底要等到什么时候"
	h := headsOf(map[string]map[string]float64{
		"那多久":      {"ship_time": .9},
		"好的我知道了呀":  {"affirm": .96},
		long:       {"ship_time": .8},
		"这个事情怎么处理": {"ship_time": .4},
	})
	pair := map[string]float64{"refund_status": .9}
	h.Context = reader{intentLabels, map[string]map[string]float64{"那多久": pair, "好的我知道了呀": pair, long: pair, "这个事情怎么处理": pair}}
	for _, tt := range []struct {
		name, text, prev, want string
		confidence             float64
		reads                  int
	}{
		{"short and sure: half and half", "那多久", "退款已提交银行", "refund_status", .45 + .1/7, 2},
		{"affirms and is sure: half and half", "好的我知道了呀", "退款已提交银行", "affirm", .48 + .1/7, 2},
		{"unsure alone: the pair rules", "这个事情怎么处理", "退款已提交银行", "refund_status", .9, 2},
		{"plain: half and half", long, "退款已提交银行", "refund_status", .45 + .1/7, 2},
		{"nothing before", "那多久", "", "ship_time", .9, 1},
		{"blank before", "那多久", " \u3000\n", "ship_time", .9, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			enc := &paired{}
			res := analyze(t, enc, h, Request{Text: tt.text, Prev: tt.prev})
			if res.Intent.Name != tt.want || math.Abs(res.Intent.Confidence-tt.confidence) > .01 {
				t.Errorf("%v, want %s at %v", res.Intent, tt.want, tt.confidence)
			}
			if len(enc.read) != tt.reads || tt.reads == 2 && enc.read[1] != tt.text+"<"+tt.prev {
				t.Errorf("the encoder read %q", enc.read)
			}
		})
	}
	t.Run("weight of the pair", func(t *testing.T) {
		h := h
		h.Tuning.ContextWeight = .25
		if res := analyze(t, &paired{}, h, Request{Text: long, Prev: "x"}); res.Intent.Name != "ship_time" {
			t.Errorf("%v although the text alone weighs three quarters", res.Intents)
		}
	})
	t.Run("a taxonomy of its own is read alone", func(t *testing.T) {
		h := h
		h.Context = reader{labels: []string{"x", "y"}}
		enc := &paired{}
		if res := analyze(t, enc, h, Request{Text: "那多久", Prev: "x"}); res.Intent.Name != "ship_time" || len(enc.read) != 1 {
			t.Errorf("%v after %q", res.Intent, enc.read)
		}
	})
}

func TestExpectations(t *testing.T) {
	text := "浙江省杭州市西湖区文三路"
	h := headsOf(map[string]map[string]float64{text: {"return_policy": .45, "inform": .35, "affirm": .01}})
	for _, tt := range []struct {
		expect []string
		want   string
	}{
		{nil, "return_policy"}, {[]string{""}, "return_policy"}, {[]string{"address"}, "inform"}, {[]string{"inform"}, "inform"},
		{[]string{"affirm", "deny"}, "return_policy"},
	} {
		res := analyze(t, &paired{}, h, Request{Text: text, Expect: tt.expect})
		if res.Intent.Name != tt.want {
			t.Errorf("expecting %q: %v, want %s", tt.expect, res.Intents, tt.want)
		}
	}
	probs := []float64{.5, .25, .25}
	raise(probs, []string{"affirm", "deny", "wish"}, []string{"deny"})
	if diff := cmp.Diff([]float64{.5 / 1.5, .75 / 1.5, .25 / 1.5}, probs); diff != "" {
		t.Errorf("odds are not multiplied (-want +got):\n%s", diff)
	}
}

// TestScope: nonsense is nothing else with confidence, whatever the intent head believes.
func TestScope(t *testing.T) {
	h := headsOf(map[string]map[string]float64{
		"asdkjhqwe zxmcn": {"return_policy": .77, OutOfScope: .1},
		"帮我写一首关于春天的诗":     {"ship_time": .5, OutOfScope: .4},
		"怎么退货":            {"return_policy": .9, OutOfScope: .02},
		"在吗在吗":            {OutOfScope: .45},
		"YX202611180023":  {"inform": .5, OutOfScope: .3},
	})
	h.Scope = reader{[]string{"in", "out"}, map[string]map[string]float64{
		"asdkjhqwe zxmcn": {"out": .95}, "帮我写一首关于春天的诗": {"out": .9}, "怎么退货": {"out": .02}, "在吗在吗": {"out": .3}, "YX202611180023": {"out": .6},
	}}
	for _, tt := range []struct {
		text      string
		threshold float64
		expect    []string
		in        bool
		score     float64
	}{
		{"asdkjhqwe zxmcn", 0, nil, false, .75*.95 + .25*.1},
		{"帮我写一首关于春天的诗", 0, nil, false, .75*.9 + .25*.4},
		{"帮我写一首关于春天的诗", .9, nil, true, .75*.9 + .25*.4},
		{"怎么退货", 0, nil, true, .02},
		{"怎么退货", .01, nil, false, .02},
		{"在吗在吗", 0, nil, true, .75*.3 + .25*.45},
		{"YX202611180023", 0, nil, false, .75*.6 + .25*.3},
		{"YX202611180023", 0, []string{"number"}, true, .75/3 + .25*.3/2},
	} {
		h := h
		h.Tuning.ScopeThreshold = tt.threshold
		res := analyze(t, &paired{}, h, Request{Text: tt.text, Expect: tt.expect})
		if res.Scope == nil || res.Scope.In != tt.in || !near(res.Scope.Score, tt.score) && tt.expect == nil {
			t.Fatalf("%s at %v: scope %+v, want in %t with %v", tt.text, tt.threshold, res.Scope, tt.in, tt.score)
		}
		if tt.in {
			continue
		}
		if res.Intent.Name != OutOfScope || res.Intent.Confidence != res.Scope.Score || res.Intents[0] != res.Intent {
			t.Errorf("%s is out of scope, and its intent %v", tt.text, res.Intents)
		}
		for _, i := range res.Intents[1:] {
			if i.Confidence > 1-res.Scope.Score+1e-9 {
				t.Errorf("%s is out of scope, and yet %v", tt.text, i)
			}
		}
	}
	for name, change := range map[string]func(*Heads){
		"no scope head":            func(h *Heads) { h.Scope = nil },
		"a taxonomy that lacks it": func(h *Heads) { h.Intent = reader{labels: []string{"a", "b"}} },
	} {
		h := h
		change(&h)
		if res := analyze(t, &paired{}, h, Request{Text: "asdkjhqwe zxmcn"}); res.Scope != nil || res.Intent.Name == OutOfScope {
			t.Errorf("%s: scope %+v, intent %v", name, res.Scope, res.Intent)
		}
	}
	h.Intent = reader{intentLabels, map[string]map[string]float64{"天": {OutOfScope: 1}}}
	if res := analyze(t, &paired{}, h, Request{Text: "天"}); res.Scope.Score != 1 || res.Intent.Name != OutOfScope {
		t.Errorf("every other intent is impossible: %+v, %v", res.Scope, res.Intent)
	}
}

func TestEmotion(t *testing.T) {
	h := headsOf(nil)
	if res := analyze(t, &paired{}, h, Request{Text: "等了一周了"}); res.Emotion != nil {
		t.Errorf("an emotion without a head: %+v", res.Emotion)
	}
	h.Emotion = fakeHead{[]string{Calm, Anger, Urgency}, []float64{.2, .3, .5}}
	want := &Emotion{Label: Urgency, Score: .5, Scores: map[string]float64{Calm: .2, Anger: .3, Urgency: .5}}
	if diff := cmp.Diff(want, analyze(t, &paired{}, h, Request{Text: "等了一周了"}).Emotion); diff != "" {
		t.Errorf("emotion (-want +got):\n%s", diff)
	}
}

func TestRisk(t *testing.T) {
	h := headsOf(nil)
	p, err := NewPipeline(Parts{Encoder: &paired{}, Segmenter: words{}, Entities: noEntities{}, Heads: func(bot string) (Heads, error) {
		if bot == "broken" {
			return Heads{}, fault.New(fault.NotFound, "no such bot")
		}
		return h, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	turns := []Turn{{true, "快递呢"}, {false, "在路上"}, {true, "都一周了"}, {false, "请耐心"}, {true, "你们就会说这句"}, {false, "抱歉"}}
	if _, ok, err := p.Risk(t.Context(), "", turns); ok || err != nil {
		t.Errorf("a risk without a head: %t, %v", ok, err)
	}
	h.Risk = reader{[]string{"calm", RiskLabel}, map[string]map[string]float64{"你们就会说这句": {RiskLabel: .8}}}
	enc := &paired{}
	p.parts.Encoder = enc
	risk, ok, err := p.Risk(t.Context(), "", turns)
	if err != nil || !ok || risk != .8 {
		t.Errorf("risk %v, %t, %v", risk, ok, err)
	}
	if want := "你们就会说这句<问：快递呢 答：在路上 问：都一周了 答：请耐心 答：抱歉"; len(enc.read) != 1 || enc.read[0] != want {
		t.Errorf("the encoder read %q, want %q", enc.read, want)
	}
	for _, none := range [][]Turn{nil, {{false, "您好"}}, {{true, "  "}}} {
		if _, ok, err := p.Risk(t.Context(), "", none); ok || err != nil {
			t.Errorf("%v: %t, %v", none, ok, err)
		}
	}
	if _, _, err := p.Risk(t.Context(), "broken", turns); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v, want the heads' fault", err)
	}
	h.Risk = reader{labels: []string{"a", "b"}}
	if _, _, err := p.Risk(t.Context(), "", turns); !fault.Is(err, fault.Internal) {
		t.Errorf("%v, want an internal fault for a head without %q", err, RiskLabel)
	}
	enc.err = fault.New(fault.Busy, "full")
	if _, ok, err := p.Risk(t.Context(), "", turns); ok || !fault.Is(err, fault.Busy) {
		t.Errorf("%t, %v, want the encoder's fault", ok, err)
	}
}

// talker reads conversations as such.
type talker struct{ paired }

func (k *talker) EncodeTalk(ctx context.Context, text, before string) (Features, error) {
	k.read = append(k.read, "talk "+text+"<"+before)
	return k.fakeEncoder.Encode(ctx, text)
}

func TestRiskKeepsTheEnd(t *testing.T) {
	enc := &talker{}
	h := headsOf(nil)
	h.Risk = reader{labels: []string{"calm", RiskLabel}}
	p, err := NewPipeline(Parts{Encoder: enc, Segmenter: words{}, Entities: noEntities{}, Heads: func(string) (Heads, error) { return h, nil }})
	if err != nil {
		t.Fatal(err)
	}
	var turns []Turn
	for range 500 {
		turns = append(turns, Turn{true, "早"}, Turn{false, strings.Repeat("晚", 100)})
	}
	turns = append(turns, Turn{false, "最后"}, Turn{true, "问"})
	if _, ok, err := p.Risk(t.Context(), "", turns); !ok || err != nil {
		t.Fatal(ok, err)
	}
	read := enc.read[0]
	if !strings.HasPrefix(read, "talk 问<") || !strings.HasSuffix(read, "答：最后") || len([]rune(read)) > riskRunes+10 {
		t.Errorf("the encoder read %d code points: %.40s…", len([]rune(read)), read)
	}
}

func TestTuningDefaults(t *testing.T) {
	if got := (Tuning{}).orDefault(); got != DefaultTuning {
		t.Errorf("%+v", got)
	}
	if got := (Tuning{ScopeThreshold: .9}).orDefault(); got.ScopeThreshold != .9 || got.SegmentFloor != DefaultTuning.SegmentFloor {
		t.Errorf("%+v", got)
	}
}

// BenchmarkJudge is what the heads' answers cost beside the heads.
func BenchmarkJudge(b *testing.B) {
	labels, probs := make([]string, 61), make([]float64, 61)
	for i := range labels {
		labels[i], probs[i] = strings.Repeat("x", i+1), 1.0/61
	}
	labels[29] = OutOfScope
	head := fakeHead{labels, probs}
	h := Heads{Intent: head, Context: head, Scope: fakeHead{[]string{"in", ScopeOut}, []float64{.9, .1}}}
	in := Input{Text: "我昨天买的那件衣服怎么还没有发货呀"}
	for b.Loop() {
		if _, err := h.judge(in, &in, []string{"affirm", "deny"}); err != nil {
			b.Fatal(err)
		}
	}
}
