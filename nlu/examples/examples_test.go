package examples

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx/xlsxtest"
	"github.com/yingda/yingda/nlu/head"
)

// two are the examples that most files of these tests hold.
var two = []head.Example{{Text: "多久能到，急", Label: "ship_time"}, {Text: "我要退货", Label: "return_request"}}

const (
	sharedXML = `<t>意图</t></si><si><t>消息</t></si><si><r><t>多久能到</t></r><r><t>，急</t></r><rPh><t>x</t></rPh>`
	rowsXML   = `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>` +
		`<row r="3"><c r="A3" t="str"><v>ship_time</v></c><c r="C3" t="s"><v>2</v></c></row>` +
		`<row><c r="A4" t="inlineStr"><is><t>return_request</t></is></c><c r="C4" t="inlineStr"><is><t>我要退货</t></is></c></row>`
)

func workbook(t testing.TB, rows, shared string) []byte {
	t.Helper()
	return xlsxtest.Book{Sheets: []xlsxtest.Sheet{{Name: "语料", Data: rows}, {Name: "空"}}, Shared: []string{shared}}.Bytes(t)
}

func sampleBook(t testing.TB) []byte { return workbook(t, rowsXML, sharedXML) }

const rasaYAML = `version: "3.1"
nlu:
- intent: ship_time
  examples: |
    - 多久能到，急
- synonym: 上海
  examples: |
    - 沪
- intent: return_request
  examples:
  - text: |
      我要退货
    metadata: {sentiment: neutral}
stories: []
`

