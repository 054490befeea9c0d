package flow

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// value returns what a message tells for a slot: an entity of one of its
// types, or the whole message where the pattern allows. not is a value that is
// taken back and does not count.
func (s *slotRule) value(t dialog.Turn, not string) (string, bool) {
	for _, want := range s.Entities {
		for i := len(t.Result.Entities) - 1; i >= 0; i-- {
			e := t.Result.Entities[i]
			v, ok := asType(e, want)
			if ok && v != "" && v != not {
				return v, true
			}
		}
	}
	if v, ok := s.Intents[t.Result.Intent.Name]; ok && v != not {
		return v, true
	}
	folded := dialog.FoldText(t.Text)
	for _, p := range s.phrases {
		if p.value != not && p.expr.MatchString(folded) {
			return p.value, true
		}
	}
	if text := strings.TrimSpace(t.Text); s.pattern != nil && text != not && s.pattern.MatchString(text) {
		return text, true
	}
	return "", false
}

// asType reads an entity as another type where it tells that too: a mobile
// number ends in the phone's tail.
func asType(e nlu.Entity, want nlu.EntityType) (string, bool) {
	switch {
	case e.Type == want:
		return e.Value, true
	case want == nlu.PhoneTail && e.Type == nlu.MobileNumber && len(e.Value) >= 4:
		return e.Value[len(e.Value)-4:], true
	default:
		return "", false
	}
}

// valid reports whether the slot's condition holds for a value.
func (s *slotRule) valid(env map[string]any, value string) bool {
	if s.validate == nil {
		return true
	}
	with := make(map[string]any, len(env)+1)
	for k, v := range env {
		with[k] = v
	}
	with["value"] = value
	ok, err := expr.Run(s.validate, with)
	return err == nil && ok == true
}

// match finds the choice that a message names: by its title or value, by its
// place, by the last digits of a word, by a yes or no, or by a part of a name
// that no other choice has.
func match(p *dialog.Phrases, choices []choice, t dialog.Turn) (choice, bool) {
	folded := dialog.FoldText(t.Text)
	if folded == "" {
		return choice{}, false
	}
	for _, c := range choices {
		for _, w := range c.words {
			if dialog.FoldText(w) == folded {
				return c, true
			}
		}
		if c.option != nil {
			for _, re := range c.option.match {
				if re.MatchString(folded) {
					return c, true
				}
			}
			if c.option.Affirm && p.Affirms(t.Text) || c.option.Deny && p.Denies(t.Text) {
				return c, true
			}
		}
	}
	if i, ok := p.Ordinal(t.Text, len(choices)); ok {
		return choices[i], true
	}
	if c, ok := only(choices, func(word string) bool { return endsIn(word, folded) }); ok {
		return c, true
	}
	c, share, ok := byName(choices, folded)
	if !ok || share < mereName && (len([]rune(folded)) > maxNaming || len(t.Hits) > 0 && t.Hits[0].Band == kb.Answer) {
		return choice{}, false
	}
	return c, true
}

// endsIn reports whether a word ends in the digits that the message is about
// (尾号8821, 后四位是 8821, 8821那个): four digits at least.
func endsIn(word, folded string) bool {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, folded)
	return len(digits) >= 4 && strings.HasSuffix(dialog.FoldText(word), digits)
}

// only returns the one choice of which a word fits.
func only(choices []choice, fits func(word string) bool) (choice, bool) {
	var found []choice
	for _, c := range choices {
		for _, w := range c.words {
			if fits(w) {
				found = append(found, c)
				break
			}
		}
	}
	if len(found) != 1 {
		return choice{}, false
	}
	return found[0], true
}

// maxNaming is the length in code points of a message that merely names
// something; longer ones, and questions that the knowledge base answers, ask.
const maxNaming = 12

// mereName is the share of a message that the name must make up for the
// message to be nothing but a name, whatever articles it resembles.
const mereName = 0.6

// byName finds the choice that shares the longest run of letters with the
// message, two code points at least and more than any other, and the share of
// the message that the run makes up.
func byName(choices []choice, folded string) (found choice, share float64, ok bool) {
	for _, filler := range []string{"订单", "快递", "包裹", "这个", "那个", "一下", "商品", "物流"} {
		folded = strings.ReplaceAll(folded, filler, " ")
	}
	best, second, at := 1, 1, -1
	for i, c := range choices {
		n := 0
		for _, w := range c.words {
			n = max(n, commonRun(folded, dialog.FoldText(w)))
		}
		switch {
		case n > best:
			best, second, at = n, best, i
		case n > second:
			second = n
		}
	}
	if at < 0 || best == second {
		return choice{}, 0, false
	}
	left := utf8.RuneCountInString(strings.ReplaceAll(folded, " ", ""))
	return choices[at], float64(best) / float64(left), true
}

// commonRun is the length in code points of the longest run of letters that a
// and b share; blanks of a and digits count for nothing.
func commonRun(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	best := 0
	row := make([]int, len(rb)+1)
	for i := range ra {
		diagonal := 0
		for j := range rb {
			above := row[j+1]
			row[j+1] = 0
			if ra[i] == rb[j] && ra[i] != ' ' && !unicode.IsDigit(ra[i]) {
				row[j+1] = diagonal + 1
				best = max(best, row[j+1])
			}
			diagonal = above
		}
	}
	return best
}
