package usage

import (
	"cmp"
	"slices"
	"time"

	"github.com/yingda/yingda/kb"
)

// List names a list of articles that trainers look through.
type List string

// The lists.
const (
	All      List = ""
	Hot      List = "hot"      // most hits, those first
	Cold     List = "cold"     // hit, but the least
	Never    List = "never"    // not hit at all, in the time looked at
	Expired  List = "expired"  // no longer valid
	Rejected List = "disliked" // disliked, the most first
	Passed   List = "handed"   // answered and then handed to people, the most first
)

// Line is an article with its use.
type Line struct {
	Article  string     `json:"article"`
	Question string     `json:"question"`
	Category string     `json:"category,omitempty"`
	Expired  *time.Time `json:"expired,omitempty"`
	Counts
	// Prior is what use adds to the article's log odds in the ranking, −0.7 to 0.7.
	Prior float64 `json:"prior"`
}

// Lines returns a list over articles: their use in days, their priors.
func Lines(list List, articles []kb.Article, days []Day, priors map[string]float64, now time.Time) []Line {
	sums := map[string]Counts{}
	for _, d := range days {
		sums[d.Article] = sums[d.Article].Plus(d.Counts)
	}
	var out []Line
	for _, a := range articles {
		l := Line{Article: a.ID, Question: a.Question, Category: a.Category, Counts: sums[a.ID], Prior: priors[a.ID]}
		if a.ValidUntil != nil && !now.Before(*a.ValidUntil) {
			l.Expired = a.ValidUntil
		}
		if l.in(list) {
			out = append(out, l)
		}
	}
	key := func(l Line) int {
		switch list {
		case Cold:
			return -l.Hits()
		case Rejected:
			return l.Disliked
		case Passed:
			return l.Handed
		default:
			return l.Hits()
		}
	}
	slices.SortStableFunc(out, func(a, b Line) int {
		return cmp.Or(cmp.Compare(key(b), key(a)), cmp.Compare(a.Article, b.Article))
	})
	return out
}

func (l Line) in(list List) bool {
	switch list {
	case Hot, Cold:
		return l.Hits() > 0 && l.Expired == nil
	case Never:
		return l.Hits() == 0 && l.Expired == nil
	case Expired:
		return l.Expired != nil
	case Rejected:
		return l.Disliked > 0
	case Passed:
		return l.Handed > 0
	default:
		return true
	}
}
