package store

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

type eventRow struct {
	bun.BaseModel `bun:"table:events"`

	Bot          string `bun:"bot"`
	Conversation string `bun:"conversation"`
	Seq          int64  `bun:"seq"`
	ID           string `bun:"id"`
	Type         string `bun:"type"`
	At           int64  `bun:"at"`
	ActorKind    string `bun:"actor_kind"`
	ActorID      string `bun:"actor_id"`
	ActorName    string `bun:"actor_name"`
	Data         string `bun:"data"`
}

func rowOfEvent(e dialog.Event) eventRow {
	return eventRow{
		Bot: e.Bot, Conversation: e.Conversation, Seq: e.Seq,
		ID: e.ID, Type: string(e.Type), At: nanos(e.At),
		ActorKind: string(e.Actor.Kind), ActorID: e.Actor.ID, ActorName: e.Actor.Name,
		Data: string(e.Data),
	}
}

func (r *eventRow) event() dialog.Event {
	e := dialog.Event{
		ID: r.ID, Bot: r.Bot, Conversation: r.Conversation, Seq: r.Seq,
		Type: dialog.EventType(r.Type), At: instant(r.At),
		Actor: dialog.Actor{Kind: dialog.ActorKind(r.ActorKind), ID: r.ActorID, Name: r.ActorName},
	}
	if r.Data != "" {
		e.Data = json.RawMessage(r.Data)
	}
	return e
}

// Events returns the events of a conversation with Seq > after, in order; none
// is an empty slice. An unknown conversation, or one of another bot, is
// fault.NotFound.
func (s *Store) Events(ctx context.Context, bot, conversation string, after int64) ([]dialog.Event, error) {
	var rows []eventRow
	err := s.reader.NewSelect().Model(&rows).
		Where("bot = ?", bot).Where("conversation = ?", conversation).Where("seq > ?", after).
		Order("seq").Scan(ctx)
	if err != nil {
		return nil, s.fail(err, "reading events")
	}
	if len(rows) == 0 {
		known, err := s.reader.NewSelect().Model((*conversationRow)(nil)).
			Where("bot = ?", bot).Where("id = ?", conversation).Exists(ctx)
		if err != nil {
			return nil, s.fail(err, "looking for a conversation")
		}
		if !known {
			return nil, unknownConversation(conversation)
		}
	}
	events := make([]dialog.Event, len(rows))
	for i := range rows {
		events[i] = rows[i].event()
	}
	return events, nil
}

func unknownConversation(id string) error {
	return fault.New(fault.NotFound, "no conversation %q", id)
}
