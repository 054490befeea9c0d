package nlu

import (
	"slices"
	"unicode"
)

// ExpectOdds is by how much the odds of an expected intent grow: an answer to
// a question is about that much likelier to be one than any other message is.
const ExpectOdds = 3

// slotAnswers are the intents of a message that answers the question for a slot.
var slotAnswers = []string{"inform", "affirm", "deny"}

// mix replaces the probabilities of the text alone by those of text and turn
// before. Where the text alone has no intent of ContextFloor or more, the pair
// rules; everywhere else the two are averaged with ContextWeight on the pair.
// Short texts and those that affirm, deny or tell are no case of their own:
// of 600 labelled turns kept out of training fewer were read right so. Both
// slices follow the same labels; each sums to 1, and so does the result.
func (t Tuning) mix(alone, pair []float64) {
	weight := t.ContextWeight
	if slices.Max(alone) < t.ContextFloor {
		weight = 1
	}
	for i := range alone {
		alone[i] = (1-weight)*alone[i] + weight*pair[i]
	}
}

// raise multiplies the odds of what the dialog expects by ExpectOdds: Bayes'
// rule where P(intent | expected) is that many times P(intent). An expectation
// that is no label is the name of a slot and stands for slotAnswers.
func raise(probs []float64, labels, expect []string) {
	if len(expect) == 0 {
		return
	}
	sum := 0.0
	slot := slices.ContainsFunc(expect, func(e string) bool { return e != "" && !slices.Contains(labels, e) })
	for i, l := range labels {
		if slices.Contains(expect, l) || slot && slices.Contains(slotAnswers, l) {
			probs[i] *= ExpectOdds
		}
		sum += probs[i]
	}
	for i := range probs {
		probs[i] /= sum
	}
}

// visible counts the characters of text that can be seen.
func visible(text string) int {
	n := 0
	for _, r := range text {
		if !hidden(r) {
			n++
		}
	}
	return n
}

// hidden reports whether a code point leaves no mark of its own.
func hidden(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}
