package check

import (
	"fmt"
	"io"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// Kind names what is wrong with a row.
type Kind string

// The kinds of finding.
const (
	Duplicate     Kind = "duplicate"     // the same folded text with the same label as an earlier line
	Contradiction Kind = "contradiction" // the same folded text with another label than an earlier line
	UnknownLabel  Kind = "unknown label" // not in the taxonomy
	Length        Kind = "length"        // blank, or over MaxLength code points
	NearAcross    Kind = "near copy"     // nearly an earlier line's text, with another label
	Blanks        Kind = "blanks around" // the text or the turn before begins or ends with blanks
	Leak          Kind = "leak"          // the text contains an identifier of the labels
	Overlapping   Kind = "overlap"       // the same or nearly the same text stands in another set
	Reference     Kind = "reference"     // names something that does not exist, or is not named where it must be
	Form          Kind = "form"          // a part is missing or out of its range
)

// Finding is one fault of one row.
type Finding struct {
	Kind Kind
	Row  Row
	// Other is the row it collides with; its Line is 0 where there is none.
	Other Row
	// Score is the likeness of the two texts: 1 for equal folded texts, else
	// the Jaccard index of their runs or the cosine of their embeddings.
	Score float64
	// Detail says more where the rows alone do not: the leaked identifier, the length.
	Detail string
}

// String says in one line what is wrong and where.
func (f Finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %q (%s)", f.Row.at(), f.Kind, f.Row.Text, f.Row.Label)
	if f.Detail != "" {
		fmt.Fprintf(&b, ": %s", f.Detail)
	}
	if f.Other.Line != 0 {
		fmt.Fprintf(&b, ": %s has %q (%s)", f.Other.at(), f.Other.Text, f.Other.Label)
		if f.Score < 1 {
			fmt.Fprintf(&b, ", %.2f alike", f.Score)
		}
	}
	return b.String()
}

// at says where a row stands.
func (r Row) at() string {
	if r.File == "" {
		return fmt.Sprintf("line %d", r.Line)
	}
	return fmt.Sprintf("%s:%d", r.File, r.Line)
}

// Count is how many rows carry a label.
type Count struct {
	Label string
	Rows  int
}

// Report is what was found in one set.
type Report struct {
	// Rows is the number of rows read.
	Rows int
	// Findings are ordered by line, then by the order of checks within a line.
	Findings []Finding
	// NearWithin counts pairs of rows with one label whose texts are at least
	// NearWithinScore alike without being equal. They are waste, not faults.
	NearWithin int
	// Balance has every label of the taxonomy (and every unknown one met),
	// most rows first, equals in alphabetical order.
	Balance []Count
}

// Err returns nil for a set without findings, else a fault of code invalid
// that names their number and the first of them.
func (r Report) Err() error {
	if len(r.Findings) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "%d faulty rows; the first is %s", len(r.Findings), r.Findings[0])
}

// WriteTo prints the findings, the balance table and the totals as text for
// a terminal. It returns the bytes written and the writer's error.
func (r Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintln(&b, f)
	}
	for _, c := range r.Balance {
		share := 0.0
		if r.Rows > 0 {
			share = 100 * float64(c.Rows) / float64(r.Rows)
		}
		fmt.Fprintf(&b, "%6d %5.1f%%  %s\n", c.Rows, share, c.Label)
	}
	fmt.Fprintf(&b, "%d rows, %d findings, %d near copies within a label\n", r.Rows, len(r.Findings), r.NearWithin)
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}
