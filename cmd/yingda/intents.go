package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/examples"
	"github.com/yingda/yingda/nlu/head"
)

type intentsCmd struct {
	Train intentsTrainCmd `cmd:"" help:"Train a head on labelled messages: JSON Lines {text,intent} or {text,label}."`
	Eval  intentsEvalCmd  `cmd:"" help:"Measure a head on labelled messages."`
}

type intentsTrainCmd struct {
	Name   string  `required:"" help:"Name of the head; intent and sentiment replace the built-in ones of the bot." placeholder:"NAME"`
	Bot    string  `help:"Bot that gets the head; without it, all bots without one of their own." placeholder:"BOT"`
	Out    string  `help:"Write the head to this folder instead of the data folder." placeholder:"DIR"`
	Task   string  `help:"What the head decides; the name by default." placeholder:"TASK"`
	L2     float64 `name:"l2" help:"Penalty on the weights; 0 chooses."`
	Seed   uint64  `default:"1" help:"Seed of what is drawn at random."`
	Report string  `help:"Write the report as JSON to this file." placeholder:"FILE"`
}

// Run encodes the messages, trains, calibrates, reports and saves the head.
func (c *intentsTrainCmd) Run(g *globals) error {
	examples, err := g.examples()
	if err != nil {
		return err
	}
	return g.withEncoder(func(cfg config.Config, u *understanding) error {
		_, x, err := encodeAll(g, u, examples)
		if err != nil {
			return err
		}
		products, err := u.runtime.Multiplier()
		if err != nil {
			return err
		}
		defer func() { _ = products.Close() }()
		b := newBar(g.std.err, "training", 100)
		start := time.Now()
		model, report, err := head.Train(g.ctx, x, examples, head.Options{
			L2: c.L2, Seed: c.Seed, Products: products,
			Progress: func(done float64) { b.set(int(100 * done)) },
		})
		b.done()
		if err != nil {
			return err
		}
		fmt.Fprintf(g.std.err, "trained in %v (λ %.2g)\n", time.Since(start).Round(time.Millisecond), report.L2)
		if err := printReport(g.std.out, "leave-one-out of "+c.Name, report); err != nil {
			return err
		}
		if err := writeReport(c.Report, report); err != nil {
			return err
		}
		return c.save(g, cfg, u, model, report)
	})
}

// writeReport writes r as JSON; an empty path writes nothing.
func writeReport(path string, r head.Report) error {
	if path == "" {
		return nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

func (c *intentsTrainCmd) save(g *globals, cfg config.Config, u *understanding, model *head.Model, report head.Report) error {
	task := c.Task
	if task == "" {
		task = c.Name
	}
	about := head.About{Name: c.Name, Task: task, Encoder: u.encoder.Model(), Input: models.InputState, Created: time.Now().UTC().Format(time.DateOnly)}
	if c.Out != "" {
		m, err := head.Save(c.Out, model, report, about)
		if err == nil {
			fmt.Fprintf(g.std.err, "saved %s to %s\n", m.ID, c.Out)
		}
		return err
	}
	if err := u.openHeads(cfg); err != nil {
		return err
	}
	id, err := u.heads.Add(c.Bot, model, report, about)
	if err == nil {
		fmt.Fprintf(g.std.err, "saved and activated %s for %s\n", id, orAll(c.Bot))
	}
	return err
}

func orAll(bot string) string {
	if bot == "" {
		return "all bots"
	}
	return "bot " + bot
}

type intentsEvalCmd struct {
	Name   string `default:"intent" help:"Head to measure."`
	Bot    string `help:"Bot whose head is measured." placeholder:"BOT"`
	Report string `help:"Write the report as JSON to this file." placeholder:"FILE"`
}

// Run predicts every message and compares.
func (c *intentsEvalCmd) Run(g *globals) error {
	examples, err := g.examples()
	if err != nil {
		return err
	}
	return g.withEncoder(func(cfg config.Config, u *understanding) error {
		if err := u.openHeads(cfg); err != nil {
			return err
		}
		h, err := u.heads.Head(c.Bot, c.Name)
		if err != nil {
			return err
		}
		x, states, err := encodeAll(g, u, examples)
		if err != nil {
			return err
		}
		preds, err := predictions(h, x, states, examples)
		if err != nil {
			return err
		}
		r := head.Evaluate(preds)
		if err := writeReport(c.Report, r); err != nil {
			return err
		}
		return printReport(g.std.out, c.Name, r)
	})
}

// predictions asks c about every row.
func predictions(c nlu.Classifier, x, states head.Matrix, list []head.Example) ([]head.Prediction, error) {
	inputs := make([]nlu.Input, len(list))
	for i, e := range list {
		inputs[i] = nlu.Input{Text: e.Text, Embedding: x.Row(i), State: states.Row(i)}
	}
	return head.Predict(c, inputs, list)
}

// examples reads the labelled messages that --data names.
func (g *globals) examples() ([]head.Example, error) {
	g.takesFiles = true
	_, files := g.data()
	if len(files) == 0 {
		return nil, fault.In("--data", fault.New(fault.Invalid, "name the file of labelled messages: JSON Lines of {\"text\":…,\"intent\":…}"))
	}
	var all []head.Example
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, fault.Wrap(err, fault.NotFound, "cannot open %s", name)
		}
		set, err := examples.Read(f, examples.FormatOf(name))
		if err == nil {
			err = set.Err()
		}
		if err = errors.Join(fault.In(filepath.Base(name), err), f.Close()); err != nil {
			return nil, err
		}
		all = append(all, set.Examples...)
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Invalid, "%s holds no labelled messages", strings.Join(files, ", "))
	}
	return all, nil
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

type modelsCmd struct {
	List   modelsListCmd   `cmd:"" help:"List the models."`
	Verify modelsVerifyCmd `cmd:"" help:"Check every model's files against their sums, and that they fit together."`
}

type modelsListCmd struct{}

// Run prints one line per model.
func (modelsListCmd) Run(g *globals) error {
	return g.eachModel(func(m models.Model) error {
		enc := m.Manifest.Encoder
		if enc == "" {
			enc = "-"
		}
		_, err := fmt.Fprintf(g.std.out, "%-24s %-8s %-44s %s\n", m.Dir(), m.Manifest.Kind, m.Manifest.ID, enc)
		return err
	})
}

type modelsVerifyCmd struct{}

// Run hashes every file and checks that heads and fusions belong to the encoder.
func (modelsVerifyCmd) Run(g *globals) error {
	src, err := g.modelSource()
	if err != nil {
		return err
	}
	enc, err := src.Load(models.EncoderDir)
	if err != nil {
		return err
	}
	failed := false
	err = g.eachModel(func(m models.Model) error {
		err := m.Verify()
		if err == nil && m.Manifest.Kind != models.KindEncoder {
			err = m.Manifest.Fits(enc.Manifest.ID, enc.Manifest.InputLength(m.Manifest))
		}
		verdict := "ok"
		if err != nil {
			failed, verdict = true, err.Error()
		}
		_, err = fmt.Fprintf(g.std.out, "%-24s %s\n", m.Dir(), verdict)
		return err
	})
	if err == nil && failed {
		return errLines
	}
	return err
}

func (g *globals) modelSource() (models.Source, error) {
	cfg, err := g.load()
	if err != nil {
		return models.Source{}, err
	}
	return models.NewSource(cfg.NLU.Models)
}

func (g *globals) eachModel(fn func(models.Model) error) error {
	src, err := g.modelSource()
	if err != nil {
		return err
	}
	all, err := src.List()
	for _, m := range all {
		if err := fn(m); err != nil {
			return err
		}
	}
	return err
}
