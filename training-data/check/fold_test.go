package check

import (
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	tests := []struct{ in, want string }{
		{"我要退款！！", "我要退款"},
		{" ＯＫ，谢谢～ ", "ok谢谢"},
		{"iPhone 15 Pro", "iphone15pro"},
		{"①号", "1号"},
		{"好\u200b的\t", "好的"},
		{"👍️", "👍"},
		{"？？", "??"},
		{"……", "......"},
		{"。", "。"},
		{"", ""},
		{" 　\n", ""},
		{"[数字x]", "数字x"},
		{"3<5", "3<5"},
	}
	for _, tt := range tests {
		if got := Fold(tt.in); got != tt.want {
			t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"我要退款！", "ＡＢＣ", "？", "\xff", "İ", "ǅ", "👩‍👩‍👧"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Fold(s)
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("Fold(%q) = %q is not UTF-8", s, got)
		}
		for _, r := range got {
			if dropped(r) {
				t.Errorf("Fold(%q) = %q keeps %U", s, got, r)
			}
		}
	})
}
