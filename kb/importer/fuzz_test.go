package importer_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx/xlsxtest"
	"github.com/yingda/yingda/kb/importer"
)

// fuzzed reads a file of strangers: it is refused with a reason, or what was
// taken of it is fit to be stored and survives being exported.
func fuzzed(t *testing.T, data []byte, o importer.Options) {
	table, err := importer.Read(bytes.NewReader(data), o)
	if err != nil {
		if c := fault.CodeOf(err); c != fault.Invalid && c != fault.TooLarge && c != fault.Unsupported {
			t.Fatalf("code %s: %v", c, err)
		}
		return
	}
	if len(table.Rows)+table.Rejected != table.Count {
		t.Fatalf("%d rows and %d rejected of %d", len(table.Rows), table.Rejected, table.Count)
	}
	if _, err := importer.Headings(t.Context(), bytes.NewReader(data), o); err != nil && fault.Is(err, fault.Internal) {
		t.Fatal(err)
	}
	want := articles(table)
	if len(want) == 0 {
		return
	}
	for _, a := range want {
		if err := a.Check(); err != nil {
			t.Fatalf("a row was taken that is not fit to be stored: %v", err)
		}
	}
	for _, format := range []importer.Format{importer.CSV, importer.TSV, importer.JSONL, importer.JSON, importer.Markdown, importer.XLSX} {
		var b bytes.Buffer
		if err := importer.Write(&b, format, want); err != nil {
			t.Fatal(err)
		}
		again, err := importer.Read(&b, importer.Options{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, articles(again), loose); d != "" {
			t.Fatalf("%s round trip: %s", format, d)
		}
	}
	for _, format := range []importer.Format{importer.Rasa, importer.HTML} {
		var b bytes.Buffer
		if err := importer.Write(&b, format, want); err != nil {
			t.Fatal(err)
		}
		if _, err := importer.Read(&b, importer.Options{Format: format}); err != nil {
			t.Fatalf("what was written as %s cannot be read: %v", format, err)
		}
	}
}

func FuzzTables(f *testing.F) {
	f.Add([]byte("问题,答案,相似问\na,b,\"c\nd\"\n"), false)
	f.Add([]byte("\xff\xfe问"), false)
	f.Add([]byte(`{"question":"q","answer":"a","similar":"x|y","失效时间":"2026-11-01","variants":[{"answer":"b","channels":["c"]}]}`), true)
	f.Add([]byte("编号,问题,答案,渠道\n'=1,\"'@x\",-,\n'=1,,y,web\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, lines bool) {
		format := importer.CSV
		if lines {
			format = importer.JSONL
		}
		fuzzed(t, data, importer.Options{Format: format})
	})
}

func FuzzMarkdown(f *testing.F) {
	f.Add("# 一\n## 二\n相似问:\n- a\n- b\n\n答\n```\n# x\n```\n")
	f.Add("---\n格式: 应答知识库\n---\n# q\n\n编号: a\n相似问:\n- x\n\n\\# a\n")
	f.Fuzz(func(t *testing.T, text string) { fuzzed(t, []byte(text), importer.Options{Format: importer.Markdown}) })
}

func FuzzRasa(f *testing.F) {
	f.Add("nlu:\n- intent: faq/a\n  examples: |\n    - q\n    - [x](y)\nresponses:\n  utter_faq/a:\n  - text: \"a\"\n    buttons:\n    - {title: b, payload: c}\n")
	f.Add("nlu: &a\n- *a\n? x\n: !!str y\n")
	f.Fuzz(func(t *testing.T, text string) { fuzzed(t, []byte(text), importer.Options{Format: importer.Rasa}) })
}

func FuzzHTML(f *testing.F) {
	f.Add("<h1>a</h1><p>b<b>c</b><ul><li>d<ol><li>e</ul><table><tr><th rowspan=9>问题<th colspan=3>答案<tr><td>x<td>y</table>")
	f.Add(`<details data-article='{"similar":["x"],"id":"1"}'><summary>q</summary><pre>a</pre><blockquote>b</details><dl><dt>a<dd>b</dl>`)
	f.Add(`<script type="application/ld+json">{"@type":"FAQPage","mainEntity":{"@type":"Question","name":"a","acceptedAnswer":{"text":"<br>b"}}}</script>`)
	f.Fuzz(func(t *testing.T, text string) {
		fuzzed(t, []byte("<html>"+text), importer.Options{Format: importer.HTML})
	})
}

func FuzzWorkbook(f *testing.F) {
	f.Add(xlsxtest.Row(1, "问题", "答案")+xlsxtest.Row(2, "a", "b"), `<mergeCells><mergeCell ref="B2:B3"/></mergeCells>`)
	f.Add(xlsxtest.Row(1, "标题", "答案", "生效时间")+`<row><c t="e"><v>#N/A</v></c><c><f>x</f></c><c s="0"><v>45000</v></c></row>`, "")
	f.Fuzz(func(t *testing.T, data, after string) {
		b := xlsxtest.Book{Sheets: []xlsxtest.Sheet{{Name: "a", Data: data, After: after}}, Formats: []string{"yyyy-mm-dd"}}
		fuzzed(t, b.Bytes(t), importer.Options{})
	})
}

// Whatever a file is, guessing does no harm.
func FuzzSniff(f *testing.F) {
	for _, seed := range []string{"PK\x03\x04", "[{", "---\n", "<table>", "nlu:", "a|b\n", "\xfe\xff\x00a"} {
		f.Add([]byte(seed), "a.xls")
	}
	f.Fuzz(func(t *testing.T, data []byte, name string) { fuzzed(t, data, importer.Options{Name: name}) })
}

// Files with a few bytes changed, left out or doubled are what people edit and
// networks break: nearer to real ones than what fuzzing finds alone.
func TestMutatedFiles(t *testing.T) {
	pieces := []string{"\"", ",", "\n", "\r", "\t", "#", "- ", "<", ">", "</td>", "<dl>", "{", "}", "[", "]", ":", "&", "'", "=", "\x00", "\xff", "\\", "|", "---\n", "```", "问题", "答案", " "}
	rapid.Check(t, func(r *rapid.T) {
		format := rapid.SampledFrom(importer.Formats()).Draw(r, "format")
		var b bytes.Buffer
		if err := importer.Write(&b, format, anyArticles(r)); err != nil {
			r.Fatal(err)
		}
		data := b.Bytes()
		for range rapid.IntRange(1, 6).Draw(r, "changes") {
			at := rapid.IntRange(0, len(data)).Draw(r, "at")
			end := min(at+rapid.IntRange(0, 30).Draw(r, "length"), len(data))
			switch rapid.IntRange(0, 2).Draw(r, "change") {
			case 0:
				data = slices.Delete(data, at, end)
			case 1:
				data = slices.Insert(data, at, []byte(rapid.SampledFrom(pieces).Draw(r, "piece"))...)
			default:
				data = slices.Insert(data, at, slices.Clone(data[at:end])...)
			}
		}
		given := importer.Auto
		if rapid.Bool().Draw(r, "said") {
			given = format
		}
		fuzzed(t, data, importer.Options{Format: given})
	})
}
