package lexical

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Index implements kb.LexicalIndex, and scores given owners for a Retriever
// that found them by other means.
type Index struct {
	opts Options

	mu   sync.RWMutex
	bots map[string]*bot

	pool sync.Pool // *[]float64, all zero
}

var _ kb.LexicalIndex = (*Index)(nil)

// New returns an empty index.
func New(opts Options) *Index {
	return &Index{opts: opts.withDefaults(), bots: map[string]*bot{}}
}

func (x *Index) bot(name string, create bool) *bot {
	x.mu.RLock()
	b := x.bots[name]
	x.mu.RUnlock()
	if b != nil || !create {
		return b
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if b = x.bots[name]; b == nil {
		b = newBot()
		x.bots[name] = b
	}
	return b
}

// chunk is how many documents are changed between two chances for searches:
// a search waits for well under a millisecond, however large the import.
const chunk = 64

// Upsert adds or replaces documents by Key. A document without a Key or Owner
// is fault.Invalid and nothing changes.
func (x *Index) Upsert(ctx context.Context, docs []kb.Document) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, d := range docs {
		if d.Key == "" || d.Owner == "" {
			return fault.In(fmt.Sprintf("docs[%d]", i), fault.New(fault.Invalid, "a document needs a key and an owner"))
		}
	}
	for part := range slices.Chunk(docs, chunk) {
		for i := 0; i < len(part); {
			b := x.bot(part[i].Bot, true)
			b.mu.Lock()
			for name := part[i].Bot; i < len(part) && part[i].Bot == name; i++ {
				d := part[i]
				if slot, ok := b.keys[d.Key]; ok {
					b.remove(slot)
				}
				b.add(d.Key, d.Owner, x.opts.keep(d.Terms))
			}
			b.mu.Unlock()
		}
	}
	return nil
}

// Delete removes all documents of the owners.
func (x *Index) Delete(ctx context.Context, bot string, owners []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b := x.bot(bot, false)
	if b == nil {
		return nil
	}
	for part := range slices.Chunk(owners, chunk) {
		b.mu.Lock()
		for _, o := range part {
			for _, slot := range slices.Clone(b.owners[o]) {
				b.remove(slot)
			}
		}
		b.mu.Unlock()
	}
	return nil
}

// Len counts the documents of a bot.
func (x *Index) Len(bot string) int {
	b := x.bot(bot, false)
	if b == nil {
		return 0
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.size()
}

// Search returns up to k documents that share a term with the query, best
// first; ties by Key.
func (x *Index) Search(ctx context.Context, bot string, terms []string, k int) ([]kb.LexicalHit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := x.bot(bot, false)
	if b == nil || k <= 0 {
		return nil, nil
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	buffer := x.sums(len(b.docs))
	defer x.pool.Put(buffer)
	sum := *buffer
	mean := b.mean()
	var touched []int32
	seen := map[int32]bool{}
	for _, t := range x.opts.keep(terms) {
		id, ok := b.ids[t]
		if !ok || seen[id] {
			continue
		}
		seen[id] = true
		list := b.lists[id]
		idf := b.idf(len(list))
		for _, p := range list {
			if sum[p.slot] == 0 {
				touched = append(touched, p.slot)
			}
			sum[p.slot] += idf * x.saturate(float64(p.count), float64(b.docs[p.slot].length), mean)
		}
	}
	hits := make([]kb.LexicalHit, 0, min(k, len(touched))+1)
	for _, slot := range touched {
		score := sum[slot]
		sum[slot] = 0 // the pool holds cleared buffers
		if len(hits) == k && score < hits[k-1].Score {
			continue
		}
		d := &b.docs[slot]
		h := kb.LexicalHit{Key: d.key, Owner: d.owner, Score: score}
		at, _ := slices.BinarySearchFunc(hits, h, better)
		if at < k {
			hits = slices.Insert(hits[:min(len(hits), k-1)], at, h)
		}
	}
	return hits, nil
}

// better orders hits: best first, ties by key.
func better(a, b kb.LexicalHit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Key, b.Key))
}

// sums returns a cleared buffer of at least n sums.
func (x *Index) sums(n int) *[]float64 {
	if b, ok := x.pool.Get().(*[]float64); ok && len(*b) >= n {
		return b
	}
	b := make([]float64, n+n/4)
	return &b
}

// saturate is the part of BM25 that depends on the term's count in a document.
func (x *Index) saturate(count, length, mean float64) float64 {
	k1, b := x.opts.K1, x.opts.B
	return count * (k1 + 1) / (count + k1*(1-b+b*length/mean))
}
