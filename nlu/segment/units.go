package segment

import (
	"unicode"
	"unicode/utf8"
)

type kind uint8

const (
	kindHan    kind = iota // one Chinese character
	kindWord               // letters and digits of other scripts
	kindBlank              // blanks and control characters
	kindSymbol             // everything else
)

// unit is a piece of text that is never cut.
type unit struct {
	kind kind
	// start is its first code point, byte its first byte in the folded text,
	// source its first byte in the original.
	start, byte, source int
}

const (
	zeroWidthJoiner = 0x200D
	// longLetters is the number of letters from which a group of letters and
	// the digits beside it are two words.
	longLetters = 3
)

// reading is one text, folded and divided; its slices are reused.
type reading struct {
	folded []byte
	units  []unit // one more than there are units: the last marks the end
	exact  bool   // the folded text is Fold(text), code point by code point
}

// read fills in r from text, which must be valid UTF-8.
func (r *reading) read(text string, table map[rune]rune) {
	r.folded, r.units, r.exact = r.folded[:0], r.units[:0], true
	var (
		prev     rune // the folded code point before
		prevKind kind
		letters  int  // length of the group of letters that ends here
		digits   bool // the code point before is a digit
		pos      int
	)
	for at, c := range text {
		f, exact := foldRune(c, table)
		if !exact {
			r.exact = false
		}
		k := kindOf(f)
		isDigit := k == kindWord && unicode.IsNumber(f)
		if f == '.' && digits && digitAt(text, at+utf8.RuneLen(c)) {
			k, isDigit = kindWord, true // the point of a decimal
		}
		join := pos > 0 && k == prevKind
		switch k {
		case kindHan:
			join = false
		case kindSymbol:
			join = join && (f == prev || prev == zeroWidthJoiner || isRegional(f) && isRegional(prev)) ||
				pos > 0 && prevKind == kindSymbol && extends(f)
		case kindWord:
			if unicode.IsMark(f) && prevKind == kindWord {
				join = true
				break
			}
			switch {
			case !join:
			case isDigit == digits:
			case isDigit: // letters, then digits
				join = letters < longLetters
			default: // digits, then letters: look how many come
				join = lettersFrom(text[at:]) < longLetters
			}
			if isDigit {
				letters = 0
			} else if digits || !join {
				letters = 1
			} else {
				letters++
			}
			digits = isDigit
		case kindBlank:
		}
		if k != kindWord {
			digits, letters = false, 0
		}
		if !join {
			r.units = append(r.units, unit{kind: k, start: pos, byte: len(r.folded), source: at})
		}
		r.folded = utf8.AppendRune(r.folded, f)
		prev, prevKind = f, k
		pos++
	}
	r.units = append(r.units, unit{start: pos, byte: len(r.folded), source: len(text)})
}

func kindOf(r rune) kind {
	switch {
	case r < utf8.RuneSelf:
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', 'A' <= r && r <= 'Z':
			return kindWord
		case r <= ' ', r == 0x7F:
			return kindBlank
		}
		return kindSymbol
	case 0x4E00 <= r && r <= 0x9FFF, unicode.Is(unicode.Han, r):
		return kindHan
	case unicode.IsLetter(r), unicode.IsNumber(r):
		return kindWord
	case unicode.IsMark(r):
		if extends(r) {
			return kindSymbol
		}
		return kindWord
	case unicode.IsSpace(r), unicode.IsControl(r):
		return kindBlank
	}
	return kindSymbol
}

// extends reports whether r only changes the symbol before it: joiners,
// variation selectors, keycap marks, skin tones, tags.
func extends(r rune) bool {
	return r == zeroWidthJoiner || 0xFE00 <= r && r <= 0xFE0F || 0x20D0 <= r && r <= 0x20FF ||
		0x1F3FB <= r && r <= 0x1F3FF || 0xE0020 <= r && r <= 0xE007F
}

func isRegional(r rune) bool { return 0x1F1E6 <= r && r <= 0x1F1FF }

// digitAt reports whether an ASCII or full-width digit stands at byte i of text.
func digitAt(text string, i int) bool {
	c, _ := utf8.DecodeRuneInString(text[i:])
	return '0' <= c && c <= '9' || '０' <= c && c <= '９'
}

// lettersFrom counts the letters at the beginning of text, up to longLetters.
func lettersFrom(text string) int {
	n := 0
	for _, c := range text {
		if n == longLetters || unicode.IsNumber(c) || kindOf(c) != kindWord {
			break
		}
		n++
	}
	return n
}
