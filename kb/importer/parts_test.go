package importer

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/textfile"
)

func TestColumnOf(t *testing.T) {
	for heading, want := range map[string]column{
		"编号": colID, "ID": colID, " Id ": colID, "知识编号": colID,
		"问题": colQuestion, "标准问题*": colQuestion, "Question:": colQuestion, "标题（必填）": colQuestion, "ｑｕｅｓｔｉｏｎ": colQuestion,
		"相似问": colSimilar, "similar_questions": colSimilar, "Similar Questions": colSimilar, "相似问(每行一个)": colSimilar, "扩展问": colSimilar,
		"相似问1": colOne, "相似问 12": colOne, "similar3": colOne, "相似问法２": colOne,
		"答案": colAnswer, "回复内容": colAnswer, "内容": colAnswer, "answer": colAnswer,
		"分类": colCategory, "Category": colCategory,
		"生效时间": colFrom, "valid_from": colFrom, "失效时间": colUntil, "Valid-Until": colUntil, "过期时间[可空]": colUntil,
		"": ignored, "备注": ignored, "问题1": ignored, "(": ignored, "1": ignored,
	} {
		if got := columnOf(heading); got != want {
			t.Errorf("%q is column %d, want %d", heading, got, want)
		}
	}
}

func TestEveryNameIsFolded(t *testing.T) {
	for name, c := range names {
		if columnOf(name) != c {
			t.Errorf("the name %q does not find its own column", name)
		}
		if c.field() == "" {
			t.Errorf("column %d has no field name", c)
		}
	}
}

// What guard writes, unguard reads, and no guarded cell begins like a formula.
func TestGuardIsReversible(t *testing.T) {
	cells := rapid.StringOf(rapid.SampledFrom([]rune("'=+-@\t＝a中 \n")))
	rapid.Check(t, func(r *rapid.T) {
		cell := cells.Draw(r, "cell")
		guarded := guard(cell)
		if unguard(guarded) != cell {
			r.Fatalf("%q was written as %q and read as %q", cell, guarded, unguard(guarded))
		}
		if guarded != "" && strings.ContainsRune(formula, []rune(guarded)[0]) {
			r.Fatalf("%q is written as %q", cell, guarded)
		}
	})
}

func TestSimilarIsReversible(t *testing.T) {
	wording := rapid.StringOfN(rapid.SampledFrom([]rune("a中|；; ,")), 1, 6, -1).Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
	rapid.Check(t, func(r *rapid.T) {
		similar := rapid.SliceOfN(wording, 0, 5).Draw(r, "similar")
		if got := splitSimilar(joinSimilar(similar)); !slices.Equal(got, similar) {
			r.Fatalf("%q was read as %q", similar, got)
		}
	})
}

func TestSplitSimilar(t *testing.T) {
	for cell, want := range map[string][]string{
		"a|b":          {"a", "b"},
		"a｜b；c":        {"a", "b", "c"},
		"a;b":          {"a;b"}, // an English semicolon is too common within texts
		"a|b\nc；d\r\n": {"a|b", "c；d"},
		"a||b":         {"a", "b"},
		"":             nil,
	} {
		if got := splitSimilar(cell); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
}

func TestDelimiter(t *testing.T) {
	for text, want := range map[string]rune{
		"": ',', "问题": ',', "a,b": ',', "a\tb": '\t', "a;b;c,d": ';', "\n\n a\tb\tc,d": '\t', "a,b;c": ',',
	} {
		if got := textfile.Delimiter(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestEndOfValidityIncludesItsDay(t *testing.T) {
	for cell, want := range map[string]string{
		"2026-11-15":          "2026-11-16 00:00:00",
		"2026-12-31":          "2027-01-01 00:00:00",
		"2026-11-15 00:00":    "2026-11-15 00:00:00",
		"2026年11月15日 18点":     "2026-11-15 18:00:00",
		"2026/11/15 23:59:59": "2026-11-15 23:59:59",
	} {
		at, ok := parseTime(cell, true)
		if !ok || formatTime(at) != want {
			t.Errorf("%q: %v %v, want %s", cell, at, ok, want)
		}
	}
	if at, ok := parseTime("  ", true); at != nil || !ok || formatTime(nil) != "" {
		t.Errorf("the empty cell: %v, %v", at, ok)
	}
}

func TestWrittenTimesAreReadBack(t *testing.T) {
	start, _ := parseTime("2026-01-01", false)
	rapid.Check(t, func(r *rapid.T) {
		offset := time.Duration(rapid.Int64Range(0, int64(150*365*24*time.Hour)).Draw(r, "offset"))
		if rapid.Bool().Draw(r, "whole") {
			offset = offset.Truncate(time.Second)
		}
		want := start.Add(offset)
		for _, end := range []bool{false, true} {
			if got, ok := parseTime(formatTime(&want), end); !ok || !got.Equal(want) {
				r.Fatalf("%s was written as %q and read as %v", want, formatTime(&want), got)
			}
		}
	})
}
