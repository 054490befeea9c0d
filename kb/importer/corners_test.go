package importer_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx/xlsxtest"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
)

func TestLinksOfCells(t *testing.T) {
	book := xlsxtest.Book{Sheets: []xlsxtest.Sheet{{
		Name: "一",
		Data: xlsxtest.Row(1, "问题", "答案", "图片") + xlsxtest.Row(2, "尺码怎么选", "看 https://a.example/x", "图[1]") +
			xlsxtest.Row(3, "怎么退货", "先[申请]", "") + xlsxtest.Row(4, "能开票吗", "说明", "图片一"),
		After: `<hyperlinks><hyperlink ref="A2" r:id="x"/><hyperlink ref="B2" r:id="x"/><hyperlink ref="C2" r:id="y"/>` +
			`<hyperlink ref="B3" r:id="x"/><hyperlink ref="B4" r:id="z"/><hyperlink ref="C4" r:id="y"/></hyperlinks>`,
		Links: map[string]string{"x": "https://a.example/x", "y": "https://i.example/a.png", "z": "a file (1).docx"},
	}}}
	table, err := importer.Read(bytes.NewReader(book.Bytes(t)), importer.Options{})
	if err != nil || len(table.Rows) != 3 {
		t.Fatalf("%+v, %v", table, err)
	}
	var answers, images []string
	for _, r := range table.Rows {
		answers = append(answers, r.Article.Answer)
		for _, b := range r.Article.Blocks {
			images = append(images, b.URL)
		}
	}
	// An address that the text names already, or that Markdown cannot hold with
	// such a text, stands on its own line; one that nobody can open is left out.
	if d := cmp.Diff([]string{"看 https://a.example/x\nhttps://a.example/x", "先[申请]\nhttps://a.example/x", "说明"}, answers); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"https://i.example/a.png", "https://i.example/a.png"}, images); d != "" {
		t.Error(d)
	}
	if q := table.Rows[0].Article.Question; q != "尺码怎么选" {
		t.Errorf("question %q", q)
	}
}

func TestListsInObjects(t *testing.T) {
	table := read(t, importer.JSONL, `{"question":"甲","answer":"乙","variants":[{"channels":["wechat"],"answer":"丙"}],"attachments":[{"name":"a","url":"https://a.example/a.pdf"}]}
{"question":"丁","answer":"戊","images":["https://i.example/1.png","https://i.example/2.png"],"similar":["丁一"]}
{"question":"己","answer":"庚","channels":["wechat"],"tags":["vip"]}
{"question":"辛","answer":"壬","category":["x"]}
{"question":"癸","answer":"子","similar":[1]}
`)
	if len(table.Rows) != 2 || len(table.Rows[0].Article.Variants) != 1 || len(table.Rows[0].Article.Attachments) != 1 || len(table.Rows[1].Article.Blocks) != 2 {
		t.Fatalf("%+v", table.Rows)
	}
	var codes []string
	for _, p := range table.Problems {
		codes = append(codes, p.Code)
	}
	// Lists of channels and tags are read: what is wrong is that nobody else has an answer.
	if d := cmp.Diff([]string{"no_default", "bad_row", "bad_row"}, codes); d != "" {
		t.Error(d)
	}
	if o := table.Originals; len(o) != 3 || !slices.Contains(o[1].Cells, "辛") || !slices.Contains(o[2].Cells, "[1]") {
		t.Errorf("%+v", o)
	}
}

func TestBadAddressesOfVariantsAndAttachments(t *testing.T) {
	table := read(t, importer.JSONL, `{"question":"甲","answer":"乙","variants":[{"channels":["wechat"],"answer":"看 http://shop/x"}]}`+"\n"+
		`{"question":"丙","answer":"丁","attachments":[{"name":"a","url":"https://files/a.pdf"}]}`+"\n")
	var got []string
	for _, p := range table.Problems {
		got = append(got, p.Field+" "+p.Code)
	}
	if d := cmp.Diff([]string{"variants bad_link", "attachments bad_link"}, got); d != "" || len(table.Rows) != 2 {
		t.Error(d, table.Rows)
	}
}

func TestMisfitsNameTheRow(t *testing.T) {
	long := make([]string, 400)
	for i := range long {
		long[i] = strings.Repeat("问", i+1)
	}
	row := importer.Row{Sheet: "一", Line: 7, Article: kb.Article{Question: "新", Answer: "答"}}
	table := importer.Table{Fields: []string{"question", "answer"}, Rows: []importer.Row{row}}
	_, flaws := table.Over(row, kb.Article{ID: "a", Question: "旧", Answer: "旧", Similar: long, Owner: strings.Repeat("长", 5000)})
	list := importer.Misfits(row, flaws)
	if len(flaws) == 0 || len(list) == 0 || len(list) > 10 {
		t.Fatalf("%d flaws, %d problems", len(flaws), len(list))
	}
	for _, p := range list {
		if p.Sheet != "一" || p.Line != 7 || p.Severity != importer.Refused || p.Code == "" || p.Mend == "" || !strings.HasPrefix(p.Message, "与知识库") {
			t.Errorf("%+v", p)
		}
	}
}

func TestReadingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var b strings.Builder
	b.WriteString("问题,答案\n")
	for i := range 3000 {
		b.WriteString(strings.Repeat("问", i%40+1) + ",答\n")
	}
	read := 0
	_, err := importer.ReadContext(ctx, strings.NewReader(b.String()), importer.Options{Format: importer.CSV, Progress: func(rows int) {
		read = rows
		cancel()
	}})
	if err == nil || fault.CodeOf(err) == fault.Invalid || read > 300 {
		t.Errorf("%v after %d rows", err, read)
	}
}
