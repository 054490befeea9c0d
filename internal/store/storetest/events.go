package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

func scenarioRoundTrip(f *fixture) {
	c := f.begin("demo", "conv_1", 3)
	c.Events[0].Data = nil
	events, err := f.store.Events(f.ctx, "demo", "conv_1", 0)
	f.must(err)
	f.same(events[1:], c.Events[1:])

	bare := dialog.Commit{Bot: "demo", Conversation: "conv_2", Events: []dialog.Event{
		{ID: "e", Bot: "demo", Conversation: "conv_2", Seq: 1, Type: dialog.ConversationStarted, At: noon},
	}}
	_, err = f.store.Append(f.ctx, bare)
	f.must(err)
	events, err = f.store.Events(f.ctx, "demo", "conv_2", 0)
	f.must(err)
	f.same(events, bare.Events)
}

func scenarioCursor(f *fixture) {
	first := f.begin("demo", "conv_1", 2)
	second := f.commit("demo", "conv_1", 2, 3)
	_, err := f.store.Append(f.ctx, second)
	f.must(err)
	all := append(first.Events, second.Events...)
	for after := range 6 {
		events, err := f.store.Events(f.ctx, "demo", "conv_1", int64(after))
		f.must(err)
		f.same(events, all[after:])
	}
	beyond, err := f.store.Events(f.ctx, "demo", "conv_1", 99)
	f.must(err)
	f.same(len(beyond), 0)
}

func scenarioUnknown(f *fixture) {
	for _, id := range []string{"conv_none", "", "a\x00b", "\xff", "'; DROP TABLE events; --"} {
		_, err := f.store.Events(f.ctx, "demo", id, 0)
		f.wants(err, fault.NotFound)
		_, err = f.store.Summary(f.ctx, "demo", id)
		f.wants(err, fault.NotFound)
	}
	_, err := f.store.Append(f.ctx, f.commit("demo", "conv_none", 4, 1))
	f.wants(err, fault.NotFound)
}

func scenarioTenants(f *fixture) {
	f.begin("a", "conv_1", 1)
	_, err := f.store.Events(f.ctx, "b", "conv_1", 0)
	f.wants(err, fault.NotFound)
	_, err = f.store.Append(f.ctx, f.commit("b", "conv_1", 1, 1))
	f.wants(err, fault.NotFound)
	f.begin("b", "conv_1", 2) // the same id in another shop is another conversation
	of, err := f.store.Events(f.ctx, "a", "conv_1", 0)
	f.must(err)
	f.same(len(of), 1)
}

func scenarioConflict(f *fixture) {
	first := f.begin("demo", "conv_1", 2)
	for _, version := range []int64{0, 1, 3} {
		_, err := f.store.Append(f.ctx, f.commit("demo", "conv_1", version, 1))
		f.wants(err, fault.Conflict)
	}
	events, err := f.store.Events(f.ctx, "demo", "conv_1", 0)
	f.must(err)
	f.same(events, first.Events)
	entries, err := f.store.ClaimOutbox(f.ctx, 10, 1)
	f.must(err)
	f.same(len(entries), 1)
}

func scenarioIdempotentStart(f *fixture) {
	c := f.commit("demo", "conv_1", 0, 1)
	c.IdempotencyKey = "k1"
	id, err := f.store.Append(f.ctx, c)
	f.must(err)
	f.same(id, "conv_1")

	again := f.commit("demo", "conv_2", 0, 2)
	again.IdempotencyKey = "k1"
	id, err = f.store.Append(f.ctx, again)
	f.must(err)
	f.same(id, "conv_1")
	_, err = f.store.Events(f.ctx, "demo", "conv_2", 0)
	f.wants(err, fault.NotFound)

	id, err = f.store.Append(f.ctx, c) // the very same commit, its answer lost
	f.must(err)
	f.same(id, "conv_1")
	first, err := f.store.Events(f.ctx, "demo", "conv_1", 0)
	f.must(err)
	f.same(first, c.Events)

	other := f.commit("other", "conv_3", 0, 1) // another bot's key
	other.IdempotencyKey = "k1"
	id, err = f.store.Append(f.ctx, other)
	f.must(err)
	f.same(id, "conv_3")
	f.begin("demo", "conv_4", 1) // no key at all, twice
	f.begin("demo", "conv_5", 1)
}

