package desk

import (
	"context"
	"strings"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// What was done with a suggestion, the values of dialog.SuggestionUse.Use.
const (
	UseTaken   = "taken"
	UseEdited  = "edited"
	UseIgnored = "ignored"
)

// maxClientID bounds an idempotency key in bytes.
const maxClientID = 128

// Reply is what an agent says.
type Reply struct {
	Bot          string
	Conversation string
	Agent        dialog.Actor
	Text         string
	// ClientID is the sender's idempotency key, or empty.
	ClientID string
	// Suggestion is the id of the suggestion the text came from, or empty.
	Suggestion string
	// Use is UseTaken or UseEdited; empty leaves it to a comparison of texts.
	Use string
}

// Reply sends an agent's message to the visitor, and records with it which
// suggestion it came from. A ClientID that the agent used before in this
// conversation yields the first message, whatever became of the conversation.
//
// Codes: Conflict (not the owner, or closed), Invalid (empty text, not UTF-8, a
// slot {{…}} that nobody filled, a suggestion of another conversation), TooLarge, NotFound.
func (s *Service) Reply(ctx context.Context, r Reply) (dialog.Message, error) {
	text, err := readText("text", "回复", r.Text, s.opt.MaxText, false)
	if err != nil {
		return dialog.Message{}, err
	}
	if err := r.check(); err != nil {
		return dialog.Message{}, err
	}
	var sent dialog.Message
	use := ""
	_, _, err = s.act(ctx, "reply", r.Agent, r.Bot, r.Conversation, func(st dialog.State) ([]dialog.Draft, error) {
		l, err := s.ledger(ctx, r.Bot, r.Conversation)
		if err != nil {
			return nil, err
		}
		if before, ok := l.sent[sender{r.Agent.ID, r.ClientID}]; ok {
			sent, use = before, ""
			return nil, nil
		}
		if err := owns(st, r.Agent); err != nil {
			return nil, err
		}
		sent = dialog.Message{ID: s.opt.IDs.New("msg"), Text: text, ClientID: r.ClientID, ReplyTo: st.LastVisitor.ID}
		drafts := []dialog.Draft{{Type: dialog.MessageSent, Actor: r.Agent, Data: sent}}
		if r.Suggestion == "" {
			return drafts, nil
		}
		if use, err = l.useOf(r, text); err != nil {
			return nil, err
		}
		return append(drafts, dialog.Draft{Type: dialog.SuggestionUsed, Actor: r.Agent, Data: dialog.SuggestionUse{
			Suggestion: r.Suggestion, Use: use, Message: sent.ID,
		}}), nil
	})
	if err != nil {
		return dialog.Message{}, err
	}
	if use != "" {
		s.metrics.used.WithLabelValues(use).Inc()
	}
	return sent, nil
}

// check refuses what no reply may have.
func (r Reply) check() error {
	if blanks := kb.Slots(r.Text); len(blanks) > 0 {
		return fault.In("text", fault.New(fault.Invalid, "还有没填的空位：{{%s}}，请填好再发送。", strings.Join(blanks, "}}、{{")))
	}
	if len(r.ClientID) > maxClientID {
		return fault.In("client_id", fault.New(fault.TooLarge, "client_id 最多 %d 个字节。", maxClientID))
	}
	switch r.Use {
	case "", UseTaken, UseEdited:
	default:
		return fault.In("suggestion.use", fault.New(fault.Invalid, "use 只能是 %s 或 %s。", UseTaken, UseEdited))
	}
	if r.Use != "" && r.Suggestion == "" {
		return fault.In("suggestion.id", fault.New(fault.Invalid, "说明了 use，却没有推荐回复的 id。"))
	}
	return nil
}

// useOf says what a reply did with its suggestion.
func (l *ledger) useOf(r Reply, text string) (string, error) {
	shown, recorded := l.offered[r.Suggestion]
	id, own := parseID(r.Suggestion)
	if !recorded && (!own || !id.of(r.Conversation)) {
		return "", errForeign()
	}
	switch {
	case r.Use != "":
		return r.Use, nil
	case recorded && shown.Text == text, !recorded && id.says(text):
		return UseTaken, nil
	default:
		return UseEdited, nil
	}
}

func errForeign() error {
	return fault.In("suggestion.id", fault.New(fault.Invalid, "推荐回复不属于这个会话，请刷新后重试。"))
}

// Note adds words among agents, at most MaxText code points. Any agent of the
// bot may, whoever owns the conversation.
//
// Codes: Conflict (closed), Invalid, TooLarge, NotFound.
func (s *Service) Note(ctx context.Context, agent dialog.Actor, bot, conversation, text string) (dialog.Event, error) {
	text, err := readText("text", "备注", text, s.opt.MaxText, false)
	if err != nil {
		return dialog.Event{}, err
	}
	_, events, err := s.act(ctx, "note", agent, bot, conversation, func(st dialog.State) ([]dialog.Draft, error) {
		if st.Status == dialog.StatusClosed {
			return nil, errClosed()
		}
		return []dialog.Draft{{Type: dialog.NoteAdded, Actor: agent, Data: dialog.Note{Text: text}}}, nil
	})
	if err != nil {
		return dialog.Event{}, err
	}
	return events[0], nil
}

// Ignore records that a suggestion was not wanted; it is not shown again. A
// second time changes nothing. In a conversation that another agent owns it is
// refused: the statistics are the owner's.
//
// Codes: Conflict, Invalid (a suggestion of another conversation), NotFound.
func (s *Service) Ignore(ctx context.Context, agent dialog.Actor, bot, conversation, suggestion string) error {
	_, events, err := s.act(ctx, "ignore", agent, bot, conversation, func(st dialog.State) ([]dialog.Draft, error) {
		if st.Status == dialog.StatusClosed || st.Status == dialog.StatusHuman {
			if err := owns(st, agent); err != nil {
				return nil, err
			}
		}
		l, err := s.ledger(ctx, bot, conversation)
		if err != nil {
			return nil, err
		}
		if l.ignored[suggestion] {
			return nil, nil
		}
		if _, recorded := l.offered[suggestion]; !recorded {
			if id, own := parseID(suggestion); !own || !id.of(conversation) {
				return nil, errForeign()
			}
		}
		return []dialog.Draft{{Type: dialog.SuggestionUsed, Actor: agent, Data: dialog.SuggestionUse{
			Suggestion: suggestion, Use: UseIgnored,
		}}}, nil
	})
	if err == nil && len(events) > 0 {
		s.metrics.used.WithLabelValues(UseIgnored).Inc()
	}
	return err
}
