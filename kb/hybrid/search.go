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
// against the others.
func (x *Index) Search(ctx context.Context, q kb.Query) ([]kb.Hit, error) {
	pool, err := x.Candidates(ctx, q, "")
	candidates := pool.Candidates
	if err != nil || len(candidates) == 0 {
		return nil, err
	}
	m := x.model.Load()
	p := m.Judge(pool)
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
		hit := kb.Hit{
			Article: e.article, Phrase: e.article.Question, Score: p[i], Band: m.Band(p[i]),
			Cosine: c.Row[Cosine], Lexical: c.Lexical,
		}
		if w := c.Wording; w > 0 && w <= len(e.article.Similar) {
			hit.Phrase = e.article.Similar[w-1]
		}
		hits = append(hits, hit)
	}
	return hits, nil
}
