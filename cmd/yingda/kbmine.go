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

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/mining"
)

type kbMineCmd struct {
	Bot         string        `required:"" help:"Bot whose knowledge base the proposals are for." placeholder:"BOT"`
	Transcripts string        `xor:"source" required:"" help:"Old conversations: JSON Lines or CSV, gzip or not." placeholder:"FILE"`
	Since       time.Duration `xor:"source" required:"" help:"Mine the bot's own conversations of this long: 720h." placeholder:"DURATION"`
	Format      string        `help:"jsonl or csv; the file's ending by default." placeholder:"FORMAT"`
	Limit       int           `default:"100" help:"Proposals at most."`
	Threshold   float64       `help:"Cosine from which questions ask the same; by default calibrated on the knowledge base."`
	Out         string        `help:"Write the proposals to this file as JSON Lines." placeholder:"FILE"`
}

// Run mines and prints what it found; it stores and publishes nothing.
func (c *kbMineCmd) Run(g *globals) error {
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		o, err := a.miningOptions(g.ctx, c.Bot, time.Now())
		if err != nil {
			return err
		}
		if c.Threshold > 0 {
			o.Threshold = c.Threshold
		}
		o.Limits.Proposals = c.Limit
		m, err := mining.New(o)
		if err != nil {
			return err
		}
		begun := time.Now()
		add := func(t mining.Transcript) error { return m.Add(g.ctx, t) }
		if c.Transcripts != "" {
			err = c.readFile(g, add)
		} else {
			err = a.transcripts(g.ctx, c.Bot, a.clock.Now().Add(-c.Since), add)
		}
		if err != nil {
			return err
		}
		proposals, stats, err := m.Propose(g.ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(g.std.err, "%d conversations, %d pairs of question and answer, %d questions in %d groups (cosine %.3f), %d covered already, %s\n",
			stats.Transcripts, stats.Pairs, stats.Questions, stats.Groups, stats.Threshold, stats.Covered, time.Since(begun).Round(time.Millisecond))
		if c.Out == "" {
			return writeProposals(g.std.out, proposals)
		}
		return writeFile(c.Out, func(w io.Writer) error { return proposalLines(w, proposals) })
	})
}

func (c *kbMineCmd) readFile(g *globals, each func(mining.Transcript) error) error {
	format := c.Format
	if format == "" {
		format = strings.TrimPrefix(filepath.Ext(strings.TrimSuffix(strings.ToLower(c.Transcripts), ".gz")), ".")
	}
	if format == "tsv" {
		format = "csv"
	}
	var report mining.Report
	err := withFile(c.Transcripts, func(r io.Reader) (err error) {
		report, err = mining.ReadTranscripts(r, mining.Format(format), each)
		return err
	})
	for _, p := range report.Problems {
		fmt.Fprintf(g.std.err, "line %d: %s\n", p.Line, p.Message)
	}
	return err
}

func proposalLines(w io.Writer, proposals []mining.Proposal) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, p := range proposals {
		if err := e.Encode(p); err != nil {
			return err
		}
	}
	return nil
}

// writeProposals prints proposals for people.
func writeProposals(w io.Writer, proposals []mining.Proposal) error {
	names := map[mining.ProposalKind]string{mining.NewArticle: "new article", mining.NewPhrasing: "new phrasing", mining.Contradicts: "contradicts"}
	for i, p := range proposals {
		about := ""
		if p.Kind != mining.NewArticle {
			about = " " + p.Article + " " + p.ArticleQuestion
		}
		_, err := fmt.Fprintf(w, "%3d. %s%s (%.2f; asked %d times, agreement %.0f%%)\n     Q %s\n     A %s\n", i+1, names[p.Kind], about, p.Rank,
			p.Evidence.Count, 100*p.Evidence.Agreement, p.Question, strings.ReplaceAll(p.Answer, "\n", " / "))
		if err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file whole or not at all.
func writeFile(name string, write func(w io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "%s cannot be written", name)
	}
	err = errors.Join(write(f), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
