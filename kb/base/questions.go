package base

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/textfile"
	"github.com/yingda/yingda/kb/eval"
)

// Headings of the two columns of a table of questions.
var (
	questionHeadings = []string{"query", "question", "message", "问题", "测试问题", "用户问题"}
	rightHeadings    = []string{"kb_id", "kb_ids", "id", "article", "article_id", "编号", "条目编号", "知识编号"}
)

// ReadQuestions reads test questions: JSON Lines of {"query", "kb_ids"} (see
// eval.ReadQuestions), or a table of two columns, the question and the ids of
// the articles that answer it, divided by | or ;. A first line of headings may
// say which is which. A file that begins with { is JSON Lines. Faults are
// Invalid, with the line.
func ReadQuestions(r io.Reader) ([]Question, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "测试问题文件无法读取")
	}
	text, err := textfile.Decode(raw)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		read, err := eval.ReadQuestions(strings.NewReader(text))
		out := make([]Question, len(read))
		for i, q := range read {
			out[i] = Question{Text: q.Text, Right: q.Right}
		}
		return out, err
	}
	return readTable(text)
}

func readTable(text string) ([]Question, error) {
	table := csv.NewReader(strings.NewReader(text))
	table.Comma, table.FieldsPerRecord, table.LazyQuotes = textfile.Delimiter(text), -1, true
	question, right := 0, 1
	var out []Question
	for first := true; ; first = false {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "测试问题文件不是有效的表格：%v", err)
		}
		line, _ := table.FieldPos(0)
		if q, r, ok := headings(row); first && ok {
			question, right = q, r
			continue
		}
		q := Question{Text: cell(row, question)}
		if q.Text == "" && cell(row, right) == "" {
			continue
		}
		if q.Text == "" {
			return nil, fault.In(fmt.Sprintf("line %d", line), fault.New(fault.Invalid, "第 %d 行没有问题", line))
		}
		for _, id := range strings.FieldsFunc(cell(row, right), func(r rune) bool { return strings.ContainsRune("|;；、", r) }) {
			if id = strings.TrimSpace(id); id != "" {
				q.Right = append(q.Right, id)
			}
		}
		out = append(out, q)
	}
}

// headings finds the columns by name; ok is false when the row is no heading.
func headings(row []string) (question, right int, ok bool) {
	find := func(names []string) int {
		return slices.IndexFunc(row, func(c string) bool { return slices.Contains(names, strings.ToLower(strings.TrimSpace(c))) })
	}
	question, right = find(questionHeadings), find(rightHeadings)
	if question >= 0 && right < 0 {
		right = 1 - question
	}
	return question, right, question >= 0
}

func cell(row []string, i int) string {
	if i < 0 || i >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[i])
}
