package check

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// The corpora that labels and links refer to; their texts are not kept here.
const (
	taobao = "taobao_ecd"
	weibo  = "weibo_helpdesk"
)

// turnID is a dialogue and the number of the turn in it, from 0; the Taobao dialogues begin with tbd.
var turnID = regexp.MustCompile(`^(tbd)?[0-9]+#[0-9]+$`)

// Turn is what a reader said of one turn of a real dialogue. The text stays
// in the corpus; ID leads to it.
type Turn struct {
	File      string // as the caller sets it; empty from the reader
	Line      int    // of the file, from 1
	ID        string // dialogue#turn
	Source    string // taobao_ecd or weibo_helpdesk
	Intent    string
	Alt       string // the intent that a reasonable reader could choose as well, or empty
	Ctx       bool   // the text alone cannot tell the intent
	Sentiment string
	// Handoff is 0 where the bot can go on, 1 where a person should look, 2
	// where at once; nil where it was not judged.
	Handoff *int
	// Customer is false where the turn is plainly the seller's.
	Customer bool
	// First is what the first reader said, where a later one changed it; else nil.
	First *Reading
}

// Reading is what one reader says of a turn.
type Reading struct {
	Intent    string `json:"intent"`
	Alt       string `json:"alt"`
	Ctx       bool   `json:"ctx"`
	Sentiment string `json:"sentiment"`
}

// first returns the turn as its first reader left it.
func (t Turn) first() Turn {
	if t.First != nil {
		t.Intent, t.Alt, t.Ctx, t.Sentiment = t.First.Intent, t.First.Alt, t.First.Ctx, t.First.Sentiment
	}
	return t
}

// ReadTurns reads lines of
// {"id","source","intent","alt","ctx","sentiment","handoff","role_ok","first"},
// of which alt may be null, handoff and first missing. A field "text" is refused like
// every unknown one. Its faults are those of [Utterances].
func ReadTurns(r io.Reader) ([]Turn, error) {
	type line struct {
		ID        *string `json:"id"`
		Source    *string `json:"source"`
		Intent    *string `json:"intent"`
		Alt       string  `json:"alt"`
		Ctx       *bool   `json:"ctx"`
		Sentiment *string `json:"sentiment"`
		Handoff   *int    `json:"handoff"`
		RoleOK    *bool   `json:"role_ok"`

		First *Reading `json:"first"`
	}
	return readLines(r, func(v line) (Turn, error) {
		err := present("id", v.ID != nil, "source", v.Source != nil, "intent", v.Intent != nil, "ctx", v.Ctx != nil,
			"sentiment", v.Sentiment != nil, "role_ok", v.RoleOK != nil)
		if err != nil {
			return Turn{}, err
		}
		return Turn{ID: *v.ID, Source: *v.Source, Intent: *v.Intent, Alt: v.Alt, Ctx: *v.Ctx, Sentiment: *v.Sentiment,
			Handoff: v.Handoff, Customer: *v.RoleOK, First: v.First}, nil
	}, func(t *Turn, n int) { t.Line = n })
}

// row is the turn as findings show it.
func (t Turn) row() Row { return Row{File: t.File, Line: t.Line, Text: t.ID, Label: t.Intent} }

// Turns checks the labels of one reading: known labels, identifiers of the
// form that their source has, each once, hand-off 0 to 2. Findings show the
// identifier in place of a text.
func Turns(turns []Turn, taxonomy Taxonomy) []Finding {
	var out []Finding
	first := make(map[string]Turn, len(turns))
	for _, t := range turns {
		bad := func(kind Kind, format string, args ...any) {
			out = append(out, Finding{Kind: kind, Row: t.row(), Detail: fmt.Sprintf(format, args...)})
		}
		if !taxonomy.Has(t.Intent) {
			bad(UnknownLabel, "not in the taxonomy")
		}
		if f := t.First; f != nil && (!taxonomy.Has(f.Intent) || !slices.Contains(sentiments, f.Sentiment)) {
			bad(UnknownLabel, "first reading %q, %q", f.Intent, f.Sentiment)
		}
		if t.Alt != "" && (!taxonomy.Has(t.Alt) || t.Alt == t.Intent) {
			bad(UnknownLabel, "alternative %q, want another of the labels", t.Alt)
		}
		if !slices.Contains(sentiments, t.Sentiment) {
			bad(UnknownLabel, "sentiment %q", t.Sentiment)
		}
		if t.Handoff != nil && (*t.Handoff < 0 || *t.Handoff > 2) {
			bad(Form, "handoff %d, want 0, 1 or 2", *t.Handoff)
		}
		if why := wrongSource(t.ID, t.Source); why != "" {
			bad(Reference, "%s", why)
		}
		if old, ok := first[t.ID]; ok {
			out = append(out, Finding{Kind: Duplicate, Row: t.row(), Other: old.row(), Score: 1})
			continue
		}
		first[t.ID] = t
	}
	return out
}

// wrongSource says what is wrong with a turn's identifier, or nothing.
func wrongSource(id, source string) string {
	if !turnID.MatchString(id) {
		return "the identifier is not dialogue#turn"
	}
	want := weibo
	if strings.HasPrefix(id, "tbd") {
		want = taobao
	}
	if source != want {
		return fmt.Sprintf("source %q, want %s", source, want)
	}
	return ""
}

// Agreement is how often two readers of the same turns agree, as shares of 1.
type Agreement struct {
	Turns      int     // read twice
	Intent     float64 // the same intent
	Soft       float64 // the same intent, or one's is the other's alternative
	Standalone float64 // the same intent, of the turns that both say stand alone
	Sentiment  float64
	Handoff    float64 // both say that a person is needed, or both not; a reading that did not judge counts as not
}

// Agree compares a second reading with the first. It returns a Reference
// finding for each turn that the first lacks; such turns do not count.
func Agree(first, second []Turn) (Agreement, []Finding) {
	byID := make(map[string]Turn, len(first))
	for _, t := range first {
		byID[t.ID] = t.first()
	}
	var a Agreement
	var out []Finding
	standalone := 0
	for _, s := range second {
		f, ok := byID[s.ID]
		if !ok {
			out = append(out, Finding{Kind: Reference, Row: s.row(), Detail: "no first reading"})
			continue
		}
		a.Turns++
		same := f.Intent == s.Intent
		a.Intent += one(same)
		a.Soft += one(same || f.Alt == s.Intent || s.Alt == f.Intent)
		a.Sentiment += one(f.Sentiment == s.Sentiment)
		a.Handoff += one(f.needsPerson() == s.needsPerson())
		if !f.Ctx && !s.Ctx {
			standalone++
			a.Standalone += one(same)
		}
	}
	n := float64(max(a.Turns, 1))
	a.Intent, a.Soft, a.Sentiment, a.Handoff = a.Intent/n, a.Soft/n, a.Sentiment/n, a.Handoff/n
	a.Standalone /= float64(max(standalone, 1))
	return a, out
}

func (t Turn) needsPerson() bool { return t.Handoff != nil && *t.Handoff > 0 }

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
