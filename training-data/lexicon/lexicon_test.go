package lexicon_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// fold makes words comparable: full-width ASCII to half-width, lower case.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			r -= 0xFEE0
		}
		return unicode.ToLower(r)
	}, s)
}

// negations must stay visible to a search: no stop word and no term hides one,
// but for the words of named.
const negations = "不没别无未"

// named are words in which such a character negates nothing that a customer
// would search for without it.
var named = map[string]bool{
	"七天无理由": true, "无门槛券": true, "纳税人识别号": true, "货不对板": true, "描述不符": true, "实物不符": true, "只换不修": true, "人脸识别": true,
	"无痕内裤": true, "不粘锅": true, "不锈钢": true, "无糖": true, "在不在": true, "已读不回": true, "特别": true,
}

var questionWords = []string{
	"怎么", "怎样", "如何", "什么", "什么时候", "啥", "啥时候", "多久", "多少", "几", "哪", "哪里", "哪个", "谁", "为什么", "为啥", "咋", "时候",
}

// read returns the lines of a word list, or says what keeps it from being one.
func read(data []byte) ([]string, error) {
	switch {
	case !utf8.Valid(data):
		return nil, fmt.Errorf("not valid UTF-8")
	case bytes.HasPrefix(data, []byte("\uFEFF")):
		return nil, fmt.Errorf("begins with a byte order mark")
	case !bytes.HasSuffix(data, []byte("\n")):
		return nil, fmt.Errorf("no newline at the end")
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), nil
}

