package importer

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
	"sync"
	"unicode"

	"github.com/yuin/goldmark"
	goldhtml "github.com/yuin/goldmark/renderer/html"

	"github.com/yingda/yingda/kb"
)

// writeRasa writes retrieval intents of the group faq, named by the articles' ids.
func writeRasa(w io.Writer, articles []kb.Article) error {
	var nlu, responses bytes.Buffer
	for i, a := range articles {
		name := a.ID
		if name == "" {
			name = fmt.Sprintf("q%d", i+1)
		}
		lines := "- " + strings.Join(a.Phrasings(), "\n- ") + "\n"
		fmt.Fprintf(&nlu, "- intent: %s\n  examples: ", quoteYAML("faq/"+name))
		if strings.ContainsFunc(lines, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) || r == '\ufeff' }) {
			nlu.WriteString(quoteYAML(lines) + "\n")
		} else {
			nlu.WriteString("|\n    " + strings.ReplaceAll(strings.TrimSuffix(lines, "\n"), "\n", "\n    ") + "\n")
		}
		fmt.Fprintf(&responses, "  %s:\n", quoteYAML("utter_faq/"+name))
		writeResponse(&responses, kb.Content{Answer: a.Answer, Blocks: a.Blocks}, "")
		for _, v := range a.Variants {
			if len(v.Channels) == 1 && len(v.Tags) == 0 && v.ValidFrom == nil && v.ValidUntil == nil {
				writeResponse(&responses, kb.Content{Answer: v.Answer, Blocks: v.Blocks}, v.Channels[0])
			}
		}
	}
	empty := map[bool][2]string{true: {" []", " {}"}, false: {}}[len(articles) == 0]
	_, err := fmt.Fprintf(w, "version: \"3.1\"\nnlu:%s\n%sresponses:%s\n%s", empty[0], nlu.String(), empty[1], responses.String())
	return err
}

// writeResponse writes a response of what Rasa knows: text, an image, buttons.
func writeResponse(b *bytes.Buffer, c kb.Content, channel string) {
	fmt.Fprintf(b, "  - text: %s\n", quoteYAML(c.Answer))
	if channel != "" {
		fmt.Fprintf(b, "    channel: %s\n", quoteYAML(channel))
	}
	image, menu := false, false
	for _, block := range c.Blocks {
		switch {
		case block.Kind == kb.Image && !image:
			image = true
			fmt.Fprintf(b, "    image: %s\n", quoteYAML(block.URL))
		case block.Kind == kb.Buttons && !menu:
			head := "    buttons:\n"
			for _, button := range block.Buttons {
				if button.Press == kb.Say {
					menu = true
					fmt.Fprintf(b, "%s    - title: %s\n      payload: %s\n", head, quoteYAML(button.Label), quoteYAML(button.Value))
					head = ""
				}
			}
		}
	}
}

// quoteYAML writes a text between double quotes (YAML 1.2, 5.7).
func quoteYAML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r) && r != '\ufeff':
			b.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

const (
	pageHead = `<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>常见问题</title>
<style>
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.6 sans-serif; }
summary { font-weight: bold; cursor: pointer; white-space: pre-wrap; }
details { border-bottom: 1px solid #ddd; padding: .6rem 0; }
img { max-width: 100%; }
</style>
</head>
<body>
<h1>常见问题</h1>
`
	pageFoot = "</body>\n</html>\n"
)

var renderMarkdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithRendererOptions(goldhtml.WithHardWraps()))
})

// writeHTML writes a page that folds its answers. Everything but question and
// answer is JSON in an attribute.
func writeHTML(w io.Writer, articles []kb.Article) error {
	if _, err := io.WriteString(w, pageHead); err != nil {
		return err
	}
	for _, a := range articles {
		var answer bytes.Buffer
		if err := renderMarkdown().Convert([]byte(a.Answer), &answer); err != nil {
			return err
		}
		rest := newObject(a)
		rest.Question, rest.Answer = "", ""
		if _, err := fmt.Fprintf(w, "<details data-article=\"%s\">\n<summary>%s</summary>\n%s</details>\n",
			html.EscapeString(toJSON(rest)), html.EscapeString(a.Question), answer.String()); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, pageFoot)
	return err
}
