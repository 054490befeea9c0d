package hybrid

import (
	"context"
	"math"
	"slices"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// check refuses queries that the index cannot compare with its vectors.
func (x *Index) check(q kb.Query) error {
	if q.EncoderID != x.opts.Encoder {
		return fault.New(fault.Conflict, "the query was encoded by %q, the index holds vectors of %q; index the articles again with the new encoder", q.EncoderID, x.opts.Encoder)
	}
	if len(q.Embedding) == 0 {
		return fault.New(fault.Invalid, "the query has no embedding")
	}
	return nil
}

// Candidates returns the articles that are worth judging, with their features.
// Wordings whose text is except (when not empty) are treated as if
// the knowledge base did not have them: the trainer asks an article's own
// wording as a question. A query of another encoder is fault.Conflict.
func (x *Index) Candidates(ctx context.Context, q kb.Query, except string) (Pool, error) {
	if err := x.check(q); err != nil {
		return Pool{}, err
	}
	adapted := q.Embedding
	if a := x.model.Load().Adapter; a != nil {
		var err error
		if adapted, err = a.Apply(q.Embedding); err != nil {
			return Pool{}, err
		}
	}
	folded := x.fold(q.Text)
	cut := grams(folded)
	joined, before, follows, err := x.follow(ctx, q, folded)
	if err != nil {
		return Pool{}, err
	}
	embeddings := [][]float32{q.Embedding}
	if &adapted[0] != &q.Embedding[0] {
		embeddings = append(embeddings, adapted)
	}
	if follows {
		embeddings = append(embeddings, joined.Embedding)
	}
	owners, err := x.gather(ctx, q, embeddings, cut)
	if err != nil {
		return Pool{}, err
	}
	pool := Pool{Followed: before}
	var ids []string
	index := map[string]int{}
	hidden := map[string]bool{}
	x.mu.RLock()
	for _, id := range owners {
		e := x.bots[q.Bot][id]
		if e == nil || !e.article.ValidAt(q.At) {
			continue
		}
		if except != "" && !hide(e, except, hidden) {
			continue
		}
		index[id] = len(ids)
		ids = append(ids, id)
		c := Candidate{ID: id, Exact: except == "" && folded != "" && slices.Contains(e.folded, folded), entry: e}
		if x.opts.Prior != nil {
			c.Prior = x.opts.Prior.Prior(q.Bot, id)
		}
		pool.Candidates = append(pool.Candidates, c)
	}
	x.mu.RUnlock()
	out := pool.Candidates
	if len(out) == 0 {
		return Pool{}, nil
	}
	if err := x.cosines(ctx, q.Bot, q.Embedding, ids, hidden, index, out, Cosine); err != nil {
		return Pool{}, err
	}
	if x.model.Load().Adapter == nil {
		for i := range out {
			copy(out[i].Row[Adapted:Adapted+3], out[i].Row[Cosine:Cosine+3])
		}
	} else if err := x.cosines(ctx, q.Bot, adapted, ids, hidden, index, out, Adapted); err != nil {
		return Pool{}, err
	}
	if err := x.shares(ctx, q, cut, ids, hidden, &pool); err != nil {
		return Pool{}, err
	}
	x.others(q, folded, &pool)
	if follows {
		err = x.following(ctx, q, joined, ids, hidden, index, &pool)
	}
	return pool, err
}

// bare reports whether a folded text is nothing but stop words, the longest
// taken first: 好的谢谢 is, whatever words a segmenter finds in it.
func (x *Index) bare(folded string) bool {
	runes := []rune(folded)
	for len(runes) > 0 {
		n := min(x.longestStop, len(runes))
		for ; n > 0; n-- {
			if _, stop := x.opts.Stop[string(runes[:n])]; stop {
				break
			}
		}
		if n == 0 {
			return false
		}
		runes = runes[n:]
	}
	return true
}

// hide notes the keys of e's wordings whose text is except, and reports
// whether any other wording is left.
func hide(e *entry, except string, hidden map[string]bool) bool {
	left := false
	for n, text := range e.article.Phrasings() {
		if text == except {
			hidden[wordingKey(e.article.ID, n)] = true
		} else {
			left = true
		}
	}
	return left
}

// gather returns the ids of articles that some index finds, sorted.
func (x *Index) gather(ctx context.Context, q kb.Query, embeddings [][]float32, cut []string) ([]string, error) {
	found := map[string]bool{}
	for _, e := range embeddings {
		hits, err := x.opts.Vectors.Search(ctx, q.Bot, e, x.opts.Near)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			found[h.Owner] = true
		}
	}
	if err := x.gatherWords(ctx, q, cut, found); err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(found))
	for id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}

// gatherWords adds the ids of articles that words or grams find.
func (x *Index) gatherWords(ctx context.Context, q kb.Query, cut []string, found map[string]bool) error {
	byWords, err := x.words.Search(ctx, q.Bot, q.Terms, x.opts.Alike)
	if err != nil {
		return err
	}
	byGrams, err := x.grams.Search(ctx, q.Bot, cut, x.opts.Alike)
	if err != nil {
		return err
	}
	for _, h := range append(byWords, byGrams...) {
		found[h.Owner] = true
	}
	return nil
}

// cosines fills the three cosine features from first on.
func (x *Index) cosines(ctx context.Context, bot string, embedding []float32, ids []string, hidden map[string]bool, index map[string]int, out []Candidate, first Feature) error {
	hits, err := x.opts.Vectors.Cosines(ctx, bot, embedding, ids)
	if err != nil {
		return err
	}
	sums := make([]float64, len(out))
	counts := make([]int, len(out))
	for i := range out {
		out[i].Row[first], out[i].Row[first+2] = -1, math.NaN()
	}
	for _, h := range hits {
		i, ok := index[h.Owner]
		if !ok || hidden[h.Key] {
			continue
		}
		row := &out[i].Row
		n, wording := wordingOf(h)
		if !wording {
			row[first+2] = h.Cosine
			continue
		}
		sums[i] += h.Cosine
		counts[i]++
		if h.Cosine > row[first] || h.Cosine == row[first] && n < out[i].Wording {
			row[first] = h.Cosine
			if first == Cosine {
				out[i].Wording = n
			}
		}
	}
	for i := range out {
		row := &out[i].Row
		if counts[i] > 0 {
			row[first+1] = sums[i] / float64(counts[i])
		}
		if math.IsNaN(row[first+2]) {
			row[first+2] = row[first+1]
		}
	}
	return nil
}
