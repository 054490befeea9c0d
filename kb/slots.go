package kb

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// slotPattern is a slot of an answer: {{order.status}}, {{ customer.name }}.
var slotPattern = regexp.MustCompile(`\{\{\s*([a-z][a-z0-9_]{0,39}(?:\.[a-z][a-z0-9_]{0,39}){0,3})\s*\}\}`)

// linePrefix is what begins a line in Markdown and is no part of its first
// sentence: a list's mark, a heading's, a quotation's.
var linePrefix = regexp.MustCompile(`^\s*(?:(?:[-*+•]|\d{1,3}[.)、]|#{1,6}|>)\s*)*`)

// badSlot returns the first {{ that begins no slot, with what follows it.
func badSlot(text string) (string, bool) {
	rest := slotPattern.ReplaceAllString(text, "")
	i := strings.Index(rest, "{{")
	if i < 0 {
		return "", false
	}
	rest = rest[i:]
	if end := strings.Index(rest, "}}"); end >= 0 {
		rest = rest[:end+2]
	}
	return clipped(strings.SplitN(rest, "\n", 2)[0], 40), true
}

func clipped(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit]) + "…"
}

// Slots returns the names of the slots in a text, in order, doubled ones once.
func Slots(text string) []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range slotPattern.FindAllStringSubmatch(text, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			out = append(out, m[1])
		}
	}
	return out
}

// Fill puts values into the slots of a Markdown text. A sentence with a slot
// for which value returns false, or nothing but blanks, is left out, a line of
// which nothing remains too. ok is false when slots were left out and nothing
// that says anything remains. Values are taken as plain text: what Markdown
// would read in them is written in full width, and line breaks become blanks.
func Fill(text string, value func(name string) (string, bool)) (filled string, ok bool) {
	if !strings.Contains(text, "{{") {
		return text, true
	}
	known := map[string]string{}
	for _, name := range Slots(text) {
		if v, ok := value(name); ok {
			if v = plain(v); v != "" {
				known[name] = v
			}
		}
	}
	missing := false
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		kept, whole := fillLine(line, known)
		if !whole {
			missing = true
			if kept == "" {
				continue
			}
		}
		lines = append(lines, kept)
	}
	filled = strings.Join(lines, "\n")
	if missing {
		filled = strings.TrimSpace(filled)
	}
	return filled, !missing || hasWords(filled)
}

// FillPlain is Fill for a text that is no Markdown and is kept as a whole or
// not at all: a title, an address. escape, where not nil, prepares the values.
func FillPlain(text string, value func(name string) (string, bool), escape func(string) string) (filled string, ok bool) {
	ok = true
	filled = slotPattern.ReplaceAllStringFunc(text, func(slot string) string {
		v, known := value(slotPattern.FindStringSubmatch(slot)[1])
		if v = oneLine(v); !known || v == "" {
			ok = false
		}
		if escape != nil {
			v = escape(v)
		}
		return v
	})
	return filled, ok
}

// fillLine fills the sentences of a line; whole is false when one was left out.
func fillLine(line string, known map[string]string) (kept string, whole bool) {
	if !strings.Contains(line, "{{") {
		return line, true
	}
	prefix := linePrefix.FindString(line)
	var b strings.Builder
	whole = true
	for _, sentence := range sentences(line[len(prefix):]) {
		complete := true
		filled := slotPattern.ReplaceAllStringFunc(sentence, func(slot string) string {
			v, ok := known[slotPattern.FindStringSubmatch(slot)[1]]
			complete = complete && ok
			return v
		})
		if !complete {
			whole = false
			continue
		}
		b.WriteString(filled)
	}
	kept = b.String()
	if !whole && (!hasWords(kept) || strings.Count(kept, "**")%2 != 0) {
		return "", false // nothing of it, or half of an emphasis, is left
	}
	return prefix + kept, whole
}

// sentences splits a line after its sentence marks; joined, they are the line.
// The marks of ASCII end a sentence only before a blank or the end, so that
// addresses stay whole.
func sentences(line string) []string {
	var out []string
	start := 0
	for i, r := range line {
		if i < start {
			continue // a quotation mark or blank after the mark
		}
		end := i + utf8.RuneLen(r)
		switch r {
		case '。', '！', '？', '；':
		case '!', '?', ';', '.':
			if next, size := utf8.DecodeRuneInString(line[end:]); size > 0 && !unicode.IsSpace(next) {
				continue
			}
		default:
			continue
		}
		end = len(line) - len(strings.TrimLeft(line[end:], "。！？；”’」』）》)\"' "))
		out = append(out, line[start:end])
		start = end
	}
	if start < len(line) {
		out = append(out, line[start:])
	}
	return out
}

// inFullWidth are the signs that begin a link, an image, an emphasis, code, a
// cell or HTML in Markdown.
var inFullWidth = strings.NewReplacer("[", "［", "]", "］", "*", "＊", "`", "｀", "<", "＜", ">", "＞", "|", "｜", "~", "～")

// plain makes a value harmless in Markdown.
func plain(v string) string {
	return inFullWidth.Replace(clipped(oneLine(strings.ToValidUTF8(v, "\uFFFD")), 200))
}
