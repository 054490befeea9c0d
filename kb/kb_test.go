package kb_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

func TestValidAt(t *testing.T) {
	from, until := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)
	bounded := kb.Article{ValidFrom: &from, ValidUntil: &until}
	for at, want := range map[time.Time]bool{
		from.Add(-1): false, from: true, until.Add(-1): true, until: false,
	} {
		if bounded.ValidAt(at) != want {
			t.Errorf("at %s: %v, want %v", at, !want, want)
		}
	}
	if !(kb.Article{}).ValidAt(time.Time{}) {
		t.Error("an article without bounds is not valid")
	}
}

func TestPhrasings(t *testing.T) {
	similar := make([]string, 1, 4)
	similar[0] = "b"
	a := kb.Article{Question: "a", Similar: similar}
	p := a.Phrasings()
	if !cmp.Equal(p, []string{"a", "b"}) {
		t.Errorf("%q", p)
	}
	p[1] = "changed"
	if a.Similar[0] != "b" {
		t.Error("the result shares memory with the article")
	}
}

func TestClean(t *testing.T) {
	got := kb.Article{
		ID: " a1 ", Question: " 多久\r\n\n  发货 ", Similar: []string{"", "多久 发货", " 几天\n", "几天", "啥时候"},
		Answer: "\r\n一\r\n二\r三\n", Category: "物\n流 ",
	}.Clean()
	want := kb.Article{ID: "a1", Question: "多久 发货", Similar: []string{"几天", "啥时候"}, Answer: "一\n二\n三", Category: "物 流"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(got, got.Clean()); d != "" {
		t.Errorf("cleaning twice changes: %s", d)
	}
}

func TestFlaws(t *testing.T) {
	good := kb.Article{ID: "编号-1", Question: "问", Similar: []string{"说法"}, Answer: "答", Category: "类"}
	if f := good.Flaws(); len(f) != 0 || good.Check() != nil {
		t.Errorf("a good article: %v", f)
	}
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	for name, c := range map[string]struct {
		change      func(a *kb.Article)
		field, code string
	}{
		"id with a blank":  {func(a *kb.Article) { a.ID = "a b" }, "id", "bad_id"},
		"id with a slash":  {func(a *kb.Article) { a.ID = "a/b" }, "id", "bad_id"},
		"id not UTF-8":     {func(a *kb.Article) { a.ID = "a\xff" }, "id", "bad_id"},
		"long id":          {func(a *kb.Article) { a.ID = strings.Repeat("长", kb.MaxID+1) }, "id", "too_long"},
		"no question":      {func(a *kb.Article) { a.Question = "" }, "question", "missing"},
		"NUL":              {func(a *kb.Article) { a.Question = "a\x00" }, "question", "encoding"},
		"marks only":       {func(a *kb.Article) { a.Question = "😀？" }, "question", "no_words"},
		"long question":    {func(a *kb.Article) { a.Question = strings.Repeat("长", kb.MaxQuestion+1) }, "question", "too_long"},
		"empty similar":    {func(a *kb.Article) { a.Similar = []string{"x", ""} }, "similar[1]", "missing"},
		"similar of marks": {func(a *kb.Article) { a.Similar = []string{"x", "…"} }, "similar[1]", "no_words"},
		"many similar":     {func(a *kb.Article) { a.Similar = strings.Split(strings.Repeat("x,", kb.MaxSimilar)+"x", ",") }, "similar", "too_many"},
		"no answer":        {func(a *kb.Article) { a.Answer = "" }, "answer", "missing"},
		"broken answer":    {func(a *kb.Article) { a.Answer = "\xff" }, "answer", "encoding"},
		"long answer":      {func(a *kb.Article) { a.Answer = strings.Repeat("长", kb.MaxAnswer+1) }, "answer", "too_long"},
		"long category":    {func(a *kb.Article) { a.Category = strings.Repeat("长", kb.MaxCategory+1) }, "category", "too_long"},
		"bad period":       {func(a *kb.Article) { a.ValidFrom, a.ValidUntil = &late, &early }, "valid_until", "bad_period"},
		"empty period":     {func(a *kb.Article) { a.ValidFrom, a.ValidUntil = &late, &late }, "valid_until", "bad_period"},
	} {
		a := good
		c.change(&a)
		flaws := a.Flaws()
		if len(flaws) != 1 || flaws[0].Field != c.field || flaws[0].Code != c.code || flaws[0].Message == "" {
			t.Errorf("%s: %+v", name, flaws)
			continue
		}
		var e *fault.Error
		if err := a.Check(); !errors.As(err, &e) || e.Code != fault.Invalid || e.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}
