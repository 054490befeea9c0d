package segment

import (
	"strings"
	"testing"
)

// unitsOf divides text and writes the units with bars between them.
func unitsOf(text string) string {
	var r reading
	r.read(text, simplified())
	var parts []string
	for i := range len(r.units) - 1 {
		parts = append(parts, text[r.units[i].source:r.units[i+1].source])
	}
	return strings.Join(parts, "|")
}

func TestUnits(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"退货", "退|货"},
		{"iphone15", "iphone|15"},
		{"iphone15pro", "iphone|15|pro"},
		{"iphone15pm", "iphone|15pm"},
		{"p60pro", "p60|pro"},
		{"mate60", "mate|60"},
		{"sf1234567890123", "sf1234567890123"},
		{"2xl", "2xl"},
		{"256gb", "256gb"},
		{"3.5mm", "3.5mm"},
		{"v1.2.3", "v1.2.3"},
		{"1.", "1|."},
		{".5", ".|5"},
		{"1．5", "1．5"},
		{"a b", "a| |b"},
		{"a \t\nb", "a| \t\n|b"},
		{"!!??", "!!|??"},
		{"😂😂", "😂😂"},
		{"👍🏻", "👍🏻"},
		{"❤️", "❤️"},
		{"1️⃣", "1|️⃣"},
		{"🇨🇳", "🇨🇳"},
		{"e\u0301a", "e\u0301a"},
		{"カタカナ", "カタカナ"},
		{"𠮷野家", "𠮷|野|家"},
		{"①②", "①②"},
	} {
		if got := unitsOf(c.text); got != c.want {
			t.Errorf("units of %q: %q, want %q", c.text, got, c.want)
		}
	}
}

// TestReadingIsReused makes sure that nothing of a longer text stays behind.
func TestReadingIsReused(t *testing.T) {
	var r reading
	r.read("一段很长的文字 e\u0301", simplified())
	if r.exact {
		t.Error("a combining mark was folded exactly")
	}
	r.read("退货", simplified())
	if !r.exact || string(r.folded) != "退货" || len(r.units) != 3 {
		t.Errorf("after reuse: %q, %d units, exact %v", r.folded, len(r.units), r.exact)
	}
}

func TestOffsetsOfUnits(t *testing.T) {
	var r reading
	r.read("Ａ退é1", simplified())
	for i, want := range []unit{
		{kind: kindWord, start: 0, byte: 0, source: 0},
		{kind: kindHan, start: 1, byte: 1, source: 3},
		{kind: kindWord, start: 2, byte: 4, source: 6},
	} {
		if r.units[i] != want {
			t.Errorf("unit %d is %+v, want %+v", i, r.units[i], want)
		}
	}
}
