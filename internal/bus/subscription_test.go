package bus

import (
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/dialog"
)

func TestSubscriptionEndsOnce(t *testing.T) {
	m := newMemory(1)
	s := m.Subscribe(Filter{Bot: "demo"})
	if s.Lagged() {
		t.Error("a running subscription says it lagged")
	}
	m.Publish(eventsOf("a", 1, 1))
	m.Publish(eventsOf("a", 2, 1)) // the buffer is full
	ended(t, s, true)
	s.Close() // too late: it has lagged
	if !s.Lagged() {
		t.Error("closing hides that messages were lost")
	}
	if got := buffered(s); got != 1 {
		t.Errorf("the message before the loss has seq %d, want 1", got)
	}
	if n := len(m.subs); n != 0 {
		t.Errorf("%d filters are remembered for nobody", n)
	}
}

// buffered reads what is still in the buffer of an ended subscription.
func buffered(s *Subscription) int64 { return (<-s.C()).Events[0].Seq }

func TestEndingFromEverywhere(t *testing.T) {
	m := newMemory(4)
	var wg sync.WaitGroup
	for i := range 50 {
		s := m.Subscribe(Filter{Bot: "demo", Conversation: fmt.Sprint(i % 5)})
		for _, end := range []func(){s.Close, func() { m.Publish(eventsOf(fmt.Sprint(i%5), 1, 1)) }, m.lose} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				end()
			}()
		}
	}
	wg.Wait()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(m.subs); n != 0 {
		t.Errorf("%d filters are remembered for nobody", n)
	}
	m.Publish(eventsOf("1", 1, 1)) // nobody listens
	m.Type(Typing{Bot: "demo", Conversation: "1"})
}

func TestCommitsAreCutAtConversations(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var events []dialog.Event
		for i, id := range rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "c"})).Draw(rt, "conversations") {
			events = append(events, dialog.Event{Bot: "demo", Conversation: id, Seq: int64(i)})
		}
		var joined []dialog.Event
		last := ""
		for _, run := range commits(events) {
			if len(run) == 0 || run[0].Conversation == last {
				rt.Fatalf("runs are empty or not maximal: %v", run)
			}
			last = run[0].Conversation
			for _, e := range run {
				if e.Conversation != last {
					rt.Fatalf("a run holds two conversations: %v", run)
				}
			}
			joined = append(joined, run...)
		}
		if len(joined) != len(events) {
			rt.Fatalf("%d events became %d", len(events), len(joined))
		}
		for i := range events {
			if joined[i].Seq != events[i].Seq {
				rt.Fatalf("event %d moved", i)
			}
		}
	})
}
