package lexical

import (
	"cmp"
	"slices"
	"sync"
)

// document is one indexed text. A free slot has no terms and an empty key.
type document struct {
	key, owner string
	terms      []termCount // by term number
	length     int         // terms, repeats counted
}

// termCount is a term's number, how often the document holds it, and where in
// the term's list the document's posting lies.
type termCount struct {
	term  int32
	count int32
	at    int32
}

// move notes that the posting of term now lies at at.
func (d *document) move(term, at int32) {
	i, _ := slices.BinarySearchFunc(d.terms, term, func(t termCount, term int32) int { return cmp.Compare(t.term, term) })
	d.terms[i].at = at
}

// posting says that a document holds a term.
type posting struct {
	slot  int32
	count int32
}

// bot holds one bot's documents.
type bot struct {
	mu     sync.RWMutex
	ids    map[string]int32 // term → number
	lists  [][]posting      // by term number, in no order
	docs   []document       // by slot
	free   []int32
	keys   map[string]int32
	owners map[string][]int32 // owner → slots
	total  int                // Σ length
}

func newBot() *bot {
	return &bot{ids: map[string]int32{}, keys: map[string]int32{}, owners: map[string][]int32{}}
}

func (b *bot) size() int { return len(b.keys) }

func (b *bot) mean() float64 {
	if b.size() == 0 || b.total == 0 {
		return 1
	}
	return float64(b.total) / float64(b.size())
}

// idf of a term that n documents hold.
func (b *bot) idf(n int) float64 {
	return IDF(n, b.size())
}

// add indexes a document under a key that is not in use.
func (b *bot) add(key, owner string, terms []string) {
	var slot int32
	if n := len(b.free); n > 0 {
		slot, b.free = b.free[n-1], b.free[:n-1]
	} else {
		slot = int32(len(b.docs))
		b.docs = append(b.docs, document{})
	}
	counts := make(map[int32]int32, len(terms))
	for _, t := range terms {
		id, ok := b.ids[t]
		if !ok {
			id = int32(len(b.lists))
			b.ids[t] = id
			b.lists = append(b.lists, nil)
		}
		counts[id]++
	}
	d := document{key: key, owner: owner, length: len(terms), terms: make([]termCount, 0, len(counts))}
	for id, n := range counts {
		d.terms = append(d.terms, termCount{id, n, int32(len(b.lists[id]))})
		b.lists[id] = append(b.lists[id], posting{slot, n})
	}
	slices.SortFunc(d.terms, func(a, b termCount) int { return cmp.Compare(a.term, b.term) })
	b.docs[slot] = d
	b.keys[key] = slot
	b.owners[owner] = append(b.owners[owner], slot)
	b.total += d.length
}

// remove takes the document in slot out of everything.
func (b *bot) remove(slot int32) {
	d := b.docs[slot]
	for _, t := range d.terms {
		list := b.lists[t.term]
		last := list[len(list)-1]
		if last.slot != slot {
			list[t.at] = last
			b.docs[last.slot].move(t.term, t.at)
		}
		b.lists[t.term] = list[:len(list)-1]
	}
	slots := b.owners[d.owner]
	for i, s := range slots {
		if s == slot {
			slots = append(slots[:i], slots[i+1:]...)
			break
		}
	}
	if len(slots) == 0 {
		delete(b.owners, d.owner)
	} else {
		b.owners[d.owner] = slots
	}
	delete(b.keys, d.key)
	b.total -= d.length
	b.docs[slot] = document{}
	b.free = append(b.free, slot)
}
