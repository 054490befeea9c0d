package segment

import (
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"ＡＢＣ　１２", "abc 12"},
		{"iPhone", "iphone"},
		{"退貨運費險", "退货运费险"},
		{"㎏①", "kg1"},
		{"ﾃｽﾄ", "テスト"},
		{"Ａ\u030A", "å"},
		{"a\xffb", "a\uFFFDb"},
	} {
		if got := Fold(c.text); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestFoldEveryCodePoint(t *testing.T) {
	table := simplified()
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		want := Fold(string(r))
		if again := Fold(want); again != want {
			t.Errorf("Fold(%U) = %q, folded again %q", r, want, again)
		}
		if f, exact := foldRune(r, table); exact && string(f) != want {
			t.Errorf("foldRune(%U) = %U and exact, want %q", r, f, want)
		}
	}
}

func TestSimplify(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"這個訂單怎麼還沒發貨", "这个订单怎么还没发货"},
		{"简体不变 abc", "简体不变 abc"},
		{"貨\xff", "货\uFFFD"},
	} {
		if got := Simplify(c.text); got != c.want {
			t.Errorf("Simplify(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}
