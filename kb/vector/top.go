package vector

import "slices"

// item is a row with its score.
type item struct {
	score float32
	row   int
}

// worse orders items: lower scores first, and of equal ones the later row.
func worse(a, b item) bool {
	if a.score != b.score {
		return a.score < b.score
	}
	return a.row > b.row
}

// top keeps the k best of the items it is offered, in a heap whose root is the
// worst of them.
type top struct {
	k    int
	heap []item
}

func newTop(k int) *top { return &top{k: k, heap: make([]item, 0, k)} }

func (t *top) offer(score float32, row int) {
	if len(t.heap) == t.k {
		if t.k == 0 || score <= t.heap[0].score {
			return
		}
		t.heap[0] = item{score, row}
		t.down(0)
		return
	}
	t.heap = append(t.heap, item{score, row})
	for i := len(t.heap) - 1; i > 0; {
		p := (i - 1) / 2
		if !worse(t.heap[i], t.heap[p]) {
			return
		}
		t.heap[i], t.heap[p] = t.heap[p], t.heap[i]
		i = p
	}
}

func (t *top) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(t.heap) {
			return
		}
		if c+1 < len(t.heap) && worse(t.heap[c+1], t.heap[c]) {
			c++
		}
		if !worse(t.heap[c], t.heap[i]) {
			return
		}
		t.heap[i], t.heap[c] = t.heap[c], t.heap[i]
		i = c
	}
}

// sorted returns the items, best first; t is spent afterwards.
func (t *top) sorted() []item {
	slices.SortFunc(t.heap, func(a, b item) int {
		if worse(b, a) {
			return -1
		}
		return 1
	})
	return t.heap
}
