package entity

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/nlu"
)

var shanghai = time.FixedZone("CST", 8*3600)

// wednesday is the now of testdata/cases.txt.
var wednesday = time.Date(2026, 11, 18, 10, 0, 0, 0, shanghai)

// show writes entities as testdata/cases.txt does.
func show(entities []nlu.Entity) string {
	if len(entities) == 0 {
		return "-"
	}
	var parts []string
	for _, e := range entities {
		s := fmt.Sprintf("%s %s=%s", e.Type, e.Text, e.Value)
		if e.Unit != "" {
			s += " " + e.Unit
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

func TestCases(t *testing.T) {
	data, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		message, want, ok := strings.Cut(strings.TrimSpace(line), " -> ")
		if !ok {
			continue
		}
		n++
		got := New().Extract(message, wednesday)
		if show(got) != want {
			t.Errorf("%s\n got %s\nwant %s", message, show(got), want)
		}
		checkEntities(t, message, got)
	}
	if n < 200 {
		t.Errorf("%d cases were read, want at least 200", n)
	}
}

// checkEntities fails unless the entities are in order, apart, and name the
// text they stand on.
func checkEntities(t interface {
	Helper()
	Errorf(string, ...any)
}, text string, entities []nlu.Entity) {
	t.Helper()
	runes := []rune(text)
	pos := 0
	for _, e := range entities {
		if e.Start < pos || e.End <= e.Start || e.End > len(runes) {
			t.Errorf("Extract(%q): span of %+v", text, e)
			return
		}
		pos = e.End
		if e.Text != string(runes[e.Start:e.End]) {
			t.Errorf("Extract(%q): text %q of %+v", text, e.Text, e)
		}
		if e.Value == "" || !utf8.ValidString(e.Value) {
			t.Errorf("Extract(%q): value %q of %+v", text, e.Value, e)
		}
		if e.Confidence <= 0 || e.Confidence > 1 {
			t.Errorf("Extract(%q): confidence of %+v", text, e)
		}
		sum := 0.0
		for _, c := range e.Candidates {
			sum += c.Score
		}
		if sum > 1+1e-9 {
			t.Errorf("Extract(%q): candidates of %+v sum to %v", text, e, sum)
		}
		checkValue(t, e)
	}
}

// checkValue fails unless the value has the form that its type documents.
func checkValue(t interface {
	Helper()
	Errorf(string, ...any)
}, e nlu.Entity) {
	t.Helper()
	digits := countDigits(e.Value)
	ok := true
	switch e.Type {
	case nlu.MobileNumber:
		ok = digits == 11 && len(e.Value) == 11
	case nlu.PhoneTail:
		ok = digits == 4 && len(e.Value) == 4
	case nlu.Money:
		ok = len(e.Value) > 3 && e.Value[len(e.Value)-3] == '.' && digits == len(e.Value)-1
	case nlu.Date:
		from, to, span := strings.Cut(e.Value, "/")
		_, err := time.Parse(time.DateOnly, from)
		ok = err == nil
		if span {
			_, err = time.Parse(time.DateOnly, to)
			ok = ok && err == nil && from < to
		}
	case nlu.City:
		ok = e.Attributes["province"] != ""
	}
	if !ok {
		t.Errorf("value of %+v", e)
	}
}

func TestExtractNothing(t *testing.T) {
	for _, text := range []string{"", " ", "好的"} {
		if got := New().Extract(text, wednesday); got == nil || len(got) > 0 {
			t.Errorf("Extract(%q) = %#v, want an empty slice", text, got)
		}
	}
}

func TestInvalidBytes(t *testing.T) {
	got := New().Extract("\xff昨天\xfe买了两件\xe9", wednesday)
	if want := "date 昨天=2026-11-17; quantity 两件=2 件"; show(got) != want {
		t.Errorf("got %s, want %s", show(got), want)
	}
	if got[0].Start != 1 || got[1].Start != 6 {
		t.Errorf("starts %d and %d, want 1 and 6: a bad byte is one code point", got[0].Start, got[1].Start)
	}
}

func TestAnyMixtureOfPieces(t *testing.T) {
	pieces := []string{
		"SF1234567890123", "YX202611180023", "138", "1234", "5678", " ", "-", "+86", "尾号", "单号", "订单", "3", "11", "月", "号", "周五", "上", "个", "年",
		"两", "百", "万", "零", "半", "块", "元", "¥", ".", "9", "x", "*", "XL", "/", "88A", "码", "厘米", "米", "双十一", "吉林", "海南", "顺丰", "前", "天", "多", "\xff", "😂",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 14).Draw(t, "pieces"), "")
		checkEntities(t, text, New().Extract(text, wednesday))
	})
}

