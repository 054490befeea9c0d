package importer

import (
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// headingRows is how many rows that are not blank may stand above the heading.
const headingRows = 20

// gridRow is a row of cells.
type gridRow struct {
	line  int
	cells []string
	// merged tells which cells are one with the cell above them; nil for none.
	merged []bool
	// odd are problems of single cells that the reader of the format found.
	odd []oddCell
	// places are those of the cells in Table.Headings.
	places []int
}

type oddCell struct {
	index int
	code  string // no_value or scientific
}

// grid reads rows with a heading above them.
type grid struct {
	t       *table
	heading []string
	columns []column // nil until the heading was found
	places  []int    // of the columns in Table.Headings
	seen    []gridRow
	open    *record // may go on in the next row
	count   int     // rows below the heading
}

func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// row takes one row.
func (g *grid) row(r gridRow) error {
	if blank(r.cells) && len(r.odd) == 0 {
		return nil
	}
	if g.columns == nil {
		if len(g.seen) < headingRows {
			g.seen = append(g.seen, r)
			g.columns = g.t.columns(r.cells)
			if g.columns != nil {
				g.heading = slices.Clone(r.cells)
				g.places = g.t.headings(g.heading)
				g.t.carriesColumns(g.columns)
				g.duplicates(r.line)
			}
			return nil
		}
		return errNoHeading
	}
	if slices.Equal(g.heading, r.cells) {
		return nil // printed again on every page
	}
	if err := g.t.next(); err != nil {
		return err
	}
	g.count++
	next := g.t.record(r.line)
	r.places = g.places
	next.rows = []gridRow{r}
	mergedAnswer := false
	for i, cell := range r.cells {
		if i >= len(g.columns) {
			if strings.TrimSpace(cell) != "" {
				next.problem(ignored, "bad_row", "把有逗号、换行或引号的内容用英文双引号括起来，或另存为 xlsx 再上传", "这一行有 %d 格，表头只有 %d 列：多半是内容里的分隔符没有用引号括起来", len(r.cells), len(g.columns))
				break
			}
			continue
		}
		c := g.columns[i]
		if r.merged != nil && r.merged[i] {
			mergedAnswer = mergedAnswer || c == colAnswer
			if c == colQuestion || c == colAnswer || c == colSimilar || c == colOne || c >= colImages {
				continue // said once, in the row where the cell begins
			}
		}
		next.set(c, unguard(cell))
	}
	g.oddities(next, r)
	if next.empty() {
		return nil
	}
	if g.open != nil && g.open.goesOn(next, mergedAnswer) {
		return nil
	}
	g.flush()
	g.open = next
	return nil
}

// oddities reports cells whose values were lost in the file itself.
func (g *grid) oddities(next *record, r gridRow) {
	for _, odd := range r.odd {
		if odd.index >= len(g.columns) || g.columns[odd.index] == ignored {
			continue
		}
		c := g.columns[odd.index]
		if odd.code == "no_value" {
			next.problem(c, odd.code, "用 Excel 或 WPS 打开文件并保存一次，或把公式粘贴为值", "单元格是公式，文件里没有存它的结果")
			continue
		}
		g.t.warn(r.line, c.field(), odd.code, "在表格里把这一列设为“文本”格式，重新填写完整的号码", "长数字 %s 被表格软件存成了数，15 位以后已经丢失", strings.TrimSpace(r.cells[odd.index]))
	}
}

// flush hands over the article that can go on no more.
func (g *grid) flush() {
	if g.open != nil {
		g.open.done()
	}
	g.open = nil
}

// end finishes the table; it is errNoHeading when there was no heading.
func (g *grid) end() error {
	if g.columns == nil {
		return errNoHeading
	}
	g.flush()
	return nil
}

// duplicates warns of two columns of one name.
func (g *grid) duplicates(line int) {
	seen := map[column]string{}
	for i, c := range g.columns {
		if c != colQuestion && c != colAnswer && c != colID {
			continue
		}
		if before, ok := seen[c]; ok {
			g.t.warn(line, c.field(), "duplicate_heading", "不用的一列改个名字，或在导入时指定为忽略", "“%s”和“%s”是同样意思的列，用前一列，前一列空着时用后一列", clip(before, 20), clip(g.heading[i], 20))
			continue
		}
		seen[c] = g.heading[i]
	}
}

// columns reads a heading; nil when the row is none.
func (t *table) columns(cells []string) []column {
	out := make([]column, len(cells))
	question, answer := false, false
	for i, h := range cells {
		out[i] = t.mapping.of(h)
		question = question || out[i] == colQuestion
		answer = answer || out[i] == colAnswer
	}
	if !question || !answer {
		return nil
	}
	return out
}

// errNoHeading is replaced by one that says what was found instead.
var errNoHeading = fault.New(fault.Invalid, "no heading")

// likely is the row of those seen that is most like a heading: the first of
// those with the most cells that are filled.
func likely(seen []gridRow) (heading gridRow, below []gridRow) {
	best, most := -1, 0
	for i, r := range seen {
		n := 0
		for _, cell := range r.cells {
			if strings.TrimSpace(cell) != "" {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	if best < 0 {
		return gridRow{}, nil
	}
	return seen[best], seen[best+1:]
}

// noHeading says which headings there are and how to map them.
func noHeading(seen []gridRow) error {
	h, _ := likely(seen)
	var found []string
	for _, cell := range h.cells {
		if cell = strings.Join(strings.Fields(cell), " "); cell != "" {
			found = append(found, "“"+clip(cell, 20)+"”")
		}
	}
	if len(found) == 0 {
		return fault.New(fault.Invalid, "文件里没有数据")
	}
	if len(found) > 12 {
		found = append(found[:12], "…")
	}
	return fault.New(fault.Invalid, "没有找到表头：需要有“问题”和“答案”两列（也可以有编号、相似问、分类、生效时间、失效时间等），现在第 %d 行是：%s。请改列名，或在导入时指定哪一列是问题、哪一列是答案",
		h.line, strings.Join(found, "、"))
}
