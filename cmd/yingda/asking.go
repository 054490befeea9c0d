package main

import (
	"context"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// asker reads texts as live messages are read, and joins those that follow
// something with it.
type asker struct {
	u   *understanding
	bot string // whose heads read; empty: the built-in ones
}

var (
	_ kb.Reader         = asker{}
	_ kb.Contextualiser = asker{}
)

// Read implements kb.Reader.
func (a asker) Read(ctx context.Context, text string) (kb.Query, error) {
	now := time.Now()
	res, err := a.u.pipeline.Analyze(ctx, nlu.Request{Text: text, Bot: a.bot, Now: now})
	if err != nil {
		return kb.Query{}, err
	}
	q := dialog.Query(a.bot, res, now)
	q.Text = text
	return q, nil
}

// Join implements kb.Contextualiser. The comma makes one sentence of the two,
// as people write who do not leave out what both know.
func (a asker) Join(ctx context.Context, before, query string) (kb.Phrase, error) {
	return phraser{a.u}.Phrase(ctx, before+"，"+query)
}

// extract finds the entities by which articles are told apart.
func (u *understanding) extract(text string) []kb.Entity {
	return dialog.Telling(u.entities.Extract(text, time.Now()))
}
