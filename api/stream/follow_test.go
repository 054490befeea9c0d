package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// history is a Reader and Summaries over events in memory.
type history struct {
	mu     sync.Mutex
	events map[string][]dialog.Event
	fail   error
}

func (h *history) append(conversation string, n int, kinds ...dialog.EventType) []dialog.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.events == nil {
		h.events = map[string][]dialog.Event{}
	}
	have := h.events[conversation]
	for i := range n {
		kind := dialog.MessageSent
		if len(kinds) > 0 {
			kind = kinds[i%len(kinds)]
		}
		seq := int64(len(have) + 1)
		have = append(have, dialog.Event{
			ID: fmt.Sprint("evt_", seq), Bot: "demo", Conversation: conversation, Seq: seq, Type: kind,
			Actor: dialog.Actor{Kind: dialog.Bot}, Data: json.RawMessage(`{"text":"a\nb"}`),
		})
	}
	h.events[conversation] = have
	return have[len(have)-n:]
}

func (h *history) Events(_ context.Context, bot, conversation string, after int64) ([]dialog.Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		return nil, h.fail
	}
	have, ok := h.events[conversation]
	if !ok || bot != "demo" {
		return nil, fault.New(fault.NotFound, "没有这个会话。")
	}
	after = min(after, int64(len(have)))
	return append([]dialog.Event(nil), have[after:]...), nil
}

func (h *history) Summary(_ context.Context, bot, conversation string) (dialog.Summary, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return dialog.Summary{Bot: bot, Conversation: conversation, Seq: int64(len(h.events[conversation]))}, nil
}

func (h *history) Summaries(ctx context.Context, f dialog.Filter) ([]dialog.Summary, error) {
	h.mu.Lock()
	var ids []string
	for id := range h.events {
		ids = append(ids, id)
	}
	h.mu.Unlock()
	var rows []dialog.Summary
	for _, id := range ids {
		row, err := h.Summary(ctx, f.Bot, id)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func openBus(t *testing.T, buffer int) bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{DSN: "memory", Buffer: buffer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// collect follows until it has the events up to last.
func collect(t *testing.T, s Source, after, last int64, slow bool) []int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var got []int64
	err := s.Follow(ctx, "demo", "c", after, Sink{Events: func(events []dialog.Event) error {
		for _, e := range events {
			got = append(got, e.Seq)
			if e.Seq == last {
				cancel()
			}
		}
		if slow {
			time.Sleep(time.Millisecond)
		}
		return nil
	}})
	if err != nil {
		t.Error(err)
	}
	return got
}

func checkSequence(t *testing.T, got []int64, first, last int64) {
	t.Helper()
	if int64(len(got)) != last-first+1 {
		t.Fatalf("got %d events, want %d to %d", len(got), first, last)
	}
	for i, seq := range got {
		if seq != first+int64(i) {
			t.Fatalf("event %d has seq %d, want %d", i, seq, first+int64(i))
		}
	}
}

// TestFollowUnderWriters resumes from everywhere while commits arrive, some
// twice, some early, some not at all, at readers fast and slow.
func TestFollowUnderWriters(t *testing.T) {
	const total = 600 // and one more, at the end
	h := &history{}
	h.append("c", 5)
	b := openBus(t, 8)
	s := Source{Reader: h, Bus: b}
	var wg sync.WaitGroup
	for reader := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			after := int64(reader % 6)
			checkSequence(t, collect(t, s, after, total+1, reader%2 == 0), after+1, total+1)
		}()
	}
	var held [][]dialog.Event
	for n := 5; n < total; {
		k := min(1+rand.IntN(3), total-n)
		n += k
		events := h.append("c", k)
		switch rand.IntN(6) {
		case 0: // its message is lost
		case 1:
			b.Publish(events)
			b.Publish(events)
		case 2: // a later commit comes first
			held = append(held, events)
		default:
			b.Publish(events)
			for _, late := range held {
				b.Publish(late)
			}
			held = nil
		}
		if rand.IntN(20) == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	last := h.append("c", 1) // tells those that wait for a lost message
	for {
		select {
		case <-done:
			return
		case <-time.After(20 * time.Millisecond):
			b.Publish(last)
		}
	}
}

func TestFollowEnds(t *testing.T) {
	h := &history{}
	h.append("c", 2)
	b := openBus(t, 8)
	s := Source{Reader: h, Bus: b}
	none := Sink{Events: func([]dialog.Event) error { return nil }}
	if err := s.Follow(t.Context(), "demo", "none", 0, none); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want %s", err, fault.NotFound)
	}
	stop := errors.New("stop")
	if err := s.Follow(t.Context(), "demo", "c", 0, Sink{Events: func([]dialog.Event) error { return stop }}); !errors.Is(err, stop) {
		t.Errorf("got %v, want the sink's error", err)
	}
	if err := s.Follow(t.Context(), "demo", "c", 2, Sink{Ready: func() error { return stop }}); !errors.Is(err, stop) {
		t.Errorf("got %v, want the sink's error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Follow(ctx, "demo", "c", 0, none); err != nil {
		t.Errorf("got %v, want none", err)
	}
	none.Ready = b.Close
	if err := s.Follow(t.Context(), "demo", "c", 0, none); !errors.Is(err, ErrEnded) {
		t.Errorf("got %v, want %v", err, ErrEnded)
	}
}

func TestFollowTyping(t *testing.T) {
	h := &history{}
	h.append("c", 1)
	b := openBus(t, 8)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got bus.Typing
	err := Source{Reader: h, Bus: b}.Follow(ctx, "demo", "c", 1, Sink{
		Ready:  func() error { b.Type(bus.Typing{Bot: "demo", Conversation: "c", Text: "我想"}); return nil },
		Typing: func(t bus.Typing) error { got = t; cancel(); return nil },
	})
	if err != nil || got.Text != "我想" {
		t.Errorf("got %+v, %v", got, err)
	}
}
