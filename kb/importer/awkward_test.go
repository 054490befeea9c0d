package importer_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx/xlsxtest"
	"github.com/yingda/yingda/kb/importer"
)

// awkward is a file as shops have them, and what becomes of it.
type awkward struct {
	name string
	data []byte
	opts importer.Options
	// want are the articles, "question=answer", with "|similar" after the
	// question; codes are the problems as line:code.
	want  []string
	codes []string
	// fault and says are the error of a file that is refused.
	fault fault.Code
	says  string
	// check looks at what else matters.
	check func(t *testing.T, table importer.Table)
}

func encode(t testing.TB, e encoding.Encoding, text string) []byte {
	t.Helper()
	data, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// book is a workbook of one sheet of texts.
func book(t testing.TB, rows ...[]string) []byte {
	t.Helper()
	return xlsxtest.Book{Sheets: []xlsxtest.Sheet{{Name: "知识库", Data: dataOf(rows...)}}}.Bytes(t)
}

func dataOf(rows ...[]string) string {
	var b strings.Builder
	for i, r := range rows {
		b.WriteString(xlsxtest.Row(i+1, r...))
	}
	return b.String()
}

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func encodingIs(want string) func(*testing.T, importer.Table) {
	return func(t *testing.T, table importer.Table) {
		if string(table.Encoding) != want {
			t.Errorf("the encoding is reported as %q, want %q", table.Encoding, want)
		}
	}
}

func formatIs(want importer.Format) func(*testing.T, importer.Table) {
	return func(t *testing.T, table importer.Table) {
		if table.Format != want {
			t.Errorf("read as %q, want %q", table.Format, want)
		}
	}
}

func textFiles(t *testing.T) []awkward {
	const table = "问题,答案\n多久发货,四十八小时内\n"
	const trad = "問題,答案\n多久出貨,四十八小時內寄出\n"
	shipped := []string{"多久发货=四十八小时内"}
	long := strings.Repeat("长", 40000)
	return []awkward{
		{name: "UTF-8", data: []byte(table), want: shipped, check: encodingIs("UTF-8")},
		{name: "UTF-8 with a mark", data: []byte("\ufeff" + table), want: shipped, check: encodingIs("UTF-8")},
		{name: "GBK", data: encode(t, simplifiedchinese.GBK, table), want: shipped, check: encodingIs("GB18030")},
		{name: "GB18030 with an emoji", data: encode(t, simplifiedchinese.GB18030, table+"😀 表情,好\n"), want: []string{"多久发货=四十八小时内", "😀 表情=好"}, check: encodingIs("GB18030")},
		{name: "UTF-16LE", data: encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), table), want: shipped, check: encodingIs("UTF-16LE")},
		{name: "UTF-16BE", data: encode(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), table), want: shipped, check: encodingIs("UTF-16BE")},
		{name: "UTF-16LE unmarked", data: encode(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), table), want: shipped, check: encodingIs("UTF-16LE")},
		{name: "UTF-16BE unmarked", data: encode(t, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), table), want: shipped, check: encodingIs("UTF-16BE")},
		{name: "Unicode text of Excel", data: encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), strings.ReplaceAll(table, ",", "\t")), want: shipped, check: formatIs(importer.TSV)},
		{name: "Big5", data: encode(t, traditionalchinese.Big5, trad), want: []string{"多久出貨=四十八小時內寄出"}, codes: []string{"0:encoding"}, check: encodingIs("Big5")},
		{name: "traditional in GBK", data: encode(t, simplifiedchinese.GBK, trad), want: []string{"多久出貨=四十八小時內寄出"}, check: encodingIs("GB18030")},
		{name: "no encoding at all", data: []byte("\x80\x81\xff\xfe,\xff\n"), fault: fault.Invalid, says: "编码"},
		{name: "a few broken bytes", data: []byte("问题,答案\n多久发货呢亲请问一下,四十八小时内\n坏\xff了的一行,好\n"), want: []string{"多久发货呢亲请问一下=四十八小时内"}, codes: []string{"3:garbled"}},
		{name: "NUL bytes", data: []byte("问题,答案\n多\x00久,答\n好的,答二\n"), want: []string{"好的=答二"}, codes: []string{"2:encoding"}},
		{name: "mixed line ends", data: []byte("问题,答案\r\n一,答一\r二,答二\n三,\"答\r\n三\"\r\n"), want: []string{"一=答一", "二=答二", "三=答\n三"}},
		{name: "WPS: GBK with commas at the end", data: encode(t, simplifiedchinese.GBK, "问题,答案,,,\n多久发货,四十八小时内,,,\n,,,,\n,,,,\n"), want: shipped},
		{name: "headings in full width", data: []byte("ｑｕｅｓｔｉｏｎ，,答案（必填）\n一,答\n"), fault: fault.Invalid, says: "ｑｕｅｓｔｉｏｎ"},
		{name: "headings in full width and brackets", data: []byte("＊ｑｕｅｓｔｉｏｎ,【备注】,答 案（必填）\n一,x,答\n"), want: []string{"一=答"}},
		{name: "tabs", data: []byte("问题\t答案\n一\t答,一\n"), want: []string{"一=答,一"}, check: formatIs(importer.TSV)},
		{name: "bars", data: []byte("问题|答案|分类\n一|答|类\n"), want: []string{"一=答"}},
		{name: "semicolons and commas in texts", data: []byte("问题;答案\n一,二,三;答,答,答\n"), want: []string{"一,二,三=答,答,答"}},
		{name: "quotes, commas and lines in a cell", data: []byte("问题,答案\n\"说\"\"好\"\"\",\"第一行,\n第二行\"\n"), want: []string{"说\"好\"=第一行,\n第二行"}},
		{name: "a quote never closed", data: []byte("问题,答案\n一,答一\n二,\"没有关\n三,答三\n四,答四\n"), want: []string{"一=答一", "三=答三", "四=答四"}, codes: []string{"3:bad_quotes"}},
		{name: "text after a quote", data: []byte("问题,答案\n一,\"答\"一\n二,答二\n"), want: []string{"二=答二"}, codes: []string{"2:bad_quotes"}},
		{name: "inches", data: []byte("问题,答案\n15\"屏幕有吗,有 15\" 的\n"), want: []string{"15\"屏幕有吗=有 15\" 的"}, codes: []string{"2:quotes"}},
		{name: "a comma too many", data: []byte("问题,答案\n一,好的,亲\n二,答二\n"), want: []string{"二=答二"}, codes: []string{"2:bad_row"}},
		{name: "cells of 40 000 characters", data: []byte("问题,答案\n一," + long + "\n二,答二\n"), want: []string{"二=答二"}, codes: []string{"2:too_long"}},
		{name: "marks nobody sees", data: []byte("\ufeff\ufeff问题,答案\n\ufeff多久\u200b发货,答\u200d\n"), want: []string{"多久发货=答\u200d"}},
		{name: "two columns of one name", data: []byte("问题,答案,答案\n一,,答二\n三,答三,答四\n"), want: []string{"一=答二", "三=答三"}, codes: []string{"1:duplicate_heading"}},
		{name: "titles above the heading", data: []byte("XX 旗舰店知识库,,\n导出时间：2026-11-01,,\n\n编号,问题,答案\na1,一,答\n"), want: []string{"一=答"}},
		{name: "the heading on every page", data: []byte("问题,答案\n一,答一\n问题,答案\n二,答二\n"), want: []string{"一=答一", "二=答二"}},
		{name: "injection", data: []byte("问题,答案\n'=cmd|' /C calc'!A0,'+1\n"), want: []string{"=cmd|' /C calc'!A0=+1"}},
		{name: "formula errors", data: []byte("问题,答案,分类\n一,#N/A,类\n#REF!,答,类\n三,答三,#VALUE!\n"), want: []string{"三=答三"}, codes: []string{"2:formula_error", "2:missing", "3:formula_error", "3:missing", "4:formula_error"}},
		{name: "numbers destroyed", data: []byte("问题,答案\n查运单,您的运单 1.23457E+17 已发出\n"), want: []string{"查运单=您的运单 1.23457E+17 已发出"}, codes: []string{"2:scientific"}},
		{name: "dates as numbers", data: []byte("问题,答案,生效时间\n一,答,45962\n"), want: []string{"一=答"}, check: func(t *testing.T, table importer.Table) {
			if from := table.Rows[0].Article.ValidFrom; from == nil || !from.Equal(*at(t, "2025-11-01T00:00:00+08:00")) {
				t.Errorf("valid from %v", from)
			}
		}},
		{name: "warnings", opts: importer.Options{Now: now}, data: []byte("问题,答案,失效时间\n一,答,2026-01-01\n二,见[这里](htp://x),\n三,后面没有了…,\n" + strings.Repeat("长", 101) + ",答,\n四?,答四,\n四？,答四,\n五,答五,\n五！,不一样,\n"),
			want:  []string{"一=答", "二=见[这里](htp://x)", "三=后面没有了…", strings.Repeat("长", 101) + "=答", "四?=答四", "四？=答四", "五=答五", "五！=不一样"},
			codes: []string{"2:expired", "3:bad_link", "4:cut_off", "5:long_question", "7:near_duplicate", "9:different_answers"}},
		{name: "the same question, another answer", data: []byte("问题,答案\n一,答一\n二,答二\n一,答三\n"), want: []string{"一=答一", "二=答二"}, codes: []string{"4:different_answers"}},
		{name: "old workbook", data: []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1...."), opts: importer.Options{Name: "知识.xls"}, fault: fault.Unsupported, says: "另存为 .xlsx"},
		{name: "workbook with a password", data: append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), encode(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "EncryptedPackage")...), fault: fault.Unsupported, says: "密码"},
		{name: "PDF", data: []byte("%PDF-1.7"), fault: fault.Unsupported, says: "PDF"},
		{name: "xlsx that is CSV", data: []byte(table), opts: importer.Options{Format: importer.XLSX}, want: shipped, codes: []string{"0:other_format"}, check: formatIs(importer.CSV)},
		{name: "xls that is a page", data: []byte("<html><meta charset=utf-8><table><tr><th>问题<th>答案<tr><td>多久发货<td>四十八小时内</table>"), opts: importer.Options{Format: importer.XLSX, Name: "导出.xls"}, want: shipped, codes: []string{"0:other_format"}, check: formatIs(importer.HTML)},
		{name: "strange headings", data: []byte("咨询点,解决方案\n一,答\n"), fault: fault.Invalid, says: "“咨询点”、“解决方案”"},
		{name: "strange headings with a mapping", data: []byte("咨询点,解决方案,问题\n一,答,x\n"), opts: importer.Options{Mapping: map[string]string{"咨询点": "question", " 解决方案": "答案", "问题": "ignore"}}, want: []string{"一=答"}},
		{name: "a mapping to nothing", data: []byte(table), opts: importer.Options{Mapping: map[string]string{"x": "colour"}}, fault: fault.Invalid, says: "colour"},
	}
}

