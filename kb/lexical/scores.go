package lexical

import "context"

// Scores is how well the documents of some owners match a query.
type Scores struct {
	// Self is the score the query would get as its own document; positive.
	Self float64
	// Best is each owner's best BM25 score, in the order of the owners asked
	// for; 0 for owners that share no term or are not indexed.
	Best []float64
	// Has says which of them have a document at all that counts.
	Has []bool
}

// Score rates the documents of the given owners. Documents whose key is
// in except are passed over (nil: none); the trainers of the fusion leave out
// the wording that is the query itself.
func (x *Index) Score(ctx context.Context, bot string, terms []string, owners []string, except map[string]bool) (Scores, error) {
	out := Scores{Self: 1, Best: make([]float64, len(owners)), Has: make([]bool, len(owners))}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	b := x.bot(bot, false)
	if b == nil {
		return out, nil
	}
	terms = x.opts.keep(terms)
	b.mu.RLock()
	defer b.mu.RUnlock()
	mean := b.mean()

	counts := make(map[string]int, len(terms))
	for _, t := range terms {
		counts[t]++
	}
	weights := make(map[int32]float64, len(counts))
	self := 0.0
	for _, t := range terms { // in order, so that equal queries give equal sums
		n := counts[t]
		if n == 0 {
			continue
		}
		counts[t] = 0
		held := 0
		id, ok := b.ids[t]
		if ok {
			held = len(b.lists[id])
		}
		idf := b.idf(held)
		if held > 0 {
			weights[id] = idf
		}
		self += idf * x.saturate(float64(n), float64(len(terms)), mean)
	}
	if self > 0 {
		out.Self = self
	}
	for i, owner := range owners {
		for _, slot := range b.owners[owner] {
			d := &b.docs[slot]
			if except[d.key] {
				continue
			}
			out.Has[i] = true
			score := 0.0
			for _, t := range d.terms {
				if idf, ok := weights[t.term]; ok {
					score += idf * x.saturate(float64(t.count), float64(d.length), mean)
				}
			}
			out.Best[i] = max(out.Best[i], score)
		}
	}
	return out, nil
}
