package hybrid_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

// cities finds two cities.
func cities(text string) []kb.Entity {
	var out []kb.Entity
	for _, c := range []string{"杭州", "广州"} {
		if strings.Contains(text, c) {
			out = append(out, kb.Entity{Type: "city", Value: c})
		}
	}
	return out
}

func TestExplain(t *testing.T) {
	x, err := hybrid.New(model(map[hybrid.Feature]float64{hybrid.Cosine: 8, hybrid.Cover: 3, hybrid.EntityAgree: 2, hybrid.EntityClash: -2}), hybrid.Options{
		Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: "test-encoder", Extract: cities,
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, x, "s",
		kb.Article{ID: "hz", Question: "杭州门店在哪里", Similar: []string{"杭州的店怎么走"}, Answer: "西溪路"},
		kb.Article{ID: "gz", Question: "广州门店在哪里", Answer: "天河路"},
		kb.Article{ID: "tax", Question: "怎么开发票", Answer: "签收后申请"})
	q := phraser.Query("s", "杭州的店在哪")
	q.Entities = cities(q.Text)
	plainHits, err := x.Search(t.Context(), q)
	if err != nil || plainHits[0].Why != nil {
		t.Fatalf("explained without being asked: %+v, %v", plainHits[0].Why, err)
	}
	q.Explain = true
	hits, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	why := hits[0].Why
	if hits[0].Article.ID != "hz" || why == nil {
		t.Fatalf("%+v", hits[0])
	}
	if !slices.IsSortedFunc(why.Parts, func(a, b kb.Part) int {
		if math.Abs(a.LogOdds) > math.Abs(b.LogOdds) {
			return -1
		}
		return 0
	}) {
		t.Errorf("the greatest part does not come first: %+v", why.Parts)
	}
	part := func(w *kb.Why, f hybrid.Feature) float64 {
		for _, p := range w.Parts {
			if p.Feature == f.String() {
				return p.LogOdds
			}
		}
		return 0
	}
	if part(why, hybrid.EntityAgree) <= 0 || part(why, hybrid.Cosine) <= 0 {
		t.Errorf("%+v", why.Parts)
	}
	if len(why.Terms) == 0 || why.Terms[0].IDF < why.Terms[len(why.Terms)-1].IDF {
		t.Errorf("terms %+v", why.Terms)
	}
	for _, want := range []string{"语义相近", "词“", "所提地点、尺码等 +", "答对概率"} {
		if !strings.Contains(why.Text, want) {
			t.Errorf("the text lacks %q: %s", want, why.Text)
		}
	}
	sum, other := 0.0, 0.0 // what sets two hits apart is their parts
	for _, p := range why.Parts {
		sum += p.LogOdds
	}
	var gz kb.Hit
	for _, h := range hits {
		if h.Article.ID == "gz" {
			gz = h
		}
	}
	for _, p := range gz.Why.Parts {
		other += p.LogOdds
	}
	if part(gz.Why, hybrid.EntityClash) >= 0 || sum <= other {
		t.Errorf("hz %v, gz %v: %+v", sum, other, gz.Why.Parts)
	}
	exact := phraser.Query("s", "怎么开发票？")
	exact.Explain = true
	if hits, err = x.Search(t.Context(), exact); err != nil || !strings.Contains(hits[0].Why.Text, "说法相同") {
		t.Errorf("%s, %v", hits[0].Why.Text, err)
	}
}

// What wordings and answer hold together of a query.
func TestCover(t *testing.T) {
	x := open(t, model(plain))
	put(t, x, "s", kb.Article{ID: "a", Question: "运费", Similar: []string{"谁出"}, Answer: "买家"}, kb.Article{ID: "b", Question: "发票", Answer: "专票"})
	pool, err := x.Candidates(t.Context(), phraser.Query("s", "运费谁出买家"), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range pool.Candidates {
		switch {
		case c.ID == "a" && (c.Row[hybrid.Cover] <= c.Row[hybrid.Grams] || c.Row[hybrid.Cover] >= 1):
			t.Errorf("a covers %v, its best wording %v", c.Row[hybrid.Cover], c.Row[hybrid.Grams])
		case c.ID == "b" && c.Row[hybrid.Cover] != 0:
			t.Errorf("b covers %v", c.Row[hybrid.Cover])
		}
	}
	if pool.None[hybrid.BestCover] != pool.Candidates[0].Row[hybrid.Cover] {
		t.Errorf("best cover %v", pool.None[hybrid.BestCover])
	}
}

func TestQuestionWords(t *testing.T) {
	x := open(t, model(plain))
	put(t, x, "s", shop...)
	for text, want := range map[string][]hybrid.NoneFeature{
		"怎么退": {hybrid.AsksHow}, "多久能发？": {hybrid.AsksWhen, hybrid.AsksWhether}, "给退不？": {hybrid.AsksWhether}, "不给退": nil,
		"运费多少": {hybrid.AsksMuch}, "为啥没到": {hybrid.AsksWhy, hybrid.Negates}, "谁来": {hybrid.AsksWho}, "哪些行": {hybrid.AsksWhat},
	} {
		pool, err := x.Candidates(t.Context(), phraser.Query("s", text), "")
		if err != nil {
			t.Fatal(err)
		}
		for f := hybrid.AsksHow; f <= hybrid.Negates; f++ {
			if got := pool.None[f] == 1; got != slices.Contains(want, f) {
				t.Errorf("%q: %s is %v", text, f, got)
			}
		}
	}
}
