package importer_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
)

// anyText has what formats trip over.
func anyText(limit int) *rapid.Generator[string] {
	pieces := []string{
		"多久发货", "退货", "a", "B1", " ", "  ", "，", ",", ";", "；", "|", "\"", "'", "=", "+", "-", "@", "\t", "#", "# ", "## ", "- ", "1. ", "2、", "①", "…", "\\", "\\#", "`", "```", "~~~",
		"*", "**", "_", "<b>", "</b>", "&amp;", "&", "[x]", "](", "(y)", "{", "}", ":", "：", "分类: 物流", "相似问:", "答案：x", "---", "😀", "👨\u200d👩", "\u2028", "\u0085", "\x01", "\u3000", "_x000D_", "null", "~", "%", "$",
	}
	return rapid.Custom(func(r *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, limit).Draw(r, "pieces"), "")
	})
}

func anyTime(r *rapid.T, name string) *time.Time {
	if rapid.Bool().Draw(r, name+" absent") {
		return nil
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, 1e17).Draw(r, name)))
	if rapid.Bool().Draw(r, name+" whole") {
		at = at.Truncate(time.Second)
	}
	return &at
}

func anyBlocks(r *rapid.T) []kb.Block {
	var out []kb.Block
	for range rapid.IntRange(0, 2).Draw(r, "blocks") {
		out = append(out, rapid.SampledFrom([]kb.Block{
			{Kind: kb.Image, URL: "https://a.example/图.png", Text: "=图"},
			{Kind: kb.Link, URL: "/files/a", Title: "看\"这里\""},
			{Kind: kb.Card, Title: "卡", Text: "一\n二", Image: "https://a.example/c.png", Buttons: []kb.Button{{Label: "问", Press: kb.Say, Value: "多久"}, {Label: "人", Press: kb.AskHuman}}},
			{Kind: kb.Buttons, Buttons: []kb.Button{{Label: "退", Press: kb.StartFlow, Value: "return_goods"}, {Label: "看", Press: kb.OpenURL, Value: "https://a.example/?a=1&b={{order.id}}"}}},
		}).Draw(r, "block"))
	}
	return out
}

// anyArticles draws articles that may be stored, with all that they can have.
func anyArticles(r *rapid.T) []kb.Article {
	var out []kb.Article
	seen := map[string]bool{}
	for i := range rapid.IntRange(1, 4).Draw(r, "articles") {
		a := kb.Article{
			ID: fmt.Sprintf("a%d-%s", i, rapid.StringOfN(rapid.SampledFrom([]rune("编号:=+\"'#|，&<")), 0, 4, -1).Draw(r, "id")), Question: anyText(6).Draw(r, "question"),
			Similar: rapid.SliceOfN(anyText(5), 0, 4).Draw(r, "similar"), Answer: strings.Join(rapid.SliceOfN(anyText(6), 1, 4).Draw(r, "answer"), "\n"),
			Category:  strings.TrimSpace(rapid.SampledFrom([]string{"", "物流", "物流/发货", "=a: b", "#1"}).Draw(r, "category")),
			ValidFrom: anyTime(r, "from"), Blocks: anyBlocks(r), AnswerAt: rapid.SampledFrom([]float64{0, 0.5, 0.123456789, 1e-7}).Draw(r, "threshold"),
			Owner: rapid.SampledFrom([]string{"", "小王", "-x", "a,b"}).Draw(r, "owner"), Review: rapid.SampledFrom([]kb.Review{kb.Unreviewed, kb.InReview, kb.Approved, kb.Outdated}).Draw(r, "review"),
		}
		if a.ValidFrom == nil {
			a.ValidUntil = anyTime(r, "until")
		}
		for range rapid.IntRange(0, 2).Draw(r, "variants") {
			a.Variants = append(a.Variants, kb.Variant{
				Channels: rapid.SliceOfN(rapid.SampledFrom([]string{"web", "app", "小程序"}), 0, 2).Draw(r, "channels"), Tags: rapid.SliceOfN(rapid.SampledFrom([]string{"VIP", "新客"}), 0, 2).Draw(r, "tags"),
				ValidFrom: anyTime(r, "variant from"), Answer: anyText(5).Draw(r, "variant"), Blocks: anyBlocks(r),
			})
		}
		if rapid.Bool().Draw(r, "attached") {
			a.Attachments = []kb.Attachment{{Name: "说明书.pdf", URL: "https://a.example/x.pdf", MIME: "application/pdf", Bytes: 7}}
		}
		if a = a.Clean(); len(a.Flaws()) == 0 && !seen[a.Question] && !unreadable(a) {
			seen[a.Question] = true
			out = append(out, a)
		}
	}
	return out
}

// unreadable is what Write's comment says does not come back.
func unreadable(a kb.Article) bool {
	return strings.Contains(strings.Join(append(a.Phrasings(), a.ID, a.Category), ""), "\u200b") || strings.HasPrefix(a.Answer, "#N/A")
}

