package autoreply_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/autoreply"
	"github.com/yingda/yingda/dialog/memory"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// plainMind understands greetings and nothing else.
type plainMind struct{}

func (plainMind) Analyze(_ context.Context, r nlu.Request) (nlu.Result, error) {
	name := "unclear"
	if r.Text == "您好" {
		name = "greeting"
	}
	res := nlu.Result{Text: r.Text, Intent: nlu.Intent{Name: name, Confidence: 0.9}, Entities: []nlu.Entity{}, Sentiment: nlu.Sentiment{Label: nlu.Neutral, Score: 1}}
	res.Intents = []nlu.Intent{res.Intent}
	return res, nil
}

func (plainMind) Search(context.Context, kb.Query) ([]kb.Hit, error) { return nil, nil }

func profiles(bot string) (dialog.Profile, error) {
	if bot != "demo" {
		return dialog.Profile{}, fault.New(fault.NotFound, "no bot %q", bot)
	}
	return dialog.Profile{Bot: bot, Name: "云栖优品", BotName: "小应", Location: noon.Location(), MissLimit: 100}, nil
}

// fixed are settings that never change.
type fixed struct {
	autoreply.Store
	settings autoreply.Settings
}

func (f fixed) AutoReplies(context.Context, string) (autoreply.Saved, error) {
	return autoreply.Saved{Settings: f.settings, Version: 1}, nil
}

func newManager(t testing.TB, st dialog.Store, c clock.Clock, auto dialog.AutoReplies) *dialog.Manager {
	t.Helper()
	m, err := dialog.NewManager(dialog.Options{
		Store: st, Analyzer: plainMind{}, Retriever: plainMind{}, Profiles: profiles, Clock: c, IDs: ident.NewULID(c),
		AutoReplies: auto, Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAutomaticRepliesHoldBack drives random talk, desk actions, time and
// restarts through a Manager, and checks in the log of events: never two
// automatic replies without visitor, bot or agent doing something between,
// none in a closed conversation, none more often than the settings say.
func TestAutomaticRepliesHoldBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		settings := all(t)
		for i := range settings.Rules {
			settings.Rules[i].Most = rapid.IntRange(1, 3).Draw(rt, "most")
			settings.Rules[i].BeforeAnswer = rapid.Bool().Draw(rt, "before")
		}
		settings.Rules[0].Texts = []string{"欢迎"}
		if rapid.Bool().Draw(rt, "hours") {
			settings.Hours = shop
		}
		now := clock.NewFake(noon)
		held := &memory.Store{}
		open := func() (*dialog.Manager, *autoreply.Service) {
			s, err := autoreply.New(autoreply.Options{Store: fixed{settings: settings}, Profiles: profiles, Clock: now, Bots: []string{"demo"}})
			if err != nil || s.Load(t.Context()) != nil {
				rt.Fatal(err)
			}
			return newManager(t, held, now, s), s
		}
		m, _ := open()
		out, err := m.Start(t.Context(), dialog.StartRequest{Bot: "demo", Visitor: "v", Channel: "web"})
		if err != nil {
			rt.Fatal(err)
		}
		c := out.State.ID
		agent := dialog.Actor{Kind: dialog.Agent, ID: "a1", Name: "小林"}
		move := func(to dialog.Status, owner dialog.Actor) func(dialog.State) ([]dialog.Draft, error) {
			return func(s dialog.State) ([]dialog.Draft, error) {
				return []dialog.Draft{{Type: dialog.StatusChanged, Actor: agent, Data: dialog.StatusChange{From: s.Status, To: to, Owner: owner}}}, nil
			}
		}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			now.Advance(time.Duration(rapid.IntRange(1, 1500).Draw(rt, "seconds")) * time.Second)
			var err error
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0, 1:
				text := rapid.SampledFrom([]string{"您好", "在吗在吗", "转人工", "不用转人工"}).Draw(rt, "text")
				_, err = m.Receive(t.Context(), dialog.Incoming{Bot: "demo", Conversation: c, Text: text})
			case 2:
				_, _, err = m.Do(t.Context(), "demo", c, move(dialog.StatusHuman, agent))
			case 3:
				_, _, err = m.Do(t.Context(), "demo", c, func(dialog.State) ([]dialog.Draft, error) {
					return []dialog.Draft{{Type: dialog.MessageSent, Actor: agent, Data: dialog.Message{Text: "您好"}}}, nil
				})
			case 4:
				if rapid.IntRange(0, 4).Draw(rt, "end") == 0 {
					_, _, err = m.Do(t.Context(), "demo", c, move(dialog.StatusClosed, dialog.Actor{}))
				}
			case 5:
				m, _ = open() // the program starts anew
			default:
				sc := autoreply.Scene{Settings: settings, Now: now.Now(), Position: 2}
				sc.Profile, err = profiles("demo")
				if err == nil {
					_, _, err = m.Do(t.Context(), "demo", c, func(s dialog.State) ([]dialog.Draft, error) {
						sc.State = s
						return autoreply.Due(sc), nil
					})
				}
			}
			if err != nil && !fault.Is(err, fault.Conflict) {
				rt.Fatal(err)
			}
		}
		events, err := held.Events(t.Context(), "demo", c, 0)
		if err != nil {
			rt.Fatal(err)
		}
		if err := holdsBack(events, settings); err != nil {
			rt.Fatal(err)
		}
	})
}

