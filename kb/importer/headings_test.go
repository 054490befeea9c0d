package importer_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx/xlsxtest"
	"github.com/yingda/yingda/kb/importer"
)

func TestHeadings(t *testing.T) {
	strange := []importer.Heading{
		{Name: "咨询点", Samples: []string{"一", "二", "三"}}, {Name: "解决方案", Samples: []string{"答一", "答二", "答四"}}, {Name: "分类", Field: "category", Samples: []string{}},
	}
	rows := [][]string{{"XX 店知识库"}, {"咨询点", "解决方案", "分类"}, {"一", "答一"}, {"二", ""}, {"三", "答二"}, {"四", "答四"}}
	for name, c := range map[string]struct {
		data []byte
		opts importer.Options
		want []importer.Preview
	}{
		"CSV": {[]byte("XX 店知识库\n咨询点,解决方案,分类\n一,答一,\n二,,\n三,答二,\n四,答四,\n"), importer.Options{}, []importer.Preview{{Line: 2, Headings: strange}}},
		"workbook": {
			xlsxtest.Book{Sheets: []xlsxtest.Sheet{{Name: "空"}, {Name: "一", Data: dataOf(rows...)}, {Name: "隐", State: "hidden", Data: dataOf(rows...)}, {Name: "好", Data: dataOf([]string{"Title", "reply"})}}}.Bytes(t), importer.Options{},
			[]importer.Preview{{Sheet: "一", Line: 2, Headings: strange}, {Sheet: "好", Line: 1, Ready: true, Headings: []importer.Heading{{Name: "Title", Field: "question", Samples: []string{}}, {Name: "reply", Field: "answer", Samples: []string{}}}}},
		},
		"mapped": {
			[]byte("咨询点;解决方案\n一;" + strings.Repeat("长", 70) + "\n"), importer.Options{Mapping: map[string]string{"咨询点": "question", "解决方案": "answer"}},
			[]importer.Preview{{Line: 1, Ready: true, Headings: []importer.Heading{{Name: "咨询点", Field: "question", Samples: []string{"一"}}, {Name: "解决方案", Field: "answer", Samples: []string{strings.Repeat("长", 60) + "…"}}}}},
		},
		"JSONL": {
			[]byte(`{"ask":"一","reply":"答"}` + "\n" + `{"ask":5,"x":null}` + "\n"), importer.Options{},
			[]importer.Preview{{Line: 1, Headings: []importer.Heading{{Name: "ask", Samples: []string{"一", "5"}}, {Name: "reply", Field: "answer", Samples: []string{"答"}}, {Name: "x", Samples: []string{"null"}}}}},
		},
		"page": {
			[]byte("<table><tr><td>甲<td>乙<tr><td>1<td>2</table>"), importer.Options{},
			[]importer.Preview{{Line: 1, Headings: []importer.Heading{{Name: "甲", Samples: []string{"1"}}, {Name: "乙", Samples: []string{"2"}}}}},
		},
	} {
		got, err := importer.Headings(t.Context(), bytes.NewReader(c.data), c.opts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for name, c := range map[string]struct {
		file string
		opts importer.Options
		code fault.Code
	}{
		"nothing":          {"\n\n", importer.Options{}, fault.Invalid},
		"Markdown":         {"# 一\n答", importer.Options{}, fault.Unsupported},
		"page of no table": {"<html><p>x", importer.Options{}, fault.Unsupported},
		"no encoding":      {"\x80\xff\xff", importer.Options{}, fault.Invalid},
		"unknown format":   {"x", importer.Options{Format: "doc"}, fault.Invalid},
		"old workbook":     {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", importer.Options{}, fault.Unsupported},
	} {
		if got, err := importer.Headings(t.Context(), strings.NewReader(c.file), c.opts); !fault.Is(err, c.code) {
			t.Errorf("%s: %+v, %v, want %s", name, got, err, c.code)
		}
	}
}

// Every field that a heading is known by can be named in a mapping.
func TestMappingNamesEveryField(t *testing.T) {
	for _, field := range importer.Fields() {
		_, err := importer.Headings(t.Context(), strings.NewReader("甲,乙\n1,2\n"), importer.Options{Mapping: map[string]string{"甲": field}})
		if err != nil {
			t.Errorf("%s: %v", field, err)
		}
	}
	if !slices.Contains(importer.Fields(), "question") || slices.Contains(importer.Fields(), "") {
		t.Errorf("%q", importer.Fields())
	}
}

func TestTemplate(t *testing.T) {
	for _, format := range importer.Formats() {
		var b bytes.Buffer
		if err := importer.Template(&b, format); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		table, err := importer.Read(bytes.NewReader(b.Bytes()), importer.Options{})
		if err != nil || table.Format != format {
			t.Errorf("%s: read as %s, %v", format, table.Format, err)
			continue
		}
		if d := cmp.Diff([]string{"example", "example"}, codes(table)); d != "" || len(table.Rows) != 0 {
			t.Errorf("%s: the examples are imported: %s%+v", format, d, table)
		}
		if format.MIME() == "" || !strings.HasPrefix(format.Ending(), ".") {
			t.Errorf("%s has the media type %q and the ending %q", format, format.MIME(), format.Ending())
		}
	}
	if err := importer.Template(io.Discard, "doc"); !fault.Is(err, fault.Invalid) {
		t.Errorf("unknown format: %v", err)
	}
	if err := importer.Template(&failing{0}, importer.XLSX); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a writer that fails: %v", err)
	}
}

// A template's columns are all known, and filling one in works.
func TestTemplateIsUnderstood(t *testing.T) {
	var b bytes.Buffer
	if err := importer.Template(&b, importer.XLSX); err != nil {
		t.Fatal(err)
	}
	previews, err := importer.Headings(t.Context(), &b, importer.Options{Sheet: "知识库"})
	if err != nil || len(previews) != 1 || !previews[0].Ready {
		t.Fatalf("%+v, %v", previews, err)
	}
	if len(previews[0].Headings) != 15 {
		t.Errorf("%d columns", len(previews[0].Headings))
	}
	for _, h := range previews[0].Headings {
		if h.Field == "" {
			t.Errorf("the column %s is not understood", h.Name)
		}
	}
}
