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

// maxLine bounds one line of a set; the longest allowed text takes well under 4 kB.
const maxLine = 64 << 10

// Row is one labelled text and the line of the file it stands on, from 1.
type Row struct {
	Line  int
	Text  string
	Label string
}

// ReadUtterances reads lines of {"text","intent"}. Its faults are those of
// [Utterances].
func ReadUtterances(r io.Reader) ([]Row, error) {
	return readRows(r, func(line []byte) (string, string, error) {
		var v struct {
			Text   *string `json:"text"`
			Intent *string `json:"intent"`
		}
		err := strict(line, &v)
		return both(v.Text, v.Intent, "intent", err)
	})
}

// ReadSentiment reads lines of {"text","label"}. Its faults are those of
// [Utterances].
func ReadSentiment(r io.Reader) ([]Row, error) {
	return readRows(r, func(line []byte) (string, string, error) {
		var v struct {
			Text  *string `json:"text"`
			Label *string `json:"label"`
		}
		err := strict(line, &v)
		return both(v.Text, v.Label, "label", err)
	})
}

func readRows(r io.Reader, decode func(line []byte) (text, label string, err error)) ([]Row, error) {
	var rows []Row
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
		text, label, err := decode(line)
		if err != nil {
			return nil, fault.In(at, fault.Wrap(err, fault.Invalid, "the line is not the expected JSON object"))
		}
		rows = append(rows, Row{Line: n, Text: text, Label: label})
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

func both(text, label *string, name string, err error) (string, string, error) {
	switch {
	case err != nil:
		return "", "", err
	case text == nil:
		return "", "", errors.New(`"text" is missing`)
	case label == nil:
		return "", "", fmt.Errorf("%q is missing", name)
	}
	return *text, *label, nil
}
