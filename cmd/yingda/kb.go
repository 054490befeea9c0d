package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/learn"
	"github.com/yingda/yingda/models"
)

type kbCmd struct {
	Import kbImportCmd `cmd:"" help:"Import articles from a CSV or JSON Lines file."`
	Export kbExportCmd `cmd:"" help:"Export a bot's articles to standard output."`
	Search kbSearchCmd `cmd:"" help:"Search: JSON Lines {id?,query} in, {id,hits} out."`
	Fit    kbFitCmd    `cmd:"" help:"Fit the model that turns a hit's evidence into a probability."`
}

// withApp opens the whole service for one command.
func (g *globals) withApp(fn func(a *app) error) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	a, err := openApp(g.ctx, cfg, appOptions{log: quietLogger(cfg.Log, g.std.err)})
	if err != nil {
		return err
	}
	return errors.Join(fn(a), a.Close())
}

type kbImportCmd struct {
	File   string `arg:"" help:"CSV or JSON Lines file; - is standard input." placeholder:"FILE"`
	Bot    string `required:"" help:"Bot that gets the articles." placeholder:"BOT"`
	Format string `help:"csv or jsonl; the file's ending by default." placeholder:"FORMAT"`
	DryRun bool   `help:"Only report what the import would do."`
}

// Run imports and prints the report; rejected rows make it fail.
func (c *kbImportCmd) Run(g *globals) error {
	format := c.Format
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(c.File)), ".")
	}
	in := g.std.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return fault.Wrap(err, fault.NotFound, "cannot open %s", c.File)
		}
		defer f.Close()
		in = f
	}
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		r, err := a.knowledge.importFile(g.ctx, c.Bot, format, in, c.DryRun)
		if err != nil {
			return err
		}
		for _, p := range r.Problems {
			if _, err := fmt.Fprintf(g.std.out, "line %d %s: %s (%s)\n", p.Line, p.Field, p.Message, p.Code); err != nil {
				return err
			}
		}
		verb := "imported"
		if c.DryRun {
			verb = "dry run"
		}
		_, err = fmt.Fprintf(g.std.out, "%s: %d rows, %d added, %d replaced, %d unchanged, %d rejected\n",
			verb, r.Rows, r.Added, r.Replaced, r.Unchanged, r.Rejected)
		if err == nil && r.Rejected > 0 {
			return errLines
		}
		return err
	})
}

type kbExportCmd struct {
	Bot    string `required:"" help:"Bot whose articles are exported." placeholder:"BOT"`
	Format string `default:"jsonl" enum:"csv,jsonl" help:"csv or jsonl."`
}

// Run writes all articles.
func (c *kbExportCmd) Run(g *globals) error {
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		return a.knowledge.Export(g.ctx, c.Bot, importer.Format(c.Format), g.std.out)
	})
}

type kbSearchCmd struct {
	Bot   string `required:"" help:"Bot whose articles are searched." placeholder:"BOT"`
	Limit int    `default:"5" help:"Hits per query."`
}

type searchIn struct {
	ID    json.RawMessage `json:"id"`
	Query string          `json:"query"`
}

type searchHit struct {
	ArticleID string  `json:"article_id"`
	Question  string  `json:"question"`
	Answer    string  `json:"answer"`
	Score     float64 `json:"score"`
	Band      kb.Band `json:"band"`
}

type searchOut struct {
	ID   json.RawMessage `json:"id,omitempty"`
	Hits []searchHit     `json:"hits"`
}

// Run searches for every line.
func (c *kbSearchCmd) Run(g *globals) error {
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		return jsonLines(g, workers(), func(in searchIn) json.RawMessage { return in.ID }, func(in searchIn) (any, error) {
			if strings.TrimSpace(in.Query) == "" {
				return nil, fault.In("query", fault.New(fault.Invalid, "the query is empty"))
			}
			q, err := phraser{a.language}.query(g.ctx, c.Bot, in.Query, time.Now(), c.Limit)
			if err != nil {
				return nil, err
			}
			hits, err := a.knowledge.Search(g.ctx, q)
			out := searchOut{ID: in.ID, Hits: []searchHit{}}
			for _, h := range hits {
				out.Hits = append(out.Hits, searchHit{h.Article.ID, h.Article.Question, h.Article.Answer, h.Score, h.Band})
			}
			return out, err
		})
	})
}

