package desk

import (
	_ "embed" // the built-in wordings
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/internal/yamldoc"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

//go:embed phrases.yaml
var phrasesSource []byte

// minFill is how many unconditional wordings there must be: so many that three
// are left when every message a State remembers was one of them.
const minFill = 24 + minSuggestions

// Phrases are the wordings of the desk. They do not change once read and are
// safe for concurrent use.
type Phrases struct {
	matters map[string][]string // group → intents
	talk    map[string]bool
	known   map[string]places
	release string
	states  []stateForm
	asks    []askForm
	phrases []phrase
	fill    []string
}

// places are where a value may have been told.
type places struct {
	Slots      []string `yaml:"slots"`
	Facts      []string `yaml:"facts"`
	Entities   []string `yaml:"entities"`
	Attributes []string `yaml:"attributes"`
}

// stateForm turns the facts of one look-up into sentences.
type stateForm struct {
	ID      string   `yaml:"id"`
	Title   string   `yaml:"title"`
	Matters []string `yaml:"matters"`
	Parts   []string `yaml:"parts"`
}

// askForm asks for a slot.
type askForm struct {
	Slots []string `yaml:"slots"`
	Title string   `yaml:"title"`
	Group string   `yaml:"group"`
	Texts []string `yaml:"texts"`
}

// phrase is a draft under conditions.
type phrase struct {
	ID    string    `yaml:"id"`
	Title string    `yaml:"title"`
	Group string    `yaml:"group"`
	When  condition `yaml:"when"`
	Score float64   `yaml:"score"`
	Once  bool      `yaml:"once"`
	Texts []string  `yaml:"texts"`
}

type condition struct {
	Matters []string `yaml:"matters"`
	Says    []string `yaml:"says"`
	Moods   []string `yaml:"moods"`
	Lacks   []string `yaml:"lacks"`
	Knows   []string `yaml:"knows"`
	First   *bool    `yaml:"first"`
}

// maxPhrases bounds a file of phrases in bytes.
const maxPhrases = 256 << 10

// BuiltinPhrases returns the wordings of phrases.yaml, read once.
var BuiltinPhrases = sync.OnceValues(func() (*Phrases, error) { return ReadPhrases("phrases.yaml", phrasesSource) })

// ReadPhrases reads a file in the format of phrases.yaml; name stands for it
// in errors. Unknown keys, names of matters or values that the file does not
// declare, blanks that nothing fills, scores outside (0, 1], wordings that
// occur twice under one head and too few of them under fill are fault.Invalid
// with file, line and place as Field; a file over 256 KiB is TooLarge.
func ReadPhrases(name string, source []byte) (*Phrases, error) {
	var file struct {
		Matters map[string][]string `yaml:"matters"`
		Talk    []string            `yaml:"talk"`
		Known   map[string]places   `yaml:"known"`
		Release string              `yaml:"release"`
		States  []stateForm         `yaml:"states"`
		Asks    []askForm           `yaml:"asks"`
		Phrases []phrase            `yaml:"phrases"`
		Fill    []string            `yaml:"fill"`
	}
	doc, err := yamldoc.Read(name, source, maxPhrases, &file)
	if err != nil {
		return nil, err
	}
	p := &Phrases{
		matters: file.Matters, talk: map[string]bool{}, known: file.Known, release: strings.TrimSpace(file.Release),
		states: file.States, asks: file.Asks, phrases: file.Phrases, fill: file.Fill,
	}
	for _, intent := range file.Talk {
		p.talk[intent] = true
	}
	if err := p.check(file.Talk); err != nil {
		at := ""
		if f := (*fault.Error)(nil); errors.As(err, &f) {
			at = f.Field
		}
		return nil, fault.In(fmt.Sprintf("%s:%d", name, doc.Line("$."+at)), err)
	}
	for i := range p.states {
		p.states[i].Matters = p.expand(p.states[i].Matters)
	}
	for i := range p.phrases {
		p.phrases[i].When.Matters = p.expand(p.phrases[i].When.Matters)
	}
	return p, nil
}

// check refuses what no reader could use.
func (p *Phrases) check(talk []string) error {
	if p.release == "" {
		return invalid("release", "the wording is missing")
	}
	if err := p.names("talk", talk); err != nil {
		return err
	}
	for i, f := range p.states {
		at := fmt.Sprintf("states[%d]", i)
		if f.ID == "" || f.Title == "" || len(f.Parts) == 0 || len(blanks(f.Parts[0])) == 0 {
			return invalid(at, "a state needs id, title and parts, the first with a blank")
		}
		if err := p.names(at+".matters", f.Matters); err != nil {
			return err
		}
		if err := wordings(at+".parts", f.Parts); err != nil {
			return err
		}
	}
	for i, f := range p.asks {
		at := fmt.Sprintf("asks[%d]", i)
		if len(f.Slots) == 0 || f.Title == "" {
			return invalid(at, "a question needs slots and a title")
		}
		if err := p.filled(at+".texts", f.Texts); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for i, f := range p.phrases {
		at := fmt.Sprintf("phrases[%d]", i)
		if f.ID == "" || f.Title == "" || seen[f.ID] {
			return invalid(at, "a phrase needs a title and an id of its own, not %q", f.ID)
		}
		seen[f.ID] = true
		if f.Score <= 0 || f.Score > 1 {
			return invalid(at+".score", "%g is out of range; use more than 0, at most 1", f.Score)
		}
		if err := p.filled(at+".texts", f.Texts); err != nil {
			return err
		}
		if err := p.condition(at+".when", f.When); err != nil {
			return err
		}
	}
	if len(p.fill) < minFill {
		return invalid("fill", "%d wordings are too few; give at least %d, so that some are always left", len(p.fill), minFill)
	}
	if err := wordings("fill", p.fill); err != nil {
		return err
	}
	for i, text := range p.fill {
		if len(blanks(text)) > 0 {
			return invalid(fmt.Sprintf("fill[%d]", i), "%q has a blank; these must hold always", text)
		}
	}
	return nil
}

func (p *Phrases) condition(at string, c condition) error {
	if err := p.names(at+".matters", c.Matters); err != nil {
		return err
	}
	if err := p.names(at+".says", c.Says); err != nil {
		return err
	}
	for _, mood := range c.Moods {
		if mood != nlu.Negative && mood != nlu.Neutral && mood != nlu.Positive {
			return invalid(at+".moods", "unknown mood %q; use negative, neutral or positive", mood)
		}
	}
	for _, name := range slices.Concat(c.Lacks, c.Knows) {
		if _, ok := p.known[name]; !ok {
			return invalid(at, "unknown value %q; declare it under known", name)
		}
	}
	return nil
}

// names refuses matters that are neither a group nor an intent of one.
func (p *Phrases) names(at string, list []string) error {
	for _, name := range list {
		if _, group := p.matters[name]; group {
			continue
		}
		known := false
		for _, intents := range p.matters {
			known = known || slices.Contains(intents, name)
		}
		if !known {
			return invalid(at, "unknown matter %q; declare it under matters", name)
		}
	}
	return nil
}

// filled checks wordings whose blanks are {shop} and the names under known.
func (p *Phrases) filled(at string, texts []string) error {
	for i, text := range texts {
		for _, name := range blanks(text) {
			if _, ok := p.known[name]; !ok && name != "shop" {
				return invalid(fmt.Sprintf("%s[%d]", at, i), "nothing fills the blank {%s}", name)
			}
		}
	}
	return wordings(at, texts)
}

// wordings refuses an empty list, an empty text, and one text twice.
func wordings(at string, texts []string) error {
	if len(texts) == 0 {
		return invalid(at, "no wordings; give at least one")
	}
	seen := map[string]bool{}
	for i, text := range texts {
		folded := dialog.FoldText(text)
		if folded == "" || seen[folded] {
			return invalid(fmt.Sprintf("%s[%d]", at, i), "%q is empty or there already", text)
		}
		seen[folded] = true
	}
	return nil
}

func invalid(at, format string, args ...any) error {
	return fault.In(at, fault.New(fault.Invalid, format, args...))
}

// expand replaces groups by their intents.
func (p *Phrases) expand(names []string) []string {
	var out []string
	for _, name := range names {
		if group, ok := p.matters[name]; ok {
			out = append(out, group...)
			continue
		}
		out = append(out, name)
	}
	return out
}

var blank = regexp.MustCompile(`\{([^{}]*)\}`)

// blanks are the names in a wording's braces.
func blanks(text string) []string {
	var names []string
	for _, m := range blank.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// fillIn puts values into a wording's blanks; false when one is not known.
func fillIn(text string, value func(name string) string) (string, bool) {
	complete := true
	out := blank.ReplaceAllStringFunc(text, func(m string) string {
		v := value(m[1 : len(m)-1])
		complete = complete && v != ""
		return v
	})
	return out, complete
}

// seed varies wordings between conversations and messages.
func seed(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}
