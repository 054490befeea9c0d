package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// nodes are two ends of one bus: the same engine, or two processes' engines.
type nodes struct {
	here, there Bus
	// commit makes events readable everywhere and publishes them here.
	commit func(conversation string, first, n int)
}

func runScenarios(t *testing.T, open func(t *testing.T, buffer int) nodes) {
	for name, scenario := range map[string]func(*testing.T, func(*testing.T, int) nodes){
		"delivery":          scenarioDelivery,
		"order":             scenarioOrder,
		"typing":            scenarioTyping,
		"slow subscriber":   scenarioSlow,
		"closed":            scenarioClose,
		"many at once":      scenarioManyAtOnce,
		"several at a time": scenarioMixedCommit,
	} {
		t.Run(name, func(t *testing.T) { scenario(t, open) })
	}
}

func eventsOf(conversation string, first, n int) []dialog.Event {
	events := make([]dialog.Event, n)
	for i := range events {
		data, err := json.Marshal(dialog.Message{Text: fmt.Sprint("消息 ", first+i)})
		if err != nil {
			panic(err)
		}
		events[i] = dialog.Event{
			ID: fmt.Sprintf("evt_%s_%d", conversation, first+i), Bot: "demo", Conversation: conversation, Seq: int64(first + i),
			Type: dialog.MessageReceived, At: time.Unix(int64(first+i), 0).UTC(), Actor: dialog.Actor{Kind: dialog.Visitor}, Data: data,
		}
	}
	return events
}

func next(t *testing.T, s *Subscription) Message {
	t.Helper()
	select {
	case m := <-s.C():
		return m
	case <-s.Done():
		t.Fatalf("the subscription ended (lagged: %v)", s.Lagged())
	case <-time.After(10 * time.Second):
		t.Fatal("no message came")
	}
	return Message{}
}

func silent(t *testing.T, s *Subscription) {
	t.Helper()
	select {
	case m := <-s.C():
		t.Fatalf("unexpected message %+v", m)
	case <-time.After(50 * time.Millisecond):
	}
}

func ended(t *testing.T, s *Subscription, lagged bool) {
	t.Helper()
	select {
	case <-s.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the subscription goes on")
	}
	if s.Lagged() != lagged {
		t.Errorf("lagged = %v, want %v", s.Lagged(), lagged)
	}
}

func scenarioDelivery(t *testing.T, open func(*testing.T, int) nodes) {
	n := open(t, 16)
	mine := n.there.Subscribe(Filter{Bot: "demo", Conversation: "a"})
	other := n.there.Subscribe(Filter{Bot: "demo", Conversation: "b"})
	all := n.there.Subscribe(Filter{Bot: "demo"})
	stranger := n.there.Subscribe(Filter{Bot: "shop2"})
	n.commit("a", 1, 3)
	for _, s := range []*Subscription{mine, all} {
		if d := cmp.Diff(eventsOf("a", 1, 3), next(t, s).Events); d != "" {
			t.Error(d)
		}
	}
	silent(t, other)
	silent(t, stranger)
	mine.Close()
	mine.Close()
	ended(t, mine, false)
	n.commit("a", 4, 1)
	if got := next(t, all).Events; len(got) != 1 || got[0].Seq != 4 {
		t.Errorf("got %+v", got)
	}
	silent(t, mine)
}

func scenarioOrder(t *testing.T, open func(*testing.T, int) nodes) {
	const commits = 200
	n := open(t, commits)
	s := n.there.Subscribe(Filter{Bot: "demo", Conversation: "a"})
	for i := range commits {
		n.commit("a", 1+2*i, 2)
	}
	for want := int64(1); want < 2*commits; want += 2 {
		if got := next(t, s).Events; len(got) != 2 || got[0].Seq != want {
			t.Fatalf("got %+v, want seq %d", got, want)
		}
	}
}

func scenarioTyping(t *testing.T, open func(*testing.T, int) nodes) {
	n := open(t, 16)
	s := n.there.Subscribe(Filter{Bot: "demo"})
	want := Typing{Bot: "demo", Conversation: "a", From: dialog.Visitor, Text: "我想问一下…😀"}
	n.here.Type(want)
	if got := next(t, s); got.Typing == nil || *got.Typing != want || got.Events != nil {
		t.Errorf("got %+v", got)
	}
}

