package help

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sizes of segments, in code points.
const (
	shortSegment = 8   // joined with the next
	longSegment  = 100 // cut at commas, then anywhere
)

// asking are marks of a question.
var asking = []string{"？", "?", "吗", "呢", "怎么", "如何", "为什么", "为啥", "多久", "多少", "什么", "哪", "能不能", "可以", "可否", "请", "想", "要求", "希望", "how", "why", "what", "when", "can i", "please"}

// Segments cuts a text into at most limit parts to search for: sentences, very
// short ones joined with the next, long ones cut. Where there are more, those
// that ask or wish something are kept, then the first ones; they stay in the
// text's order. A text without a letter or digit has none.
func Segments(text string, limit int) []string {
	var all []string
	for _, s := range sentences(strings.ToValidUTF8(text, "")) {
		for _, part := range cut(s) {
			if n := len(all); n > 0 && utf8.RuneCountInString(all[n-1]) < shortSegment {
				all[n-1] += "，" + part
			} else {
				all = append(all, part)
			}
		}
	}
	all = slices.Compact(all)
	if len(all) <= limit {
		return all
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return rank(all[i]) - rank(all[j]) })
	order = order[:limit]
	slices.Sort(order)
	out := make([]string, limit)
	for i, n := range order {
		out[i] = all[n]
	}
	return out
}

func rank(segment string) int {
	lower := strings.ToLower(segment)
	if slices.ContainsFunc(asking, func(mark string) bool { return strings.Contains(lower, mark) }) {
		return 0
	}
	return 1
}

// sentences splits a text after its sentences' ends and at line breaks, and
// leaves out what has no letter or digit.
func sentences(text string) []string {
	var out []string
	from := 0
	flush := func(to int) {
		s := strings.TrimSpace(text[from:to])
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			out = append(out, s)
		}
		from = to
	}
	for i, r := range text {
		end := i + utf8.RuneLen(r)
		switch {
		case r == '\n' || r == '\r':
			flush(i)
		case strings.ContainsRune("。！？!?；;…", r):
			flush(end)
		case r == '.' && end < len(text) && (text[end] == ' ' || text[end] == '\n'):
			flush(end)
		}
	}
	flush(len(text))
	return out
}

// cut splits a sentence that is too long for one segment.
func cut(sentence string) []string {
	if utf8.RuneCountInString(sentence) <= longSegment {
		return []string{sentence}
	}
	var out []string
	var b []rune
	for _, r := range sentence {
		b = append(b, r)
		if len(b) == longSegment || len(b) >= longSegment/2 && strings.ContainsRune("，,、：: ", r) {
			out = append(out, strings.TrimSpace(string(b)))
			b = b[:0]
		}
	}
	if s := strings.TrimSpace(string(b)); s != "" {
		out = append(out, s)
	}
	return out
}
