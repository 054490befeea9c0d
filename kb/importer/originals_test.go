package importer_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx/xlsxtest"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
)

func TestOriginalsOfAWorkbook(t *testing.T) {
	book := xlsxtest.Book{Sheets: []xlsxtest.Sheet{
		{
			Name: "售后",
			Data: xlsxtest.Row(1, "序号", "问题", "答案", "失效时间") + xlsxtest.Row(2, "", "怎么退", "联系客服", "明天") +
				xlsxtest.Row(3, "", "怎么换", "七天内", "2027-01-01") + xlsxtest.Row(4, "", "能开票吗", "可以", "后天"),
			After: `<mergeCells><mergeCell ref="C2:C2"/></mergeCells>`,
		},
		{Name: "物流", Data: xlsxtest.Row(1, "答案", "分类", "问题") + xlsxtest.Row(2, "", "快递", "几天到")},
	}}
	table, err := importer.Read(bytes.NewReader(book.Bytes(t)), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"序号", "问题", "答案", "失效时间", "分类"}, table.Headings); d != "" {
		t.Error(d)
	}
	want := []importer.Original{
		{Sheet: "售后", Line: 2, Cells: []string{"", "怎么退", "联系客服", "明天"}},
		{Sheet: "售后", Line: 4, Cells: []string{"", "能开票吗", "可以", "后天"}},
		{Sheet: "物流", Line: 2, Cells: []string{"", "几天到", "", "", "快递"}},
	}
	if d := cmp.Diff(want, table.Originals); d != "" {
		t.Error(d)
	}
	wantFields := [][]string{{"question", "answer", "valid_until"}, {"question", "answer", "category"}, {"question", "answer", "category", "valid_until"}}
	if d := cmp.Diff(wantFields, [][]string{table.Sheets[0].Fields, table.Sheets[1].Fields, table.Fields}); d != "" {
		t.Error(d)
	}
}

func TestOriginalsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("问题,答案\n")
	for i := range importer.MaxOriginals + 20 {
		fmt.Fprintf(&b, "第%d个问题,\n", i)
	}
	table := read(t, importer.CSV, b.String())
	if len(table.Originals) != importer.MaxOriginals || table.Rejected != importer.MaxOriginals+20 {
		t.Errorf("%d originals of %d", len(table.Originals), table.Rejected)
	}
	long := strings.Repeat("长", 1<<18)
	b.Reset()
	b.WriteString("问题,答案,备注\n")
	for i := range 60 {
		fmt.Fprintf(&b, "第%d个问题,,%s\n", i, long)
	}
	if table = read(t, importer.CSV, b.String()); table.Rejected != 60 || len(table.Originals) < 40 || len(table.Originals) > 45 {
		t.Errorf("%d originals of %d bytes each, %d refused", len(table.Originals), len(long), table.Rejected)
	}
}

