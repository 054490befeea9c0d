package hybrid_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

func model(weights map[hybrid.Feature]float64) hybrid.Model { return kbtest.Model(weights) }

var plain = map[hybrid.Feature]float64{hybrid.Cosine: 10, hybrid.Words: 2, hybrid.Grams: 2}

func open(t testing.TB, m hybrid.Model) *hybrid.Index {
	t.Helper()
	x, err := hybrid.New(m, hybrid.Options{Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: "test-encoder"})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

var phraser = &kbtest.Phraser{}

func put(t testing.TB, x *hybrid.Index, bot string, articles ...kb.Article) {
	t.Helper()
	texts := map[string]kb.Phrase{}
	for _, a := range articles {
		for _, s := range hybrid.Texts(a) {
			p, err := phraser.Phrase(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			texts[s] = p
		}
	}
	if err := x.Put(t.Context(), bot, hybrid.Entries(articles, texts)); err != nil {
		t.Fatal(err)
	}
}

func search(t testing.TB, x *hybrid.Index, bot, text string) []kb.Hit {
	t.Helper()
	hits, err := x.Search(t.Context(), phraser.Query(bot, text))
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

var shop = []kb.Article{
	{ID: "ship", Question: "什么时候发货", Similar: []string{"多久能寄出", "几天可以出库"}, Answer: "付款后 48 小时内发出。"},
	{ID: "invoice", Question: "怎么开发票", Similar: []string{"能开专票吗"}, Answer: "签收后在订单里申请。"},
	{ID: "return", Question: "如何退货", Similar: []string{"不想要了怎么退"}, Answer: "七天内可以申请。"},
	{ID: "size", Question: "尺码怎么选", Answer: ""},
}

func TestSearch(t *testing.T) {
	x := open(t, model(plain))
	put(t, x, "s", shop...)
	hits := search(t, x, "s", "多久才能寄出呀")
	if hits[0].Article.ID != "ship" || hits[0].Phrase != "多久能寄出" || hits[0].Cosine < 0.5 || hits[0].Lexical <= 0 {
		t.Errorf("%+v", hits[0])
	}
	sum := 0.0
	for i, h := range hits {
		sum += h.Score
		if h.Score < 0 || h.Score > 1 || i > 0 && h.Score > hits[i-1].Score {
			t.Errorf("hit %d has score %v after %v", i, h.Score, hits[max(0, i-1)].Score)
		}
		m := x.Model()
		if h.Band != m.Band(h.Score) {
			t.Errorf("band %s for %v", h.Band, h.Score)
		}
	}
	if sum > 1.0001 {
		t.Errorf("uncalibrated shares add up to %v", sum)
	}
	if hits := search(t, x, "nobody", "发货"); len(hits) != 0 {
		t.Errorf("an unknown bot: %v", hits)
	}
	q := phraser.Query("s", "发货")
	q.Limit = 1
	if hits, err := x.Search(t.Context(), q); err != nil || len(hits) != 1 {
		t.Errorf("limit 1: %d hits, %v", len(hits), err)
	}
}

func TestExactWording(t *testing.T) {
	x := open(t, model(map[hybrid.Feature]float64{hybrid.CosineMean: 1})) // a model that would not notice
	put(t, x, "s", shop...)
	hits := search(t, x, "s", "能开专票吗？？ ")
	if hits[0].Article.ID != "invoice" || hits[0].Score != 0.99 || hits[0].Band != kb.Answer {
		t.Errorf("an exact wording: %+v", hits[0])
	}
	for _, h := range hits[1:] {
		if h.Score > 0.005 {
			t.Errorf("beside an exact wording %s has %v", h.Article.ID, h.Score)
		}
	}
	put(t, x, "s", kb.Article{ID: "twin", Question: "能开专票吗", Answer: "另一个答案"})
	hits = search(t, x, "s", "能开专票吗")
	if hits[0].Score != 0.495 || hits[1].Score != 0.495 || hits[0].Band == kb.Answer {
		t.Errorf("two articles with the same wording: %v and %v", hits[0].Score, hits[1].Score)
	}
}

func TestSmallKnowledgeBaseAbstains(t *testing.T) {
	x := open(t, model(plain))
	put(t, x, "s", shop[1])
	if hits := search(t, x, "s", "今天天气不错"); len(hits) > 0 && hits[0].Band == kb.Answer {
		t.Errorf("the only article answers everything: %+v", hits[0])
	}
	if hits := search(t, x, "s", "怎么开一下发票"); hits[0].Band == kb.Abstain {
		t.Errorf("the right one is not even suggested: %+v", hits[0])
	}
}

func TestReplaceDeleteAndValidity(t *testing.T) {
	x := open(t, model(plain))
	put(t, x, "s", shop...)
	put(t, x, "s", kb.Article{ID: "ship", Question: "商品产地", Answer: ""})
	for _, h := range search(t, x, "s", "多久能寄出") {
		if h.Article.ID == "ship" && h.Cosine > 0.6 {
			t.Errorf("a wording that was taken out still matches: %+v", h)
		}
	}
	if hits := search(t, x, "s", "付款后 48 小时内发出"); hits[0].Score > 0.5 {
		t.Errorf("an answer that was taken out still matches: %+v", hits[0])
	}
	if err := x.Delete(t.Context(), "s", []string{"invoice", "nothing"}); err != nil {
		t.Fatal(err)
	}
	for _, h := range search(t, x, "s", "怎么开发票") {
		if h.Article.ID == "invoice" {
			t.Error("a deleted article is found")
		}
	}
	if _, ok := x.Article("s", "invoice"); ok || x.Len("s") != 3 {
		t.Errorf("%d articles are left", x.Len("s"))
	}
	ids := []string{}
	for _, a := range x.Articles("s") {
		ids = append(ids, a.ID)
	}
	if !slices.Equal(ids, []string{"return", "ship", "size"}) {
		t.Errorf("articles %v", ids)
	}
	from := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	put(t, x, "s", kb.Article{ID: "return", Question: "如何退货", Answer: "答", ValidFrom: &from})
	q := phraser.Query("s", "如何退货")
	q.At = from.Add(-time.Hour)
	hits, err := x.Search(t.Context(), q)
	if err != nil || slices.ContainsFunc(hits, func(h kb.Hit) bool { return h.Article.ID == "return" }) {
		t.Errorf("an article that is not valid yet: %v, %v", hits, err)
	}
	q.At = from
	if hits, err = x.Search(t.Context(), q); err != nil || hits[0].Score != 0.99 {
		t.Errorf("an article that has become valid: %v, %v", hits, err)
	}
}

func TestBotsAreIsolated(t *testing.T) {
	x := open(t, model(plain))
	put(t, x, "s", shop...)
	put(t, x, "t", kb.Article{ID: "ship", Question: "店铺在哪", Answer: "杭州"})
	if h := search(t, x, "t", "什么时候发货"); h[0].Score > 0.5 {
		t.Errorf("bot t answers with the articles of s: %+v", h[0])
	}
	if err := x.Delete(t.Context(), "t", []string{"ship"}); err != nil {
		t.Fatal(err)
	}
	if h := search(t, x, "s", "什么时候发货"); h[0].Score != 0.99 {
		t.Errorf("the deletion in t reached s: %+v", h[0])
	}
}

func TestFaults(t *testing.T) {
	x := open(t, model(plain))
	put(t, x, "s", shop...)
	q := phraser.Query("s", "发货")
	q.EncoderID = "other"
	if _, err := x.Search(t.Context(), q); !fault.Is(err, fault.Conflict) {
		t.Errorf("another encoder: %v", err)
	}
	q = phraser.Query("s", "发货")
	for name, e := range map[string][]float32{"no embedding": nil, "short embedding": {1}} {
		q.Embedding = e
		if _, err := x.Search(t.Context(), q); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := x.Put(t.Context(), "s", []hybrid.Entry{{Article: shop[0]}})
	if !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "entries[0]") {
		t.Errorf("an article without its wordings: %v", err)
	}
	m := model(plain)
	m.Encoder = "other"
	if err := x.SetModel(m); !fault.Is(err, fault.Conflict) {
		t.Errorf("a model of another encoder: %v", err)
	}
	m.Encoder = "test-encoder+collapsed"
	if err := x.SetModel(m); err != nil {
		t.Errorf("a model of the encoder with another folding: %v", err)
	}
	if _, err := hybrid.New(model(plain), hybrid.Options{}); !fault.Is(err, fault.Internal) {
		t.Errorf("no vectors: %v", err)
	}
	if _, err := hybrid.New(hybrid.Model{}, hybrid.Options{Vectors: vector.New(4, vector.Options{}), Encoder: "e"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty model: %v", err)
	}
	fails := failing{Index: vector.New(kbtest.Dimension, vector.Options{})}
	y, err := hybrid.New(model(plain), hybrid.Options{Vectors: &fails, Encoder: "test-encoder"})
	if err != nil {
		t.Fatal(err)
	}
	put(t, y, "s", shop...)
	fails.err = errors.New("the index is gone")
	if _, err := y.Search(t.Context(), phraser.Query("s", "发货")); !errors.Is(err, fails.err) {
		t.Errorf("a vector index that fails: %v", err)
	}
	if err := y.Delete(t.Context(), "s", []string{"ship"}); !errors.Is(err, fails.err) {
		t.Errorf("a deletion that fails: %v", err)
	}
}

func TestCandidates(t *testing.T) {
	x := open(t, model(plain))
	put(t, x, "s", shop...)
	get := func(text, except string) map[string]hybrid.Candidate {
		pool, err := x.Candidates(t.Context(), phraser.Query("s", text), except)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]hybrid.Candidate{}
		for _, c := range pool.Candidates {
			out[c.ID] = c
		}
		return out
	}
	c := get("多久能寄出", "")["ship"]
	mean := 0.0
	for _, s := range shop[0].Phrasings() {
		mean += float64(vector.Dot(kbtest.Embed(s), kbtest.Embed("多久能寄出"))) / 3
	}
	if !c.Exact || c.Wording != 1 || math.Abs(c.Row[hybrid.Cosine]-1) > 1e-5 || math.Abs(c.Row[hybrid.CosineMean]-mean) > 1e-5 ||
		math.Abs(c.Row[hybrid.Words]-1) > 0.3 || c.Row[hybrid.Adapted] != c.Row[hybrid.Cosine] {
		t.Errorf("%+v, mean %v", c, mean)
	}
	c = get("多久能寄出", "多久能寄出")["ship"]
	if c.Exact || c.Wording == 1 || c.Row[hybrid.Cosine] > 0.9 || c.Row[hybrid.Words] > 0.9 || c.Row[hybrid.Grams] > 0.9 {
		t.Errorf("the hidden wording is seen: %+v", c)
	}
	if _, ok := get("尺码怎么选", "尺码怎么选")["size"]; ok {
		t.Error("an article all of whose wordings are hidden is a candidate")
	}
	c = get("尺码", "")["size"]
	if c.Row[hybrid.CosineAnswer] != c.Row[hybrid.CosineMean] || c.Row[hybrid.WordsAnswer] != c.Row[hybrid.Words] || c.Row[hybrid.GramsAnswer] != c.Row[hybrid.Grams] {
		t.Errorf("an article without an answer: %+v", c.Row)
	}
}

func TestSimplify(t *testing.T) {
	x, err := hybrid.New(model(plain), hybrid.Options{
		Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: "test-encoder",
		Simplify: strings.NewReplacer("發", "发", "貨", "货", "時", "时").Replace,
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, x, "s", shop...)
	if h := search(t, x, "s", "什么時候發貨"); h[0].Article.ID != "ship" || h[0].Score != 0.99 {
		t.Errorf("traditional characters: %+v", h[0])
	}
}

func TestAdapterTurnsQueries(t *testing.T) {
	// The adapter sends the direction of one text onto another's.
	from, to := kbtest.Embed("啥情况"), kbtest.Embed("多久能寄出")
	rows := make([]float32, kbtest.Dimension*kbtest.Dimension)
	for i := range kbtest.Dimension {
		for j := range kbtest.Dimension {
			rows[i*kbtest.Dimension+j] = to[i] * from[j]
		}
	}
	a, err := hybrid.NewAdapter(kbtest.Dimension, rows)
	if err != nil {
		t.Fatal(err)
	}
	m := model(map[hybrid.Feature]float64{hybrid.Adapted: 10})
	m.Adapter = a
	x := open(t, m)
	put(t, x, "s", shop...)
	if h := search(t, x, "s", "啥情况"); h[0].Article.ID != "ship" || h[0].Score < 0.8 {
		t.Errorf("%+v", h[0])
	}
	params, file, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := hybrid.Decode(params, file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := back.Adapter.Apply(from)
	if err != nil || vector.Dot(got, to) < 0.9999 {
		t.Errorf("after a round trip the adapter gives cosine %v, %v", vector.Dot(got, to), err)
	}
	if _, err := a.Apply([]float32{1}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short embedding: %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	x := open(t, model(plain))
	put(t, x, "s", shop...)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 50 {
				search(t, x, "s", fmt.Sprintf("第%d个怎么发货", n))
				if err := x.SetModel(model(plain)); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			bot := fmt.Sprintf("bot%d", i) // one writer a bot
			for n := range 30 {
				put(t, x, bot, kb.Article{ID: "a", Question: fmt.Sprintf("问题%d", n), Answer: "答"})
				if h := search(t, x, bot, fmt.Sprintf("问题%d", n)); len(h) != 1 || h[0].Score != 0.99 {
					t.Errorf("right after Put: %+v", h)
				}
			}
		})
	}
	wg.Wait()
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"ＷｉＦｉ 怎么连？！": "wifi怎么连", "a\xffb": "ab", "😀": "", "①②": "12", "": "",
	} {
		if got := hybrid.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
	if got := hybrid.CharGrams("怎么 退?"); !cmp.Equal(got, []string{"怎", "怎么", "么", "么退", "退"}) {
		t.Errorf("grams %q", got)
	}
	if got := hybrid.CharGrams("?"); len(got) != 0 {
		t.Errorf("grams of no letters %q", got)
	}
}

// The log odds are those of the softmax with the outside choice, and the order
// of the probabilities is the order of the scores.
func TestLogOdds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := model(map[hybrid.Feature]float64{hybrid.Cosine: 1})
		m.None.Bias = rapid.Float64Range(-5, 20).Draw(r, "bias")
		m.None.Weights[hybrid.Bare].Weight = rapid.Float64Range(-5, 5).Draw(r, "bare")
		none := hybrid.NoneRow{rapid.Float64Range(0, 1).Draw(r, "is bare")}
		scores := rapid.SliceOfN(rapid.Float64Range(-50, 50), 1, 30).Draw(r, "scores")
		rows := make([]hybrid.Row, len(scores))
		sum := math.Exp(m.None.Bias + m.None.Weights[hybrid.Bare].Weight*none[hybrid.Bare])
		for i, s := range scores {
			rows[i][hybrid.Cosine] = s
			sum += math.Exp(s)
		}
		odds := m.LogOdds(rows, none, nil)
		for i, s := range scores {
			p := math.Exp(s) / sum
			got := 1 / (1 + math.Exp(-odds[i]))
			if math.IsNaN(got) || math.Abs(got-p) > 1e-9 {
				r.Fatalf("row %d: %v, want %v", i, got, p)
			}
			for j, u := range scores {
				if s > u+1e-9 && odds[i] < odds[j] {
					r.Fatalf("scores %v and %v changed order", s, u)
				}
			}
		}
	})
}

func TestOutsideChoiceReadsTheQuery(t *testing.T) {
	x, err := hybrid.New(model(plain), hybrid.Options{
		Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: "test-encoder", Stop: map[string]struct{}{"你": {}, "好的": {}, "的": {}, "你好": {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, x, "s", shop...)
	for text, want := range map[string]hybrid.NoneRow{
		"你好！": {hybrid.Bare: 1, hybrid.Short: 1 / math.Sqrt(3)}, "你发货": {hybrid.Short: 0.5}, "？": {hybrid.Bare: 1, hybrid.Short: 1},
		"好的，你的": {hybrid.Bare: 1, hybrid.Short: 1 / math.Sqrt(5)}, "你好好": {hybrid.Short: 0.5},
	} {
		pool, err := x.Candidates(t.Context(), phraser.Query("s", text), "")
		if err != nil {
			t.Fatal(err)
		}
		nearest := -1.0
		for _, c := range pool.Candidates {
			nearest = max(nearest, c.Row[hybrid.Cosine])
			if near := max(0, c.Row[hybrid.Cosine]-0.7); c.Row[hybrid.Near] != near {
				t.Errorf("%q: near is %v, want %v", text, c.Row[hybrid.Near], near)
			}
		}
		want[hybrid.Nearest] = nearest
		for f := range want { // the others have tests of their own
			if f != int(hybrid.Bare) && f != int(hybrid.Short) && f != int(hybrid.Nearest) {
				want[f] = pool.None[f]
			}
		}
		if d := cmp.Diff(want, pool.None, cmpopts.EquateApprox(0, 1e-12)); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
	m := model(plain)
	m.None.Weights[hybrid.Bare].Weight = 20
	if err := x.SetModel(m); err != nil {
		t.Fatal(err)
	}
	if h := search(t, x, "s", "你好"); h[0].Score > 0.01 {
		t.Errorf("a greeting is answered: %+v", h[0])
	}
}

// failing is a vector index that fails once err is set.
type failing struct {
	*vector.Index
	err error
}

func (f *failing) Search(ctx context.Context, bot string, e []float32, k int) ([]kb.VectorHit, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Index.Search(ctx, bot, e, k)
}

func (f *failing) Delete(ctx context.Context, bot string, owners []string) error {
	if f.err != nil {
		return f.err
	}
	return f.Index.Delete(ctx, bot, owners)
}
