package store

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// model is what the store should hold.
type model struct {
	events   map[string][]dialog.Event // by bot/conversation
	begun    map[string]string         // conversation by bot/idempotency key
	rows     map[string]dialog.Summary
	articles map[string]kb.Article     // by bot/id
	versions map[string]int            // the last of every article there ever was
	past     map[string][][]kb.Article // by bot: the base after each revision
}

// modelChecks is how many histories the plain suite tries; -rapid.checks is
// heard when it is not at its default.
const modelChecks = "25"

// TestModel does random things to a store and to a model of it, reopening the
// store now and then, and wants them to agree.
func TestModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.db")
	open := func() *Store {
		s, err := Open(context.Background(), Options{DSN: path, Relaxed: true, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set(modelChecks); err != nil {
			t.Fatal(err)
		}
	}
	s, round := open(), 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		shops := []string{fmt.Sprint("a", round), fmt.Sprint("b", round)} // each round has its own
		m := model{map[string][]dialog.Event{}, map[string]string{}, map[string]dialog.Summary{}, map[string]kb.Article{}, map[string]int{}, map[string][][]kb.Article{}}
		bots, ids := rapid.SampledFrom(shops), rapid.SampledFrom([]string{"1", "2", "3"})
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				m.append(rt, s, bots.Draw(rt, "bot"), ids.Draw(rt, "id"))
			},
			"article": func(rt *rapid.T) {
				m.put(rt, s, bots.Draw(rt, "bot"), ids.Draw(rt, "id"))
			},
			"delete": func(rt *rapid.T) {
				bot, id := bots.Draw(rt, "bot"), ids.Draw(rt, "id")
				_, had := m.articles[bot+"/"+id]
				_, got, err := s.ChangeArticles(context.Background(), bot, kb.Change{Delete: []string{id}})
				if err != nil || (got.Deleted == 1) != had || (got.Number > 0) != had {
					rt.Fatalf("made %+v (%v), there was one: %v", got, err, had)
				}
				delete(m.articles, bot+"/"+id)
				if had {
					m.past[bot] = append(m.past[bot], m.base(bot))
				}
			},
			"": func(rt *rapid.T) { m.check(rt, s, shops) },
		})
		if round%10 == 0 {
			if err := s.Close(); err != nil {
				rt.Fatal(err)
			}
			s = open()
			m.check(rt, s, shops)
		}
	})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// append adds one to three events with a version that may be stale.
func (m *model) append(rt *rapid.T, s *Store, bot, id string) {
	key := bot + "/" + id
	have := m.events[key]
	version := int64(rapid.IntRange(max(0, len(have)-1), len(have)).Draw(rt, "version"))
	c := dialog.Commit{Bot: bot, Conversation: id, Version: version}
	for i := range rapid.IntRange(1, 3).Draw(rt, "events") {
		data, err := json.Marshal(rapid.String().Draw(rt, "data"))
		if err != nil {
			rt.Fatal(err)
		}
		c.Events = append(c.Events, dialog.Event{
			ID: "e", Bot: bot, Conversation: id, Seq: version + int64(i) + 1, Type: dialog.MessageReceived,
			At: time.Unix(0, rapid.Int64Range(1, 1<<60).Draw(rt, "at")).UTC(), Data: data,
		})
	}
	c.Summary = dialog.Summary{Status: rapid.SampledFrom([]dialog.Status{dialog.StatusBot, dialog.StatusQueued, dialog.StatusClosed}).Draw(rt, "status")}
	if version == 0 {
		c.IdempotencyKey = rapid.SampledFrom([]string{"", "k1", "k2"}).Draw(rt, "key")
	}
	got, err := s.Append(context.Background(), c)

	before, repeated := m.begun[bot+"/"+c.IdempotencyKey]
	switch {
	case version == 0 && c.IdempotencyKey != "" && repeated:
		if err != nil || got != before {
			rt.Fatalf("a repeated start gave %q, %v, want %q", got, err, before)
		}
		return
	case version != int64(len(have)):
		if !fault.Is(err, fault.Conflict) {
			rt.Fatalf("a stale version gave %v, want %s", err, fault.Conflict)
		}
		return
	case err != nil || got != id:
		rt.Fatalf("got %q, %v", got, err)
	}
	m.events[key] = append(slices.Clip(have), c.Events...)
	if c.IdempotencyKey != "" {
		m.begun[bot+"/"+c.IdempotencyKey] = id
	}
	c.Summary.Bot, c.Summary.Conversation, c.Summary.Seq = bot, id, int64(len(m.events[key]))
	m.rows[key] = c.Summary
}

// put writes an article with a version that may be stale.
func (m *model) put(rt *rapid.T, s *Store, bot, id string) {
	key := bot + "/" + id
	have := m.articles[key]
	a := kb.Article{
		ID: id, Question: "q", Answer: rapid.StringMatching(`[a-z你好😀'"\\]{0,8}`).Draw(rt, "answer"),
		Similar: rapid.SliceOfN(rapid.StringMatching(`[a-z，。]{1,4}`), 1, 3).Draw(rt, "similar"),
		Version: rapid.IntRange(0, have.Version+1).Draw(rt, "version"),
	}
	got, r, err := s.ChangeArticles(context.Background(), bot, kb.Change{Put: []kb.Article{a}})
	if a.Version > 0 && a.Version != have.Version {
		if !fault.Is(err, fault.Conflict) {
			rt.Fatalf("a stale article gave %v, want %s", err, fault.Conflict)
		}
		return
	}
	m.versions[key]++
	if err != nil || got[0].Version != m.versions[key] || r.Number != int64(len(m.past[bot]))+1 {
		rt.Fatalf("got %+v as %+v, %v", got, r, err)
	}
	m.articles[key] = got[0]
	m.past[bot] = append(m.past[bot], m.base(bot))
}

// base is what a bot's articles should be.
func (m *model) base(bot string) []kb.Article {
	articles := []kb.Article{}
	for _, id := range []string{"1", "2", "3"} {
		if a, ok := m.articles[bot+"/"+id]; ok {
			articles = append(articles, a)
		}
	}
	return articles
}

func (m *model) check(rt *rapid.T, s *Store, shops []string) {
	for _, bot := range shops {
		var rows int
		for _, id := range []string{"1", "2", "3"} {
			key := bot + "/" + id
			events, err := s.Events(context.Background(), bot, id, 0)
			if len(m.events[key]) == 0 {
				if !fault.Is(err, fault.NotFound) {
					rt.Fatalf("%s: got %v, want %s", key, err, fault.NotFound)
				}
				continue
			}
			rows++
			if d := cmp.Diff(m.events[key], events); err != nil || d != "" {
				rt.Fatalf("%s: %v\n%s", key, err, d)
			}
			row, err := s.Summary(context.Background(), bot, id)
			if d := cmp.Diff(m.rows[key], row); err != nil || d != "" {
				rt.Fatalf("%s: %v\n%s", key, err, d)
			}
		}
		list, err := s.Summaries(context.Background(), dialog.Filter{Bot: bot})
		if err != nil || len(list) != rows {
			rt.Fatalf("%s lists %d conversations (%v), want %d", bot, len(list), err, rows)
		}
		articles, err := s.Articles(context.Background(), bot)
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(m.base(bot), articles); d != "" {
			rt.Fatal(d)
		}
		for i, want := range m.past[bot] {
			then, err := s.ArticlesAt(context.Background(), bot, int64(i)+1)
			if d := cmp.Diff(want, then); err != nil || d != "" {
				rt.Fatalf("revision %d of %s: %v\n%s", i+1, bot, err, d)
			}
		}
	}
}
