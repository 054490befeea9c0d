package dialog

import (
	_ "embed" // the built-in wordings
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/unicode/norm"

	"github.com/yingda/yingda/internal/fault"
)

//go:embed builtin/phrases.yaml
var phrasesSource []byte

// Phrases are the wordings that decide without a model: they hold when the
// models are down, and they are the same on every machine.
type Phrases struct {
	askExcept, askPerson, declinePerson []*regexp.Regexp
	cancel, correct, affirm, deny       []*regexp.Regexp
	threat, complain, ordinal, begin    []*regexp.Regexp
	askHints, threatHints               []string
}

// BuiltinPhrases returns the wordings of builtin/phrases.yaml, read once.
var BuiltinPhrases = sync.OnceValues(func() (*Phrases, error) { return ReadPhrases(phrasesSource) })

// ReadPhrases reads a file in the format of builtin/phrases.yaml. Unknown keys
// and expressions that do not compile are fault.Invalid.
func ReadPhrases(source []byte) (*Phrases, error) {
	var file struct {
		AskExcept     []string `yaml:"ask_except"`
		AskPerson     []string `yaml:"ask_person"`
		DeclinePerson []string `yaml:"decline_person"`
		Cancel        []string `yaml:"cancel"`
		Correct       []string `yaml:"correct"`
		Affirm        []string `yaml:"affirm"`
		Deny          []string `yaml:"deny"`
		Threat        []string `yaml:"threat"`
		Complain      []string `yaml:"complain"`
		Ordinal       []string `yaml:"ordinal"`
		Begin         []string `yaml:"begin"`
		AskHints      []string `yaml:"ask_hints"`
		ThreatHints   []string `yaml:"threat_hints"`
	}
	if err := yaml.UnmarshalWithOptions(source, &file, yaml.Strict()); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "the phrases cannot be read")
	}
	p := &Phrases{askHints: file.AskHints, threatHints: file.ThreatHints}
	for _, list := range []struct {
		key  string
		from []string
		to   *[]*regexp.Regexp
	}{
		{"ask_except", file.AskExcept, &p.askExcept}, {"ask_person", file.AskPerson, &p.askPerson},
		{"decline_person", file.DeclinePerson, &p.declinePerson}, {"cancel", file.Cancel, &p.cancel},
		{"correct", file.Correct, &p.correct}, {"affirm", file.Affirm, &p.affirm}, {"deny", file.Deny, &p.deny},
		{"threat", file.Threat, &p.threat}, {"complain", file.Complain, &p.complain}, {"ordinal", file.Ordinal, &p.ordinal}, {"begin", file.Begin, &p.begin},
	} {
		for _, expr := range list.from {
			re, err := regexp.Compile(expr)
			if err != nil {
				return nil, fault.In(list.key, fault.Wrap(err, fault.Invalid, "%q is not a regular expression", expr))
			}
			*list.to = append(*list.to, re)
		}
	}
	return p, nil
}

// FoldText prepares a message for comparison: NFKC, lower case, only letters
// and digits kept.
func FoldText(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(text) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// AsksPerson reports whether text asks for a person; more are a bot's own wordings.
func (p *Phrases) AsksPerson(text string, more []string) bool {
	folded := FoldText(text)
	own := slices.ContainsFunc(more, func(phrase string) bool {
		f := FoldText(phrase)
		before, _, found := strings.Cut(folded, f)
		return f != "" && found && !slices.ContainsFunc(refusals, func(no string) bool { return strings.HasSuffix(before, no) })
	})
	if !own && !hinted(folded, p.askHints) {
		return false
	}
	folded = p.withoutExceptions(folded)
	return !matches(p.declinePerson, folded) && (own || matches(p.askPerson, folded))
}

// refusals before a bot's own wording turn it round.
var refusals = []string{"不要", "不用", "不需要", "别", "不想", "先不", "不必"}

// hinted reports whether a message holds any of the words without which no
// expression of a list can match: most messages are done with here.
func hinted(folded string, hints []string) bool {
	return slices.ContainsFunc(hints, func(h string) bool { return strings.Contains(folded, h) })
}

// DeclinesPerson reports whether text says that no person is wanted.
func (p *Phrases) DeclinesPerson(text string) bool {
	folded := FoldText(text)
	return hinted(folded, p.askHints) && matches(p.declinePerson, p.withoutExceptions(folded))
}

// MentionsPerson reports whether text speaks of people's service without
// asking for it (人工费多少, 人工客服几点上班): then an intent of the same name
// is not believed.
func (p *Phrases) MentionsPerson(text string) bool {
	folded := FoldText(text)
	return hinted(folded, p.askHints) && matches(p.askExcept, folded)
}

// maxBare is the length in bytes of a folded message that may be nothing but a
// yes, a no, a place or the like; longer ones are not looked at.
const maxBare = 90

// bare is matches for expressions that describe the whole of a short message.
func bare(list []*regexp.Regexp, text string) bool {
	folded := FoldText(text)
	return len(folded) <= maxBare && matches(list, folded)
}

// Cancels reports whether text calls off what is under way.
func (p *Phrases) Cancels(text string) bool { return bare(p.cancel, text) }

// Corrects reports whether text takes back what was said before.
func (p *Phrases) Corrects(text string) bool { return matches(p.correct, FoldText(text)) }

// Affirms reports whether text is a plain yes.
func (p *Phrases) Affirms(text string) bool { return bare(p.affirm, text) }

// Denies reports whether text is a plain no.
func (p *Phrases) Denies(text string) bool { return bare(p.deny, text) }

// Threatens reports whether text threatens with authorities, courts or publicity.
func (p *Phrases) Threatens(text string) bool {
	folded := FoldText(text)
	return hinted(folded, p.threatHints) && matches(p.threat, folded)
}

// Complains reports whether text announces a complaint or a bad review.
func (p *Phrases) Complains(text string) bool {
	folded := FoldText(text)
	return hinted(folded, p.threatHints) && matches(p.complain, folded)
}

// Begins reports whether text only begins to speak (请问, 那个): more will follow.
func (p *Phrases) Begins(text string) bool { return bare(p.begin, text) }

// Ordinal returns the place that text picks among n choices, from 0, or false.
func (p *Phrases) Ordinal(text string, n int) (int, bool) {
	folded := FoldText(text)
	if len(folded) > maxBare {
		return 0, false
	}
	for _, re := range p.ordinal {
		groups := re.FindStringSubmatch(folded)
		if groups == nil {
			continue
		}
		for _, g := range groups[1:] {
			if i, ok := ordinals[g]; ok && i < n {
				return i, true
			}
			if strings.HasPrefix(g, "最") || strings.HasPrefix(g, "倒数") {
				return n - 1, n > 0
			}
		}
	}
	return 0, false
}

var ordinals = map[string]int{
	"1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "6": 5, "7": 6, "8": 7, "9": 8,
	"一": 0, "二": 1, "两": 1, "三": 2, "四": 3, "五": 4, "六": 5, "七": 6, "八": 7, "九": 8,
}

func (p *Phrases) withoutExceptions(folded string) string {
	for _, re := range p.askExcept {
		folded = re.ReplaceAllString(folded, "")
	}
	return folded
}

func matches(list []*regexp.Regexp, folded string) bool {
	for _, re := range list {
		if re.MatchString(folded) {
			return true
		}
	}
	return false
}
