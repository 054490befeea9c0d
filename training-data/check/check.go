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

var (
	sentiments = []string{"negative", "neutral", "positive"}
	emotions   = []string{"anger", "disappointment", "joy", "neutral", "urgency", "worry"}
)

// Utterances checks a set of lines as [ReadUtterances] reads them against the
// taxonomy.
//
// It returns a fault of code invalid, its field "line n", for a blank line, a
// line that is not UTF-8 or not exactly that JSON object, and one of code
// too_large for a line over 64 KiB. Everything else wrong with the rows is in
// the report.
//
// Only identifiers of several words (refund_request) count as leaks:
// customers do type "thanks" and "wait".
func Utterances(r io.Reader, taxonomy Taxonomy) (Report, error) {
	return byIntent(r, taxonomy, ReadUtterances)
}

// Contexts checks a set of lines as [ReadContexts] reads them against the
// taxonomy: a text may have several labels, after different turns. Its faults
// are those of [Utterances].
func Contexts(r io.Reader, taxonomy Taxonomy) (Report, error) {
	return byIntent(r, taxonomy, ReadContexts)
}

// Scope checks a set of lines as [ReadScope] reads them against the taxonomy.
// Its faults are those of [Utterances].
func Scope(r io.Reader, taxonomy Taxonomy) (Report, error) {
	return byIntent(r, taxonomy, ReadScope)
}

func byIntent(r io.Reader, taxonomy Taxonomy, read func(io.Reader) ([]Row, error)) (Report, error) {
	rows, err := read(r)
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

// Emotions checks a set of {"text","emotion"} lines whose labels are anger,
// disappointment, joy, neutral, urgency and worry; any of these words in a
// text is a leak. Its faults are those of [Utterances].
func Emotions(r io.Reader) (Report, error) {
	rows, err := ReadEmotions(r)
	if err != nil {
		return Report{}, err
	}
	return inspect(rows, emotions, emotions), nil
}

// Across compares sets of one kind of label. It returns a Contradiction for
// each row whose folded text and turn before stand in an earlier set with
// another label that is neither row's alternative, and a Duplicate for each
// that stands there with the same label: waste, not a fault.
func Across(sets ...[]Row) []Finding {
	var out []Finding
	first := make(map[string]Row)
	for _, set := range sets {
		own := make(map[string]Row)
		for _, row := range set {
			k := key(row)
			if _, ok := own[k]; !ok {
				own[k] = row
			}
			other, ok := first[k]
			switch {
			case !ok:
			case row.Label == other.Label:
				out = append(out, Finding{Kind: Duplicate, Row: row, Other: other, Score: 1})
			case !arguable(row, other):
				out = append(out, Finding{Kind: Contradiction, Row: row, Other: other, Score: 1})
			}
		}
		for k, row := range own {
			if _, ok := first[k]; !ok {
				first[k] = row
			}
		}
	}
	return out
}

// Overlap returns a finding for each row of set whose text equals, folded, or
// is at least NearAcrossScore like the text of a row of base, whatever the
// labels: the rows that would let a set measure what another taught. Each row
// is reported once, with the base row most like it (the earliest of equals).
func Overlap(set, base []Row) []Finding {
	return overlap(set, base, Pairs, NearAcrossScore)
}

// overlap is Overlap by any grams, from any likeness.
func overlap(set, base []Row, g Grams, threshold float64) []Finding {
	folded := make([]string, len(base))
	first := make(map[string]int, len(base))
	for i, row := range base {
		folded[i] = Fold(row.Text)
		if _, ok := first[folded[i]]; !ok {
			first[folded[i]] = i
		}
	}
	best := make(map[int]Near)
	others := make([]string, len(set)) // "" for an exact copy
	for i, row := range set {
		f := Fold(row.Text)
		if j, ok := first[f]; ok {
			best[i] = Near{A: j, B: i, Score: 1}
			continue
		}
		others[i] = f
	}
	for _, n := range g.Across(folded, others, threshold) {
		if old, ok := best[n.B]; !ok || n.Score > old.Score {
			best[n.B] = n
		}
	}
	var out []Finding
	for i, row := range set {
		if n, ok := best[i]; ok {
			out = append(out, Finding{Kind: Overlapping, Row: row, Other: base[n.A], Score: n.Score})
		}
	}
	return out
}

// key is what makes a row the same as another: its folded text after the folded turn before.
func key(row Row) string {
	if row.Prev == "" {
		return Fold(row.Text)
	}
	return Fold(row.Prev) + "\n" + Fold(row.Text)
}

// arguable reports whether one row's label is the other's alternative.
func arguable(a, b Row) bool { return a.Alt == b.Label || b.Alt == a.Label }

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
	folded := make([]string, len(rows)) // "" for a copy of an earlier row and for what is read with the turn before
	for i, row := range rows {
		count[row.Label]++
		report.Findings = append(report.Findings, inspectRow(row, known, leaks)...)
		f := key(row)
		j, copied := first[f]
		if !copied {
			first[f] = i
			if row.Prev == "" {
				folded[i] = f
			}
			continue
		}
		kind := Duplicate
		if rows[j].Label != row.Label {
			kind = Contradiction
		}
		report.Findings = append(report.Findings, Finding{Kind: kind, Row: row, Other: rows[j], Score: 1})
	}
	for _, n := range Pairs.Within(folded, min(NearAcrossScore, NearWithinScore)) {
		a, b := rows[n.A], rows[n.B]
		switch same := a.Label == b.Label; {
		case same && n.Score >= NearWithinScore:
			report.NearWithin++
		case !same && n.Score >= NearAcrossScore && !arguable(a, b):
			report.Findings = append(report.Findings, Finding{Kind: NearAcross, Row: b, Other: a, Score: n.Score})
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
	if row.Alt != "" && (!known[row.Alt] || row.Alt == row.Label) {
		out = append(out, Finding{Kind: UnknownLabel, Row: row, Detail: fmt.Sprintf("alternative %q, want another of the labels", row.Alt)})
	}
	if row.Sentiment != "" && !slices.Contains(sentiments, row.Sentiment) {
		out = append(out, Finding{Kind: UnknownLabel, Row: row, Detail: fmt.Sprintf("sentiment %q", row.Sentiment)})
	}
	if n := utf8.RuneCountInString(row.Text); n > MaxLength || strings.TrimSpace(row.Text) == "" {
		out = append(out, Finding{Kind: Length, Row: row, Detail: fmt.Sprintf("%d code points, want 1 to %d that are not all blank", n, MaxLength)})
	} else if row.Text != strings.TrimSpace(row.Text) || row.Prev != strings.TrimSpace(row.Prev) {
		out = append(out, Finding{Kind: Blanks, Row: row})
	}
	lower := strings.ToLower(row.Text)
	for _, id := range leaks {
		if strings.Contains(lower, id) {
			out = append(out, Finding{Kind: Leak, Row: row, Detail: "contains " + id})
		}
	}
	return out
}
