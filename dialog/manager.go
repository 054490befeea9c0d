package dialog

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/nlu"
)

// Options are what a Manager is made of. Store, Analyzer, Retriever, Profiles,
// Clock and IDs are required.
type Options struct {
	Store     Store
	Publisher Publisher // nil publishes to nobody
	Analyzer  Analyzer
	Retriever Retriever
	// Risk predicts dissatisfaction; nil predicts nothing.
	Risk RiskReader
	// Extractor finds entities when the Analyzer is down; nil finds none then.
	Extractor nlu.EntityExtractor
	Flows     Flows   // nil runs no flows
	Actions   Actions // required with Flows
	Rules     Rules   // nil reacts to nothing
	// AutoReplies word what the bot says of itself; nil leaves it as it is.
	AutoReplies AutoReplies
	// Profiles returns a bot's profile; an unknown bot is fault.NotFound.
	Profiles   func(bot string) (Profile, error)
	Clock      clock.Clock
	IDs        ident.Source
	Logger     *slog.Logger          // nil discards
	Registerer prometheus.Registerer // nil registers nowhere

	MaxText        int           // code points of a message; 0 means 2000
	MaxWaiters     int           // requests waiting for one conversation; 0 means 32
	CacheSize      int           // states kept in memory; 0 means 4096
	AnalyzeTimeout time.Duration // 0 means 2 s
	SearchTimeout  time.Duration // 0 means 1 s
	TurnTimeout    time.Duration // of a whole turn, actions included; 0 means 30 s
}

// Manager runs conversations: one turn of a conversation at a time, any number
// of conversations at once. It is safe for concurrent use, and several
// Managers may share a store: the version of each commit keeps them apart.
type Manager struct {
	Options
	clock   clock.Clock
	ids     ident.Source
	log     *slog.Logger
	locks   *keyedLock
	cache   *lru.Cache[string, State]
	metrics *metrics
	replies *replyBook

	closing sync.RWMutex // held for reading while a call is in flight
	closed  bool
}

// NewManager checks o and returns a Manager. A missing part is fault.Invalid.
func NewManager(o Options) (*Manager, error) {
	switch {
	case o.Store == nil, o.Analyzer == nil, o.Retriever == nil, o.Profiles == nil, o.Clock == nil, o.IDs == nil:
		return nil, fault.New(fault.Invalid, "dialog.Options needs Store, Analyzer, Retriever, Profiles, Clock and IDs")
	case o.Flows != nil && o.Actions == nil:
		return nil, fault.New(fault.Invalid, "dialog.Options has Flows and no Actions: flows could not run what they call")
	}
	setDefault(&o.MaxText, 2000)
	setDefault(&o.MaxWaiters, 32)
	setDefault(&o.CacheSize, 4096)
	setDefault(&o.AnalyzeTimeout, 2*time.Second)
	setDefault(&o.SearchTimeout, time.Second)
	setDefault(&o.TurnTimeout, 30*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	cache, err := lru.New[string, State](o.CacheSize)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "dialog.Options.CacheSize %d is not usable", o.CacheSize)
	}
	book, err := builtinReplies()
	if err != nil {
		return nil, err
	}
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, err
	}
	return &Manager{
		Options: o, clock: o.Clock, ids: o.IDs, log: o.Logger,
		locks: newKeyedLock(o.MaxWaiters), cache: cache, metrics: m, replies: book,
	}, nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// StartRequest opens a conversation.
type StartRequest struct {
	Bot     string
	Visitor string
	// Customer is the shop's id of the signed-in customer, already verified, or empty.
	Customer       string
	Channel        string
	Attributes     map[string]string
	IdempotencyKey string
}

// Incoming is a visitor's message.
type Incoming struct {
	Bot          string
	Conversation string
	// ClientID is the sender's idempotency key, or empty.
	ClientID string
	Text     string
}

// Outcome is what a call did.
type Outcome struct {
	State State
	// Events are the new ones, in order; of a duplicate, those of the first time.
	Events  []Event
	Message Message   // the visitor's message, as stored
	Replies []Message // what the bot said to it
	// Duplicate is true when the same key came before and nothing was done now.
	Duplicate bool
}

// Start opens a conversation owned by the bot. With an IdempotencyKey that the
// bot has seen, it returns that conversation as a Duplicate. The bot says
// nothing: channels show the profile's greeting themselves.
func (m *Manager) Start(ctx context.Context, r StartRequest) (Outcome, error) {
	leave, err := m.enter()
	if err != nil {
		return Outcome{}, err
	}
	defer leave()
	if r.Bot == "" || r.Visitor == "" {
		return Outcome{}, fault.New(fault.Invalid, "会话需要机器人和访客标识。")
	}
	if _, err := m.Profiles(r.Bot); err != nil {
		return Outcome{}, err
	}
	s := State{Bot: r.Bot, ID: m.ids.New("conv")}
	next, events, err := m.seal(s, []Draft{
		{Type: ConversationStarted, Actor: Actor{Kind: Visitor, ID: r.Visitor}, Data: Started{
			Visitor: r.Visitor, Channel: r.Channel, Customer: r.Customer, Attributes: r.Attributes,
		}},
		{Type: StatusChanged, Actor: Actor{Kind: System}, Data: StatusChange{From: StatusNew, To: StatusBot, Owner: Actor{Kind: Bot, ID: r.Bot}}},
	})
	if err != nil {
		return Outcome{}, err
	}
	id, err := m.Store.Append(ctx, Commit{
		Bot: r.Bot, Conversation: s.ID, Events: events, Summary: next.Summary(), IdempotencyKey: r.IdempotencyKey,
	})
	if err != nil {
		return Outcome{}, err
	}
	if id != s.ID {
		events, err = m.Store.Events(ctx, r.Bot, id, 0)
		if err != nil {
			return Outcome{}, err
		}
		next, err = Replay(State{}, events)
		return Outcome{State: next, Events: events, Duplicate: true}, err
	}
	m.committed(next, events)
	return Outcome{State: next, Events: events}, nil
}

