package dialog

import (
	"context"
	"errors"

	"github.com/yingda/yingda/internal/fault"
)

// maxAttempts bounds how often a commit is tried when other writers are faster.
const maxAttempts = 4

// errMoved says that the conversation has events that the writer had not seen.
var errMoved = errors.New("the conversation has moved on")

// commit lets the automatic replies amend drafts, seals them onto s, lets the rules react, and appends all of it. It
// returns errMoved, wrapped as fault.Conflict, when s is not the latest state.
func (m *Manager) commit(ctx context.Context, s State, drafts []Draft) (State, []Event, error) {
	if m.AutoReplies != nil {
		drafts = m.AutoReplies.Amend(s, drafts, m.clock.Now())
	}
	next, events, err := m.seal(s, drafts)
	if err != nil {
		return s, nil, err
	}
	if m.Rules != nil {
		if more := m.Rules.React(next, events); len(more) > 0 {
			after, reactions, err := m.seal(next, more)
			if err != nil {
				m.log.WarnContext(ctx, "a rule asked for what the conversation does not allow",
					"bot", s.Bot, "conversation", s.ID, "error", err)
			} else {
				next, events = after, append(events, reactions...)
			}
		}
	}
	_, err = m.Store.Append(ctx, Commit{
		Bot: s.Bot, Conversation: s.ID, Version: s.Seq, Events: events, Summary: next.Summary(),
	})
	if err != nil {
		m.cache.Remove(cacheKey(s.Bot, s.ID)) // whether it was written is not known
		if fault.Is(err, fault.Conflict) {
			m.metrics.conflicts.Inc()
			return s, nil, &fault.Error{Code: fault.Conflict, Message: "会话刚刚被更新，请重试。", Err: errors.Join(errMoved, err)}
		}
		return s, nil, err
	}
	m.committed(next, events)
	return next, events, nil
}

// committed makes a commit known: to the cache, the metrics and the listeners.
func (m *Manager) committed(s State, events []Event) {
	m.cache.Add(cacheKey(s.Bot, s.ID), s)
	m.metrics.events(s, events)
	if m.Publisher != nil {
		m.Publisher.Publish(events)
	}
}

// load returns the state from memory, or from the store. It may be stale when
// another replica wrote: the commit will tell.
func (m *Manager) load(ctx context.Context, bot, conversation string) (State, error) {
	if s, ok := m.cache.Get(cacheKey(bot, conversation)); ok {
		return s, nil
	}
	return m.refresh(ctx, bot, conversation)
}

// refresh returns the state with every stored event folded in.
func (m *Manager) refresh(ctx context.Context, bot, conversation string) (State, error) {
	key := cacheKey(bot, conversation)
	s, _ := m.cache.Get(key)
	events, err := m.Store.Events(ctx, bot, conversation, s.Seq)
	if err != nil {
		return State{}, err
	}
	if s.Seq == 0 && len(events) == 0 {
		return State{}, fault.New(fault.NotFound, "没有这个会话。")
	}
	next, err := Replay(s, events)
	if err != nil {
		m.cache.Remove(key)
		return State{}, err
	}
	if held, ok := m.cache.Peek(key); !ok || held.Seq < next.Seq {
		m.cache.Add(key, next)
	}
	return next, nil
}

func cacheKey(bot, conversation string) string { return bot + "/" + conversation }
