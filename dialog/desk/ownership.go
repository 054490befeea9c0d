package desk

import (
	"context"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// maxReason is the length of a reason in code points.
const maxReason = 200

// What StatusChange.Reason says of the desk's doings. The visitor may read it:
// an agent's own words go into a note.
const (
	reasonClaimed  = "claimed"
	reasonTakeover = "takeover"
	reasonReleased = "released"
	reasonClosed   = "agent"
)

// Claim makes the agent the owner of a conversation that waits in the queue,
// or takes it over from the bot. Claiming one's own changes nothing.
//
// Codes: Conflict (another agent owns it, named in the message; or closed),
// NotFound, Invalid (not an agent).
func (s *Service) Claim(ctx context.Context, agent dialog.Actor, bot, conversation string) (dialog.Summary, error) {
	st, _, err := s.act(ctx, "claim", agent, bot, conversation, func(st dialog.State) ([]dialog.Draft, error) {
		switch {
		case st.Status == dialog.StatusClosed:
			return nil, errClosed()
		case st.Status == dialog.StatusHuman && st.Owner.ID == agent.ID:
			return nil, nil
		case st.Status == dialog.StatusHuman:
			return nil, ownedBy(st.Owner)
		}
		reason := reasonClaimed
		if st.BotOwns() {
			reason = reasonTakeover
		}
		return append(endFlows(st, agent), dialog.Draft{
			Type: dialog.StatusChanged, Actor: agent,
			Data: dialog.StatusChange{From: st.Status, To: dialog.StatusHuman, Owner: agent, Reason: reason},
		}), nil
	})
	return st.Summary(), err
}

// Release gives the owner's conversation back to the bot, which tells the
// visitor so. The agent's reason, at most 200 code points, may be empty; it is
// kept as a note that the visitor never sees.
//
// Codes: Conflict (not the owner, or closed), NotFound, Invalid, TooLarge.
func (s *Service) Release(ctx context.Context, agent dialog.Actor, bot, conversation, reason string) (dialog.Summary, error) {
	reason, err := readText("reason", "原因", reason, maxReason, true)
	if err != nil {
		return dialog.Summary{}, err
	}
	profile, err := s.opt.Profiles(bot)
	if err != nil {
		return dialog.Summary{}, err
	}
	st, _, err := s.act(ctx, "release", agent, bot, conversation, func(st dialog.State) ([]dialog.Draft, error) {
		if err := owns(st, agent); err != nil {
			return nil, err
		}
		robot := dialog.Actor{Kind: dialog.Bot, ID: bot, Name: profile.BotName}
		note := callName(agent) + " 将会话交还机器人"
		if reason != "" {
			note += "：" + reason
		}
		return []dialog.Draft{
			{Type: dialog.NoteAdded, Actor: agent, Data: dialog.Note{Text: note}},
			{Type: dialog.StatusChanged, Actor: agent, Data: dialog.StatusChange{
				From: st.Status, To: dialog.StatusBot, Owner: robot, Reason: reasonReleased,
			}},
			{Type: dialog.MessageSent, Actor: robot, Data: dialog.Message{Text: s.phrases.release, Kind: dialog.KindHandoff}},
		}, nil
	})
	return st.Summary(), err
}

// Close ends a conversation: its owner's, or one that still waits in the
// queue. The reason is kept as in Release.
//
// Codes: Conflict (another's, the bot's, or closed already), NotFound,
// Invalid, TooLarge.
func (s *Service) Close(ctx context.Context, agent dialog.Actor, bot, conversation, reason string) (dialog.Summary, error) {
	reason, err := readText("reason", "原因", reason, maxReason, true)
	if err != nil {
		return dialog.Summary{}, err
	}
	st, _, err := s.act(ctx, "close", agent, bot, conversation, func(st dialog.State) ([]dialog.Draft, error) {
		if st.Status != dialog.StatusQueued {
			if err := owns(st, agent); err != nil {
				return nil, err
			}
		}
		var drafts []dialog.Draft
		if reason != "" {
			drafts = append(drafts, dialog.Draft{Type: dialog.NoteAdded, Actor: agent, Data: dialog.Note{
				Text: callName(agent) + " 结束会话：" + reason,
			}})
		}
		return append(drafts, dialog.Draft{Type: dialog.StatusChanged, Actor: agent, Data: dialog.StatusChange{
			From: st.Status, To: dialog.StatusClosed, Reason: reasonClosed,
		}}), nil
	})
	return st.Summary(), err
}

// endFlows ends what the bot had under way, the active flow first.
func endFlows(st dialog.State, agent dialog.Actor) []dialog.Draft {
	var drafts []dialog.Draft
	for i := len(st.Flows) - 1; i >= 0; i-- {
		drafts = append(drafts, dialog.Draft{Type: dialog.FlowEnded, Actor: agent, Data: dialog.FlowMark{
			Flow: st.Flows[i].Flow, Outcome: dialog.FlowHandedOver,
		}})
	}
	return drafts
}

// owns refuses an agent who does not own the conversation.
func owns(st dialog.State, agent dialog.Actor) error {
	switch {
	case st.Status == dialog.StatusClosed:
		return errClosed()
	case st.Status == dialog.StatusHuman && st.Owner.ID == agent.ID:
		return nil
	case st.Status == dialog.StatusHuman:
		return ownedBy(st.Owner)
	case st.Status == dialog.StatusQueued:
		return fault.New(fault.Conflict, "会话还在排队，请先接待。")
	default:
		return fault.New(fault.Conflict, "会话由机器人接待，请先接管。")
	}
}

func errClosed() error {
	return fault.New(fault.Conflict, "会话已结束，不能再操作；访客可以发起新的会话。")
}

func ownedBy(owner dialog.Actor) error {
	return fault.New(fault.Conflict, "会话已由 %s 接待。", callName(owner))
}

// callName is how people call an actor.
func callName(a dialog.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}
