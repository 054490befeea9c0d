package check

import (
	"cmp"
	"math"
	"slices"
)

// Grams says what two texts are compared by: the sets of their runs of
// neighbouring code points.
type Grams struct {
	// Size is the length of a run, 1 to 4. A text shorter than that is one run, the whole text.
	Size int
	// Least is the length in code points from which texts are compared at all.
	Least int
}

// The two comparisons of this package.
var (
	// Pairs finds near copies among labelled texts: one other character makes
	// the pairs of texts under six differ too much.
	Pairs = Grams{Size: 2, Least: 6}
	// Fours finds copies of measuring texts, short ones as a whole.
	Fours = Grams{Size: 4, Least: 1}
)

// Near is two texts that resemble each other, as indices into what was given,
// and the Jaccard index of their sets of runs.
type Near struct {
	A, B  int
	Score float64
}

// gram is a run of at most four code points, zeros after a shorter one.
type gram [4]rune

// Within returns every two of texts whose Jaccard index is at least
// threshold, A < B, ordered by B, then A. Texts are compared as given (fold
// them first); those shorter than Least are skipped, and empty ones always.
//
// Two sets with an index of at least t share a run among the first
// n − ⌈t·n⌉ + 1 of each set when both are ordered alike, so only those are
// indexed, rarest first (prefix filtering: Chaudhuri et al., ICDE 2006).
func (g Grams) Within(texts []string, threshold float64) []Near {
	x := newIndex(g.sets(texts), threshold)
	var out []Near
	for i := range texts {
		out = x.find(out, i)
		x.add(i)
	}
	return out
}

// Across returns, like [Grams.Within], the pairs of one text of base (A) and
// one of set (B).
func (g Grams) Across(base, set []string, threshold float64) []Near {
	x := newIndex(g.sets(slices.Concat(base, set)), threshold)
	for i := range base {
		x.add(i)
	}
	var out []Near
	for i := range set {
		out = x.find(out, len(base)+i)
	}
	for i := range out {
		out[i].B -= len(base)
	}
	return out
}

// index finds the sets added to it that resemble another.
type index struct {
	sets      [][]int
	threshold float64
	posting   map[int][]int // from a run to the sets that have it in their prefix
	met       []int         // the last set that met this one as a candidate, plus 1
}

func newIndex(sets [][]int, threshold float64) *index {
	return &index{sets: sets, threshold: threshold, posting: make(map[int][]int), met: make([]int, len(sets))}
}

func (x *index) prefix(i int) []int { return x.sets[i][:prefixLen(len(x.sets[i]), x.threshold)] }

func (x *index) add(i int) {
	for _, id := range x.prefix(i) {
		x.posting[id] = append(x.posting[id], i)
	}
}

// find appends the sets that resemble set i to out, in the order of their numbers.
func (x *index) find(out []Near, i int) []Near {
	first := len(out)
	for _, id := range x.prefix(i) {
		for _, j := range x.posting[id] {
			if x.met[j] == i+1 {
				continue
			}
			x.met[j] = i + 1
			if s := jaccard(x.sets[j], x.sets[i]); s >= x.threshold {
				out = append(out, Near{A: j, B: i, Score: s})
			}
		}
	}
	slices.SortFunc(out[first:], func(a, b Near) int { return cmp.Compare(a.A, b.A) })
	return out
}

func prefixLen(n int, threshold float64) int {
	if n == 0 {
		return 0
	}
	// The small amount keeps 0.9·10 from being rounded up to ten.
	return n - int(math.Ceil(threshold*float64(n)-1e-9)) + 1
}

// runs returns the runs of a text, sorted and without repeats.
func (g Grams) runs(text string) []gram {
	r := []rune(text)
	if len(r) < max(g.Least, 1) {
		return nil
	}
	set := make([]gram, 0, max(len(r)-g.Size+1, 1))
	for k := 0; k == 0 || k+g.Size <= len(r); k++ {
		var one gram
		copy(one[:g.Size], r[k:])
		set = append(set, one)
	}
	slices.SortFunc(set, compareGrams)
	return slices.Compact(set)
}

// sets numbers the runs of all texts from the rarest to the commonest and
// returns each text's numbers, ascending and without repeats.
func (g Grams) sets(texts []string) [][]int {
	lists := make([][]gram, len(texts))
	count := make(map[gram]int)
	for i, text := range texts {
		lists[i] = g.runs(text)
		for _, p := range lists[i] {
			count[p]++
		}
	}
	all := make([]gram, 0, len(count))
	for p := range count {
		all = append(all, p)
	}
	slices.SortFunc(all, func(x, y gram) int {
		return cmp.Or(cmp.Compare(count[x], count[y]), compareGrams(x, y))
	})
	rank := make(map[gram]int, len(all))
	for i, p := range all {
		rank[p] = i
	}
	sets := make([][]int, len(texts))
	for i, list := range lists {
		sets[i] = make([]int, len(list))
		for k, p := range list {
			sets[i][k] = rank[p]
		}
		slices.Sort(sets[i])
	}
	return sets
}

func compareGrams(x, y gram) int { return slices.Compare(x[:], y[:]) }

// jaccard is |a∩b| / |a∪b| of two ascending sets; 0 when both are empty.
func jaccard(a, b []int) float64 {
	shared := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			shared++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	union := len(a) + len(b) - shared
	if union == 0 {
		return 0
	}
	return float64(shared) / float64(union)
}
