package desk

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxAnswer is the length of an article's draft in code points: what a
// customer reads in one bubble.
const maxAnswer = 300

// plain turns an article's Markdown into what an agent would type: paragraphs
// and list items on lines of their own, links as their text and address, no
// marks of emphasis.
func plain(markdown string) string {
	source := []byte(markdown)
	w := &plainWriter{source: source}
	w.blocks(markdownParser().Parse(text.NewReader(source)))
	return strings.TrimSpace(padded.ReplaceAllString(w.out.String(), "$1"))
}

// markdownParser is made once; it may be used by any number at a time.
var markdownParser = sync.OnceValue(goldmark.DefaultParser)

// padded is full-width punctuation with blanks around it: writers set them
// around links and bold words.
var padded = regexp.MustCompile(`[ \t]*([，。；：！？、（）「」《》])[ \t]*`)

type plainWriter struct {
	source []byte
	out    strings.Builder
	depth  int // of lists
}

// blocks writes a node's children, each on its own lines.
func (w *plainWriter) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		w.block(n)
	}
}

func (w *plainWriter) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.List:
		w.list(n)
	case *ast.CodeBlock, *ast.FencedCodeBlock, *ast.HTMLBlock:
		w.line(strings.TrimSpace(string(n.Lines().Value(w.source))))
	case *ast.ThematicBreak:
	case *ast.Paragraph, *ast.TextBlock, *ast.Heading:
		w.line(w.inline(n))
	default:
		w.blocks(n)
	}
}

// list writes items with their number or a dot, nested ones set in.
func (w *plainWriter) list(l *ast.List) {
	number := l.Start
	w.depth++
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "· "
		if l.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		first := true
		for n := item.FirstChild(); n != nil; n = n.NextSibling() {
			if _, nested := n.(*ast.List); nested || !first {
				w.block(n)
				continue
			}
			w.line(strings.Repeat("  ", w.depth-1) + mark + w.inline(n))
			first = false
		}
	}
	w.depth--
}

func (w *plainWriter) line(s string) {
	if strings.TrimSpace(s) == "" {
		return
	}
	if w.out.Len() > 0 {
		w.out.WriteByte('\n')
	}
	w.out.WriteString(s)
}

// inline returns a node's words without marks.
func (w *plainWriter) inline(parent ast.Node) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			b.Write(words(n, w.source))
			switch {
			case n.HardLineBreak():
				b.WriteByte('\n')
			case n.SoftLineBreak():
				b.WriteString(between(b.String()))
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.URL(w.source))
		case *ast.Link:
			label, url := w.inline(n), string(n.Destination)
			b.WriteString(label)
			if url != "" && url != label {
				b.WriteString("（" + url + "）")
			}
		case *ast.RawHTML:
		default:
			b.WriteString(w.inline(n))
		}
	}
	return b.String()
}

// words are a text node's characters, escapes and entities resolved; those of
// code stand as they are.
func words(n *ast.Text, source []byte) []byte {
	raw := n.Value(source)
	if _, code := n.Parent().(*ast.CodeSpan); code || n.IsRaw() {
		return raw
	}
	return util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(raw)))
}

// between is what stands for a line break inside a paragraph: a blank after
// Latin words, nothing after Chinese.
func between(before string) string {
	if r, _ := utf8.DecodeLastRuneInString(before); r < utf8.RuneSelf {
		return " "
	}
	return ""
}

// polite words a text as an agent addresses a customer: 您 for 你, save in 你们 and 迷你.
func polite(s string) string {
	if !strings.Contains(s, "你") {
		return s
	}
	runes := []rune(s)
	for i, r := range runes {
		if r != '你' || i > 0 && runes[i-1] == '迷' || i+1 < len(runes) && runes[i+1] == '们' {
			continue
		}
		runes[i] = '您'
	}
	return string(runes)
}

// cut shortens s to at most limit code points, at the end of a sentence or a
// line where one is far enough in, else at a comma, else with an ellipsis.
func cut(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	runes = runes[:limit]
	for _, ends := range []string{"。！？!?\n", "；;", "，、, "} {
		for i := len(runes) - 1; i >= limit/3; i-- {
			if !strings.ContainsRune(ends, runes[i]) {
				continue
			}
			if strings.ContainsRune("，、, ；;", runes[i]) {
				return strings.TrimSpace(string(runes[:i])) + "。"
			}
			return strings.TrimSpace(string(runes[:i+1]))
		}
	}
	return strings.TrimSpace(string(runes[:limit-1])) + "…"
}
