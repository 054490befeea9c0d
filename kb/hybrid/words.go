package hybrid

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// How probable a hit is that was found by words alone: the logistic function of
// these, by the rank of the hit and by how far that is above the next one's.
// They were fitted on the first hits of the messages to the bases of
// training-data/faq/held; TestWordsAreCalibrated measures them there.
const (
	wordsBias = -2.6
	wordsRank = 2.8
	wordsLead = 4.1
)

// absent reports that the vector index does not answer for now.
func absent(err error) bool { return fault.Is(err, fault.Unavailable) }

// byWords is Search without the vector index. No hit is better than a
// suggestion, unless the query is one of its wordings.
func (x *Index) byWords(ctx context.Context, q kb.Query) ([]kb.Hit, error) {
	folded := x.fold(q.Text)
	candidates, err := x.wordCandidates(ctx, q, folded)
	if err != nil {
		return nil, err
	}
	return x.wordHits(q, folded, candidates), nil
}

// byWordRank is what candidates without cosines are ordered by, after those
// whose wording the query is.
func (c Candidate) byWordRank() float64 { return c.Row[Words] + c.Row[Grams] }

// wordCandidates are the articles that words or grams find, best first, with
// their lexical features.
func (x *Index) wordCandidates(ctx context.Context, q kb.Query, folded string) ([]Candidate, error) {
	cut := grams(folded)
	found := map[string]bool{}
	if err := x.gatherWords(ctx, q, cut, found); err != nil {
		return nil, err
	}
	var pool Pool
	var ids []string
	x.mu.RLock()
	for _, id := range slices.Sorted(maps.Keys(found)) {
		e := x.bots[q.Bot][id]
		if e == nil || !e.article.ValidAt(q.At) {
			continue
		}
		ids = append(ids, id)
		pool.Candidates = append(pool.Candidates, Candidate{ID: id, Exact: folded != "" && slices.Contains(e.folded, folded), entry: e})
	}
	x.mu.RUnlock()
	if err := x.shares(ctx, q, cut, ids, nil, &pool); err != nil {
		return nil, err
	}
	slices.SortFunc(pool.Candidates, func(a, b Candidate) int {
		if a.Exact != b.Exact {
			if a.Exact {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.byWordRank(), a.byWordRank()), cmp.Compare(a.ID, b.ID))
	})
	return pool.Candidates, nil
}

// wordProbability is the probability of the candidate at a place.
func wordProbability(candidates []Candidate, at int) float64 {
	rank, lead := candidates[at].byWordRank(), 0.0
	if at == 0 { // what stands behind another leads nobody
		lead = rank
		if len(candidates) > 1 {
			lead = max(0, rank-candidates[1].byWordRank())
		}
	}
	return 1 / (1 + math.Exp(-(wordsBias + wordsRank*rank + wordsLead*lead)))
}

// wordHits judges candidates without cosines.
func (x *Index) wordHits(q kb.Query, folded string, candidates []Candidate) []kb.Hit {
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	m, own := x.model.Load(), x.Thresholds(q.Bot)
	exact := 0
	for _, c := range candidates {
		if c.Exact {
			exact++
		}
	}
	bare := x.bare(folded)
	hits := make([]kb.Hit, 0, min(limit, len(candidates)))
	for i, c := range candidates[:min(limit, len(candidates))] {
		p := wordProbability(candidates, i)
		t := own.of(c.entry.article)
		band := t.Band(p)
		switch {
		case c.Exact:
			p = m.Exact / float64(exact)
			band = t.Band(p)
		case bare:
			p, band = 0, kb.Abstain
		case band == kb.Answer:
			band = kb.Suggest
		}
		hits = append(hits, kb.Hit{
			Article: c.entry.article, Phrase: c.entry.article.Question, Score: p, Band: band, Lexical: c.Lexical, Degraded: true,
		})
	}
	return hits
}
