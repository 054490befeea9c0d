package hybrid_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/lexical"
	"github.com/yingda/yingda/kb/vector"
)

// texts draws short Chinese texts that share characters with each other.
func texts(string) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune("发货退款票尺码运费怎么多久")), 2, 8, -1)
}

// fill puts entries into x without a testing.T, for property tests.
func fill(x *hybrid.Index, bot string, articles []kb.Article) error {
	prepared := map[string]kb.Phrase{}
	for _, a := range articles {
		for _, s := range hybrid.Texts(a) {
			p, err := phraser.Phrase(context.Background(), s)
			if err != nil {
				return err
			}
			prepared[s] = p
		}
	}
	return x.Put(context.Background(), bot, hybrid.Entries(articles, prepared))
}

// share is a text's best BM25 among documents, as a part of the query's own score.
func share(docs map[string][]string, owners []string, owner string, query []string) (float64, error) {
	x := lexical.New(lexical.Options{})
	var all []kb.Document
	for i, o := range owners {
		all = append(all, kb.Document{Key: fmt.Sprint(i), Owner: o, Bot: "b", Terms: docs[fmt.Sprint(i)]})
	}
	if err := x.Upsert(context.Background(), all); err != nil {
		return 0, err
	}
	s, err := x.Score(context.Background(), "b", query, []string{owner}, nil)
	return s.Best[0] / s.Self, err
}

// Every feature of every candidate is what its definition says.
func TestFeaturesAgainstTheirDefinitions(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x, err := hybrid.New(model(plain), hybrid.Options{Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: "test-encoder"})
		if err != nil {
			r.Fatal(err)
		}
		articles := make([]kb.Article, rapid.IntRange(1, 6).Draw(r, "articles"))
		for i := range articles {
			articles[i] = kb.Article{
				ID: fmt.Sprintf("a%d", i), Question: texts("question").Draw(r, "question"),
				Similar: rapid.SliceOfN(texts("similar"), 0, 3).Draw(r, "similar"), Answer: texts("answer").Draw(r, "answer"),
			}
		}
		if err := fill(x, "b", articles); err != nil {
			r.Fatal(err)
		}
		text := texts("query").Draw(r, "query")
		pool, err := x.Candidates(context.Background(), phraser.Query("b", text), "")
		if err != nil {
			r.Fatal(err)
		}
		candidates := pool.Candidates
		if len(candidates) != len(articles) {
			r.Fatalf("%d candidates of %d articles", len(candidates), len(articles))
		}
		words, grams, answers := map[string][]string{}, map[string][]string{}, map[string][]string{}
		var owners, all []string
		for i, a := range articles {
			for _, p := range a.Phrasings() {
				n := fmt.Sprint(len(owners))
				words[n], grams[n] = phraser.Terms(p), hybrid.CharGrams(p)
				owners = append(owners, a.ID)
			}
			answers[fmt.Sprint(i)] = hybrid.CharGrams(a.Answer)
			all = append(all, a.ID)
		}
		for i, c := range candidates {
			a := articles[i]
			best, sum := -1.0, 0.0
			for _, p := range a.Phrasings() {
				d := float64(vector.Dot(kbtest.Embed(p), kbtest.Embed(text)))
				best = max(best, d)
				sum += d
			}
			wantWords, err := share(words, owners, a.ID, phraser.Terms(text))
			if err != nil {
				r.Fatal(err)
			}
			wantGrams, err := share(grams, owners, a.ID, hybrid.CharGrams(text))
			if err != nil {
				r.Fatal(err)
			}
			wantAnswer, err := share(answers, all, a.ID, hybrid.CharGrams(text))
			if err != nil {
				r.Fatal(err)
			}
			for f, want := range map[hybrid.Feature]float64{
				hybrid.Cosine: best, hybrid.CosineMean: sum / float64(len(a.Phrasings())),
				hybrid.CosineAnswer: float64(vector.Dot(kbtest.Embed(a.Answer), kbtest.Embed(text))),
				hybrid.Adapted:      best, hybrid.Words: wantWords, hybrid.Grams: wantGrams, hybrid.GramsAnswer: wantAnswer,
			} {
				if math.Abs(c.Row[f]-want) > 1e-5 {
					r.Fatalf("%s of %+v for %q is %v, want %v", f, a, text, c.Row[f], want)
				}
			}
			if c.Exact != slices.Contains(a.Phrasings(), text) {
				r.Fatalf("exact is %v for %q against %q", c.Exact, text, a.Phrasings())
			}
		}
	})
}

// After any sequence of changes every wording finds its article and nothing
// that was deleted comes back.
func TestIndexAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x, err := hybrid.New(model(plain), hybrid.Options{Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: "test-encoder"})
		if err != nil {
			r.Fatal(err)
		}
		state := map[string]kb.Article{}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			id := fmt.Sprintf("a%d", rapid.IntRange(0, 5).Draw(r, "id"))
			if rapid.IntRange(0, 3).Draw(r, "op") == 0 {
				if err := x.Delete(context.Background(), "b", []string{id}); err != nil {
					r.Fatal(err)
				}
				delete(state, id)
				continue
			}
			a := kb.Article{ID: id, Question: id + texts("question").Draw(r, "question"), Answer: rapid.SampledFrom([]string{"", "答案", "。"}).Draw(r, "answer")}
			for _, s := range rapid.SliceOfN(texts("similar"), 0, 3).Draw(r, "similar") {
				a.Similar = append(a.Similar, id+s)
			}
			if err := fill(x, "b", []kb.Article{a}); err != nil {
				r.Fatal(err)
			}
			state[id] = a
		}
		if x.Len("b") != len(state) {
			r.Fatalf("%d articles, want %d", x.Len("b"), len(state))
		}
		for id, a := range state {
			for _, p := range a.Phrasings() {
				hits, err := x.Search(context.Background(), phraser.Query("b", p))
				if err != nil {
					r.Fatal(err)
				}
				if len(hits) == 0 || hits[0].Article.ID != id || hits[0].Score != 0.99 {
					r.Fatalf("%q finds %+v, want %s", p, hits, id)
				}
				for _, h := range hits {
					if _, ok := state[h.Article.ID]; !ok {
						r.Fatalf("%q finds %s, which was deleted", p, h.Article.ID)
					}
				}
			}
		}
	})
}

// Judging is a distribution before calibration, whatever the rows are.
func TestJudgeIsMonotone(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := model(plain)
		m.Calibration.Slope = rapid.Float64Range(0.1, 3).Draw(r, "slope")
		m.Calibration.Bias = rapid.Float64Range(-3, 3).Draw(r, "bias")
		candidates := make([]hybrid.Candidate, rapid.IntRange(1, 20).Draw(r, "n"))
		for i := range candidates {
			candidates[i].Row[hybrid.Cosine] = rapid.Float64Range(-1, 1).Draw(r, "cosine")
			candidates[i].Row[hybrid.Words] = rapid.Float64Range(0, 1).Draw(r, "words")
		}
		p := m.Judge(hybrid.Pool{Candidates: candidates})
		score := func(i int) float64 { return 10*candidates[i].Row[hybrid.Cosine] + 2*candidates[i].Row[hybrid.Words] }
		for i := range p {
			if math.IsNaN(p[i]) || p[i] < 0 || p[i] > 1 {
				r.Fatalf("probability %v", p[i])
			}
			for j := range p {
				if score(i) > score(j)+1e-9 && p[i] < p[j] {
					r.Fatalf("candidate %d scores more than %d and is judged %v against %v", i, j, p[i], p[j])
				}
			}
		}
	})
}