func scenarioSlow(t *testing.T, open func(*testing.T, int) nodes) {
	n := open(t, 4)
	slow := n.there.Subscribe(Filter{Bot: "demo", Conversation: "a"})
	fast := n.there.Subscribe(Filter{Bot: "demo", Conversation: "a"})
	for i := range 20 { // the publisher never waits for the slow one
		n.commit("a", i+1, 1)
		if got := next(t, fast).Events; got[0].Seq != int64(i+1) {
			t.Fatalf("got %+v, want seq %d", got, i+1)
		}
	}
	ended(t, slow, true)
	again := n.there.Subscribe(Filter{Bot: "demo", Conversation: "a"})
	n.commit("a", 21, 1)
	if got := next(t, again).Events; got[0].Seq != 21 {
		t.Errorf("got %+v", got)
	}
}

func scenarioClose(t *testing.T, open func(*testing.T, int) nodes) {
	n := open(t, 16)
	s := n.there.Subscribe(Filter{Bot: "demo"})
	if err := n.there.Close(); err != nil {
		t.Fatal(err)
	}
	ended(t, s, false)
	late := n.there.Subscribe(Filter{Bot: "demo"})
	ended(t, late, false)
	n.commit("a", 1, 1)
	silent(t, s)
	if err := n.there.Close(); err != nil {
		t.Fatal(err)
	}
}

func scenarioManyAtOnce(t *testing.T, open func(*testing.T, int) nodes) {
	const publishers, each = 6, 30
	n := open(t, publishers*each)
	all := n.there.Subscribe(Filter{Bot: "demo"})
	var wg sync.WaitGroup
	for p := range publishers {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for i := range each {
				n.commit(fmt.Sprint("conv_", p), i+1, 1)
			}
		}()
		go func() { // comings and goings beside them
			defer wg.Done()
			for range each {
				s := n.here.Subscribe(Filter{Bot: "demo", Conversation: fmt.Sprint("conv_", p)})
				s.Close()
			}
		}()
	}
	wg.Wait()
	last := map[string]int64{}
	for range publishers * each {
		e := next(t, all).Events[0]
		if e.Seq != last[e.Conversation]+1 {
			t.Fatalf("%s: seq %d after %d", e.Conversation, e.Seq, last[e.Conversation])
		}
		last[e.Conversation] = e.Seq
	}
}

func scenarioMixedCommit(t *testing.T, open func(*testing.T, int) nodes) {
	n := open(t, 16)
	a := n.here.Subscribe(Filter{Bot: "demo", Conversation: "a"})
	all := n.here.Subscribe(Filter{Bot: "demo"})
	n.here.Publish(append(eventsOf("a", 1, 2), eventsOf("b", 1, 1)...))
	n.here.Publish(nil)
	if got := next(t, a).Events; len(got) != 2 {
		t.Errorf("got %+v", got)
	}
	if first, second := next(t, all).Events, next(t, all).Events; len(first) != 2 || len(second) != 1 || second[0].Conversation != "b" {
		t.Errorf("got %+v and %+v", first, second)
	}
	silent(t, all)
}

func TestMemory(t *testing.T) {
	runScenarios(t, func(t *testing.T, buffer int) nodes {
		b, err := Open(t.Context(), Options{DSN: "yingda.db", Buffer: buffer})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
		return nodes{here: b, there: b, commit: func(c string, first, n int) { b.Publish(eventsOf(c, first, n)) }}
	})
}

func TestOpenFaults(t *testing.T) {
	for _, c := range []struct {
		options Options
		code    fault.Code
	}{
		{Options{DSN: "postgres://127.0.0.1:1/x?connect_timeout=1", Reader: &kept{}}, fault.Unavailable},
		{Options{DSN: "postgres://127.0.0.1:1/x"}, fault.Invalid},
		{Options{DSN: "postgres://%zz", Reader: &kept{}}, fault.Invalid},
	} {
		if _, err := Open(context.Background(), c.options); !fault.Is(err, c.code) {
			t.Errorf("%s: got %v, want %s", c.options.DSN, err, c.code)
		}
	}
}

func BenchmarkPublish(b *testing.B) {
	m := newMemory(16)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 100 {
		s := m.Subscribe(Filter{Bot: "demo", Conversation: fmt.Sprint("conv_", i)})
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-s.C():
				case <-stop:
					return
				}
			}
		}()
	}
	events := eventsOf("conv_7", 1, 3)
	for b.Loop() {
		m.Publish(events)
	}
	close(stop)
	wg.Wait()
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
