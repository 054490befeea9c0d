package vector

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/kb"
)

// The heap keeps what sorting would: the k best, earlier rows first among equals.
func TestTopAgainstSorting(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		scores := rapid.SliceOfN(rapid.IntRange(-4, 4), 0, 60).Draw(r, "scores")
		k := rapid.IntRange(0, 12).Draw(r, "k")
		best := newTop(k)
		var all []item
		for i, s := range scores {
			best.offer(float32(s), i)
			all = append(all, item{float32(s), i})
		}
		slices.SortStableFunc(all, func(a, b item) int { return cmp.Compare(b.score, a.score) })
		if want := all[:min(k, len(all))]; !slices.Equal(best.sorted(), want) {
			r.Fatalf("k %d of %v: %v, want %v", k, scores, best.heap, want)
		}
	})
}

func TestBitset(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		marks := rapid.SliceOfN(rapid.IntRange(0, 300), 0, 40).Draw(r, "marks")
		var b bitset
		model := map[int]bool{}
		for _, m := range marks {
			old := b
			b = b.copyFor(max(m+1, 64*len(b)))
			b.set(m)
			if !model[m] && old.has(m) {
				r.Fatalf("setting %d changed the older copy", m)
			}
			model[m] = true
		}
		for i := range 400 {
			if b.has(i) != model[i] {
				r.Fatalf("bit %d is %v", i, b.has(i))
			}
		}
	})
}

// Inner products of quantised vectors stay close to the exact ones, scaled.
func TestQuantiseError(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const dim = 512
	unit := func() []float32 {
		v := make([]float32, dim)
		sum := 0.0
		for i := range v {
			v[i] = float32(r.NormFloat64())
			sum += float64(v[i]) * float64(v[i])
		}
		for i := range v {
			v[i] /= float32(math.Sqrt(sum))
		}
		return v
	}
	scale := 127 / (spread / math.Sqrt(dim))
	qa, qb := make([]int8, dim), make([]int8, dim)
	for range 200 {
		a, b := unit(), unit()
		quantise(qa, a)
		quantise(qb, b)
		got := float64(dotInt8(qa, qb)) / scale / scale
		if want := float64(Dot(a, b)); math.Abs(got-want) > 0.01 {
			t.Errorf("rounded %v, exactly %v", got, want)
		}
	}
}

func TestQuantiseClips(t *testing.T) {
	q := make([]int8, 4)
	quantise(q, []float32{1, -1, 0, 0.5})
	if !slices.Equal(q, []int8{127, -127, 0, 64}) {
		t.Errorf("%v", q)
	}
	long := make([]float32, 512)
	long[0], long[1] = 0.9, -0.9 // far beyond 8/√512
	q = make([]int8, 512)
	quantise(q, long)
	if q[0] != 127 || q[1] != -127 || q[2] != 0 {
		t.Errorf("%v", q[:3])
	}
}

func TestDotInt8AgainstPlain(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 70).Draw(r, "n")
		a := rapid.SliceOfN(rapid.Int8Range(-127, 127), n, n).Draw(r, "a")
		b := rapid.SliceOfN(rapid.Int8Range(-127, 127), n, n).Draw(r, "b")
		want := int32(0)
		for i := range a {
			want += int32(a[i]) * int32(b[i])
		}
		if got := dotInt8(a, b); got != want {
			r.Fatalf("%d, want %d", got, want)
		}
	})
}

func vectorOf(owner, key string, x float32) kb.Vector {
	return kb.Vector{Key: key, Owner: owner, Embedding: []float32{x, 1}}
}

// invariants checks that keys, owners, bitmaps and counts tell the same story.
func invariants(t *testing.T, b *bot) {
	t.Helper()
	s := b.snap.Load()
	live := 0
	for i, v := range s.views {
		deads := 0
		if len(v.exact) != v.rows()*b.dim || len(v.coarse) != v.rows()*b.dim || len(v.owners) != v.rows() {
			t.Errorf("segment %d: %d rows, %d float32, %d int8", i, v.rows(), len(v.exact), len(v.coarse))
		}
		for r := range v.rows() {
			p := place{i, r}
			alive := b.keys[v.keys[r]] == p
			if _, ok := b.keys[v.keys[r]]; !ok {
				alive = false
			}
			if alive == v.dead.has(r) {
				t.Errorf("row %v (%s): alive %v, dead %v", p, v.keys[r], alive, v.dead.has(r))
			}
			if slices.Contains(b.owners[v.owners[r]], p) != alive {
				t.Errorf("row %v: alive %v, its owner's places are %v", p, alive, b.owners[v.owners[r]])
			}
			if alive {
				live++
			} else {
				deads++
			}
		}
		if deads != v.deads {
			t.Errorf("segment %d counts %d dead rows, has %d", i, v.deads, deads)
		}
	}
	if live != s.live || live != len(b.keys) {
		t.Errorf("%d live rows, the snapshot counts %d, keys %d", live, s.live, len(b.keys))
	}
}

func TestInvariantsHoldAcrossCompaction(t *testing.T) {
	b := newBot(2)
	r := rand.New(rand.NewPCG(2, 2))
	compactions := 0
	for range 2000 {
		before := b.snap.Load().rows()
		c := b.begin()
		switch owner := string(rune('a' + r.IntN(20))); r.IntN(4) {
		case 0:
			c.remove(owner)
		default:
			for n := range 1 + r.IntN(4) {
				c.put(vectorOf(owner, owner+string(rune('0'+n)), r.Float32()))
			}
		}
		c.commit(func(*snapshot) {})
		if b.snap.Load().rows() < before {
			compactions++
		}
	}
	invariants(t, b)
	if compactions == 0 {
		t.Error("2 000 changes of 20 owners never compacted")
	}
	if dead := b.snap.Load().rows() - b.snap.Load().live; dead > 64 && dead*4 > b.snap.Load().rows() {
		t.Errorf("%d of %d rows are dead", dead, b.snap.Load().rows())
	}
}

func TestOlderSnapshotsStayAsTheyAre(t *testing.T) {
	b := newBot(2)
	apply := func(f func(c *change)) {
		c := b.begin()
		f(c)
		c.commit(func(*snapshot) {})
	}
	apply(func(c *change) { c.put(vectorOf("a", "a0", 1)); c.put(vectorOf("b", "b0", 2)) })
	old := b.snap.Load()
	apply(func(c *change) { c.put(vectorOf("a", "a0", 5)); c.remove("b"); c.put(vectorOf("c", "c0", 7)) })
	v := old.views[0]
	if old.live != 2 || v.rows() != 2 || v.exact[0] != 1 || v.dead.has(0) || v.dead.has(1) {
		t.Errorf("the older snapshot changed: live %d, %d rows, %v", old.live, v.rows(), v.exact)
	}
	invariants(t, b)
}
