package check

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
)

// maxLine bounds one line of a set; the longest allowed conversation takes well under 16 kB.
const maxLine = 64 << 10

// outOfScope labels what is no matter of a shop's desk.
const outOfScope = "out_of_scope"

// Row is one labelled text and where it stands.
type Row struct {
	File string // as [ReadAuthored] names it; empty from the readers of one file
	Line int    // of the file, from 1
	Prev string // the turn before; empty where there is none or it is not told
	Text string
	// Label is the intent, sentiment or emotion; of a message to a knowledge
	// base, the identifiers of the entries that answer it, joined by commas.
	Label     string
	Alt       string // the intent that a reasonable reader could choose as well, or empty
	Sentiment string // empty where the file does not tell
}

// ReadUtterances reads lines of {"text","intent"} that may also have "alt"
// (an intent or null) and "sentiment". Its faults are those of [Utterances].
func ReadUtterances(r io.Reader) ([]Row, error) {
	type line struct {
		Text      *string `json:"text"`
		Intent    *string `json:"intent"`
		Alt       string  `json:"alt"`
		Sentiment string  `json:"sentiment"`
	}
	return readLines(r, func(v line) (Row, error) {
		if err := present("text", v.Text != nil, "intent", v.Intent != nil); err != nil {
			return Row{}, err
		}
		return Row{Text: *v.Text, Label: *v.Intent, Alt: v.Alt, Sentiment: v.Sentiment}, nil
	}, setLine)
}

// ReadContexts reads lines of {"prev","text","intent","alt","ctx","sentiment"}:
// a message with the turn before it; alt may be null. Its faults are those of
// [Utterances].
func ReadContexts(r io.Reader) ([]Row, error) {
	type line struct {
		Prev      *string `json:"prev"`
		Text      *string `json:"text"`
		Intent    *string `json:"intent"`
		Alt       string  `json:"alt"`
		Ctx       *bool   `json:"ctx"`
		Sentiment *string `json:"sentiment"`
	}
	return readLines(r, func(v line) (Row, error) {
		err := present("prev", v.Prev != nil, "text", v.Text != nil, "intent", v.Intent != nil, "ctx", v.Ctx != nil, "sentiment", v.Sentiment != nil)
		if err != nil {
			return Row{}, err
		}
		return Row{Prev: *v.Prev, Text: *v.Text, Label: *v.Intent, Alt: v.Alt, Sentiment: *v.Sentiment}, nil
	}, setLine)
}

// ReadSentiment reads lines of {"text","label"}. Its faults are those of
// [Utterances].
func ReadSentiment(r io.Reader) ([]Row, error) {
	type line struct {
		Text  *string `json:"text"`
		Label *string `json:"label"`
	}
	return readLines(r, func(v line) (Row, error) {
		if err := present("text", v.Text != nil, "label", v.Label != nil); err != nil {
			return Row{}, err
		}
		return Row{Text: *v.Text, Label: *v.Label}, nil
	}, setLine)
}

// ReadEmotions reads lines of {"text","emotion"}. Its faults are those of
// [Utterances].
func ReadEmotions(r io.Reader) ([]Row, error) {
	type line struct {
		Text    *string `json:"text"`
		Emotion *string `json:"emotion"`
	}
	return readLines(r, func(v line) (Row, error) {
		if err := present("text", v.Text != nil, "emotion", v.Emotion != nil); err != nil {
			return Row{}, err
		}
		return Row{Text: *v.Text, Label: *v.Emotion}, nil
	}, setLine)
}

// ReadScope reads lines of {"text","oos","intent"}: the intent is null when
// oos is true, and the row's label is then out_of_scope. Its faults are those
// of [Utterances].
func ReadScope(r io.Reader) ([]Row, error) {
	type line struct {
		Text   *string `json:"text"`
		OOS    *bool   `json:"oos"`
		Intent string  `json:"intent"`
	}
	return readLines(r, func(v line) (Row, error) {
		if err := present("text", v.Text != nil, "oos", v.OOS != nil); err != nil {
			return Row{}, err
		}
		switch {
		case *v.OOS && v.Intent != "":
			return Row{}, errors.New("a message out of scope has no intent; make it null")
		case !*v.OOS && (v.Intent == "" || v.Intent == outOfScope):
			return Row{}, errors.New("a message in scope needs an intent of the desk")
		case *v.OOS:
			v.Intent = outOfScope
		}
		return Row{Text: *v.Text, Label: v.Intent}, nil
	}, setLine)
}

func setLine(r *Row, n int) { r.Line = n }

// readLines decodes every line into V, makes a T of it and tells the T its line.
func readLines[V, T any](r io.Reader, take func(V) (T, error), number func(*T, int)) ([]T, error) {
	var rows []T
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 4096), maxLine)
	n := 0
	for sc.Scan() {
		n++
		at := fmt.Sprintf("line %d", n)
		line := sc.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			return nil, fault.In(at, fault.New(fault.Invalid, "the line is blank; remove it"))
		}
		if !utf8.Valid(line) {
			return nil, fault.In(at, fault.New(fault.Invalid, "the line is not UTF-8; save the file as UTF-8"))
		}
		var v V
		err := strict(line, &v)
		var row T
		if err == nil {
			row, err = take(v)
		}
		if err != nil {
			return nil, fault.In(at, fault.Wrap(err, fault.Invalid, "the line is not the expected JSON object"))
		}
		number(&row, n)
		rows = append(rows, row)
	}
	switch err := sc.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fault.In(fmt.Sprintf("line %d", n+1), fault.Wrap(err, fault.TooLarge, "the line is over %d bytes; shorten it", maxLine))
	case err != nil:
		return nil, fmt.Errorf("line %d: %w", n+1, err)
	}
	return rows, nil
}

// strict decodes exactly one JSON object without unknown fields.
func strict(line []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value on the line")
	}
	return nil
}

// present takes names, each followed by whether the line has it, and says which is missing first.
func present(fields ...any) error {
	for i := 0; i < len(fields); i += 2 {
		if !fields[i+1].(bool) {
			return fmt.Errorf("%q is missing", fields[i])
		}
	}
	return nil
}
