package typeahead

import (
	"strings"

	"github.com/yingda/yingda/internal/pinyin"
)

// What an alignment costs beyond the characters themselves.
const (
	costPinyin      = 1 // a full syllable
	costBegun       = 1 // a syllable not finished yet, at the end of what is typed
	costShort       = 2 // zh, ch or sh for a syllable
	costInitial     = 3 // the first letter for a syllable
	costFuzzy       = 4 // a syllable of the same class
	costHomophone   = 10
	costFuzzySound  = 14 // a character that sounds alike in some regions
	costSlip        = 14
	noFit           = 1 << 20
	slipsFrom       = 4  // letters, below which a slip is not looked for
	homophonesEvery = 3  // characters, of which one may be a homophone
	perUnit         = 10 // divides a cost into scores: see score
)

// typed is a text as it is aligned.
type typed struct {
	units []unit
	// letters has the byte of a letter or digit and 0 for another character.
	letters string
	// ends holds, per place, where the run of letters that it is in ends.
	ends []int
	// spans holds, per place, the syllables that begin there.
	spans [][]span
	// homophones is how many characters may be replaced by others.
	homophones int
}

// span is letters that spell a syllable of a class.
type span struct {
	n     int
	class pinyin.Class
	exact pinyin.Syllable // 0 when only Fuzzy spells it
}

func read(units []unit) *typed {
	t := &typed{units: units, ends: make([]int, len(units)), spans: make([][]span, len(units))}
	letters := make([]byte, len(units))
	han := 0
	for i, u := range units {
		if ascii(u.r) {
			letters[i] = byte(u.r)
		} else {
			han++
		}
	}
	t.letters = string(letters)
	if han >= 2 {
		t.homophones = max(1, han/homophonesEvery)
	}
	end := len(units)
	table := pinyin.Syllables()
	for i := len(units) - 1; i >= 0; i-- {
		if letters[i] == 0 {
			end = i
			t.ends[i] = i
			continue
		}
		t.ends[i] = end
		for n := 1; n <= min(pinyin.Longest, end-i); n++ {
			s := t.letters[i : i+n]
			if c := table.Class(s); c != 0 {
				t.spans[i] = append(t.spans[i], span{n, c, table.Syllable(s)})
			}
		}
	}
	return t
}

// aligner aligns one typed text with many wordings.
type aligner struct {
	*typed
	table *pinyin.Table
	w     []unit // the wording at hand
}

// left is what may still go wrong.
type left struct{ homophones, slips int }

// fit returns the least cost of what is typed from j on against the units
// from i on, and the unit after the last that it took; noFit when it does not.
func (a *aligner) fit(i, j int, may left) (cost, end int) {
	if j == len(a.units) {
		return 0, i
	}
	if i == len(a.w) {
		return noFit, i
	}
	best := least{cost: noFit}
	u := &a.w[i]
	b := a.letters[j]
	if b == 0 {
		q := &a.units[j]
		switch {
		case q.r == u.r:
			a.try(&best, 0, i+1, j+1, may)
		case digit(q.r) != 0 && u.r == rune(digit(q.r)):
			a.try(&best, costPinyin, i+1, j+1, may)
		case may.homophones > 0:
			a.try(&best, a.sound(q, u), i+1, j+1, left{may.homophones - 1, may.slips})
		}
		return best.cost, best.end
	}
	if ascii(u.r) {
		a.fitLetter(&best, i, j, may)
	} else if digit(u.r) == b {
		a.try(&best, costPinyin, i+1, j+1, may)
	}
	for _, s := range u.readings {
		if s == 0 {
			break
		}
		a.fitReading(&best, s, i, j, may)
	}
	return best.cost, best.end
}

// try is fit after a step of a cost, kept where it is the best.
func (a *aligner) try(best *least, own, i, j int, may left) {
	if own >= best.cost {
		return
	}
	rest, end := a.fit(i, j, may)
	best.take(own+rest, end)
}

// fitLetter tries a typed letter against a letter of the wording.
func (a *aligner) fitLetter(best *least, i, j int, may left) {
	q, u := rune(a.letters[j]), a.w[i].r
	if q == u {
		a.try(best, 0, i+1, j+1, may)
	}
	if may.slips == 0 {
		return
	}
	may.slips--
	if q != u {
		a.try(best, costSlip, i+1, j+1, may) // another letter
		if j+1 < len(a.units) && i+1 < len(a.w) && q == a.w[i+1].r && rune(a.letters[j+1]) == u {
			a.try(best, costSlip, i+2, j+2, may) // swapped
		}
	}
	a.try(best, costSlip, i+1, j, may) // one missing
	a.try(best, costSlip, i, j+1, may) // one too many
}

// fitReading tries typed letters against a reading of a character.
func (a *aligner) fitReading(best *least, s pinyin.Syllable, i, j int, may left) {
	text, rest := a.table.Text(s), a.letters[j:a.ends[j]]
	class := a.table.ClassOf(s)
	if may.slips == 0 && letter(rest[0]) != a.table.Initial(class) {
		return
	}
	for _, span := range a.spans[j] {
		if span.exact == s {
			a.try(best, costPinyin, i+1, j+span.n, may)
		} else if span.class == class {
			a.try(best, costFuzzy, i+1, j+span.n, may)
		}
	}
	if a.ends[j] == len(a.units) && len(rest) > 1 && len(rest) < len(text) && strings.HasPrefix(text, rest) {
		a.try(best, costBegun, i+1, len(a.units), may)
	}
	if len(text) > 2 && text[1] == 'h' && strings.HasPrefix(rest, text[:2]) {
		a.try(best, costShort, i+1, j+2, may)
	}
	if rest[0] == text[0] {
		a.try(best, costInitial, i+1, j+1, may)
	}
	if may.slips == 0 {
		return
	}
	may.slips--
	for n := max(2, len(text)-1); n <= min(len(text)+1, len(rest)); n++ {
		if pinyin.Slip(rest[:n], text) {
			a.try(best, costSlip, i+1, j+n, may)
		}
	}
}

// sound is the cost of one character for another that sounds like it.
func (a *aligner) sound(q, u *unit) int {
	cost := noFit
	for _, s := range q.readings {
		for _, r := range u.readings {
			switch {
			case s == 0 || r == 0:
			case s == r:
				return costHomophone
			case a.table.ClassOf(s) == a.table.ClassOf(r):
				cost = costFuzzySound
			}
		}
	}
	return cost
}

// least keeps the cheapest end of an alignment, the longer on a tie.
type least struct{ cost, end int }

func (l *least) take(cost, end int) {
	if cost < l.cost || cost == l.cost && end > l.end {
		l.cost, l.end = cost, end
	}
}
