package dialog

import (
	"slices"

	"github.com/yingda/yingda/kb"
)

// nearCopy is the share of common pairs of characters from which two questions
// read as one.
const nearCopy = 0.8

// choices are buttons for the hits good enough to show, without one article.
// They differ from each other: of near copies, and of articles with the same
// answer, the most probable is shown.
func (pl *plan) choices(limit int, without string) []Button {
	var buttons []Button
	var shown []kb.Article
	for _, h := range pl.t.Hits {
		if len(buttons) == limit {
			break
		}
		a := h.Article
		if h.Band == kb.Abstain || a.ID == without || pl.mute[a.ID] ||
			slices.ContainsFunc(shown, func(other kb.Article) bool { return alike(a, other) }) {
			continue
		}
		shown = append(shown, a)
		buttons = append(buttons, Button{Title: a.Question, Text: a.Question})
	}
	return buttons
}

// alike reports whether choosing between two articles means nothing to a customer.
func alike(a, b kb.Article) bool {
	one, two := []rune(FoldText(a.Question)), []rune(FoldText(b.Question))
	if slices.Equal(one, two) || a.Answer != "" && a.Answer == b.Answer {
		return true
	}
	if len(one) < 2 || len(two) < 2 {
		return false
	}
	left := map[[2]rune]int{}
	for i := range one[1:] {
		left[[2]rune{one[i], one[i+1]}]++
	}
	common := 0
	for i := range two[1:] {
		if p := [2]rune{two[i], two[i+1]}; left[p] > 0 {
			left[p]--
			common++
		}
	}
	return 2*float64(common)/float64(len(one)+len(two)-2) >= nearCopy
}
