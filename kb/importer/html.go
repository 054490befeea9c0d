package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/yingda/yingda/internal/fault"
)

// maxNodes bounds a page: its tree is held in memory.
const maxNodes = 2_000_000

// webPage collects the questions of a page in its order.
type webPage struct {
	t       *table
	path    []section // the headings around, with levels
	open    *section
	content []*html.Node // below the open heading
	n       int          // questions so far, for Line
	tables  []gridRow    // the first rows of tables without a heading that is known
	holds   map[*html.Node]bool
	err     error
}

// html reads a page: what it says to search engines (schema.org FAQPage) when
// it says it, else tables with a heading that is known, dl, details, and
// headings with text below them.
func (t *table) html(text string) error {
	if strings.Count(text, "<") > maxNodes {
		return fault.New(fault.TooLarge, "网页太大，请拆成几个再上传")
	}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "网页读不出来，请另存为完整的 HTML 后再上传")
	}
	p := &webPage{t: t, holds: holders(root)}
	for n := range root.Descendants() {
		if n.DataAtom == atom.Script && strings.EqualFold(attribute(n, "type"), "application/ld+json") && n.FirstChild != nil {
			p.linked([]byte(n.FirstChild.Data))
		}
	}
	if p.n == 0 && p.err == nil {
		p.walk(root)
		p.close()
	}
	if p.err == nil && t.Count == 0 && len(p.tables) > 0 {
		return noHeading(p.tables)
	}
	if p.err == nil && t.Count == 0 {
		return fault.New(fault.Invalid, "网页里没有找到问答：需要有表头的表格、dl、details，或标题加正文")
	}
	return p.err
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// linked reads JSON-LD: any FAQPage in it, at whatever depth it is put.
func (p *webPage) linked(data []byte) {
	var v any
	if json.Unmarshal(data, &v) != nil {
		return // other scripts of the page may be good; the page itself is read next
	}
	p.graph(v, 0)
}

func (p *webPage) graph(v any, depth int) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			p.graph(e, depth)
		}
	case map[string]any:
		if kind(v, "Question") {
			p.question(v)
			return
		}
		for _, key := range []string{"@graph", "mainEntity", "itemListElement", "item", "hasPart"} {
			if e, ok := v[key]; ok && depth < 8 {
				p.graph(e, depth+1)
			}
		}
	}
}

func kind(v map[string]any, name string) bool {
	switch k := v["@type"].(type) {
	case string:
		return k == name
	case []any:
		for _, e := range k {
			if e == name {
				return true
			}
		}
	}
	return false
}

// question takes a schema.org Question; texts may have markup in them.
func (p *webPage) question(v map[string]any) {
	answer := v["acceptedAnswer"]
	if list, ok := answer.([]any); ok && len(list) > 0 {
		answer = list[0]
	}
	text, _ := answer.(string)
	if m, ok := answer.(map[string]any); ok {
		text, _ = m["text"].(string)
	}
	name, _ := v["name"].(string)
	if name == "" {
		name, _ = v["text"].(string)
	}
	r := p.record()
	if r == nil {
		return
	}
	r.a.Question, r.a.Answer = htmlToLine(name), htmlToMarkdown(text)
	r.done()
}

// record begins the next article; nil when there are too many.
func (p *webPage) record() *record {
	if p.err == nil {
		p.err = p.t.next()
	}
	if p.err != nil {
		return nil
	}
	p.n++
	return p.t.record(p.n)
}

// walk goes through the page in order.
func (p *webPage) walk(n *html.Node) {
	for c := n.FirstChild; c != nil && p.err == nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			p.keep(c)
		case c.Type != html.ElementNode || skipped(c):
		case level(c) > 0:
			p.heading(c)
		case c.DataAtom == atom.Details:
			p.details(c)
		case c.DataAtom == atom.Dl:
			p.list(c)
		case c.DataAtom == atom.Table && p.grid(c):
		case p.holds[c] || c.DataAtom == atom.Body:
			p.walk(c)
		default:
			p.keep(c)
		}
	}
}

func (p *webPage) keep(n *html.Node) {
	if p.open != nil {
		p.content = append(p.content, n)
	}
}

// skipped elements are not content.
func skipped(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Nav, atom.Footer, atom.Noscript, atom.Template, atom.Form, atom.Svg, atom.Iframe, atom.Button, atom.Title:
		return true
	}
	return false
}

// level of a heading; 0 for what is none.
func level(n *html.Node) int {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return int(n.Data[1] - '0')
	}
	return 0
}

// holders are the elements within which questions stand, and which are
// therefore no content.
func holders(root *html.Node) map[*html.Node]bool {
	holds := map[*html.Node]bool{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || level(n) == 0 && n.DataAtom != atom.Details && n.DataAtom != atom.Dl && n.DataAtom != atom.Table && n.DataAtom != atom.Body {
			continue
		}
		for up := n.Parent; up != nil && !holds[up]; up = up.Parent {
			holds[up] = true
		}
	}
	return holds
}

func (p *webPage) heading(n *html.Node) {
	p.close()
	s := section{level: level(n), title: lineOf(n)}
	for len(p.path) > 0 && p.path[len(p.path)-1].level >= s.level {
		p.path = p.path[:len(p.path)-1]
	}
	p.open, p.content = &s, nil
}

// close makes an article of the open heading, or a category when nothing
// stands below it.
func (p *webPage) close() {
	if p.open == nil {
		return
	}
	s, answer := *p.open, nodesToMarkdown(p.content)
	p.open, p.content = nil, nil
	if answer != "" {
		if r := p.record(); r != nil {
			r.a.Question, r.a.Answer, r.a.Category = s.title, answer, p.category()
			r.done()
		}
	}
	p.path = append(p.path, s)
}

