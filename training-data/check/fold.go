package check

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the form in which texts are compared: NFKC, lower case, with
// punctuation, blanks, control characters, tildes and emoji variation
// selectors removed. A text of nothing but those ("？？") keeps its
// punctuation, so that "？" and "……" stay different texts.
func Fold(text string) string {
	s := strings.ToLower(norm.NFKC.String(text))
	folded := strings.Map(func(r rune) rune {
		if dropped(r) || unicode.IsPunct(r) || r == '~' {
			return -1
		}
		return r
	}, s)
	if folded != "" {
		return folded
	}
	return strings.Map(func(r rune) rune {
		if dropped(r) {
			return -1
		}
		return r
	}, s)
}

// dropped reports whether r carries nothing that a reader sees as text.
func dropped(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Z, r) || unicode.Is(unicode.C, r) || r == '\ufe0e' || r == '\ufe0f'
}
