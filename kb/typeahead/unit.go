package typeahead

import (
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/yingda/yingda/internal/pinyin"
)

// maxUnits bounds what of a wording can be found; maxTyped what is typed: a
// longer text is a message, and search answers it.
const (
	maxUnits = 1 << placeBits
	maxTyped = 32
)

// unit is one character of a text as it is compared: NFKC, lower case,
// simplified, a letter or a digit.
type unit struct {
	r rune
	// readings of a Chinese character, the commonest first; 0 is none.
	readings [3]pinyin.Syllable
	// at is the place of the character in the text, in code points.
	at uint16
}

// units returns at most limit units of a text; over says that it has more.
// Invalid UTF-8 is passed over.
func units(text string, simplify func(string) string, limit int) (out []unit, over bool) {
	table := pinyin.Syllables()
	at := -1
	for _, original := range text {
		at++
		if original == unicode.ReplacementChar {
			continue
		}
		s := string(original)
		if original > unicode.MaxASCII {
			s = norm.NFKC.String(s)
			if simplify != nil {
				s = simplify(s)
			}
		}
		for _, r := range s {
			r = unicode.ToLower(r)
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				continue
			}
			if len(out) == limit {
				return out, true
			}
			u := unit{r: r, at: uint16(min(at, 1<<16-1))}
			if !ascii(r) {
				u.readings = table.Readings(r)
			}
			out = append(out, u)
		}
	}
	return out, false
}

// ascii reports whether a unit is a letter or digit of a keyboard.
func ascii(r rune) bool { return r <= unicode.MaxASCII }

// spelling is what units are looked up by: a pinyin.Class, or a character that
// has none, set apart by its size.
type spelling uint32

const unread spelling = 1 << 21

// spellings appends every spelling of the unit.
func (u unit) spellings(to []spelling) []spelling {
	if u.readings[0] == 0 {
		return append(to, unread+spelling(u.r))
	}
	from, table := len(to), pinyin.Syllables()
	for _, s := range u.readings {
		if c := spelling(table.ClassOf(s)); s != 0 && !slices.Contains(to[from:], c) {
			to = append(to, c)
		}
	}
	return to
}

// letters appends the keys by which a unit may begin: the first letters of its
// readings, as Fuzzy spells them, its own letter, the digit that it is.
func (u unit) letters(to []byte) []byte {
	if ascii(u.r) {
		return append(to, letter(byte(u.r)))
	}
	from, table := len(to), pinyin.Syllables()
	for _, s := range u.readings {
		if b := table.Initial(table.ClassOf(s)); s != 0 && !slices.Contains(to[from:], b) {
			to = append(to, b)
		}
	}
	if d := digit(u.r); d != 0 {
		to = append(to, d)
	}
	return to
}

// letter is a typed letter as Fuzzy begins a syllable with it.
func letter(b byte) byte {
	if b == 'l' {
		return 'n'
	}
	return b
}

// digit returns the digit that a Chinese numeral is, or 0.
func digit(r rune) byte {
	switch r {
	case '零', '〇':
		return '0'
	case '一':
		return '1'
	case '二', '两':
		return '2'
	case '三':
		return '3'
	case '四':
		return '4'
	case '五':
		return '5'
	case '六':
		return '6'
	case '七':
		return '7'
	case '八':
		return '8'
	case '九':
		return '9'
	}
	return 0
}