type kbFitCmd struct {
	Pairs []string `required:"" help:"A knowledge base and messages to it, KB.jsonl:MESSAGES.jsonl, or a knowledge base alone; several times." placeholder:"KB[:MESSAGES]"`
	Out   string   `required:"" help:"Write the model to this new folder." placeholder:"DIR"`
	Seed  uint64   `default:"1" help:"Seed of the fit."`
}

// Run fits, prints the report of the sets left out in turn, and saves the model.
func (c *kbFitCmd) Run(g *globals) error {
	var sets []eval.Set
	for _, p := range c.Pairs {
		base, messages, _ := strings.Cut(p, ":")
		s, err := readSet(base, messages)
		if err != nil {
			return err
		}
		sets = append(sets, s)
	}
	stop, err := stopWords()
	if err != nil {
		return err
	}
	return g.withEncoder(func(cfg config.Config, u *understanding) error {
		if u.segmenter, err = openSegmenter(cfg); err != nil {
			return err
		}
		model, report, err := learn.Run(g.ctx, phraser{u}, sets, learn.Options{
			Stop: stop, At: time.Now(), Workers: workers(), Seed: c.Seed,
			Log: func(format string, args ...any) { fmt.Fprintf(g.std.err, format+"\n", args...) },
		})
		if err != nil {
			return err
		}
		if err := report.Table(g.std.out); err != nil {
			return err
		}
		model.Encoder = u.encoder.Model()
		params, adapter, err := model.Encode()
		if err != nil {
			return err
		}
		files := map[string][]byte{models.ParametersFile: params}
		if adapter != nil {
			files[adapterFile] = adapter
		}
		m := models.Manifest{
			Kind: models.KindFusion, ID: faqFusion + "-" + time.Now().UTC().Format("20060102"), Created: time.Now().UTC().Format(time.DateOnly),
			Encoder: u.encoder.Model(), Dimension: u.encoder.Dimension(), Task: faqFusion,
			Description: "Turns the evidence of a hit into the probability that its article answers the message.",
			Thresholds:  map[string]float64{"answer": model.Thresholds.Answer, "suggest": model.Thresholds.Suggest},
		}
		for _, f := range model.Figures {
			m.Quality = append(m.Quality, models.Measure{Name: f.Name, Value: f.Value, On: f.On})
		}
		_, err = models.Save(c.Out, m, files)
		return err
	})
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

type evalFAQCmd struct {
	KB      string `name:"kb" required:"" help:"Knowledge base (JSON Lines of articles)." placeholder:"FILE"`
	Queries string `required:"" help:"Questions with the ids of the right articles (kb_id or kb_ids)." placeholder:"FILE"`
	Misses  int    `help:"Print this many questions whose first article was wrong."`
	Report  string `help:"Write the report as JSON to this file." placeholder:"FILE"`
}

// Run measures words, characters, embedding and the fused search.
func (c *evalFAQCmd) Run(g *globals) error {
	set, err := readSet(c.KB, c.Queries)
	if err != nil {
		return err
	}
	stop, err := stopWords()
	if err != nil {
		return err
	}
	return g.withEncoder(func(cfg config.Config, u *understanding) error {
		if u.segmenter, err = openSegmenter(cfg); err != nil {
			return err
		}
		m, err := u.fusion(cfg.KB)
		if err != nil {
			return err
		}
		r, err := eval.Run(g.ctx, phraser{u}, m, set, eval.Options{Stop: stop, At: time.Now(), Workers: workers()})
		if err != nil {
			return err
		}
		if c.Report != "" {
			b, err := json.MarshalIndent(r, "", "  ")
			if err != nil {
				return err
			}
			if err := os.WriteFile(c.Report, append(b, '\n'), 0o644); err != nil {
				return err
			}
		}
		for _, miss := range r.Misses[:min(c.Misses, len(r.Misses))] {
			fmt.Fprintf(g.std.out, "%.2f %s → %s (right: %s)\n", miss.Score, miss.Question, miss.Got, strings.Join(miss.Right, ", "))
		}
		return r.Table(g.std.out)
	})
}
