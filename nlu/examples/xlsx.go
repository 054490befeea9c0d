package examples

import (
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx"
)

// xlsx reads all sheets of a workbook. A sheet that holds something but no
// heading is an error, unless it is hidden; an empty one is passed over.
func (b *builder) xlsx(data []byte) error {
	book, err := xlsx.Open(data)
	if err != nil {
		return err
	}
	for i, s := range book.Sheets {
		b.sheet = s.Name
		if err := b.worksheet(book, i); err != nil {
			return fault.In(s.Name, err)
		}
	}
	return nil
}

// worksheet reads one sheet.
func (b *builder) worksheet(book *xlsx.Book, i int) error {
	var columns []column
	headless := false
	err := book.Rows(i, func(r xlsx.Row) error {
		cells := sheetCells(columns, r)
		switch {
		case headless || blank(cells):
			return nil
		case columns != nil:
			b.row(r.Number, columns, cells)
			return nil
		}
		if columns = header(cells); columns != nil {
			return nil
		}
		if headless = book.Sheets[i].Hidden; headless {
			return nil // lists to choose from stand on such sheets
		}
		return noHeader(cells)
	})
	return err
}

// sheetCells are a row's texts by column. A formula that failed is an empty
// cell. Of a merged area every row has the label, but only the first row the
// message: else it would be taken once a row.
func sheetCells(columns []column, r xlsx.Row) []string {
	out := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		again := c.Left || c.Above && i < len(columns) && columns[i] == textColumn
		if !again && !c.Failed {
			out[i] = c.Text
		}
	}
	return out
}
