package importer

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxDepth is how deep elements may stand in each other before their markup
// is ignored.
const maxDepth = 100

// htmlToMarkdown reads a fragment of HTML, or plain text.
func htmlToMarkdown(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return strings.TrimSpace(text)
	}
	nodes, err := html.ParseFragment(strings.NewReader(text), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return strings.TrimSpace(text)
	}
	return nodesToMarkdown(nodes)
}

// htmlToLine is the text of a fragment in one line.
func htmlToLine(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return strings.TrimSpace(text)
	}
	nodes, err := html.ParseFragment(strings.NewReader(text), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return strings.TrimSpace(text)
	}
	var parts []string
	for _, n := range nodes {
		parts = append(parts, textOfNode(n))
	}
	return strings.Join(strings.Fields(strings.Join(parts, "")), " ")
}

// textOfNode is the text within n as it stands there.
func textOfNode(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && !(d.Parent != nil && skipped(d.Parent)) {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// lineOf is the text within n in one line.
func lineOf(n *html.Node) string { return strings.Join(strings.Fields(textOfNode(n)), " ") }

// markdownWriter turns a tree into Markdown.
type markdownWriter struct {
	b      strings.Builder
	indent string // of the lines of a list's item or a quotation
	fresh  bool   // at the beginning of a line
	gap    int    // line ends to write before the next text: 0, 1 or 2
	blank  bool   // a blank to write before the next text
	plain  int    // in code, where nothing is escaped
	start  bool   // nothing was written yet
}

func nodesToMarkdown(nodes []*html.Node) string {
	w := &markdownWriter{fresh: true, start: true}
	for _, n := range nodes {
		w.node(n, 0)
	}
	return strings.TrimSpace(w.b.String())
}

// raw writes s, after the line ends and blanks that wait.
func (w *markdownWriter) raw(s string) {
	if s == "" {
		return
	}
	if w.gap > 0 && !w.start {
		for i := range w.gap {
			w.b.WriteString("\n")
			if i < w.gap-1 {
				w.b.WriteString(strings.TrimRight(w.indent, " "))
			}
		}
		w.b.WriteString(w.indent)
		w.fresh = true
	} else if w.blank && !w.fresh {
		w.b.WriteString(" ")
	}
	w.gap, w.blank = 0, false
	w.b.WriteString(s)
	w.fresh, w.start = false, false
}

func (w *markdownWriter) lines(n int) { w.gap, w.blank = max(w.gap, n), false }

var (
	spaces      = regexp.MustCompile(`[ \t\r\n\f\x{a0}]+`)
	brokenLine  = regexp.MustCompile(`([\p{Han}，。！？；：、）】”])[ \t\r\f]*\n[ \t\r\n\f]*([\p{Han}（【“])`) // Chinese has no blanks between words
	lineOpening = regexp.MustCompile(`^(?:#{1,6}(?: |$)|>|[-+](?: |$)|-{2,}$|=+$|~~~)`)
	lineNumber  = regexp.MustCompile(`^([0-9]{1,9})([.)])(?: |$)`)
	entity      = regexp.MustCompile(`^&(?:#|[A-Za-z])[0-9A-Za-z]*;`)
)

// text writes text of the page, with what Markdown would take for markup escaped.
func (w *markdownWriter) text(s string) {
	if w.plain > 0 {
		w.raw(s)
		return
	}
	s = spaces.ReplaceAllString(brokenLine.ReplaceAllString(s, "$1$2"), " ")
	core := strings.Trim(s, " ")
	if core == "" {
		w.blank = w.blank || s != ""
		return
	}
	w.blank = w.blank || s[0] == ' '
	w.raw(escapeMarkdown(core, w.fresh || w.gap > 0))
	w.blank = s[len(s)-1] == ' '
}

// escapeMarkdown puts backslashes before what would be markup.
func escapeMarkdown(s string, atLineStart bool) string {
	if atLineStart {
		if m := lineNumber.FindStringSubmatch(s); m != nil {
			return m[1] + `\` + escapeMarkdown(s[len(m[1]):], false)
		}
		if lineOpening.MatchString(s) {
			return `\` + s[:1] + escapeMarkdown(s[1:], false)
		}
	}
	if !strings.ContainsAny(s, "\\*_`[<&!") {
		return s
	}
	var b strings.Builder
	runes := []rune(s)
	lastLink := len([]rune(s[:max(strings.LastIndex(s, "]("), 0)]))
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return ' '
		}
		return runes[i]
	}
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for i, r := range runes {
		escape := false
		switch r {
		case '*', '`':
			escape = true
		case '\\':
			escape = at(i+1) < 0x80 && (unicode.IsPunct(at(i+1)) || unicode.IsSymbol(at(i+1)))
		case '_':
			escape = !word(at(i-1)) || !word(at(i+1))
		case '[':
			escape = i < lastLink
		case '<':
			escape = at(i+1) < 0x80 && (unicode.IsLetter(at(i+1)) || strings.ContainsRune("/!?", at(i+1)))
		case '&':
			escape = entity.MatchString(string(runes[i:min(i+40, len(runes))]))
		}
		if escape {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (w *markdownWriter) children(n *html.Node, depth int) {
	for c := range n.ChildNodes() {
		w.node(c, depth+1)
	}
}

// node writes one node.
func (w *markdownWriter) node(n *html.Node, depth int) {
	switch {
	case n.Type == html.TextNode:
		w.text(n.Data)
		return
	case n.Type != html.ElementNode || skipped(n):
		return
	case depth > maxDepth:
		w.text(textOfNode(n))
		return
	}
	switch n.DataAtom {
	case atom.Br:
		w.lines(min(w.gap+1, 2))
	case atom.Strong, atom.B:
		w.wrap(n, "**", depth)
	case atom.Em, atom.I:
		w.wrap(n, "*", depth)
	case atom.A:
		w.link(n, depth)
	case atom.Img:
		if src := attribute(n, "src"); linkTarget.MatchString(src) {
			w.raw("![" + strings.NewReplacer("[", "", "]", "", "\n", " ").Replace(attribute(n, "alt")) + "](" + src + ")")
		}
	case atom.Code, atom.Kbd, atom.Samp:
		w.code(n)
	case atom.Pre:
		w.block(n)
	case atom.Ul, atom.Ol:
		w.list(n, depth)
	case atom.Blockquote:
		w.inside(2, "> ", "> ", n, depth)
	case atom.Hr:
		w.lines(2)
		w.raw("***")
		w.lines(2)
	case atom.Table:
		if nested(n) {
			w.children(n, depth)
		} else {
			w.table(n)
		}
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.lines(2)
		w.raw(strings.Repeat("#", level(n)) + " ")
		w.fresh = true
		w.children(n, depth)
		w.lines(2)
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Dl, atom.Dd, atom.Figure, atom.Header, atom.Details, atom.Td, atom.Th, atom.Center, atom.Address:
		paragraph := 1
		if n.DataAtom == atom.P {
			paragraph = 2
		}
		w.lines(paragraph)
		w.children(n, depth)
		w.lines(paragraph)
	case atom.Li, atom.Dt, atom.Summary, atom.Figcaption:
		w.lines(1)
		w.children(n, depth)
		w.lines(1)
	default:
		w.children(n, depth)
	}
}

// wrap writes n between marks, which touch its text.
func (w *markdownWriter) wrap(n *html.Node, mark string, depth int) {
	text := lineOf(n)
	if text == "" || strings.HasSuffix(w.b.String()[max(0, w.b.Len()-1):], "*") && w.gap == 0 && !w.blank {
		w.children(n, depth)
		return
	}
	inner := textOfNode(n)
	w.blank = w.blank || unicode.IsSpace([]rune(inner)[0])
	w.raw(mark)
	w.fresh = false
	sub := &markdownWriter{start: true, indent: w.indent}
	sub.children(n, depth)
	w.b.WriteString(strings.TrimSpace(sub.b.String()))
	w.b.WriteString(mark)
	w.blank = unicode.IsSpace([]rune(inner)[len([]rune(inner))-1])
}

func (w *markdownWriter) link(n *html.Node, depth int) {
	href := strings.TrimSpace(attribute(n, "href"))
	text := lineOf(n)
	switch {
	case !linkTarget.MatchString(href) || strings.HasPrefix(href, "#") || strings.HasPrefix(strings.ToLower(href), "javascript:"):
		w.children(n, depth)
	case text == "":
		w.children(n, depth) // an image that leads somewhere
	case text == href:
		w.raw(href)
	default:
		w.raw("[")
		sub := &markdownWriter{start: true, indent: w.indent}
		sub.children(n, depth)
		w.b.WriteString(strings.TrimSpace(sub.b.String()) + "](" + href + ")")
	}
}

func (w *markdownWriter) code(n *html.Node) {
	text := strings.Join(strings.Fields(textOfNode(n)), " ")
	if text == "" {
		return
	}
	mark := "`"
	for strings.Contains(text, mark) {
		mark += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	w.raw(mark + text + mark)
}

func (w *markdownWriter) block(n *html.Node) {
	mark, text := "```", strings.TrimRight(textOfNode(n), "\n")
	for strings.Contains(text, mark) {
		mark += "`"
	}
	w.lines(2)
	for line := range strings.SplitSeq(mark+"\n"+text+"\n"+mark, "\n") {
		if line == "" {
			w.b.WriteString("\n" + strings.TrimRight(w.indent, " "))
			w.gap = 0
			continue
		}
		w.raw(line)
		w.lines(1)
	}
	w.lines(2)
}

// inside writes n with something before its first line and its other lines.
func (w *markdownWriter) inside(gap int, before, indent string, n *html.Node, depth int) {
	w.lines(gap)
	sub := &markdownWriter{fresh: true, start: true}
	sub.children(n, depth)
	text := strings.TrimSpace(sub.b.String())
	for i, line := range strings.Split(text, "\n") {
		lead := indent
		if i == 0 {
			lead = before
		}
		if i > 0 {
			w.gap = 0
			w.b.WriteString("\n" + w.indent + strings.TrimRight(lead+line, " "))
			continue
		}
		w.raw(strings.TrimRight(lead+line, " "))
	}
	w.lines(gap)
}

func (w *markdownWriter) list(n *html.Node, depth int) {
	gap := 2
	if n.Parent != nil && n.Parent.DataAtom == atom.Li {
		gap = 1
	}
	w.lines(gap)
	i := 0
	for c := range n.ChildNodes() {
		if c.DataAtom != atom.Li {
			continue
		}
		i++
		mark := "- "
		if n.DataAtom == atom.Ol {
			mark = strconv.Itoa(i) + ". "
		}
		w.inside(1, mark, strings.Repeat(" ", len(mark)), c, depth)
	}
	w.lines(gap)
}

// table writes a table's rows, a line each.
func (w *markdownWriter) table(n *html.Node) {
	w.lines(2)
	for i, row := range tableRows(n) {
		for j, cell := range row.cells {
			row.cells[j] = strings.ReplaceAll(strings.Join(strings.Fields(cell), " "), "|", `\|`)
		}
		w.raw("| " + strings.Join(row.cells, " | ") + " |")
		w.lines(1)
		if i == 0 {
			w.raw("|" + strings.Repeat(" --- |", len(row.cells)))
			w.lines(1)
		}
	}
	w.lines(2)
}
