package baseline

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/yingda/yingda/internal/fault"
)

// Example is a labelled text.
type Example struct{ Text, Label string }

// separator parts a text from the turn before it in a joined text.
const separator = "\x1f"

// Join makes one text of a message and the turn before it, which keeps grams of
// its own: the same word said by the other side is another feature. An empty
// turn before leaves the text as it is.
func Join(text, prev string) string {
	if prev == "" {
		return text
	}
	return text + separator + prev
}

// longest is the number of code points in the longest gram.
const longest = 3

// grams calls yield with every distinct gram of one to three code points of
// text, folded (NFKC, lower case, no blanks) and marked at both ends.
func grams(text string, yield func(gram string)) {
	seen := map[string]struct{}{}
	for part, mark := range parts(text) {
		folded := strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(part))), "")
		runes := []rune("^" + folded + "$")
		for from := range runes {
			for to := from + 1; to <= min(from+longest, len(runes)); to++ {
				g := mark + string(runes[from:to])
				if _, again := seen[g]; !again {
					seen[g] = struct{}{}
					yield(g)
				}
			}
		}
	}
}

// parts yields a text and, where there is one, the turn before it with the
// mark of its grams.
func parts(text string) func(func(part, mark string) bool) {
	return func(yield func(part, mark string) bool) {
		text, prev, has := strings.Cut(text, separator)
		if yield(text, "") && has {
			yield(prev, separator)
		}
	}
}

// count returns the labels of examples, sorted, and how often each occurs. No
// examples, or fewer than two labels, are fault.Invalid.
func count(examples []Example) (labels []string, counts []int, err error) {
	by := map[string]int{}
	for i, e := range examples {
		if e.Label == "" {
			return nil, nil, fault.New(fault.Invalid, "example %d has no label", i+1)
		}
		by[e.Label]++
	}
	if len(by) < 2 {
		return nil, nil, fault.New(fault.Invalid, "a classifier needs at least two labels, the data has %d", len(by))
	}
	for l := range by {
		labels = append(labels, l)
	}
	slices.SortFunc(labels, cmp.Compare[string])
	for _, l := range labels {
		counts = append(counts, by[l])
	}
	return labels, counts, nil
}
