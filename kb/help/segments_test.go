package help_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yingda/yingda/kb/help"
)

func TestSegments(t *testing.T) {
	for text, want := range map[string][]string{
		"运费谁出": {"运费谁出"},
		"您好！我上周买的杯子收到就碎了。请问怎么退款？需要我寄回去吗？":                               {"您好！，我上周买的杯子收到就碎了。", "请问怎么退款？，需要我寄回去吗？"},
		"第一行写了一些情况的描述\r\n\n第二行再写另外一些情况":                                 {"第一行写了一些情况的描述", "第二行再写另外一些情况"},
		"Hello there, my parcel is late. Where is it now? v1.2 is fine": {"Hello there, my parcel is late.", "Where is it now?", "v1.2 is fine"},
		"？！……": nil, "": nil, "😀😀": nil, "\xff\xfe": nil,
	} {
		if got := help.Segments(text, 12); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSegmentsKeepWhatAsks(t *testing.T) {
	text := "这里是一段没有内容的叙述情节甲乙丙丁。这里讲了别的经过。"
	for i := range 30 {
		text += "我在三月的第" + string(rune('一'+i)) + "天下了一个订单买东西。"
	}
	text += "运费需要我自己承担吗？"
	got := help.Segments(text, 6)
	if len(got) != 6 || got[5] != "运费需要我自己承担吗？" {
		t.Errorf("the question at the end is lost: %q", got)
	}
}

func TestLongSentenceIsCut(t *testing.T) {
	var bare, commas strings.Builder
	for i := range 60 {
		fmt.Fprintf(&bare, "没有标点的第%d句话", i)
		fmt.Fprintf(&commas, "有逗号的第%d句话，", i)
	}
	for _, text := range []string{bare.String(), commas.String()} {
		got := help.Segments(text, 50)
		for _, s := range got {
			if n := utf8.RuneCountInString(s); n > 100 {
				t.Errorf("a segment has %d characters", n)
			}
		}
		if joined := strings.Join(got, ""); joined != text {
			t.Errorf("something is lost: %d of %d characters", utf8.RuneCountInString(joined), utf8.RuneCountInString(text))
		}
	}
}

func TestPlain(t *testing.T) {
	for source, want := range map[string]string{
		"现货 **48 小时内**发出。":                       "现货 48 小时内发出。",
		"见 [退换规则](https://example.com/x)。":       "见 退换规则。",
		"1. 打开订单\n2. 点*退货*\n\n> 引用":              "打开订单\n点退货\n引用",
		"| 情况 | 运费 |\n|-|-|\n| 质量 | 我们出 |":       "情况：运费\n质量：我们出",
		"a <script>alert(1)</script> b":          "a alert(1) b",
		"<script>alert(1)</script>":              "",
		"![图](https://example.com/a.png) `code`": "图 code",
		"```\n一行\n```":                           "一行",
		"\xff好":                                  "好",
	} {
		if got := help.Plain(source); got != want {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
	}
}

func TestSnippet(t *testing.T) {
	answer := "感谢您的支持。签收后 **7 天内**可以申请退货。退货的运费由买家承担，质量问题除外。退款在 3 个工作日内到账。"
	if got := help.Snippet(answer, "退货运费谁出"); got != "退货的运费由买家承担，质量问题除外。退款在 3 个工作日内到账。" {
		t.Errorf("the sentences about freight: %q", got)
	}
	if got := help.Snippet(answer, "完全无关"); !strings.HasPrefix(got, "感谢您的支持。") {
		t.Errorf("with nothing in common: %q", got)
	}
	if got := help.Snippet(strings.Repeat("很长的一句话", 60)); utf8.RuneCountInString(got) != 121 || !strings.HasSuffix(got, "…") {
		t.Errorf("a long sentence: %d characters", utf8.RuneCountInString(got))
	}
	if got := help.Snippet("**", "x"); got != "**" && got != "" {
		t.Errorf("an answer without words: %q", got)
	}
	if got := help.Snippet("- 第一项\n- 第二项讲运费", "运费"); got != "第二项讲运费" {
		t.Errorf("items: %q", got)
	}
}

func FuzzSnippet(f *testing.F) {
	f.Add("| a | b |\n|-|-|\n| 1 | 2 |", "运费")
	f.Add("<div>\n\n```", "\xff")
	f.Fuzz(func(t *testing.T, answer, about string) {
		if got := help.Snippet(answer, about); !utf8.ValidString(got) || utf8.RuneCountInString(got) > 121 || strings.Contains(got, "\n") {
			t.Fatalf("%q", got)
		}
		for _, s := range help.Segments(answer, 5) {
			if !utf8.ValidString(s) || strings.TrimSpace(s) == "" {
				t.Fatalf("%q", s)
			}
		}
	})
}

func BenchmarkSegments(b *testing.B) {
	text := strings.Repeat("您好，我在三月一日买的杯子到现在还没有收到。请问什么时候发货？", 150)
	for b.Loop() {
		help.Segments(text, 12)
	}
}

func BenchmarkSnippet(b *testing.B) {
	answer := strings.Repeat("签收后 **7 天内**可以申请退货。退货的运费由买家承担，质量问题除外。\n\n", 20)
	for b.Loop() {
		help.Snippet(answer, "退货运费谁出")
	}
}
