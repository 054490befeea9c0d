package importer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
)

func read(t *testing.T, format importer.Format, text string) importer.Table {
	t.Helper()
	table, err := importer.Read(strings.NewReader(text), importer.Options{Format: format})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func at(t *testing.T, s string) *time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return &v
}

func articles(table importer.Table) []kb.Article {
	out := []kb.Article{}
	for _, r := range table.Rows {
		out = append(out, r.Article)
	}
	return out
}

func TestReadCSV(t *testing.T) {
	table := read(t, importer.CSV, "\ufeff编号,问题,相似问（可多个）,答案,分类,生效时间,失效时间,备注\n"+
		"a1,多久发货？,啥时候发|几天能发出；快不快,\"付款后 48 小时内，\n**工作日**优先, 见谅\",物流,,,随便写\n"+
		",怎么开发票,\"在哪开票\n发票|抬头怎么填\",\"他说\"\"好的\"\"\",,2026-11-01,2026/11/15,\n"+
		"\n")
	want := []kb.Article{
		{ID: "a1", Question: "多久发货？", Similar: []string{"啥时候发", "几天能发出", "快不快"}, Answer: "付款后 48 小时内，\n**工作日**优先, 见谅", Category: "物流"},
		{
			Question: "怎么开发票", Similar: []string{"在哪开票", "发票|抬头怎么填"}, Answer: "他说\"好的\"",
			ValidFrom: at(t, "2026-11-01T00:00:00+08:00"), ValidUntil: at(t, "2026-11-16T00:00:00+08:00"),
		},
	}
	if d := cmp.Diff(want, articles(table)); d != "" {
		t.Error(d)
	}
	if table.Count != 2 || table.Rejected != 0 || len(table.Problems) != 0 || table.Rows[1].Line != 4 {
		t.Errorf("count %d, rejected %d, problems %v, second row at line %d, want line 4", table.Count, table.Rejected, table.Problems, table.Rows[1].Line)
	}
}

func TestReadKnowsHeadings(t *testing.T) {
	for heading, cells := range map[string]string{
		"question,answer":               "q,a",
		"Title , ANSWER":                "q,a",
		"标准问,相似问1,相似问2,回复":              "q,s1,s2,a",
		"标题\t内容":                        "q\ta",
		"问题;答案":                         "q;a",
		"知识库导出 2026\n\nquestion,answer": "q,a",
		"＊问题,答案（必填）":                    "q,a",
	} {
		table, err := importer.Read(strings.NewReader(heading+"\n"+cells+"\n"), importer.Options{Format: importer.CSV})
		if err != nil || len(table.Rows) != 1 || table.Rows[0].Article.Question != "q" || table.Rows[0].Article.Answer != "a" {
			t.Errorf("%q: %+v, %v", heading, table, err)
		}
	}
	table := read(t, importer.CSV, "标准问,相似问1,相似问10,相似问2,回复\nq,s1;x,s10,s2,a\n")
	if got := table.Rows[0].Article.Similar; !cmp.Equal(got, []string{"s1;x", "s10", "s2"}) {
		t.Errorf("numbered columns: %q", got)
	}
}

