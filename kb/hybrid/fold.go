package hybrid

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the letters and digits of text in NFKC and lower case: texts
// that differ in width, case, blanks or punctuation only fold alike. Invalid
// UTF-8 is passed over.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range norm.NFKC.String(text) {
		if r != unicode.ReplacementChar && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// grams returns the characters of a folded text and its pairs of neighbours.
func grams(folded string) []string {
	starts := make([]int, 0, len(folded)+1)
	for i := range folded {
		starts = append(starts, i)
	}
	starts = append(starts, len(folded))
	out := make([]string, 0, 2*len(starts))
	for i := 0; i+1 < len(starts); i++ {
		out = append(out, folded[starts[i]:starts[i+1]])
		if i+2 < len(starts) {
			out = append(out, folded[starts[i]:starts[i+2]])
		}
	}
	return out
}

// CharGrams returns the characters and pairs of characters of the folded text, by
// which texts are compared where words fail: typing errors, new words, wrong cuts.
func CharGrams(text string) []string { return grams(Fold(text)) }
