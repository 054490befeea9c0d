// Package memory is a dialog.Store in memory: for conversation scripts, for
// trying a bot out, and for tests. It keeps the promises of the contract,
// durability aside.
package memory

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// Store holds conversations in memory. The zero value is empty and ready; it
// is safe for concurrent use.
type Store struct {
	mu            sync.RWMutex
	conversations map[key]*record
	begun         map[key]string // bot and idempotency key → conversation
}

type key struct{ bot, id string }

type record struct {
	events  []dialog.Event
	summary dialog.Summary
}

var _ dialog.Store = (*Store)(nil)

// Events returns copies of the events after a Seq. An unknown conversation is
// fault.NotFound.
func (s *Store) Events(ctx context.Context, bot, conversation string, after int64) ([]dialog.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(err, fault.Timeout, "读取会话超时，请重试。")
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.conversations[key{bot, conversation}]
	if !ok {
		return nil, fault.New(fault.NotFound, "没有这个会话。")
	}
	i := min(max(int(after), 0), len(r.events))
	return slices.Clone(r.events[i:]), nil
}

// Append keeps a commit whose Version is the number of events stored; another
// one is fault.Conflict, and so is a new conversation whose id is taken.
func (s *Store) Append(ctx context.Context, c dialog.Commit) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fault.Wrap(err, fault.Timeout, "保存会话超时，请重试。")
	}
	if len(c.Events) == 0 {
		return "", fault.New(fault.Invalid, "a commit needs events")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Version == 0 && c.IdempotencyKey != "" {
		if id, ok := s.begun[key{c.Bot, c.IdempotencyKey}]; ok {
			return id, nil
		}
	}
	r := s.conversations[key{c.Bot, c.Conversation}]
	if r == nil {
		r = &record{}
	}
	if int64(len(r.events)) != c.Version {
		return "", fault.New(fault.Conflict, "conversation %s is at version %d, not %d", c.Conversation, len(r.events), c.Version)
	}
	for i, e := range c.Events {
		if want := c.Version + int64(i) + 1; e.Seq != want {
			return "", fault.New(fault.Invalid, "event %d of the commit has Seq %d, not %d", i, e.Seq, want)
		}
	}
	if s.conversations == nil {
		s.conversations, s.begun = map[key]*record{}, map[key]string{}
	}
	r.events = append(r.events, c.Events...)
	r.summary = c.Summary
	s.conversations[key{c.Bot, c.Conversation}] = r
	if c.Version == 0 && c.IdempotencyKey != "" {
		s.begun[key{c.Bot, c.IdempotencyKey}] = c.Conversation
	}
	return c.Conversation, nil
}

// Summaries lists conversations of one bot: those in the queue first, the
// longest waiting foremost, then the others, latest first.
func (s *Store) Summaries(ctx context.Context, f dialog.Filter) ([]dialog.Summary, error) {
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(err, fault.Timeout, "读取会话列表超时，请重试。")
	}
	if f.Bot == "" {
		return nil, fault.New(fault.Invalid, "a filter needs a bot")
	}
	limit := min(cmp.Or(max(f.Limit, 0), 100), 500)
	s.mu.RLock()
	var list []dialog.Summary
	for k, r := range s.conversations {
		sum := r.summary
		if k.bot != f.Bot || len(f.Statuses) > 0 && !slices.Contains(f.Statuses, sum.Status) ||
			f.Owner != "" && sum.Owner != f.Owner || f.Visitor != "" && sum.Visitor != f.Visitor {
			continue
		}
		list = append(list, sum)
	}
	s.mu.RUnlock()
	slices.SortFunc(list, func(a, b dialog.Summary) int {
		if aq, bq := a.Status == dialog.StatusQueued, b.Status == dialog.StatusQueued; aq != bq {
			if aq {
				return -1
			}
			return 1
		} else if aq {
			return cmp.Or(a.QueuedAt.Compare(b.QueuedAt), cmp.Compare(a.Conversation, b.Conversation))
		}
		return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), cmp.Compare(a.Conversation, b.Conversation))
	})
	return list[:min(limit, len(list))], nil
}
