package pinyin_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/pinyin"
)

func TestReadings(t *testing.T) {
	for r, want := range map[rune][]string{
		'运': {"yun"}, '费': {"fei"}, '绿': {"lv", "lu"}, '长': {"zhang", "chang"}, '嗯': {"en"}, '略': {"lve"}, '女': {"nv", "ru"},
		'a': nil, '7': nil, '，': nil, 'の': nil, utf8.RuneError: nil, -1: nil,
	} {
		if got := pinyin.Readings(r); !slices.Equal(got, want) {
			t.Errorf("%c: %v, want %v", r, got, want)
		}
	}
	if got := pinyin.Readings('行'); len(got) != 3 || got[0] != "xing" {
		t.Errorf("行 has the readings %v", got)
	}
}

func TestInitials(t *testing.T) {
	for text, want := range map[string]string{"退款": "tk", "VIP 会员": "viphy", "7天无理由！": "7twly", "": "", "😀": ""} {
		if got := pinyin.Initials(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestFuzzy(t *testing.T) {
	for _, same := range [][]string{
		{"zhang", "zang", "zan", "zhan"}, {"lan", "nan", "lang", "nang"}, {"sheng", "shen", "sen", "seng"},
		{"xin", "xing"}, {"lue", "lve", "nue", "nve"}, {"chi", "ci"},
	} {
		for _, s := range same {
			if pinyin.Fuzzy(s) != pinyin.Fuzzy(same[0]) {
				t.Errorf("%s and %s are told apart", s, same[0])
			}
		}
	}
	for _, pair := range [][2]string{{"dong", "don"}, {"zi", "ji"}, {"lu", "lv"}, {"tui", "kui"}} {
		if pinyin.Fuzzy(pair[0]) == pinyin.Fuzzy(pair[1]) {
			t.Errorf("%s and %s are not told apart", pair[0], pair[1])
		}
	}
}

func TestTable(t *testing.T) {
	table := pinyin.Syllables()
	zhang, zan := table.Syllable("zhang"), table.Syllable("zan")
	if zhang == 0 || zhang == zan || table.ClassOf(zhang) != table.ClassOf(zan) || table.Text(zhang) != "zhang" {
		t.Errorf("zhang is %d of class %d, zan %d of %d", zhang, table.ClassOf(zhang), zan, table.ClassOf(zan))
	}
	if table.Initial(table.Class("lan")) != 'n' || table.Class("xyz") != 0 || table.Syllable("") != 0 {
		t.Error("classes are not found by spelling")
	}
	if begun := table.Begun("yu"); !slices.Contains(begun, table.Class("yun")) || slices.Contains(begun, table.Class("yu")) || table.Begun("yf") != nil {
		t.Errorf("yu begins %v", begun)
	}
	if n := table.Classes(); n < 200 || n > 400 {
		t.Errorf("there are %d classes", n)
	}
	for c := 1; c <= table.Classes(); c++ {
		if b := table.Initial(pinyin.Class(c)); b < 'a' || b > 'z' {
			t.Errorf("class %d begins with %q", c, b)
		}
	}
	if near := table.Near("zhaung"); !slices.Contains(near, table.Class("zhuang")) || slices.Contains(near, table.Class("fei")) {
		t.Errorf("near zhaung: %v", near)
	}
}

func TestSlip(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"fei", "fie", true}, {"fei", "fe", true}, {"fe", "fei", true}, {"fei", "fai", true}, {"tui", "itu", false},
		{"fei", "fei", false}, {"", "a", true}, {"", "", false}, {"fei", "f", false}, {"ab", "ba", true}, {"abcd", "badc", false},
	} {
		if got := pinyin.Slip(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}

func BenchmarkReadings(b *testing.B) {
	for b.Loop() {
		pinyin.Readings('行')
	}
}
