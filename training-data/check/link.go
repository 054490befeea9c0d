package check

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// maxAnswers is the most entries of one knowledge base that a link names.
const maxAnswers = 3

// Link says which entries of authored knowledge bases answer a turn of a real
// dialogue.
type Link struct {
	File   string // as the caller sets it; empty from the reader
	Line   int    // of the file, from 1
	ID     string // dialogue#turn
	Source string // taobao_ecd
	// Entries has the identifiers of the right entries by knowledge base, an
	// empty list where the base has none.
	Entries map[string][]string
	// Kind is A where an entry answers, Q where the turn asks for something
	// that no base holds, N where it is no matter at all.
	Kind string
}

// ReadLinks reads lines of {"id","source","links","kind"}. Its faults are
// those of [Utterances].
func ReadLinks(r io.Reader) ([]Link, error) {
	type line struct {
		ID     *string             `json:"id"`
		Source *string             `json:"source"`
		Links  map[string][]string `json:"links"`
		Kind   *string             `json:"kind"`
	}
	return readLines(r, func(v line) (Link, error) {
		if err := present("id", v.ID != nil, "source", v.Source != nil, "links", v.Links != nil, "kind", v.Kind != nil); err != nil {
			return Link{}, err
		}
		return Link{ID: *v.ID, Source: *v.Source, Entries: v.Links, Kind: *v.Kind}, nil
	}, func(l *Link, n int) { l.Line = n })
}

func (l Link) row() Row { return Row{File: l.File, Line: l.Line, Text: l.ID, Label: l.Kind} }

// Links checks that every link names a turn once, only entries of bases, each
// of these once and at most three of a base, and that its kind is A exactly
// where it names any.
func Links(links []Link, bases []Base) []Finding {
	known := make(map[string]map[string]bool, len(bases))
	for _, b := range bases {
		known[b.Name] = b.ids()
	}
	var out []Finding
	first := make(map[string]Link, len(links))
	for _, l := range links {
		bad := func(kind Kind, format string, args ...any) {
			out = append(out, Finding{Kind: kind, Row: l.row(), Detail: fmt.Sprintf(format, args...)})
		}
		answers := 0
		for _, name := range slices.Sorted(maps.Keys(l.Entries)) {
			ids := l.Entries[name]
			answers += len(ids)
			if known[name] == nil {
				bad(Reference, "no knowledge base %q", name)
				continue
			}
			for i, id := range ids {
				if !known[name][id] {
					bad(Reference, "knowledge base %s has no entry %q", name, id)
				}
				if slices.Contains(ids[:i], id) {
					bad(Form, "entry %q twice", id)
				}
			}
			if len(ids) > maxAnswers {
				bad(Form, "%d entries of %s, want at most %d", len(ids), name, maxAnswers)
			}
		}
		switch {
		case !slices.Contains([]string{"A", "Q", "N"}, l.Kind):
			bad(UnknownLabel, "want A, Q or N")
		case (l.Kind == "A") != (answers > 0):
			bad(Form, "%d entries answer", answers)
		}
		if why := wrongSource(l.ID, l.Source); why != "" {
			bad(Reference, "%s", why)
		}
		if old, ok := first[l.ID]; ok {
			out = append(out, Finding{Kind: Duplicate, Row: l.row(), Other: old.row(), Score: 1})
			continue
		}
		first[l.ID] = l
	}
	return out
}
