package nlu

import "unicode"

// Terms returns the index forms of tokens that hold at least one letter or digit.
func Terms(tokens []Token) []string {
	terms := make([]string, 0, len(tokens))
	for _, t := range tokens {
		for _, r := range t.Term {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				terms = append(terms, t.Term)
				break
			}
		}
	}
	return terms
}
