package typeahead

import "github.com/yingda/yingda/internal/pinyin"

// head is what a typed text may begin with: n characters that stand for one
// unit, looked up by its spelling where that is known, else by its letter.
type head struct {
	n        int
	spelling spelling // 0 when only the letter is known
	letter   byte     // 0 when the unit has none
}

// headsAt returns what may stand for a unit at place j.
func (t *typed) headsAt(j int) []head {
	var out []head
	u := t.units[j]
	if t.letters[j] == 0 {
		for _, s := range u.spellings(nil) {
			h := head{n: 1, spelling: s}
			if s < unread {
				h.letter = pinyin.Syllables().Initial(pinyin.Class(s))
			}
			out = append(out, h)
		}
		if d := digit(u.r); d != 0 {
			out = append(out, head{n: 1, letter: d})
		}
		return out
	}
	for _, s := range t.spans[j] {
		out = append(out, head{s.n, spelling(s.class), pinyin.Syllables().Initial(s.class)})
	}
	b := letter(t.letters[j])
	out = append(out, head{n: 1, letter: b})
	if j+1 < t.ends[j] && t.letters[j+1] == 'h' && (b == 'z' || b == 'c' || b == 's') {
		out = append(out, head{n: 2, letter: b})
	}
	if rest := len(t.units) - j; t.ends[j] == len(t.units) && rest > 1 {
		for _, c := range pinyin.Syllables().Begun(t.letters[j:]) {
			out = append(out, head{rest, spelling(c), pinyin.Syllables().Initial(c)})
		}
	}
	return out
}

// lookups are the lists in which the places stand where a text may begin.
type lookups struct {
	spellings map[spelling]bool
	// letters are looked at where wordings begin only: a single letter is in
	// half of all wordings somewhere.
	letters    map[byte]bool
	spellPairs map[[2]spelling]bool
	pairs      map[[2]byte]bool
}

func newLookups() *lookups {
	return &lookups{map[spelling]bool{}, map[byte]bool{}, map[[2]spelling]bool{}, map[[2]byte]bool{}}
}

// starts returns where the text may begin when it has no slips.
func (t *typed) starts() *lookups {
	l := newLookups()
	for _, first := range t.headsAt(0) {
		if first.n == len(t.units) {
			l.single(first)
			continue
		}
		for _, next := range t.headsAt(first.n) {
			switch {
			case first.spelling != 0 && next.spelling != 0:
				l.spellPairs[[2]spelling{first.spelling, next.spelling}] = true
			case first.letter != 0 && next.letter != 0:
				l.pairs[[2]byte{first.letter, next.letter}] = true
			default:
				l.single(first)
			}
		}
	}
	return l
}

func (l *lookups) single(h head) {
	if h.spelling != 0 {
		l.spellings[h.spelling] = true
	} else {
		l.letters[h.letter] = true
	}
}

// slippedStarts returns where the text may begin when one of its letters
// slipped; nil when it has too few letters for that.
func (t *typed) slippedStarts() *lookups {
	run := 0
	for j := range t.units {
		if t.letters[j] != 0 {
			run = max(run, t.ends[j]-j)
		}
	}
	if run < slipsFrom {
		return nil
	}
	l := newLookups()
	for _, first := range t.headsAt(0) {
		if first.spelling == 0 || first.n == len(t.units) {
			continue
		}
		// The slip is later than in the first two, or in the second.
		for _, next := range append(t.headsAt(first.n), t.slippedAt(first.n)...) {
			if next.spelling != 0 {
				l.spellPairs[[2]spelling{first.spelling, next.spelling}] = true
			}
		}
	}
	for _, first := range t.slippedAt(0) {
		if first.n == len(t.units) {
			l.single(first)
			continue
		}
		for _, next := range t.headsAt(first.n) {
			if next.spelling != 0 {
				l.spellPairs[[2]spelling{first.spelling, next.spelling}] = true
			}
		}
	}
	if t.ends[0] >= 3 { // the letters of a word
		a, b, c := letter(t.letters[0]), letter(t.letters[1]), letter(t.letters[2])
		for _, pair := range [][2]byte{{a, b}, {b, a}, {a, c}, {b, c}} {
			l.pairs[pair] = true
		}
	}
	return l
}

// slippedAt returns the heads at place j that are a slip away from a syllable.
func (t *typed) slippedAt(j int) []head {
	var out []head
	for n := 2; n <= min(pinyin.Longest+1, t.ends[j]-j); n++ {
		for _, c := range pinyin.Syllables().Near(t.letters[j : j+n]) {
			out = append(out, head{n, spelling(c), pinyin.Syllables().Initial(c)})
		}
	}
	return out
}
