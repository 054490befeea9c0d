package vector

import "github.com/yingda/yingda/kb"

// sealRows is the size at which a segment takes no more rows and the next one
// begins: 32 768 × 512 are 64 MiB of float32 and 16 MiB of int8.
const sealRows = 1 << 15

// firstRows is the capacity of a bot's first segment; most shops need no more.
const firstRows = 256

// segment is a run of rows. Rows are only ever appended, by one writer; what a
// view says is within its bounds never changes.
type segment struct {
	exact  []float32 // rows × dim
	coarse []int8    // rows × dim
	keys   []string
	owners []string
}

func newSegment(dim int) *segment {
	s := &segment{}
	s.grow(firstRows, dim)
	return s
}

// grow gives the segment room for so many rows. The views of before keep what
// they have.
func (s *segment) grow(rows, dim int) {
	s.exact = append(make([]float32, 0, rows*dim), s.exact...)
	s.coarse = append(make([]int8, 0, rows*dim), s.coarse...)
	s.keys = append(make([]string, 0, rows), s.keys...)
	s.owners = append(make([]string, 0, rows), s.owners...)
}

// add appends a row. A full segment doubles, so that one of sealRows rows has
// no room to spare.
func (s *segment) add(v kb.Vector, dim int) {
	row := len(s.keys)
	if row == cap(s.keys) {
		s.grow(2*row, dim)
	}
	s.exact = append(s.exact, v.Embedding...)
	s.coarse = s.coarse[:(row+1)*dim]
	quantise(s.coarse[row*dim:], v.Embedding)
	s.keys = append(s.keys, v.Key)
	s.owners = append(s.owners, v.Owner)
}

// view is what one snapshot knows of a segment.
type view struct {
	exact  []float32
	coarse []int8
	keys   []string
	owners []string
	dead   bitset // rows that were deleted or replaced; shared with older snapshots
	deads  int
}

func (v view) rows() int { return len(v.keys) }

// bitset marks rows; a missing word means none of its rows is marked.
type bitset []uint64

func (b bitset) has(i int) bool { return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0 }

// copyFor returns a copy of b, long enough for n rows.
func (b bitset) copyFor(n int) bitset {
	c := make(bitset, (n+63)/64)
	copy(c, b)
	return c
}

func (b bitset) set(i int) { b[i>>6] |= 1 << (i & 63) }

// snapshot is the immutable state that searches read.
type snapshot struct {
	views []view
	live  int
}

func (s *snapshot) rows() int {
	n := 0
	for _, v := range s.views {
		n += v.rows()
	}
	return n
}
