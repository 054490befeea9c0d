// Package xlsxtest builds workbooks for tests from the pieces of XML that they
// are about, so that no binary file need be kept.
package xlsxtest

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/xlsx"
)

// Sheet is a sheet of a Book.
type Sheet struct {
	Name string
	// State is "hidden", "veryHidden" or empty.
	State string
	// Data is what stands within sheetData, as XML; After what follows it.
	Data, After string
	// Links are the targets of hyperlinks by relation id.
	Links map[string]string
}

// Book is a workbook to be.
type Book struct {
	Sheets []Sheet
	// Shared are the items of the shared texts, as XML within si.
	Shared []string
	// Formats are number formats of the cells' styles, in order.
	Formats []string
	// Properties are the attributes of workbookPr, as XML.
	Properties string
	// Extra are further parts, by name; they replace others of that name.
	Extra map[string]string
}

// Row is the XML of a row of texts; an empty text is no cell.
func Row(number int, texts ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, number)
	for i, s := range texts {
		if s != "" {
			fmt.Fprintf(&b, `<c r="%s%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, xlsx.Letters(i), number, escape(s))
		}
	}
	return b.String() + "</row>"
}

func escape(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.String()
}

// Bytes writes the book.
func (b Book) Bytes(t testing.TB) []byte {
	t.Helper()
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	parts := map[string]string{"_rels/.rels": relations(map[string]string{"rId1": office + "/officeDocument xl/workbook.xml"})}
	var sheets strings.Builder
	rels := map[string]string{"s": office + "/styles styles.xml", "t": office + "/sharedStrings sharedStrings.xml"}
	for i, s := range b.Sheets {
		state := ""
		if s.State != "" {
			state = ` state="` + s.State + `"`
		}
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, escape(s.Name), i+1, state, i+1)
		rels[fmt.Sprintf("rId%d", i+1)] = fmt.Sprintf("%s/worksheet worksheets/sheet%d.xml", office, i+1)
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)] = `<worksheet xmlns:r="` + office + `"><sheetData>` + s.Data + `</sheetData>` + s.After + `</worksheet>`
		links := map[string]string{}
		for id, target := range s.Links {
			links[id] = office + "/hyperlink " + target
		}
		parts[fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", i+1)] = relations(links)
	}
	parts["xl/workbook.xml"] = `<workbook xmlns:r="` + office + `"><workbookPr ` + b.Properties + `/><sheets>` + sheets.String() + `</sheets></workbook>`
	parts["xl/_rels/workbook.xml.rels"] = relations(rels)
	parts["xl/sharedStrings.xml"] = `<sst><si>` + strings.Join(b.Shared, "</si><si>") + `</si></sst>`
	var codes, cells strings.Builder
	for i, f := range b.Formats {
		fmt.Fprintf(&codes, `<numFmt numFmtId="%d" formatCode="%s"/>`, 200+i, escape(f))
		fmt.Fprintf(&cells, `<xf numFmtId="%d"/>`, 200+i)
	}
	parts["xl/styles.xml"] = `<styleSheet><numFmts>` + codes.String() + `</numFmts><cellXfs>` + cells.String() + `</cellXfs></styleSheet>`
	for name, content := range b.Extra {
		parts[name] = content
	}
	return Zip(t, parts)
}

// relations writes a part of relations: id → type and target with a blank between.
func relations(list map[string]string) string {
	var b strings.Builder
	for id, r := range list {
		kind, target, _ := strings.Cut(r, " ")
		fmt.Fprintf(&b, `<Relationship Id="%s" Type="%s" Target="%s"/>`, id, kind, escape(target))
	}
	return "<Relationships>" + b.String() + "</Relationships>"
}

// Zip packs parts.
func Zip(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
