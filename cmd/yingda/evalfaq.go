package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/nlu/segment"
)

type evalFAQCmd struct {
	KB      []string `name:"kb" required:"" help:"Knowledge base (JSON Lines of articles); several times, each with its --queries." placeholder:"FILE"`
	Queries []string `required:"" help:"Questions with the ids of the right articles (kb_id or kb_ids)." placeholder:"FILE"`
	Curve   string   `help:"Write the curves of coverage and wrong answers to PREFIX.png and PREFIX.json; with several pairs the knowledge base's name follows PREFIX." placeholder:"PREFIX"`
	Misses  int      `help:"Print this many questions whose first article was wrong."`
	Report  string   `help:"Write the reports as JSON to this file, a list where there are several." placeholder:"FILE"`
}

// Run measures words, characters, embedding and the fused search.
func (c *evalFAQCmd) Run(g *globals) error {
	if len(c.KB) != len(c.Queries) {
		return fault.New(fault.Invalid, "%d times --kb and %d times --queries: every knowledge base needs its questions", len(c.KB), len(c.Queries))
	}
	stop, err := stopWords()
	if err != nil {
		return err
	}
	cfg, err := g.load()
	if err != nil {
		return err
	}
	return g.withUnderstanding(func(u *understanding) error {
		m, err := u.fusion(cfg.KB)
		if err != nil {
			return err
		}
		var reports []eval.Report
		for i := range c.KB {
			set, err := readSet(c.KB[i], c.Queries[i])
			if err != nil {
				return err
			}
			r, err := eval.Run(g.ctx, phraser{u}, m, set, eval.Options{
				Reader: asker{u: u}, Context: asker{u: u}, Extract: u.extract, Simplify: segment.Simplify,
				Stop: stop, At: time.Now(), Workers: workers(),
			})
			if err != nil {
				return err
			}
			reports = append(reports, r)
			if err := c.show(g.std.out, r); err != nil {
				return err
			}
		}
		return c.save(reports)
	})
}

// show prints a report, its misses first.
func (c *evalFAQCmd) show(w io.Writer, r eval.Report) error {
	for _, miss := range r.Misses[:min(c.Misses, len(r.Misses))] {
		if _, err := fmt.Fprintf(w, "%.2f %s → %s (right: %s)\n", miss.Score, miss.Question, miss.Got, strings.Join(miss.Right, ", ")); err != nil {
			return err
		}
	}
	return r.Table(w)
}

// save writes the report and the curves to the files that were asked for.
func (c *evalFAQCmd) save(reports []eval.Report) error {
	if c.Report != "" {
		var what any = reports
		if len(reports) == 1 {
			what = reports[0]
		}
		if err := writeJSON(c.Report, what); err != nil {
			return err
		}
	}
	if c.Curve == "" {
		return nil
	}
	for _, r := range reports {
		prefix := c.Curve
		if len(reports) > 1 {
			prefix += "_" + r.Set
		}
		picture, err := r.PNG()
		if err != nil {
			return err
		}
		if err := os.WriteFile(prefix+".png", picture, 0o644); err != nil {
			return fault.Wrap(err, fault.Unavailable, "cannot write %s.png", prefix)
		}
		if err := writeJSON(prefix+".json", r.Curves()); err != nil {
			return err
		}
	}
	return nil
}

// readSet reads a knowledge base and, unless its name is empty, the questions to it.
func readSet(base, questions string) (eval.Set, error) {
	s := eval.Set{Name: strings.TrimSuffix(filepath.Base(base), ".jsonl")}
	err := withFile(base, func(r io.Reader) (err error) { s.Articles, err = eval.ReadArticles(r); return err })
	if err == nil && questions != "" {
		err = withFile(questions, func(r io.Reader) (err error) { s.Questions, err = eval.ReadQuestions(r); return err })
	}
	return s, err
}

func withFile(name string, read func(io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "cannot open %s", name)
	}
	defer f.Close()
	if err := read(f); err != nil {
		return fault.In(filepath.Base(name), err)
	}
	return nil
}
