package examples

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// The limits of a workbook beside those of a file: what its parts may unpack
// to, and how wide a sheet may be.
const (
	maxUnpacked = 64 << 20
	maxColumns  = 256
)

// xlsx reads all sheets of a workbook (ECMA-376, SpreadsheetML). A sheet that
// holds something but no heading is an error, an empty one is passed over.
func (b *builder) xlsx(data []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "这不是 .xlsx 文件；旧的 .xls 请先另存为 .xlsx (this is no .xlsx workbook)")
	}
	w := &workbook{files: map[string]*zip.File{}, left: maxUnpacked}
	for _, f := range archive.File {
		w.files[strings.TrimPrefix(f.Name, "/")] = f
	}
	sheets, err := w.sheets()
	if err == nil {
		err = w.strings()
	}
	if err != nil {
		return err
	}
	for _, s := range sheets {
		b.sheet = s.name
		if err := b.worksheet(w, s.part); err != nil {
			return fault.In(s.name, err)
		}
	}
	return nil
}

// workbook is an open .xlsx file.
type workbook struct {
	files  map[string]*zip.File
	shared []string
	left   int64 // bytes that may still be unpacked
}

type sheet struct{ name, part string }

var errDamaged = fault.New(fault.Invalid, "工作簿已损坏，或不是 Excel 生成的，请重新另存为 .xlsx (the workbook is damaged)")

// each calls visit for every start element of a part. A part that is missing
// is fault.Invalid.
func (w *workbook) each(part string, visit func(*xml.Decoder, xml.StartElement) error) error {
	f := w.files[part]
	if f == nil {
		return errDamaged
	}
	r, err := f.Open()
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "%s", errDamaged.Message)
	}
	defer r.Close()
	d := xml.NewDecoder(&budget{r, &w.left})
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			if start, ok := token.(xml.StartElement); ok {
				err = visit(d, start)
			}
		}
		var known *fault.Error
		if errors.As(err, &known) {
			return err
		}
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "%s", errDamaged.Message)
		}
	}
}

// budget reads until the workbook has unpacked too much.
type budget struct {
	r    io.Reader
	left *int64
}

func (b *budget) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if *b.left -= int64(n); *b.left < 0 {
		return 0, fault.New(fault.TooLarge, "工作簿解压后超过 %d MB，请拆成几个 (the workbook unpacks to more than %d MB)", maxUnpacked>>20, maxUnpacked>>20)
	}
	return n, err
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// sheets lists the sheets in their order.
func (w *workbook) sheets() ([]sheet, error) {
	targets := map[string]string{}
	err := w.each("xl/_rels/workbook.xml.rels", func(_ *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local == "Relationship" {
			target := attribute(e, "Target")
			if strings.HasPrefix(target, "/") {
				target = strings.TrimPrefix(target, "/")
			} else {
				target = path.Join("xl", target)
			}
			targets[attribute(e, "Id")] = target
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all []sheet
	err = w.each("xl/workbook.xml", func(_ *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "sheet" {
			return nil
		}
		id := ""
		for _, a := range e.Attr {
			if a.Name.Local == "id" && a.Name.Space != "" {
				id = a.Value
			}
		}
		all = append(all, sheet{attribute(e, "name"), targets[id]})
		return nil
	})
	return all, err
}

// strings reads the table of shared strings, which may be missing.
func (w *workbook) strings() error {
	const part = "xl/sharedStrings.xml"
	if w.files[part] == nil {
		return nil
	}
	return w.each(part, func(d *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		var s richText
		err := d.DecodeElement(&s, &e)
		w.shared = append(w.shared, s.String())
		return err
	})
}

// richText is a string in one piece or in runs; phonetic hints are left out.
type richText struct {
	Text string `xml:"t"`
	Runs []struct {
		Text string `xml:"t"`
	} `xml:"r"`
}

func (s richText) String() string {
	text := s.Text
	for _, r := range s.Runs {
		text += r.Text
	}
	return text
}

type xlsxRow struct {
	Number int `xml:"r,attr"`
	Cells  []struct {
		Place  string   `xml:"r,attr"`
		Type   string   `xml:"t,attr"`
		Value  string   `xml:"v"`
		Inline richText `xml:"is"`
	} `xml:"c"`
}

// worksheet reads one sheet.
func (b *builder) worksheet(w *workbook, part string) error {
	if !strings.Contains(part, "worksheets/") {
		return nil // a chart
	}
	var columns []column
	number := 0
	return w.each(part, func(d *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "row" {
			return nil
		}
		var row xlsxRow
		if err := d.DecodeElement(&row, &e); err != nil {
			return err
		}
		if number++; row.Number > number {
			number = row.Number
		}
		cells, err := w.cells(row)
		if err != nil || blank(cells) {
			return err
		}
		if columns == nil {
			if columns = header(cells); columns == nil {
				return noHeader(cells)
			}
			return nil
		}
		b.row(number, columns, cells)
		return nil
	})
}

// cells are a row's texts by column.
func (w *workbook) cells(row xlsxRow) ([]string, error) {
	var out []string
	at := 0
	for _, c := range row.Cells {
		if c.Place != "" {
			at = columnNumber(c.Place)
		}
		if at < 0 || at >= maxColumns {
			return nil, fault.New(fault.Invalid, "第 %d 行超过 %d 列 (row %d is wider than %d columns)", row.Number, maxColumns, row.Number, maxColumns)
		}
		text := c.Value
		switch c.Type {
		case "s":
			i, err := strconv.Atoi(strings.TrimSpace(c.Value))
			if err != nil || i < 0 || i >= len(w.shared) {
				return nil, errDamaged
			}
			text = w.shared[i]
		case "inlineStr":
			text = c.Inline.String()
		case "e":
			text = ""
		}
		for len(out) <= at {
			out = append(out, "")
		}
		out[at] = text
		at++
	}
	return out, nil
}

// columnNumber is the column of a place like "AB12", from 0; -1 when it is none.
func columnNumber(place string) int {
	n := 0
	for _, r := range place {
		if r < 'A' || r > 'Z' || n > maxColumns {
			break
		}
		n = 26*n + int(r-'A') + 1
	}
	return n - 1
}
