package base

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yingda/yingda/kb"
)

// Difference is what changed in an article between two revisions.
type Difference struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
	// Old and New are the revisions that made the two editions; nil where the
	// article was not there.
	Old    *kb.Revision `json:"old,omitempty"`
	New    *kb.Revision `json:"new,omitempty"`
	Fields []Field      `json:"fields" nullable:"false"`
}

// Field is what changed in one field. Of a short text it is From and To, of
// similar questions Added and Removed, of a long text Lines.
type Field struct {
	Field   string   `json:"field"` // the JSON name
	From    string   `json:"from,omitempty"`
	To      string   `json:"to,omitempty"`
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
	Lines   []Line   `json:"lines,omitempty"`
}

// Line is a line of a long text in one edition or in both.
type Line struct {
	Op   string `json:"op" enum:"same,add,remove"`
	Text string `json:"text"`
}

// The values of Line.Op.
const (
	lineSame   = "same"
	lineAdd    = "add"
	lineRemove = "remove"
)

// Compare returns the fields in which two articles differ, in their order;
// never nil.
func Compare(a, b kb.Article) []Field {
	out := []Field{}
	short := func(field, from, to string) {
		if from != to {
			out = append(out, Field{Field: field, From: from, To: to})
		}
	}
	long := func(field, from, to string) {
		if from != to {
			out = append(out, Field{Field: field, Lines: Lines(from, to)})
		}
	}
	short("question", a.Question, b.Question)
	if added, removed := without(b.Similar, a.Similar), without(a.Similar, b.Similar); len(added)+len(removed) > 0 {
		out = append(out, Field{Field: "similar", Added: added, Removed: removed})
	}
	long("answer", a.Answer, b.Answer)
	short("category", a.Category, b.Category)
	short("valid_from", moment(a.ValidFrom), moment(b.ValidFrom))
	short("valid_until", moment(a.ValidUntil), moment(b.ValidUntil))
	long("blocks", spelled(a.Blocks), spelled(b.Blocks))
	long("variants", spelled(inUTC(a.Variants)), spelled(inUTC(b.Variants)))
	long("attachments", spelled(a.Attachments), spelled(b.Attachments))
	short("answer_at", probability(a.AnswerAt), probability(b.AnswerAt))
	short("owner", a.Owner, b.Owner)
	short("review", string(a.Review), string(b.Review))
	return out
}

// without returns what of list is not in other.
func without(list, other []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	return out
}

func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func probability(p float64) string {
	if p == 0 {
		return ""
	}
	return strconv.FormatFloat(p, 'f', -1, 64)
}

// inUTC makes equal times equal texts.
func inUTC(variants []kb.Variant) []kb.Variant {
	out := slices.Clone(variants)
	for i := range out {
		for _, t := range []**time.Time{&out[i].ValidFrom, &out[i].ValidUntil} {
			if *t != nil {
				utc := (*t).UTC()
				*t = &utc
			}
		}
	}
	return out
}

// spelled is structured content as JSON, a value a line; empty for nothing.
func spelled[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	b, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err.Error() // no value of these types fails to marshal
	}
	return string(b)
}

// maxCells bounds the table of a line by line comparison.
const maxCells = 4 << 20

// Lines compares two texts line by line by their longest common subsequence.
// Texts of very many lines are compared only at their ends: what is between is
// shown as removed and added whole.
func Lines(from, to string) []Line {
	a, b := split(from), split(to)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	end := 0
	for end < len(a)-head && end < len(b)-head && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var out []Line
	for _, l := range a[:head] {
		out = append(out, Line{lineSame, l})
	}
	out = between(out, a[head:len(a)-end], b[head:len(b)-end])
	for _, l := range a[len(a)-end:] {
		out = append(out, Line{lineSame, l})
	}
	return out
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// between appends the comparison of a and b to out.
func between(out []Line, a, b []string) []Line {
	if len(a)*len(b) > maxCells {
		for _, l := range a {
			out = append(out, Line{lineRemove, l})
		}
		for _, l := range b {
			out = append(out, Line{lineAdd, l})
		}
		return out
	}
	// common[i*width+j] is the length of the longest common subsequence of
	// a[i:] and b[j:].
	width := len(b) + 1
	common := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, Line{lineSame, a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[(i+1)*width+j] >= common[i*width+j+1]:
			out = append(out, Line{lineRemove, a[i]})
			i++
		default:
			out = append(out, Line{lineAdd, b[j]})
			j++
		}
	}
	return out
}
