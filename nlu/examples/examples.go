// Package examples reads labelled messages from the files that trainers have:
// JSON Lines, CSV (UTF-8, GB18030 or UTF-16), XLSX, and Rasa's training data in
// YAML and Markdown. Every row that cannot be used is a Problem with its line;
// none is dropped in silence.
package examples

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/textfile"
	"github.com/yingda/yingda/nlu/head"
)

// Format is a file format.
type Format string

// The formats.
const (
	JSONL    Format = "jsonl"
	CSV      Format = "csv"
	XLSX     Format = "xlsx"
	YAML     Format = "yaml" // Rasa 2 and 3
	Markdown Format = "md"   // Rasa 1
)

// Formats are all formats, for messages and descriptions.
var Formats = []Format{JSONL, CSV, XLSX, YAML, Markdown}

// The limits of a file.
const (
	MaxBytes     = 20 << 20
	MaxRows      = 200_000
	MaxTextRunes = 2000
	MaxLabelSize = 128 // bytes
	maxProblems  = 1000
)

// Problem is why a row was not taken.
type Problem struct {
	Sheet   string `json:"sheet,omitempty"` // of a workbook
	Line    int    `json:"line"`            // from 1
	Code    string `json:"code"`            // no_text, no_label, text_too_long, label_too_long, bad_weight, bad_row, too_many_rows
	Message string `json:"message"`
}

// Where names the place within the file.
func (p Problem) Where() string {
	if p.Sheet != "" {
		return fmt.Sprintf("%s line %d", p.Sheet, p.Line)
	}
	return fmt.Sprintf("line %d", p.Line)
}

// Set is what a file holds.
type Set struct {
	Examples []head.Example
	// Lines are where the examples begin.
	Lines []int
	// Problems of the rows that were not taken, at most 1 000 of them.
	Problems []Problem
	// Rejected counts all of those rows.
	Rejected int
}

// Err is nil when every row was taken; else it is fault.Invalid, names the
// first bad row and counts the rest.
func (s Set) Err() error {
	if s.Rejected == 0 {
		return nil
	}
	first := s.Problems[0]
	more := ""
	if s.Rejected > 1 {
		more = fmt.Sprintf("；另有 %d 行有问题 (and %d more rows)", s.Rejected-1, s.Rejected-1)
	}
	return fault.In(first.Where(), fault.New(fault.Invalid, "%s%s", first.Message, more))
}

// FormatOf tells a file's format by its name; one that says nothing is JSONL.
func FormatOf(name string) Format {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".tsv", ".txt":
		return CSV
	case ".xlsx", ".xlsm":
		return XLSX
	case ".yml", ".yaml":
		return YAML
	case ".md":
		return Markdown
	}
	return JSONL
}

// Read reads a whole file. One over MaxBytes is fault.TooLarge; one that is
// nothing of its format, has no example at all, or whose encoding is unknown,
// is fault.Invalid, an unknown format too; a reader that fails is
// fault.Unavailable. Single bad rows are in the Set.
func Read(r io.Reader, format Format) (Set, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Set{}, fault.Wrap(err, fault.Unavailable, "文件没有读完，请重试 (the file could not be read to its end)")
	}
	if len(data) > MaxBytes {
		return Set{}, fault.New(fault.TooLarge, "文件超过 %d MB，请拆成几个 (the file is over %d MB: split it)", MaxBytes>>20, MaxBytes>>20)
	}
	b := &builder{}
	if format == XLSX {
		err = b.xlsx(data)
	} else {
		var text string
		if text, err = textfile.Decode(data); err != nil {
			return Set{}, err
		}
		switch format {
		case JSONL:
			b.jsonl(text)
		case CSV:
			err = b.csv(text)
		case YAML:
			err = b.yaml(text)
		case Markdown:
			err = b.markdown(text)
		default:
			return Set{}, fault.New(fault.Invalid, "不支持的格式 %q，可用：jsonl、csv、xlsx、yaml、md (unknown format)", format)
		}
	}
	if err == nil && len(b.set.Examples) == 0 && b.set.Rejected == 0 {
		err = fault.New(fault.Invalid, "文件里没有标注的消息 (the file holds no labelled messages)")
	}
	return b.set, err
}

// builder is a Set in the making.
type builder struct {
	set   Set
	sheet string
	rows  int
}

func (b *builder) reject(line int, code, message string) {
	b.set.Rejected++
	if len(b.set.Problems) < maxProblems {
		b.set.Problems = append(b.set.Problems, Problem{b.sheet, line, code, message})
	}
}

// add takes an example, or says what is wrong with it.
func (b *builder) add(line int, e head.Example) {
	b.rows++
	e.Text, e.Label, e.Alt = strings.TrimSpace(e.Text), strings.TrimSpace(e.Label), strings.TrimSpace(e.Alt)
	switch {
	case b.rows > MaxRows:
		b.reject(line, "too_many_rows", fmt.Sprintf("一次最多 %d 条，从这一行起没有读入 (at most %d rows)", MaxRows, MaxRows))
	case e.Text == "":
		b.reject(line, "no_text", "消息是空的：删掉这一行，或写上文字 (the text is empty; remove the line or write the message)")
	case e.Label == "":
		b.reject(line, "no_label", "没有意图：在 intent 或 label 一栏写上 (the label is empty; write it as \"intent\" or \"label\")")
	case utf8.RuneCountInString(e.Text) > MaxTextRunes:
		b.reject(line, "text_too_long", fmt.Sprintf("消息超过 %d 个字 (the text is longer than %d characters)", MaxTextRunes, MaxTextRunes))
	case len(e.Label) > MaxLabelSize || len(e.Alt) > MaxLabelSize:
		b.reject(line, "label_too_long", fmt.Sprintf("意图名超过 %d 字节 (the label is longer than %d bytes)", MaxLabelSize, MaxLabelSize))
	case e.Weight < 0 || math.IsNaN(e.Weight) || e.Weight > 1e6:
		b.reject(line, "bad_weight", "权重要在 0 到 1000000 之间 (the weight is negative or too large)")
	default:
		b.set.Examples, b.set.Lines = append(b.set.Examples, e), append(b.set.Lines, line)
	}
}
