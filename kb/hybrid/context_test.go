package hybrid_test

import (
	"context"
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

// joiner joins texts and remembers what it joined.
type joiner struct {
	joined []string
	err    error
}

func (j *joiner) Join(ctx context.Context, before, query string) (kb.Phrase, error) {
	j.joined = append(j.joined, before+"+"+query)
	if j.err != nil {
		return kb.Phrase{}, j.err
	}
	return phraser.Phrase(ctx, before+query)
}

var returns = []kb.Article{
	{ID: "return", Question: "如何退货", Answer: "七天内", Category: "退货"},
	{ID: "fee", Question: "退货的运费谁出", Answer: "无理由退货由买家出", Category: "退货"},
	{ID: "post", Question: "运费怎么算", Answer: "满 59 元包邮", Category: "配送"},
	{ID: "invoice", Question: "怎么开发票", Answer: "签收后申请", Category: "发票"},
}

func inContext(t *testing.T, m hybrid.Model, j kb.Contextualiser) *hybrid.Index {
	t.Helper()
	x, err := hybrid.New(m, hybrid.Options{
		Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: "test-encoder", Context: j, Stop: map[string]struct{}{"好": {}, "的": {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, x, "s", returns...)
	return x
}

// An elliptic question means what its topic makes of it.
func TestFollowUp(t *testing.T) {
	j := &joiner{}
	x := inContext(t, model(map[hybrid.Feature]float64{hybrid.Cosine: 4, hybrid.Joined: 20, hybrid.TopicCategory: 1, hybrid.OnTopic: -10}), j)
	q := phraser.Query("s", "那运费呢")
	alone, err := x.Search(t.Context(), q)
	if err != nil || alone[0].Article.ID != "post" || len(j.joined) != 0 {
		t.Fatalf("alone: %v, %v, joined %q", alone[0].Article.ID, err, j.joined)
	}
	q.Topic.Article, q.Explain = "return", true
	after, err := x.Search(t.Context(), q)
	if err != nil || after[0].Article.ID != "fee" {
		t.Fatalf("after the topic: %v, %v", after[0].Article.ID, err)
	}
	if len(j.joined) != 1 || j.joined[0] != "如何退货+那运费呢" {
		t.Errorf("joined %q", j.joined)
	}
	if w := after[0].Why; w.Followed != "如何退货" || !strings.Contains(w.Text, "承接上文“如何退货”") {
		t.Errorf("%+v", w)
	}
	// Without an article the message before stands in.
	q.Topic = kb.Topic{}
	q.Previous = "我想退货"
	if hits, err := x.Search(t.Context(), q); err != nil || hits[0].Article.ID != "fee" || j.joined[1] != "我想退货+那运费呢" {
		t.Errorf("after a message: %v, %v, joined %q", hits, err, j.joined)
	}
}

func TestFollowUpFeatures(t *testing.T) {
	x := inContext(t, model(plain), &joiner{})
	q := phraser.Query("s", "那运费呢")
	q.Topic.Article = "return"
	pool, err := x.Candidates(t.Context(), q, "")
	if err != nil {
		t.Fatal(err)
	}
	best, alone := -1.0, -1.0
	for _, c := range pool.Candidates {
		best, alone = max(best, c.Row[hybrid.Joined]), max(alone, c.Row[hybrid.Alone])
		wantTopic, wantCategory := 0.0, 0.0
		switch c.ID {
		case "return":
			wantTopic = 1
		case "fee":
			wantCategory = 1
		}
		if c.Row[hybrid.OnTopic] != wantTopic || c.Row[hybrid.TopicCategory] != wantCategory {
			t.Errorf("%s: on topic %v, category %v", c.ID, c.Row[hybrid.OnTopic], c.Row[hybrid.TopicCategory])
		}
	}
	if best != 0 || alone != 0 || pool.None[hybrid.Follows] != 1 || pool.Followed != "如何退货" {
		t.Errorf("best joined %v, alone %v, %+v", best, alone, pool.None)
	}
}

// Only what may need its context is joined, and pays for it.
func TestWhatIsNotJoined(t *testing.T) {
	j := &joiner{}
	x := inContext(t, model(plain), j)
	for text, joins := range map[string]bool{
		"那运费呢": true, "多久": true, "好的好的": false, "？？": false,
		"我上个月在你们店里买的鞋子现在还能退货吗": false,
		"那如果是质量不好的话运费是谁来出":     false, "那质量不好运费是谁出": true,
	} {
		j.joined = nil
		q := phraser.Query("s", text)
		q.Topic.Article = "return"
		if _, err := x.Search(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if got := len(j.joined) == 1; got != joins {
			t.Errorf("%q: joined %q", text, j.joined)
		}
	}
	for name, q := range map[string]kb.Query{"unknown topic": {Topic: kb.Topic{Article: "gone"}}, "blank message": {Previous: " 。"}} {
		j.joined = nil
		full := phraser.Query("s", "那运费呢")
		full.Topic, full.Previous = q.Topic, q.Previous
		if _, err := x.Search(t.Context(), full); err != nil || len(j.joined) != 0 {
			t.Errorf("%s: joined %q, %v", name, j.joined, err)
		}
	}
	j.err = fault.New(fault.Busy, "the encoder is busy")
	q := phraser.Query("s", "那运费呢")
	q.Topic.Article = "return"
	if _, err := x.Search(t.Context(), q); !fault.Is(err, fault.Busy) {
		t.Errorf("a joiner that fails: %v", err)
	}
	j.err, j.joined = nil, nil
	q.Topic.Article = ""
	q.Previous = strings.Repeat("长", 200)
	if _, err := x.Search(t.Context(), q); err != nil || len([]rune(j.joined[0])) != 60+1+4 {
		t.Errorf("a long message before: %q, %v", j.joined, err)
	}
}

// fixed is a prior by article.
type fixed map[string]float64

func (f fixed) Prior(_, article string) float64 { return f[article] }

func TestPriorIsBounded(t *testing.T) {
	m := model(plain)
	m.PriorWeight = 0.5
	prior := fixed{}
	x, err := hybrid.New(m, hybrid.Options{Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: "test-encoder", Prior: prior})
	if err != nil {
		t.Fatal(err)
	}
	put(t, x, "s", returns...)
	q := phraser.Query("s", "运费")
	q.Explain = true
	odds := func(id string) float64 {
		hits, err := x.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hits {
			if h.Article.ID == id {
				if want := m.Bounded(prior[id]); h.Why.Prior != want {
					t.Errorf("the explanation says %v, want %v", h.Why.Prior, want)
				}
				return h.Why.LogOdds
			}
		}
		t.Fatalf("%s is not found", id)
		return 0
	}
	none := odds("fee")
	prior["fee"] = 0.4
	some := odds("fee")
	prior["fee"] = 1
	full := odds("fee")
	prior["fee"] = 100
	if more := odds("fee"); more != full || some-none < 0.199 || some-none > 0.201 || full-none > 0.5001 {
		t.Errorf("log odds %v, %v, %v, %v", none, some, full, more)
	}
	if m.Bounded(-100) != -0.5 {
		t.Errorf("a bad prior is %v", m.Bounded(-100))
	}
}
