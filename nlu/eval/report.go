package eval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/yingda/yingda/internal/fault"
)

// Line is one measure: what it is, and what every contender has of it.
type Line struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	// Bar is what is asked for, 0 where nothing is; Less says that it is asked
	// to be at most that.
	Bar  float64 `json:"bar,omitempty"`
	Less bool    `json:"less,omitempty"`
	// Cells are those of the contenders, in Report.Contenders' order.
	Cells []Cell `json:"cells"`
}

// Cell is what a contender has of a measure.
type Cell struct {
	Contender string `json:"contender"`
	// Value is nil where nothing was measured; Missing then says why.
	Value   *float64 `json:"value"`
	Missing string   `json:"missing,omitempty"`
	// Rows is how many rows were measured.
	Rows int `json:"rows,omitempty"`
}

// Head is a contender as the report names it.
type Head struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Note  string `json:"note,omitempty"`
}

// Report is what Run measured.
type Report struct {
	Contenders []Head `json:"contenders"`
	Lines      []Line `json:"measures"`
	// Reliability has one entry for each contender and head that was asked.
	Reliability []Reliability `json:"reliability,omitempty"`
	// Mistakes are the messages of messages_dev whose intent went wrong, of
	// all contenders in order.
	Mistakes []Mistake `json:"-"`
}

func newReport(contenders []Contender, chosen []group) *Report {
	r := &Report{}
	for _, c := range contenders {
		r.Contenders = append(r.Contenders, Head{c.Key, c.Title, c.Note})
	}
	for _, g := range chosen {
		for _, l := range g.lines {
			for _, c := range contenders {
				l.Cells = append(l.Cells, Cell{Contender: c.Key})
			}
			r.Lines = append(r.Lines, l)
		}
	}
	return r
}

func (r *Report) cell(contender, key string) *Cell {
	for i := range r.Lines {
		if r.Lines[i].Key == key {
			at := slices.IndexFunc(r.Lines[i].Cells, func(c Cell) bool { return c.Contender == contender })
			return &r.Lines[i].Cells[at]
		}
	}
	panic("no measure " + key) // a line that its group does not announce
}

func (r *Report) set(contender, key string, value float64, rows int) {
	if math.IsNaN(value) {
		r.leave(contender, key, "the rows are all of one kind")
		return
	}
	c := r.cell(contender, key)
	c.Value, c.Rows = &value, rows
}

func (r *Report) leave(contender, key, reason string) { r.cell(contender, key).Missing = reason }

func (r *Report) has(contender, key string) bool {
	c := r.cell(contender, key)
	return c.Value != nil || c.Missing != ""
}

// Value returns what a contender has of a measure, and whether it has it.
func (r *Report) Value(contender, key string) (float64, bool) {
	for _, l := range r.Lines {
		for _, c := range l.Cells {
			if l.Key == key && c.Contender == contender && c.Value != nil {
				return *c.Value, true
			}
		}
	}
	return 0, false
}

// Write writes the report as table, markdown or json; another format is
// fault.Invalid.
func (r *Report) Write(w io.Writer, format string) error {
	var b bytes.Buffer
	switch format {
	case "table":
		tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		r.rows(func(cells []string) { fmt.Fprintln(tw, strings.Join(cells, "\t")) })
		if err := tw.Flush(); err != nil {
			return err
		}
		r.notes(&b)
	case "markdown":
		first := true
		r.rows(func(cells []string) {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
			if first {
				fmt.Fprintf(&b, "|%s\n", strings.Repeat("-|", len(cells)))
			}
			first = false
		})
		r.notes(&b)
	case "json":
		enc := json.NewEncoder(&b)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r); err != nil {
			return err
		}
	default:
		return fault.New(fault.Invalid, "there is no format %q; use table, markdown or json", format)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// rows yields the cells of the table: a row a measure, a column a contender.
func (r *Report) rows(yield func([]string)) {
	head := []string{"measure", "rows", "bar"}
	for _, c := range r.Contenders {
		head = append(head, c.Title)
	}
	yield(head)
	reasons := r.reasons()
	for _, l := range r.Lines {
		rows, bar := "", ""
		if l.Bar != 0 {
			bar = "≥ " + number(l.Bar)
			if l.Less {
				bar = "≤ " + number(l.Bar)
			}
		}
		cells := make([]string, len(l.Cells))
		for i, c := range l.Cells {
			if c.Value == nil {
				cells[i] = fmt.Sprintf("– [%d]", slices.Index(reasons, c.Missing)+1)
				continue
			}
			cells[i], rows = number(*c.Value), fmt.Sprint(c.Rows)
		}
		yield(append([]string{l.Title, rows, bar}, cells...))
	}
}

// number has three places, as a share of a few hundred rows is known.
func number(x float64) string { return fmt.Sprintf("%.3f", x) }

// reasons are the distinct reasons of empty cells, in order.
func (r *Report) reasons() []string {
	var out []string
	for _, l := range r.Lines {
		for _, c := range l.Cells {
			if c.Value == nil && !slices.Contains(out, c.Missing) {
				out = append(out, c.Missing)
			}
		}
	}
	return out
}

func (r *Report) notes(b *bytes.Buffer) {
	fmt.Fprintln(b)
	for i, reason := range r.reasons() {
		fmt.Fprintf(b, "[%d] %s\n", i+1, reason)
	}
	for _, c := range r.Contenders {
		if c.Note != "" {
			fmt.Fprintf(b, "%s: %s\n", c.Title, c.Note)
		}
	}
}
