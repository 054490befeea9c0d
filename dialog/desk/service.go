package desk

import (
	"context"
	"log/slog"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
)

// Options are what a Service is made of. Conversations, Analyzer, Retriever,
// Profiles, Clock and IDs are required.
type Options struct {
	Conversations Conversations
	Analyzer      Analyzer
	Retriever     Retriever
	Articles      Articles     // nil searches anew for every message
	Orders        Orders       // nil knows no orders
	Flows         dialog.Flows // nil drafts no questions of flows
	Phrases       *Phrases     // nil means BuiltinPhrases
	// Profiles returns a bot's profile; an unknown bot is fault.NotFound.
	Profiles func(bot string) (dialog.Profile, error)
	// MatterName returns an intent's name for people; nil leaves it out of
	// summaries made here.
	MatterName func(intent string) string
	Clock      clock.Clock
	IDs        ident.Source
	Logger     *slog.Logger          // nil discards
	Registerer prometheus.Registerer // nil registers nowhere

	MaxText        int           // code points of a reply or note; 0 means 2000
	MaxSuggestions int           // shown at once; 0 means 6, never under 3
	MaxConcurrent  int           // suggestions being made at once; 0 means 16
	CacheSize      int           // conversations remembered; 0 means 1024
	LookupTimeout  time.Duration // for each of understanding, search and orders; 0 means 1 s
	OrdersFor      time.Duration // how long a customer's orders are remembered; 0 means 30 s
}

// Service is the desk of all bots. It is safe for concurrent use, and several
// may share a store.
type Service struct {
	conv    Conversations
	opt     Options
	log     *slog.Logger
	phrases *Phrases
	metrics *metrics
	slots   chan struct{} // taken while suggestions are made
	ledgers *lru.Cache[string, *ledger]
	orders  *lru.Cache[string, knownOrders]
}

// New checks o and returns a Service. A missing part is fault.Invalid.
func New(o Options) (*Service, error) {
	if o.Conversations == nil || o.Analyzer == nil || o.Retriever == nil || o.Profiles == nil || o.Clock == nil || o.IDs == nil {
		return nil, fault.New(fault.Invalid, "desk.Options needs Conversations, Analyzer, Retriever, Profiles, Clock and IDs")
	}
	orElse(&o.MaxText, 2000)
	orElse(&o.MaxSuggestions, 6)
	orElse(&o.MaxConcurrent, 16)
	orElse(&o.CacheSize, 1024)
	orElse(&o.LookupTimeout, time.Second)
	orElse(&o.OrdersFor, 30*time.Second)
	o.MaxSuggestions = max(o.MaxSuggestions, minSuggestions)
	if o.MaxText < 0 || o.MaxConcurrent < 0 || o.CacheSize < 0 || o.LookupTimeout < 0 || o.OrdersFor < 0 {
		return nil, fault.New(fault.Invalid, "desk.Options has a negative limit; leave it 0 for the default")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{conv: o.Conversations, opt: o, log: o.Logger, phrases: o.Phrases, slots: make(chan struct{}, o.MaxConcurrent)}
	var err error
	if s.phrases == nil {
		if s.phrases, err = BuiltinPhrases(); err != nil {
			return nil, err
		}
	}
	if s.metrics, err = newMetrics(o.Registerer); err != nil {
		return nil, err
	}
	if s.ledgers, err = lru.New[string, *ledger](o.CacheSize); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "desk.Options.CacheSize %d is not usable", o.CacheSize)
	}
	if s.orders, err = lru.New[string, knownOrders](o.CacheSize); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "desk.Options.CacheSize %d is not usable", o.CacheSize)
	}
	return s, nil
}

func orElse[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// act runs fn for an agent on a conversation that is not closed, and counts
// how it went.
func (s *Service) act(ctx context.Context, what string, agent dialog.Actor, bot, conversation string, fn func(dialog.State) ([]dialog.Draft, error)) (dialog.State, []dialog.Event, error) {
	if agent.Kind != dialog.Agent || agent.ID == "" {
		return dialog.State{}, nil, fault.New(fault.Invalid, "只有坐席可以操作会话，请先登录。")
	}
	st, events, err := s.conv.Do(ctx, bot, conversation, fn)
	s.metrics.acted(what, err)
	return st, events, err
}
