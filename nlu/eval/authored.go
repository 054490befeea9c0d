package eval

import (
	"io/fs"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// Example is a labelled message, with the turn before it or without.
type Example struct{ Text, Prev, Label string }

// authored is a row of any of the authored files.
type authored struct {
	Text      string `json:"text"`
	Prev      string `json:"prev"`
	Intent    string `json:"intent"`
	Label     string `json:"label"`
	Sentiment string `json:"sentiment"`
	Ctx       bool   `json:"ctx"`
}

func (d *Data) authored(name string) ([]authored, error) {
	return lines(d, name, func(a authored) error {
		if strings.TrimSpace(a.Text) == "" || a.Intent+a.Label == "" {
			return fault.New(fault.Invalid, "a row needs a text, and an intent or a label")
		}
		return nil
	})
}

// utterances returns the rows of every utterances*.jsonl.
func (d *Data) utterances() ([]authored, error) {
	if d == nil {
		return nil, missing("there is no folder of authored data")
	}
	names, err := fs.Glob(d.fsys, "utterances*.jsonl")
	if err != nil || len(names) == 0 {
		return nil, missing("no utterances*.jsonl is in %s", d.name)
	}
	var out []authored
	for _, name := range names {
		rows, err := d.authored(name)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// contexts returns the pairs; none where the file is not there.
func (d *Data) contexts() ([]authored, error) {
	rows, err := d.authored("context.jsonl")
	if isAbsent(err) {
		return nil, nil
	}
	return rows, err
}

// lonely is the share, one in so many, of utterances among the examples of the
// head that reads pairs: it must know messages without a turn before as well.
const lonely = 4

// lesson returns the examples from which a head of ours is learned.
func (d *Data) lesson(task string) (out []Example, err error) {
	utterances, err := d.utterances()
	if err != nil {
		return nil, err
	}
	pairs, err := d.contexts()
	if err != nil {
		return nil, err
	}
	switch task {
	case IntentTask:
		for _, u := range utterances {
			out = append(out, Example{Text: u.Text, Label: u.Intent})
		}
		for _, p := range pairs {
			if !p.Ctx {
				out = append(out, Example{Text: p.Text, Label: p.Intent})
			}
		}
	case ContextTask:
		if len(pairs) == 0 {
			return nil, missing("context.jsonl is not in %s", d.name)
		}
		for _, p := range pairs {
			out = append(out, Example{p.Text, p.Prev, p.Intent})
		}
		for i := 0; i < len(utterances); i += lonely {
			out = append(out, Example{Text: utterances[i].Text, Label: utterances[i].Intent})
		}
	case SentimentTask:
		sentences, err := d.authored("sentiment.jsonl")
		if err != nil {
			return nil, err
		}
		for _, s := range sentences {
			out = append(out, Example{Text: s.Text, Label: s.Label})
		}
		for _, u := range append(utterances[:len(utterances):len(utterances)], pairs...) {
			if u.Sentiment != "" {
				out = append(out, Example{Text: u.Text, Label: u.Sentiment})
			}
		}
	default:
		return nil, missing("there is no head %s, and no authored data to train one on", task)
	}
	return out, nil
}
