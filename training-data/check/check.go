package check

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// MaxLength is the most code points a text may have.
	MaxLength = 120
	// NearAcrossScore is the likeness from which two texts with different labels are a fault.
	NearAcrossScore = 0.8
	// NearWithinScore is the likeness from which two texts with one label are counted.
	NearWithinScore = 0.9
)

// sentiments are the labels of a sentiment set.
var sentiments = []string{"negative", "neutral", "positive"}

// Utterances checks a set of {"text","intent"} lines against the taxonomy.
//
// It returns a fault of code invalid, its field "line n", for a blank line, a
// line that is not UTF-8 or not exactly that JSON object, and one of code
// too_large for a line over 64 KiB. Everything else wrong with the rows is in
// the report.
//
// Only identifiers of several words (refund_request) count as leaks:
// customers do type "thanks" and "wait".
func Utterances(r io.Reader, taxonomy Taxonomy) (Report, error) {
	rows, err := ReadUtterances(r)
	if err != nil {
		return Report{}, err
	}
	names := taxonomy.Names()
	var compound []string
	for _, name := range names {
		if strings.Contains(name, "_") {
			compound = append(compound, name)
		}
	}
	return inspect(rows, names, compound), nil
}

// Sentiment checks a set of {"text","label"} lines whose labels are
// negative, neutral and positive; any of these words in a text is a leak.
// Its faults are those of [Utterances].
func Sentiment(r io.Reader) (Report, error) {
	rows, err := ReadSentiment(r)
	if err != nil {
		return Report{}, err
	}
	return inspect(rows, sentiments, sentiments), nil
}

// Overlap returns a finding for each row of set whose text equals, folded, or
// is at least NearAcrossScore like the text of a row of base, whatever the
// labels: the rows that would let a set measure what another taught. Each row
// is reported once, with the base row most like it (the earliest of equals).
func Overlap(set, base []Row) []Finding {
	folded := make([]string, 0, len(base)+len(set))
	first := make(map[string]int, len(base))
	for i, row := range base {
		f := Fold(row.Text)
		folded = append(folded, f)
		if _, ok := first[f]; !ok {
			first[f] = i
		}
	}
	best := make(map[int]near)
	for i, row := range set {
		f := Fold(row.Text)
		if j, ok := first[f]; ok {
			best[i] = near{a: j, b: i, score: 1}
			f = ""
		}
		folded = append(folded, f)
	}
	for _, n := range nearPairs(folded, NearAcrossScore) {
		i := n.b - len(base)
		if n.a >= len(base) || i < 0 {
			continue
		}
		if old, ok := best[i]; !ok || n.score > old.score {
			best[i] = near{a: n.a, b: i, score: n.score}
		}
	}
	var out []Finding
	for i, row := range set {
		if n, ok := best[i]; ok {
			out = append(out, Finding{Kind: Overlapping, Row: row, Other: base[n.a], Score: n.score})
		}
	}
	return out
}

// inspect applies every check to rows. leaks are the identifiers that no text may contain.
func inspect(rows []Row, labels, leaks []string) Report {
	report := Report{Rows: len(rows)}
	known := make(map[string]bool, len(labels))
	count := make(map[string]int, len(labels))
	for _, l := range labels {
		known[l] = true
		count[l] = 0
	}
	first := make(map[string]int, len(rows))
	folded := make([]string, len(rows)) // "" for a copy of an earlier row
	for i, row := range rows {
		count[row.Label]++
		report.Findings = append(report.Findings, inspectRow(row, known, leaks)...)
		f := Fold(row.Text)
		j, copied := first[f]
		if !copied {
			first[f], folded[i] = i, f
			continue
		}
		kind := Duplicate
		if rows[j].Label != row.Label {
			kind = Contradiction
		}
		report.Findings = append(report.Findings, Finding{Kind: kind, Row: row, Other: rows[j], Score: 1})
	}
	for _, n := range nearPairs(folded, min(NearAcrossScore, NearWithinScore)) {
		switch same := rows[n.a].Label == rows[n.b].Label; {
		case same && n.score >= NearWithinScore:
			report.NearWithin++
		case !same && n.score >= NearAcrossScore:
			report.Findings = append(report.Findings, Finding{Kind: NearAcross, Row: rows[n.b], Other: rows[n.a], Score: n.score})
		}
	}
	slices.SortStableFunc(report.Findings, func(a, b Finding) int { return cmp.Compare(a.Row.Line, b.Row.Line) })
	for label, n := range count {
		report.Balance = append(report.Balance, Count{Label: label, Rows: n})
	}
	slices.SortFunc(report.Balance, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Label, b.Label))
	})
	return report
}

// inspectRow applies the checks that need no other row.
func inspectRow(row Row, known map[string]bool, leaks []string) []Finding {
	var out []Finding
	if !known[row.Label] {
		out = append(out, Finding{Kind: UnknownLabel, Row: row})
	}
	if n := utf8.RuneCountInString(row.Text); n > MaxLength || strings.TrimSpace(row.Text) == "" {
		out = append(out, Finding{Kind: Length, Row: row, Detail: fmt.Sprintf("%d code points, want 1 to %d that are not all blank", n, MaxLength)})
	}
	lower := strings.ToLower(row.Text)
	for _, id := range leaks {
		if strings.Contains(lower, id) {
			out = append(out, Finding{Kind: Leak, Row: row, Detail: "contains " + id})
		}
	}
	return out
}
