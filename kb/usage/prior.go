package usage

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/yingda/yingda/kb"
)

const (
	// HalfLife is how long it takes until a day's use weighs half.
	HalfLife = 14 * 24 * time.Hour
	// Bound is the most, in log odds, by which use moves an article.
	Bound = 0.7
	// pseudo is how many outcomes of an average article each begins with.
	pseudo = 8
)

// How much an outcome says for or against an article. A choice says it
// outright; an answer that nobody complained of says a little; choices passed
// over are often passed over for reasons of the customer's own.
const (
	takenWeight    = 1.0
	quietWeight    = 0.2
	ignoredWeight  = 0.3
	dislikedWeight = 1.0
	handedWeight   = 0.7
)

// outcome is decayed evidence for and against.
type outcome struct{ good, bad float64 }

func outcomeOf(c Counts) outcome {
	quiet := max(0, c.Answered-c.Disliked-c.Handed)
	return outcome{
		good: takenWeight*float64(c.Taken) + quietWeight*float64(quiet),
		bad:  ignoredWeight*float64(c.Ignored) + dislikedWeight*float64(c.Disliked) + handedWeight*float64(c.Handed),
	}
}

// Priors returns the log odds by which use makes each article likelier: the
// log odds of its decayed good outcomes against its bad ones, smoothed by a
// Beta distribution with the mean of all articles and the weight of eight
// outcomes, less the log odds of that mean. An article of which nothing is
// known has 0. Days are read in loc.
func Priors(days []Day, now time.Time, loc *time.Location) map[string]float64 {
	by := map[string]outcome{}
	all := outcome{good: 1, bad: 1}
	for _, d := range days {
		at, err := time.ParseInLocation(time.DateOnly, d.Day, loc)
		if err != nil {
			continue // the store writes no other form; a damaged row moves nothing
		}
		decay := 1.0
		if age := now.Sub(at.Add(12 * time.Hour)); age > 0 {
			decay = math.Exp2(-float64(age) / float64(HalfLife))
		}
		o, sum := outcomeOf(d.Counts), by[d.Article]
		by[d.Article] = outcome{sum.good + decay*o.good, sum.bad + decay*o.bad}
		all = outcome{all.good + decay*o.good, all.bad + decay*o.bad}
	}
	mean := all.good / (all.good + all.bad)
	a, b := pseudo*mean, pseudo*(1-mean)
	out := make(map[string]float64, len(by))
	for article, o := range by {
		prior := math.Log((o.good+a)/(o.bad+b)) - math.Log(a/b)
		out[article] = min(max(prior, -Bound), Bound)
	}
	return out
}

// Ranking is the priors of all bots as searches read them: without a lock. The
// zero value knows of no use.
type Ranking struct {
	bots atomic.Pointer[map[string]map[string]float64]
}

var _ kb.Prior = (*Ranking)(nil)

// Prior implements kb.Prior; 0 for an article of which nothing is known.
func (r *Ranking) Prior(bot, article string) float64 {
	if m := r.bots.Load(); m != nil {
		return (*m)[bot][article]
	}
	return 0
}

// Set replaces a bot's priors; r owns them from then on.
func (r *Ranking) Set(bot string, priors map[string]float64) {
	for {
		old := r.bots.Load()
		next := map[string]map[string]float64{bot: priors}
		if old != nil {
			for b, p := range *old {
				if b != bot {
					next[b] = p
				}
			}
		}
		if r.bots.CompareAndSwap(old, &next) {
			return
		}
	}
}
