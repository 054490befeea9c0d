package entity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// message is one text as the recognisers see it. fold has the length of orig.
type message struct {
	orig, fold []rune
	numbers    []number // in order of their start
	digits     bool     // an ASCII digit occurs
	ways       []carrierMention
	wearing    bool // it speaks of clothes or shoes
	underwear  bool
}

func newMessage(text string) *message {
	m := &message{orig: []rune(text)}
	m.fold = make([]rune, len(m.orig))
	table := simplified()
	for i, r := range m.orig {
		f := foldRune(r, table)
		m.fold[i] = f
		m.digits = m.digits || isDigit(f)
	}
	m.readNumbers()
	return m
}

// foldRune folds r: full width to half, capital to small, the traditional
// characters of table to simplified ones, all blanks to a space, all dashes to
// a hyphen.
func foldRune(r rune, table map[rune]rune) rune {
	switch {
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A'
	case r < utf8.RuneSelf:
		if unicode.IsSpace(r) && r != '\n' {
			return ' '
		}
		return r
	case 0xFF01 <= r && r <= 0xFF5E:
		return foldRune(r-0xFEE0, table)
	}
	switch r {
	case '￥':
		return '¥'
	case '‐', '‑', '‒', '–', '—', '―', '−', '﹣':
		return '-'
	case '×', '✕', '✖', '╳':
		return '×'
	case '〜', '∼':
		return '~'
	case '〇':
		return '零'
	}
	if to, ok := table[r]; ok {
		return to
	}
	if unicode.IsSpace(r) {
		return ' '
	}
	return r
}

func isDigit(r rune) bool  { return '0' <= r && r <= '9' }
func isLetter(r rune) bool { return 'a' <= r && r <= 'z' }
func isAlnum(r rune) bool  { return isDigit(r) || isLetter(r) }

// at returns the folded code point at i, or 0 outside the text.
func (m *message) at(i int) rune {
	if i < 0 || i >= len(m.fold) {
		return 0
	}
	return m.fold[i]
}

// has reports whether word stands at i.
func (m *message) has(i int, word string) bool {
	if i < 0 {
		return false
	}
	// Most words fail at their first code point, so it is decoded apart.
	first, n := utf8.DecodeRuneInString(word)
	if i >= len(m.fold) || m.fold[i] != first {
		return false
	}
	for _, r := range word[n:] {
		i++
		if i >= len(m.fold) || m.fold[i] != r {
			return false
		}
	}
	return true
}

// hasAny returns the length of the first of words that stands at i, or 0.
// List the longer words first.
func (m *message) hasAny(i int, words ...string) int {
	for _, w := range words {
		if m.has(i, w) {
			return utf8.RuneCountInString(w)
		}
	}
	return 0
}

// endsWith returns the length of the first of words that ends before i, or 0.
func (m *message) endsWith(i int, words ...string) int {
	for _, w := range words {
		if n := utf8.RuneCountInString(w); m.has(i-n, w) {
			return n
		}
	}
	return 0
}

// skip returns the first position from i on whose code point is not in set.
func (m *message) skip(i int, set string) int {
	for i < len(m.fold) && strings.ContainsRune(set, m.fold[i]) {
		i++
	}
	return i
}

// back returns the position after the last code point before i that is not in set.
func (m *message) back(i int, set string) int {
	for i > 0 && strings.ContainsRune(set, m.fold[i-1]) {
		i--
	}
	return i
}

// whole reports whether nothing but blanks, punctuation and particles stands
// around [start, end).
func (m *message) whole(start, end int) bool {
	const around = " \n,.。!?、;:~()[]#\"'，！？；：的吧呢啊哦嗯呀亲"
	return m.back(start, around) == 0 && m.skip(end, around) == len(m.fold)
}

// digitsFrom reads up to most ASCII digits from i: their value and the position after them.
func (m *message) digitsFrom(i, most int) (value, end int) {
	end = i
	for end < len(m.fold) && end-i < most && isDigit(m.fold[end]) {
		value = value*10 + int(m.fold[end]-'0')
		end++
	}
	return value, end
}

// capitals returns the folded text of [start, end) in capitals.
func (m *message) capitals(start, end int) string {
	return strings.ToUpper(string(m.fold[start:end]))
}

// mentions reports whether one of words occurs.
func (m *message) mentions(words ...string) bool {
	for i := range m.fold {
		if m.hasAny(i, words...) > 0 {
			return true
		}
	}
	return false
}
