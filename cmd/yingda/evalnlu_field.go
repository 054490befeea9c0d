package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/baseline"
	"github.com/yingda/yingda/nlu/encoder"
	"github.com/yingda/yingda/nlu/eval"
	"github.com/yingda/yingda/nlu/head"
)

// field holds the contenders of an evaluation and what they hold open.
type field struct {
	contenders []eval.Contender
	// notes say which rows were left out.
	notes   []string
	closers []func() error
}

// Close closes what was opened, the last first.
func (f *field) Close() error {
	var errs []error
	for _, fn := range slices.Backward(f.closers) {
		errs = append(errs, fn())
	}
	f.closers = nil
	return errors.Join(errs...)
}

// contenders opens the rows that were asked for. What it returns is to be
// closed even beside an error.
func (c *evalNLUCmd) contenders(cfg config.Config, u *understanding, log func(string, ...any)) (*field, error) {
	f := &field{}
	products, err := u.runtime.Multiplier()
	if err != nil {
		return f, err
	}
	f.closers = append(f.closers, products.Close)
	wanted := func(row string) bool { return len(c.Rows) == 0 || slices.Contains(c.Rows, row) }
	if wanted("majority") {
		f.contenders = append(f.contenders, eval.Majority())
	}
	if wanted("bayes") {
		f.contenders = append(f.contenders, eval.Bayes())
	}
	for _, row := range []struct {
		key, flag, folder string
		open              func(config.Config, *understanding, string, *trainer) (eval.Contender, error)
	}{{"base", "--base", c.Base, f.base}, {"fp32", "--fp32", c.FP32, f.fp32}, {"int8", "", "", f.int8}} {
		if !wanted(row.key) {
			continue
		}
		if row.flag != "" && row.folder == "" {
			f.notes = append(f.notes, fmt.Sprintf("The row %s is left out: name its model folder with %s.", row.key, row.flag))
			continue
		}
		contender, err := row.open(cfg, u, row.folder, &trainer{runtime: u.runtime, products: products, log: log})
		if err != nil {
			return f, fault.In(row.key, err)
		}
		f.contenders = append(f.contenders, contender)
	}
	if len(f.contenders) == 0 {
		return f, fault.In("--rows", fault.New(fault.Invalid, "no row is left to measure: %s", f.notes[0]))
	}
	return f, nil
}

// encoder opens the encoder of a model folder.
func (f *field) encoder(cfg config.Config, u *understanding, folder string) (*encoder.Encoder, error) {
	folder = filepath.Clean(folder)
	m, err := models.Load(os.DirFS(filepath.Dir(folder)), filepath.Base(folder))
	if err != nil {
		return nil, err
	}
	e, err := encoder.New(u.environment, m, encoderOptions(cfg, nil))
	if err == nil {
		f.closers = append(f.closers, e.Close)
	}
	return e, err
}

// base is the plain encoder with linear heads.
func (f *field) base(cfg config.Config, u *understanding, folder string, _ *trainer) (eval.Contender, error) {
	e, err := f.encoder(cfg, u, folder)
	return eval.Contender{
		Key: "base", Title: "base + linear head", Encoder: e,
		Learn: func(ctx context.Context, _ string, in []nlu.Input, labels []string) (nlu.Classifier, error) {
			return baseline.TrainLinear(ctx, in, labels)
		},
	}, err
}

// fp32 is our encoder before it was quantised: with the heads beside it, else
// with those that ship, which were trained on the same trunk.
func (f *field) fp32(cfg config.Config, u *understanding, folder string, t *trainer) (eval.Contender, error) {
	at, src, note := folder, u.source, "heads of the encoder that ships"
	if _, err := os.Stat(filepath.Join(folder, models.ManifestFile)); err != nil {
		at = filepath.Join(folder, models.EncoderDir)
		if _, err := os.Stat(filepath.Join(folder, models.HeadsDir)); err == nil {
			if src, err = models.NewSource(folder); err != nil {
				return eval.Contender{}, err
			}
			note = ""
		}
	}
	e, err := f.encoder(cfg, u, at)
	if err != nil {
		return eval.Contender{}, err
	}
	space := head.Space{Encoder: e.Model(), Embedding: e.Dimension(), State: e.StateDimension()}
	t.space = space
	if note != "" {
		space.Encoder = u.encoder.Model()
	}
	return ships("fp32", "ours fp32", note, e, src, space, t)
}

// int8 is what is in use: the built-in models, or those of the configuration.
func (f *field) int8(_ config.Config, u *understanding, _ string, t *trainer) (eval.Contender, error) {
	t.space = u.space()
	return ships("int8", "ours int8", u.encoder.Model(), u.encoder, u.source, u.space(), t)
}

// ships is a contender with the heads of a source.
func ships(key, title, note string, e nlu.Encoder, src models.Source, space head.Space, t *trainer) (eval.Contender, error) {
	c := eval.Contender{Key: key, Title: title, Note: note, Encoder: e, Learn: t.learn, Others: map[string]nlu.Classifier{}}
	// No folder of trained heads: what ships is measured.
	registry, err := head.OpenRegistry(t.runtime, src, os.DevNull, space)
	if err != nil {
		return c, err
	}
	heads, err := registry.Heads("")
	if err != nil {
		return c, err
	}
	c.Heads = &heads
	for _, name := range eval.OtherHeads {
		folder := path.Join(models.HeadsDir, name)
		if !src.Has(folder) {
			continue
		}
		m, err := src.Load(folder)
		if err != nil {
			return c, err
		}
		if c.Others[name], err = head.Load(t.runtime, m, space); err != nil {
			return c, err
		}
	}
	return c, nil
}

// trainer trains heads as 'yingda intents train' does.
type trainer struct {
	runtime  *head.ORT
	products head.Products
	space    head.Space
	log      func(string, ...any)
}

// learn implements eval.Learner. A label with too few different examples for
// training is left out, and wrong wherever it is the truth. The head is written and
// loaded again, so that what is measured is what a bot would use.
func (t *trainer) learn(ctx context.Context, name string, in []nlu.Input, labels []string) (nlu.Classifier, error) {
	different := map[string]map[string]bool{}
	for i, l := range labels {
		if different[l] == nil {
			different[l] = map[string]bool{}
		}
		different[l][strings.TrimSpace(in[i].Text)] = true
	}
	x := head.Matrix{Cols: t.space.State}
	var examples []head.Example
	for i, l := range labels {
		if len(different[l]) >= head.LeastExamples {
			x.Rows, x.Data = x.Rows+1, append(x.Data, in[i].State...)
			examples = append(examples, head.Example{Text: in[i].Text, Label: l})
		}
	}
	if left := len(labels) - len(examples); left > 0 {
		t.log("%s: %d examples are left out, of labels with fewer than %d different ones", name, left, head.LeastExamples)
	}
	model, report, err := head.Train(ctx, x, examples, head.Options{Seed: 1, Products: t.products})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "yingda-head-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	about := head.About{Name: "eval", Task: "eval", Encoder: t.space.Encoder, Input: models.InputState}
	if _, err := head.Save(filepath.Join(dir, "head"), model, report, about); err != nil {
		return nil, err
	}
	m, err := models.Load(os.DirFS(dir), "head")
	if err != nil {
		return nil, err
	}
	return head.Load(t.runtime, m, t.space)
}
