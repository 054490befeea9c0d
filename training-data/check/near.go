package check

import (
	"cmp"
	"math"
	"slices"
)

// minPairs is the length in code points from which texts are compared by their pairs.
const minPairs = 6

// pair is two neighbouring code points of a folded text.
type pair [2]rune

// near is two rows whose texts resemble each other; a < b index the rows given.
type near struct {
	a, b  int
	score float64
}

// nearPairs returns every two texts of at least minPairs code points whose
// sets of character pairs have a Jaccard index of at least threshold, ordered
// by b, then a. Empty strings are skipped.
//
// Two sets with an index of at least t share a pair among the first
// n − ⌈t·n⌉ + 1 of each set when both are ordered alike, so only those are
// indexed, rarest first (prefix filtering: Chaudhuri et al., ICDE 2006).
func nearPairs(folded []string, threshold float64) []near {
	sets := pairSets(folded)
	index := make(map[int][]int)
	seen := make([]int, len(folded)) // the last row that met this one as a candidate, plus 1
	var out []near
	for i, set := range sets {
		prefix := set[:prefixLen(len(set), threshold)]
		first := len(out)
		for _, id := range prefix {
			for _, j := range index[id] {
				if seen[j] == i+1 {
					continue
				}
				seen[j] = i + 1
				if s := jaccard(sets[j], set); s >= threshold {
					out = append(out, near{a: j, b: i, score: s})
				}
			}
			index[id] = append(index[id], i)
		}
		slices.SortFunc(out[first:], func(x, y near) int { return cmp.Compare(x.a, y.a) })
	}
	return out
}

func prefixLen(n int, threshold float64) int {
	if n == 0 {
		return 0
	}
	// The small amount keeps 0.9·10 from being rounded up to ten.
	return n - int(math.Ceil(threshold*float64(n)-1e-9)) + 1
}

// pairSets numbers the pairs of all texts from the rarest to the commonest
// and returns each text's numbers, ascending and without repeats.
func pairSets(folded []string) [][]int {
	lists := make([][]pair, len(folded))
	count := make(map[pair]int)
	for i, text := range folded {
		r := []rune(text)
		if len(r) < minPairs {
			continue
		}
		set := make([]pair, 0, len(r)-1)
		for k := 1; k < len(r); k++ {
			set = append(set, pair{r[k-1], r[k]})
		}
		slices.SortFunc(set, comparePairs)
		set = slices.Compact(set)
		for _, p := range set {
			count[p]++
		}
		lists[i] = set
	}
	all := make([]pair, 0, len(count))
	for p := range count {
		all = append(all, p)
	}
	slices.SortFunc(all, func(x, y pair) int {
		return cmp.Or(cmp.Compare(count[x], count[y]), comparePairs(x, y))
	})
	rank := make(map[pair]int, len(all))
	for i, p := range all {
		rank[p] = i
	}
	sets := make([][]int, len(folded))
	for i, list := range lists {
		sets[i] = make([]int, len(list))
		for k, p := range list {
			sets[i][k] = rank[p]
		}
		slices.Sort(sets[i])
	}
	return sets
}

func comparePairs(x, y pair) int {
	return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
}

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
