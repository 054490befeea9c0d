package quickreply

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// folded is text in half width and small letters.
func folded(text string) string { return strings.ToLower(norm.NFKC.String(text)) }

// maxAsked bounds how much of a message replies are compared with.
const maxAsked = 300

// grams are the pairs of neighbouring letters and digits of a text, and its
// Latin words as they are: what Chinese texts share when they share a subject.
func grams(text string) map[string]bool {
	out := map[string]bool{}
	var before rune
	var word strings.Builder
	flush := func() {
		if word.Len() > 1 {
			out[word.String()] = true
		}
		word.Reset()
	}
	for _, r := range folded(text) {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			if before != 0 {
				out[string([]rune{before, r})] = true
			}
			before = r
			continue
		case unicode.IsLetter(r), unicode.IsDigit(r):
			word.WriteRune(r)
		default:
			flush()
		}
		before = 0
	}
	flush()
	return out
}

// weights are how telling each gram is among the replies: the logarithm of
// how few have it (inverse document frequency).
type weights map[string]float64

func weigh(each []map[string]bool) weights {
	count := map[string]float64{}
	for _, g := range each {
		for k := range g {
			count[k]++
		}
	}
	w := make(weights, len(count))
	for k, n := range count {
		w[k] = math.Log(1 + float64(len(each))/n)
	}
	return w
}

// rank orders replies for a message: those that share its words first, the
// rarer the words the better, then those used most, then by place. The order
// is the same for the same input.
func rank(list []Offer, asked string) {
	if runes := []rune(asked); len(runes) > maxAsked {
		asked = string(runes[len(runes)-maxAsked:])
	}
	wanted := grams(asked)
	each := make([]map[string]bool, len(list))
	for i, o := range list {
		each[i] = grams(o.Title + " " + o.Reply.Text + " " + o.Folder)
	}
	w := weigh(each)
	total := 0.0
	for k := range wanted {
		total += w[k]
	}
	for i := range list {
		shared := 0.0
		for k := range wanted {
			if each[i][k] {
				shared += w[k]
			}
		}
		if total > 0 {
			list[i].Score = shared / total
		}
	}
	slices.SortStableFunc(list, func(a, b Offer) int {
		return cmp.Or(
			cmp.Compare(b.Score, a.Score), cmp.Compare(b.Uses, a.Uses), cmp.Compare(order[a.Scope], order[b.Scope]),
			cmp.Compare(a.Folder, b.Folder), cmp.Compare(a.Place, b.Place), cmp.Compare(a.ID, b.ID),
		)
	})
}

// order is that of shelves: one's own replies first.
var order = map[Scope]int{OfAgent: 0, OfTeam: 1, OfBot: 2}

// found says how well a reply fits what is typed after the slash: 0 not at
// all, else the better the larger.
func (o Offer) found(query string) int {
	switch {
	case query == "":
		return 1
	case o.Shortcut == query:
		return 6
	case o.Shortcut != "" && strings.HasPrefix(o.Shortcut, query):
		return 5
	case strings.HasPrefix(folded(o.Title), query):
		return 4
	case strings.Contains(folded(o.Title), query):
		return 3
	}
	for _, key := range o.Keys {
		if strings.HasPrefix(key, query) {
			return 3
		}
	}
	if strings.Contains(folded(o.Folder), query) || strings.Contains(folded(o.Reply.Text), query) {
		return 2
	}
	return 0
}

// search keeps what fits the query, the best first; the order of equals stays.
func search(list []Offer, query string) []Offer {
	query = strings.TrimLeft(folded(strings.TrimSpace(query)), "/")
	if query == "" {
		return list
	}
	list = slices.DeleteFunc(list, func(o Offer) bool { return o.found(query) == 0 })
	slices.SortStableFunc(list, func(a, b Offer) int { return cmp.Compare(b.found(query), a.found(query)) })
	return list
}
