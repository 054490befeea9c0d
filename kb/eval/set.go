package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Question is a customer's message with the articles that answer it.
type Question struct {
	Text string
	// Right are the ids of all articles that are a right answer; none when
	// the knowledge base does not answer it.
	Right []string
	// Topic is the id of the article that the conversation is about when the
	// message comes, or empty.
	Topic string
}

// Set is a knowledge base with questions to it.
type Set struct {
	Name      string
	Articles  []kb.Article
	Questions []Question
}

// maxLine bounds a line of the files in bytes.
const maxLine = 1 << 20

// lines calls f with every line that is not blank; an error is in "line N".
func lines(r io.Reader, f func(line []byte) error) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for scanner.Scan() {
		n++
		line := bytes.TrimSpace(bytes.TrimPrefix(scanner.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		if err := f(line); err != nil {
			return fault.In(fmt.Sprintf("line %d", n), err)
		}
	}
	if errors.Is(scanner.Err(), bufio.ErrTooLong) {
		return fault.In(fmt.Sprintf("line %d", n+1), fault.New(fault.TooLarge, "longer than %d bytes", maxLine))
	}
	return fault.Wrap(scanner.Err(), fault.Unavailable, "the file cannot be read")
}

// ReadArticles reads a knowledge base: one article as JSON a line; fields
// that kb.Article does not have are passed over. A line that is not JSON, an
// article without id or question and a repeated id are fault.Invalid.
func ReadArticles(r io.Reader) ([]kb.Article, error) {
	var out []kb.Article
	seen := map[string]bool{}
	err := lines(r, func(line []byte) error {
		var a kb.Article
		if err := json.Unmarshal(line, &a); err != nil {
			return fault.New(fault.Invalid, "not an article in JSON: %v", err)
		}
		if a.ID == "" || a.Question == "" {
			return fault.New(fault.Invalid, "an article needs an id and a question")
		}
		if seen[a.ID] {
			return fault.New(fault.Invalid, "article %s is there twice", a.ID)
		}
		seen[a.ID] = true
		out = append(out, a)
		return nil
	})
	return out, err
}

// question is a line of a questions file in any of its forms.
type question struct {
	Query    string          `json:"query"`
	Messages []string        `json:"messages"`
	One      json.RawMessage `json:"kb_id"`
	All      json.RawMessage `json:"kb_ids"`
	Topic    string          `json:"topic"`
}

// ReadQuestions reads questions, one JSON object a line: {"query", "kb_id"} or
// {"query", "kb_ids"}, where null and the empty list mean that no article
// answers it, or {"kb_id", "messages"} for several wordings of one question.
// "topic" names the article that the conversation is about.
// Other fields are passed over. A line without a text is fault.Invalid, and so
// is one with neither "kb_id" nor "kb_ids": a misspelt field is not taken for
// a question that no article answers.
func ReadQuestions(r io.Reader) ([]Question, error) {
	var out []Question
	err := lines(r, func(line []byte) error {
		var q question
		if err := json.Unmarshal(line, &q); err != nil {
			return fault.New(fault.Invalid, "not a question in JSON: %v", err)
		}
		right, err := q.right()
		if err != nil {
			return err
		}
		texts := q.Messages
		if q.Query != "" {
			texts = append(texts, q.Query)
		}
		if len(texts) == 0 {
			return fault.New(fault.Invalid, `a line needs "query" or "messages"`)
		}
		for _, t := range texts {
			if t == "" {
				return fault.New(fault.Invalid, "a question is empty")
			}
			out = append(out, Question{Text: t, Right: right, Topic: q.Topic})
		}
		return nil
	})
	return out, err
}

// right are the ids of the articles that answer q.
func (q question) right() ([]string, error) {
	var all []string
	var one string
	switch {
	case len(q.All) > 0:
		if err := json.Unmarshal(q.All, &all); err != nil {
			return nil, fault.New(fault.Invalid, `"kb_ids" is not a list of ids: %v`, err)
		}
	case len(q.One) > 0:
		if err := json.Unmarshal(q.One, &one); err != nil {
			return nil, fault.New(fault.Invalid, `"kb_id" is not an id: %v`, err)
		}
	default:
		return nil, fault.New(fault.Invalid, `a line needs "kb_ids": the ids of the articles that answer it, [] when none does`)
	}
	if one != "" {
		all = []string{one}
	}
	return all, nil
}

// Check reports, as one fault.Invalid, right answers that the set's articles
// do not hold.
func (s Set) Check() error {
	ids := make(map[string]bool, len(s.Articles))
	for _, a := range s.Articles {
		ids[a.ID] = true
	}
	var faults []error
	for _, q := range s.Questions {
		named := q.Right
		if q.Topic != "" {
			named = append(slices.Clone(named), q.Topic)
		}
		for _, id := range named {
			if !ids[id] {
				faults = append(faults, fmt.Errorf("question %q names article %q", q.Text, id))
			}
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fault.In(s.Name, fault.New(fault.Invalid, "questions name articles that the knowledge base does not hold: %w", errors.Join(faults...)))
}