func TestRead(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("消息,意图\n\"多久能到，急\",ship_time\n我要退货,return_request\n")
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("intent\ttext\nship_time\t多久能到，急\nreturn_request\t我要退货\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file  string
		lines []int
	}{
		"a.jsonl":    {"\ufeff{\"text\":\"多久能到，急\",\"intent\":\"ship_time\",\"split\":\"train\"}\n\n{\"text\":\" 我要退货 \",\"label\":\"return_request\"}\n", []int{1, 3}},
		"utf8.csv":   {"\n备注,Intent,Text,text\nx,ship_time,\"多久能到，急\",y\n,,,\n,return_request,我要退货,\n", []int{3, 5}},
		"gb.csv":     {gb, []int{2, 3}},
		"utf16.tsv":  {utf16, []int{2, 3}},
		"book.xlsx":  {string(sampleBook(t)), []int{3, 4}},
		"rasa.yml":   {rasaYAML, []int{5, 11}},
		"rasa.md":    {"<!-- old\n-->\n## intent:ship_time\n- 多久能到，急\n## synonym:x\n- y\n## intent: return_request\n* 我要退货\n", []int{4, 8}},
		"plain.YAML": {"nlu:\n- intent: ship_time\n  examples: \"- 多久能到，急\"\n- intent: return_request\n  examples: ['我要退货']\n", []int{3, 5}},
	} {
		set, err := Read(strings.NewReader(c.file), FormatOf(name))
		if err = errors.Join(err, set.Err()); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(two, set.Examples) + cmp.Diff(c.lines, set.Lines); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestReadTakesSecondLabelsAndWeights(t *testing.T) {
	want := head.Example{Text: "好", Label: "affirm", Alt: "thanks", Weight: 2.5}
	for name, file := range map[string]string{
		"a.jsonl": `{"text":"好","label":"affirm","alt":"thanks","weight":2.5}`,
		"a.csv":   "消息,意图,第二意图,权重\n好,affirm,thanks,2.5\n",
	} {
		set, err := Read(strings.NewReader(file), FormatOf(name))
		if err != nil || len(set.Examples) != 1 || set.Examples[0] != want {
			t.Errorf("%s: %+v, %v", name, set, err)
		}
	}
}

func TestEntityMarksGo(t *testing.T) {
	for in, want := range map[string]string{
		"发到[上海](city)要几天":                                      "发到上海要几天",
		"[顺丰](carrier:sf)还是[中通]{\"entity\": \"carrier\"}":      "顺丰还是中通",
		"[12号][{\"entity\":\"date\"},{\"entity\": \"size\"}]到": "12号到",
		"[数字x]件[图片]":                                           "[数字x]件[图片]",
	} {
		if got := unmarked(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestProblemsNameTheirLines(t *testing.T) {
	long := strings.Repeat("长", MaxTextRunes+1)
	type short struct {
		Line int
		Code string
	}
	for name, c := range map[string]struct {
		file string
		want []short
	}{
		"a.jsonl": {
			`{"text":"a","label":"x"}` + "\n{\n" + `{"text":"  ","label":"x"}` + "\n" + `{"text":"a"}` + "\n" + `{"text":"a","label":"x","weight":-1}` + "\n" +
				`{"text":"` + long + `","label":"x"}` + "\n" + `{"text":"a","label":"` + strings.Repeat("y", 200) + `"}` + "\n[]\nnull",
			[]short{{2, "bad_row"}, {3, "no_text"}, {4, "no_label"}, {5, "bad_weight"}, {6, "text_too_long"}, {7, "label_too_long"}, {8, "bad_row"}, {9, "no_text"}},
		},
		"a.csv": {
			"text,intent,weight\na,x\n,x\na,\na,x,much\na,b,1,c\na\"b,x\n\"ok,\nstill\",x\n\"open,x\n",
			[]short{{3, "no_text"}, {4, "no_label"}, {5, "bad_weight"}, {6, "bad_row"}, {7, "bad_row"}, {10, "bad_row"}},
		},
		"a.yml": {
			"nlu:\n- intent: x\n  examples: |\n    - a\n    no bullet\n    # note\n    -\n- intent: y\n- examples: |\n    - a\n",
			[]short{{5, "bad_row"}, {7, "no_text"}, {8, "bad_row"}, {9, "bad_row"}},
		},
		"a.md": {"## intent:x\n- a\nno bullet\n## intent:\n- b\n", []short{{3, "bad_row"}, {5, "no_label"}}},
	} {
		set, err := Read(strings.NewReader(c.file), FormatOf(name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []short
		for _, p := range set.Problems {
			got = append(got, short{p.Line, p.Code})
		}
		if d := cmp.Diff(c.want, got); d != "" || set.Rejected != len(c.want) {
			t.Errorf("%s, %d rejected: %s", name, set.Rejected, d)
		}
		want := fmt.Sprintf("line %d", c.want[0].Line)
		if err := set.Err(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "more rows") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestReadFaults(t *testing.T) {
	for name, c := range map[string]struct {
		file   io.Reader
		format Format
		code   fault.Code
	}{
		"empty":                {strings.NewReader(""), JSONL, fault.Invalid},
		"blank table":          {strings.NewReader("\n,\n"), CSV, fault.Invalid},
		"no heading":           {strings.NewReader("我要退货,return_request\n"), CSV, fault.Invalid},
		"half a heading":       {strings.NewReader("text,备注\na,b\n"), CSV, fault.Invalid},
		"encoding":             {strings.NewReader("text,intent\n\xff\xff,x\n"), CSV, fault.Invalid},
		"broken after a mark":  {strings.NewReader("\ufefftext,intent\n\xd0\xc5,x\n"), CSV, fault.Invalid},
		"other format":         {strings.NewReader("x"), "xml", fault.Invalid},
		"too large":            {io.LimitReader(zeros{}, MaxBytes+1), JSONL, fault.TooLarge},
		"broken reader":        {iotest.ErrReader(errors.New("gone")), JSONL, fault.Unavailable},
		"old Excel":            {strings.NewReader("\xd0\xcf\x11\xe0"), XLSX, fault.Invalid},
		"zip, no workbook":     {bytes.NewReader(xlsxtest.Zip(t, map[string]string{"a": "b"})), XLSX, fault.Unsupported},
		"yaml of another kind": {strings.NewReader("rules: []\n"), YAML, fault.Invalid},
		"no yaml":              {strings.NewReader("nlu: [\n"), YAML, fault.Invalid},
		"nlu is no list":       {strings.NewReader("nlu: 1\n"), YAML, fault.Invalid},
		"large yaml":           {strings.NewReader(strings.Repeat("# note\n", maxYAML/7+1)), YAML, fault.TooLarge},
		"other markdown":       {strings.NewReader("# Title\n- item\n"), Markdown, fault.Invalid},
	} {
		if _, err := Read(c.file, c.format); !fault.Is(err, c.code) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestWorkbookFaults(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		code fault.Code
		says string
	}{
		"no heading": {workbook(t, xlsxtest.Row(1, "hello"), ""), fault.Invalid, "语料: 没有找到表头"},
		"cut":        {workbook(t, `<row r="1"><c`, ""), fault.Invalid, "语料: 文件已损坏"},
		"a bomb":     {workbook(t, `<row r="1"><c t="str"><v>`+strings.Repeat(" ", 20<<20)+"</v></c></row>", ""), fault.TooLarge, "压缩炸弹"},
	} {
		if _, err := Read(bytes.NewReader(c.data), XLSX); !fault.Is(err, c.code) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMergedLabelsFailedFormulasAndHiddenLists(t *testing.T) {
	book := xlsxtest.Book{Sheets: []xlsxtest.Sheet{
		{
			Name: "语料",
			Data: xlsxtest.Row(1, "意图", "文本") + xlsxtest.Row(2, "ship_time", "多久能到，急") + xlsxtest.Row(3, "", "几天到") +
				xlsxtest.Row(4, "return_request", "我要退货") + xlsxtest.Row(5, "affirm", "") +
				`<row r="6"><c r="A6" t="str"><v>affirm</v></c><c r="B6" t="e"><f>VLOOKUP(1)</f><v>#N/A</v></c></row>`,
			After: `<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="B4:B5"/></mergeCells>`,
		},
		{Name: "选项", State: "hidden", Data: xlsxtest.Row(1, "ship_time") + xlsxtest.Row(2, "return_request")},
	}}
	set, err := Read(bytes.NewReader(book.Bytes(t)), XLSX)
	if err != nil {
		t.Fatal(err)
	}
	want := []head.Example{two[0], {Text: "几天到", Label: "ship_time"}, two[1]}
	if d := cmp.Diff(want, set.Examples); d != "" {
		t.Error(d)
	}
	// The second row of a merged message, and a formula without a result, are told.
	if len(set.Problems) != 2 || set.Problems[0].Line != 5 || set.Problems[1].Line != 6 || set.Problems[1].Code != "no_text" {
		t.Errorf("problems %+v", set.Problems)
	}
}

func TestTooManyRowsAreCounted(t *testing.T) {
	var b strings.Builder
	for range MaxRows + 3 {
		b.WriteString("{\"text\":\"a\",\"label\":\"x\"}\n")
	}
	set, err := Read(strings.NewReader(b.String()), JSONL)
	if err != nil || len(set.Examples) != MaxRows || set.Rejected != 3 || set.Problems[0].Code != "too_many_rows" {
		t.Errorf("%d examples, %d rejected, %v", len(set.Examples), set.Rejected, err)
	}
}

// check is what holds of any input.
func check(t *testing.T, data []byte, format Format) {
	set, err := Read(bytes.NewReader(data), format)
	if err != nil && fault.CodeOf(err) == fault.Internal {
		t.Fatalf("an error without a code: %v", err)
	}
	if len(set.Lines) != len(set.Examples) || len(set.Problems) > set.Rejected {
		t.Fatalf("%d examples at %d lines, %d problems of %d", len(set.Examples), len(set.Lines), len(set.Problems), set.Rejected)
	}
	for _, e := range set.Examples {
		if e.Text == "" || e.Label == "" {
			t.Fatalf("took %+v", e)
		}
	}
}

func FuzzJSONL(f *testing.F) {
	f.Add([]byte(`{"text":"a","label":"x","weight":1e400}`))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data, JSONL) })
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("text,intent,weight\na,\"b\nc\",NaN\n"))
	f.Add([]byte("\xff\xfet\x00"))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data, CSV) })
}

func FuzzXLSX(f *testing.F) {
	f.Add(sampleBook(f))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data, XLSX) })
}

// FuzzSheet changes the XML inside of a workbook, which FuzzXLSX can hardly reach.
func FuzzSheet(f *testing.F) {
	f.Add(rowsXML, sharedXML)
	f.Fuzz(func(t *testing.T, rows, shared string) { check(t, workbook(t, rows, shared), XLSX) })
}

func FuzzYAML(f *testing.F) {
	f.Add([]byte(rasaYAML))
	f.Add([]byte("nlu:\n- intent: !!set {a}\n  examples: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data, YAML) })
}

func FuzzMarkdown(f *testing.F) {
	f.Add([]byte("## intent:x\n- [a](b)\n<!--"))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data, Markdown) })
}
