package importer

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/yingda/yingda/kb"
)

// MaxOriginals is how many rows a Table keeps as the file has them.
const MaxOriginals = 5000

// maxKept is how many bytes of them.
const maxKept = 32 << 20

// Original is a row of the file that was refused, or of an article that was.
type Original struct {
	Sheet string `json:"sheet,omitempty"`
	Line  int    `json:"line"`
	// Cells stand under Table.Headings; cells at the end may be missing. They
	// are without the apostrophes that an export puts before formulas.
	Cells []string `json:"cells"`
	// Extra are the cells beyond the last heading; of a row with broken quotes
	// the whole line.
	Extra []string `json:"extra,omitempty"`
	// Article is what was read, in formats whose articles have no cells.
	Article *kb.Article `json:"article,omitempty"`
}

// heading is the how manieth column of a name in its sheet.
type heading struct {
	name string
	nth  int
}

// headings returns the places of columns, or keys, in Table.Headings.
func (t *table) headings(names []string) []int {
	out := make([]int, len(names))
	count := map[string]int{}
	for i, name := range names {
		name = strings.Join(strings.Fields(name), " ")
		h := heading{name, count[name]}
		count[name]++
		at, ok := t.places[h]
		if !ok {
			at = len(t.Headings)
			t.places[h] = at
			t.Headings = append(t.Headings, name)
		}
		out[i] = at
	}
	return out
}

// original keeps rows that are refused. Their texts are copied: a cell of a
// text file would hold all of it in memory.
func (t *table) original(rows []gridRow) {
	for _, r := range rows {
		o, size := Original{Sheet: t.sheet, Line: r.line}, 0
		for i, cell := range r.cells {
			cell = strings.Clone(unguard(cell))
			size += len(cell)
			if i >= len(r.places) {
				o.Extra = append(o.Extra, cell)
				continue
			}
			for len(o.Cells) <= r.places[i] {
				o.Cells = append(o.Cells, "")
			}
			o.Cells[r.places[i]] = cell
		}
		if blank(o.Extra) {
			o.Extra = nil
		}
		t.keep(o, size)
	}
}

// keep adds an original, of size bytes, unless there are enough.
func (t *table) keep(o Original, size int) {
	if len(t.Originals) < MaxOriginals && t.kept < maxKept {
		t.kept += size
		t.Originals = append(t.Originals, o)
	}
}

// cellsOf are the values of an object by its keys: lists of texts with a line
// each, other values than texts as JSON.
func cellsOf(keys []string, object map[string]json.RawMessage) []string {
	out := make([]string, len(keys))
	for i, key := range keys {
		var text string
		var list []string
		raw := bytes.TrimSpace(object[key])
		switch {
		case bytes.Equal(raw, []byte("null")):
		case json.Unmarshal(raw, &text) == nil:
			out[i] = text
		case json.Unmarshal(raw, &list) == nil:
			out[i] = strings.Join(list, "\n")
		default:
			out[i] = string(raw)
		}
	}
	return out
}

// NoteHeadings are the columns that a list of problems has before those of the
// file; an import ignores them.
func NoteHeadings() []string {
	return []string{"工作表", "行", "级别", "问题说明", "怎么改"}
}

// Columns lays articles out under the headings of a file.
type Columns struct {
	headings []string
	places   []int // headings of the file → headings, -1 for those left out
	exports  []exported
	at       []int // exports → headings
}

// NewColumns returns the columns of a file, with further ones at the end for
// those of its fields whose values its own columns cannot hold as they are. A
// file without headings gets the columns of an export. NoteHeadings are left
// out. mapping is that of Options, and so are its faults.
func NewColumns(headings, fields []string, mapping map[string]string) (Columns, error) {
	m, err := newMapping(mapping)
	if err != nil {
		return Columns{}, err
	}
	c := Columns{places: make([]int, len(headings))}
	own := map[column]int{}
	for i, h := range headings {
		col := m.of(h)
		if col == ignored && slices.Contains(NoteHeadings(), h) {
			c.places[i] = -1
			continue
		}
		c.places[i] = len(c.headings)
		if _, twice := own[col]; !twice {
			own[col] = len(c.headings)
		}
		c.headings = append(c.headings, h)
	}
	for _, e := range exports {
		col := columnOf(e.heading)
		if f := col.articleField(); !slices.Contains(fields, f) && f != "question" && f != "answer" {
			continue
		}
		at, ok := own[col]
		if !ok {
			at = len(c.headings)
			c.headings = append(c.headings, e.heading)
		}
		c.exports, c.at = append(c.exports, e), append(c.at, at)
	}
	return c, nil
}

// Headings are the names of the columns.
func (c Columns) Headings() []string { return c.headings }

// Cells are the cells of an article, one for each of Headings. Values that are
// too long for a cell of a workbook stand in one cell all the same.
func (c Columns) Cells(a kb.Article) []string {
	out := make([]string, len(c.headings))
	for i, e := range c.exports {
		out[c.at[i]] = guard(e.whole(a))
	}
	return out
}

// Original are the cells of a row as the file had it, those beyond its last
// heading after all columns.
func (c Columns) Original(o Original) []string {
	if o.Article != nil {
		return c.Cells(*o.Article)
	}
	out := make([]string, len(c.headings), len(c.headings)+len(o.Extra))
	for i, cell := range o.Cells {
		if i < len(c.places) && c.places[i] >= 0 {
			out[c.places[i]] = guard(cell)
		}
	}
	for _, cell := range o.Extra {
		out = append(out, guard(cell))
	}
	return out
}
