package help

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// What makes two questions related: near in meaning, and not the same question.
const (
	relatedFrom = 0.35 // cosine below which they have little in common
	sameFrom    = 0.90 // cosine from which they ask the same
	sameShelf   = 0.15 // what a common category is worth beside the cosine
	nearest     = 40   // vectors looked at
	keepRelated = 12   // of an article, kept
	cachedLists = 4096
)

// Library is the knowledge base, as Related needs it.
type Library interface {
	// Get returns an article; fault.NotFound.
	Get(ctx context.Context, bot, id string) (kb.Article, error)
	// Embed tells each the embedding of every text, in order.
	Embed(ctx context.Context, texts []string, each func(i int, embedding []float32) error) error
}

// Related finds the questions near an article. It remembers what it found until
// the bot's articles change: it is to be told of changes by Put and Delete. It
// is safe for concurrent use.
type Related struct {
	library Library
	vectors kb.VectorIndex
	cache   *lru.Cache[string, []neighbour]

	mu      sync.RWMutex
	changes map[string]int64 // bot → count
}

type neighbour struct {
	id     string
	change int64
}

// NewRelated returns a Related without any memory; vectors are those of the
// library's articles.
func NewRelated(library Library, vectors kb.VectorIndex) (*Related, error) {
	cache, err := lru.New[string, []neighbour](cachedLists)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the memory of related questions cannot be made")
	}
	return &Related{library: library, vectors: vectors, cache: cache, changes: map[string]int64{}}, nil
}

// Put forgets what was found for the bot.
func (r *Related) Put(bot string, _ []kb.Article) { r.changed(bot) }

// Delete forgets what was found for the bot.
func (r *Related) Delete(bot string, _ []string) { r.changed(bot) }

func (r *Related) changed(bot string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes[bot]++
}

// To returns at most limit articles whose questions are near the article's,
// those of its category first where they are as near: never itself, never
// another wording of the same question, only those valid at t. fault.NotFound
// when there is no such article.
func (r *Related) To(ctx context.Context, bot, id string, t time.Time, limit int) ([]kb.Article, error) {
	a, err := r.library.Get(ctx, bot, id)
	if err != nil {
		return nil, err
	}
	r.mu.RLock()
	change := r.changes[bot]
	r.mu.RUnlock()
	key := bot + "\x00" + id
	near, ok := r.cache.Get(key)
	if !ok || len(near) == 0 || near[0].change != change {
		if near, err = r.find(ctx, bot, a, change); err != nil {
			return nil, err
		}
		r.cache.Add(key, near)
	}
	out := make([]kb.Article, 0, limit)
	for _, n := range near[1:] {
		if len(out) == limit {
			break
		}
		other, err := r.library.Get(ctx, bot, n.id)
		if fault.Is(err, fault.NotFound) {
			continue // deleted since
		}
		if err != nil {
			return nil, err
		}
		if other.ValidAt(t) {
			out = append(out, other)
		}
	}
	return out, nil
}

// find returns the article itself, dated, and its neighbours.
func (r *Related) find(ctx context.Context, bot string, a kb.Article, change int64) ([]neighbour, error) {
	vectors, err := r.embed(ctx, []string{a.Question})
	if err != nil {
		return nil, err
	}
	hits, err := r.vectors.Search(ctx, bot, vectors[0], nearest)
	if err != nil {
		return nil, err
	}
	type candidate struct {
		kb.Article
		score float64
	}
	var all []candidate
	seen := map[string]bool{a.ID: true}
	for _, h := range hits {
		if seen[h.Owner] || h.Cosine < relatedFrom {
			continue
		}
		seen[h.Owner] = true
		other, err := r.library.Get(ctx, bot, h.Owner)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		c := candidate{other, h.Cosine}
		if a.Category != "" && other.Category == a.Category {
			c.score += sameShelf
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.ID, b.ID)) })
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = c.Question
	}
	questions, err := r.embed(ctx, texts)
	if err != nil {
		return nil, err
	}
	out := []neighbour{{a.ID, change}}
	kept := [][]float32{vectors[0]}
	for i, c := range all {
		if len(out) > keepRelated || slices.ContainsFunc(kept, func(v []float32) bool { return dot(v, questions[i]) >= sameFrom }) {
			continue
		}
		kept = append(kept, questions[i])
		out = append(out, neighbour{c.ID, change})
	}
	return out, nil
}

func (r *Related) embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	err := r.library.Embed(ctx, texts, func(i int, v []float32) error { out[i] = v; return nil })
	return out, err
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
