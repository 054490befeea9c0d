package segment

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed dict/t2s.txt
var t2sText string

// simplified maps a traditional character to its simplified form. The pairs
// are those of OpenCC's character table; see dict/README.md.
var simplified = sync.OnceValue(func() map[rune]rune {
	table := make(map[rune]rune, len(t2sText)/8)
	for line := range strings.Lines(t2sText) {
		from, n := utf8.DecodeRuneInString(line)
		to, _ := utf8.DecodeRuneInString(line[n:])
		table[from] = to
	}
	return table
})

// Simplify replaces traditional characters by simplified ones, one for one:
// the number of code points stays. Invalid UTF-8 reads as U+FFFD.
func Simplify(text string) string {
	table := simplified()
	return strings.Map(func(r rune) rune {
		if to, ok := table[r]; ok {
			return to
		}
		return r
	}, text)
}

// Fold returns the form in which terms are indexed and compared: NFKC, lower
// case, simplified. It is what Token.Term holds unless the Segmenter keeps
// traditional characters. Invalid UTF-8 reads as U+FFFD.
func Fold(text string) string {
	return Simplify(foldKeeping(text))
}

// foldKeeping is Fold without the step to simplified characters.
func foldKeeping(text string) string {
	// Lower-casing can undo NFKC (a capital with a combining mark), so NFKC
	// runs again; two rounds are a fixed point for every code point (tested).
	text = strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(text, "\uFFFD")))
	return norm.NFKC.String(text)
}

// foldRune folds one code point to one code point. exact is false where Fold
// would give another number of code points or depends on the neighbours; the
// result then still serves for looking words up.
func foldRune(r rune, table map[rune]rune) (folded rune, exact bool) {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r, true
	case 0x4E00 <= r && r <= 0x9FFF:
		if to, ok := table[r]; ok {
			return to, true
		}
		return r, true
	case 0xFF01 <= r && r <= 0xFF5E: // full-width ASCII
		return foldRune(r-0xFEE0, table)
	case r == 0x3000:
		return ' ', true
	}
	exact = true
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	if !norm.NFKC.IsNormal(buf[:n]) {
		form := norm.NFKC.Bytes(buf[:n])
		first, size := utf8.DecodeRune(form)
		if size == len(form) {
			r = first
		} else {
			exact = false
		}
	}
	if unicode.IsMark(r) || 0x1100 <= r && r <= 0x11FF { // may compose with its neighbour
		exact = false
	}
	low := unicode.ToLower(r)
	if to, ok := table[low]; ok {
		low = to
	}
	return low, exact
}

// foldKey folds word for looking it up: code point by code point, as a text is.
func foldKey(word string) string {
	table := simplified()
	return strings.Map(func(r rune) rune {
		f, _ := foldRune(r, table)
		return f
	}, word)
}
