package hybrid

import (
	"cmp"
	"context"
	"slices"

	"github.com/yingda/yingda/kb"
)

// defaultLimit is how many hits a Query without a Limit gets.
const defaultLimit = 5

// Search implements kb.Retriever: the candidates in the order of their
// probability. Articles not valid at q.At are neither returned nor weighed
// against the others. While the vector index is unavailable, articles are found
// by words alone, which the hits say: none of them is better than a suggestion
// unless the query is one of its wordings.
func (x *Index) Search(ctx context.Context, q kb.Query) ([]kb.Hit, error) {
	pool, err := x.Candidates(ctx, q, "")
	if absent(err) {
		return x.byWords(ctx, q)
	}
	candidates := pool.Candidates
	if err != nil || len(candidates) == 0 {
		return nil, err
	}
	m := x.model.Load()
	p, logOdds := m.judge(pool)
	own := x.Thresholds(q.Bot)
	order := make([]int, len(candidates))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(p[j], p[i]), cmp.Compare(candidates[i].ID, candidates[j].ID))
	})
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	hits := make([]kb.Hit, 0, min(limit, len(order)))
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, i := range order {
		if len(hits) == limit {
			break
		}
		c := candidates[i]
		e := x.bots[q.Bot][c.ID]
		if e == nil {
			continue // deleted while the search ran
		}
		t := own.of(e.article)
		hit := kb.Hit{
			Article: e.article, Phrase: e.article.Question, Score: p[i], Band: t.Band(p[i]),
			Cosine: c.Row[Cosine], Lexical: c.Lexical,
		}
		if w := c.Wording; w > 0 && w <= len(e.article.Similar) {
			hit.Phrase = e.article.Similar[w-1]
		}
		if q.Explain {
			hit.Why = m.explain(pool, i, logOdds[i], hit, t)
		}
		hits = append(hits, hit)
	}
	return hits, nil
}

// Thresholds are those that divide a bot's hits into bands: for the share of
// wrong answers that it accepts, else the model's own. An article with a
// threshold of its own has that.
func (x *Index) Thresholds(bot string) Thresholds {
	m := x.model.Load()
	if x.opts.Risk == nil {
		return m.Thresholds
	}
	return m.ForRisk(x.opts.Risk(bot))
}

// of returns the thresholds with an article's own in the answer's place.
func (t Thresholds) of(a kb.Article) Thresholds {
	if a.AnswerAt > 0 {
		t.Answer = min(a.AnswerAt, 1)
		t.Suggest = min(t.Suggest, t.Answer)
	}
	return t
}
