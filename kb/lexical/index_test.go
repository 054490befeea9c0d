package lexical_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/lexical"
)

func doc(bot, owner, key, terms string) kb.Document {
	return kb.Document{Key: key, Owner: owner, Bot: bot, Terms: strings.Fields(terms)}
}

func put(t testing.TB, x *lexical.Index, docs ...kb.Document) {
	t.Helper()
	if err := x.Upsert(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
}

func find(t testing.TB, x *lexical.Index, bot, query string, k int) []kb.LexicalHit {
	t.Helper()
	hits, err := x.Search(t.Context(), bot, strings.Fields(query), k)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

func keys(hits []kb.LexicalHit) []string {
	out := []string{}
	for _, h := range hits {
		out = append(out, h.Key)
	}
	return out
}

// bm25 is the formula of the package comment, written down plainly.
func bm25(docs []kb.Document, query []string, d kb.Document, k1, b float64) float64 {
	total := 0
	for _, x := range docs {
		total += len(x.Terms)
	}
	mean := float64(total) / float64(len(docs))
	score, seen := 0.0, map[string]bool{}
	for _, t := range query {
		if seen[t] {
			continue
		}
		seen[t] = true
		n := 0
		for _, x := range docs {
			if slices.Contains(x.Terms, t) {
				n++
			}
		}
		f := 0
		for _, u := range d.Terms {
			if u == t {
				f++
			}
		}
		if f == 0 {
			continue
		}
		idf := math.Log(1 + (float64(len(docs)-n)+0.5)/(float64(n)+0.5))
		score += idf * float64(f) * (k1 + 1) / (float64(f) + k1*(1-b+b*float64(len(d.Terms))/mean))
	}
	return score
}

func TestSearchRanksByBM25(t *testing.T) {
	docs := []kb.Document{
		doc("shop", "a1", "a1#0", "发票 怎么 开"),
		doc("shop", "a1", "a1#1", "电子 发票 哪里 下载 发票"),
		doc("shop", "a2", "a2#0", "退款 多久 到账"),
		doc("shop", "a3", "a3#0", "发票 抬头 写错 怎么 改"),
	}
	x := lexical.New(lexical.Options{})
	put(t, x, docs...)
	query := strings.Fields("发票 怎么 下载 下载")
	hits, err := x.Search(t.Context(), "shop", query, 10)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := keys(hits), []string{"a1#1", "a1#0", "a3#0"}; !cmp.Equal(got, want) {
		t.Errorf("order: %v, want %v", got, want)
	}
	for _, h := range hits {
		for _, d := range docs {
			if d.Key != h.Key {
				continue
			}
			if want := bm25(docs, query, d, 1.2, 0.75); math.Abs(h.Score-want) > 1e-12 {
				t.Errorf("%s: score %v, the formula gives %v", h.Key, h.Score, want)
			}
		}
	}
	if got := keys(find(t, x, "shop", "发票 怎么", 1)); len(got) != 1 {
		t.Errorf("k is 1, got %v", got)
	}
}

func TestOptionsChangeTheFormula(t *testing.T) {
	docs := []kb.Document{doc("s", "a", "a", "退 退 退 货"), doc("s", "b", "b", "退 货 运费 谁 出")}
	x := lexical.New(lexical.Options{K1: 2, B: -1})
	put(t, x, docs...)
	for i, h := range find(t, x, "s", "退", 2) {
		if want := bm25(docs, []string{"退"}, docs[i], 2, 0); math.Abs(h.Score-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", h.Key, h.Score, want)
		}
	}
}

func TestStopWords(t *testing.T) {
	x := lexical.New(lexical.Options{Stop: map[string]struct{}{"亲": {}, "你好": {}, "的": {}}})
	put(t, x, doc("s", "hello", "hello#0", "你好"), doc("s", "ship", "ship#0", "亲 发货 的 时间"))
	if got := keys(find(t, x, "s", "亲 的 发货", 5)); !cmp.Equal(got, []string{"ship#0"}) {
		t.Errorf("got %v", got)
	}
	if got := keys(find(t, x, "s", "你好", 5)); !cmp.Equal(got, []string{"hello#0"}) {
		t.Errorf("a text of stop words only must still be found by them, got %v", got)
	}
	if got := find(t, x, "s", "", 5); len(got) != 0 {
		t.Errorf("no terms, got %v", got)
	}
}

func TestReplaceDeleteAndBots(t *testing.T) {
	x := lexical.New(lexical.Options{})
	put(t, x, doc("s1", "a", "a#0", "发货"), doc("s1", "a", "a#1", "寄出"), doc("s2", "a", "a#0", "发货 时间"))
	put(t, x, doc("s1", "a", "a#0", "退款"))
	if got := find(t, x, "s1", "发货", 5); len(got) != 0 {
		t.Errorf("replaced wording still found: %v", got)
	}
	if got := keys(find(t, x, "s2", "发货", 5)); !cmp.Equal(got, []string{"a#0"}) {
		t.Errorf("the other bot: %v", got)
	}
	if err := x.Delete(t.Context(), "s1", []string{"a", "unknown", "a"}); err != nil {
		t.Fatal(err)
	}
	if err := x.Delete(t.Context(), "nobody", []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if n := x.Len("s1"); n != 0 {
		t.Errorf("s1 holds %d documents after the deletion", n)
	}
	if n := x.Len("s2"); n != 1 {
		t.Errorf("s2 holds %d documents, want 1", n)
	}
	if n := x.Len("nobody"); n != 0 {
		t.Errorf("an unknown bot holds %d documents", n)
	}
}

func TestFaults(t *testing.T) {
	x := lexical.New(lexical.Options{})
	err := x.Upsert(t.Context(), []kb.Document{doc("s", "a", "a", "x"), doc("s", "", "k", "x")})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "docs[1]") {
		t.Errorf("a document without an owner: %v", err)
	}
	if x.Len("s") != 0 {
		t.Error("a refused batch left documents behind")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Search(ctx, "s", []string{"x"}, 1); err == nil {
		t.Error("search with an ended context succeeded")
	}
	if err := x.Upsert(ctx, nil); err == nil {
		t.Error("upsert with an ended context succeeded")
	}
	if err := x.Delete(ctx, "s", nil); err == nil {
		t.Error("delete with an ended context succeeded")
	}
	if _, err := x.Score(ctx, "s", nil, nil, nil); err == nil {
		t.Error("score with an ended context succeeded")
	}
}

func TestScore(t *testing.T) {
	docs := []kb.Document{
		doc("s", "a", "a#0", "发票 怎么 开"), doc("s", "a", "a#1", "开 票"),
		doc("s", "b", "b#0", "退款 多久"), doc("s", "c", "c#0", "发票 抬头"),
	}
	x := lexical.New(lexical.Options{})
	put(t, x, docs...)
	query := strings.Fields("发票 怎么 开")
	got, err := x.Score(t.Context(), "s", query, []string{"b", "a", "nobody", "c"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{0, bm25(docs, query, docs[0], 1.2, 0.75), 0, bm25(docs, query, docs[3], 1.2, 0.75)}
	if !cmp.Equal(got.Best, want, cmpopts.EquateApprox(0, 1e-12)) {
		t.Errorf("best %v, want %v", got.Best, want)
	}
	if math.Abs(got.Self-got.Best[1]) > 1e-12 {
		t.Errorf("a document that is the query scores %v, self is %v", got.Best[1], got.Self)
	}
	got, err = x.Score(t.Context(), "s", query, []string{"a"}, map[string]bool{"a#0": true})
	if err != nil {
		t.Fatal(err)
	}
	if want := bm25(docs, query, docs[1], 1.2, 0.75); math.Abs(got.Best[0]-want) > 1e-12 {
		t.Errorf("without the excepted wording %v, want %v", got.Best[0], want)
	}
	unknown, err := x.Score(t.Context(), "s", []string{"星期八"}, []string{"a"}, nil)
	if err != nil || unknown.Best[0] != 0 || unknown.Self <= 0 {
		t.Errorf("an unknown word: %+v, %v", unknown, err)
	}
	empty, err := x.Score(t.Context(), "nobody", query, []string{"a"}, nil)
	if err != nil || empty.Self != 1 || empty.Best[0] != 0 {
		t.Errorf("an unknown bot: %+v, %v", empty, err)
	}
}

// The index agrees with the plain formula over any sequence of changes.
func TestAgainstModel(t *testing.T) {
	words := strings.Fields("发票 退款 发货 多久 怎么 开 运费 换货 尺码 优惠券")
	rapid.Check(t, func(r *rapid.T) {
		x := lexical.New(lexical.Options{})
		model := map[string]kb.Document{}
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			owner := fmt.Sprintf("o%d", rapid.IntRange(0, 8).Draw(r, "owner"))
			if rapid.IntRange(0, 3).Draw(r, "op") == 0 {
				if err := x.Delete(context.Background(), "s", []string{owner}); err != nil {
					r.Fatal(err)
				}
				for k, d := range model {
					if d.Owner == owner {
						delete(model, k)
					}
				}
				continue
			}
			d := kb.Document{
				Bot: "s", Owner: owner, Key: fmt.Sprintf("%s#%d", owner, rapid.IntRange(0, 2).Draw(r, "n")),
				Terms: rapid.SliceOfN(rapid.SampledFrom(words), 0, 6).Draw(r, "terms"),
			}
			model[d.Key] = d
			if err := x.Upsert(context.Background(), []kb.Document{d}); err != nil {
				r.Fatal(err)
			}
		}
		query := rapid.SliceOfN(rapid.SampledFrom(words), 1, 5).Draw(r, "query")
		var docs []kb.Document
		for _, d := range model {
			docs = append(docs, d)
		}
		want := map[string]float64{}
		for _, d := range docs {
			if s := bm25(docs, query, d, 1.2, 0.75); s > 0 {
				want[d.Key] = s
			}
		}
		hits, err := x.Search(context.Background(), "s", query, 1000)
		if err != nil {
			r.Fatal(err)
		}
		got := map[string]float64{}
		for i, h := range hits {
			got[h.Key] = h.Score
			if i > 0 && (hits[i-1].Score < h.Score || hits[i-1].Score == h.Score && hits[i-1].Key >= h.Key) {
				r.Fatalf("hits %d and %d are out of order: %+v", i-1, i, hits)
			}
		}
		if !cmp.Equal(got, want, cmpopts.EquateApprox(0, 1e-9)) {
			r.Fatalf("query %v: %s", query, cmp.Diff(want, got))
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	x := lexical.New(lexical.Options{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				owner := fmt.Sprintf("w%d-%d", w, i%20)
				put(t, x, doc("s", owner, owner+"#0", "发货 多久 "+owner), doc("s", owner, owner+"#1", "几时 发货"))
				if i%3 == 0 {
					if err := x.Delete(t.Context(), "s", []string{owner}); err != nil {
						t.Error(err)
					}
				}
			}
		})
		wg.Go(func() {
			for range 200 {
				for _, h := range find(t, x, "s", "发货 几时", 5) {
					if h.Key == "" || h.Score <= 0 {
						t.Errorf("hit %+v", h)
					}
				}
				if _, err := x.Score(t.Context(), "s", []string{"发货"}, []string{"w0-1"}, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, found := x.Len("s"), len(find(t, x, "s", "发货", 1000)); n != found {
		t.Errorf("%d documents, %d found by a word that all hold", n, found)
	}
}

// corpus makes n documents of about eight terms with a skewed vocabulary.
func corpus(n int) []kb.Document {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.3, 5, 20000)
	docs := make([]kb.Document, n)
	for i := range docs {
		terms := make([]string, 4+r.IntN(8))
		for j := range terms {
			terms[j] = fmt.Sprintf("t%d", zipf.Uint64())
		}
		docs[i] = kb.Document{Bot: "s", Owner: fmt.Sprintf("o%d", i/5), Key: fmt.Sprintf("o%d#%d", i/5, i%5), Terms: terms}
	}
	return docs
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := lexical.New(lexical.Options{})
			docs := corpus(n)
			put(b, x, docs...)
			for i := 0; b.Loop(); i++ {
				if _, err := x.Search(b.Context(), "s", docs[i*7919%n].Terms, 20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkScore(b *testing.B) {
	x := lexical.New(lexical.Options{})
	docs := corpus(10000)
	put(b, x, docs...)
	owners := make([]string, 60)
	for i := range owners {
		owners[i] = fmt.Sprintf("o%d", i*31)
	}
	for i := 0; b.Loop(); i++ {
		if _, err := x.Score(b.Context(), "s", docs[i*7919%len(docs)].Terms, owners, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUpsert(b *testing.B) {
	x := lexical.New(lexical.Options{})
	docs := corpus(20000)
	put(b, x, docs...)
	for i := 0; b.Loop(); i++ {
		put(b, x, docs[i%len(docs)])
	}
}
