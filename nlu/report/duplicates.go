package report

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/yingda/yingda/nlu/head"
)

const (
	// alike is from which share of common character pairs two messages are
	// nearly the same.
	alike = 0.75
	// rarest is how many of a message's rarest pairs it is looked up by, and
	// crowded how many messages a pair may have to be followed.
	rarest, crowded = 4, 400
)

// letters are a text's letters and digits, NFKC and lower case.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(text))
}

// pairSet are the distinct pairs of neighbouring letters, ends marked, sorted.
func pairSet(text string) []uint64 {
	runes := append(append([]rune{2}, []rune(letters(text))...), 3)
	out := make([]uint64, 0, len(runes))
	for i := 1; i < len(runes); i++ {
		out = append(out, uint64(runes[i-1])<<32|uint64(runes[i]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// jaccard is the share of common elements of two sorted sets.
func jaccard(a, b []uint64) float64 {
	i, j, common := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			common++
			i, j = i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return float64(common) / float64(max(1, len(a)+len(b)-common))
}

// duplicates finds messages under different labels that read nearly alike.
// Each is compared with those that share one of its rarest pairs. Messages
// without a letter are left alone.
func duplicates(examples []head.Example, at func(int) Message) []Duplicate {
	sets := make([][]uint64, len(examples))
	count := map[uint64]int{}
	for i, e := range examples {
		if letters(e.Text) == "" {
			continue
		}
		sets[i] = pairSet(e.Text)
		for _, p := range sets[i] {
			count[p]++
		}
	}
	by := map[uint64][]int{}
	out := []Duplicate{}
	for i, e := range examples {
		keys := slices.Clone(sets[i])
		slices.SortFunc(keys, func(a, b uint64) int { return cmp.Or(count[a]-count[b], cmp.Compare(a, b)) })
		keys = keys[:min(len(keys), rarest)]
		seen := map[int]bool{}
		for _, k := range sets[i] {
			if count[k] > crowded {
				continue
			}
			for _, j := range by[k] {
				if seen[j] || examples[j].Label == e.Label || examples[j].Label == e.Alt || examples[j].Alt == e.Label {
					continue
				}
				seen[j] = true
				if s := jaccard(sets[i], sets[j]); s >= alike {
					out = append(out, Duplicate{at(j), at(i), s})
				}
			}
		}
		for _, k := range keys {
			if len(by[k]) < crowded {
				by[k] = append(by[k], i)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Duplicate) int { return cmp.Compare(b.Similarity, a.Similarity) })
	return out[:min(len(out), maxDuplicates)]
}
