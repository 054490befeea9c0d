package nlu

import (
	"slices"
	"strings"
	"unicode"
)

// connectives join one matter to the next; the longest that fits is taken.
// They are no part of either side.
var connectives = func() (list []connective) {
	for _, c := range []string{
		"还有就是", "再有就是", "另外就是", "然后就是", "还想问一下", "还想问下", "还想问", "顺便问一下", "顺便问下", "顺便问",
		"还有", "另外", "顺便", "顺带", "以及",
	} {
		list = append(list, connective{[]rune(c), true})
	}
	for _, c := range []string{"然后", "并且", "而且", "同时", "对了", "和"} {
		list = append(list, connective{[]rune(c), false})
	}
	return list
}()

type connective struct {
	text []rune
	// adds is true where another wish follows; the others tell a story on, or
	// list things.
	adds bool
}

// joints are the first code points of connectives.
var joints = func() (list []rune) {
	for _, c := range connectives {
		if !slices.Contains(list, c.text[0]) {
			list = append(list, c.text[0])
		}
	}
	return list
}()

// remains follow 还有 where it means that something is left (还有货吗, 还有多久).
var remains = []rune("货多几没吗么什哪啥库现优活")

const (
	// besideAnd is how many code points 和 needs on either side to divide a
	// message: between shorter ones it lists things (衣服和裤子).
	besideAnd = 4
	// pieceContent is how many letters or digits a piece needs to stand alone;
	// a shorter one goes with the next.
	pieceContent = 2
	// maxPieces is how many pieces a message is cut into; the last has the rest.
	maxPieces = 6
)

// span is a piece of a text, in code points.
type span struct {
	start, end int
	// joined is true beside a connective that adds a wish.
	joined bool
}

// split cuts a text at punctuation, blanks and connectives into pieces that
// have something to say, in order and without what is between them. A text
// without cuts is one piece; one without content is none.
func split(text []rune) []span {
	var pieces []span
	start, joined := 0, false // the piece under way, and whether a wish was added with it
	for at := 0; at <= len(text); {
		width, adds := 1, false
		if at < len(text) {
			if width, adds = cut(text, at); width == 0 {
				at++
				continue
			}
		}
		piece, ok := trim(text, span{start: start, end: at})
		if ok && content(text[piece.start:piece.end]) >= pieceContent {
			piece.joined = joined || adds
			pieces = append(pieces, piece)
			start, joined = at+width, adds
		} else if joined = joined || adds; !ok {
			start = at + width
		}
		at += width
	}
	if piece, ok := trim(text, span{start: min(start, len(text)), end: len(text)}); ok { // too short to stand alone
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

// cut returns how many code points at a place separate two pieces, 0 for none,
// and whether they add a wish. A dot between digits (3.5) and a blank between
// Latin words separate nothing.
func cut(text []rune, at int) (width int, adds bool) {
	r := text[at]
	switch {
	case hidden(r) || unicode.IsPunct(r) || unicode.IsSymbol(r):
		if latin(text, at-1) && latin(text, at+1) {
			return 0, false
		}
		return 1, false
	case !slices.Contains(joints, r):
		return 0, false
	}
	for _, c := range connectives {
		next := at + len(c.text)
		if next > len(text) || !slices.Equal(text[at:next], c.text) {
			continue
		}
		switch string(c.text) {
		case "还有":
			if next < len(text) && slices.Contains(remains, text[next]) {
				return 0, false
			}
		case "和":
			if run(text[:at], -1) < besideAnd || run(text[next:], 1) < besideAnd {
				return 0, false
			}
		}
		return len(c.text), c.adds
	}
	return 0, false
}

// run counts the letters and digits at an end of text: from its start on when
// step is 1, from its end back when it is -1.
func run(text []rune, step int) int {
	at := 0
	if step < 0 {
		at = len(text) - 1
	}
	n := 0
	for ; at >= 0 && at < len(text) && speaks(text[at]); at += step {
		n++
	}
	return n
}

// wishes mark a piece that asks or wants something, beside question marks.
var wishes = []string{
	"吗", "呢", "怎", "咋", "什么", "啥", "多少", "多久", "多长", "几", "哪", "谁", "何时", "能不能", "可不可以", "可以不", "是不是",
	"有没有", "会不会", "要不要", "行不行", "想", "我要", "需要", "希望", "帮", "麻烦", "请问", "请给", "查",
}

// asks reports whether a piece asks or wants something by itself. What is only
// told (我昨天下的订单) leads to the question and is no matter of its own.
func asks(text []rune, s span) bool {
	if s.joined {
		return true
	}
	for _, r := range text[s.end:] {
		if r == '?' || r == '？' {
			return true
		}
		if !hidden(r) {
			break
		}
	}
	piece := string(text[s.start:s.end])
	return slices.ContainsFunc(wishes, func(w string) bool { return strings.Contains(piece, w) })
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
