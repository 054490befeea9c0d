package dialog

import (
	"context"
	"encoding/json"

	"github.com/yingda/yingda/internal/fault"
)

// MessageRated is the visitor's word on whether a message helped; its data is
// a Rating.
const MessageRated EventType = "message.rated"

// Rating is the data of MessageRated. Of several for one message the last counts.
type Rating struct {
	Message string `json:"message"`
	Useful  bool   `json:"useful"`
	// Articles are those that the message came from.
	Articles []string `json:"articles,omitempty"`
}

// Rate records whether a message of the bot or an agent helped the visitor, in
// a closed conversation too. Said again, it records nothing. A message that
// the conversation does not have is fault.NotFound.
func (m *Manager) Rate(ctx context.Context, bot, conversation, message string, useful bool) error {
	events, err := m.Store.Events(ctx, bot, conversation, 0)
	if err != nil {
		return err
	}
	var articles []string
	known, same := false, false
	for _, e := range events {
		switch e.Type {
		case MessageSent:
			var sent Message
			if err := json.Unmarshal(e.Data, &sent); err != nil {
				return fault.Wrap(err, fault.Internal, "event %s is damaged", e.ID)
			}
			if sent.ID == message {
				known, articles = true, sent.Articles
			}
		case MessageRated:
			var before Rating
			if err := json.Unmarshal(e.Data, &before); err != nil {
				return fault.Wrap(err, fault.Internal, "event %s is damaged", e.ID)
			}
			if before.Message == message {
				same = before.Useful == useful
			}
		}
	}
	if !known {
		return fault.New(fault.NotFound, "没有这条消息。")
	}
	if same {
		return nil
	}
	_, _, err = m.Do(ctx, bot, conversation, func(s State) ([]Draft, error) {
		return []Draft{{Type: MessageRated, Actor: Actor{Kind: Visitor, ID: s.Visitor}, Data: Rating{Message: message, Useful: useful, Articles: articles}}}, nil
	})
	return err
}
