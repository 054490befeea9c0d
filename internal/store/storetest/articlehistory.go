package storetest

import (
	"fmt"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

func scenarioArticleHistory(f *fixture) {
	at := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	one := f.put("demo", kb.Article{ID: "a", Question: "1"}, kb.Article{ID: "b", Question: "1"})
	f.put("other", kb.Article{ID: "a", Question: "theirs"})
	f.clock.Advance(time.Hour)
	two := f.change("demo", kb.Change{Author: "usr_1", Note: "改了一条", Put: []kb.Article{{ID: "a", Question: "2"}, {ID: "c", Question: "1"}}, Delete: []string{"b"}})
	f.same(two, kb.Revision{Number: 2, At: at(1), Author: "usr_1", Note: "改了一条", Put: 2, Deleted: 1})
	f.clock.Advance(time.Hour)
	three := f.put("demo", kb.Article{ID: "b", Question: "again"})

	then, err := f.store.ArticlesAt(f.ctx, "demo", 1)
	f.must(err)
	f.same(then, one)
	then, err = f.store.ArticlesAt(f.ctx, "demo", 2)
	f.must(err)
	f.same([]string{then[0].ID + then[0].Question, then[1].ID + then[1].Question}, []string{"a2", "c1"})
	then, err = f.store.ArticlesAt(f.ctx, "demo", 0)
	f.must(err)
	f.same(len(then), 0)
	now, err := f.store.Articles(f.ctx, "demo")
	f.must(err)
	then, err = f.store.ArticlesAt(f.ctx, "demo", 3)
	f.must(err)
	f.same(then, now)
	for _, none := range []int64{-1, 4} {
		_, err = f.store.ArticlesAt(f.ctx, "demo", none)
		f.wants(err, fault.NotFound)
	}

	editions, err := f.store.Editions(f.ctx, "demo", "b")
	f.must(err)
	f.same(editions, []kb.Edition{
		{Revision: kb.Revision{Number: 3, At: at(2), Put: 1}, Article: three[0]},
		{Revision: two, Gone: true, Article: one[1]},
		{Revision: kb.Revision{Number: 1, At: noon, Put: 2}, Article: one[1]},
	})
	_, err = f.store.Editions(f.ctx, "other", "b")
	f.wants(err, fault.NotFound)

	revisions, err := f.store.Revisions(f.ctx, "demo", 0, 2)
	f.must(err)
	f.same([]int64{revisions[0].Number, revisions[1].Number}, []int64{3, 2})
	f.same(revisions[1], two)
	revisions, err = f.store.Revisions(f.ctx, "demo", 2, 0)
	f.must(err)
	f.same(revisions, []kb.Revision{{Number: 1, At: noon, Put: 2}})
	for when, want := range map[time.Time]int64{noon.Add(-1): 0, noon: 1, at(1).Add(-1): 1, at(1): 2, at(9): 3} {
		r, err := f.store.RevisionAt(f.ctx, "demo", when)
		f.must(err)
		f.same(r.Number, want)
	}
	for bot, want := range map[string]int64{"demo": 3, "other": 1, "none": 0} {
		last, err := f.store.LastRevision(f.ctx, bot)
		f.must(err)
		f.same(last, want)
	}
}

func scenarioChangeSince(f *fixture) {
	since := func(n int64) *int64 { return &n }
	f.same(f.change("demo", kb.Change{Since: since(0), Put: []kb.Article{{ID: "a"}}}).Number, int64(1))
	_, _, err := f.store.ChangeArticles(f.ctx, "demo", kb.Change{Since: since(0), Put: []kb.Article{{ID: "b"}}})
	f.wants(err, fault.Conflict)
	f.same(f.change("demo", kb.Change{Since: since(1), Put: []kb.Article{{ID: "b"}}}).Number, int64(2))
}

func scenarioDrafts(f *fixture) {
	f.put("demo", kb.Article{ID: "b", Question: "旧"})
	save := func(d kb.Draft) kb.Draft {
		f.Helper()
		saved, err := f.store.PutDraft(f.ctx, "demo", d)
		f.must(err)
		return saved
	}
	until := noon.Add(time.Hour)
	edit := save(kb.Draft{Author: "usr_1", Article: kb.Article{ID: "b", Question: "新", Version: 1, ValidUntil: &until, Variants: []kb.Variant{{Answer: "会员价"}}}})
	f.same(edit.At, noon)
	f.clock.Advance(time.Minute)
	removal := save(kb.Draft{Remove: true, Article: kb.Article{ID: "a"}})
	drafts, err := f.store.Drafts(f.ctx, "demo")
	f.must(err)
	f.same(drafts, []kb.Draft{removal, edit})
	others, err := f.store.Drafts(f.ctx, "other")
	f.must(err)
	f.same(len(others), 0)

	f.clock.Advance(time.Minute)
	newer := save(kb.Draft{Author: "usr_2", Article: kb.Article{ID: "b", Question: "更新", Version: 1}})
	// The first edit is not what is there any more.
	_, _, err = f.store.ChangeArticles(f.ctx, "demo", kb.Change{Put: []kb.Article{edit.Article}, Drafts: []kb.Draft{edit}})
	f.wants(err, fault.Conflict)
	b, err := f.store.Article(f.ctx, "demo", "b")
	f.must(err)
	f.same(b.Question, "旧")
	r := f.change("demo", kb.Change{Put: []kb.Article{newer.Article}, Drafts: []kb.Draft{newer}})
	f.same([]int64{r.Number, int64(r.Put)}, []int64{2, 1})
	drafts, err = f.store.Drafts(f.ctx, "demo")
	f.must(err)
	f.same(drafts, []kb.Draft{removal})
	n, err := f.store.DeleteDrafts(f.ctx, "demo", []string{"a", "b"})
	f.must(err)
	f.same(n, 1)
	_, err = f.store.PutDraft(f.ctx, "demo", kb.Draft{})
	f.wants(err, fault.Invalid)
}

// Two writers that change one base at once make one row of revisions.
func scenarioConcurrentChanges(f *fixture) {
	const writers, each = 4, 10
	var wg sync.WaitGroup
	errs := make(chan error, writers*each)
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				_, _, err := f.store.ChangeArticles(f.ctx, "demo", kb.Change{Put: []kb.Article{
					{ID: "shared", Question: fmt.Sprint(w, i)}, {ID: fmt.Sprintf("own%d-%d", w, i)},
				}})
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		f.must(err)
	}
	last, err := f.store.LastRevision(f.ctx, "demo")
	f.must(err)
	f.same(last, int64(writers*each))
	shared, err := f.store.Article(f.ctx, "demo", "shared")
	f.must(err)
	f.same(shared.Version, writers*each)
	for _, n := range []int64{7, last} {
		then, err := f.store.ArticlesAt(f.ctx, "demo", n)
		f.must(err)
		f.same(len(then), int(n)+1)
	}
}