func bookFiles(t *testing.T) []awkward {
	sheets := func(list ...xlsxtest.Sheet) []byte { return xlsxtest.Book{Sheets: list}.Bytes(t) }
	head := []string{"问题", "答案"}
	var many strings.Builder
	many.WriteString(xlsxtest.Row(1, "问题", "答案"))
	for i := range importer.MaxRows + 10 {
		fmt.Fprintf(&many, `<row r="%d"><c r="A%d"><v>%d</v></c><c r="B%d"><v>1</v></c></row>`, i+2, i+2, i, i+2)
	}
	styled := strings.Repeat(`<row ht="20"><c s="0"/><c s="0"/></row>`, 300_000)
	macro := xlsxtest.Book{Sheets: []xlsxtest.Sheet{{Name: "a", Data: dataOf(head, []string{"一", "答"})}}, Extra: map[string]string{"xl/vbaProject.bin": "Sub x()"}}
	bomb := xlsxtest.Book{Sheets: []xlsxtest.Sheet{{Name: "a"}}, Extra: map[string]string{"xl/sharedStrings.xml": "<sst>" + strings.Repeat(" ", 60<<20)}}
	dates := xlsxtest.Book{
		Sheets: []xlsxtest.Sheet{{Name: "a", Data: dataOf([]string{"问题", "答案", "生效时间", "失效时间"}) +
			`<row r="2"><c t="inlineStr"><is><t>一</t></is></c><c s="0"><v>45962</v></c><c s="0"><v>45962.5</v></c><c t="inlineStr"><is><t>２０２５年12月１日</t></is></c></row>`}},
		Formats: []string{`yyyy"年"m"月"d"日"`},
	}
	old := dates
	old.Properties = `date1904="true"`
	formula := sheets(xlsxtest.Sheet{Name: "a", Data: dataOf(head) + `<row r="2"><c t="inlineStr"><is><t>一</t></is></c><c><f>VLOOKUP(A2,B:C,2)</f></c></row>` +
		`<row r="3"><c t="str"><f>"二"</f><v>二</v></c><c t="str"><f>X</f><v>答二</v></c></row><row r="4"><c t="inlineStr"><is><t>三</t></is></c><c t="e"><f>X</f><v>#N/A</v></c></row>`})
	merged := sheets(xlsxtest.Sheet{
		Name: "a", Data: dataOf([]string{"店铺知识库"}, []string{"分类", "问题", "相似问", "答案"}, []string{"物流", "多久发货", "几天发", "两天"}, []string{"", "", "啥时候发", ""},
			[]string{"", "能快点吗", "", ""}, []string{"售后", "怎么退", "", "点退货"}, []string{"", "", "", ""}, []string{"", "怎么换", "换货", "点换货"}),
		After: `<mergeCells><mergeCell ref="A1:D1"/><mergeCell ref="A3:A5"/><mergeCell ref="B3:B4"/><mergeCell ref="D3:D5"/><mergeCell ref="A6:A8"/></mergeCells><autoFilter ref="A2:D8"/>`,
	})
	linked := sheets(xlsxtest.Sheet{
		Name: "a", Data: dataOf([]string{"问题", "答案", "链接", "图片"}, []string{"尺码", "看尺码表", "尺码页", "https://img.example.com/a.png"}),
		After: `<hyperlinks><hyperlink ref="B2" r:id="x"/><hyperlink ref="C2" r:id="x"/><hyperlink ref="D2" r:id="y"/></hyperlinks>`, Links: map[string]string{"x": "https://example.com/size", "y": "https://img.example.com/a.png"},
	})
	whole := book(t, head, []string{"一", "答"})
	return []awkward{
		{name: "workbook", data: whole, want: []string{"一=答"}, check: formatIs(importer.XLSX)},
		{name: "workbook called CSV", data: whole, opts: importer.Options{Format: importer.CSV}, want: []string{"一=答"}, codes: []string{"0:other_format"}},
		{name: "workbook cut off", data: whole[:len(whole)-30], fault: fault.Invalid, says: "不完整"},
		{name: "merged cells, empty merged rows, filter", data: merged, want: []string{"多久发货|几天发|啥时候发|能快点吗=两天", "怎么退=点退货", "怎么换|换货=点换货"}, check: func(t *testing.T, table importer.Table) {
			if table.Rows[0].Article.Category != "物流" || table.Rows[2].Article.Category != "售后" || table.Rows[2].Line != 8 {
				t.Errorf("categories or lines: %+v", table.Rows)
			}
		}},
		{name: "several sheets", data: sheets(xlsxtest.Sheet{Name: "封面", Data: dataOf([]string{"XX 店"})}, xlsxtest.Sheet{Name: "物流", Data: dataOf(head, []string{"一", "答"})},
			xlsxtest.Sheet{Name: "售后", Data: dataOf([]string{"标题", "内容"}, []string{"二", "答二"}, []string{"一", "答"})}, xlsxtest.Sheet{Name: "空"}, xlsxtest.Sheet{Name: "旧", State: "hidden", Data: dataOf(head, []string{"三", "x"})}),
			want: []string{"一=答", "二=答二"}, codes: []string{"3:duplicate_question", "0:sheet_skipped", "0:sheet_skipped", "0:sheet_skipped"}, check: func(t *testing.T, table importer.Table) {
				var skipped []string
				for _, s := range table.Sheets {
					if s.Skipped != "" {
						skipped = append(skipped, s.Name)
					}
				}
				if !slices.Equal(skipped, []string{"封面", "空", "旧"}) || table.Sheets[2].Rows != 2 || table.Rows[1].Sheet != "售后" || !strings.Contains(table.Problems[0].Message, "工作表“物流”第 2 行") {
					t.Errorf("sheets %+v, problems %+v", table.Sheets, table.Problems)
				}
			}},
		{name: "one sheet asked for", opts: importer.Options{Sheet: "旧"}, data: sheets(xlsxtest.Sheet{Name: "新", Data: dataOf(head, []string{"一", "答"})}, xlsxtest.Sheet{Name: "旧", State: "hidden", Data: dataOf(head, []string{"二", "答二"})}), want: []string{"二=答二"}},
		{name: "a sheet that is not there", opts: importer.Options{Sheet: "x"}, data: whole, fault: fault.Invalid, says: "“知识库”"},
		{name: "only a title", data: book(t, []string{"我的知识库"}), fault: fault.Invalid, says: "“我的知识库”"},
		{name: "nothing in it", data: book(t), fault: fault.Invalid, says: "没有数据"},
		{name: "hidden rows", data: sheets(xlsxtest.Sheet{Name: "a", Data: dataOf(head, []string{"一", "答"}) + strings.Replace(xlsxtest.Row(3, "二", "答二"), "<row ", `<row hidden="1" `, 1)}), want: []string{"一=答", "二=答二"}, codes: []string{"0:hidden_rows"}},
		{name: "macros", data: macro.Bytes(t), want: []string{"一=答"}, codes: []string{"0:macros"}},
		{name: "zip bomb", data: bomb.Bytes(t), fault: fault.TooLarge, says: "炸弹"},
		{name: "1 048 576 rows, as far as they are read", data: sheets(xlsxtest.Sheet{Name: "a", Data: many.String()}), fault: fault.TooLarge, says: "50000 行"},
		{name: "styled rows without end", data: sheets(xlsxtest.Sheet{Name: "a", Data: dataOf(head, []string{"一", "答"}) + styled}), want: []string{"一=答"}},
		{name: "dates", data: dates.Bytes(t), want: []string{"一=2025-11-01"}, check: func(t *testing.T, table importer.Table) {
			a := table.Rows[0].Article
			if !a.ValidFrom.Equal(*at(t, "2025-11-01T12:00:00+08:00")) || !a.ValidUntil.Equal(*at(t, "2025-12-02T00:00:00+08:00")) {
				t.Errorf("%v to %v", a.ValidFrom, a.ValidUntil)
			}
		}},
		{name: "dates from 1904", data: old.Bytes(t), codes: []string{"2:bad_period"}, want: nil},
		{name: "formulas", data: formula, want: []string{"二=答二"}, codes: []string{"2:no_value", "2:missing", "4:formula_error", "4:missing"}},
		{name: "numbers as ids", data: sheets(xlsxtest.Sheet{Name: "a", Data: dataOf([]string{"编号", "问题", "答案"}) + `<row r="2"><c><v>1001</v></c><c t="inlineStr"><is><t>一</t></is></c><c><v>880012345678901234</v></c></row>`}),
			want: []string{"一=8.800123456789012E+17"}, codes: []string{"2:scientific", "2:scientific"}, check: func(t *testing.T, table importer.Table) {
				if table.Rows[0].Article.ID != "1001" {
					t.Errorf("id %q", table.Rows[0].Article.ID)
				}
			}},
		{name: "links", data: linked, want: []string{"尺码=[看尺码表](https://example.com/size)"}, check: func(t *testing.T, table importer.Table) {
			b := table.Rows[0].Article.Blocks
			if len(b) != 2 || b[0].Title != "尺码页" || b[0].URL != "https://example.com/size" || b[1].URL != "https://img.example.com/a.png" {
				t.Errorf("blocks %+v", b)
			}
		}},
		{name: "similar questions per row", data: book(t, []string{"标准问", "相似问", "答案"}, []string{"一", "甲", "答一"}, []string{"一", "乙", "答一"}, []string{"", "丙", ""}, []string{"二", "", "答二"}, []string{"二", "丁", ""}),
			want: []string{"一|甲|乙|丙=答一", "二|丁=答二"}},
		{name: "the same number on rows that follow", data: book(t, []string{"编号", "问题", "答案"}, []string{"a1", "一", "答一"}, []string{"a1", "壹", ""}, []string{"a2", "二", "答二"}, []string{"a2", "贰", "答二"}), want: []string{"一|壹=答一", "二|贰=答二"}},
		{name: "answers by channel", data: book(t, []string{"问题", "答案", "渠道", "客户标签"}, []string{"一", "答", "", ""}, []string{"一", "答 app", "app、小程序", "VIP"}, []string{"二", "答 web", "web", ""}, []string{"二", "答二", "", ""}, []string{"三", "只给 web", "web", ""}),
			want: []string{"一=答", "二=答二"}, codes: []string{"6:no_default"}, check: func(t *testing.T, table importer.Table) {
				v, w := table.Rows[0].Article.Variants, table.Rows[1].Article.Variants
				if len(v) != 1 || v[0].Answer != "答 app" || !slices.Equal(v[0].Channels, []string{"app", "小程序"}) || !slices.Equal(v[0].Tags, []string{"VIP"}) || len(w) != 1 || w[0].Answer != "答 web" {
					t.Errorf("variants %+v, %+v", v, w)
				}
			}},
		{name: "everything a row can say", data: book(t, []string{"问题", "答案", "一级分类", "二级分类", "状态", "负责人", "阈值", "附件"}, []string{"一", "答", "物流", "发货", "已审核", "小王", "80%", "说明书.pdf https://example.com/a.pdf"}, []string{"二", "答二", "", "", "停用", "", "", ""}, []string{"三", "答三", "", "", "怪", "", "高", ""}),
			want: []string{"一=答"}, codes: []string{"3:switched_off", "4:bad_status", "4:bad_number"}, check: func(t *testing.T, table importer.Table) {
				a := table.Rows[0].Article
				if a.Category != "物流/发货" || a.Review != "approved" || a.Owner != "小王" || a.AnswerAt != 0.8 || len(a.Attachments) != 1 || a.Attachments[0].Name != "说明书.pdf" {
					t.Errorf("%+v", a)
				}
			}},
	}
}