func scenarioBadCommit(f *fixture) {
	good := func() dialog.Commit { return f.commit("demo", "conv_1", 0, 2) }
	for name, spoil := range map[string]func(*dialog.Commit){
		"no bot":              func(c *dialog.Commit) { c.Bot = "" },
		"no conversation":     func(c *dialog.Commit) { c.Conversation = "" },
		"no events":           func(c *dialog.Commit) { c.Events = nil },
		"negative version":    func(c *dialog.Commit) { c.Version = -1 },
		"a gap":               func(c *dialog.Commit) { c.Events[1].Seq = 3 },
		"another's event":     func(c *dialog.Commit) { c.Events[1].Conversation = "conv_2" },
		"another bot's event": func(c *dialog.Commit) { c.Events[0].Bot = "other" },
		"a late key":          func(c *dialog.Commit) { *c = f.commit("demo", "conv_1", 1, 1); c.IdempotencyKey = "k" },
	} {
		c := good()
		spoil(&c)
		if _, err := f.store.Append(f.ctx, c); !fault.Is(err, fault.Invalid) {
			f.Errorf("%s: got %v, want %s", name, err, fault.Invalid)
		}
	}
	_, err := f.store.Events(f.ctx, "demo", "conv_1", 0)
	f.wants(err, fault.NotFound)
}

func scenarioOddText(f *fixture) {
	c := f.commit("demo", "conv_1", 0, 1)
	for _, text := range []string{"", "'\"\\%_;--?", "a\u0000b", "\u202e倒", "👩‍👩‍👧‍👦 ﷽", "line\r\nline"} {
		data, err := json.Marshal(dialog.Message{ID: "m", Text: text})
		f.must(err)
		e := c.Events[0]
		e.Seq, e.Data = int64(len(c.Events)+1), data
		c.Events = append(c.Events, e)
	}
	c.Summary.LastText = "坏\xff字\x00节"
	_, err := f.store.Append(f.ctx, c)
	f.must(err)
	events, err := f.store.Events(f.ctx, "demo", "conv_1", 0)
	f.must(err)
	f.same(events, c.Events)
	summary, err := f.store.Summary(f.ctx, "demo", "conv_1")
	f.must(err)
	f.same(summary.LastText, "坏\uFFFD字\uFFFD节")
}

func scenarioConcurrentAppends(f *fixture) {
	const writers, each = 8, 12
	f.begin("demo", "shared", 1)
	var wg sync.WaitGroup
	errs := make(chan error, writers)
	for w := range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			own := fmt.Sprintf("own_%d", w)
			errs <- errors.Join(f.appendAll(own, 0, each), f.contend("shared", each))
		}()
	}
	wg.Wait()
	for range writers {
		f.must(<-errs)
	}
	for w := range writers {
		events, err := f.store.Events(f.ctx, "demo", fmt.Sprintf("own_%d", w), 0)
		f.must(err)
		f.same(len(events), each)
	}
	shared, err := f.store.Events(f.ctx, "demo", "shared", 0)
	f.must(err)
	f.same(len(shared), 1+writers*each)
	for i, e := range shared {
		f.same(e.Seq, int64(i+1))
	}
}

// appendAll appends n commits of one event, one after the other.
func (f *fixture) appendAll(conversation string, from, n int) error {
	for i := range n {
		if _, err := f.store.Append(f.ctx, f.commit("demo", conversation, int64(from+i), 1)); err != nil {
			return err
		}
	}
	return nil
}

// contend appends n commits to a conversation that others write too, reading
// it again after each Conflict.
func (f *fixture) contend(conversation string, n int) error {
	for n > 0 {
		s, err := f.store.Summary(f.ctx, "demo", conversation)
		if err != nil {
			return err
		}
		_, err = f.store.Append(f.ctx, f.commit("demo", conversation, s.Seq, 1))
		switch {
		case err == nil:
			n--
		case !fault.Is(err, fault.Conflict):
			return err
		}
	}
	return nil
}

func scenarioConcurrentStarts(f *fixture) {
	const starters = 12
	ids := make(chan string, starters)
	errs := make(chan error, starters)
	for i := range starters {
		c := f.commit("demo", fmt.Sprintf("conv_%d", i), 0, 2)
		c.IdempotencyKey = "same"
		go func() {
			id, err := f.store.Append(f.ctx, c)
			ids <- id
			errs <- err
		}()
	}
	first := ""
	for range starters {
		f.must(<-errs)
		id := <-ids
		if first == "" {
			first = id
		}
		f.same(id, first)
	}
	all, err := f.store.Summaries(f.ctx, dialog.Filter{Bot: "demo"})
	f.must(err)
	f.same(len(all), 1)
}

func scenarioEndedContext(f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	_, err := f.store.Append(ctx, f.commit("demo", "conv_1", 0, 1))
	if err == nil { // the writer was faster: then it must be there
		_, err = f.store.Events(f.ctx, "demo", "conv_1", 0)
		f.must(err)
	} else {
		f.wants(err, fault.Timeout)
		_, err = f.store.Events(f.ctx, "demo", "conv_1", 0)
		f.wants(err, fault.NotFound)
	}
	_, err = f.store.Events(ctx, "demo", "conv_1", 0)
	f.wants(err, fault.Timeout)
	_, _, err = f.store.ChangeArticles(ctx, "demo", kb.Change{})
	f.wants(err, fault.Timeout)
}
