package typeahead

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/pinyin"
	"github.com/yingda/yingda/kb"
)

// Options set an Index up; all may be left out.
type Options struct {
	// Simplify turns traditional characters into simplified ones.
	Simplify func(string) string
	// Prior tells how articles did in use: of proposals that fit as well, the
	// likelier comes first.
	Prior kb.Prior
}

// Index holds the wordings of all bots. It is safe for concurrent use; a
// change is seen by calls of Propose that begin after it returned.
type Index struct {
	opts Options

	mu   sync.RWMutex
	bots map[string]*books
}

// books is one bot's shelf.
type books struct {
	change sync.Mutex   // held by who changes the shelf
	mu     sync.RWMutex // guards shelf and what it holds
	shelf  *shelf
}

// Proposal is an article that the customer may be asking for.
type Proposal struct {
	Article string `json:"article"`
	// Question is the article's question: what to show and to send.
	Question string `json:"question"`
	// Wording is the one that matched, the question itself or a similar one.
	Wording string `json:"wording"`
	// Marks are the parts of Wording that what was typed stands for: pairs of
	// code points, the end exclusive.
	Marks [][2]int `json:"marks" nullable:"false"`
	// Score orders proposals and means nothing else.
	Score float64 `json:"-"`
}

// Limits of Propose.
const (
	defaultLimit = 5
	maxLimit     = 20
)

// New returns an empty index.
func New(opts Options) *Index {
	return &Index{opts: opts, bots: map[string]*books{}}
}

func (x *Index) bot(bot string) *books {
	x.mu.RLock()
	b := x.bots[bot]
	x.mu.RUnlock()
	if b != nil {
		return b
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.bots[bot] == nil {
		x.bots[bot] = &books{shelf: newShelf()}
	}
	return x.bots[bot]
}

// stride is how many articles are put while the shelf is locked.
const stride = 16

// Put adds or replaces articles of a bot.
func (x *Index) Put(bot string, articles []kb.Article) {
	b := x.bot(bot)
	b.change.Lock()
	defer b.change.Unlock()
	for part := range slices.Chunk(articles, stride) {
		b.mu.Lock()
		for _, a := range part {
			b.shelf.put(a, x.opts.Simplify)
		}
		b.mu.Unlock()
	}
	b.tidy()
}

// Delete removes articles of a bot; unknown ones are ignored.
func (x *Index) Delete(bot string, ids []string) {
	b := x.bot(bot)
	b.change.Lock()
	defer b.change.Unlock()
	b.mu.Lock()
	for _, id := range ids {
		b.shelf.remove(id)
	}
	b.mu.Unlock()
	b.tidy()
}

// tidy makes the shelf anew when too much of it is gone; nobody waits meanwhile.
func (b *books) tidy() {
	if !b.shelf.wasteful() {
		return
	}
	fresh := b.shelf.rebuilt()
	b.mu.Lock()
	b.shelf = fresh
	b.mu.Unlock()
}

// Len counts the articles of a bot.
func (x *Index) Len(bot string) int {
	b := x.bot(bot)
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.shelf.articles)
}

// Propose returns at most limit articles (0 means 5, never more than 20) whose
// wordings fit what was typed, best first, one per article; only those valid
// at t. Text that is empty, or longer than what people type before they send
// (32 letters or characters), fits nothing.
func (x *Index) Propose(bot, text string, t time.Time, limit int) []Proposal {
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, maxLimit)
	x.mu.RLock()
	b := x.bots[bot]
	x.mu.RUnlock()
	if b == nil {
		return nil
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	found := &best{bot: bot, at: t, prior: x.opts.Prior}
	b.shelf.find(text, x.opts.Simplify, limit, found)
	if len(found.matches) < limit {
		if words := strings.Fields(text); len(words) > 1 {
			b.shelf.findAll(words, x.opts.Simplify, found)
		}
	}
	return found.proposals(limit)
}

// find aligns text with the wordings where it may begin; with slips only if
// fewer than limit articles fit without.
func (s *shelf) find(text string, simplify func(string) string, limit int, found *best) {
	all, over := units(text, simplify, maxTyped)
	if over || len(all) == 0 {
		return
	}
	a := &aligner{typed: read(all), table: pinyin.Syllables()}
	s.places(a.starts(), func(p place) { s.align(a, p, 0, found) })
	if len(found.matches) < limit {
		if slipped := a.slippedStarts(); slipped != nil {
			s.places(slipped, func(p place) { s.align(a, p, 1, found) })
		}
	}
}

func (s *shelf) align(a *aligner, p place, slips int, found *best) {
	w := &s.wordings[p>>placeBits]
	if w.article == nil {
		return
	}
	from := int(p & (maxUnits - 1))
	a.w = w.units
	cost, end := a.fit(from, 0, left{a.homophones, slips})
	if cost < noFit {
		found.take(w, score(w, cost, from, end), from, end)
	}
}

// sum is a wording that holds several of the words typed.
type sum struct {
	words int
	score float64
	marks [][2]int
}

// findAll adds the wordings that hold every one of several words, in any order.
func (s *shelf) findAll(words []string, simplify func(string) string, found *best) {
	sums := map[*wording]sum{}
	for n, word := range words {
		all, over := units(word, simplify, maxTyped)
		if over || len(all) == 0 {
			return
		}
		a := &aligner{typed: read(all), table: pinyin.Syllables()}
		s.places(a.starts(), func(p place) {
			w := &s.wordings[p>>placeBits]
			had := sums[w]
			if w.article == nil || had.words != n {
				return
			}
			from := int(p & (maxUnits - 1))
			a.w = w.units
			cost, end := a.fit(from, 0, left{a.homophones, 0})
			if cost >= noFit {
				return
			}
			one := score(w, cost, max(1, from), end) / float64(len(words))
			sums[w] = sum{n + 1, had.score + one, append(slices.Clip(had.marks), [2]int{from, end})}
		})
	}
	for w, m := range sums {
		if m.words == len(words) {
			found.take(w, m.score, m.marks[0][0], m.marks[0][1], m.marks[1:]...)
		}
	}
}

// Scores of how well a text fits; the prior moves it by less than a beginning
// differs from a middle.
const (
	scoreWhole     = 3.0
	scoreBeginning = 2.0
	scoreMiddle    = 1.0
	scoreCovered   = 0.5 // for the share of the wording that was typed
	scoreSimilar   = -0.15
	scorePrior     = 0.6
)

// score weighs an alignment of units from to end at a cost.
func score(w *wording, cost, from, end int) float64 {
	s := scoreMiddle
	switch {
	case from == 0 && end == len(w.units):
		s = scoreWhole
	case from == 0:
		s = scoreBeginning
	}
	s += scoreCovered*float64(end-from)/float64(len(w.units)) - float64(cost)/perUnit/math.Sqrt(float64(max(1, end-from)))
	if w.number > 0 {
		s += scoreSimilar
	}
	return s
}

// spans turns marks in units into code points, joined where they touch.
func (w *wording) spans(marks [][2]int) [][2]int {
	out := make([][2]int, 0, len(marks))
	slices.SortFunc(marks, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
	for _, m := range marks {
		if m[1] == m[0] {
			continue
		}
		from, to := int(w.units[m[0]].at), int(w.units[m[1]-1].at)+1
		if n := len(out); n > 0 && from <= out[n-1][1] {
			out[n-1][1] = max(to, out[n-1][1])
		} else {
			out = append(out, [2]int{from, to})
		}
	}
	return out
}
