package vector

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Options sets an Index up; the zero value is usable.
type Options struct {
	// Scanner does the first pass over the int8 rows. Nil means none: the
	// float32 rows are always scanned directly, because that is faster than an
	// int8 pass in plain Go.
	Scanner Scanner
	// Plain is the number of a bot's rows up to which the float32 rows are
	// scanned directly even with a Scanner; 0 means 2 000, negative none.
	// With the native scanner both ways cost the same at about 1 000 rows;
	// below 2 000 the direct scan saves the native copy of the rows.
	Plain int
	// Rescore is how many rows beyond k the first pass hands on to be scored
	// again in float32; 0 means 30.
	Rescore int
}

// Index implements kb.VectorIndex and the look-up of an owner's cosines.
type Index struct {
	dim  int
	opts Options

	mu   sync.RWMutex
	bots map[string]*bot
}

var _ kb.VectorIndex = (*Index)(nil)

// New returns an empty index of vectors of dim values. It panics when dim is
// not positive: that is a mistake in the wiring.
func New(dim int, opts Options) *Index {
	if dim <= 0 {
		panic(fmt.Sprintf("vector: dimension %d", dim))
	}
	if opts.Plain == 0 {
		opts.Plain = 2000
	}
	if opts.Rescore == 0 {
		opts.Rescore = 30
	}
	return &Index{dim: dim, opts: opts, bots: map[string]*bot{}}
}

// Dimension is the length of the index's vectors.
func (x *Index) Dimension() int { return x.dim }

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
		b = newBot(x.dim)
		x.bots[name] = b
	}
	return b
}

// check refuses vectors of another dimension and ones that hold NaN or infinity.
func (x *Index) check(v []float32) error {
	if len(v) != x.dim {
		return fault.New(fault.Invalid, "the vector has %d values, the index holds vectors of %d; encode with the index's encoder", len(v), x.dim)
	}
	for i, f := range v {
		if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
			return fault.New(fault.Invalid, "value %d of the vector is not a finite number", i)
		}
	}
	return nil
}

// Upsert adds or replaces vectors by Key, all or none: a vector of the wrong
// dimension, with a value that is not finite, or without a Key or Owner is
// fault.Invalid and nothing changes.
func (x *Index) Upsert(ctx context.Context, vectors []kb.Vector) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	byBot := map[string][]kb.Vector{}
	for i, v := range vectors {
		err := x.check(v.Embedding)
		if err == nil && (v.Key == "" || v.Owner == "") {
			err = fault.New(fault.Invalid, "a vector needs a key and an owner")
		}
		if err != nil {
			return fault.In(fmt.Sprintf("vectors[%d]", i), err)
		}
		byBot[v.Bot] = append(byBot[v.Bot], v)
	}
	for name, vs := range byBot {
		b := x.bot(name, true)
		b.write.Lock()
		c := b.begin()
		for _, v := range vs {
			c.put(v)
		}
		c.commit(func(s *snapshot) { x.prepare(ctx, s) })
		b.write.Unlock()
	}
	return nil
}

// prepare gets the scanner ready for a snapshot that is about to be searched.
// What fails here fails again in the search that needs it, and is told there.
func (x *Index) prepare(ctx context.Context, s *snapshot) {
	scanner, ok := x.opts.Scanner.(Preparer)
	if !ok || s.live <= x.opts.Plain {
		return
	}
	for _, v := range s.views {
		if v.rows() > 0 && scanner.Prepare(ctx, v.coarse, v.rows(), x.dim) != nil {
			return
		}
	}
}

// Delete removes all vectors of the owners.
func (x *Index) Delete(ctx context.Context, bot string, owners []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b := x.bot(bot, false)
	if b == nil {
		return nil
	}
	b.write.Lock()
	defer b.write.Unlock()
	c := b.begin()
	for _, o := range owners {
		c.remove(o)
	}
	c.commit(func(s *snapshot) { x.prepare(ctx, s) })
	return nil
}

// Forget removes all vectors of a bot. It must not run beside other changes of
// the bot.
func (x *Index) Forget(bot string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.bots, bot)
}

// Len counts the vectors of a bot.
func (x *Index) Len(_ context.Context, bot string) (int, error) {
	b := x.bot(bot, false)
	if b == nil {
		return 0, nil
	}
	return b.snap.Load().live, nil
}

// Search returns up to k hits, best first; ties by Key. An embedding of the
// wrong dimension is fault.Invalid.
func (x *Index) Search(ctx context.Context, bot string, embedding []float32, k int) ([]kb.VectorHit, error) {
	if err := x.check(embedding); err != nil {
		return nil, err
	}
	b := x.bot(bot, false)
	if b == nil || k <= 0 {
		return nil, ctx.Err()
	}
	s := b.snap.Load()
	k = min(k, s.live)
	var hits []kb.VectorHit
	var err error
	if x.opts.Scanner == nil || s.live <= x.opts.Plain {
		hits, err = x.plain(ctx, s, embedding, k)
	} else {
		hits, err = x.coarse(ctx, s, embedding, k)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(hits, byCosine)
	return hits[:min(k, len(hits))], nil
}

func byCosine(a, b kb.VectorHit) int {
	return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.Key, b.Key))
}

// Cosines returns the exact cosine of every vector of the owners, in no order;
// owners that the bot does not have are left out.
func (x *Index) Cosines(ctx context.Context, bot string, embedding []float32, owners []string) ([]kb.VectorHit, error) {
	if err := x.check(embedding); err != nil {
		return nil, err
	}
	b := x.bot(bot, false)
	if b == nil {
		return nil, ctx.Err()
	}
	var places []place
	b.owned.RLock()
	s := b.snap.Load()
	for _, o := range owners {
		places = append(places, b.owners[o]...)
	}
	b.owned.RUnlock()
	hits := make([]kb.VectorHit, len(places))
	for i, p := range places {
		hits[i] = x.hit(s.views[p.segment], p.row, embedding)
	}
	return hits, ctx.Err()
}

// hit scores one row exactly.
func (x *Index) hit(v view, row int, embedding []float32) kb.VectorHit {
	return kb.VectorHit{
		Key:    v.keys[row],
		Owner:  v.owners[row],
		Cosine: float64(Dot(v.exact[row*x.dim:(row+1)*x.dim], embedding)),
	}
}
