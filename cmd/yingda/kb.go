package main

import (
	"errors"
)

type kbCmd struct {
	Import kbImportCmd `cmd:"" help:"Import articles from a file: XLSX, CSV, JSON Lines, Markdown, Rasa YAML, HTML."`
	Export kbExportCmd `cmd:"" help:"Export a bot's articles."`

	History  kbHistoryCmd  `cmd:"" help:"List the changes of a bot's articles."`
	Publish  kbPublishCmd  `cmd:"" help:"Publish drafts."`
	Compare  kbCompareCmd  `cmd:"" help:"Compare two versions of a bot's articles on test questions."`
	Rollback kbRollbackCmd `cmd:"" help:"Make a bot's articles what they were."`

	Reconcile kbReconcileCmd `cmd:"" help:"Compare a bot's vectors in Qdrant with its articles, and mend them."`

	Search     kbSearchCmd     `cmd:"" help:"Search: JSON Lines {id?,query} in, {id,hits} out."`
	Unanswered kbUnansweredCmd `cmd:"" help:"Group the questions that found no answer."`
	Usage      kbUsageCmd      `cmd:"" help:"List articles by their use: hot, cold, never hit, expired, disliked, handed over."`
	Mine       kbMineCmd       `cmd:"" help:"Propose articles, wordings and contradictions from conversations with agents."`
	Fit        kbFitCmd        `cmd:"" help:"Fit the model that turns a hit's evidence into a probability."`
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