func roundTrip(r *rapid.T, format importer.Format, list []kb.Article) []kb.Article {
	var b bytes.Buffer
	if err := importer.Write(&b, format, list); err != nil {
		r.Fatal(err)
	}
	file := b.String()
	table, err := importer.Read(&b, importer.Options{}) // guessed, as a person who uploads it
	if err != nil {
		r.Fatalf("%s: %v\n%s", format, err, file)
	}
	if table.Format != format || table.Rejected > 0 {
		r.Fatalf("%s was read as %s, problems %+v\n%s", format, table.Format, table.Problems, file)
	}
	return articles(table)
}

var loose = cmpopts.EquateEmpty()

func TestRoundTripOfWholeArticles(t *testing.T) {
	for _, format := range []importer.Format{importer.CSV, importer.TSV, importer.XLSX, importer.JSONL, importer.JSON, importer.Markdown} {
		t.Run(string(format), func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				want := anyArticles(r)
				if len(want) == 0 {
					return
				}
				if d := cmp.Diff(want, roundTrip(r, format, want), loose); d != "" {
					r.Fatal(d)
				}
			})
		})
	}
}

func TestRoundTripOfRasa(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var want []kb.Article
		for _, a := range anyArticles(r) {
			if strings.ContainsAny(strings.Join(a.Phrasings(), ""), "[]{}") {
				continue // may look like an entity
			}
			b := kb.Article{ID: a.ID, Question: a.Question, Similar: a.Similar, Answer: a.Answer}
			if len(a.Blocks) > 0 && a.Blocks[0].Kind == kb.Image {
				b.Blocks = []kb.Block{{Kind: kb.Image, URL: a.Blocks[0].URL}}
			}
			b.Blocks = append(b.Blocks, kb.Block{Kind: kb.Buttons, Buttons: []kb.Button{{Label: "问", Press: kb.Say, Value: "多久"}}})
			for _, v := range a.Variants {
				if len(v.Channels) > 0 {
					b.Variants = append(b.Variants, kb.Variant{Channels: v.Channels[:1], Answer: v.Answer})
				}
			}
			want = append(want, b)
		}
		if len(want) == 0 {
			return
		}
		if d := cmp.Diff(want, roundTrip(r, importer.Rasa, want), loose); d != "" {
			r.Fatal(d)
		}
	})
}

// plainAnswer draws Markdown of the kind that a page gives back letter for letter.
func plainAnswer() *rapid.Generator[string] {
	words := rapid.SampledFrom([]string{"付款后", "48 小时", "**内**", "[看这里](https://a.example/?a=1&b=2)", "![图](https://a.example/a.png)", "`代码`", "{{order.status}}", "，", "a_b", "1.5", "5 < 6", "😀"})
	line := rapid.Custom(func(r *rapid.T) string { return strings.Join(rapid.SliceOfN(words, 1, 4).Draw(r, "words"), "亲") })
	block := rapid.Custom(func(r *rapid.T) string {
		lines := rapid.SliceOfN(line, 1, 3).Draw(r, "lines")
		switch rapid.IntRange(0, 3).Draw(r, "kind") {
		case 0:
			return "- " + strings.Join(lines, "\n- ")
		case 1:
			for i := range lines {
				lines[i] = fmt.Sprintf("%d. %s", i+1, lines[i])
			}
			return strings.Join(lines, "\n")
		case 2:
			return "> " + strings.Join(lines, "\n> ")
		}
		return strings.Join(lines, "\n")
	})
	return rapid.Custom(func(r *rapid.T) string {
		return strings.Join(rapid.SliceOfN(block, 1, 3).Draw(r, "blocks"), "\n\n中间\n\n")
	})
}

func TestRoundTripOfPages(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want := anyArticles(r)
		if len(want) == 0 {
			return
		}
		for i := range want {
			want[i].Answer = plainAnswer().Draw(r, "answer")
		}
		if d := cmp.Diff(want, roundTrip(r, importer.HTML, want), loose); d != "" {
			r.Fatal(d)
		}
	})
}

// Long lists go on in further columns, since no cell may be longer than
// spreadsheets have them.
func TestRoundTripOfLongCells(t *testing.T) {
	a := kb.Article{ID: "a", Question: "长", Answer: "答"}
	for i := range 150 {
		a.Similar = append(a.Similar, fmt.Sprintf("%d%s", i, strings.Repeat("问", 400)))
	}
	for i := range 4 {
		a.Variants = append(a.Variants, kb.Variant{Channels: []string{fmt.Sprint(i)}, Answer: strings.Repeat("答", 15000)})
	}
	for _, format := range []importer.Format{importer.XLSX, importer.CSV} {
		var b bytes.Buffer
		if err := importer.Write(&b, format, []kb.Article{a}); err != nil {
			t.Fatal(err)
		}
		table, err := importer.Read(&b, importer.Options{})
		if err != nil || len(table.Rows) != 1 {
			t.Fatalf("%s: %v, %+v", format, err, table.Problems)
		}
		if d := cmp.Diff(a, table.Rows[0].Article, loose); d != "" {
			t.Errorf("%s: %s", format, d)
		}
	}
}
