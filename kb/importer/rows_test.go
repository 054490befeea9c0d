package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// rowsOf reads rows of cells and says what became of them: "question|similar=answer"
// and the problems as "line:code".
func rowsOf(t *testing.T, rows [][]string, merged map[[2]int]bool) (got, codes []string) {
	t.Helper()
	tab := newTable(t.Context(), Options{}, nil)
	g := &grid{t: tab}
	for i, cells := range rows {
		r := gridRow{line: i + 1, cells: cells}
		for c := range cells {
			r.merged = append(r.merged, merged[[2]int{i, c}])
		}
		if err := g.row(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.end(); err != nil {
		t.Fatal(err)
	}
	for _, r := range tab.Rows {
		s := strings.Join(r.Article.Phrasings(), "|") + "=" + r.Article.Answer
		for _, v := range r.Article.Variants {
			s += " " + strings.Join(append(v.Channels, v.Tags...), "+") + ":" + v.Answer
		}
		got = append(got, s)
	}
	for _, p := range tab.Problems {
		codes = append(codes, fmt.Sprintf("%d:%s", p.Line, p.Code))
	}
	return got, codes
}

// When a row goes on with the one above it, and when it is one of its own.
func TestRowsThatGoOn(t *testing.T) {
	head := []string{"编号", "问题", "相似问", "答案", "渠道", "图片"}
	for name, c := range map[string]struct {
		rows        [][]string
		merged      map[[2]int]bool
		want, codes []string
	}{
		"two articles":                     {rows: [][]string{{"", "一", "", "甲"}, {"", "二", "", "乙"}}, want: []string{"一=甲", "二=乙"}},
		"only a similar question":          {rows: [][]string{{"", "一", "a", "甲"}, {"", "", "b"}, {"", "", "c"}}, want: []string{"一|a|b|c=甲"}},
		"the question again":               {rows: [][]string{{"", "一", "a", "甲"}, {"", "一", "b", "甲"}}, want: []string{"一|a|b=甲"}},
		"the question again, no answer":    {rows: [][]string{{"", "一", "a", "甲"}, {"", "一", "b", ""}}, want: []string{"一|a|b=甲"}},
		"the same row twice":               {rows: [][]string{{"", "一", "a", "甲"}, {"", "一", "a", "甲"}}, want: []string{"一|a=甲"}, codes: []string{"3:duplicate_question"}},
		"another answer":                   {rows: [][]string{{"", "一", "a", "甲"}, {"", "一", "b", "乙"}}, want: []string{"一|a=甲"}, codes: []string{"3:different_answers"}},
		"no answer, another question":      {rows: [][]string{{"", "一", "", "甲"}, {"", "二", "", ""}}, want: []string{"一=甲"}, codes: []string{"3:missing"}},
		"no answer, the same number":       {rows: [][]string{{"1", "一", "", "甲"}, {"1", "二", "", ""}}, want: []string{"一|二=甲"}},
		"the same number, another answer":  {rows: [][]string{{"1", "一", "", "甲"}, {"1", "二", "", "乙"}}, want: []string{"一=甲"}, codes: []string{"3:duplicate_id"}},
		"another number":                   {rows: [][]string{{"1", "一", "", "甲"}, {"2", "", "b", ""}}, want: []string{"一=甲"}, codes: []string{"3:missing", "3:missing"}},
		"the answer's cell is merged":      {rows: [][]string{{"", "一", "", "甲"}, {"", "二", "b", "甲"}}, merged: map[[2]int]bool{{2, 3}: true}, want: []string{"一|二|b=甲"}},
		"merged, but another number":       {rows: [][]string{{"1", "一", "", "甲"}, {"2", "二", "", "甲"}}, merged: map[[2]int]bool{{2, 3}: true}, want: []string{"一=甲"}, codes: []string{"3:missing"}},
		"a picture more":                   {rows: [][]string{{"", "一", "", "甲", "", "https://a.example/1.png"}, {"", "", "", "", "", "https://a.example/2.png"}}, want: []string{"一=甲"}},
		"for a channel":                    {rows: [][]string{{"", "一", "", "甲"}, {"", "一", "", "乙", "app"}, {"", "一", "", "丙", "web"}}, want: []string{"一=甲 app:乙 web:丙"}},
		"for a channel first":              {rows: [][]string{{"", "一", "a", "乙", "app"}, {"", "一", "b", "甲"}, {"", "二", "", "丙"}}, want: []string{"一|a|b=甲 app:乙", "二=丙"}},
		"for a channel alone":              {rows: [][]string{{"", "一", "", "乙", "app"}, {"", "二", "", "丙"}}, want: []string{"二=丙"}, codes: []string{"2:no_default"}},
		"a number and nothing else":        {rows: [][]string{{"1", "一", "", "甲"}, {"2"}, {"3"}}, want: []string{"一=甲"}},
		"a bad row that goes on spoils it": {rows: [][]string{{"", "一", "", "甲"}, {"", "", "#N/A"}, {"", "", "b", "", "", "", "", "x"}}, want: nil, codes: []string{"3:formula_error", "4:bad_row"}},
		"nothing above":                    {rows: [][]string{{"", "", "b", ""}, {"", "一", "", "甲"}}, want: []string{"一=甲"}, codes: []string{"2:missing", "2:missing"}},
	} {
		got, codes := rowsOf(t, append([][]string{head}, c.rows...), c.merged)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff(c.codes, codes); d != "" {
			t.Errorf("%s: problems %s", name, d)
		}
	}
}

func TestHeadingIsLookedForInTheFirstRows(t *testing.T) {
	for above, found := range map[int]bool{0: true, headingRows - 1: true, headingRows: false} {
		tab := newTable(t.Context(), Options{}, nil)
		g, err := &grid{t: tab}, error(nil)
		rows := append(slices.Repeat([][]string{{"说明"}, {" "}}, above), []string{"问题", "答案"}, []string{"一", "甲"})
		for i, cells := range rows {
			if err == nil {
				err = g.row(gridRow{line: i + 1, cells: cells})
			}
		}
		if err == nil {
			err = g.end()
		}
		if errors.Is(err, errNoHeading) == found || found && len(tab.Rows) != 1 {
			t.Errorf("with %d rows above: %v, %d articles", above, err, len(tab.Rows))
		}
	}
}

// scanned are the rows of a text as the scanner divides it.
func scanned(text string, comma byte) (rows [][]string, lines []int, states []quotes) {
	s := &scanner{text: text, comma: comma, line: 1}
	for s.text != "" {
		line, cells, state := s.next()
		rows, lines, states = append(rows, cells), append(lines, line), append(states, state)
	}
	return rows, lines, states
}

func TestScanner(t *testing.T) {
	for text, want := range map[string]struct {
		rows   [][]string
		lines  []int
		states []quotes
	}{
		"a,b\r\nc,d":        {[][]string{{"a", "b"}, {"c", "d"}}, []int{1, 2}, []quotes{0, 0}},
		"\n\ra":             {[][]string{{""}, {""}, {"a"}}, []int{1, 2, 3}, []quotes{0, 0, 0}},
		"\"a\nb\",c\nd":     {[][]string{{"a\nb", "c"}, {"d"}}, []int{1, 3}, []quotes{0, 0}},
		"\"a\r\nb\rc\"\nd":  {[][]string{{"a\r\nb\rc"}, {"d"}}, []int{1, 4}, []quotes{0, 0}},
		"\"a\"\"b\" ,c":     {[][]string{{"a\"b", "c"}}, []int{1}, []quotes{0}},
		"a\"b,c\n":          {[][]string{{"a\"b", "c"}}, []int{1}, []quotes{looseQuotes}},
		"\"a,b\nc,d\n":      {[][]string{nil, {"c", "d"}}, []int{1, 2}, []quotes{brokenQuotes, 0}},
		"x,\"a\"b\n\"c\"":   {[][]string{nil, {"c"}}, []int{1, 2}, []quotes{brokenQuotes, 0}},
		"a,":                {[][]string{{"a", ""}}, []int{1}, []quotes{0}},
		"\"\",\"\"\"\"\n":   {[][]string{{"", "\""}}, []int{1}, []quotes{0}},
		"\"never closed":    {[][]string{nil}, []int{1}, []quotes{brokenQuotes}},
		"\xff,\"\xfe\"\n":   {[][]string{{"\xff", "\xfe"}}, []int{1}, []quotes{0}},
		"a;b,c;\"d;\"\n":    {[][]string{{"a;b", "c;\"d;\""}}, []int{1}, []quotes{looseQuotes}},
		"\"a\"\t,b\nc":      {[][]string{nil, {"c"}}, []int{1, 2}, []quotes{brokenQuotes, 0}},
		"一,二\r三,四\n五\r\n六,": {[][]string{{"一", "二"}, {"三", "四"}, {"五"}, {"六", ""}}, []int{1, 2, 3, 4}, []quotes{0, 0, 0, 0}},
	} {
		rows, lines, states := scanned(text, ',')
		if d := cmp.Diff(want.rows, rows); d != "" || !slices.Equal(lines, want.lines) || !slices.Equal(states, want.states) {
			t.Errorf("%q: %slines %v, states %v", text, d, lines, states)
		}
	}
}

// Any text is divided to its end, each row begins on a line after the last,
// and none has more lines than the text.
func TestScannerTakesEverything(t *testing.T) {
	text := rapid.StringOf(rapid.SampledFrom([]rune("a,\"\"\n\r 中")))
	rapid.Check(t, func(r *rapid.T) {
		s := text.Draw(r, "text")
		_, lines, _ := scanned(s, ',')
		for i := 1; i < len(lines); i++ {
			if lines[i] <= lines[i-1] {
				r.Fatalf("%q: lines %v", s, lines)
			}
		}
		if n := 1 + strings.Count(s, "\n") + strings.Count(s, "\r"); len(lines) > n {
			r.Fatalf("%q: %d rows of %d lines", s, len(lines), n)
		}
	})
}

// After very many broken rows a row is a line, so that a file of nothing but
// quotes is read in one go.
func TestScannerGivesUpOnQuotes(t *testing.T) {
	rows, _, states := scanned(strings.Repeat("\"a\n", 2*maxBroken)+"b,\"c\"\n", ',')
	if n := len(rows); states[0] != brokenQuotes || states[n-1] != goodQuotes || rows[n-1][1] != "c" {
		t.Errorf("%d rows, the last %q", n, rows[n-1])
	}
}
