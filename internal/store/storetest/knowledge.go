package storetest

import (
	"fmt"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/kb"
)

func scenarioBots(f *fixture) {
	a, err := f.store.PutBot(f.ctx, store.Bot{ID: "demo", Name: "云栖优品", Profile: []byte(`{"menu":["发货"]}`)})
	f.must(err)
	f.clock.Advance(time.Hour)
	a.Name, a.Profile = "云栖", nil
	b, err := f.store.PutBot(f.ctx, a)
	f.must(err)
	f.same(b, store.Bot{ID: "demo", Name: "云栖", Profile: []byte("{}"), CreatedAt: noon, UpdatedAt: f.clock.Now()})
	_, err = f.store.PutBot(f.ctx, store.Bot{ID: "B", Name: "x"})
	f.must(err)
	bots, err := f.store.Bots(f.ctx)
	f.must(err)
	f.same(len(bots), 2)
	f.same(bots[0].ID, "B")
	f.same(bots[1], b)
	one, err := f.store.Bot(f.ctx, "demo")
	f.must(err)
	f.same(one, b)
	_, err = f.store.Bot(f.ctx, "none")
	f.wants(err, fault.NotFound)
	for _, bad := range []store.Bot{{Name: "x"}, {ID: "x"}, {ID: "x", Name: "x", Profile: []byte("{")}} {
		_, err := f.store.PutBot(f.ctx, bad)
		f.wants(err, fault.Invalid)
	}
}

func scenarioArticles(f *fixture) {
	from, until := noon.Add(-time.Hour).In(time.FixedZone("CST", 8*3600)), noon.Add(time.Hour)
	in := []kb.Article{
		{ID: "art_b", Question: "怎么退货？", Similar: []string{"退货流程", "我要退货 'x' \\ 😀"}, Answer: "**七天**无理由\n第二行", Category: "售后", ValidFrom: &from, ValidUntil: &until},
		{ID: "art_a", Question: "发什么快递", Answer: "中通"},
		{ID: "Art_c", Question: "q", Answer: "a"},
	}
	put, err := f.store.PutArticles(f.ctx, "demo", in)
	f.must(err)
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
		return f.store.PutArticles(f.ctx, "demo", articles)
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
	_, err = f.store.PutArticles(f.ctx, "", nil)
	f.wants(err, fault.Invalid)
}

func scenarioManyArticles(f *fixture) {
	const n = 1111
	many := make([]kb.Article, n)
	for i := range many {
		many[i] = kb.Article{ID: fmt.Sprintf("art_%05d", i), Question: fmt.Sprint("问", i), Answer: "答"}
	}
	_, err := f.store.PutArticles(f.ctx, "demo", many)
	f.must(err)
	many[n-1].Version = 7
	_, err = f.store.PutArticles(f.ctx, "demo", many)
	f.wants(err, fault.Conflict)
	all, err := f.store.Articles(f.ctx, "demo")
	f.must(err)
	f.same(len(all), n)
	for _, a := range all {
		f.same(a.Version, 1)
	}
}

func scenarioDeleteArticles(f *fixture) {
	_, err := f.store.PutArticles(f.ctx, "demo", []kb.Article{{ID: "a"}, {ID: "b"}, {ID: "c"}})
	f.must(err)
	_, err = f.store.PutArticles(f.ctx, "other", []kb.Article{{ID: "a"}})
	f.must(err)
	n, err := f.store.DeleteArticles(f.ctx, "demo", []string{"a", "c", "none"})
	f.must(err)
	f.same(n, 2)
	left, err := f.store.Articles(f.ctx, "demo")
	f.must(err)
	f.same(len(left), 1)
	_, err = f.store.Article(f.ctx, "other", "a")
	f.must(err)
	n, err = f.store.DeleteArticles(f.ctx, "demo", nil)
	f.must(err)
	f.same(n, 0)
}

func scenarioEmbeddings(f *fixture) {
	vectors := map[string][]float32{}
	var digests []string
	for i := range 450 {
		digest := fmt.Sprintf("sha-%d", i)
		vectors[digest] = []float32{float32(i), -0.5, 1e-30, 3.4e38}
		digests = append(digests, digest)
	}
	f.must(f.store.PutEmbeddings(f.ctx, "enc-1", vectors))
	f.must(f.store.PutEmbeddings(f.ctx, "enc-1", vectors)) // again: no change
	f.must(f.store.PutEmbeddings(f.ctx, "enc-1", nil))
	got, err := f.store.Embeddings(f.ctx, "enc-1", append(digests, "not cached"))
	f.must(err)
	f.same(got, vectors)
	other, err := f.store.Embeddings(f.ctx, "enc-2", digests)
	f.must(err)
	f.same(len(other), 0)

	f.must(f.store.PutEmbeddings(f.ctx, "enc-2", map[string][]float32{"sha-1": {1, 2}}))
	for _, bad := range []map[string][]float32{
		{"x": {1, 2}}, {"x": {}}, {"x": {1, 2, 3, 4}, "y": {1}}, {"": {1, 2, 3, 4}},
	} {
		f.wants(f.store.PutEmbeddings(f.ctx, "enc-1", bad), fault.Invalid)
	}
	f.wants(f.store.PutEmbeddings(f.ctx, "", vectors), fault.Invalid)
}
