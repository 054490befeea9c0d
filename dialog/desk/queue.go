package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// maxQueue bounds the list of a queue.
const maxQueue = 500

// Waiting is a conversation in the queue.
type Waiting struct {
	Summary  dialog.Summary `json:"summary"`
	Priority int            `json:"priority"` // 0 waits longest, 9 is served first
	// Position counts from 1.
	Position int `json:"position"`
	// Waited is how long the conversation has been in the queue.
	Waited time.Duration `json:"waited_ns"`
}

// Queue lists the conversations that wait for people in the order in which to
// take them: higher priorities first, within one the longest waiting first.
// Of more than 500 the rest is left out, those that wait longest kept.
//
// Codes: Invalid (no bot), and those of the store.
func (s *Service) Queue(ctx context.Context, bot string) ([]Waiting, error) {
	if bot == "" {
		return nil, fault.New(fault.Invalid, "请指明机器人。")
	}
	queued, err := s.conv.Summaries(ctx, dialog.Filter{Bot: bot, Statuses: []dialog.Status{dialog.StatusQueued}, Limit: maxQueue})
	if err != nil {
		return nil, err
	}
	now := s.opt.Clock.Now()
	list := make([]Waiting, 0, len(queued))
	for _, sum := range queued {
		st, err := s.conv.State(ctx, bot, sum.Conversation)
		if fault.Is(err, fault.NotFound) {
			continue // pruned since it was listed
		}
		if err != nil {
			return nil, err
		}
		if st.Status != dialog.StatusQueued {
			continue // taken since it was listed
		}
		list = append(list, Waiting{Summary: st.Summary(), Priority: st.Priority, Waited: max(0, now.Sub(st.QueuedAt))})
	}
	slices.SortStableFunc(list, func(a, b Waiting) int {
		return cmp.Or(
			cmp.Compare(b.Priority, a.Priority), a.Summary.QueuedAt.Compare(b.Summary.QueuedAt),
			cmp.Compare(a.Summary.Conversation, b.Summary.Conversation),
		)
	})
	for i := range list {
		list[i].Position = i + 1
	}
	return list, nil
}