func load(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := read(data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return lines
}

// termFaults lists what is wrong with the lines of terms.txt.
func termFaults(lines []string) []string {
	tags := map[string]bool{"n": true, "nz": true, "v": true, "a": true, "d": true, "l": true}
	var out []string
	first := map[string]int{}
	for i, line := range lines {
		bad := func(format string, args ...any) {
			out = append(out, fmt.Sprintf("line %d: ", i+1)+fmt.Sprintf(format, args...))
		}
		fields := strings.Split(line, " ")
		if len(fields) != 3 {
			bad("%q is not term, freq and pos with one blank between", line)
			continue
		}
		term := fields[0]
		if n := utf8.RuneCountInString(term); n < 2 || n > 12 {
			bad("%q has %d characters, want 2 to 12", term, n)
		}
		if strings.ContainsFunc(term, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			bad("%q holds more than letters and digits", term)
		}
		if strings.ContainsAny(term, negations) && !named[term] {
			bad("%q hides a negation", term)
		}
		if freq, err := strconv.Atoi(fields[1]); err != nil || freq < 100 || freq > 100_000 {
			bad("frequency %q is not a number from 100 to 100000", fields[1])
		}
		if !tags[fields[2]] {
			bad("unknown part of speech %q", fields[2])
		}
		if at, used := first[fold(term)]; used {
			bad("%q is also on line %d", term, at)
		} else {
			first[fold(term)] = i + 1
		}
	}
	return out
}

func TestTerms(t *testing.T) {
	lines := load(t, "terms.txt")
	if diff := cmp.Diff([]string(nil), termFaults(lines)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if len(lines) < 650 {
		t.Errorf("%d terms, want at least 650", len(lines))
	}
	known := map[string]bool{}
	for _, line := range lines {
		term, _, _ := strings.Cut(line, " ")
		known[term] = true
	}
	for _, term := range strings.Fields(`七天无理由 运费险 价保 保价 预售 定金 尾款 满减 拼单 加购 催发货 改地址 退差价 补差价 少件 漏发
		假一赔十 顺丰 中通 圆通 申通 韵达 极兔 京东快递 邮政EMS 德邦 菜鸟驿站 丰巢 妈妈驿站 百世 跨越速运 花呗 白条 微信支付 支付宝
		云闪付 分期免息 先用后付 货到付款 增值税专用发票 普票 专票 电子发票 抬头 税号 肿么 啥时候 木有 咋整 神马`) {
		if !known[term] {
			t.Errorf("%s is missing", term)
		}
	}
}

func TestTermFaultsAreFound(t *testing.T) {
	for name, tt := range map[string]struct {
		lines []string
		want  []string
	}{
		"good":      {[]string{"花呗 2000 n", "T恤 800 n"}, nil},
		"fields":    {[]string{"花呗 2000"}, []string{`line 1: "花呗 2000" is not term, freq and pos with one blank between`}},
		"blanks":    {[]string{"花呗  2000 n"}, []string{`line 1: "花呗  2000 n" is not term, freq and pos with one blank between`}},
		"short":     {[]string{"券 900 n"}, []string{`line 1: "券" has 1 characters, want 2 to 12`}},
		"symbol":    {[]string{"花#呗 900 n"}, []string{`line 1: "花#呗" holds more than letters and digits`}},
		"negation":  {[]string{"不起球 900 a"}, []string{`line 1: "不起球" hides a negation`}},
		"frequency": {[]string{"花呗 5 n"}, []string{`line 1: frequency "5" is not a number from 100 to 100000`}},
		"pos":       {[]string{"花呗 900 x"}, []string{`line 1: unknown part of speech "x"`}},
		"twice":     {[]string{"T恤 900 n", "ｔ恤 900 n"}, []string{`line 2: "ｔ恤" is also on line 1`}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, termFaults(tt.lines)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// synonymFaults lists what is wrong with the lines of synonyms.jsonl.
func synonymFaults(lines []string) []string {
	type entry struct {
		Canonical string   `json:"canonical"`
		Aliases   []string `json:"aliases"`
	}
	var out []string
	owner := map[string]string{}
	for i, line := range lines {
		bad := func(format string, args ...any) {
			out = append(out, fmt.Sprintf("line %d: ", i+1)+fmt.Sprintf(format, args...))
		}
		var e entry
		dec := json.NewDecoder(strings.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e); err != nil {
			bad("%v", err)
			continue
		}
		if len(e.Aliases) == 0 {
			bad("%q has no alias", e.Canonical)
		}
		for _, name := range append([]string{e.Canonical}, e.Aliases...) {
			k := fold(name)
			switch of, used := owner[k]; {
			case name == "" || strings.ContainsFunc(name, unicode.IsSpace):
				bad("name %q is empty or holds a blank", name)
			case used:
				bad("%q of %q already belongs to %q", name, e.Canonical, of)
			default:
				owner[k] = e.Canonical
			}
		}
	}
	return out
}

func TestSynonyms(t *testing.T) {
	lines := load(t, "synonyms.jsonl")
	if diff := cmp.Diff([]string(nil), synonymFaults(lines)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if len(lines) < 80 {
		t.Errorf("%d entries, want at least 80", len(lines))
	}
}

func TestSynonymFaultsAreFound(t *testing.T) {
	got := synonymFaults([]string{
		`{"canonical":"顺丰","aliases":["SF"]}`,
		`{"canonical":"顺风","aliases":["ｓｆ","顺 风"]}`,
		`{"canonical":"中通","aliases":[]}`,
		`{"canonical":"圆通","alias":["yto"]}`,
	})
	want := []string{
		`line 2: "ｓｆ" of "顺风" already belongs to "顺丰"`,
		`line 2: name "顺 风" is empty or holds a blank`,
		`line 3: "中通" has no alias`,
		`line 4: json: unknown field "alias"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// stopFaults lists what is wrong with the lines of stopwords.txt.
func stopFaults(lines []string) []string {
	asks := map[string]bool{}
	for _, w := range questionWords {
		asks[w] = true
	}
	var out []string
	first := map[string]int{}
	for i, w := range lines {
		bad := func(format string, args ...any) {
			out = append(out, fmt.Sprintf("line %d: ", i+1)+fmt.Sprintf(format, args...))
		}
		switch at, used := first[fold(w)]; {
		case w == "" || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) }):
			bad("%q is no word", w)
		case used:
			bad("%q is also on line %d", w, at)
		case strings.ContainsAny(w, negations) && !named[w]:
			bad("%q holds a negation", w)
		case asks[w]:
			bad("%q asks for something", w)
		}
		first[fold(w)] = i + 1
	}
	return out
}

func TestStopWords(t *testing.T) {
	lines := load(t, "stopwords.txt")
	if diff := cmp.Diff([]string(nil), stopFaults(lines)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if len(lines) < 150 {
		t.Errorf("%d stop words, want at least 150", len(lines))
	}
	for _, w := range []string{"亲", "你好", "请问", "的", "了", "呢", "吗"} {
		if !slices.Contains(lines, w) {
			t.Errorf("%s is missing", w)
		}
	}
}

func TestStopFaultsAreFound(t *testing.T) {
	got := stopFaults([]string{"亲", "", "不", "不能", "怎么", "亲", "你 好"})
	want := []string{
		`line 2: "" is no word`,
		`line 3: "不" holds a negation`,
		`line 4: "不能" holds a negation`,
		`line 5: "怎么" asks for something`,
		`line 6: "亲" is also on line 1`,
		`line 7: "你 好" is no word`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestReadRefusesBadFiles(t *testing.T) {
	for name, in := range map[string]string{
		"no final newline": "花呗 900 n",
		"byte order mark":  "\uFEFF花呗 900 n\n",
		"invalid UTF-8":    "\xbb\xa8 900 n\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := read([]byte(in)); err == nil {
				t.Errorf("no error, got %q", got)
			}
		})
	}
}
