package nlu

import (
	"context"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yingda/yingda/internal/fault"
)

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"退货还有发票怎么开", []string{"退货", "发票怎么开"}},
		{"这个怎么退，另外什么时候发货？", []string{"这个怎么退", "什么时候发货"}},
		{"查下快递 顺便问一下能开发票吗", []string{"查下快递", "能开发票吗"}},
		{"运费谁出？？？多久到账!!!", []string{"运费谁出", "多久到账"}},
		{"衣服和裤子一起退", []string{"衣服和裤子一起退"}},
		{"我想要退货和怎么开发票", []string{"我想要退货", "怎么开发票"}},
		{"会员价和满减冲突吗", []string{"会员价和满减冲突吗"}},
		{"这个还有货吗", []string{"这个还有货吗"}},
		{"快递还有多久到", []string{"快递还有多久到"}},
		{"iPhone 15 Pro 多少钱", []string{"iPhone 15 Pro", "多少钱"}},
		{"版本3.5怎么升级", []string{"版本3.5怎么升级"}},
		{"在，退货", []string{"在，退货"}},
		{"退货流程，嗯", []string{"退货流程，嗯"}},
		{"嗯", []string{"嗯"}},
		{"？？？ ！", nil},
		{"", nil},
		{"😀退货流程😀发票怎么开😀", []string{"退货流程", "发票怎么开"}},
		{"一个，二个，三个，四个，五个，六个，七个，八个", []string{"一个", "二个", "三个", "四个", "五个", "六个，七个，八个"}},
	} {
		var got []string
		runes := []rune(tt.text)
		for _, s := range split(runes) {
			got = append(got, string(runes[s.start:s.end]))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.text, diff)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"退货还有发票怎么开", "a, b。c 和", "还有还有还有", "x\u200b还有\ufeff", "，，，"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		runes := []rune(text)
		pieces := split(runes)
		if len(pieces) > maxPieces {
			t.Fatalf("%d pieces", len(pieces))
		}
		at := 0
		for _, s := range pieces {
			if s.start < at || s.end <= s.start || s.end > len(runes) || !speaks(runes[s.start]) || !speaks(runes[s.end-1]) {
				t.Fatalf("%q: piece %v after %d", text, s, at)
			}
			at = s.end
		}
		joined := slices.ContainsFunc(connectives, func(c connective) bool { return strings.Contains(text, string(c.text)) })
		if content(runes) > 0 && !joined && len(pieces) == 0 {
			t.Fatalf("%q has content and no piece", text)
		}
	})
}

// batcher is an encoder that reads texts together.
type batcher struct {
	paired
	batches [][]string
	fails   error
}

func (b *batcher) EncodeBatch(ctx context.Context, texts []string) ([]Features, error) {
	b.batches = append(b.batches, texts)
	out := make([]Features, len(texts))
	for i := range out {
		out[i].Embedding = []float32{1, 0}
	}
	return out, b.fails
}

func TestSegments(t *testing.T) {
	h := headsOf(map[string]map[string]float64{
		"怎么退货": {"return_policy": .9}, "我昨天退货": {"return_policy": .9}, "退货怎么退": {"return_policy": .7}, "发票怎么开": {"invoice_request": .8},
		"几天发货": {"ship_time": .55}, "这样行吗": {"affirm": .95}, "帮写首诗": {"ship_time": .9},
	})
	h.Scope = reader{[]string{"in", "out"}, map[string]map[string]float64{
		"帮写首诗": {"out": .9}, "怎么退货": {"out": 0}, "我昨天退货": {"out": 0}, "发票怎么开": {"out": 0}, "退货怎么退": {"out": 0}, "几天发货": {"out": 0}, "这样行吗": {"out": 0},
		"怎么退货，发票怎么开": {"out": .1},
	}}
	for _, tt := range []struct {
		name, text string
		want       []Segment
		batches    int
	}{
		{"two matters", "😀怎么退货，发票怎么开", []Segment{{"怎么退货", 1, 5, "return_policy", .9}, {"发票怎么开", 6, 11, "invoice_request", .8}}, 1},
		{"the surer of one intent", "退货怎么退？怎么退货？发票怎么开", []Segment{{"怎么退货", 6, 10, "return_policy", .9}, {"发票怎么开", 11, 16, "invoice_request", .8}}, 1},
		{"one matter twice", "怎么退货，退货怎么退", nil, 1},
		{"one is unsure", "怎么退货，几天发货", nil, 1},
		{"one is small talk", "这样行吗，怎么退货", nil, 1},
		{"one is out of scope", "帮写首诗，怎么退货", nil, 1},
		{"one is only told", "我昨天退货，发票怎么开", nil, 0},
		{"told and added", "我昨天退货另外发票怎么开", []Segment{{"我昨天退货", 0, 5, "return_policy", .9}, {"发票怎么开", 7, 12, "invoice_request", .8}}, 1},
		{"too short", "退货，发票", nil, 0},
		{"one piece", "请问你们家怎么退货呢", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h.Scope.(reader).knows[tt.text] = map[string]float64{"out": .1}
			enc := &batcher{}
			res := analyze(t, enc, h, Request{Text: tt.text})
			for _, s := range res.Segments {
				if string([]rune(tt.text)[s.Start:s.End]) != s.Text {
					t.Errorf("segment %q is not at %d to %d", s.Text, s.Start, s.End)
				}
			}
			// the scope's share of the probability moves the rest a little
			if diff := cmp.Diff(tt.want, res.Segments, cmpopts.EquateApprox(0, .03)); diff != "" {
				t.Errorf("segments (-want +got):\n%s", diff)
			}
			if len(enc.batches) != tt.batches || len(enc.read) != 1 {
				t.Errorf("%d batches, %d single texts", len(enc.batches), len(enc.read))
			}
		})
	}
	t.Run("an encoder without batches", func(t *testing.T) {
		if res := analyze(t, &paired{}, h, Request{Text: "怎么退货，发票怎么开"}); len(res.Segments) != 2 {
			t.Errorf("segments %v", res.Segments)
		}
	})
	t.Run("nothing of what is out of scope", func(t *testing.T) {
		h := h
		h.Tuning.ScopeThreshold = .05
		enc := &batcher{}
		if res := analyze(t, enc, h, Request{Text: "怎么退货，发票怎么开"}); res.Segments != nil || res.Scope.In || len(enc.batches) != 0 {
			t.Errorf("scope %+v, segments %v, %d batches", res.Scope, res.Segments, len(enc.batches))
		}
	})
	t.Run("a failing batch fails the message", func(t *testing.T) {
		p, err := NewPipeline(Parts{Encoder: &batcher{fails: fault.New(fault.Timeout, "slow")}, Segmenter: words{}, Entities: noEntities{},
			Heads: func(string) (Heads, error) { return h, nil }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Analyze(t.Context(), Request{Text: "怎么退货，发票怎么开"}); !fault.Is(err, fault.Timeout) {
			t.Errorf("%v, want the encoder's fault", err)
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	text := []rune("你好，我上周买的那件外套想退货，还有发票怎么开，另外运费谁出？")
	b.SetBytes(int64(len(text) * utf8.UTFMax))
	for b.Loop() {
		split(text)
	}
}
