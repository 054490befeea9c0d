package segment

import (
	"bufio"
	_ "embed"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-ego/gse"

	"github.com/yingda/yingda/internal/fault"
)

//go:generate go run ./dictgen dict

//go:embed dict/zh.txt
var builtinText string

// lexicon looks words up. logp is the natural logarithm of the word's
// probability. prefix is true where longer words may begin with key.
type lexicon interface {
	lookup(key []byte) (logp float64, pos string, found, prefix bool)
}

// general is the general dictionary: gse's trie, read only once built.
type general struct {
	seg      gse.Segmenter
	logTotal float64
}

// loadModel sets gse's hidden Markov model up. gse keeps it in a global map,
// so it must be written once and before the first cut.
var loadModel = sync.OnceFunc(func() { new(gse.Segmenter).LoadModel() })

// builtin is the general dictionary of this process, built on first use.
var builtin = sync.OnceValues(func() (*general, error) {
	return newGeneral(strings.NewReader(builtinText))
})

// newGeneral builds a general dictionary from lines of "word freq pos".
func newGeneral(r io.Reader) (*general, error) {
	loadModel()
	g := &general{}
	g.seg.SkipLog = true
	g.seg.Dict = gse.NewDict()
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		w, err := parseWord(fields)
		if err != nil {
			return nil, err
		}
		w.Text = foldKey(w.Text)
		if err := g.add(w); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "the general dictionary could not be built at line %d", n)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "the general dictionary could not be read")
	}
	if g.seg.Dict.NumTokens() == 0 {
		return nil, fault.New(fault.Invalid, "the general dictionary holds no word")
	}
	g.logTotal = math.Log(g.seg.Dict.TotalFreq())
	return g, nil
}

// add inserts w. gse keeps every character of every word as a slice of its
// own, which its path search needs and ours does not: the entry is replaced
// by one without text, a third of the memory.
func (g *general) add(w Word) error {
	d := g.seg.Dict
	before := d.NumTokens()
	if err := d.AddToken(g.seg.ToToken(w.Text, max(w.Freq, 1), w.Pos)); err != nil {
		return err
	}
	if d.NumTokens() > before {
		d.Tokens[before] = g.seg.ToToken("", max(w.Freq, 1), w.Pos)
	}
	return nil
}

func (g *general) lookup(key []byte) (float64, string, bool, bool) {
	freq, pos, ok := g.seg.Dict.Find(key)
	if !ok || freq == 0 {
		return 0, "", false, ok
	}
	return math.Log(freq) - g.logTotal, pos, true, true
}

// overlay is an immutable layer of words above the general dictionary. Its
// keys are the words and all their beginnings.
type overlay map[string]entry

// margin is by how much a listed word is more probable than its best cut.
const margin = 1e-6

type entry struct {
	logp float64
	pos  string
	word bool
}

func (o overlay) lookup(key []byte) (float64, string, bool, bool) {
	e, ok := o[string(key)]
	return e.logp, e.pos, e.word, ok
}

// newOverlay builds a layer of words above below. A word's probability is its
// frequency's, but never less than that of its best cut by the layers below
// and by the shorter words of its own, so that a word that was listed stays
// whole.
func newOverlay(words []Word, g *general, below []lexicon) (overlay, error) {
	if len(words) > maxWords {
		return nil, fault.New(fault.TooLarge, "%d words; at most %d are allowed", len(words), maxWords)
	}
	for _, w := range words {
		if err := w.check(); err != nil {
			return nil, err
		}
	}
	byLength := slices.Clone(words)
	slices.SortStableFunc(byLength, func(a, b Word) int { return utf8.RuneCountInString(a.Text) - utf8.RuneCountInString(b.Text) })
	o := make(overlay, 2*len(words))
	layers := append(slices.Clone(below), o)
	var (
		scratch path
		table   = simplified()
	)
	for _, w := range byLength {
		scratch.read(w.Text, table)
		logp := scratch.search(layers, g.logTotal) + margin
		if w.Freq > 0 {
			logp = max(logp, min(math.Log(w.Freq)-g.logTotal, 0))
		}
		for i := 1; i < len(scratch.units)-1; i++ {
			key := string(scratch.folded[:scratch.units[i].byte])
			if _, known := o[key]; !known {
				o[key] = entry{}
			}
		}
		o[string(scratch.folded)] = entry{logp: logp, pos: w.Pos, word: true}
	}
	return o, nil
}