// holdsBack checks a log by reading the events alone.
func holdsBack(events []dialog.Event, settings autoreply.Settings) error {
	silent, closed := true, false
	count := map[string]int{}
	for _, e := range events {
		switch e.Type {
		case dialog.MessageReceived:
			silent = false
		case dialog.StatusChanged:
			var d dialog.StatusChange
			if err := json.Unmarshal(e.Data, &d); err != nil {
				return err
			}
			closed = d.To == dialog.StatusClosed
			silent = silent && e.Actor.Kind == dialog.System
		case dialog.MessageSent:
			var d dialog.Message
			if err := json.Unmarshal(e.Data, &d); err != nil {
				return err
			}
			if d.Auto == "" {
				silent = false
				continue
			}
			count[d.Auto]++
			if silent || closed {
				return fmt.Errorf("event %d, %s: silent %v, closed %v", e.Seq, d.Auto, silent, closed)
			}
			silent = true
		}
	}
	for _, r := range settings.Rules {
		if n := count[string(r.Kind)]; n > r.Most {
			return fmt.Errorf("%s was said %d times, at most %d", r.Kind, n, r.Most)
		}
	}
	return nil
}

// world is a service over a database.
type world struct {
	t     *testing.T
	db    *store.Store
	clock *clock.Fake
	// asked counts who asked for the most asked questions; popular is what
	// went wrong with it.
	asked   int
	popular error
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, clock: clock.NewFake(noon)}
	db, err := store.Open(t.Context(), store.Options{DSN: filepath.Join(t.TempDir(), "yingda.db"), Clock: w.clock, Relaxed: true})
	w.must(err)
	t.Cleanup(func() { w.must(db.Close()) })
	w.db = db
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// open starts the program anew on the same database.
func (w *world) open() (*autoreply.Service, *dialog.Manager) {
	var m *dialog.Manager
	s, err := autoreply.New(autoreply.Options{
		Store: w.db, Profiles: profiles, Clock: w.clock, Bots: []string{"demo"}, Batch: 3,
		Popular: func(context.Context, string) ([]string, error) {
			w.asked++
			return []string{"怎么退货"}, w.popular
		},
		Queue: func(ctx context.Context, bot string) ([]autoreply.Place, error) {
			rows, err := m.Summaries(ctx, dialog.Filter{Bot: bot, Statuses: []dialog.Status{dialog.StatusQueued}})
			places := make([]autoreply.Place, len(rows))
			for i, r := range rows {
				places[i] = autoreply.Place{Conversation: r.Conversation, Position: i + 1, QueuedAt: r.QueuedAt}
			}
			return places, err
		},
	})
	w.must(err)
	m = newManager(w.t, w.db, w.clock, s)
	return s, m
}

func (w *world) talk(m *dialog.Manager, text string) string {
	w.t.Helper()
	out, err := m.Start(w.t.Context(), dialog.StartRequest{Bot: "demo", Visitor: "v", Channel: "web"})
	w.must(err)
	_, err = m.Receive(w.t.Context(), dialog.Incoming{Bot: "demo", Conversation: out.State.ID, Text: text})
	w.must(err)
	return out.State.ID
}

// automatic counts what a conversation was told.
func (w *world) automatic(m *dialog.Manager, c, kind string) int {
	w.t.Helper()
	st, err := m.State(w.t.Context(), "demo", c)
	w.must(err)
	return st.Automatic.Said[kind].Count
}

func TestSweepSaysNothingTwice(t *testing.T) {
	w := newWorld(t)
	s, m := w.open()
	_, err := s.Save(t.Context(), "demo", all(t), 0, "训练师")
	w.must(err)
	first, second := w.talk(m, "转人工"), w.talk(m, "转人工")
	w.clock.Advance(time.Minute)
	for range 3 { // the same program, then others on the same database
		w.must(s.Sweep(t.Context(), m))
		w.must(s.Sweep(t.Context(), m))
		s, m = w.open()
	}
	for i, c := range []string{first, second} {
		if n := w.automatic(m, c, "waiting"); n != 1 {
			t.Errorf("conversation %d heard %d notices", i+1, n)
		}
	}
	events, err := m.Events(t.Context(), "demo", second, 0)
	w.must(err)
	var last dialog.Message
	w.must(json.Unmarshal(events[len(events)-1].Data, &last))
	if last.Auto != "waiting" || last.Kind != dialog.KindAuto {
		t.Errorf("the second in the queue heard %+v", last)
	}
}

