package importer

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/textfile"
	"github.com/yingda/yingda/kb"
)

// csv reads a table with headings.
func (t *table) csv(text string) error {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = textfile.Delimiter(text)
	r.FieldsPerRecord = -1
	columns, err := headings(r)
	if err != nil {
		return err
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			if !t.full(parse.StartLine) {
				t.reject(parse.StartLine, "", "bad_row", "这一行的引号不配对：含逗号、换行或引号的内容要用英文双引号括起来，其中的引号写两遍")
			}
			continue
		}
		if err != nil {
			return fault.Wrap(err, fault.Internal, "表格读取失败")
		}
		line, _ := r.FieldPos(0)
		if blank(record) || t.full(line) {
			continue
		}
		t.row(line, columns, record)
	}
}

// headings finds the first row with a known heading for the question; notes
// above the table are passed over, up to ten rows.
func headings(r *csv.Reader) ([]column, error) {
	var seen []string
	for range 10 {
		record, err := r.Read()
		if err != nil {
			break
		}
		columns := make([]column, len(record))
		question, answer := false, false
		for i, h := range record {
			columns[i] = columnOf(h)
			question = question || columns[i] == colQuestion
			answer = answer || columns[i] == colAnswer
		}
		if question && answer {
			return columns, nil
		}
		if seen == nil && !blank(record) {
			seen = record
		}
	}
	found := strings.Join(seen, "、")
	if len([]rune(found)) > 100 {
		found = string([]rune(found)[:100]) + "…"
	}
	return nil, fault.New(fault.Invalid, "没有找到表头：第一行需要有“问题”和“答案”两列（也可以有编号、相似问、分类、生效时间、失效时间），现在是：%s", found)
}

func blank(record []string) bool {
	for _, cell := range record {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// row takes one record.
func (t *table) row(line int, columns []column, record []string) {
	var a kb.Article
	bad := false
	for i, cell := range record {
		if i >= len(columns) {
			if strings.TrimSpace(cell) != "" {
				bad = true
				t.problem(line, "", "bad_row", "这一行有 %d 格，表头只有 %d 列：多半是内容里的逗号没有用英文双引号括起来", len(record), len(columns))
				break
			}
			continue
		}
		cell = unguard(cell)
		switch columns[i] {
		case colID:
			a.ID = cell
		case colQuestion:
			a.Question = first(a.Question, cell)
		case colSimilar:
			a.Similar = append(a.Similar, splitSimilar(cell)...)
		case colOne:
			a.Similar = append(a.Similar, cell)
		case colAnswer:
			a.Answer = first(a.Answer, cell)
		case colCategory:
			a.Category = first(a.Category, cell)
		case colFrom, colUntil:
			bad = !t.period(line, columns[i], cell, &a) || bad
		case ignored:
		}
	}
	t.take(line, a, bad)
}

// first prefers the earlier of two columns of the same meaning.
func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// period reads a bound of validity into a; a bad one is a problem.
func (t *table) period(line int, c column, cell string, a *kb.Article) bool {
	at, ok := parseTime(cell, c == colUntil)
	if !ok {
		t.problem(line, c.field(), "bad_date", "时间“%s”看不懂，请写成 2026-11-01 或 2026-11-01 08:00", clip(cell, 40))
		return false
	}
	if c == colFrom {
		a.ValidFrom = at
	} else {
		a.ValidUntil = at
	}
	return true
}

// clip shortens s to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
