package importer

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/kb"
)

func TestNumberedWordings(t *testing.T) {
	for cell, want := range map[string][]string{
		"1. 怎么退\n2. 退货流程":       {"怎么退", "退货流程"},
		"1、怎么退 2、退货流程 3、想退":     {"怎么退", "退货流程", "想退"},
		"①怎么退②退货流程":             {"怎么退", "退货流程"},
		"（1）怎么退|（2）退货流程":        {"怎么退", "退货流程"},
		"1. 怎么退\n3. 跳过了":        {"1. 怎么退", "3. 跳过了"},
		"1. 只有一个":               {"1. 只有一个"},
		"1.5 米的有吗":              {"1.5 米的有吗"},
		"2. 从二开始\n3. 三":         {"2. 从二开始", "3. 三"},
		"1.\n2.":                {"1.", "2."},
		"买1.5米和 2.5米的":          {"买1.5米和 2.5米的"},
		`["a|b","1. c"]`:        {"a|b", "1. c"},
		`["没有写完`:                {`["没有写完`},
		"1: 怎么退；2: 退货":          {"怎么退", "退货"},
		"12 个 1. 一 2. 二":        {"12 个 1. 一 2. 二"},
		"1.第一\r\n2.第二\r\n3. 第三": {"第一", "第二", "第三"},
	} {
		if d := cmp.Diff(want, splitSimilar(cell)); d != "" {
			t.Errorf("%q: %s", cell, d)
		}
	}
}

// However wordings look, joining and splitting gives them back.
func TestAnyWordingsAreReversible(t *testing.T) {
	wording := rapid.StringOfN(rapid.SampledFrom([]rune("12.、①②()（） a|；[\"]问")), 1, 8, -1).Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
	rapid.Check(t, func(r *rapid.T) {
		similar := rapid.SliceOfN(wording, 1, 4).Draw(r, "similar")
		if d := cmp.Diff(similar, splitSimilar(joinSimilar(similar))); d != "" {
			r.Fatal(d)
		}
	})
}

func TestSplitAddresses(t *testing.T) {
	for cell, want := range map[string][]titled{
		"":                        nil,
		"https://a.example/1":     {{"", "https://a.example/1"}},
		"尺码表 https://a.example/1": {{"尺码表", "https://a.example/1"}},
		"尺码表：https://a.example/1": {{"尺码表", "https://a.example/1"}},
		"[尺码表](https://a.example/1) 和 [洗涤](/files/x)":     {{"尺码表", "https://a.example/1"}, {"洗涤", "/files/x"}},
		"https://a.example/1 https://a.example/2":         {{"", "https://a.example/1"}, {"", "https://a.example/2"}},
		"甲 https://a.example/1\n乙 www.a.example；/files/b": {{"甲", "https://a.example/1"}, {"乙", "www.a.example"}, {"", "/files/b"}},
		"只有文字": {{"", "只有文字"}},
	} {
		if d := cmp.Diff(want, splitAddresses(cell), cmp.AllowUnexported(titled{})); d != "" {
			t.Errorf("%q: %s", cell, d)
		}
	}
}

func TestSplitList(t *testing.T) {
	if d := cmp.Diff([]string{"app", "小程序", "web", "a b"}, splitList(" app、小程序，web;a b ,")); d != "" {
		t.Error(d)
	}
	if splitList("，、") != nil {
		t.Error("dividers alone are a name")
	}
}

func TestThresholds(t *testing.T) {
	for cell, want := range map[string]float64{"0.8": 0.8, "80%": 0.8, "８０％": 0.8, "80": 0.8, " 0 ": 0, "1": 1, "5 %": 0.05, "100": 1} {
		if got, ok := parseThreshold(cell); !ok || got != want {
			t.Errorf("%q: %v %v, want %v", cell, got, ok, want)
		}
	}
	for _, cell := range []string{"", "高", "-0.1", "101", "0.8.1", "NaN", "120%"} {
		if got, ok := parseThreshold(cell); ok {
			t.Errorf("%q was read as %v", cell, got)
		}
	}
}