func TestSweepGoesThroughAllIdleConversations(t *testing.T) {
	w := newWorld(t)
	s, m := w.open() // three at a time
	settings := all(t)
	settings.Rules[4].Channels = []string{"app"} // those on the web stay as they are
	_, err := s.Save(t.Context(), "demo", settings, 0, "训练师")
	w.must(err)
	for range 5 {
		w.talk(m, "您好")
	}
	out, err := m.Start(t.Context(), dialog.StartRequest{Bot: "demo", Visitor: "v", Channel: "app"})
	w.must(err)
	w.clock.Advance(time.Minute)
	_, err = m.Receive(t.Context(), dialog.Incoming{Bot: "demo", Conversation: out.State.ID, Text: "在吗在吗"})
	w.must(err)
	w.clock.Advance(10 * time.Minute)
	for range 3 {
		w.must(s.Sweep(t.Context(), m))
	}
	if n := w.automatic(m, out.State.ID, "silent_visitor"); n != 1 {
		t.Fatalf("the last of the idle was asked %d times", n)
	}
	w.clock.Advance(10 * time.Minute)
	for range 3 {
		w.must(s.Sweep(t.Context(), m))
	}
	st, err := m.State(t.Context(), "demo", out.State.ID)
	w.must(err)
	if st.Status != dialog.StatusClosed {
		t.Errorf("after the question it is %s", st.Status)
	}
}

func TestSettings(t *testing.T) {
	w := newWorld(t)
	s, _ := w.open()
	saved, err := s.Settings(t.Context(), "demo")
	w.must(err)
	if saved.Version != 0 || len(saved.Settings.Rules) != len(autoreply.Kinds()) {
		t.Errorf("the defaults are %+v", saved)
	}
	for name, c := range map[string]struct {
		bot      string
		settings autoreply.Settings
		version  int
		code     fault.Code
	}{
		"unknown bot": {"none", autoreply.Settings{}, 0, fault.NotFound},
		"bad":         {"demo", autoreply.Settings{PaceSeconds: -1}, 0, fault.Invalid},
		"stale":       {"demo", autoreply.Settings{}, 3, fault.Conflict},
	} {
		if _, err := s.Save(t.Context(), c.bot, c.settings, c.version, "训练师"); !fault.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Settings(t.Context(), "none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown bot: %v", err)
	}
	if _, err := autoreply.New(autoreply.Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without parts: %v", err)
	}
	other, _ := w.open() // another replica
	_, err = s.Save(t.Context(), "demo", autoreply.Settings{}, 0, "训练师")
	w.must(err)
	saved, err = other.Settings(t.Context(), "demo")
	w.must(err)
	if saved.Version != 1 || saved.Author != "训练师" || len(saved.Settings.Rules) != 0 {
		t.Errorf("the other replica has %+v", saved)
	}
}

func TestPopularQuestionsAreTheMenu(t *testing.T) {
	w := newWorld(t)
	s, m := w.open()
	w.must(s.Sweep(t.Context(), m))
	w.must(s.Sweep(t.Context(), m))
	if w.asked != 1 {
		t.Errorf("asked %d times within seconds", w.asked)
	}
	w.clock.Advance(time.Hour)
	w.popular = fault.New(fault.Unavailable, "down")
	if err := s.Sweep(t.Context(), m); !fault.Is(err, fault.Unavailable) || w.asked != 2 {
		t.Errorf("after an hour: %v, asked %d times", err, w.asked)
	}
	st, err := m.State(t.Context(), "demo", w.talk(m, "您好"))
	w.must(err)
	if len(st.LastBot.Buttons) != 1 || st.LastBot.Buttons[0].Text != "怎么退货" || st.LastBot.Auto != "first_message" {
		t.Errorf("the greeting is %+v", st.LastBot)
	}
}

func TestRunStops(t *testing.T) {
	w := newWorld(t)
	s, m := w.open()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx, m)
	}()
	c := w.talk(m, "转人工")
	deadline := time.Now().Add(10 * time.Second)
	for w.automatic(m, c, "waiting") == 0 && time.Now().Before(deadline) {
		w.clock.Advance(10 * time.Second)
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
	if w.automatic(m, c, "waiting") != 1 {
		t.Error("who waits was told nothing")
	}
}

func BenchmarkDue(b *testing.B) {
	sc := scene(b, state(dialog.StatusQueued), time.Minute)
	for b.Loop() {
		if len(autoreply.Due(sc)) != 1 {
			b.Fatal("nothing is due")
		}
	}
}
