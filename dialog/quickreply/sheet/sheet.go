// Package sheet reads and writes quick replies as tables, CSV and XLSX: a row
// each, the first row the headings (标题, 内容, 文件夹, 快捷码, 附件, or title,
// text, folder, shortcut, attachments, in any order).
//
// Text files are read in whatever encoding an office program saved them; cells
// that a spreadsheet would take for a formula are written with an apostrophe
// before them, and read without it.
package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/yingda/yingda/dialog/quickreply"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/textfile"
	"github.com/yingda/yingda/internal/xlsx"
	"github.com/yingda/yingda/kb"
)

// Format is how a table is written.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Limits of a file.
const (
	MaxBytes = 5 << 20
	MaxRows  = 5000
)

// column is a field of a reply.
type column struct {
	heading string
	names   []string // in small letters
	get     func(quickreply.Reply) string
	set     func(*quickreply.Reply, string)
}

var columns = []column{
	{
		"文件夹", []string{"文件夹", "分组", "分类", "目录", "folder", "group", "category"},
		func(r quickreply.Reply) string { return r.Folder }, func(r *quickreply.Reply, v string) { r.Folder = v },
	},
	{
		"标题", []string{"标题", "名称", "短语标题", "title", "name"},
		func(r quickreply.Reply) string { return r.Title }, func(r *quickreply.Reply, v string) { r.Title = v },
	},
	{
		"内容", []string{"内容", "话术", "短语", "短语内容", "回复", "text", "content", "reply"},
		func(r quickreply.Reply) string { return r.Text }, func(r *quickreply.Reply, v string) { r.Text = v },
	},
	{
		"快捷码", []string{"快捷码", "快捷编码", "快捷键", "编码", "shortcut", "code"},
		func(r quickreply.Reply) string { return r.Shortcut }, func(r *quickreply.Reply, v string) { r.Shortcut = v },
	},
	{
		"附件", []string{"附件", "链接", "attachments", "links"},
		writeAttachments, func(r *quickreply.Reply, v string) { r.Attachments = readAttachments(v) },
	},
}

// writeAttachments writes a line each: the name, a blank, the address.
func writeAttachments(r quickreply.Reply) string {
	lines := make([]string, len(r.Attachments))
	for i, a := range r.Attachments {
		lines[i] = strings.TrimSpace(a.Name + " " + a.URL)
	}
	return strings.Join(lines, "\n")
}

// readAttachments reads what writeAttachments wrote; a line of one word is an
// address, which is its own name.
func readAttachments(text string) []kb.Attachment {
	var list []kb.Attachment
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		url := words[len(words)-1]
		name := strings.Join(words[:len(words)-1], " ")
		if name == "" {
			name = url
			if i := strings.LastIndex(url, "/"); i >= 0 && i+1 < len(url) {
				name = url[i+1:]
			}
		}
		list = append(list, kb.Attachment{Name: name, URL: url})
	}
	return list
}

// table reads rows under headings.
type table struct {
	at   []int // the column of columns that stands here, or -1
	rows []quickreply.Row
}

// row takes one row; the first that is not empty is the headings.
func (t *table) row(line int, cells []string) error {
	if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
		return nil
	}
	if t.at == nil {
		return t.headings(cells)
	}
	if len(t.rows) == MaxRows {
		return fault.New(fault.TooLarge, "表格超过 %d 行，请拆成几个文件。", MaxRows)
	}
	r := quickreply.Row{Line: line}
	for i, cell := range cells {
		if i < len(t.at) && t.at[i] >= 0 {
			columns[t.at[i]].set(&r.Reply, unguarded(cell))
		}
	}
	t.rows = append(t.rows, r)
	return nil
}

