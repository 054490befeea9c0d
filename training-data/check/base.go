package check

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// The least that an authored knowledge base has of each kind.
const (
	leastMessages = 7 // of an entry
	leastSimilar  = 2 // questions of an entry
)

// Base is an authored knowledge base with what customers of that shop write.
type Base struct {
	Name    string // the two letters that its entries' identifiers begin with
	Entries []Entry
	// Messages are labelled with the identifiers of the entries that answer
	// them; a message that no entry answers has none.
	Messages []Messages
}

// Entry is one question with its answer.
type Entry struct {
	Line     int      `json:"-"` // of the file, from 1
	ID       string   `json:"id"`
	Question string   `json:"question"`
	Similar  []string `json:"similar"`
	Answer   string   `json:"answer"`
	Category string   `json:"category"`
}

// Messages are messages that the same entries answer.
type Messages struct {
	Line int      // of the file, from 1
	IDs  []string // of the entries, each equally right; empty where none answers
	Text []string
}

// ReadBase reads the entries, lines of {"id","question","similar","answer","category"},
// and the messages, lines of {"kb_id","messages"} (null: no entry answers) or
// {"kb_ids","messages"}. Its faults are those of [Utterances], in the field
// entries or messages.
func ReadBase(name string, entries, messages io.Reader) (Base, error) {
	type line struct {
		ID   nullable `json:"kb_id"`
		IDs  []string `json:"kb_ids"`
		Text []string `json:"messages"`
	}
	b := Base{Name: name}
	var err error
	b.Entries, err = readLines(entries, func(e Entry) (Entry, error) { return e, nil }, func(e *Entry, n int) { e.Line = n })
	if err != nil {
		return Base{}, fault.In("entries", err)
	}
	b.Messages, err = readLines(messages, func(v line) (Messages, error) {
		switch {
		case v.ID.set == (v.IDs != nil):
			return Messages{}, errors.New(`give either "kb_id" or "kb_ids"`)
		case v.IDs != nil && len(v.IDs) < 2:
			return Messages{}, errors.New(`"kb_ids" needs two or more; use "kb_id" for one or none`)
		case v.ID.value != nil:
			v.IDs = []string{*v.ID.value}
		}
		return Messages{IDs: v.IDs, Text: v.Text}, nil
	}, func(m *Messages, n int) { m.Line = n })
	if err != nil {
		return Base{}, fault.In("messages", err)
	}
	return b, nil
}

// nullable tells null from a missing field.
type nullable struct {
	set   bool
	value *string
}

// UnmarshalJSON takes a string or null.
func (n *nullable) UnmarshalJSON(b []byte) error {
	n.set = true
	if string(b) == "null" {
		return nil
	}
	var s string
	if err := strict(b, &s); err != nil {
		return err
	}
	n.value = &s
	return nil
}

func (b Base) ids() map[string]bool {
	ids := make(map[string]bool, len(b.Entries))
	for _, e := range b.Entries {
		ids[e.ID] = true
	}
	return ids
}

// Rows returns every message, labelled with the sorted identifiers of the
// entries that answer it, joined by commas.
func (b Base) Rows() []Row {
	var rows []Row
	for _, m := range b.Messages {
		label := strings.Join(slices.Sorted(slices.Values(m.IDs)), ",")
		for _, text := range m.Text {
			rows = append(rows, Row{Line: m.Line, Text: text, Label: label})
		}
	}
	return rows
}

// Wordings returns every question and similar question, labelled with its entry.
func (b Base) Wordings() []Row {
	var rows []Row
	for _, e := range b.Entries {
		for _, text := range append([]string{e.Question}, e.Similar...) {
			rows = append(rows, Row{Line: e.Line, Text: text, Label: e.ID})
		}
	}
	return rows
}

// Check returns what is wrong with the base: entries that lack a part, have
// another base's identifier or one used before, wordings and messages that
// are empty, padded, too long or stand twice, an entry without exactly one
// list of seven messages or more, messages of no entry of the base, and no
// message that none answers.
func (b Base) Check() []Finding {
	var out []Finding
	lists := make(map[string]int, len(b.Entries))
	first := make(map[string]Row, len(b.Entries))
	for _, e := range b.Entries {
		row := Row{Line: e.Line, Text: e.Question, Label: e.ID}
		if e.Question == "" || e.Answer == "" || e.Category == "" || len(e.Similar) < leastSimilar {
			out = append(out, Finding{Kind: Form, Row: row, Detail: fmt.Sprintf("want question, answer, category and %d similar questions", leastSimilar)})
		}
		if !strings.HasPrefix(e.ID, b.Name) {
			out = append(out, Finding{Kind: Form, Row: row, Detail: "the identifier does not begin with " + b.Name})
		}
		if old, ok := first[e.ID]; ok {
			out = append(out, Finding{Kind: Duplicate, Row: row, Other: old, Score: 1, Detail: "identifier used twice"})
		} else {
			first[e.ID] = row
		}
		lists[e.ID] = 0
	}
	unanswered := 0
	for _, m := range b.Messages {
		row := Row{Line: m.Line, Label: strings.Join(m.IDs, ",")}
		bad := func(kind Kind, format string, args ...any) {
			out = append(out, Finding{Kind: kind, Row: row, Detail: fmt.Sprintf(format, args...)})
		}
		switch {
		case len(m.Text) == 0:
			bad(Form, "no messages")
		case len(m.IDs) == 0:
			unanswered++
		case len(m.IDs) == 1:
			lists[m.IDs[0]]++
			if len(m.Text) < leastMessages {
				bad(Form, "%d messages, want at least %d", len(m.Text), leastMessages)
			}
		}
		for i, id := range m.IDs {
			if _, ok := first[id]; !ok {
				bad(Reference, "no entry %q", id)
			}
			if slices.Contains(m.IDs[:i], id) {
				bad(Form, "entry %q twice", id)
			}
		}
	}
	for _, e := range b.Entries {
		if lists[e.ID] != 1 {
			out = append(out, Finding{Kind: Reference, Row: first[e.ID], Detail: fmt.Sprintf("%d lists of messages, want 1", lists[e.ID])})
		}
	}
	if unanswered == 0 {
		out = append(out, Finding{Kind: Form, Row: Row{Line: 1}, Detail: "no messages that no entry answers"})
	}
	return slices.Concat(out, texts(b.Wordings()), texts(b.Rows()))
}

// texts checks rows whose labels are entries: form, copies and contradictions, by line.
func texts(rows []Row) []Finding {
	labels := make(map[string]bool)
	for _, row := range rows {
		labels[row.Label] = true
	}
	var out []Finding
	first := make(map[string]Row, len(rows))
	for _, row := range rows {
		out = append(out, inspectRow(row, labels, nil)...)
		other, ok := first[key(row)]
		switch {
		case !ok:
			first[key(row)] = row
		case other.Label == row.Label:
			out = append(out, Finding{Kind: Duplicate, Row: row, Other: other, Score: 1})
		default:
			out = append(out, Finding{Kind: Contradiction, Row: row, Other: other, Score: 1})
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(a.Row.Line, b.Row.Line) })
	return out
}
