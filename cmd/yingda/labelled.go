package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/examples"
	"github.com/yingda/yingda/nlu/head"
)

// examples reads the labelled messages that --data names. lines are where they
// stand, when all are of one file.
func (g *globals) examples() (list []head.Example, lines []int, err error) {
	g.takesFiles = true
	folders, files := g.data()
	if len(files) == 0 {
		hint := ""
		if len(folders) > 0 {
			hint = fmt.Sprintf(" (%s is not a file)", strings.Join(folders, ", "))
		}
		return nil, nil, fault.In("--data", fault.New(fault.Invalid, "name the file of labelled messages: .jsonl with {\"text\":…,\"intent\":…}, .csv, .xlsx, or Rasa's .yml or .md%s", hint))
	}
	for _, name := range files {
		set, err := readExamples(name)
		if err != nil {
			return nil, nil, fault.In(filepath.Base(name), err)
		}
		list, lines = append(list, set.Examples...), set.Lines
	}
	if len(files) > 1 {
		lines = nil
	}
	return list, lines, nil
}

// readExamples reads one file; a row that cannot be used is an error.
func readExamples(name string) (examples.Set, error) {
	f, err := os.Open(name)
	if err != nil {
		return examples.Set{}, fault.Wrap(err, fault.NotFound, "cannot open %s", name)
	}
	set, err := examples.Read(f, examples.FormatOf(name))
	if err == nil {
		err = set.Err()
	}
	return set, errors.Join(err, f.Close())
}

// predictions asks c about every row.
func predictions(c nlu.Classifier, x, states head.Matrix, list []head.Example) ([]head.Prediction, error) {
	inputs := make([]nlu.Input, len(list))
	for i, e := range list {
		inputs[i] = nlu.Input{Text: e.Text, Embedding: x.Row(i), State: states.Row(i)}
	}
	return head.Predict(c, inputs, list)
}

// encodeAll reads every example, on all cores; x are the embeddings, states
// what heads read.
func encodeAll(g *globals, u *understanding, list []head.Example) (x, states head.Matrix, err error) {
	x = head.Matrix{Rows: len(list), Cols: u.encoder.Dimension()}
	x.Data = make([]float32, x.Rows*x.Cols)
	states = head.Matrix{Rows: len(list), Cols: u.encoder.StateDimension()}
	states.Data = make([]float32, states.Rows*states.Cols)
	b := newBar(g.std.err, "encoding", len(list))
	defer b.done()
	group, ctx := errgroup.WithContext(g.ctx)
	group.SetLimit(workers())
	for i, e := range list {
		group.Go(func() error {
			f, err := u.encoder.Encode(ctx, e.Text)
			if err != nil {
				return fault.In(fmt.Sprintf("message %d", i+1), err)
			}
			copy(x.Row(i), f.Embedding)
			copy(states.Row(i), f.State)
			b.add(1)
			return nil
		})
	}
	return x, states, group.Wait()
}
