package importer

import (
	"errors"
	"strings"

	"github.com/yingda/yingda/internal/textfile"
)

// csv reads a table with headings.
func (t *table) csv(text string) error {
	g, from := &grid{t: t}, len(t.Problems)
	err := t.scan(text, g.row)
	if err == nil {
		err = g.end()
	}
	t.order(from)
	if errors.Is(err, errNoHeading) {
		return noHeading(g.seen)
	}
	return err
}

// scan gives each row of a delimited text to row; rows with broken quotes
// become problems.
func (t *table) scan(text string, row func(gridRow) error) error {
	s := &scanner{text: text, comma: t.delimiter(text), line: 1}
	if t.Format == CSV && s.comma == '\t' {
		t.Format = TSV
	}
	for s.text != "" {
		before := s.text
		line, cells, state := s.next()
		if state == brokenQuotes {
			// The whole line stands where a row has a cell too many, so that it
			// is refused again unless somebody mends it.
			raw := strings.TrimRight(before[:len(before)-len(s.text)], "\r\n")
			t.original([]gridRow{{line: line, cells: []string{raw}}})
			t.reject(line, "bad_quotes", "内容里的引号写两遍，整格再用英文双引号括起来；或另存为 xlsx 再上传", "这一行的引号不配对，没有读入")
			if err := t.next(); err != nil {
				return err
			}
			continue
		}
		if state == looseQuotes && !blank(cells) {
			t.warn(line, "", "quotes", "内容里的引号写两遍，整格再用英文双引号括起来", "格子中间有单独的引号，已照原样读入")
		}
		if err := row(gridRow{line: line, cells: cells}); err != nil {
			return err
		}
	}
	return nil
}

// delimiter is what divides the cells: of the usual ones that by which a
// heading is recognised, else what the first line has most of.
func (t *table) delimiter(text string) byte {
	best, most := byte(0), 1
	for _, comma := range []byte(",\t;|") {
		s := &scanner{text: text, comma: comma, line: 1}
		for range headingRows {
			if s.text == "" {
				break
			}
			_, cells, _ := s.next()
			known := 0
			if t.columns(cells) != nil {
				for _, cell := range cells {
					if t.mapping.of(cell) != ignored {
						known++
					}
				}
			}
			if known > most {
				best, most = comma, known
			}
		}
	}
	switch {
	case best != 0:
		return best
	case t.Format == TSV:
		return '\t'
	}
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n\t "), "\n")
	if strings.Contains(first, "|") && !strings.ContainsAny(first, ",;\t") {
		return '|'
	}
	return byte(textfile.Delimiter(text)) //nolint:gosec // one of three ASCII characters
}

// quotes says how the quotes of a row were.
type quotes int

const (
	goodQuotes quotes = iota
	looseQuotes
	brokenQuotes
)

// scanner divides a text into rows as RFC 4180 has them, with line ends of all
// kinds. Quotes within a cell that does not begin with one stand for
// themselves.
type scanner struct {
	text  string // what is left
	comma byte
	line  int // of text's beginning
	// broken counts rows with broken quotes; after many of them a row is a line.
	broken int
}

const (
	maxCell   = 1 << 20 // bytes of a quoted cell; longer ones are a quote without its partner
	maxBroken = 1000
)

// next takes a row off the text, which is not empty. Of a row with broken
// quotes only the first line is taken.
func (s *scanner) next() (line int, cells []string, state quotes) {
	line = s.line
	rest, loose, lines := s.text, false, 0
	for {
		var cell string
		var n, breaks int
		ok := true
		if strings.HasPrefix(rest, `"`) {
			cell, n, breaks, ok = s.quoted(rest)
		} else {
			n = strings.IndexAny(rest, string([]byte{s.comma, '\r', '\n'}))
			if n < 0 {
				n = len(rest)
			}
			cell = rest[:n]
			loose = loose || strings.Contains(cell, `"`)
		}
		if !ok {
			s.broken++
			s.skipLine()
			return line, nil, brokenQuotes
		}
		cells = append(cells, cell)
		lines += breaks
		rest = rest[n:]
		if rest != "" && rest[0] == s.comma {
			rest = rest[1:]
			continue
		}
		s.text = rest
		s.line += lines
		s.endLine()
		if loose {
			return line, cells, looseQuotes
		}
		return line, cells, goodQuotes
	}
}

// quoted reads a quoted cell: its content, how many bytes it took and how many
// line ends are in it. After the closing quote only blanks may come before
// what divides the cells.
func (s *scanner) quoted(text string) (cell string, n, breaks int, ok bool) {
	limit := min(len(text), maxCell)
	if s.broken >= maxBroken {
		if i := strings.IndexAny(text, "\r\n"); i >= 0 {
			limit = min(limit, i)
		}
	}
	i, twice := 1, false
	for {
		j := strings.IndexByte(text[i:limit], '"')
		if j < 0 {
			return "", 0, 0, false
		}
		i += j + 1
		if i < len(text) && text[i] == '"' {
			i++
			twice = true
			continue
		}
		break
	}
	cell = text[1 : i-1]
	breaks = strings.Count(cell, "\n") + strings.Count(cell, "\r") - strings.Count(cell, "\r\n")
	if twice {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	for i < len(text) && text[i] == ' ' {
		i++
	}
	if i < len(text) && text[i] != s.comma && text[i] != '\r' && text[i] != '\n' {
		return "", 0, 0, false
	}
	return cell, i, breaks, true
}

// endLine takes the line end off that the text begins with.
func (s *scanner) endLine() {
	if s.text == "" {
		return
	}
	if strings.HasPrefix(s.text, "\r\n") {
		s.text = s.text[2:]
	} else {
		s.text = s.text[1:]
	}
	s.line++
}

func (s *scanner) skipLine() {
	i := strings.IndexAny(s.text, "\r\n")
	if i < 0 {
		s.text = ""
		return
	}
	s.text = s.text[i:]
	s.endLine()
}
