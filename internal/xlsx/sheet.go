package xlsx

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// Cell is a cell that has something in it.
type Cell struct {
	// Text is what the office program shows, numbers without dividers of thousands.
	Text string
	// Link is where a click leads, or empty.
	Link string
	// Lossy numbers have lost their last digits: Text is rounded.
	Lossy bool
	// NoValue is a formula whose result the file does not have.
	NoValue bool
	// Failed is a formula that failed: Text is what is shown then, like #N/A.
	Failed bool
	// Above and Left tell that the cell is one with the cell above it, or to
	// the left of it; Text is then what stands in the first.
	Above, Left bool
}

// Row is a row of a sheet that is in the file.
type Row struct {
	Number int // from 1
	Hidden bool
	// Cells are valid until the function that got the row returns.
	Cells []Cell
}

// area is a rectangle of cells, rows from 1, columns from 0.
type area struct{ top, left, bottom, right int }

// aside is what a sheet says about its cells elsewhere.
type aside struct {
	links map[[2]int]string
	// open are the merges that reach into the current row, first cells by column.
	open  map[int]merge
	rowOf map[int][]area
}

type merge struct {
	area
	text string
}

// Rows calls yield with each row of sheet i in order, until it returns an
// error, which is then Rows' own. A sheet that cannot be read is fault.Invalid.
func (b *Book) Rows(i int, yield func(Row) error) error {
	info := b.Sheets[i]
	a, err := b.aside(info.part)
	if err != nil {
		return err
	}
	r, err := b.open(info.part)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // reading only
	d := xml.NewDecoder(bufio.NewReaderSize(r, 64<<10))
	row := Row{}
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "row":
				row = Row{Number: row.Number + 1, Cells: row.Cells[:0]}
				for _, at := range t.Attr {
					switch at.Name.Local {
					case "r":
						if n, err := strconv.Atoi(at.Value); err == nil && n >= row.Number {
							row.Number = n
						}
					case "hidden":
						row.Hidden = at.Value == "1" || at.Value == "true"
					}
				}
			case "c":
				if err := b.cell(d, t, &row, a); err != nil {
					return damaged(err)
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "row":
				a.fill(&row)
				if err := yield(row); err != nil {
					return err
				}
			case "sheetData":
				return nil
			}
		}
	}
}

// cell reads a cell and puts it into its place of the row.
func (b *Book) cell(d *xml.Decoder, start xml.StartElement, row *Row, a *aside) error {
	column, kind, style := len(row.Cells), "n", -1
	for _, at := range start.Attr {
		switch at.Name.Local {
		case "r":
			if _, c, ok := position(at.Value); ok {
				column = c
			}
		case "t":
			kind = at.Value
		case "s":
			if n, err := strconv.Atoi(at.Value); err == nil {
				style = n
			}
		}
	}
	var cell Cell
	value, formula := "", false
	for done := false; !done; {
		token, err := d.RawToken()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "v":
				if value, err = chars(d, "v"); err != nil {
					return err
				}
			case "is":
				if cell.Text, err = richText(d, "is"); err != nil {
					return err
				}
			case "f":
				formula = true
			}
		case xml.EndElement:
			done = t.Name.Local == "c"
		}
	}
	if column >= maxColumns {
		return nil
	}
	switch kind {
	case "s":
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n >= 0 && n < len(b.texts) {
			cell.Text = b.texts[n]
		}
	case "inlineStr":
	case "str":
		cell.Text = unescape(value)
	case "b":
		cell.Text = map[string]string{"1": "TRUE", "0": "FALSE"}[value]
	case "d":
		cell.Text = value
	case "e":
		cell.Text, cell.Failed = value, true
	default:
		if value != "" {
			cell.Text, cell.Lossy = b.show(strings.TrimSpace(value), style)
		}
	}
	cell.NoValue = formula && value == "" && cell.Text == "" && kind != "str"
	cell.Link = a.links[[2]int{row.Number, column}]
	for len(row.Cells) <= column {
		row.Cells = append(row.Cells, Cell{})
	}
	row.Cells[column] = cell
	return nil
}

// chars is the text up to the end of element end.
func chars(d *xml.Decoder, end string) (string, error) {
	var text []byte
	for {
		token, err := d.RawToken()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.EndElement:
			if t.Name.Local == end {
				return string(text), nil
			}
		case xml.CharData:
			if len(text)+len(t) > maxShared {
				return "", fault.New(fault.TooLarge, "一格里的文字太长")
			}
			text = append(text, t...)
		}
	}
}

