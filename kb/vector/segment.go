package vector

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

func newSegment(capacity, dim int) *segment {
	return &segment{
		exact:  make([]float32, 0, capacity*dim),
		coarse: make([]int8, 0, capacity*dim),
		keys:   make([]string, 0, capacity),
		owners: make([]string, 0, capacity),
	}
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
