package check

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// ReadAuthored reads every text under a training-data folder that a model
// learns from: utterances, context pairs, emotions, scope, sentiment, the
// customers' turns of conversations, and of every knowledge base the wordings
// and messages. Rows have their File, a path in fsys. Labels of real turns
// hold no texts and are not read.
//
// It returns a fault of code not_found for a folder without one of the sets,
// and those of [Utterances] with the file as field.
func ReadAuthored(fsys fs.FS) ([]Row, error) {
	sets := []struct {
		pattern string
		read    func(io.Reader) ([]Row, error)
	}{
		{"intents/utterances*.jsonl", ReadUtterances},
		{"intents/context.jsonl", ReadContexts},
		{"intents/emotion.jsonl", ReadEmotions},
		{"intents/scope.jsonl", ReadScope},
		{"intents/sentiment.jsonl", ReadSentiment},
		{"intents/conversations.jsonl", customers},
		{"faq/demo.jsonl", wordings},
	}
	var rows []Row
	for _, s := range sets {
		names, err := glob(fsys, s.pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			b, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, err
			}
			set, err := s.read(bytes.NewReader(b))
			if err != nil {
				return nil, fault.In(name, err)
			}
			rows = append(rows, in(name, set)...)
		}
	}
	bases, err := ReadBases(fsys)
	if err != nil {
		return nil, err
	}
	for _, b := range bases {
		rows = append(rows, in(basePath(b.Name), b.Wordings())...)
		rows = append(rows, in(messagesPath(b.Name), b.Rows())...)
	}
	return rows, nil
}

// ReadBases reads every knowledge base under faq/authored of a training-data
// folder, in the order of their names. Its faults are those of [ReadAuthored].
func ReadBases(fsys fs.FS) ([]Base, error) {
	names, err := glob(fsys, basePath("??"))
	if err != nil {
		return nil, err
	}
	bases := make([]Base, 0, len(names))
	for _, file := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(path.Base(file), "kb_"), ".jsonl")
		entries, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, err
		}
		messages, err := fs.ReadFile(fsys, messagesPath(name))
		if err != nil {
			return nil, fault.Wrap(err, fault.NotFound, "write the messages of %s", file)
		}
		b, err := ReadBase(name, bytes.NewReader(entries), bytes.NewReader(messages))
		if err != nil {
			return nil, fault.In(file, err)
		}
		bases = append(bases, b)
	}
	return bases, nil
}

func basePath(name string) string     { return "faq/authored/kb_" + name + ".jsonl" }
func messagesPath(name string) string { return "faq/authored/kb_" + name + "_messages.jsonl" }

func glob(fsys fs.FS, pattern string) ([]string, error) {
	names, err := fs.Glob(fsys, pattern)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fault.New(fault.NotFound, "no %s; give the training-data folder", pattern)
	}
	return slices.Sorted(slices.Values(names)), nil
}

func in(file string, rows []Row) []Row {
	for i := range rows {
		rows[i].File = file
	}
	return rows
}

// customers returns what customers say in conversations.
func customers(r io.Reader) ([]Row, error) {
	conversations, err := ReadConversations(r)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, c := range conversations {
		for _, t := range c.Turns {
			if t.Role == roleCustomer {
				rows = append(rows, Row{Line: c.Line, Text: t.Text, Label: c.ID})
			}
		}
	}
	return rows, nil
}

// wordings returns the questions of the demo shop's articles, which may also be dated.
func wordings(r io.Reader) ([]Row, error) {
	type article struct {
		Entry
		From  string `json:"valid_from"`
		Until string `json:"valid_until"`
	}
	articles, err := readLines(r, func(a article) (Entry, error) { return a.Entry, nil }, func(e *Entry, n int) { e.Line = n })
	if err != nil {
		return nil, err
	}
	return Base{Entries: articles}.Wordings(), nil
}
