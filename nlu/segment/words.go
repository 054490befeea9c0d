package segment

import (
	"bufio"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
)

// Limits of a word list.
const (
	maxWords      = 200_000
	maxWordLength = 32 // code points
)

// Word is one entry of a dictionary.
type Word struct {
	// Text is the word; it is folded before use, so case, width and
	// traditional characters do not matter. It may hold no blank.
	Text string
	// Freq is how often the word occurs, on the scale of the built-in
	// dictionary (60 million words). Whatever it is, a text that consists of
	// the word alone is not cut; a higher figure also wins more of the
	// overlaps with neighbours. 0 leaves it at that.
	Freq float64
	// Pos is the part of speech (n, v, nz, …), or empty.
	Pos string
}

// ParseWords reads a word list: one word a line, with its frequency and part
// of speech behind it, both optional, separated by blanks; # before a word begins a comment.
// A line that does not read so is fault.Invalid and named in Field; more than
// 200 000 words are fault.TooLarge.
func ParseWords(r io.Reader) ([]Word, error) {
	var words []Word
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		fields := fieldsOf(lines.Text())
		if len(fields) == 0 {
			continue
		}
		w, err := parseWord(fields)
		if err != nil {
			return nil, fault.In("line "+strconv.Itoa(n), err)
		}
		if len(words) == maxWords {
			return nil, fault.New(fault.TooLarge, "a word list may hold %d words; split it or drop the rare ones", maxWords)
		}
		words = append(words, w)
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return nil, fault.New(fault.Invalid, "a line of the word list is longer than 64 KB; put one word on a line")
		}
		return nil, fault.Wrap(err, fault.Unavailable, "the word list could not be read")
	}
	return words, nil
}

// fieldsOf splits a line at blanks. A field that begins with # begins a
// comment (C# does not); a byte order mark is dropped.
func fieldsOf(line string) []string {
	fields := strings.Fields(strings.TrimPrefix(line, "\uFEFF"))
	for i, f := range fields {
		if f[0] == '#' {
			return fields[:i]
		}
	}
	return fields
}

func parseWord(fields []string) (Word, error) {
	w := Word{Text: fields[0]}
	if len(fields) > 3 {
		return w, fault.New(fault.Invalid, "%d fields; a line is a word, its frequency and its part of speech", len(fields))
	}
	if len(fields) > 1 {
		freq, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return w, fault.New(fault.Invalid, "the frequency %q is not a number", fields[1])
		}
		w.Freq = freq
	}
	if len(fields) > 2 {
		w.Pos = fields[2]
	}
	return w, w.check()
}

// check returns fault.Invalid for a word that no text can hold.
func (w Word) check() error {
	switch n := utf8.RuneCountInString(w.Text); {
	case !utf8.ValidString(w.Text):
		return fault.New(fault.Invalid, "the word %q is not valid UTF-8; save the list as UTF-8", w.Text)
	case n == 0:
		return fault.New(fault.Invalid, "the word is empty")
	case n > maxWordLength:
		return fault.New(fault.Invalid, "the word %.20q… has %d characters; at most %d are allowed", w.Text, n, maxWordLength)
	case math.IsNaN(w.Freq) || w.Freq < 0 || w.Freq > 1e9:
		return fault.New(fault.Invalid, "the frequency of %q must be between 0 and 1000000000", w.Text)
	}
	for _, r := range w.Text {
		if f, _ := foldRune(r, simplified()); kindOf(f) == kindBlank {
			return fault.New(fault.Invalid, "the word %q holds a blank; list its parts one by one", w.Text)
		}
	}
	return nil
}
