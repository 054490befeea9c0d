package encoder

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"capitals", "iPhone价格 WiFi", "iphone价格 wifi"},
		{"full width", "ＳＦ１２３　到哪了？", "sf123 到哪了?"},
		{"ligature and circled", "ﬁ①㎏", "fi1kg"},
		{"blanks", "a\u00a0b\u2003c\td\ne", "a b c d e"},
		{"invisible", "退\u200b货\ufeff\u00ad!\u0007\ue000", "退货!"},
		{"variation selector", "❤️好", "❤好"},
		{"invalid UTF-8", "好\xff\xfe的", "好的"},
		{"composed", "e\u0301", "é"},
		{"empty", "", ""},
	} {
		if got := (Folding{}).Fold(c.in).String(); got != c.want {
			t.Errorf("%s: %q folds to %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestFoldKeepsOrigins(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []int
	}{
		{"Ab好", []int{0, 1, 2}},
		{"①㎏x", []int{0, 1, 1, 2}},
		{"e\u0301x", []int{0, 2}},
		{"\u200b退\u200b货", []int{1, 3}},
		{"Ａ\xff\xffＢ", []int{0, 3}},
	} {
		if diff := cmp.Diff(c.want, (Folding{}).Fold(c.in).Origin); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.in, diff)
		}
	}
}

func TestFoldOptions(t *testing.T) {
	simple := strings.NewReplacer("貨", "货", "運", "运").Replace
	f := Folding{Simplify: simple, CollapseRepeats: true}
	got := f.Fold("退貨運費啊啊啊啊啊！！！！ 18888元 。。。")
	if got.String() != "退货运費啊啊!! 18888元 。。" {
		t.Errorf("folded to %q", got)
	}
	if last := got.Origin[len(got.Origin)-1]; last != 22 {
		t.Errorf("the last mark comes from code point %d", last)
	}
	shortening := Folding{Simplify: func(string) string { return "x" }}
	if got := shortening.Fold("退貨").String(); got != "退貨" {
		t.Errorf("a mapping that loses characters was applied: %q", got)
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "在吗", "ＳＦ①㎏", "\xff\xfe", "e\u0301\u0301", "❤️‍🔥", "ﷺ", "\u1100\u1161\u11a8"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, text string, collapse bool) {
		got := Folding{CollapseRepeats: collapse}.Fold(text)
		if len(got.Runes) != len(got.Origin) {
			t.Fatalf("%d runes, %d origins", len(got.Runes), len(got.Origin))
		}
		count := len([]rune(text))
		for i, o := range got.Origin {
			if o < 0 || o >= count || i > 0 && o < got.Origin[i-1] {
				t.Fatalf("origin %d of %d code points, after %v", o, count, got.Origin[:i])
			}
			if r := got.Runes[i]; r != ' ' && unicode.IsSpace(r) || r == utf8.RuneError {
				t.Fatalf("%U is left after folding", r)
			}
		}
	})
}

func BenchmarkFold(b *testing.B) {
	for name, text := range map[string]string{"plain": "我昨天买的那件衣服怎么还没有发货呀", "wide": "ＳＦ１２３４　到哪了？？怎么还没有发货呀"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				(Folding{}).Fold(text)
			}
		})
	}
}
