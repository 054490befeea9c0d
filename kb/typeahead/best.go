package typeahead

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/yingda/yingda/kb"
)

// match is how a text fits a wording.
type match struct {
	wording  *wording
	from, to int // in units
	more     [][2]int
	score    float64
}

// best keeps the best match of each of the best maxLimit articles.
type best struct {
	bot     string
	at      time.Time
	prior   kb.Prior
	matches []match
	worst   int // of a full list
}

func (b *best) full() bool { return len(b.matches) == maxLimit }

// take keeps a match if its article is valid and it is among the best.
func (b *best) take(w *wording, score float64, from, to int, more ...[2]int) {
	bound := score
	if b.prior != nil {
		bound += scorePrior
	}
	if b.full() && bound < b.matches[b.worst].score {
		return
	}
	if !(kb.Article{ValidFrom: w.article.from, ValidUntil: w.article.until}).ValidAt(b.at) {
		return
	}
	if b.prior != nil {
		score += scorePrior * math.Tanh(b.prior.Prior(b.bot, w.article.id))
	}
	m := match{w, from, to, more, score}
	for i := range b.matches {
		if b.matches[i].wording.article == w.article {
			if before(m, b.matches[i]) {
				b.matches[i] = m
				b.sink()
			}
			return
		}
	}
	if !b.full() {
		b.matches = append(b.matches, m)
		b.sink()
	} else if before(m, b.matches[b.worst]) {
		b.matches[b.worst] = m
		b.sink()
	}
}

// sink finds the worst match again.
func (b *best) sink() {
	b.worst = 0
	for i := range b.matches {
		if before(b.matches[b.worst], b.matches[i]) {
			b.worst = i
		}
	}
}

// before orders matches: the better score, else the article's id and the
// earlier wording and place.
func before(a, b match) bool {
	if a.score != b.score {
		return a.score > b.score
	}
	return cmp.Or(
		cmp.Compare(a.wording.article.id, b.wording.article.id),
		cmp.Compare(a.wording.number, b.wording.number), cmp.Compare(a.from, b.from),
	) < 0
}

func (b *best) proposals(limit int) []Proposal {
	slices.SortFunc(b.matches, func(m, n match) int {
		if before(m, n) {
			return -1
		}
		return 1
	})
	out := make([]Proposal, 0, min(limit, len(b.matches)))
	for _, m := range b.matches[:min(limit, len(b.matches))] {
		a := m.wording.article
		marks := append([][2]int{{m.from, m.to}}, m.more...)
		out = append(out, Proposal{
			Article: a.id, Question: a.texts[0], Wording: a.texts[m.wording.number], Marks: m.wording.spans(marks), Score: m.score,
		})
	}
	return out
}
