package vector

import (
	"sync"
	"sync/atomic"

	"github.com/yingda/yingda/kb"
)

// place is where a row lies: views[segment], row.
type place struct{ segment, row int }

// bot holds one bot's rows.
type bot struct {
	dim int

	// snap is what searches read without a lock.
	snap atomic.Pointer[snapshot]

	// write serialises changes; keys and open belong to its holder.
	write sync.Mutex
	keys  map[string]place
	open  *segment // takes new rows; backs the last view

	// owned guards owners, and is held while snap is replaced, so that who
	// holds it sees places and rows that belong together.
	owned  sync.RWMutex
	owners map[string][]place
}

func newBot(dim int) *bot {
	b := &bot{dim: dim, keys: map[string]place{}, owners: map[string][]place{}}
	b.snap.Store(&snapshot{})
	return b
}

// change is a snapshot in the making.
type change struct {
	bot    *bot
	next   snapshot
	copied map[int]bool // views whose bitmap is this change's own
	moved  map[string][]place
}

// begin starts a change; the caller holds write until commit.
func (b *bot) begin() *change {
	old := b.snap.Load()
	return &change{
		bot:    b,
		next:   snapshot{views: append([]view(nil), old.views...), live: old.live},
		copied: map[int]bool{},
		moved:  map[string][]place{},
	}
}

// places returns where owner's rows lie in this change.
func (c *change) places(owner string) []place {
	if p, ok := c.moved[owner]; ok {
		return p
	}
	// Only the holder of write changes owners, so no lock is needed to read.
	p := append([]place(nil), c.bot.owners[owner]...)
	c.moved[owner] = p
	return p
}

// kill marks the row at p dead.
func (c *change) kill(p place) {
	v := &c.next.views[p.segment]
	if !c.copied[p.segment] {
		v.dead = v.dead.copyFor(v.rows())
		c.copied[p.segment] = true
	} else if len(v.dead)*64 < v.rows() {
		v.dead = v.dead.copyFor(v.rows())
	}
	v.dead.set(p.row)
	v.deads++
	c.next.live--
}

// put adds v, replacing the row of the same key.
func (c *change) put(v kb.Vector) {
	if p, ok := c.bot.keys[v.Key]; ok {
		owner := c.next.views[p.segment].owners[p.row]
		c.kill(p)
		c.moved[owner] = without(c.places(owner), p)
	}
	p := c.add(v)
	c.bot.keys[v.Key] = p
	c.moved[v.Owner] = append(c.places(v.Owner), p)
}

func without(places []place, p place) []place {
	kept := places[:0]
	for _, q := range places {
		if q != p {
			kept = append(kept, q)
		}
	}
	return kept
}

// add appends a row and returns its place.
func (c *change) add(v kb.Vector) place {
	b := c.bot
	if b.open == nil || len(b.open.keys) >= sealRows {
		b.open = newSegment(firstRows, b.dim)
		if len(c.next.views) > 0 {
			b.open = newSegment(sealRows/4, b.dim)
		}
		c.next.views = append(c.next.views, view{})
	}
	s := b.open
	row := len(s.keys)
	s.exact = append(s.exact, v.Embedding...)
	if cap(s.coarse) < (row+1)*b.dim {
		s.coarse = append(make([]int8, 0, cap(s.exact)), s.coarse...)
	}
	s.coarse = s.coarse[:(row+1)*b.dim]
	quantise(s.coarse[row*b.dim:], v.Embedding)
	s.keys = append(s.keys, v.Key)
	s.owners = append(s.owners, v.Owner)

	last := &c.next.views[len(c.next.views)-1]
	last.exact, last.coarse, last.keys, last.owners = s.exact, s.coarse, s.keys, s.owners
	c.next.live++
	return place{len(c.next.views) - 1, row}
}

// remove kills all rows of owner.
func (c *change) remove(owner string) {
	for _, p := range c.places(owner) {
		delete(c.bot.keys, c.next.views[p.segment].keys[p.row])
		c.kill(p)
	}
	c.moved[owner] = nil
}

// commit publishes the change, compacted if too much of it is dead.
func (c *change) commit() {
	b := c.bot
	dead := c.next.rows() - c.next.live
	compact := dead > 64 && dead*4 > c.next.rows()
	if compact {
		c.compact()
	}
	b.owned.Lock()
	defer b.owned.Unlock()
	if compact {
		b.owners = make(map[string][]place, len(b.owners))
	}
	for owner, places := range c.moved {
		if len(places) == 0 {
			delete(b.owners, owner)
		} else {
			b.owners[owner] = places
		}
	}
	b.snap.Store(&c.next)
}

// compact rewrites the live rows into new segments; keys and moved then hold
// every row's new place.
func (c *change) compact() {
	old := c.next
	b := c.bot
	c.next = snapshot{}
	c.moved = map[string][]place{}
	b.open = nil
	b.keys = make(map[string]place, old.live)
	for _, v := range old.views {
		for r := range v.rows() {
			if v.dead.has(r) {
				continue
			}
			p := c.add(kb.Vector{Key: v.keys[r], Owner: v.owners[r], Embedding: v.exact[r*b.dim : (r+1)*b.dim]})
			b.keys[v.keys[r]] = p
			c.moved[v.owners[r]] = append(c.moved[v.owners[r]], p)
		}
	}
}
