package storetest

import (
	"fmt"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

func scenarioArticles(f *fixture) {
	from, until := noon.Add(-time.Hour).In(time.FixedZone("CST", 8*3600)), noon.Add(time.Hour)
	in := []kb.Article{
		{ID: "art_b", Question: "怎么退货？", Similar: []string{"退货流程", "我要退货 'x' \\ 😀"}, Answer: "**七天**无理由\n第二行", Category: "售后", ValidFrom: &from, ValidUntil: &until},
		{ID: "art_a", Question: "发什么快递", Answer: "中通"},
		{
			ID: "Art_c", Question: "q", Answer: "a", AnswerAt: 0.75, Owner: "usr_1", Review: kb.Outdated,
			Blocks:      []kb.Block{{Kind: kb.Buttons, Buttons: []kb.Button{{Label: "转人工", Press: kb.AskHuman}}}},
			Variants:    []kb.Variant{{Channels: []string{"app"}, Tags: []string{"会员"}, ValidFrom: &from, Answer: "b\x00😀"}},
			Attachments: []kb.Attachment{{Name: "尺码表.pdf", URL: "/files/1", Bytes: 7}},
		},
	}
	put := f.put("demo", in...)
	want := make([]kb.Article, len(in))
	for i, a := range in {
		a.Bot, a.Version, a.UpdatedAt = "demo", 1, noon
		if a.ValidFrom != nil {
			utc := a.ValidFrom.UTC()
			a.ValidFrom = &utc
		}
		want[i] = a
	}
	f.same(put, want)
	f.same(in[0].Version, 0) // the caller's slice is untouched
	all, err := f.store.Articles(f.ctx, "demo")
	f.must(err)
	f.same(all, []kb.Article{want[2], want[1], want[0]})
	one, err := f.store.Article(f.ctx, "demo", "art_b")
	f.must(err)
	f.same(one, want[0])
	_, err = f.store.Article(f.ctx, "other", "art_b")
	f.wants(err, fault.NotFound)
	none, err := f.store.Articles(f.ctx, "other")
	f.must(err)
	f.same(len(none), 0)
}

func scenarioStaleArticles(f *fixture) {
	put := func(articles ...kb.Article) ([]kb.Article, error) {
		stored, _, err := f.store.ChangeArticles(f.ctx, "demo", kb.Change{Put: articles})
		return stored, err
	}
	_, err := put(kb.Article{ID: "a", Question: "1", Answer: "1"}, kb.Article{ID: "b", Question: "1", Answer: "1"})
	f.must(err)
	f.clock.Advance(time.Minute)
	second, err := put(kb.Article{ID: "a", Question: "2", Answer: "2", Version: 1})
	f.must(err)
	f.same(second[0].Version, 2)
	f.same(second[0].UpdatedAt, f.clock.Now())
	third, err := put(kb.Article{ID: "a", Question: "3", Answer: "3"}) // without a version: last writer wins
	f.must(err)
	f.same(third[0].Version, 3)

	_, err = put(kb.Article{ID: "b", Question: "x", Answer: "x"}, kb.Article{ID: "a", Question: "x", Answer: "x", Version: 2})
	f.wants(err, fault.Conflict)
	b, err := f.store.Article(f.ctx, "demo", "b")
	f.must(err)
	f.same(b.Question, "1") // nothing of the call was written
	_, err = put(kb.Article{ID: "new", Question: "x", Answer: "x", Version: 1})
	f.wants(err, fault.Conflict)

	for _, bad := range [][]kb.Article{{{}}, {{ID: "x", Bot: "other"}}, {{ID: "x"}, {ID: "x"}}} {
		_, err := put(bad...)
		f.wants(err, fault.Invalid)
	}
	for bot, bad := range map[string]kb.Change{
		"":     {},
		"demo": {Put: []kb.Article{{ID: "x"}}, Delete: []string{"x"}},
		"b":    {Delete: []string{"x", "x"}},
	} {
		_, _, err := f.store.ChangeArticles(f.ctx, bot, bad)
		f.wants(err, fault.Invalid)
	}
}

func scenarioManyArticles(f *fixture) {
	const n = 1111
	many := make([]kb.Article, n)
	for i := range many {
		many[i] = kb.Article{ID: fmt.Sprintf("art_%05d", i), Question: fmt.Sprint("问", i), Answer: "答"}
	}
	f.put("demo", many...)
	many[n-1].Version = 7
	_, _, err := f.store.ChangeArticles(f.ctx, "demo", kb.Change{Put: many})
	f.wants(err, fault.Conflict)
	all, err := f.store.Articles(f.ctx, "demo")
	f.must(err)
	f.same(len(all), n)
	for _, a := range all {
		f.same(a.Version, 1)
	}
}

func scenarioDeleteArticles(f *fixture) {
	f.put("demo", kb.Article{ID: "a"}, kb.Article{ID: "b"}, kb.Article{ID: "c"})
	f.put("other", kb.Article{ID: "a"})
	f.same(f.change("demo", kb.Change{Delete: []string{"a", "c", "none"}}).Deleted, 2)
	left, err := f.store.Articles(f.ctx, "demo")
	f.must(err)
	f.same(len(left), 1)
	_, err = f.store.Article(f.ctx, "other", "a")
	f.must(err)
	f.same(f.change("demo", kb.Change{}), kb.Revision{})
	f.same(f.change("demo", kb.Change{Delete: []string{"a"}}), kb.Revision{})
	last, err := f.store.LastRevision(f.ctx, "demo")
	f.must(err)
	f.same(last, int64(2))                                   // what changed nothing made no revision
	f.same(f.put("demo", kb.Article{ID: "a"})[0].Version, 2) // it counts on
}

// put stores articles and returns them as stored.
func (f *fixture) put(bot string, articles ...kb.Article) []kb.Article {
	f.Helper()
	stored, _, err := f.store.ChangeArticles(f.ctx, bot, kb.Change{Put: articles})
	f.must(err)
	return stored
}

// change makes a change and returns its revision.
func (f *fixture) change(bot string, c kb.Change) kb.Revision {
	f.Helper()
	_, revision, err := f.store.ChangeArticles(f.ctx, bot, c)
	f.must(err)
	return revision
}