func (t *table) headings(cells []string) error {
	t.at = make([]int, len(cells))
	seen := map[int]bool{}
	for i, cell := range cells {
		name := strings.ToLower(strings.TrimSpace(cell))
		t.at[i] = slices.IndexFunc(columns, func(c column) bool { return slices.Contains(c.names, name) })
		if seen[t.at[i]] {
			t.at[i] = -1
		}
		seen[t.at[i]] = true
	}
	if !seen[1] || !seen[2] {
		return fault.New(fault.Invalid, "第一行应是列名，至少有“标题”和“内容”两列；可以先导出一份看看格式。")
	}
	return nil
}

// Read reads a file of either format, told apart by its first bytes. Only the
// first sheet of a workbook that is shown is read.
//
// Codes: Invalid (no table, broken quotes), TooLarge, Unsupported.
func Read(data []byte) ([]quickreply.Row, error) {
	if len(data) > MaxBytes {
		return nil, fault.New(fault.TooLarge, "文件超过 %d MB，请拆成几个文件。", MaxBytes>>20)
	}
	t := &table{}
	var err error
	if bytes.HasPrefix(data, []byte("PK")) {
		err = t.workbook(data)
	} else {
		err = t.text(data)
	}
	if err != nil {
		return nil, err
	}
	if t.at == nil {
		return nil, fault.New(fault.Invalid, "文件是空的。")
	}
	return t.rows, nil
}

func (t *table) workbook(data []byte) error {
	book, err := xlsx.Open(data)
	if err != nil {
		return err
	}
	shown := slices.IndexFunc(book.Sheets, func(i xlsx.Info) bool { return !i.Hidden })
	if shown < 0 {
		return fault.New(fault.Invalid, "文件里没有可见的工作表。")
	}
	return book.Rows(shown, func(r xlsx.Row) error {
		cells := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			cells[i] = c.Text
		}
		return t.row(r.Number, cells)
	})
}

func (t *table) text(data []byte) error {
	text, err := textfile.Decode(data)
	if err != nil {
		return err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = textfile.Delimiter(text), -1, true
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
			return fault.Wrap(err, fault.Invalid, "第 %d 行的引号不成对，请检查后重新保存。", bad.StartLine)
		}
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "文件读到一半失败，请重新保存后上传。")
		}
		line, _ := r.FieldPos(0)
		if err := t.row(line, cells); err != nil {
			return err
		}
	}
}

// Write writes replies; an unknown format is fault.Unsupported.
func Write(w io.Writer, f Format, rows []quickreply.Row) error {
	lines := func(yield func([]string) bool) {
		head := make([]string, len(columns))
		for i, c := range columns {
			head[i] = c.heading
		}
		if !yield(head) {
			return
		}
		for _, r := range rows {
			cells := make([]string, len(columns))
			for i, c := range columns {
				cells[i] = guarded(c.get(r.Reply))
			}
			if !yield(cells) {
				return
			}
		}
	}
	switch f {
	case XLSX:
		return xlsx.Write(w, []xlsx.Sheet{{Name: "快捷短语", Widths: []int{16, 24, 70, 12, 40}, Rows: lines}})
	case CSV:
		if _, err := io.WriteString(w, "\ufeff"); err != nil { // Excel takes it for GBK otherwise
			return err
		}
		out := csv.NewWriter(w)
		out.UseCRLF = true
		for cells := range lines {
			if err := out.Write(cells); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	default:
		return fault.In("format", fault.New(fault.Unsupported, "格式只能是 csv 或 xlsx。"))
	}
}

// formula are the characters that make a spreadsheet take a cell for a formula
// (OWASP, CSV Injection).
const formula = "=+-@\t\r＝＋－＠"

func risky(cell string) bool {
	rest := strings.TrimLeft(cell, "'")
	return rest != "" && strings.ContainsRune(formula, []rune(rest)[0])
}

func guarded(cell string) string {
	if risky(cell) {
		return "'" + cell
	}
	return cell
}

func unguarded(cell string) string {
	if strings.HasPrefix(cell, "'") && risky(cell) {
		return cell[1:]
	}
	return cell
}