// position reads "BC12": row 12, column 54.
func position(ref string) (row, column int, ok bool) {
	i := 0
	for ; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && i < 4; i++ {
		column = column*26 + int(ref[i]-'A') + 1
	}
	row, err := strconv.Atoi(ref[i:])
	return row, column - 1, i > 0 && err == nil && row > 0
}

// aside reads what comes after the cells of a sheet: merges and links. The
// cells are only run over.
func (b *Book) aside(part string) (*aside, error) {
	a := &aside{links: map[[2]int]string{}, open: map[int]merge{}, rowOf: map[int][]area{}}
	tail, err := b.tail(part)
	if err != nil {
		return nil, err
	}
	rels, err := b.relations(part)
	if err != nil {
		return nil, err
	}
	targets := map[string]string{}
	for _, r := range rels {
		if strings.HasSuffix(r.Type, "/hyperlink") {
			targets[r.ID] = r.Target
		}
	}
	d := xml.NewDecoder(bytes.NewReader(tail))
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err != nil {
			return nil, damaged(err)
		}
		if t, ok := token.(xml.StartElement); ok {
			a.note(t, targets)
		}
	}
}

// note takes a merge or a link.
func (a *aside) note(t xml.StartElement, targets map[string]string) {
	var ref, target string
	for _, at := range t.Attr {
		switch at.Name.Local {
		case "ref":
			ref = at.Value
		case "id":
			target = targets[at.Value]
		}
	}
	from, to, wide := strings.Cut(ref, ":")
	top, left, ok := position(from)
	bottom, right := top, left
	if wide && ok {
		bottom, right, ok = position(to)
	}
	if !ok || left >= maxColumns || bottom < top || right < left {
		return
	}
	switch t.Name.Local {
	case "mergeCell":
		a.rowOf[top] = append(a.rowOf[top], area{top, left, bottom, min(right, maxColumns-1)})
	case "hyperlink":
		if target != "" {
			a.links[[2]int{top, left}] = target
		}
	}
}

// fill gives the cells of merges the text of their first.
func (a *aside) fill(row *Row) {
	for _, m := range a.rowOf[row.Number] {
		text := ""
		if m.left < len(row.Cells) {
			text = row.Cells[m.left].Text
		}
		a.open[m.left] = merge{m, text}
	}
	for left, m := range a.open {
		if row.Number > m.bottom {
			delete(a.open, left)
			continue
		}
		if m.text == "" {
			continue
		}
		for len(row.Cells) <= m.right {
			row.Cells = append(row.Cells, Cell{})
		}
		for c := m.left; c <= m.right; c++ {
			if row.Number != m.top || c != m.left {
				row.Cells[c] = Cell{Text: m.text, Above: row.Number > m.top, Left: c > m.left}
			}
		}
	}
}

// tail is what follows the cells in a sheet's part.
func (b *Book) tail(part string) ([]byte, error) {
	r, err := b.open(part)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // reading only
	mark := []byte("sheetData>")
	buffer := make([]byte, 0, 256<<10)
	var tail []byte
	found := false
	for {
		n, err := r.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		if i := bytes.LastIndex(buffer, mark); i >= 0 && closes(buffer[:i]) {
			tail, found = append(tail[:0], buffer[i+len(mark):]...), true
			buffer = buffer[:0]
		} else if found {
			tail = append(tail, buffer...)
			buffer = buffer[:0]
		} else if keep := min(len(buffer), 64); len(buffer) > cap(buffer)/2 {
			buffer = append(buffer[:0], buffer[len(buffer)-keep:]...)
		}
		if len(tail) > maxSmall {
			return nil, fault.New(fault.TooLarge, "工作表里的合并单元格或链接太多")
		}
		if errors.Is(err, io.EOF) {
			return tail, nil
		}
		if err != nil {
			return nil, damaged(err)
		}
	}
}

// closes reports whether before ends like the beginning of a closing tag.
func closes(before []byte) bool {
	i := bytes.LastIndexByte(before, '<')
	return i >= 0 && len(before)-i < 40 && i+1 < len(before) && before[i+1] == '/'
}
