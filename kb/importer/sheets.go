package importer

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx"
)

// workbook reads the sheets that have a heading, or the one that was asked for.
func (t *table) workbook(data []byte) error {
	b, err := xlsx.Open(data)
	if err != nil {
		return err
	}
	if b.Macros {
		t.note("macros", "文件带有宏，宏没有运行，也不会导入", "另存为 .xlsx 可以去掉宏")
	}
	if err := t.known(b); err != nil {
		return err
	}
	var without error
	read := 0
	for i, s := range b.Sheets {
		out := Sheet{Name: s.Name}
		switch {
		case t.opts.Sheet != "" && s.Name != t.opts.Sheet:
			out.Skipped = "没有选这张表"
		case t.opts.Sheet == "" && s.Hidden:
			out.Skipped = "隐藏的工作表"
		default:
			g, err := t.readSheet(b, i)
			if errors.Is(err, errNoHeading) {
				out.Skipped = "没有“问题”和“答案”两列的表头"
				if h, _ := likely(g.seen); without == nil && len(h.cells) > 0 {
					without = noHeading(g.seen)
				}
				break
			}
			if err != nil {
				return err
			}
			read++
			out.Rows, out.Fields = g.count, t.endSheet()
		}
		t.Sheets = append(t.Sheets, out)
	}
	t.sheet = ""
	if read == 0 {
		if without == nil {
			without = fault.New(fault.Invalid, "文件里没有数据")
		}
		return without
	}
	t.skipped()
	return nil
}

// known refuses a sheet that the workbook does not have.
func (t *table) known(b *xlsx.Book) error {
	if t.opts.Sheet == "" {
		return nil
	}
	var names []string
	for _, s := range b.Sheets {
		if s.Name == t.opts.Sheet {
			return nil
		}
		names = append(names, "“"+clip(s.Name, 31)+"”")
	}
	return fault.In("sheet", fault.New(fault.Invalid, "没有工作表“%s”，文件里有：%s", clip(t.opts.Sheet, 40), strings.Join(names[:min(len(names), 20)], "、")))
}

// skipped names the sheets that were not read, but not those that the user
// left out.
func (t *table) skipped() {
	if t.opts.Sheet != "" {
		return
	}
	for _, s := range t.Sheets {
		if s.Skipped != "" && s.Name != guideSheet {
			t.note("sheet_skipped", fmt.Sprintf("工作表“%s”没有读入：%s", clip(s.Name, 31), s.Skipped), "如果里面有问答，请取消隐藏，并在第一行写上“问题”和“答案”")
		}
	}
}

func (t *table) readSheet(b *xlsx.Book, i int) (*grid, error) {
	g := &grid{t: t}
	t.sheet = b.Sheets[i].Name
	from, hidden := len(t.Problems), 0
	err := b.Rows(i, func(r xlsx.Row) error {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		row := g.sheetRow(r)
		if r.Hidden && !blank(row.cells) {
			hidden++
		}
		return g.row(row)
	})
	if err == nil {
		err = g.end()
	}
	t.order(from)
	if hidden > 0 && err == nil {
		t.note("hidden_rows", fmt.Sprintf("有 %d 行是隐藏的（或被筛选掉了），也读入了", hidden), "不想导入就先删除这些行")
	}
	return g, err
}

// sheetRow turns a row of a sheet into one of a grid. Below the heading a cell
// that is one with the cell to its left is empty.
func (g *grid) sheetRow(r xlsx.Row) gridRow {
	row := gridRow{line: r.Number, cells: make([]string, len(r.Cells))}
	for i, c := range r.Cells {
		if c.Left && g.columns != nil {
			continue
		}
		row.cells[i] = c.Text
		if c.Link != "" {
			row.cells[i] = g.linked(i, c)
		}
		if c.Above {
			if row.merged == nil {
				row.merged = make([]bool, len(r.Cells))
			}
			row.merged[i] = true
		}
		switch {
		case c.NoValue:
			row.odd = append(row.odd, oddCell{i, "no_value"})
		case c.Lossy:
			row.odd = append(row.odd, oddCell{i, "scientific"})
		}
	}
	for n := len(row.cells); n > 0 && row.cells[n-1] == "" && len(row.odd) == 0; n-- {
		row.cells = row.cells[:n-1]
	}
	return row
}

// linkTarget is what can stand as a target in Markdown as it is.
var linkTarget = regexp.MustCompile(`^[^\s()<>]+$`)

// linked writes a cell that leads somewhere: as Markdown in an answer, as an
// address in the columns of addresses, else as its text.
func (g *grid) linked(i int, c xlsx.Cell) string {
	if i >= len(g.columns) || !linkTarget.MatchString(c.Link) {
		return c.Text
	}
	text := strings.TrimSpace(c.Text)
	switch column := g.columns[i]; column {
	case colAnswer, colImages, colLinks, colAttachments:
		switch {
		case text == "" || text == c.Link || text+"/" == c.Link:
			return c.Link
		case strings.Contains(text, c.Link) || strings.ContainsAny(text, "[]\n"):
			if column == colAnswer {
				return c.Text + "\n" + c.Link
			}
			return c.Link
		}
		return "[" + text + "](" + c.Link + ")"
	}
	return c.Text
}
