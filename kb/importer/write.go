package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx"
	"github.com/yingda/yingda/kb"
)

// Write writes articles so that Read gives them back, cleaned as kb.Clean does
// it and without Bot, UpdatedAt and Version, which no format carries. What is
// lost beside that:
//
//   - all formats: byte order marks and zero-width spaces in wordings; what is
//     not fit to be imported (see kb.Article.Flaws) comes back as a problem.
//   - csv, tsv, xlsx, md: nothing. Cells that a spreadsheet could take for a
//     formula have an apostrophe before them, which Read takes away; what is
//     too long for a cell goes on in a column named （续2）. One value that no
//     cell can hold, of 32 767 characters, is fault.TooLarge in xlsx.
//   - jsonl, json: nothing.
//   - rasa: category, times, threshold, owner, review, attachments, blocks but
//     an image and buttons that speak, and variants but those for one channel.
//     Wordings must not look like entities: [北京](city).
//   - html: the answer comes back as Markdown that shows the same, without raw
//     HTML in it.
//
// A writer that fails is fault.Unavailable, an unknown format fault.Invalid.
func Write(w io.Writer, format Format, articles []kb.Article) error {
	var err error
	out := bufio.NewWriter(w)
	switch format {
	case CSV, TSV:
		err = writeText(out, format, sheetRows(articles))
	case XLSX:
		err = xlsx.Write(out, []xlsx.Sheet{{Name: "知识库", Widths: widths(articles), Rows: sheetRows(articles)}})
	case JSONL, JSON:
		err = writeJSON(out, format, articles)
	case Markdown:
		err = writeMarkdown(out, articles)
	case Rasa:
		err = writeRasa(out, articles)
	case HTML:
		err = writeHTML(out, articles)
	default:
		return fault.New(fault.Invalid, "不支持的格式 %q，可以导出：%s", clip(string(format), 20), formatList())
	}
	if err == nil {
		err = out.Flush()
	}
	if fault.Is(err, fault.TooLarge) {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "导出没有写完，请重试")
}

// exported is a column of the table that is written.
type exported struct {
	heading string
	width   int
	always  bool
	cells   func(kb.Article) []string // more than one where a cell would be too long
	whole   func(kb.Article) string   // in one cell whatever its length
}

var exports = []exported{
	one("编号", 14, true, func(a kb.Article) string { return a.ID }),
	one("问题", 36, true, func(a kb.Article) string { return a.Question }),
	many("相似问", 36, true, func(a kb.Article) []string { return a.Similar }, joinSimilar),
	one("答案", 60, true, func(a kb.Article) string { return a.Answer }),
	one("分类", 18, true, func(a kb.Article) string { return a.Category }),
	one("生效时间", 20, true, func(a kb.Article) string { return formatTime(a.ValidFrom) }),
	one("失效时间", 20, true, func(a kb.Article) string { return formatTime(a.ValidUntil) }),
	one("阈值", 8, false, func(a kb.Article) string {
		if a.AnswerAt == 0 {
			return ""
		}
		return strconv.FormatFloat(a.AnswerAt, 'f', -1, 64)
	}),
	one("负责人", 14, false, func(a kb.Article) string { return a.Owner }),
	one("状态", 10, false, func(a kb.Article) string {
		if name, ok := reviewNames[a.Review]; ok {
			return name
		}
		return string(a.Review)
	}),
	many("富内容", 30, false, func(a kb.Article) []kb.Block { return a.Blocks }, asJSON),
	many("附件", 30, false, func(a kb.Article) []kb.Attachment { return a.Attachments }, asJSON),
	many("变体", 30, false, func(a kb.Article) []kb.Variant { return a.Variants }, asJSON),
}

// one is a column whose cell is never divided.
func one(heading string, width int, always bool, cell func(kb.Article) string) exported {
	return exported{heading, width, always, func(a kb.Article) []string { return []string{cell(a)} }, cell}
}

// many is the column of a list.
func many[T any](heading string, width int, always bool, list func(kb.Article) []T, join func([]T) string) exported {
	return exported{heading, width, always, func(a kb.Article) []string { return chunks(list(a), join) }, func(a kb.Article) string {
		if len(list(a)) == 0 {
			return ""
		}
		return join(list(a))
	}}
}

func asJSON[T any](list []T) string { return toJSON(list) }

// roomy leaves place in a cell for what guard and JSON add.
const roomy = xlsx.MaxCell - 100

// chunks divides a list so that each part fits a cell, as far as it can be divided.
func chunks[T any](list []T, join func([]T) string) []string {
	if len(list) == 0 {
		return nil
	}
	cell := join(list)
	if len(list) == 1 || len(cell) <= roomy || len(utf16.Encode([]rune(cell))) <= roomy {
		return []string{cell}
	}
	half := len(list) / 2
	return append(chunks(list[:half], join), chunks(list[half:], join)...)
}

