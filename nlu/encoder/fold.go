package encoder

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Folding says what Fold does beyond what the tokenizer needs.
type Folding struct {
	// Simplify maps traditional characters to simplified ones, one code point
	// for one; nil leaves them. It is given folded text.
	Simplify func(string) string
	// CollapseRepeats makes three or more of a letter, digit apart, two: 好好好好 → 好好.
	CollapseRepeats bool
}

// suffix names what this folding changes about the vectors of a model, so that
// they are not compared with those of another folding; the shipped default,
// simplified and not collapsed, adds nothing.
func (f Folding) suffix() string {
	s := ""
	if f.Simplify == nil {
		s += "+traditional"
	}
	if f.CollapseRepeats {
		s += "+collapsed"
	}
	return s
}

// Folded is a text as the tokenizer reads it.
type Folded struct {
	Runes []rune
	// Origin[i] is the code point of the original text that Runes[i] came
	// from; it never decreases.
	Origin []int
}

// String returns the folded text.
func (f Folded) String() string { return string(f.Runes) }

// Fold folds text: NFKC, every blank a space, invisible code points and bytes
// that are no UTF-8 left out, lower case, then what the Folding asks for.
func (f Folding) Fold(text string) Folded {
	out := Folded{Runes: make([]rune, 0, len(text)/2), Origin: make([]int, 0, len(text)/2)}
	if norm.NFKC.IsNormalString(text) {
		origin := 0
		for _, r := range text {
			out.add(r, origin)
			origin++
		}
	} else {
		out.normalise(text)
	}
	if f.Simplify != nil {
		out.simplify(f.Simplify)
	}
	if f.CollapseRepeats {
		out.collapse()
	}
	return out
}

// normalise adds text segment by segment: code points that compose or
// decompose together share the origin of the first.
func (f *Folded) normalise(text string) {
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // each bad byte is one U+FFFD
	}
	var it norm.Iter
	it.InitString(norm.NFKC, text)
	origin := 0
	for !it.Done() {
		from := it.Pos()
		for _, r := range string(it.Next()) {
			f.add(r, origin)
		}
		origin += utf8.RuneCountInString(text[from:it.Pos()])
	}
}

// add folds one normalised code point.
func (f *Folded) add(r rune, origin int) {
	switch {
	case r < utf8.RuneSelf && r > ' ' && r != 0x7F:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
	case 0x4E00 <= r && r <= 0x9FFF:
	case unicode.Is(unicode.White_Space, r):
		r = ' '
	case invisible(r):
		return
	default:
		r = unicode.ToLower(r)
	}
	f.Runes = append(f.Runes, r)
	f.Origin = append(f.Origin, origin)
}

// invisible reports whether r carries no text: controls, formats, private use,
// the replacement character, and the default-ignorable code points outside of
// those categories.
func invisible(r rune) bool {
	switch {
	case r == 0x034F, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x3164, r == 0xFFA0, r == utf8.RuneError,
		0x180B <= r && r <= 0x180F, 0xFE00 <= r && r <= 0xFE0F, 0xE0100 <= r && r <= 0xE01EF:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// simplify applies a mapping that keeps the number of code points; one that
// does not is ignored, since the origins would be lost.
func (f *Folded) simplify(fn func(string) string) {
	simple := []rune(fn(string(f.Runes)))
	if len(simple) == len(f.Runes) {
		f.Runes = simple
	}
}

func (f *Folded) collapse() {
	n := 0
	for i, r := range f.Runes {
		if n >= 2 && r == f.Runes[n-1] && r == f.Runes[n-2] && !unicode.IsDigit(r) {
			continue
		}
		f.Runes[n], f.Origin[n] = r, f.Origin[i]
		n++
	}
	f.Runes, f.Origin = f.Runes[:n], f.Origin[:n]
}
