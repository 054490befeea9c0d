package help

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// maxSnippet is the length of a snippet in code points, an ellipsis not counted.
const maxSnippet = 120

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))

// Plain returns the words of a Markdown text, one line per block or item.
func Plain(source string) string {
	raw := []byte(strings.ToValidUTF8(source, ""))
	var b strings.Builder
	line := func() {
		if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
			b.WriteByte('\n')
		}
	}
	// The walker itself never fails, and this visitor does not.
	_ = ast.Walk(markdown.Parser().Parse(text.NewReader(raw)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(n.Segment.Value(raw))
				if n.SoftLineBreak() || n.HardLineBreak() {
					line()
				}
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		case *ast.AutoLink:
			if entering {
				b.Write(n.Label(raw))
			}
		case *ast.HTMLBlock, *ast.RawHTML:
			return ast.WalkSkipChildren, nil
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			if entering {
				lines := n.Lines()
				for i := range lines.Len() {
					at := lines.At(i)
					b.Write(at.Value(raw))
				}
			}
		case *east.TableCell:
			if !entering && n.NextSibling() != nil {
				b.WriteString("：")
			}
		default:
			if n.Type() == ast.TypeBlock {
				line()
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}

// Snippet returns the part of an answer, a Markdown text, that has most to do
// with the texts about: the sentence that shares most with them, and what
// follows it as far as there is room. It is plain text in one line.
func Snippet(answer string, about ...string) string {
	all := sentences(Plain(answer))
	if len(all) == 0 {
		return ""
	}
	want := map[[2]rune]bool{}
	for _, a := range about {
		pairs(a, func(p [2]rune) { want[p] = true })
	}
	best, most := 0, 0.0
	for i, s := range all {
		seen := map[[2]rune]bool{}
		pairs(s, func(p [2]rune) {
			if want[p] {
				seen[p] = true
			}
		})
		// A long sentence shares more by chance.
		if score := float64(len(seen)) / (8 + float64(utf8.RuneCountInString(s))); score > most {
			best, most = i, score
		}
	}
	out := strings.Join(strings.Fields(all[best]), " ")
	for _, s := range all[best+1:] {
		s = strings.Join(strings.Fields(s), " ")
		if utf8.RuneCountInString(out)+utf8.RuneCountInString(s) >= maxSnippet {
			break
		}
		if last, _ := utf8.DecodeLastRuneInString(out); unicode.IsLetter(last) || unicode.IsDigit(last) {
			out += " "
		}
		out += s
	}
	if r := []rune(out); len(r) > maxSnippet {
		out = string(r[:maxSnippet]) + "…"
	}
	return out
}

// pairs calls each with the pairs of neighbouring letters and digits of a text.
func pairs(text string, each func([2]rune)) {
	var before rune
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			before = 0
			continue
		}
		r = unicode.ToLower(r)
		if before != 0 {
			each([2]rune{before, r})
		}
		before = r
	}
}