// layout says how many columns each of exports takes, 0 for those left out.
func layout(articles []kb.Article) []int {
	out := make([]int, len(exports))
	for i, e := range exports {
		if e.always {
			out[i] = 1
		}
		for _, a := range articles {
			if cells := e.cells(a); len(cells) > out[i] && (len(cells) > 1 || cells[0] != "") {
				out[i] = len(cells)
			}
		}
	}
	return out
}

func widths(articles []kb.Article) []int {
	var out []int
	for i, n := range layout(articles) {
		for range n {
			out = append(out, exports[i].width)
		}
	}
	return out
}

// sheetRows are the heading and the rows of a table.
func sheetRows(articles []kb.Article) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		columns := layout(articles)
		var row []string
		for i, n := range columns {
			for j := range n {
				heading := exports[i].heading
				if j > 0 {
					heading += "（续" + strconv.Itoa(j+1) + "）"
				}
				row = append(row, heading)
			}
		}
		if !yield(row) {
			return
		}
		for _, a := range articles {
			row = row[:0]
			for i, n := range columns {
				var cells []string
				if n > 0 {
					cells = exports[i].cells(a)
				}
				for j := range n {
					cell := ""
					if j < len(cells) {
						cell = guard(cells[j])
					}
					row = append(row, cell)
				}
			}
			if !yield(row) {
				return
			}
		}
	}
}

// writeText begins with a byte order mark, by which Excel knows UTF-8.
func writeText(w io.Writer, format Format, rows iter.Seq[[]string]) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if format == TSV {
		out.Comma = '\t'
	}
	for row := range rows {
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// object is an article as JSON formats have it.
type object struct {
	ID         string `json:"id,omitempty"`
	Question   string `json:"question,omitempty"`
	Similar    any    `json:"similar,omitempty"`
	Answer     string `json:"answer,omitempty"`
	Category   string `json:"category,omitempty"`
	ValidFrom  string `json:"valid_from,omitempty"`
	ValidUntil string `json:"valid_until,omitempty"`

	Blocks      []kb.Block      `json:"blocks,omitempty"`
	Variants    []kb.Variant    `json:"variants,omitempty"`
	Attachments []kb.Attachment `json:"attachments,omitempty"`
	AnswerAt    float64         `json:"answer_at,omitempty"`
	Owner       string          `json:"owner,omitempty"`
	Review      kb.Review       `json:"review,omitempty"`
}

func newObject(a kb.Article) object {
	o := object{
		a.ID, a.Question, nil, a.Answer, a.Category, formatTime(a.ValidFrom), formatTime(a.ValidUntil),
		a.Blocks, a.Variants, a.Attachments, a.AnswerAt, a.Owner, a.Review,
	}
	if len(a.Similar) > 0 {
		o.Similar = a.Similar
	}
	return o
}

// writeJSON writes an object a line, of a JSON array with brackets and commas
// around them.
func writeJSON(w io.Writer, format Format, articles []kb.Article) error {
	before, between, after := "", "\n", "\n"
	if format == JSON {
		before, between, after = "[\n", ",\n", "\n]\n"
	}
	if len(articles) == 0 && format == JSONL {
		return nil
	}
	var b bytes.Buffer
	b.WriteString(before)
	for i, a := range articles {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(toJSON(newObject(a)))
		if _, err := b.WriteTo(w); err != nil {
			return err
		}
	}
	b.WriteString(after)
	_, err := b.WriteTo(w)
	return err
}

func writeMarkdown(w io.Writer, articles []kb.Article) error {
	var b bytes.Buffer
	b.WriteString("---\n格式: " + ownMarkdown + "\n---\n")
	line := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + strings.ReplaceAll(value, "\n", " ") + "\n")
		}
	}
	for _, a := range articles {
		b.WriteString("\n# " + a.Question + "\n\n编号: " + a.ID + "\n")
		for _, e := range exports {
			switch e.heading {
			case "编号", "问题", "答案":
			case "相似问":
				if len(a.Similar) > 0 {
					b.WriteString("相似问:\n- " + strings.Join(a.Similar, "\n- ") + "\n")
				}
			default:
				for _, cell := range e.cells(a) {
					line(e.heading, cell)
				}
			}
		}
		b.WriteString("\n" + escapeHeadings(a.Answer) + "\n")
		if _, err := b.WriteTo(w); err != nil {
			return err
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// formatTime writes a time so that parseTime reads the same instant.
func formatTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	if t.Nanosecond() == 0 {
		return t.In(shop).Format("2006-01-02 15:04:05")
	}
	return t.Format(time.RFC3339Nano)
}
