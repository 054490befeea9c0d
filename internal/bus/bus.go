// Package bus tells the streams of a running installation what has just
// happened: committed events and who is typing. It is a hint, not a record.
// Whoever falls behind is cut off and reads the store from its cursor.
//
// The memory engine serves one process. The PostgreSQL engine joins several by
// LISTEN and NOTIFY: a notification names events and receivers read them from
// the store. Open picks the engine by DSN.
package bus

import (
	"context"
	"log/slog"
	"strings"

	"github.com/yingda/yingda/dialog"
)

// Typing says that somebody is writing. It is not stored.
type Typing struct {
	Bot          string           `json:"bot"`
	Conversation string           `json:"conversation"`
	From         dialog.ActorKind `json:"from"` // Visitor or Agent
	Name         string           `json:"name,omitempty"`
	// Text is what stands in the visitor's field; at most 500 code points.
	Text string `json:"text,omitempty"`
}

// Message is one thing that happened: Events or Typing.
type Message struct {
	// Events are one commit's, in Seq order. The slice is shared: read only.
	Events []dialog.Event
	Typing *Typing
}

// Filter selects messages.
type Filter struct {
	Bot string // required
	// Conversation narrows to one; empty means all of the bot.
	Conversation string
}

// Bus carries messages from publishers to subscribers. Implementations are
// safe for concurrent use. The commits of one conversation usually arrive in
// order, and a commit may arrive twice or, when two processes write the same
// conversation, early: subscribers go by Seq.
type Bus interface {
	dialog.Publisher
	// Type announces typing; it never blocks.
	Type(t Typing)
	// Subscribe begins to deliver what matches f from now on. On a closed bus
	// the subscription has already ended.
	Subscribe(f Filter) *Subscription
	// Close ends all subscriptions and frees the engine's connections.
	Close() error
}

// Reader reads events; a store is one.
type Reader interface {
	Events(ctx context.Context, bot, conversation string, after int64) ([]dialog.Event, error)
}

// Options are what a bus is made of.
type Options struct {
	// DSN is the store's; "postgres://…" picks the PostgreSQL engine.
	DSN string
	// Reader yields events that another process committed; required with PostgreSQL.
	Reader Reader
	// Buffer is how many messages a subscriber may fall behind; 0 means 256.
	Buffer int
	// Logger hears of lost connections; nil discards.
	Logger *slog.Logger
}

// Open returns the engine that fits o.DSN. fault.Unavailable when PostgreSQL
// cannot be reached.
func Open(ctx context.Context, o Options) (Bus, error) {
	if o.Buffer <= 0 {
		o.Buffer = 256
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if strings.HasPrefix(o.DSN, "postgres://") || strings.HasPrefix(o.DSN, "postgresql://") {
		return openPostgres(ctx, o)
	}
	return newMemory(o.Buffer), nil
}
