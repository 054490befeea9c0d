package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/head"
	"github.com/yingda/yingda/nlu/report"
	"github.com/yingda/yingda/nlu/training"
)

type intentsEvalCmd struct {
	Name    string `default:"intent" help:"Head to measure."`
	Bot     string `help:"Bot whose head is measured." placeholder:"BOT"`
	Version string `help:"Version to measure, '-' for the built-in head; the active one by default." placeholder:"ID"`
	Out     string `help:"Write Rasa's intent_report.json and intent_errors.json, and the confusion matrix as PNG and HTML, to this folder." placeholder:"DIR"`
	Report  string `enum:"text,json" default:"text" help:"Print the report as text or json."`
}

// Run predicts every message and compares.
func (c *intentsEvalCmd) Run(g *globals) error {
	list, _, err := g.examples()
	if err != nil {
		return err
	}
	return g.withTrainer(true, func(t *training.Trainer) error {
		r, err := t.Evaluate(g.ctx, c.Bot, c.Name, c.Version, list)
		if err != nil {
			return err
		}
		if c.Out != "" {
			if err := writeEvaluation(c.Out, c.Name, r, list); err != nil {
				return err
			}
		}
		if c.Report == "json" {
			return printJSON(g.std.out, r)
		}
		return printReport(g.std.out, c.Name, r)
	})
}

// The files of an evaluation; the first two are named as Rasa names them.
const (
	rasaReportFile = "intent_report.json"
	rasaErrorsFile = "intent_errors.json"
	matrixFile     = "intent_confusion_matrix"
)

func writeEvaluation(dir, name string, r head.Report, list []head.Example) error {
	rasa, errReport := report.RasaReport(r)
	mistakes, errMistakes := report.RasaErrors(r, list)
	picture, errPicture := report.NewMatrix(r).PNG()
	page, errPage := report.HTML(name, r, list)
	err := errors.Join(errReport, errMistakes, errPicture, errPage, os.MkdirAll(dir, 0o755))
	for file, data := range map[string][]byte{
		rasaReportFile: rasa, rasaErrorsFile: mistakes, matrixFile + ".png": picture, matrixFile + ".html": page,
	} {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, file), data, 0o644)
		}
	}
	return fault.Wrap(err, fault.Unavailable, "the evaluation cannot be written to %s", dir)
}

type intentsCompareCmd struct {
	Name   string `default:"intent" help:"Head to compare."`
	Bot    string `help:"Bot whose versions are compared." placeholder:"BOT"`
	Report string `enum:"text,json" default:"text" help:"Print the comparison as text or json."`
	A      string `arg:"" help:"A version, '-' for the built-in head, 'active' for the active one."`
	B      string `arg:"" help:"Another version."`
}

// Run asks both versions about every message.
func (c *intentsCompareCmd) Run(g *globals) error {
	list, lines, err := g.examples()
	if err != nil {
		return err
	}
	id := func(s string) string {
		if s == "active" {
			return ""
		}
		return s
	}
	return g.withTrainer(true, func(t *training.Trainer) error {
		cmp, err := t.Compare(g.ctx, c.Bot, c.Name, id(c.A), id(c.B), list, lines)
		if err != nil {
			return err
		}
		if c.Report == "json" {
			return printJSON(g.std.out, cmp)
		}
		return printComparison(g, cmp)
	})
}

func printComparison(g *globals, c report.Comparison) error {
	w := g.std.out
	fmt.Fprintf(w, "%d messages\n", c.Examples)
	for _, s := range []struct {
		name string
		report.Scores
	}{{"A", c.A}, {"B", c.B}} {
		fmt.Fprintf(w, "  %s %-32s accuracy %.3f   macro F1 %.3f   log loss %.3f   calibration error %.3f\n", s.name, s.ID, s.Accuracy, s.MacroF1, s.LogLoss, s.ECE)
	}
	fmt.Fprintf(w, "A alone is right %d times, B alone %d times; McNemar's p = %.3g: ", c.OnlyA, c.OnlyB, c.P)
	switch c.Verdict {
	case "same":
		fmt.Fprintln(w, "no difference that chance does not explain")
	case "a":
		fmt.Fprintln(w, "A is better")
	default:
		fmt.Fprintln(w, "B is better")
	}
	for i, d := range c.Differences {
		if i == 0 {
			fmt.Fprintln(w, "\nread differently:")
		}
		if i == 30 {
			fmt.Fprintf(w, "  … and %d more\n", len(c.Differences)-i)
			break
		}
		fmt.Fprintf(w, "  %q is %s: A %s (%.2f), B %s (%.2f)\n", d.Text, d.Label, d.A, d.AConfidence, d.B, d.BConfidence)
	}
	return nil
}
