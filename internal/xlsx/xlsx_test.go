package xlsx_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx"
	"github.com/yingda/yingda/internal/xlsx/xlsxtest"
)

// rows reads a sheet whole.
func rows(t testing.TB, data []byte, sheet int) []xlsx.Row {
	t.Helper()
	b, err := xlsx.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	var out []xlsx.Row
	if err := b.Rows(sheet, func(r xlsx.Row) error {
		r.Cells = slices.Clone(r.Cells)
		out = append(out, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func texts(rows []xlsx.Row) [][]string {
	var out [][]string
	for _, r := range rows {
		line := []string{}
		for _, c := range r.Cells {
			line = append(line, c.Text)
		}
		out = append(out, line)
	}
	return out
}

func sheet(data string) xlsxtest.Book {
	return xlsxtest.Book{Sheets: []xlsxtest.Sheet{{Name: "a", Data: data}}}
}

func TestKindsOfCells(t *testing.T) {
	b := sheet(`<row r="2" hidden="1"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="D2" t="str"><f>A1</f><v>result_x000A_</v></c></row>` +
		`<row><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c><f>NOW()</f></c><c t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c><c t="s"><v>99</v></c></row>` +
		`<row r="9"><c r="B9"><v>12.5</v></c><c r="C9"><v>123456789012345680</v></c><c r="IW9"><v>1</v></c><c r="D9" t="str"><f>""</f><v></v></c></row>`)
	b.Shared = []string{`<t>plain &amp; simple</t>`, `<r><t>富</t></r><r><rPr><b/></rPr><t>文本</t></r><rPh sb="0" eb="1"><t>fù</t></rPh>`}
	got := rows(t, b.Bytes(t), 0)
	want := [][]string{{"plain & simple", "富文本", "", "result\n"}, {"TRUE", "#N/A", "", "a b", ""}, {"", "12.5", "1.2345678901234568E+17", ""}}
	if d := cmp.Diff(want, texts(got)); d != "" {
		t.Error(d)
	}
	if got[0].Number != 2 || !got[0].Hidden || got[1].Number != 3 || got[1].Hidden || got[2].Number != 9 {
		t.Errorf("row numbers %d %d %d, hidden %v %v", got[0].Number, got[1].Number, got[2].Number, got[0].Hidden, got[1].Hidden)
	}
	if !got[1].Cells[2].NoValue || got[0].Cells[3].NoValue || got[2].Cells[3].NoValue || !got[2].Cells[2].Lossy || got[2].Cells[1].Lossy {
		t.Errorf("marks: %+v", got)
	}
}

func TestNumbersAreReadAsShown(t *testing.T) {
	for format, values := range map[string]map[string]string{
		"General":              {"45962": "45962", "0.1": "0.1", "0.30000000000000004": "0.3", "-3": "-3"},
		"yyyy-mm-dd":           {"45962": "2025-11-01", "45962.5": "2025-11-01 12:00:00", "59": "1900-02-28", "61": "1900-03-01", "1": "1900-01-01", "99999999": "99999999"},
		`yyyy"年"m"月"d"日";@`:    {"45962": "2025-11-01"},
		"[$-804]aaaa h:mm":     {"0.75": "18:00:00"},
		"0.00":                 {"59.9": "59.90"},
		`"¥"#,##0.00;[Red]-0`:  {"1234.5": "¥1234.50"},
		"0%":                   {"0.85": "85%"},
		"0.0#%":                {"0.1234": "12.34%"},
		"00000":                {"42": "00042"},
		"#,##0":                {"1234567": "1234567"},
		"@":                    {"7": "7"},
		`0"件"`:                 {"3": "3"},
		"[Red]0.0_);(0.0)":     {"2.25": "2.2"},
		"\"day\" General":      {"5": "5"},
		"not a format at all!": {"5": "1900-01-05"}, // letters that a date has, as office programs take it
	} {
		for v, want := range values {
			b := sheet(`<row><c s="0"><v>` + v + `</v></c></row>`)
			b.Formats = []string{format}
			if got := rows(t, b.Bytes(t), 0)[0].Cells[0].Text; got != want {
				t.Errorf("%s as %q: %q, want %q", v, format, got, want)
			}
		}
	}
	b := sheet(`<row><c s="0"><v>44500</v></c></row>`)
	b.Formats, b.Properties = []string{"yyyy/m/d"}, `date1904="1"`
	if got := rows(t, b.Bytes(t), 0)[0].Cells[0].Text; got != "2025-11-01" {
		t.Errorf("1904: %q", got)
	}
}

func TestMergesAndLinks(t *testing.T) {
	b := sheet(xlsxtest.Row(1, "标题", "") + xlsxtest.Row(2, "a", "b", "c") + xlsxtest.Row(3, "", "d") + `<row r="4"/>` + xlsxtest.Row(5, "e", "f"))
	b.Sheets[0].After = `<mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="A2:A4"/><mergeCell ref="bad"/><mergeCell ref="C9:A1"/></mergeCells>` +
		`<hyperlinks><hyperlink ref="B5" r:id="l1"/><hyperlink ref="A5" location="x"/></hyperlinks>`
	b.Sheets[0].Links = map[string]string{"l1": "https://example.com/?a=1&b=2"}
	got := rows(t, b.Bytes(t), 0)
	want := [][]string{{"标题", "标题", "标题"}, {"a", "b", "c"}, {"a", "d"}, {"a"}, {"e", "f"}}
	if d := cmp.Diff(want, texts(got)); d != "" {
		t.Error(d)
	}
	if !got[0].Cells[2].Left || got[0].Cells[0].Left || !got[2].Cells[0].Above || got[2].Cells[0].Left || got[4].Cells[0].Above {
		t.Errorf("merged: %+v", got)
	}
	if got[4].Cells[1].Link != "https://example.com/?a=1&b=2" || got[4].Cells[0].Link != "" {
		t.Errorf("links: %+v", got[4])
	}
}

// What looks like the end of the cells within a text is none, and a sheet of
// any size keeps its merges.
func TestMergesBehindManyCells(t *testing.T) {
	var data strings.Builder
	for i := range 5000 {
		data.WriteString(xlsxtest.Row(i+1, "x", "sheetData> 是文字", strings.Repeat("长", 50)))
	}
	b := sheet(data.String() + xlsxtest.Row(5001, "合并") + xlsxtest.Row(5002, ""))
	b.Sheets[0].After = `<mergeCells><mergeCell ref="A5001:A5002"/></mergeCells>`
	got := rows(t, b.Bytes(t), 0)
	if len(got) != 5002 || got[5001].Cells[0].Text != "合并" || got[4000].Cells[1].Text != "sheetData> 是文字" {
		t.Errorf("%d rows, the last %+v", len(got), got[len(got)-1])
	}
}

func TestFaults(t *testing.T) {
	good := sheet(xlsxtest.Row(1, "a"))
	whole := good.Bytes(t)
	with := func(name, content string) []byte {
		b := sheet(xlsxtest.Row(1, "a"))
		b.Extra = map[string]string{name: content}
		return b.Bytes(t)
	}
	many := map[string]string{}
	for i := range 10001 {
		many["p"+xlsx.Letters(i)] = ""
	}
	for name, c := range map[string]struct {
		data []byte
		code fault.Code
		says string
	}{
		"cut off":            {whole[:len(whole)/2], fault.Invalid, "不完整"},
		"word":               {xlsxtest.Zip(t, map[string]string{"_rels/.rels": `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="word/document.xml"/></Relationships>`}), fault.Unsupported, "Word"},
		"other zip":          {xlsxtest.Zip(t, map[string]string{"readme.txt": "x"}), fault.Unsupported, "压缩包"},
		"ods":                {xlsxtest.Zip(t, map[string]string{"content.xml": "<a/>"}), fault.Unsupported, ".ods"},
		"xlsb":               {xlsxtest.Zip(t, map[string]string{"xl/workbook.bin": "x"}), fault.Unsupported, ".xlsb"},
		"no sheets":          {xlsxtest.Book{}.Bytes(t), fault.Invalid, "没有工作表"},
		"workbook no XML":    {with("xl/workbook.xml", "nonsense"), fault.Invalid, "损坏"},
		"shared cut off":     {with("xl/sharedStrings.xml", "<sst><si><t>a"), fault.Invalid, "损坏"},
		"bomb of one part":   {with("xl/worksheets/sheet1.xml", strings.Repeat(" ", 40<<20)), fault.TooLarge, "炸弹"},
		"too many parts":     {xlsxtest.Zip(t, many), fault.TooLarge, "部件"},
		"relations nonsense": {with("_rels/.rels", "<"), fault.Invalid, "损坏"},
	} {
		if _, err := xlsx.Open(c.data); !fault.Is(err, c.code) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s with %q", name, err, c.code, c.says)
		}
	}
	b, err := xlsx.Open(with("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row><c><v>1"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Rows(0, func(xlsx.Row) error { return nil }); !fault.Is(err, fault.Invalid) {
		t.Errorf("a sheet that is cut off: %v", err)
	}
	stop := errors.New("stop")
	if b, err = xlsx.Open(whole); err != nil {
		t.Fatal(err)
	}
	if err := b.Rows(0, func(xlsx.Row) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the function's error is lost: %v", err)
	}
}

func TestPasswordOfAZip(t *testing.T) {
	data := sheet(xlsxtest.Row(1, "a")).Bytes(t)
	for i := 0; i+10 < len(data); i++ { // set the flag in every directory entry
		if bytes.Equal(data[i:i+4], []byte("PK\x01\x02")) {
			data[i+8] |= 1
		}
	}
	if _, err := xlsx.Open(data); !fault.Is(err, fault.Unsupported) || !strings.Contains(err.Error(), "密码") {
		t.Errorf("%v", err)
	}
}

func TestMacrosAndHiddenSheets(t *testing.T) {
	b := xlsxtest.Book{Sheets: []xlsxtest.Sheet{{Name: "a<&"}, {Name: "b", State: "hidden"}, {Name: "c", State: "veryHidden"}}, Extra: map[string]string{"xl/vbaProject.bin": "x"}}
	got, err := xlsx.Open(b.Bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Macros || len(got.Sheets) != 3 || got.Sheets[0].Name != "a<&" || got.Sheets[0].Hidden || !got.Sheets[1].Hidden || !got.Sheets[2].Hidden {
		t.Errorf("%+v", got)
	}
}

// What Write writes, Rows reads, whatever characters it has.
func TestWriteIsReadBack(t *testing.T) {
	cell := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("_x000D_\r\n\t\x01\x1f&<>\"' 中😀\ufeff\ufffe\uffff"))))
	rapid.Check(t, func(r *rapid.T) {
		want := [][]string{}
		for range rapid.IntRange(1, 4).Draw(r, "rows") {
			want = append(want, append(rapid.SliceOfN(cell, 0, 3).Draw(r, "cells"), "end"))
		}
		var out bytes.Buffer
		if err := xlsx.Write(&out, []xlsx.Sheet{{Name: "表", Widths: []int{10}, Rows: slices.Values(want)}}); err != nil {
			r.Fatal(err)
		}
		if d := cmp.Diff(want, texts(rows(t, out.Bytes(), 0))); d != "" {
			r.Fatal(d)
		}
	})
}

func TestWriteFaults(t *testing.T) {
	var out bytes.Buffer
	long := slices.Values([][]string{{strings.Repeat("长", xlsx.MaxCell+1)}})
	if err := xlsx.Write(&out, []xlsx.Sheet{{Name: "a", Rows: long}}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a text that no cell can hold: %v", err)
	}
	full := slices.Values([][]string{{strings.Repeat("长", xlsx.MaxCell)}})
	if err := xlsx.Write(&out, []xlsx.Sheet{{Name: "a", Rows: full}}); err != nil {
		t.Errorf("a full cell: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	b := sheet(xlsxtest.Row(1, "a", "b") + `<row><c t="s" s="0"><v>0</v></c></row>`)
	b.Shared, b.Formats = []string{"<t>x</t>"}, []string{"yyyy"}
	f.Add(b.Sheets[0].Data, `<mergeCells><mergeCell ref="A1:B2"/></mergeCells>`, "<si><t>x</t></si>", "0.00")
	f.Add(`<row r="5"><c r="ZZ1"><v>1e99</v></c>`, `<hyperlink ref="A1" r:id="x"/>`, "<si><r><t>", `"`)
	f.Fuzz(func(t *testing.T, data, after, shared, format string) {
		b := sheet(data)
		b.Sheets[0].After, b.Formats = after, []string{format}
		b.Extra = map[string]string{"xl/sharedStrings.xml": shared}
		book, err := xlsx.Open(b.Bytes(t))
		if err != nil {
			if c := fault.CodeOf(err); c != fault.Invalid && c != fault.TooLarge && c != fault.Unsupported {
				t.Fatalf("%s: %v", c, err)
			}
			return
		}
		for i := range book.Sheets {
			if err := book.Rows(i, func(r xlsx.Row) error { return nil }); err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
				t.Fatal(err)
			}
		}
	})
}

func FuzzZip(f *testing.F) {
	f.Add(sheet(xlsxtest.Row(1, "a")).Bytes(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := xlsx.Open(data)
		if err == nil && len(b.Sheets) == 0 {
			t.Fatal("a workbook without sheets was opened")
		}
		if err != nil && fault.Is(err, fault.Internal) {
			t.Fatal(err)
		}
	})
}
