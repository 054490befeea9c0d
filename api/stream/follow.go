package stream

import (
	"context"
	"errors"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/bus"
)

// Reader reads events; a store is one.
type Reader interface {
	Events(ctx context.Context, bot, conversation string, after int64) ([]dialog.Event, error)
}

// Subscriber is bus.Bus, as streams need it.
type Subscriber interface {
	Subscribe(f bus.Filter) *bus.Subscription
}

// ErrEnded is why Follow returns when the bus is closed.
var ErrEnded = errors.New("the bus is closed")

// resyncPause keeps a reader that always lags from reading the store in a loop.
const resyncPause = 100 * time.Millisecond

// Source is where a stream's events come from.
type Source struct {
	Reader Reader
	Bus    Subscriber
}

// Sink takes what a stream brings. An error ends the stream.
type Sink struct {
	// Events gets events in Seq order, each once.
	Events func(events []dialog.Event) error
	// Typing gets what is typed from now on; nil ignores it.
	Typing func(t bus.Typing) error
	// Ready is called once, when the backlog was delivered; nil is allowed.
	Ready func() error
}

// Follow delivers a conversation's events after a Seq, those stored first, then
// those to come, until ctx ends (nil), the bus is closed (ErrEnded), or the
// sink or the store fails.
func (s Source) Follow(ctx context.Context, bot, conversation string, after int64, to Sink) error {
	f := follower{source: s, bot: bot, conversation: conversation, last: after, to: to}
	for first := true; ; first = false {
		if !first && !sleep(ctx, resyncPause) {
			return nil
		}
		again, err := f.once(ctx, first)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the client has gone: its error is nobody's
		}
		if err != nil || !again {
			return err
		}
	}
}

type follower struct {
	source            Source
	bot, conversation string
	last              int64 // Seq of the last event delivered
	to                Sink
}

// once subscribes, catches up and follows. It returns true when messages were
// lost on the way and the caller should begin anew from f.last.
func (f *follower) once(ctx context.Context, first bool) (again bool, _ error) {
	// Subscribe before reading: what is committed in between comes twice, and
	// the second time is skipped.
	sub := f.source.Bus.Subscribe(bus.Filter{Bot: f.bot, Conversation: f.conversation})
	defer sub.Close()
	if err := f.catchUp(ctx); err != nil {
		return false, err
	}
	if first && f.to.Ready != nil {
		if err := f.to.Ready(); err != nil {
			return false, err
		}
	}
	for {
		select {
		case <-ctx.Done():
			return false, nil
		case m := <-sub.C():
			if err := f.take(ctx, m); err != nil {
				return false, err
			}
		case <-sub.Done():
			if sub.Lagged() {
				return true, nil
			}
			return false, ErrEnded
		}
	}
}

func (f *follower) catchUp(ctx context.Context) error {
	events, err := f.source.Reader.Events(ctx, f.bot, f.conversation, f.last)
	if err != nil {
		return err
	}
	return f.deliver(events)
}

func (f *follower) take(ctx context.Context, m bus.Message) error {
	if m.Typing != nil {
		if f.to.Typing == nil {
			return nil
		}
		return f.to.Typing(*m.Typing)
	}
	if len(m.Events) == 0 {
		return nil
	}
	if m.Events[0].Seq > f.last+1 {
		return f.catchUp(ctx) // another process's commit came first
	}
	for i, e := range m.Events {
		if e.Seq > f.last {
			return f.deliver(m.Events[i:])
		}
	}
	return nil
}

func (f *follower) deliver(events []dialog.Event) error {
	if len(events) == 0 {
		return nil
	}
	if err := f.to.Events(events); err != nil {
		return err
	}
	f.last = events[len(events)-1].Seq
	return nil
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