func TestStates(t *testing.T) {
	for cell, want := range map[string]kb.Review{"已审核": kb.Approved, " Approved ": kb.Approved, "启用": kb.Unreviewed, "待审核": kb.InReview, "in_review": kb.InReview, "需更新": kb.Outdated} {
		r := (&table{}).record(1)
		r.setting(colReview, cell)
		if r.a.Review != want || r.off || r.bad {
			t.Errorf("%q: %q, off %v, bad %v", cell, r.a.Review, r.off, r.bad)
		}
	}
	for _, cell := range []string{"停用", "草稿", "Draft", "否"} {
		r := (&table{}).record(1)
		if r.setting(colReview, cell); !r.off {
			t.Errorf("%q does not switch the row off", cell)
		}
	}
	for review, name := range reviewNames {
		if reviews[name] != review {
			t.Errorf("%q is written as %q, which is read as %q", review, name, reviews[name])
		}
	}
}

func TestBrokenAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://a.example/x?y=1#z": true, "http://1.2.3.4:80/": true, "http://localhost/x": true, "/files/a.pdf": true, "tel:400-800": true, "mailto:a@b.c": true,
		"https://a.example/{{order.id}}": true, "{{order.url}}": true,
		"": false, "www.a.example": false, "htp://a.example": false, "https://": false, "https:/a.example": false, "https://a": false, "javascript:alert(1)": false,
		"//a.example": false, "https://a.example/%zz": false, "尺码表": false, "https://a b.example": false,
	} {
		if why := broken(address); (why == "") != ok {
			t.Errorf("%q: %q", address, why)
		}
	}
}

func TestCutOff(t *testing.T) {
	for answer, want := range map[string]bool{
		"完整。": false, "没完…": true, "没完...": true, strings.Repeat("长", 255): true, strings.Repeat("长", 256): false, strings.Repeat("长", 32767): true,
	} {
		if cutOff(answer) != want {
			t.Errorf("%q: %v", clip(answer, 10), !want)
		}
	}
}

