package main

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/usage"
)

// What was counted before a start ranks from the first search on, and is the
// greeting's menu together with what customers opened in the help centre.
func TestUseOutlivesARestart(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	c := clock.NewFake(now)
	s, err := store.Open(ctx, store.Options{DSN: filepath.Join(t.TempDir(), "y.db"), Clock: c, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := s.PutBot(ctx, store.Bot{ID: demoBot, Name: "店", Profile: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	article := func(id, question string) kb.Article {
		return kb.Article{ID: id, Bot: demoBot, Question: question, Answer: "答", UpdatedAt: now}
	}
	over := article("over", "双十一几点开始")
	past := now.Add(-time.Hour)
	over.ValidUntil = &past
	_, _, err = s.ChangeArticles(ctx, demoBot, kb.Change{Put: []kb.Article{article("fee", "运费怎么算"), article("back", "怎么退货"), article("never", "能开票吗"), over}})
	if err != nil {
		t.Fatal(err)
	}
	days := []usage.Day{
		{Article: "fee", Day: "2026-11-22", Counts: usage.Counts{Answered: 3, Taken: 4}},
		{Article: "back", Day: "2026-11-21", Counts: usage.Counts{Answered: 2, Disliked: 2}},
		{Article: "back", Day: "2026-10-01", Counts: usage.Counts{Answered: 90}}, // too long ago for the menu
		{Article: "over", Day: "2026-11-21", Counts: usage.Counts{Answered: 9}},
		{Article: "deleted", Day: "2026-11-21", Counts: usage.Counts{Answered: 9}},
		{Article: "never", Day: "2026-11-21", Counts: usage.Counts{Suggested: 5}},
	}
	if err := s.CountUse(ctx, demoBot, usage.Cursor{Conversation: "c1"}, 1, days, nil); err != nil {
		t.Fatal(err)
	}
	a := &app{store: s, clock: c, bots: &bots{list: []dialog.Profile{{Bot: demoBot}}}}
	if err := a.rankByUse(ctx); err != nil {
		t.Fatal(err)
	}
	if fee, back, never := a.ranking.Prior(demoBot, "fee"), a.ranking.Prior(demoBot, "back"), a.ranking.Prior(demoBot, "never"); fee <= 0 || back >= fee || never != 0 {
		t.Errorf("after a restart fee %+.2f, back %+.2f, never %+.2f", fee, back, never)
	}
	menu := func(want ...string) {
		t.Helper()
		got, err := a.popular(ctx, demoBot)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	menu("运费怎么算", "怎么退货")
	for _, session := range []string{"h1", "h2"} {
		if err := s.HelpSearched(ctx, demoBot, session, now, []string{"back", "fee"}); err != nil {
			t.Fatal(err)
		}
		if err := s.HelpOpened(ctx, demoBot, session, "back"); err != nil {
			t.Fatal(err)
		}
	}
	menu("怎么退货", "运费怎么算")
}