func TestReadEncodings(t *testing.T) {
	text := "问题,答案\n包邮吗，亲？,满 59 元包邮\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"UTF-8": text, "with a mark": "\ufeff" + text, "GB18030": gb, "UTF-16": utf16} {
		table, err := importer.Read(strings.NewReader(file), importer.Options{Format: importer.CSV})
		if err != nil || len(table.Rows) != 1 || table.Rows[0].Article.Question != "包邮吗，亲？" {
			t.Errorf("%s: %+v, %v", name, table, err)
		}
	}
	for name, file := range map[string]string{"neither": "问题,答案\n\xff\xfe\xfd,x\n", "broken after a mark": "\ufeff问题,答案\n\xff,x", "half UTF-16": "\xff\xfe\x00\xd8"} {
		if _, err := importer.Read(strings.NewReader(file), importer.Options{Format: importer.CSV}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "编码") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadReportsBadRows(t *testing.T) {
	table := read(t, importer.CSV, "编号,问题,相似问,答案,生效时间,失效时间\n"+
		"a1,好的一行,,答,,\n"+ // 2
		"a2,,,答,,\n"+ // 3
		"a3,没有答案,,,,\n"+ // 4
		"a1,编号重复,,答,,\n"+ // 5
		"a5,好的一行,,答,,\n"+ // 6
		"a6,坏日期,,答,下周一,\n"+ // 7
		"a7,反了,,答,2026-02-01,2026-01-01\n"+ // 8
		"a8,多一格,,答,,,逗号\n"+ // 9
		"a9,引\"号,,答,,\n"+ // 10
		"a 10,编号有空格,,答,,\n"+ // 11
		"a11,？？？,,答,,\n"+ // 12
		"a12,"+strings.Repeat("长", 501)+",,答,,\n"+ // 13
		"a13,相似问太长,"+strings.Repeat("长", 501)+",答,,\n"+ // 14
		"a14,又是好的一行,,答,,\n") // 15
	type short struct {
		Line        int
		Field, Code string
	}
	var got []short
	for _, p := range table.Problems {
		got = append(got, short{p.Line, p.Field, p.Code})
		if !strings.ContainsFunc(p.Message, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) {
			t.Errorf("the message of line %d is not Chinese: %q", p.Line, p.Message)
		}
	}
	want := []short{
		{3, "question", "missing"}, {4, "answer", "missing"}, {5, "id", "duplicate_id"}, {6, "question", "duplicate_question"},
		{7, "valid_from", "bad_date"}, {8, "valid_until", "bad_period"}, {9, "", "bad_row"}, {10, "", "quotes"}, {11, "id", "bad_id"},
		{12, "question", "no_words"}, {13, "question", "too_long"}, {14, "similar[0]", "too_long"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if table.Count != 14 || table.Rejected != 11 || len(table.Rows) != 3 || table.Rows[1].Article.Question != "引\"号" || table.Rows[2].Line != 15 {
		t.Errorf("count %d, rejected %d, rows %+v", table.Count, table.Rejected, table.Rows)
	}
}

func TestReadUnclosedQuote(t *testing.T) {
	table := read(t, importer.CSV, "问题,答案\n一,答\n二,\"没有关上\n三,答\n")
	if len(table.Rows) != 2 || table.Rows[1].Article.Question != "三" || len(table.Problems) != 1 || table.Problems[0].Line != 3 || table.Problems[0].Code != "bad_quotes" {
		t.Errorf("the row after the quote is not read: %+v", table)
	}
}

func TestReadJSONL(t *testing.T) {
	table := read(t, importer.JSONL, `{"id":"a1","question":"多久发货","similar":["啥时候发","几天"],"answer":"48 小时","category":"物流","unknown":7}`+"\n\n"+
		`{"问题":"怎么退","相似问":"退货咋弄|不要了","答案":"申请售后","失效时间":"2026-11-15 18:00","valid_from":null}`+"\n"+
		`[1,2]`+"\n"+`{"question":5,"answer":"x"}`+"\n"+`null`+"\n"+`{"question":"q","answer":"x","similar":{}}`+"\n")
	want := []kb.Article{
		{ID: "a1", Question: "多久发货", Similar: []string{"啥时候发", "几天"}, Answer: "48 小时", Category: "物流"},
		{Question: "怎么退", Similar: []string{"退货咋弄", "不要了"}, Answer: "申请售后", ValidUntil: at(t, "2026-11-15T18:00:00+08:00")},
	}
	if d := cmp.Diff(want, articles(table)); d != "" {
		t.Error(d)
	}
	lines := []int{}
	for _, p := range table.Problems {
		lines = append(lines, p.Line)
	}
	if table.Rejected != 4 || !cmp.Equal(lines, []int{4, 5, 5, 6, 7}) {
		t.Errorf("rejected %d, problems %+v", table.Rejected, table.Problems)
	}
}

func TestReadFaults(t *testing.T) {
	for name, c := range map[string]struct {
		file   io.Reader
		format importer.Format
		code   fault.Code
	}{
		"empty":          {strings.NewReader(""), importer.CSV, fault.Invalid},
		"blank":          {strings.NewReader("\n\n  \n"), importer.JSONL, fault.Invalid},
		"headings only":  {strings.NewReader("问题,答案\n"), importer.CSV, fault.Invalid},
		"no headings":    {strings.NewReader("一,二\n三,四\n"), importer.CSV, fault.Invalid},
		"no answer":      {strings.NewReader("问题,备注\n三,四\n"), importer.CSV, fault.Invalid},
		"unknown format": {strings.NewReader("x"), "xml", fault.Invalid},
		"too large":      {io.LimitReader(zeros{}, importer.MaxBytes+1), importer.CSV, fault.TooLarge},
		"broken reader":  {iotest.ErrReader(errors.New("gone")), importer.CSV, fault.Unavailable},
	} {
		if _, err := importer.Read(c.file, importer.Options{Format: c.format}); !fault.Is(err, c.code) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestReadTooManyRows(t *testing.T) {
	var b strings.Builder
	b.WriteString("问题,答案\n")
	for i := range importer.MaxRows + 5 {
		fmt.Fprintf(&b, "问题%d,答\n", i)
	}
	seen := 0
	_, err := importer.Read(strings.NewReader(b.String()), importer.Options{Format: importer.CSV, Progress: func(rows int) { seen = rows }})
	if !fault.Is(err, fault.TooLarge) || !strings.Contains(err.Error(), "拆成几个文件") || seen > importer.MaxRows || seen < importer.MaxRows-256 {
		t.Errorf("after %d rows: %v", seen, err)
	}
}

func TestDates(t *testing.T) {
	for cell, want := range map[string]string{
		"2026-11-01":                      "2026-11-01T00:00:00+08:00",
		"2026/11/1":                       "2026-11-01T00:00:00+08:00",
		"2026年11月1日":                      "2026-11-01T00:00:00+08:00",
		"20261101":                        "2026-11-01T00:00:00+08:00",
		"２０２６-11-01  08:30":               "2026-11-01T08:30:00+08:00",
		"2026/11/1 8:00:05":               "2026-11-01T08:00:05+08:00",
		"2026-11-01T00:00:00Z":            "2026-11-01T00:00:00Z",
		"2026-11-01T00:00:00.5+09:00":     "2026-11-01T00:00:00.5+09:00",
		"26-11-01":                        "",
		"2026-13-01":                      "",
		"1026-11-01":                      "",
		"9999-01-01":                      "",
		"明天":                              "",
		"2026-11-01; DROP TABLE articles": "",
	} {
		table := read(t, importer.CSV, "问题,答案,生效时间\nq,a,"+cell+"\n")
		if want == "" {
			if len(table.Rows) != 0 {
				t.Errorf("%q was read as %v", cell, table.Rows[0].Article.ValidFrom)
			}
			continue
		}
		if len(table.Rows) != 1 || !table.Rows[0].Article.ValidFrom.Equal(*at(t, want)) {
			t.Errorf("%q: %+v, want %s", cell, table, want)
		}
	}
}

var tricky = []kb.Article{
	{ID: "a1", Question: "=1+1 是多少", Similar: []string{"@所有人", "-10 元", "'=x"}, Answer: "- 一\n- 二, \"三\"；|\n\n''+", Category: "+商品"},
	{ID: "a2", Question: "多久|发货", Similar: []string{"只有一个|相似；问"}, Answer: "'普通的撇号", Category: "'"},
	{ID: "a3", Question: "ＷｉＦｉ 😀 怎么连", Answer: "<b>&\u2028</b>"},
}

func TestRoundTrip(t *testing.T) {
	want := append([]kb.Article(nil), tricky...)
	want[2].ValidFrom, want[2].ValidUntil = at(t, "2026-11-01T08:00:01Z"), at(t, "2027-01-01T00:00:00.000000001Z")
	for _, format := range []importer.Format{importer.CSV, importer.JSONL} {
		var b bytes.Buffer
		if err := importer.Write(&b, format, want); err != nil {
			t.Fatal(err)
		}
		table := read(t, format, b.String())
		if d := cmp.Diff(want, articles(table)); d != "" || len(table.Problems) > 0 {
			t.Errorf("%s: %s\nproblems %+v", format, d, table.Problems)
		}
	}
}

func TestExportHasNoFormulas(t *testing.T) {
	var b bytes.Buffer
	if err := importer.Write(&b, importer.CSV, tricky); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(b.String(), "\n") {
		for _, cell := range strings.Split(line, ",") {
			cell = strings.Trim(cell, "\"\ufeff")
			// Lines within a quoted cell begin no cell.
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") && !strings.Contains(line, "-10") {
				t.Errorf("a cell begins like a formula: %q", cell)
			}
		}
	}
}

type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errors.New("the disk is full")
	}
	return len(p), nil
}

func TestWriteFaults(t *testing.T) {
	for _, format := range []importer.Format{importer.CSV, importer.JSONL} {
		for _, room := range []int{0, 10} {
			if err := importer.Write(&failing{room}, format, tricky); !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s with room for %d bytes: %v", format, room, err)
			}
		}
	}
	if err := importer.Write(io.Discard, "xml", nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("unknown format: %v", err)
	}
}
