package importer

import (
	"fmt"
	"io"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/textfile"
	"github.com/yingda/yingda/kb"
)

// Format is a file format.
type Format string

// The formats.
const (
	CSV   Format = "csv"
	JSONL Format = "jsonl"
)

// The limits of a file.
const (
	MaxBytes = 20 << 20
	MaxRows  = 20000
)

// Row is an article as a row of the file gives it.
type Row struct {
	// Line is where the row begins, from 1.
	Line int
	// Article is clean and has no flaws; its ID is empty where the row has none.
	Article kb.Article
}

// Problem is why a row, or a cell of it, was not taken.
type Problem struct {
	Line  int    `json:"line"`
	Field string `json:"field,omitempty"`
	// Code is one of kb.Flaw's codes, or bad_row, bad_date, duplicate_id,
	// duplicate_question, too_many_rows.
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Table is what a file holds.
type Table struct {
	// Count is how many rows were read, good and bad.
	Count int
	// Rows are the good ones in the order of the file. Two of them share
	// neither an id nor a question.
	Rows []Row
	// Problems of the bad ones in the order of the file.
	Problems []Problem
	// Rejected counts the bad rows.
	Rejected int
}

// Read reads a whole file. A file over MaxBytes is fault.TooLarge; one that is
// no table at all (unknown encoding, no known heading, nothing in it), and an
// unknown format, are fault.Invalid; a reader that fails is fault.Unavailable.
func Read(r io.Reader, format Format) (Table, error) {
	if format != CSV && format != JSONL {
		return Table{}, fault.New(fault.Invalid, "不支持的格式 %q，请上传 csv 或 jsonl", format)
	}
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Table{}, fault.Wrap(err, fault.Unavailable, "文件没有读完，请重新上传")
	}
	if len(data) > MaxBytes {
		return Table{}, fault.New(fault.TooLarge, "文件超过 %d MB，请拆成几个再上传", MaxBytes>>20)
	}
	text, err := textfile.Decode(data)
	if err != nil {
		return Table{}, err
	}
	t := &table{ids: map[string]int{}, questions: map[string]int{}}
	if format == CSV {
		err = t.csv(text)
	} else {
		err = t.jsonl(text)
	}
	if err == nil && t.Count == 0 {
		err = fault.New(fault.Invalid, "文件里没有数据")
	}
	return t.Table, err
}

// table is a Table in the making.
type table struct {
	Table
	ids, questions map[string]int // → line
}

func (t *table) problem(line int, field, code, format string, args ...any) {
	t.Problems = append(t.Problems, Problem{line, field, code, fmt.Sprintf(format, args...)})
}

// reject notes a row that has problems of its own already, or gets one here.
func (t *table) reject(line int, field, code, format string, args ...any) {
	t.Rejected++
	t.problem(line, field, code, format, args...)
}

// full counts the row and reports whether it is beyond the limit; the first
// such row is a problem, the rest are only counted.
func (t *table) full(line int) bool {
	t.Count++
	if t.Count <= MaxRows {
		return false
	}
	t.Rejected++
	if t.Count == MaxRows+1 {
		t.problem(line, "", "too_many_rows", "一次最多导入 %d 行，从这一行起没有读入", MaxRows)
	}
	return true
}

// take adds an article, or its flaws. bad is true when the row has problems
// already.
func (t *table) take(line int, a kb.Article, bad bool) {
	a = a.Clean()
	for _, f := range a.Flaws() {
		bad = true
		t.problem(line, f.Field, f.Code, "%s", f.Message)
	}
	if first, ok := t.ids[a.ID]; ok && a.ID != "" && !bad {
		bad = true
		t.problem(line, "id", "duplicate_id", "编号 %s 与第 %d 行重复", a.ID, first)
	}
	if first, ok := t.questions[a.Question]; ok && !bad {
		bad = true
		t.problem(line, "question", "duplicate_question", "问题与第 %d 行相同", first)
	}
	if bad {
		t.Rejected++
		return
	}
	if a.ID != "" {
		t.ids[a.ID] = line
	}
	t.questions[a.Question] = line
	t.Rows = append(t.Rows, Row{line, a})
}