func TestColumnsOfAFile(t *testing.T) {
	a := kb.Article{
		ID: "x", Question: "怎么退", Similar: []string{"退货", "退款"}, Answer: "=联系客服", Category: "售后/退货", Owner: "小周",
		Variants: []kb.Variant{{Channels: []string{"wechat"}, Answer: "点这里"}},
	}
	fields := []string{"question", "answer", "similar", "category", "variants"}
	c, err := importer.NewColumns([]string{"行", "问题", "相似问1", "相似问2", "一级分类", "渠道", "答案", "备注"}, fields, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"问题", "相似问1", "相似问2", "一级分类", "渠道", "答案", "备注", "相似问", "分类", "变体"},
		{"怎么退", "", "", "", "", "'=联系客服", "", "退货\n退款", "售后/退货", `[{"channels":["wechat"],"answer":"点这里"}]`},
	}
	if d := cmp.Diff(want, [][]string{c.Headings(), c.Cells(a)}); d != "" {
		t.Error(d)
	}
	// Read again, the article is what it was; the owner, of which the file says
	// nothing, stays with the one that it replaces.
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll([][]string{c.Headings(), c.Cells(a)}); err != nil {
		t.Fatal(err)
	}
	table := read(t, importer.CSV, b.String())
	if len(table.Rows) != 1 {
		t.Fatalf("%+v", table.Problems)
	}
	if got, flaws := table.Over(table.Rows[0], a); !got.Same(a) || len(flaws) > 0 {
		t.Errorf("%s, flaws %v", cmp.Diff(a, got), flaws)
	}
	if _, err := importer.NewColumns(nil, nil, map[string]string{"a": "nothing"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

func TestFields(t *testing.T) {
	for name, c := range map[string]struct {
		format importer.Format
		file   string
		want   string
	}{
		"columns":          {importer.CSV, "问题,答案,一级分类,渠道,图片\n甲,乙,,,\n", "question answer category blocks variants"},
		"an unused column": {importer.CSV, "问题,答案,备注\n甲,乙,丙\n", "question answer"},
		"switches":         {importer.CSV, "问题,答案,是否启用\n甲,乙,是\n丙,丁,否\n", "question answer"},
		"states":           {importer.CSV, "问题,答案,状态\n甲,乙,\n丙,丁,已审核\n", "question answer review"},
		"keys":             {importer.JSONL, `{"question":"甲","answer":"乙","category":""}` + "\n" + `{"question":"丙","answer":"丁","owner":null}`, "question answer category owner"},
		"markdown":         {importer.Markdown, "# 甲\n\n负责人: 小周\n\n乙\n", "question answer owner"},
		"rasa":             {importer.Rasa, "nlu:\n- intent: faq/a\n  examples: |\n    - 甲\n    - 丙\nresponses:\n  utter_faq/a:\n  - text: 乙\n", "id question similar answer"},
		"html":             {importer.HTML, "<dl><dt>甲是什么</dt><dd>乙</dd></dl>", "question answer"},
	} {
		if table := read(t, c.format, c.file); strings.Join(table.Fields, " ") != c.want {
			t.Errorf("%s: %v", name, table.Fields)
		}
	}
}

func TestOverGoesBySheets(t *testing.T) {
	book := xlsxtest.Book{Sheets: []xlsxtest.Sheet{
		{Name: "一", Data: xlsxtest.Row(1, "问题", "答案", "分类") + xlsxtest.Row(2, "怎么退", "联系客服")},
		{Name: "二", Data: xlsxtest.Row(1, "问题", "答案") + xlsxtest.Row(2, "怎么换", "七天内")},
	}}
	table, err := importer.Read(bytes.NewReader(book.Bytes(t)), importer.Options{})
	if err != nil || len(table.Rows) != 2 {
		t.Fatal(table, err)
	}
	old := kb.Article{ID: "x", Category: "售后", Similar: []string{"怎么换", "换货"}}
	first, _ := table.Over(table.Rows[0], old)
	second, _ := table.Over(table.Rows[1], old)
	if first.Category != "" || second.Category != "售后" || second.ID != "x" || !slices.Equal(second.Similar, []string{"换货"}) {
		t.Errorf("%+v, %+v", first, second)
	}
}

// TestRefusedRowsAreRefusedAgain: what is written of refused rows has, unless
// somebody mends it, the same rows refused when it is imported.
func TestRefusedRowsAreRefusedAgain(t *testing.T) {
	cell := rapid.SampledFrom([]string{"", "甲", "怎么退", "=1+1", "'=x", "明天", "2027-01-01", "已审核", "停用", "#N/A", "a,b", "说\"好\"", "两\n行", "{{x", "�", "0.5", "高"})
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		out := csv.NewWriter(&b)
		head := []string{"编号", "问题", "相似问", "答案", "失效时间", "状态", "阈值", "备注"}
		lines := [][]string{head}
		for range rapid.IntRange(1, 8).Draw(t, "rows") {
			lines = append(lines, rapid.SliceOfN(cell, len(head), len(head)+1).Draw(t, "row"))
		}
		if err := out.WriteAll(lines); err != nil {
			t.Fatal(err)
		}
		first, err := importer.Read(&b, importer.Options{Format: importer.CSV})
		if err != nil || len(first.Originals) == 0 {
			return
		}
		c, err := importer.NewColumns(first.Headings, first.Fields, nil)
		if err != nil {
			t.Fatal(err)
		}
		again := [][]string{c.Headings()}
		for _, o := range first.Originals {
			again = append(again, c.Original(o))
		}
		b.Reset()
		if err := out.WriteAll(again); err != nil {
			t.Fatal(err)
		}
		second, err := importer.Read(bytes.NewReader(b.Bytes()), importer.Options{Format: importer.CSV})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(cells(first.Originals), cells(second.Originals)); d != "" && !repeats(first) {
			t.Errorf("%s\n%q\n%+v", d, lines, first.Problems)
		}
	})
}

// cells are the texts of rows, without those that are empty at the end.
func cells(rows []importer.Original) [][]string {
	var out [][]string
	for _, r := range rows {
		list := append(slices.Clone(r.Cells), r.Extra...)
		for len(list) > 0 && list[len(list)-1] == "" {
			list = list[:len(list)-1]
		}
		out = append(out, list)
	}
	return out
}

// repeats reports whether a row was refused because of one that was taken: alone
// it is good.
func repeats(t importer.Table) bool {
	return slices.ContainsFunc(t.Problems, func(p importer.Problem) bool {
		return slices.Contains([]string{"duplicate_id", "duplicate_question", "different_answers"}, p.Code)
	})
}