func (p *webPage) category() string {
	var titles []string
	for _, s := range p.path {
		if s.title != "" {
			titles = append(titles, s.title)
		}
	}
	return strings.Join(titles, "/")
}

// details reads one that folds; those within it are read after it.
func (p *webPage) details(n *html.Node) {
	p.close()
	var title *html.Node
	var rest, inner []*html.Node
	for c := range n.ChildNodes() {
		switch {
		case c.DataAtom == atom.Summary && title == nil:
			title = c
		case c.DataAtom == atom.Details:
			inner = append(inner, c)
		default:
			rest = append(rest, c)
		}
	}
	question := ""
	if title != nil {
		question = lineOf(title)
	}
	answer := nodesToMarkdown(rest)
	if answer != "" || len(inner) == 0 {
		if r := p.record(); r != nil {
			r.a.Question, r.a.Answer, r.a.Category = question, answer, p.category()
			p.ours(r, n, title)
			r.done()
		}
	}
	if len(inner) == 0 {
		return
	}
	p.path = append(p.path, section{title: question, level: 7})
	for _, d := range inner {
		p.details(d)
	}
	p.path = p.path[:len(p.path)-1]
}

// ours reads what Write says beside the text.
func (p *webPage) ours(r *record, n, title *html.Node) {
	data := attribute(n, "data-article")
	if data == "" || title == nil {
		return
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(data), &object) != nil {
		r.problem(ignored, "bad_value", "不要手工修改 data-article 属性", "data-article 不是导出时的内容")
		return
	}
	r.a.Question = textOfNode(title)
	r.a.Category = ""
	for key, value := range object {
		if c := columnOf(key); c != ignored && c != colQuestion && c != colAnswer && !r.setJSON(c, value) {
			r.problem(c, "bad_value", "不要手工修改 data-article 属性", "data-article 不是导出时的内容")
		}
	}
}

// list reads a dl: several dt before a dd are wordings of one question.
func (p *webPage) list(n *html.Node) {
	p.close()
	var terms []string
	var answer []*html.Node
	flush := func() {
		if len(terms) == 0 {
			return
		}
		if r := p.record(); r != nil {
			r.a.Question, r.a.Similar, r.a.Answer, r.a.Category = terms[0], terms[1:], nodesToMarkdown(answer), p.category()
			r.done()
		}
		terms, answer = nil, nil
	}
	for c := range n.Descendants() {
		switch c.DataAtom {
		case atom.Dt:
			if within(c, atom.Dd, n) {
				continue
			}
			if len(answer) > 0 {
				flush()
			}
			terms = append(terms, lineOf(c))
		case atom.Dd:
			if !within(c, atom.Dd, n) {
				answer = append(answer, c)
			}
		}
	}
	flush()
}

// within reports whether n lies in an element a below root.
func within(n *html.Node, a atom.Atom, root *html.Node) bool {
	for m := n.Parent; m != nil && m != root; m = m.Parent {
		if m.DataAtom == a {
			return true
		}
	}
	return false
}

// grid reads a table with a heading that is known; false when it has none.
func (p *webPage) grid(n *html.Node) bool {
	if nested(n) {
		return false
	}
	rows := tableRows(n)
	found := false
	for i := 0; i < len(rows) && i < headingRows && !found; i++ {
		found = p.t.columns(rows[i].cells) != nil
	}
	if !found {
		p.tables = append(p.tables, rows[:min(len(rows), headingRows)]...)
		return false
	}
	p.close()
	g := &grid{t: p.t}
	before := p.n
	for _, r := range rows {
		r.line = p.n + 1
		if p.err = g.row(r); p.err != nil {
			return true
		}
		p.n = before + g.count
	}
	if err := g.end(); !errors.Is(err, errNoHeading) {
		p.err = err
	}
	return true
}

// nested reports whether a table has tables in it: such tables are for layout.
func nested(n *html.Node) bool {
	for d := range n.Descendants() {
		if d.DataAtom == atom.Table {
			return true
		}
	}
	return false
}

// widest is how many columns a cell of a page may spread over.
const widest = 256

// tableRows reads a table's cells, those that span several rows or columns
// where they span.
func tableRows(n *html.Node) []gridRow {
	type spanning struct {
		rows int
		text string
	}
	var out []gridRow
	var down []spanning // by column
	for tr := range n.Descendants() {
		if tr.DataAtom != atom.Tr || within(tr, atom.Table, n) {
			continue
		}
		row := gridRow{line: len(out) + 1}
		above := func() {
			for i := len(row.cells); i < len(down) && down[i].rows > 0; i++ {
				down[i].rows--
				row.cells, row.merged = append(row.cells, down[i].text), append(row.merged, true)
			}
		}
		for td := range tr.ChildNodes() {
			if td.DataAtom != atom.Td && td.DataAtom != atom.Th {
				continue
			}
			above()
			text := nodesToMarkdown([]*html.Node{td})
			high := spanOf(td, "rowspan")
			for i := range min(spanOf(td, "colspan"), max(widest-len(row.cells), 1)) {
				if i > 0 && len(out) > 0 {
					text = ""
				}
				for len(down) <= len(row.cells) {
					down = append(down, spanning{})
				}
				down[len(row.cells)] = spanning{high - 1, text}
				row.cells, row.merged = append(row.cells, text), append(row.merged, false)
			}
		}
		above()
		out = append(out, row)
	}
	return out
}

func spanOf(n *html.Node, name string) int {
	v := 1
	if _, err := fmt.Sscanf(attribute(n, name), "%d", &v); err != nil || v < 1 {
		return 1
	}
	return min(v, 1000)
}
