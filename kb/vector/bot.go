package vector

import (
	"slices"
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

	// write serialises changes; keys, open and openAt belong to its holder.
	write  sync.Mutex
	keys   map[string]place
	open   *segment // takes new rows
	openAt int      // the view that open backs

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
		b.open = newSegment(b.dim)
		b.openAt = c.slot()
	}
	s := b.open
	row := len(s.keys)
	s.add(v, b.dim)
	at := &c.next.views[b.openAt]
	at.exact, at.coarse, at.keys, at.owners = s.exact, s.coarse, s.keys, s.owners
	c.next.live++
	return place{b.openAt, row}
}

// slot returns the number of an empty view: one whose rows have moved out, or
// a new one.
func (c *change) slot() int {
	for i := range c.next.views {
		if c.next.views[i].rows() == 0 {
			return i
		}
	}
	c.next.views = append(c.next.views, view{})
	return len(c.next.views) - 1
}

// remove kills all rows of owner.
func (c *change) remove(owner string) {
	for _, p := range c.places(owner) {
		delete(c.bot.keys, c.next.views[p.segment].keys[p.row])
		c.kill(p)
	}
	c.moved[owner] = nil
}

// sweepFrom is the number of dead rows below which a segment is left alone.
const sweepFrom = 64

// commit publishes the change. Segments of which more than a quarter is dead
// are emptied first; ready is then called with what will be searched.
func (c *change) commit(ready func(*snapshot)) {
	b := c.bot
	for i := range c.next.views {
		if v := c.next.views[i]; v.deads > sweepFrom && v.deads*4 > v.rows() {
			c.empty(i)
		}
	}
	ready(&c.next)
	b.owned.Lock()
	defer b.owned.Unlock()
	for owner, places := range c.moved {
		if len(places) == 0 {
			delete(b.owners, owner)
		} else {
			b.owners[owner] = places
		}
	}
	b.snap.Store(&c.next)
}

// empty moves the live rows of a segment to the open one, or to a new one.
// What that costs is bounded by sealRows, however many segments there are.
func (c *change) empty(segment int) {
	b := c.bot
	old := c.next.views[segment]
	if segment == b.openAt {
		b.open = nil
	}
	c.next.views[segment] = view{}
	delete(c.copied, segment)
	c.next.live -= old.rows() - old.deads
	for r := range old.rows() {
		if old.dead.has(r) {
			continue
		}
		owner := old.owners[r]
		p := c.add(kb.Vector{Key: old.keys[r], Owner: owner, Embedding: old.exact[r*b.dim : (r+1)*b.dim]})
		b.keys[old.keys[r]] = p
		places := c.places(owner)
		places[slices.Index(places, place{segment, r})] = p
	}
}
