package intake

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake/jobs"
)

func TestCompare(t *testing.T) {
	stored := []kb.Article{
		{ID: "ship", Question: "什么时候发货", Similar: []string{"几天出库"}, Answer: "两天", Version: 3, Owner: "小周", Blocks: []kb.Block{{Kind: kb.Link, URL: "https://a.example"}}},
		{ID: "pay", Question: "能到付吗", Answer: "不能", Version: 1},
	}
	file := []importer.Row{
		{Line: 2, Article: kb.Article{Question: "什么时候发货", Similar: []string{"几天出库"}, Answer: "两天"}},          // as it is
		{Line: 3, Article: kb.Article{ID: "ship", Question: "何时发货", Answer: "三天"}},                           // the same article again
		{Line: 4, Article: kb.Article{Question: "能到付吗", Answer: "可以"}},                                       // another answer
		{Line: 5, Article: kb.Article{ID: "new", Question: "什么时候发货？", Answer: "今天"}},                         // the question under another id
		{Line: 6, Article: kb.Article{Question: "什么时候到货", Similar: []string{"几天出库！"}, Answer: "五天"}},         // a wording of another
		{Line: 7, Article: kb.Article{ID: "x", Question: "能到付吗", Answer: "不能"}},                              // its article is replaced by line 4
		{Line: 8, Article: kb.Article{ID: "y", Question: "什么时候发货", Similar: []string{"几天出库"}, Answer: "两天"}}, // the same under another id
	}
	n := 0
	c := compare(newStock(stored), importer.Table{Rows: file, Fields: []string{"id", "question", "similar", "answer"}}, func() string { n++; return fmt.Sprint("id", n) })
	type result struct {
		Line    int
		Outcome Outcome
		ID      string
		Version int
	}
	var got []result
	for i, r := range c.rows {
		if r.Number != i+1 {
			t.Errorf("row %d has the number %d", i+1, r.Number)
		}
		got = append(got, result{r.Line, r.Outcome, r.Article.ID, r.Article.Version})
	}
	want := []result{
		{2, Unchanged, "ship", 0}, {4, Replace, "pay", 1}, {5, Add, "new", 0}, {6, Add, "id1", 0}, {7, Add, "x", 0}, {8, Add, "y", 0},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if c.rows[0].Article.Owner != "小周" || len(c.rows[0].Article.Blocks) != 1 || len(c.rejected) != 1 {
		t.Errorf("what the file does not carry is lost: %+v, %d rejected", c.rows[0].Article, len(c.rejected))
	}
	codes := map[string]string{}
	for _, p := range c.problems {
		codes[fmt.Sprint(p.Line, p.Field)] = p.Code + " " + p.Other
		if p.Mend == "" || p.Message == "" {
			t.Errorf("%+v", p)
		}
	}
	// Both articles are named by rows of the file, so that nothing collides
	// with them: how rows collide with each other, reading the file has said.
	if d := cmp.Diff(map[string]string{"3id": "same_article ship", "4answer": "new_answer pay"}, codes); d != "" {
		t.Error(d)
	}
}

func TestRowsThatDoNotFitWhatTheyKeep(t *testing.T) {
	until := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	from := until.AddDate(0, 1, 0)
	stored := []kb.Article{{ID: "sale", Question: "有活动吗", Answer: "有", ValidUntil: &until, Version: 1}}
	file := importer.Table{Fields: []string{"question", "answer", "valid_from"}, Rows: []importer.Row{
		{Line: 2, Article: kb.Article{Question: "有活动吗", Answer: "五折", ValidFrom: &from}},
		{Line: 3, Article: kb.Article{Question: "能到付吗", Answer: "不能"}},
	}}
	c := compare(newStock(stored), file, func() string { return "n" })
	if len(c.rows) != 1 || c.rows[0].Line != 3 || len(c.rejected) != 1 || c.rejected[0].Line != 2 || c.rejected[0].Article.Answer != "五折" {
		t.Errorf("rows %+v, rejected %+v", c.rows, c.rejected)
	}
	if len(c.problems) != 1 || c.problems[0].Code != "bad_period" || c.problems[0].Other != "sale" || c.problems[0].Severity != importer.Refused || c.problems[0].Mend == "" {
		t.Errorf("%+v", c.problems)
	}
}

func TestCollisions(t *testing.T) {
	stored := []kb.Article{{ID: "ship", Question: "什么时候发货", Similar: []string{"几天出库"}, Answer: "两天", Version: 3}}
	for _, c := range []struct {
		row  kb.Article
		want string
	}{
		{kb.Article{ID: "a", Question: "什么时候发货", Answer: "两天"}, "question duplicate ship"},
		{kb.Article{ID: "a", Question: "什么时候发货？", Answer: "今天"}, "question other_answer ship"},
		{kb.Article{ID: "a", Question: "几天出库", Answer: "今天"}, "question same_wording ship"},
		{kb.Article{ID: "a", Question: "何时到", Similar: []string{"甲", "几天 出库"}, Answer: "今天"}, "similar[1] same_wording ship"},
		{kb.Article{ID: "a", Question: "何时到", Answer: "今天"}, ""},
		{kb.Article{ID: "ship", Question: "什么时候发货", Answer: "今天"}, ""},
	} {
		got := ""
		for _, p := range compare(newStock(stored), importer.Table{Rows: []importer.Row{{Line: 2, Article: c.row}}}, func() string { return "n" }).problems {
			got += p.Field + " " + p.Code + " " + p.Other
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.row, got, c.want)
		}
	}
}

func TestWhatIsWritten(t *testing.T) {
	rows := []Row{{Number: 1, Outcome: Add, Article: kb.Article{ID: "a"}}, {Number: 2, Outcome: Replace, Article: kb.Article{ID: "b"}}, {Number: 3, Outcome: Unchanged, Article: kb.Article{ID: "c"}}, {Number: 4, Outcome: Add, Article: kb.Article{ID: "d"}}}
	for _, c := range []struct {
		choice jobs.Choice
		want   string
	}{
		{jobs.Choice{OnConflict: jobs.Replace}, "abd"},
		{jobs.Choice{OnConflict: jobs.Skip}, "ad"},
		{jobs.Choice{OnConflict: jobs.Replace, Rows: []int{2, 3}}, "b"},
		{jobs.Choice{OnConflict: jobs.Skip, Rows: []int{2}}, ""},
	} {
		got := ""
		for _, a := range toWrite(rows, c.choice) {
			got += a.ID
		}
		if got != c.want {
			t.Errorf("%+v writes %q, want %q", c.choice, got, c.want)
		}
	}
}
