package bus

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/yingda/yingda/dialog"
)

// kept is a Reader of what was put into it.
type kept struct {
	mu     sync.Mutex
	events map[string][]dialog.Event
	broken bool
}

func (k *kept) put(conversation string, events []dialog.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.events == nil {
		k.events = map[string][]dialog.Event{}
	}
	k.events[conversation] = append(k.events[conversation], events...)
}

// Events returns what was put.
func (k *kept) Events(_ context.Context, _, conversation string, after int64) ([]dialog.Event, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken {
		return nil, errors.New("broken")
	}
	var later []dialog.Event
	for _, e := range k.events[conversation] {
		if e.Seq > after {
			later = append(later, e)
		}
	}
	return later, nil
}

func postgresDSN(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv("YINGDA_TEST_PG")
	if dsn == "" {
		t.Skip("SKIPPED: set YINGDA_TEST_PG=postgres://… to run this on PostgreSQL")
	}
	return dsn
}

// pair opens two engines that stand for two processes with one store.
func pair(t *testing.T, buffer int, store *kept) (here, there *postgres) {
	open := func() *postgres {
		b, err := Open(t.Context(), Options{DSN: postgresDSN(t), Reader: store, Buffer: buffer})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
		return b.(*postgres)
	}
	return open(), open()
}

func TestPostgres(t *testing.T) {
	postgresDSN(t)
	runScenarios(t, func(t *testing.T, buffer int) nodes {
		store := &kept{}
		here, there := pair(t, buffer, store)
		return nodes{here: here, there: there, commit: func(c string, first, n int) {
			events := eventsOf(c, first, n)
			store.put(c, events)
			here.Publish(events)
		}}
	})
}

// TestPostgresConnectionLost cuts the engines' connections at the server.
func TestPostgresConnectionLost(t *testing.T) {
	dsn := postgresDSN(t)
	store := &kept{}
	here, there := pair(t, 16, store)
	warm := there.Subscribe(Filter{Bot: "demo"})
	store.put("a", eventsOf("a", 1, 1))
	here.Publish(eventsOf("a", 1, 1)) // opens the sending connection too
	next(t, warm)

	admin, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := admin.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	_, err = admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE pid <> pg_backend_pid() AND datname = current_database() AND query ~ 'yingda_bus|pg_notify'`)
	if err != nil {
		t.Fatal(err)
	}
	ended(t, warm, true)

	again := there.Subscribe(Filter{Bot: "demo"})
	store.put("a", eventsOf("a", 2, 1))
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) { // the sender may need a notice to see that its connection is gone
		here.Publish(eventsOf("a", 2, 1))
		select {
		case m := <-again.C():
			if m.Events[0].Seq != 2 {
				t.Errorf("got %+v", m)
			}
			return
		case <-again.Done():
			if !again.Lagged() {
				t.Fatal("the subscription ended without a loss")
			}
			again = there.Subscribe(Filter{Bot: "demo"})
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatal("the engines did not find each other again")
}

func TestPostgresUnreadable(t *testing.T) {
	store := &kept{broken: true}
	here, there := pair(t, 16, store)
	s := there.Subscribe(Filter{Bot: "demo"})
	here.Publish(eventsOf("a", 1, 1))
	ended(t, s, true)
}

func TestPostgresOverflowMakesOthersResync(t *testing.T) {
	here, there := pair(t, 16, &kept{})
	s := there.Subscribe(Filter{Bot: "demo"})
	for range outbound {
		here.oweResync() // as tell does when its queue is full
	}
	ended(t, s, true)
}

func FuzzNotice(f *testing.F) {
	f.Add(`{"n":"x","b":"demo","c":"a","f":1,"l":2}`)
	f.Add(`{"n":"x","t":{"bot":"demo"}}`)
	f.Add(`{"x":true}`)
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, payload string) {
		store := &kept{}
		store.put("a", eventsOf("a", 1, 3))
		p := &postgres{memory: newMemory(4), node: "me", reader: store, log: discard()}
		s := p.Subscribe(Filter{Bot: "demo", Conversation: "a"})
		p.hear(context.Background(), payload)
		select {
		case m := <-s.C():
			if m.Typing == nil && len(m.Events) == 0 {
				t.Errorf("%q delivered nothing", payload)
			}
		default:
		}
	})
}
