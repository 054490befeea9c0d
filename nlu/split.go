package nlu

import (
	"slices"
	"unicode"
)

// connectives join one matter to the next; the longest that fits is taken.
// They are no part of either side.
var connectives = func() [][]rune {
	var list [][]rune
	for _, c := range []string{
		"还有就是", "再有就是", "另外就是", "然后就是", "还想问一下", "还想问下", "还想问", "顺便问一下", "顺便问下", "顺便问",
		"还有", "另外", "然后", "顺便", "顺带", "以及", "并且", "而且", "同时", "对了", "和",
	} {
		list = append(list, []rune(c))
	}
	return list
}()

// remains follow 还有 where it means that something is left (还有货吗, 还有多久).
var remains = []rune("货多几没吗么什哪啥库现优活")

const (
	// pieceContent is how many letters or digits a piece needs to stand alone;
	// a shorter one goes with the next.
	pieceContent = 2
	// maxPieces is how many pieces a message is cut into; the last has the rest.
	maxPieces = 6
)

// span is a piece of a text, in code points.
type span struct{ start, end int }

// split cuts a text at punctuation, blanks and connectives into pieces that
// have something to say, in order and without what is between them. A text
// without cuts is one piece; one without content is none.
func split(text []rune) []span {
	var pieces []span
	start := 0
	for at := 0; at <= len(text); {
		width := 1
		if at < len(text) {
			if width = cut(text, at); width == 0 {
				at++
				continue
			}
		}
		if piece, ok := trim(text, span{start, at}); ok && content(text[piece.start:piece.end]) >= pieceContent {
			pieces = append(pieces, piece)
			start = at + width
		} else if !ok {
			start = at + width
		}
		at += width
	}
	if piece, ok := trim(text, span{min(start, len(text)), len(text)}); ok { // too short to stand alone
		if n := len(pieces); n > 0 {
			pieces[n-1].end = piece.end
		} else {
			pieces = append(pieces, piece)
		}
	}
	if len(pieces) > maxPieces {
		pieces[maxPieces-1].end = pieces[len(pieces)-1].end
		pieces = pieces[:maxPieces]
	}
	return pieces
}

// cut returns how many code points at a place separate two pieces: 0 for none.
// A dot between digits (3.5) and a blank between Latin words separate nothing.
func cut(text []rune, at int) int {
	r := text[at]
	switch {
	case hidden(r):
		if latin(text, at-1) && latin(text, at+1) {
			return 0
		}
		return 1
	case unicode.IsPunct(r) || unicode.IsSymbol(r):
		if latin(text, at-1) && latin(text, at+1) {
			return 0
		}
		return 1
	case !unicode.Is(unicode.Han, r):
		return 0
	}
	for _, c := range connectives {
		if len(text)-at >= len(c) && slices.Equal(text[at:at+len(c)], c) {
			if next := at + len(c); string(c) == "还有" && next < len(text) && slices.Contains(remains, text[next]) {
				return 0
			}
			return len(c)
		}
	}
	return 0
}

// latin reports whether the code point at a place is an ASCII letter or digit.
func latin(text []rune, at int) bool {
	return at >= 0 && at < len(text) && text[at] < unicode.MaxASCII && (unicode.IsLetter(text[at]) || unicode.IsDigit(text[at]))
}

// trim leaves out what is at the ends and is neither letter nor digit; false
// when nothing is left.
func trim(text []rune, s span) (span, bool) {
	for s.start < s.end && !speaks(text[s.start]) {
		s.start++
	}
	for s.end > s.start && !speaks(text[s.end-1]) {
		s.end--
	}
	return s, s.end > s.start
}

func speaks(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func content(text []rune) int {
	n := 0
	for _, r := range text {
		if speaks(r) {
			n++
		}
	}
	return n
}