func TestDestroyedNumbers(t *testing.T) {
	for text, want := range map[string]bool{
		"1.23457E+17": true, "单号 1E+12。": true, "9.9e+100": true, "2E+5": false, "1.5e3": false, "ABC1.2E+17": false, "C1E+12X": false, "0.1E+17": false,
	} {
		if destroyed.MatchString(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestFoldWording(t *testing.T) {
	for _, same := range [][2]string{{"多久发货？", " 多久 发货"}, {"ＷｉＦｉ密码", "wifi 密码!"}, {"（急）退货", "急退货…"}} {
		if foldWording(same[0]) != foldWording(same[1]) {
			t.Errorf("%q and %q differ", same[0], same[1])
		}
	}
	if foldWording("多久发货") == foldWording("多久到货") {
		t.Error("two questions are the same")
	}
}

func TestSerialDates(t *testing.T) {
	for cell, want := range map[string]string{"45962": "2025-11-01 00:00:00", "45962.75": "2025-11-01 18:00:00", "20251101": "2025-11-01 00:00:00"} {
		if at, ok := parseTime(cell, false); !ok || formatTime(at) != want {
			t.Errorf("%q: %v, want %s", cell, at, want)
		}
	}
	if at, ok := parseTime("45962", true); !ok || formatTime(at) != "2025-11-02 00:00:00" {
		t.Errorf("the end of a day: %v", at)
	}
	for _, cell := range []string{"2026", "100", "+45962", "1e5", "999999", "-45962"} {
		if at, ok := parseTime(cell, false); ok {
			t.Errorf("%q is the time %v", cell, at)
		}
	}
}

// sniffed is what a file without a name or a word from its sender is taken for.
func TestSniff(t *testing.T) {
	tests := map[string]struct {
		given Format
		name  string
		want  Format
	}{
		"PK\x03\x04...": {"", "a.csv", XLSX}, "问题,答案\n": {"", "a.xls", CSV}, "a\tb\n": {"", "a.tsv", TSV}, "# 问题\n答\n": {"", "", Markdown}, "没有井号的文字": {"", "说明.md", Markdown},
		`{"q":1}`: {"", "", JSONL}, `[{"q":1}]`: {"", "x.jsonl", JSON}, " [ ]": {"", "", JSON}, "nlu:\n- intent: a\n": {"", "", Rasa}, "version: 1\nresponses:\n": {"", "", Rasa},
		"<!DOCTYPE html><p>": {"", "导出.xls", HTML}, "\n<!-- x --><table>": {CSV, "", HTML}, "<table>": {Markdown, "", Markdown}, "问题,答案,备注\na,\"b\n# c\",\n": {"", "", CSV},
		"a,b": {XLSX, "", CSV}, "x": {JSONL, "a.md", JSONL}, "": {"", "", CSV}, "---\na: b\n---\nc": {"", "", Markdown}, "nlu: x": {CSV, "", CSV},
	}
	for text, c := range tests {
		got, err := (&table{}).sniff([]byte(text), c.given, c.name)
		if err != nil || got != c.want {
			t.Errorf("%q, said to be %q, called %q: %s, %v, want %s", text, c.given, c.name, got, err, c.want)
		}
	}
	long := strings.Repeat("长", 50000) + "\n" + strings.Repeat("# 标题\n", 10)
	if got, err := (&table{}).sniff([]byte(long), "", ""); err != nil || got != CSV {
		t.Errorf("what stands far below the top: %s, %v", got, err)
	}
}

func TestFrontMatter(t *testing.T) {
	list, n := frontMatter(strings.Split("---\n分类: \"物流\"\n标签:\n- a\n- b\n没有冒号\n---\n# 一", "\n"))
	if d := cmp.Diff([][2]string{{"分类", "物流"}, {"标签", "\na\nb"}}, list); d != "" || n != 7 {
		t.Errorf("%d lines: %s", n, d)
	}
	for _, text := range []string{"", "# 一", "---\n没有结束"} {
		if list, n := frontMatter(strings.Split(text, "\n")); list != nil || n != 0 {
			t.Errorf("%q: %q, %d lines", text, list, n)
		}
	}
}

// Lines of answers that look like headings survive, and no heading is left.
func TestHeadingsInAnswersAreReversible(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		answer := rapid.StringOf(rapid.SampledFrom([]rune("# \\a\n"))).Draw(r, "answer")
		escaped := escapeHeadings(answer)
		for line := range strings.SplitSeq(escaped, "\n") {
			if atxHeading.MatchString(line) {
				r.Fatalf("%q is a heading", line)
			}
		}
		if got := strings.Join(unescapeHeadings(strings.Split(escaped, "\n")), "\n"); got != answer {
			r.Fatalf("%q was written as %q and read as %q", answer, escaped, got)
		}
	})
}

func TestQuoteYAMLIsRead(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want := rapid.String().Filter(func(s string) bool { return !strings.ContainsRune(s, 0) }).Draw(r, "text")
		file, err := parseYAML("a: " + quoteYAML(want) + "\n")
		if err != nil {
			r.Fatalf("%q: %v", want, err)
		}
		if got := textOf(mapOf(file.Docs[0].Body)[0].value); got != want {
			r.Fatalf("%q was read as %q", want, got)
		}
	})
}

func TestChunks(t *testing.T) {
	list := make([]string, 300)
	for i := range list {
		list[i] = strings.Repeat("问", 400)
	}
	var back []string
	cells := chunks(list, joinSimilar)
	for _, c := range cells {
		if len([]rune(c)) > roomy {
			t.Errorf("a cell of %d characters", len([]rune(c)))
		}
		back = append(back, splitSimilar(c)...)
	}
	if len(cells) < 2 || !cmp.Equal(back, list) {
		t.Errorf("%d cells give %d wordings of %d", len(cells), len(back), len(list))
	}
	if chunks([]string(nil), joinSimilar) != nil {
		t.Error("nothing takes a cell")
	}
}

func TestExpiry(t *testing.T) {
	until := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for now, want := range map[time.Time]int{{}: 0, until.Add(-1): 0, until: 1, until.Add(time.Hour): 1} {
		tab := &table{opts: Options{Now: now}, wordings: map[uint64]int32{}}
		a := kb.Article{Question: "问", Answer: "答", ValidUntil: &until}
		tab.Rows = append(tab.Rows, Row{Article: a})
		if tab.look(1, a); len(tab.Problems) != want {
			t.Errorf("at %v: %+v", now, tab.Problems)
		}
	}
}
