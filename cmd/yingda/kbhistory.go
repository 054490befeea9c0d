package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
)

// cliAuthor is who the history says made a change by command.
const cliAuthor = "cli"

// knowledgeFollowed is how often a server looks for articles that another
// process changed.
const knowledgeFollowed = 3 * time.Second

// followKnowledge takes over articles that another server or a command
// changed, until ctx ends.
func (a *app) followKnowledge(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.clock.After(knowledgeFollowed):
		}
		if err := a.knowledge.Sync(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("articles that another process changed cannot be read; it is tried again", "reason", err)
		}
	}
}

// withKnowledge opens the whole service for a command on one bot's articles.
func (g *globals) withKnowledge(bot string, fn func(k *knowledge) error) error {
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(bot); err != nil {
			return noBot(bot, err)
		}
		return fn(a.knowledge)
	})
}

type kbHistoryCmd struct {
	Bot     string `required:"" help:"Bot whose articles changed." placeholder:"BOT"`
	Article string `help:"Only this article, with what changed in it." placeholder:"ID"`
	Limit   int    `default:"20" help:"At most this many changes, the latest first."`
}

// Run prints a line a revision; of one article, what changed in each.
func (c *kbHistoryCmd) Run(g *globals) error {
	return g.withKnowledge(c.Bot, func(k *knowledge) error {
		if c.Article != "" {
			return c.article(g, k)
		}
		revisions, err := k.History(g.ctx, c.Bot, 0, c.Limit)
		if err != nil {
			return err
		}
		for _, r := range revisions {
			if err := writeRevision(g.std.out, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *kbHistoryCmd) article(g *globals, k *knowledge) error {
	editions, err := k.Editions(g.ctx, c.Bot, c.Article)
	if err != nil {
		return err
	}
	for i, e := range editions[:min(c.Limit, len(editions))] {
		if err := writeRevision(g.std.out, e.Revision); err != nil {
			return err
		}
		if e.Gone {
			if _, err := fmt.Fprintln(g.std.out, "    deleted"); err != nil {
				return err
			}
			continue
		}
		var before kb.Article
		if i+1 < len(editions) && !editions[i+1].Gone {
			before = editions[i+1].Article
		}
		if err := writeFields(g.std.out, base.Compare(before, e.Article)); err != nil {
			return err
		}
	}
	return nil
}

// writeRevision prints a revision; its time is the shop's, as kb rollback --at
// takes it.
func writeRevision(w io.Writer, r kb.Revision) error {
	shop, err := shopClock()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%d  %s  %s  %d put, %d deleted  %s\n",
		r.Number, r.At.In(shop.Now().Location()).Format(time.RFC3339), orDash(r.Author), r.Put, r.Deleted, r.Note)
	return err
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func writeFields(w io.Writer, fields []base.Field) error {
	marks := map[string]string{"add": "+", "remove": "-", "same": " "}
	for _, f := range fields {
		lines := f.Lines
		for _, t := range f.Removed {
			lines = append(lines, base.Line{Op: "remove", Text: t})
		}
		for _, t := range f.Added {
			lines = append(lines, base.Line{Op: "add", Text: t})
		}
		if f.From != "" {
			lines = append(lines, base.Line{Op: "remove", Text: f.From})
		}
		if f.To != "" {
			lines = append(lines, base.Line{Op: "add", Text: f.To})
		}
		if _, err := fmt.Fprintf(w, "    %s\n", f.Field); err != nil {
			return err
		}
		for _, l := range lines {
			if _, err := fmt.Fprintf(w, "      %s %s\n", marks[l.Op], l.Text); err != nil {
				return err
			}
		}
	}
	return nil
}

type kbRollbackCmd struct {
	Bot      string    `required:"" help:"Bot whose articles go back." placeholder:"BOT"`
	Revision *int64    `xor:"when" required:"" help:"Number of the revision to go back to (kb history)." placeholder:"N"`
	At       time.Time `xor:"when" required:"" help:"Or a moment, such as 2026-11-11T00:00:00+08:00." placeholder:"TIME"`
	Note     string    `help:"Why, for the history."`
}

// Run makes the articles what they were then.
func (c *kbRollbackCmd) Run(g *globals) error {
	return g.withKnowledge(c.Bot, func(k *knowledge) error {
		var to int64
		if c.Revision != nil {
			to = *c.Revision
		} else {
			then, err := k.RevisionAt(g.ctx, c.Bot, c.At)
			if err != nil {
				return err
			}
			to = then.Number
		}
		r, err := k.RollBack(g.ctx, c.Bot, to, cliAuthor, c.Note)
		if err != nil {
			return err
		}
		if r.Number == 0 {
			_, err = fmt.Fprintf(g.std.out, "the articles are those of revision %d already\n", to)
			return err
		}
		_, err = fmt.Fprintf(g.std.out, "back to revision %d, as revision %d: %d put, %d deleted\n", to, r.Number, r.Put, r.Deleted)
		return err
	})
}

type kbPublishCmd struct {
	IDs  []string `arg:"" optional:"" name:"id" help:"Articles whose drafts are published; all by default." placeholder:"ID"`
	Bot  string   `required:"" help:"Bot whose drafts are published." placeholder:"BOT"`
	Note string   `help:"Why, for the history."`
}

// Run publishes drafts, all or none.
func (c *kbPublishCmd) Run(g *globals) error {
	return g.withKnowledge(c.Bot, func(k *knowledge) error {
		_, r, err := k.Publish(g.ctx, c.Bot, c.IDs, cliAuthor, c.Note)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(g.std.out, "published as revision %d: %d put, %d deleted\n", r.Number, r.Put, r.Deleted)
		return err
	})
}

type kbCompareCmd struct {
	Questions string `arg:"" help:"Test questions: JSON Lines of {query, kb_ids}, or CSV of question and article id." placeholder:"FILE"`
	Bot       string `required:"" help:"Bot whose versions are compared." placeholder:"BOT"`
	From      string `default:"published" help:"A revision's number, published or drafts."`
	To        string `default:"drafts" help:"A revision's number, published or drafts."`
	JSON      bool   `name:"json" help:"Print the whole comparison as JSON."`
}

// Run asks both versions the questions and prints what differs.
func (c *kbCompareCmd) Run(g *globals) error {
	var questions []base.Question
	if err := withFile(c.Questions, func(r io.Reader) (err error) {
		questions, err = base.ReadQuestions(r)
		return err
	}); err != nil {
		return err
	}
	return g.withKnowledge(c.Bot, func(k *knowledge) error {
		cmp, err := k.Compare(g.ctx, c.Bot, c.From, c.To, questions)
		if err != nil {
			return err
		}
		if c.JSON {
			out := json.NewEncoder(g.std.out)
			out.SetEscapeHTML(false)
			return out.Encode(cmp)
		}
		return writeComparison(g.std.out, cmp)
	})
}

func writeComparison(w io.Writer, c base.Comparison) error {
	if _, err := fmt.Fprintf(w, "%-12s %9s %7s %7s %9s %6s\n", "", "articles", "top-1", "top-3", "answered", "wrong"); err != nil {
		return err
	}
	for _, f := range []base.Figures{c.From, c.To} {
		if _, err := fmt.Fprintf(w, "%-12s %9d %7.3f %7.3f %9d %6d\n", f.Version, f.Articles, f.Top1, f.Top3, f.Answered, f.Wrong); err != nil {
			return err
		}
	}
	for _, id := range c.Unknown {
		if _, err := fmt.Fprintf(w, "neither version has the article %s\n", strconv.Quote(id)); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(w, "%d of %d questions turn out differently\n", len(c.Changed), c.Questions); err != nil {
		return err
	}
	for _, t := range c.Changed {
		if _, err := fmt.Fprintf(w, "  %s → %s  %s  (%s → %s)\n", t.From.Outcome, t.To.Outcome, t.Query, orDash(t.From.Article), orDash(t.To.Article)); err != nil {
			return err
		}
	}
	return nil
}
