package segment

import (
	"unicode/utf8"
)

// step is the best way on from a unit.
type step struct {
	logp float64 // of the rest of the text
	next int     // the unit after the word that begins here
	pos  string
}

// path is a reading with its best cut; it is reused.
type path struct {
	reading
	steps []step
}

// search finds the cut of highest probability and returns its logarithm. A
// unit that no layer lists counts as a word seen once.
func (p *path) search(layers []lexicon, logTotal float64) float64 {
	n := len(p.units) - 1
	p.steps = append(p.steps[:0], make([]step, n+1)...)
	for i := n - 1; i >= 0; i-- {
		best := step{logp: -logTotal + p.steps[i+1].logp, next: i + 1}
		for _, layer := range layers {
			for j := i + 1; j <= n; j++ {
				logp, pos, found, prefix := layer.lookup(p.folded[p.units[i].byte:p.units[j].byte])
				if !prefix {
					break
				}
				if !found {
					continue
				}
				// Of equals the longer word and the upper layer win.
				if logp += p.steps[j].logp; logp >= best.logp {
					best = step{logp: logp, next: j, pos: pos}
				}
			}
		}
		p.steps[i] = best
	}
	return p.steps[0].logp
}

// maxGuess is how many characters the hidden Markov model gets at a time: its
// time grows with the square.
const maxGuess = 64

// cut calls emit for every word of the searched path in order, with its first
// unit and the unit after it. Neighbouring single characters go through guess.
func (p *path) cut(g *general, emit func(from, to int, pos string)) {
	n := len(p.units) - 1
	for i := 0; i < n; {
		if !p.single(i) {
			emit(i, p.steps[i].next, p.steps[i].pos)
			i = p.steps[i].next
			continue
		}
		j := i + 1
		for j < n && j-i < maxGuess && p.single(j) {
			j++
		}
		p.guess(g, i, j, emit)
		i = j
	}
}

// single reports whether unit i is a Chinese character that stands alone.
func (p *path) single(i int) bool {
	return p.units[i].kind == kindHan && p.steps[i].next == i+1
}

// guess emits the words that the hidden Markov model sees in the single
// characters [from, to).
func (p *path) guess(g *general, from, to int, emit func(from, to int, pos string)) {
	text := p.folded[p.units[from].byte:p.units[to].byte]
	_, _, listed, _ := g.lookup(text)
	if to-from == 1 || listed {
		// A word of the dictionary that lost to its characters stays lost.
		for i := from; i < to; i++ {
			emit(i, i+1, p.steps[i].pos)
		}
		return
	}
	for _, word := range g.seg.HMMCut(string(text)) {
		next := min(from+utf8.RuneCountInString(word), to)
		pos := ""
		if next == from+1 {
			pos = p.steps[from].pos
		}
		emit(from, next, pos)
		from = next
	}
	if from < to { // never seen; every code point must be covered
		emit(from, to, "")
	}
}
