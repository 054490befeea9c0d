package encoder

import (
	"cmp"
	"slices"
)

// runTokens is how many tokens a run of several messages has at most, padding
// included: what one message of the model's longest length takes, so that
// sharing never needs more memory than a lone message may. Beyond it sharing
// gains nothing either.
const runTokens = 512

// window is how many of the oldest waiting messages a run is chosen from.
const window = 64

// limits bound a run of several messages.
type limits struct {
	messages int
	tokens   int // padding included
}

// allow reports whether n messages of sum tokens, the longest of which has
// longest, may share a run: a quarter of its tokens at most are padding.
func (l limits) allow(n, sum, longest int) bool {
	return n == 1 || n <= l.messages && n*longest <= l.tokens && 4*sum >= 3*n*longest
}

// choose returns the messages of the next run: the oldest, and of the others
// as many as the limits allow; among equally many those with the least padding.
// waiting is oldest first and not empty; it is left as it is and not shared.
//
// Whatever the longest message of a run is, the least padding is had with the
// next shorter ones: a run is a stretch of the messages sorted by length.
func choose(waiting []*job, l limits) []*job {
	if l.messages == 1 || len(waiting) == 1 {
		return []*job{waiting[0]}
	}
	byLength := slices.Clone(waiting[:min(len(waiting), window)])
	slices.SortStableFunc(byLength, func(a, b *job) int { return cmp.Compare(a.length(), b.length()) })
	oldest := slices.Index(byLength, waiting[0])
	best, least := byLength[oldest:oldest+1], 0
	for last := oldest; last < min(len(byLength), oldest+l.messages); last++ {
		longest, sum := byLength[last].length(), 0
		for first := last; first >= 0; first-- {
			sum += byLength[first].length()
			n := last - first + 1
			if !l.allow(n, sum, longest) {
				break
			}
			padding := n*longest - sum
			if first <= oldest && (n > len(best) || n == len(best) && padding < least) {
				best, least = byLength[first:last+1], padding
			}
		}
	}
	return best
}
