package mining_test

import (
	_ "embed"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yingda/yingda/kb/mining"
)

// maskLines has a message and what must remain of it in each line, a tab
// between; lines that begin with # are headings.
//
//go:embed testdata/mask.tsv
var maskLines string

func TestMask(t *testing.T) {
	n := 0
	for line := range strings.Lines(maskLines) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text, want, ok := strings.Cut(line, "\t")
		if !ok {
			want = text
		}
		n++
		got := mining.Mask(text, nil)
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
		if again := mining.Mask(got, nil); again != got {
			t.Errorf("masked twice, %s becomes %s", got, again)
		}
	}
	if n < 100 {
		t.Errorf("only %d lines", n)
	}
}

func TestMaskTakesWhatTheFinderFinds(t *testing.T) {
	find := func(text string) []mining.Span {
		i := strings.Index(text, "SF-77")
		if i < 0 {
			return nil
		}
		start := utf8.RuneCountInString(text[:i])
		return []mining.Span{{Start: start, End: start + 5, Kind: mining.Tracking}, {Start: 90, End: 100, Kind: mining.Name}, {Start: 3, End: 3, Kind: mining.Name}}
	}
	if got := mining.Mask("单子 SF-77 到哪了", find); got != "单子 [运单号] 到哪了" {
		t.Error(got)
	}
}

func FuzzMask(f *testing.F) {
	for line := range strings.Lines(maskLines) {
		f.Add(line)
	}
	f.Add("\xff[数字x]\x00")
	f.Fuzz(func(t *testing.T, text string) {
		got := mining.Mask(text, nil)
		if !utf8.ValidString(got) {
			t.Fatalf("%q becomes invalid", text)
		}
		if strings.Contains(got, "13812345678") {
			t.Fatalf("a phone number stayed in %q", got)
		}
	})
}

func BenchmarkMask(b *testing.B) {
	text := "你好，我是王小明，电话13812345678，寄到杭州市西湖区文三路100号5幢302室，订单号 202611180023456，几天能到"
	b.ReportAllocs()
	for b.Loop() {
		mining.Mask(text, nil)
	}
}