// Receive handles a visitor's message and returns what the bot said. Messages
// of one conversation are handled in the order of their arrival; a ClientID
// seen before yields the first outcome. The turn goes on when ctx ends after
// it began.
//
// Codes: Invalid (empty, not UTF-8), TooLarge (over MaxText), NotFound (no such
// conversation of this bot), Conflict (closed), Busy (too many messages wait
// for this conversation), Unavailable (shutting down).
func (m *Manager) Receive(ctx context.Context, in Incoming) (Outcome, error) {
	start := time.Now()
	text, err := m.readText(in.Text)
	if err != nil {
		return Outcome{}, err
	}
	in.Text = text
	var out Outcome
	err = m.serially(ctx, in.Bot, in.Conversation, func(ctx context.Context) error {
		out, err = m.receive(ctx, in)
		return err
	})
	m.metrics.turn(out, err, time.Since(start))
	return out, err
}

// State returns a conversation as it stands in the store.
func (m *Manager) State(ctx context.Context, bot, conversation string) (State, error) {
	return m.refresh(ctx, bot, conversation)
}

// Events returns the events after a Seq, in order. An unknown conversation is
// fault.NotFound.
func (m *Manager) Events(ctx context.Context, bot, conversation string, after int64) ([]Event, error) {
	return m.Store.Events(ctx, bot, conversation, after)
}

// Summaries lists conversations, those waiting longest first.
func (m *Manager) Summaries(ctx context.Context, f Filter) ([]Summary, error) {
	return m.Store.Summaries(ctx, f)
}

// Do lets the desk act on a conversation: fn sees the current state and
// returns drafts, which are committed together. When another writer was
// faster, fn is called again with the newer state, at most four times in all;
// then the fault is Conflict. fn must not keep or change the State, and its
// error is returned as it is. No drafts commit nothing.
func (m *Manager) Do(ctx context.Context, bot, conversation string, fn func(State) ([]Draft, error)) (State, []Event, error) {
	var (
		s      State
		events []Event
	)
	err := m.serially(ctx, bot, conversation, func(ctx context.Context) error {
		var err error
		for range maxAttempts {
			if s, err = m.refresh(ctx, bot, conversation); err != nil {
				return err
			}
			var drafts []Draft
			if drafts, err = fn(s); err != nil || len(drafts) == 0 {
				return err
			}
			var next State
			next, events, err = m.commit(ctx, s, drafts)
			if err == nil {
				s = next
			}
			if !errors.Is(err, errMoved) {
				return err
			}
		}
		return fault.Wrap(err, fault.Conflict, "会话正在被频繁更新，请重试。")
	})
	return s, events, err
}

// CloseByVisitor ends a conversation for its visitor. Closing a closed one
// changes nothing and is no error.
func (m *Manager) CloseByVisitor(ctx context.Context, bot, conversation string) (State, error) {
	s, _, err := m.Do(ctx, bot, conversation, func(s State) ([]Draft, error) {
		if s.Status == StatusClosed {
			return nil, nil
		}
		return []Draft{{
			Type: StatusChanged, Actor: Actor{Kind: Visitor, ID: s.Visitor},
			Data: StatusChange{From: s.Status, To: StatusClosed, Reason: "visitor"},
		}}, nil
	})
	return s, err
}

// Close refuses new calls and returns when those in flight are done.
func (m *Manager) Close() error {
	m.closing.Lock()
	m.closed = true
	m.closing.Unlock()
	return nil
}

// enter admits a call; leave must be called when it is done.
func (m *Manager) enter() (leave func(), err error) {
	if !m.closing.TryRLock() {
		return nil, errClosing
	}
	if m.closed {
		m.closing.RUnlock()
		return nil, errClosing
	}
	return m.closing.RUnlock, nil
}

var errClosing = &fault.Error{Code: fault.Unavailable, Message: "服务正在重启，请几秒后重试。", RetryAfter: 5 * time.Second}

// serially runs fn alone in its conversation, with the turn's time limit.
func (m *Manager) serially(ctx context.Context, bot, conversation string, fn func(context.Context) error) error {
	leave, err := m.enter()
	if err != nil {
		return err
	}
	defer leave()
	unlock, err := m.locks.lock(ctx, bot+"/"+conversation)
	if err != nil {
		return err
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.TurnTimeout)
	defer cancel()
	return fn(ctx)
}
