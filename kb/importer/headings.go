package importer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/textfile"
	"github.com/yingda/yingda/internal/xlsx"
)

// Preview is the heading of one table of a file, for a page on which people
// say what its columns hold.
type Preview struct {
	Sheet string `json:"sheet,omitempty"`
	// Line is where the heading stands.
	Line     int       `json:"line"`
	Headings []Heading `json:"headings"`
	// Ready tells that the table can be read without a mapping.
	Ready bool `json:"ready"`
}

// Heading is a column.
type Heading struct {
	Name string `json:"name"`
	// Field is one of Fields, or empty where the name is not known.
	Field string `json:"field,omitempty"`
	// Samples are the first cells below it that are filled, at most three.
	Samples []string `json:"samples"`
}

const (
	previewSamples = 3
	sampleLength   = 60 // characters
)

var errEnough = errors.New("enough rows seen")

// Headings looks at the beginning of a file's tables. Of a table whose heading
// is not known the row with the most cells is taken for it. Its faults are
// those of ReadContext; formats without columns are fault.Unsupported.
func Headings(ctx context.Context, r io.Reader, o Options) ([]Preview, error) {
	t, data, err := begin(ctx, r, o)
	if err != nil {
		return nil, err
	}
	if t.Format == XLSX {
		return t.previewBook(data)
	}
	text, enc, err := textfile.Detect(data)
	if err != nil {
		return nil, err
	}
	t.Encoding = enc
	var rows []gridRow
	switch t.Format {
	case CSV, TSV:
		err = t.scan(text, collect(&rows))
	case JSONL, JSON:
		rows = keysOf(text)
	case HTML:
		return t.previewPage(text)
	default:
		return nil, fault.New(fault.Unsupported, "%s 文件没有列，不需要指定对应关系", t.Format)
	}
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	p, ok := t.preview("", rows)
	if !ok {
		return nil, fault.New(fault.Invalid, "文件里没有数据")
	}
	return []Preview{p}, nil
}

// collect keeps rows until there are enough of them.
func collect(rows *[]gridRow) func(gridRow) error {
	return func(r gridRow) error {
		if blank(r.cells) {
			return nil
		}
		if *rows = append(*rows, r); len(*rows) >= headingRows+previewSamples {
			return errEnough
		}
		return nil
	}
}

func (t *table) previewBook(data []byte) ([]Preview, error) {
	b, err := xlsx.Open(data)
	if err != nil {
		return nil, err
	}
	if err := t.known(b); err != nil {
		return nil, err
	}
	var out []Preview
	for i, s := range b.Sheets {
		if t.opts.Sheet != "" && s.Name != t.opts.Sheet || t.opts.Sheet == "" && s.Hidden {
			continue
		}
		var rows []gridRow
		keep, g := collect(&rows), &grid{t: t}
		err := b.Rows(i, func(r xlsx.Row) error {
			if err := t.ctx.Err(); err != nil {
				return err
			}
			return keep(g.sheetRow(r))
		})
		if err != nil && !errors.Is(err, errEnough) {
			return nil, err
		}
		if p, ok := t.preview(s.Name, rows); ok {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "文件里没有数据")
	}
	return out, nil
}

func (t *table) previewPage(text string) ([]Preview, error) {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "网页读不出来，请另存为完整的 HTML 后再上传")
	}
	var out []Preview
	for n := range root.Descendants() {
		if n.DataAtom == atom.Table && !nested(n) {
			if p, ok := t.preview("", tableRows(n)); ok {
				out = append(out, p)
			}
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Unsupported, "网页里没有表格，不需要指定对应关系")
	}
	return out, nil
}

// keysOf makes a table of the first objects of a JSON file: their keys are the
// heading.
func keysOf(text string) []gridRow {
	d := json.NewDecoder(strings.NewReader(text))
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		if _, err := d.Token(); err != nil {
			return nil
		}
	}
	var objects []map[string]json.RawMessage
	keys := map[string]bool{}
	for d.More() && len(objects) < previewSamples {
		var o map[string]json.RawMessage
		if d.Decode(&o) != nil {
			break // what is wrong is said when the file is read
		}
		objects = append(objects, o)
		for k := range o {
			keys[k] = true
		}
	}
	heading := slices.Sorted(maps.Keys(keys))
	rows := []gridRow{{line: 1, cells: heading}}
	for _, o := range objects {
		var cells []string
		for _, k := range heading {
			cell := string(o[k])
			if strings.HasPrefix(cell, `"`) && json.Unmarshal(o[k], &cell) != nil {
				cell = ""
			}
			cells = append(cells, cell)
		}
		rows = append(rows, gridRow{cells: cells})
	}
	return rows
}

// preview describes the table that rows begin.
func (t *table) preview(sheet string, rows []gridRow) (Preview, bool) {
	heading, below := likely(rows[:min(len(rows), headingRows)])
	ready := false
	for i, r := range rows {
		if ready = t.columns(r.cells) != nil; ready {
			heading, below = r, rows[i+1:]
			break
		}
	}
	if len(heading.cells) == 0 {
		return Preview{}, false
	}
	p := Preview{Sheet: sheet, Line: heading.line, Ready: ready}
	for i, name := range heading.cells {
		h := Heading{Name: strings.TrimSpace(name), Field: t.mapping.of(name).field(), Samples: []string{}}
		for _, r := range below {
			if i < len(r.cells) && strings.TrimSpace(r.cells[i]) != "" && len(h.Samples) < previewSamples {
				h.Samples = append(h.Samples, clip(strings.TrimSpace(r.cells[i]), sampleLength))
			}
		}
		if h.Name != "" {
			p.Headings = append(p.Headings, h)
		}
	}
	return p, true
}
