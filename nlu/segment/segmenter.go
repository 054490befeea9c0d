package segment

import (
	"io"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/yingda/yingda/nlu"
)

// Options say what a Segmenter knows. The zero value is the built-in general
// dictionary alone.
type Options struct {
	// General replaces the built-in general dictionary: lines of
	// "word freq pos". Nil keeps the built-in one, which all Segmenters of a
	// process share.
	General io.Reader
	// Terms lists the words of the trade in the format of ParseWords, or is nil.
	Terms io.Reader
	// Words are further words; they rank above Terms.
	Words []Word
	// KeepTraditional leaves traditional characters in Token.Term. Words are
	// found in traditional text either way.
	KeepTraditional bool
}

// dictionaries are what one cut looks words up in; immutable once published.
type dictionaries struct {
	general *general
	layers  []lexicon // the lowest first
}

// shared is what a Segmenter and those made of it by WithWords have in common.
type shared struct {
	current         atomic.Pointer[dictionaries]
	keepTraditional bool
	scratch         sync.Pool // of *path
}

// Segmenter is the nlu.Segmenter of this package. It is safe for concurrent
// use, also while Reload and SetWords run: a cut sees the words before or
// after, never a mixture, and takes no lock.
type Segmenter struct {
	shared *shared
	words  atomic.Pointer[overlay]
}

var _ nlu.Segmenter = (*Segmenter)(nil)

// New builds a Segmenter. The first one of a process that uses the built-in
// dictionary builds it, which takes some 200 ms. A faulty list is
// fault.Invalid with the line in Field; a reader that fails is
// fault.Unavailable.
func New(opts Options) (*Segmenter, error) {
	s := &Segmenter{shared: &shared{keepTraditional: opts.KeepTraditional}}
	s.shared.scratch.New = func() any { return new(path) }
	if err := s.Reload(opts); err != nil {
		return nil, err
	}
	return s, nil
}

// Reload replaces the general dictionary, the terms and the words of opts in s
// and in every Segmenter made of it; their own user words stay.
// KeepTraditional is not changed. After an error the old words serve on.
func (s *Segmenter) Reload(opts Options) error {
	g, err := builtin()
	if opts.General != nil {
		g, err = newGeneral(opts.General)
	}
	if err != nil {
		return err
	}
	var words []Word
	if opts.Terms != nil {
		if words, err = ParseWords(opts.Terms); err != nil {
			return err
		}
	}
	d := &dictionaries{general: g, layers: []lexicon{g}}
	for _, list := range [][]Word{words, opts.Words} {
		if len(list) == 0 {
			continue
		}
		layer, err := newOverlay(list, g, d.layers)
		if err != nil {
			return err
		}
		d.layers = append(d.layers, layer)
	}
	s.shared.current.Store(d)
	return nil
}

// WithWords returns a Segmenter that knows words as well: one per bot. It
// shares the dictionaries of s and follows its Reload; the user words of s are
// not taken over. Its memory is that of words. The faults are those of
// SetWords.
func (s *Segmenter) WithWords(words []Word) (*Segmenter, error) {
	t := &Segmenter{shared: s.shared}
	if err := t.SetWords(words); err != nil {
		return nil, err
	}
	return t, nil
}

// SetWords replaces the user words of s alone. A word that no text can hold is
// fault.Invalid, more than 200 000 words are fault.TooLarge; the old words
// then serve on.
func (s *Segmenter) SetWords(words []Word) error {
	d := s.shared.current.Load()
	o, err := newOverlay(words, d.general, d.layers)
	if err != nil {
		return err
	}
	s.words.Store(&o)
	return nil
}

// Segment cuts text into words. The tokens cover every code point of text;
// blanks and symbols are tokens of their own. A byte that is no UTF-8 counts
// as one code point U+FFFD, as in []rune(text). The tokens are the caller's.
func (s *Segmenter) Segment(text string) []nlu.Token {
	if text == "" {
		return nil
	}
	if !utf8.ValidString(text) {
		text = string([]rune(text))
	}
	p := s.shared.scratch.Get().(*path)
	defer s.release(p)
	table := simplified()
	p.read(text, table)

	d := s.shared.current.Load()
	layers := d.layers
	if words := s.words.Load(); words != nil && len(*words) > 0 {
		layers = append(layers[:len(layers):len(layers)], *words)
	}
	p.search(layers, d.general.logTotal)

	tokens := make([]nlu.Token, 0, len(p.units)-1)
	terms := string(p.folded)
	p.cut(d.general, func(from, to int, pos string) {
		a, b := p.units[from], p.units[to]
		t := nlu.Token{Text: text[a.source:b.source], Start: a.start, End: b.start, Pos: pos}
		switch {
		case s.shared.keepTraditional:
			t.Term = foldKeeping(t.Text)
		case p.exact:
			t.Term = terms[a.byte:b.byte]
		default:
			t.Term = Fold(t.Text)
		}
		tokens = append(tokens, t)
	})
	return tokens
}

// release gives p back for reuse, unless a long text has made it large.
func (s *Segmenter) release(p *path) {
	if cap(p.folded) <= 64<<10 {
		s.shared.scratch.Put(p)
	}
}
