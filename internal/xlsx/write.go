package xlsx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"iter"
	"strconv"
	"unicode/utf16"

	"github.com/yingda/yingda/internal/fault"
)

// MaxCell is how many UTF-16 units a cell may have; office programs call a
// workbook damaged that has more.
const MaxCell = 32767

// Sheet is a sheet to be written: all cells are texts, the first row is a
// heading that stays on the screen.
type Sheet struct {
	Name string
	// Widths are those of the columns, in characters.
	Widths []int
	Rows   iter.Seq[[]string]
}

const (
	declaration  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace    = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	officeSpace  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	packageSpace = `http://schemas.openxmlformats.org/package/2006/`
)

// stylesPart has three styles of cells: the default, text that wraps, heading.
const stylesPart = declaration + `<styleSheet xmlns="` + mainSpace + `">` +
	`<fonts count="2"><font><sz val="11"/><name val="等线"/></font><font><b/><sz val="11"/><name val="等线"/></font></fonts>` +
	`<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFDDEBF7"/></patternFill></fill></fills>` +
	`<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>` +
	`<cellXfs count="3"><xf xfId="0"/>` +
	`<xf numFmtId="49" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="49" fontId="1" fillId="2" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/></cellXfs></styleSheet>`

// Write writes a workbook. A text over MaxCell is fault.TooLarge; other errors
// are the writer's.
func Write(w io.Writer, sheets []Sheet) error {
	z := zip.NewWriter(w)
	var types, rels, list bytes.Buffer
	for i, s := range sheets {
		n := i + 1
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, n)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, officeSpace, n)
		list.WriteString(`<sheet name="`)
		escape(&list, s.Name)
		fmt.Fprintf(&list, `" sheetId="%d" r:id="rId%d"/>`, n, n)
	}
	fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/>`, len(sheets)+1, officeSpace)
	for _, part := range []struct{ name, content string }{
		{"[Content_Types].xml", declaration + `<Types xmlns="` + packageSpace + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", declaration + `<Relationships xmlns="` + packageSpace + `relationships"><Relationship Id="rId1" Type="` + officeSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", declaration + `<workbook xmlns="` + mainSpace + `" xmlns:r="` + officeSpace + `"><sheets>` + list.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", declaration + `<Relationships xmlns="` + packageSpace + `relationships">` + rels.String() + `</Relationships>`},
		{"xl/styles.xml", stylesPart},
	} {
		out, err := z.Create(part.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(out, part.content); err != nil {
			return err
		}
	}
	for i, s := range sheets {
		out, err := z.Create("xl/worksheets/sheet" + strconv.Itoa(i+1) + ".xml")
		if err != nil {
			return err
		}
		if err := s.write(out); err != nil {
			return err
		}
	}
	return z.Close()
}

func (s Sheet) write(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(declaration + `<worksheet xmlns="` + mainSpace + `"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`)
	if len(s.Widths) > 0 {
		b.WriteString("<cols>")
		for i, width := range s.Widths {
			// Style 1 keeps what people type into these columns text as well.
			fmt.Fprintf(&b, `<col min="%d" max="%d" width="%d" style="1" customWidth="1"/>`, i+1, i+1, width)
		}
		b.WriteString("</cols>")
	}
	b.WriteString("<sheetData>")
	n := 0
	for cells := range s.Rows {
		n++
		style := 1
		if n == 1 {
			style = 2
		}
		fmt.Fprintf(&b, `<row r="%d">`, n)
		for i, cell := range cells {
			if cell == "" {
				continue
			}
			if len(cell) > MaxCell && len(utf16.Encode([]rune(cell))) > MaxCell {
				return fault.New(fault.TooLarge, "第 %d 行有一格超过 %d 个字，xlsx 放不下：请导出为 jsonl", n, MaxCell)
			}
			fmt.Fprintf(&b, `<c r="%s%d" s="%d" t="inlineStr"><is><t xml:space="preserve">`, Letters(i), n, style)
			escape(&b, cell)
			b.WriteString("</t></is></c>")
		}
		b.WriteString("</row>")
		if b.Len() > 64<<10 {
			if _, err := b.WriteTo(w); err != nil {
				return err
			}
		}
	}
	b.WriteString("</sheetData></worksheet>")
	_, err := b.WriteTo(w)
	return err
}

// Letters is the name of a column, from 0: A, B, …, Z, AA.
func Letters(column int) string {
	if column < 26 {
		return string(rune('A' + column)) //nolint:gosec // below 26
	}
	return Letters(column/26-1) + Letters(column%26)
}
