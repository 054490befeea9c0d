package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/eval"
)

type evalNLUCmd struct {
	Training string   `default:"training-data/intents" help:"Folder of the authored data that baselines learn from." placeholder:"DIR"`
	Base     string   `help:"Model folder of the plain base encoder: the row 'base'." placeholder:"DIR"`
	FP32     string   `name:"fp32" help:"Model folder of our encoder before quantisation, or a folder with encoder/ and heads/: the row 'fp32'." placeholder:"DIR"`
	Only     []string `help:"Take these measures only: messages, sentiment, faq, open_domain, online_shopping, chat, weibo_ewect6, voice_assistant12, smalltalk, cais, scope, dissatisfied." placeholder:"MEASURE"`
	Rows     []string `help:"Measure these rows only: majority, bayes, base, fp32, int8." placeholder:"ROW"`
	Limit    int      `help:"Measure at most this many rows of a set, evenly taken; 0 takes all." placeholder:"N"`
	Format   string   `enum:"table,json,markdown" default:"table" help:"Write a table, json or markdown."`
	Diagrams string   `help:"Write a reliability diagram (SVG) for each row and head to this folder." placeholder:"DIR"`
	Errors   string   `help:"Write the messages that the last row got wrong to this file (JSON Lines)." placeholder:"FILE"`
}

// contenderKeys are the rows in their order.
var contenderKeys = []string{"majority", "bayes", "base", "fp32", "int8"}

// Run measures and prints one table.
func (c *evalNLUCmd) Run(g *globals) error {
	opts, err := c.options(g)
	if err != nil {
		return err
	}
	return g.withEncoder(func(cfg config.Config, u *understanding) error {
		field, err := c.contenders(cfg, u, opts.Log)
		if err != nil {
			return errors.Join(err, field.Close())
		}
		report, err := eval.Run(g.ctx, field.contenders, opts)
		if err = errors.Join(err, field.Close()); err != nil {
			return err
		}
		if err := c.pictures(report); err != nil {
			return err
		}
		if err := c.mistakes(report); err != nil {
			return err
		}
		if err := report.Write(g.std.out, c.Format); err != nil || c.Format == "json" {
			return err
		}
		for _, note := range field.notes {
			fmt.Fprintln(g.std.out, note)
		}
		return nil
	})
}

// options opens the folders.
func (c *evalNLUCmd) options(g *globals) (opts eval.Options, err error) {
	folders, files := g.data()
	if len(folders) != 1 || len(files) > 0 {
		return opts, fault.In("--data", fault.New(fault.Invalid, "name the folder of the labelled sets (intent/messages_dev.jsonl, faq/…), and nothing else"))
	}
	if c.Limit < 0 {
		return opts, fault.In("--limit", fault.New(fault.Invalid, "%d rows cannot be measured", c.Limit))
	}
	for _, r := range c.Rows {
		if !slices.Contains(contenderKeys, r) {
			return opts, fault.In("--rows", fault.New(fault.Invalid, "there is no row %q; choose from %s", r, strings.Join(contenderKeys, ", ")))
		}
	}
	opts = eval.Options{
		Only: c.Only, Limit: c.Limit, Workers: max(workers(), 16), // so that messages wait, and share runs
		Log: func(format string, args ...any) { fmt.Fprintf(g.std.err, format+"\n", args...) },
	}
	if opts.Data, err = eval.OpenData(folders[0]); err != nil {
		return opts, fault.In("--data", err)
	}
	if opts.Authored, err = eval.OpenData(c.Training); fault.Is(err, fault.NotFound) {
		opts.Log("%v: baselines learn no heads of ours", err)
		opts.Authored, err = nil, nil
	}
	return opts, err
}

// pictures writes the diagrams.
func (c *evalNLUCmd) pictures(r *eval.Report) error {
	if c.Diagrams == "" {
		return nil
	}
	if err := os.MkdirAll(c.Diagrams, 0o755); err != nil {
		return fault.Wrap(err, fault.Unavailable, "the folder %s cannot be made", c.Diagrams)
	}
	for _, d := range r.Reliability {
		if err := os.WriteFile(filepath.Join(c.Diagrams, d.File()), []byte(d.SVG()), 0o644); err != nil {
			return fault.Wrap(err, fault.Unavailable, "the diagram %s cannot be written", d.File())
		}
	}
	return nil
}

// mistakes writes what the last row got wrong: it is the one that ships, where
// it was measured.
func (c *evalNLUCmd) mistakes(r *eval.Report) error {
	if c.Errors == "" {
		return nil
	}
	last := r.Contenders[len(r.Contenders)-1].Key
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, m := range r.Mistakes {
		if m.Contender == last {
			if err := enc.Encode(m); err != nil {
				return err
			}
		}
	}
	return fault.Wrap(os.WriteFile(c.Errors, b.Bytes(), 0o644), fault.Unavailable, "%s cannot be written", c.Errors)
}