func TestAwkwardFiles(t *testing.T) {
	files := append(textFiles(t), bookFiles(t)...)
	if len(files) < 60 {
		t.Errorf("only %d files", len(files))
	}
	for _, f := range files {
		t.Run(f.name, func(t *testing.T) {
			table, err := importer.Read(bytes.NewReader(f.data), f.opts)
			if f.fault != "" {
				if !fault.Is(err, f.fault) || !strings.Contains(err.Error(), f.says) {
					t.Fatalf("%v, want %s with %q", err, f.fault, f.says)
				}
				return
			}
			if err != nil && (f.want != nil || len(f.codes) == 0) {
				t.Fatal(err)
			}
			var got, codes []string
			for _, r := range table.Rows {
				got = append(got, strings.Join(r.Article.Phrasings(), "|")+"="+r.Article.Answer)
			}
			for _, p := range table.Problems {
				codes = append(codes, fmt.Sprintf("%d:%s", p.Line, p.Code))
				if p.Message == "" || p.Mend == "" && p.Code != "other_format" || p.Severity != importer.Refused && p.Severity != importer.Warning {
					t.Errorf("a problem that does not say enough: %+v", p)
				}
			}
			if d := cmp.Diff(f.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(f.codes, codes); d != "" {
				t.Errorf("problems: %s%+v", d, table.Problems)
			}
			if len(table.Rows)+table.Rejected != table.Count {
				t.Errorf("%d rows and %d rejected of %d", len(table.Rows), table.Rejected, table.Count)
			}
			if f.check != nil && !t.Failed() {
				f.check(t, table)
			}
		})
	}
}
