package memory_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/memory"
	"github.com/yingda/yingda/internal/fault"
)

var ctx = context.Background()

// events makes n events after a version.
func events(after int64, n int) []dialog.Event {
	var list []dialog.Event
	for i := range n {
		list = append(list, dialog.Event{Bot: "b", Conversation: "c", Seq: after + int64(i) + 1, Type: dialog.NoteAdded})
	}
	return list
}

func commit(version int64, n int) dialog.Commit {
	return dialog.Commit{Bot: "b", Conversation: "c", Version: version, Events: events(version, n)}
}

func TestAppend(t *testing.T) {
	s := &memory.Store{}
	for _, tt := range []struct {
		name string
		c    dialog.Commit
		code fault.Code
	}{
		{"begins", commit(0, 2), ""}, {"goes on", commit(2, 1), ""}, {"stale", commit(2, 1), fault.Conflict}, {"ahead", commit(9, 1), fault.Conflict},
		{"begins again", commit(0, 1), fault.Conflict}, {"empty", commit(3, 0), fault.Invalid},
		{"gap", dialog.Commit{Bot: "b", Conversation: "c", Version: 3, Events: events(5, 1)}, fault.Invalid},
	} {
		if _, err := s.Append(ctx, tt.c); fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.code)
		}
	}
	got, err := s.Events(ctx, "b", "c", 1)
	if err != nil || len(got) != 2 || got[0].Seq != 2 {
		t.Errorf("events %v, %v", got, err)
	}
	got[0].Type = "changed"
	if again, err := s.Events(ctx, "b", "c", 1); err != nil || again[0].Type != dialog.NoteAdded {
		t.Errorf("the caller changed the store: %v, %v", again, err)
	}
}

func TestUnknownConversations(t *testing.T) {
	s := &memory.Store{}
	if _, err := s.Append(ctx, commit(0, 1)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range [][2]string{{"b", "x"}, {"x", "c"}} {
		if _, err := s.Events(ctx, tt[0], tt[1], 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v: %v, want not_found", tt, err)
		}
	}
	if got, err := s.Events(ctx, "b", "c", 99); err != nil || len(got) != 0 {
		t.Errorf("beyond the end: %v, %v", got, err)
	}
}

func TestIdempotencyKey(t *testing.T) {
	s := &memory.Store{}
	c := commit(0, 1)
	c.IdempotencyKey = "k"
	if id, err := s.Append(ctx, c); err != nil || id != "c" {
		t.Fatalf("%s, %v", id, err)
	}
	c.Conversation = "d"
	if id, err := s.Append(ctx, c); err != nil || id != "c" {
		t.Errorf("the same key began %s, %v", id, err)
	}
	c.Bot = "other"
	if id, err := s.Append(ctx, c); err != nil || id != "d" {
		t.Errorf("another bot's key is the same: %s, %v", id, err)
	}
}

func TestSummaries(t *testing.T) {
	s := &memory.Store{}
	at := func(minutes int) time.Time { return time.Unix(int64(minutes)*60, 0) }
	for _, sum := range []dialog.Summary{
		{Conversation: "old", Status: dialog.StatusBot, UpdatedAt: at(1), Visitor: "v1"}, {Conversation: "new", Status: dialog.StatusBot, UpdatedAt: at(9)},
		{Conversation: "q2", Status: dialog.StatusQueued, QueuedAt: at(5), UpdatedAt: at(8)}, {Conversation: "q1", Status: dialog.StatusQueued, QueuedAt: at(3), UpdatedAt: at(7)},
		{Conversation: "h", Status: dialog.StatusHuman, Owner: "a1", UpdatedAt: at(2)},
	} {
		sum.Bot = "b"
		if _, err := s.Append(ctx, dialog.Commit{Bot: "b", Conversation: sum.Conversation, Events: events(0, 1), Summary: sum}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		f    dialog.Filter
		want []string
	}{
		{"all", dialog.Filter{Bot: "b"}, []string{"q1", "q2", "new", "h", "old"}},
		{"queue", dialog.Filter{Bot: "b", Statuses: []dialog.Status{dialog.StatusQueued}}, []string{"q1", "q2"}},
		{"owner", dialog.Filter{Bot: "b", Owner: "a1"}, []string{"h"}}, {"visitor", dialog.Filter{Bot: "b", Visitor: "v1"}, []string{"old"}},
		{"limit", dialog.Filter{Bot: "b", Limit: 2}, []string{"q1", "q2"}}, {"another bot", dialog.Filter{Bot: "x"}, nil},
	} {
		list, err := s.Summaries(ctx, tt.f)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, sum := range list {
			got = append(got, sum.Conversation)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if _, err := s.Summaries(ctx, dialog.Filter{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a bot: %v, want invalid", err)
	}
}

func TestEndedContext(t *testing.T) {
	s := &memory.Store{}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err1 := s.Events(ended, "b", "c", 0)
	_, err2 := s.Append(ended, commit(0, 1))
	_, err3 := s.Summaries(ended, dialog.Filter{Bot: "b"})
	for i, err := range []error{err1, err2, err3} {
		if !fault.Is(err, fault.Timeout) {
			t.Errorf("call %d: %v, want timeout", i, err)
		}
	}
}

func TestOneOfManyWritersWins(t *testing.T) {
	s := &memory.Store{}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 50 {
		wg.Go(func() {
			if _, err := s.Append(ctx, commit(0, 1)); err == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d writers won version 0, want 1", won)
	}
}

func BenchmarkAppend(b *testing.B) {
	s := &memory.Store{}
	n := 0
	for b.Loop() {
		n++
		c := dialog.Commit{Bot: "b", Conversation: fmt.Sprint(n), Events: events(0, 4)}
		if _, err := s.Append(ctx, c); err != nil {
			b.Fatal(err)
		}
	}
}
