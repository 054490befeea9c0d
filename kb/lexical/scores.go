package lexical

import (
	"context"
	"math"
)

// Scores is how well the documents of some owners match a query.
type Scores struct {
	// Self is the score the query would get as its own document; positive.
	Self float64
	// Best is each owner's best BM25 score, in the order of the owners asked
	// for; 0 for owners that share no term or are not indexed.
	Best []float64
	// Has says which of them have a document at all that counts.
	Has []bool

	// Terms are the query's distinct terms, in order, and Counts how many of
	// the bot's Size documents hold each.
	Terms  []string
	Counts []int
	Size   int
	held   []uint64 // owner by owner, a bit a term
}

// Held reports whether a document of the owner at place i holds the term at place t.
func (s Scores) Held(i, t int) bool {
	return s.held[i*s.stride()+t/64]&(1<<(t%64)) != 0
}

func (s Scores) stride() int { return (len(s.Terms) + 63) / 64 }

// IDF is the weight of the term at place t, as BM25 has it.
func (s Scores) IDF(t int) float64 { return IDF(s.Counts[t], s.Size) }

// IDF is the inverse document frequency of a term that n of size documents
// hold, in the form that is never negative (Lucene's).
func IDF(n, size int) float64 {
	return math.Log(1 + (float64(size-n)+0.5)/(float64(n)+0.5))
}

// Score rates the documents of the given owners. Documents whose key is
// in except are passed over (nil: none); the trainers of the fusion leave out
// the wording that is the query itself.
func (x *Index) Score(ctx context.Context, bot string, terms []string, owners []string, except map[string]bool) (Scores, error) {
	out := Scores{Self: 1, Best: make([]float64, len(owners)), Has: make([]bool, len(owners))}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	terms = x.opts.keep(terms)
	counts := make(map[string]int, len(terms))
	for _, t := range terms {
		if counts[t]++; counts[t] == 1 {
			out.Terms = append(out.Terms, t)
		}
	}
	out.Counts = make([]int, len(out.Terms))
	out.held = make([]uint64, len(owners)*out.stride())
	b := x.bot(bot, false)
	if b == nil {
		return out, nil
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	mean := b.mean()

	type known struct {
		idf   float64
		place int
	}
	weights := make(map[int32]known, len(counts))
	self := 0.0
	out.Size = b.size()
	for place, t := range out.Terms { // in order, so that equal queries give equal sums
		if id, ok := b.ids[t]; ok {
			out.Counts[place] = len(b.lists[id])
			if out.Counts[place] > 0 {
				weights[id] = known{b.idf(out.Counts[place]), place}
			}
		}
		self += b.idf(out.Counts[place]) * x.saturate(float64(counts[t]), float64(len(terms)), mean)
	}
	if self > 0 {
		out.Self = self
	}
	stride := out.stride()
	for i, owner := range owners {
		for _, slot := range b.owners[owner] {
			d := &b.docs[slot]
			if except[d.key] {
				continue
			}
			out.Has[i] = true
			score := 0.0
			for _, t := range d.terms {
				if w, ok := weights[t.term]; ok {
					score += w.idf * x.saturate(float64(t.count), float64(d.length), mean)
					out.held[i*stride+w.place/64] |= 1 << (w.place % 64)
				}
			}
			out.Best[i] = max(out.Best[i], score)
		}
	}
	return out, nil
}