func TestCandidates(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"SF1234567890123", []string{"sf"}},
		{"432345678901234", []string{"yunda", "sto"}},
		{"申通432345678901234", []string{"sto", "yunda"}},
		{"5123456789012", []string{"yunda"}},
		{"RA123456785CN", []string{"s10"}},
		{"中通快递99887766554433", []string{"zto"}},
		{"周五能到吗", []string{"2026-11-20", "2026-11-13"}},
	} {
		var got []string
		entities := New().Extract(c.text, wednesday)
		for _, e := range entities {
			for i, x := range e.Candidates {
				got = append(got, x.Value)
				if i > 0 && x.Score > e.Candidates[i-1].Score {
					t.Errorf("%s: candidates out of order: %+v", c.text, e.Candidates)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: candidates %v, want %v", c.text, got, c.want)
		}
	}
}

func TestConfidenceFollowsContext(t *testing.T) {
	confidence := func(text string) float64 {
		t.Helper()
		got := New().Extract(text, wednesday)
		if len(got) != 1 {
			t.Fatalf("Extract(%q) = %s", text, show(got))
		}
		return got[0].Confidence
	}
	for _, c := range []struct{ less, more string }{
		{"8821", "尾号8821"},
		{"73123456789012", "快递单号73123456789012"},
		{"一百二", "一百二十块"},
		{"一个", "两件"},
		{"618", "2026-06-18"},
		{"3号", "11月3号"},
		{"3981234567890123456", "订单3981234567890123456"},
	} {
		if less, more := confidence(c.less), confidence(c.more); less >= more {
			t.Errorf("confidence of %q is %v, of %q %v: want it lower", c.less, less, c.more, more)
		}
	}
}

func TestAttributes(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"两百多块":   {"approximate": "true"},
		"大概200元": {"approximate": "true"},
		"十几个":    {"approximate": "true"},
		"200元":   nil,
		"明天下午":   {"part": "afternoon"},
		"今晚":     {"part": "evening"},
		"昨天早上":   {"part": "morning"},
		"苏州市":    {"province": "江苏省"},
	} {
		got := New().Extract(text, wednesday)
		if len(got) != 1 || fmt.Sprint(got[0].Attributes) != fmt.Sprint(want) {
			t.Errorf("Extract(%q) = %+v, want the attributes %v", text, got, want)
		}
	}
}

func TestTimeGrowsWithLength(t *testing.T) {
	for _, unit := range []string{"1 ", "a1-", "SF1234567890123,", "顺丰73123456789012", "一", "半", "1号到", "上周", "(((", "13800001111 ", "1,", "1*", "，", "\xff"} {
		text := strings.Repeat(unit, 100_000/len(unit))
		start := time.Now()
		New().Extract(text, wednesday)
		d := time.Since(start)
		t.Logf("%q: %v", unit, d)
		if d > 20*time.Second {
			t.Errorf("100 KB of %q took %v", unit, d)
		}
	}
}

func FuzzExtract(f *testing.F) {
	for _, seed := range []string{"", "单号SF1234567890123", "99块9毛9", "去年2月29号", "1米75 30*40cm", "\xff8821", "二零二六年", "一百零", "+86 138 1234 5678", "下下个月31号"} {
		f.Add(seed, int64(1_795_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		now := time.Unix(unix%250_000_000_000, 0).In(shanghai)
		if now.Year() < 1 || now.Year() > 9990 {
			return
		}
		checkEntities(t, text, New().Extract(text, now))
	})
}

func BenchmarkExtract(b *testing.B) {
	for name, text := range map[string]string{
		"20 characters":  "上周五买的两件T恤花了199块还没发货呢",
		"plain":          "你好请问这个怎么一直没有给我发货呀急用",
		"tracking":       "快递SF1234567890123到哪了",
		"100 characters": strings.Repeat("上周五买的两件T恤花了199块还没发货，尾号8821，", 4),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				New().Extract(text, wednesday)
			}
		})
	}
}
