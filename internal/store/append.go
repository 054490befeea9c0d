package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// Append writes events, summary and outbox entry of a commit in one
// transaction and returns the conversation's id: another than the commit's
// when its IdempotencyKey was used before, and then nothing is written.
//
// fault.Conflict: the stored version is not c.Version. fault.NotFound: no such
// conversation to add to. fault.Invalid: the commit contradicts itself.
// fault.Busy: too many commits wait already.
func (s *Store) Append(ctx context.Context, c dialog.Commit) (string, error) {
	p, err := prepare(c)
	if err != nil {
		return "", err
	}
	if s.appends != nil {
		return s.appends.append(ctx, p)
	}
	var id string
	err = s.write(ctx, "appending events", func(ctx context.Context, tx bun.Tx) error {
		id, err = s.appendIn(ctx, tx, p)
		return err
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// prepared is a commit as rows.
type prepared struct {
	version      int64
	conversation conversationRow
	events       []eventRow
}

// prepare checks a commit and lays out its rows.
func prepare(c dialog.Commit) (prepared, error) {
	switch {
	case c.Bot == "" || c.Conversation == "":
		return prepared{}, fault.New(fault.Invalid, "a commit needs a bot and a conversation")
	case len(c.Events) == 0:
		return prepared{}, fault.New(fault.Invalid, "a commit needs at least one event")
	case c.Version < 0:
		return prepared{}, fault.New(fault.Invalid, "a commit's version is negative")
	case c.Version > 0 && c.IdempotencyKey != "":
		return prepared{}, fault.New(fault.Invalid, "only a conversation's first commit may have an idempotency key")
	}
	p := prepared{version: c.Version, events: make([]eventRow, len(c.Events))}
	for i, e := range c.Events {
		if want := c.Version + int64(i) + 1; e.Seq != want || e.Bot != c.Bot || e.Conversation != c.Conversation {
			return prepared{}, fault.In(fmt.Sprintf("events[%d]", i),
				fault.New(fault.Invalid, "the event is %s/%s seq %d, expected %s/%s seq %d", e.Bot, e.Conversation, e.Seq, c.Bot, c.Conversation, want))
		}
		p.events[i] = rowOfEvent(e)
	}
	p.conversation = rowOfSummary(c.Summary)
	p.conversation.Bot, p.conversation.ID = c.Bot, c.Conversation
	p.conversation.Seq = c.Version + int64(len(c.Events))
	p.conversation.IdempotencyKey = c.IdempotencyKey
	return p, nil
}

// appendIn writes p inside tx. After a Conflict, a NotFound or an earlier
// conversation's id it has written nothing, so tx can go on; after any other
// error it must be rolled back.
func (s *Store) appendIn(ctx context.Context, tx bun.IDB, p prepared) (string, error) {
	if p.version == 0 {
		id, fresh, err := s.begin(ctx, tx, &p.conversation)
		if err != nil || !fresh {
			return id, err
		}
	} else if err := s.advance(ctx, tx, &p.conversation, p.version); err != nil {
		return "", err
	}
	if _, err := tx.NewInsert().Model(&p.events).Exec(ctx); err != nil {
		return "", err
	}
	entry := outboxRow{
		Bot: p.conversation.Bot, Conversation: p.conversation.ID,
		FirstSeq: p.version + 1, LastSeq: p.conversation.Seq,
		Created: nanos(s.now()),
	}
	if _, err := tx.NewInsert().Model(&entry).ExcludeColumn("id").Returning("NULL").Exec(ctx); err != nil {
		return "", err
	}
	return p.conversation.ID, nil
}

// begin inserts a conversation's row. It is not fresh when the idempotency key
// began a conversation before; id is that one then.
func (s *Store) begin(ctx context.Context, tx bun.IDB, row *conversationRow) (id string, fresh bool, _ error) {
	done, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return "", false, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return row.ID, true, err
	}
	if row.IdempotencyKey != "" {
		err = tx.NewSelect().Model((*conversationRow)(nil)).Column("id").
			Where("bot = ?", row.Bot).Where("idempotency_key = ?", row.IdempotencyKey).Scan(ctx, &id)
		if err == nil || !errors.Is(err, sql.ErrNoRows) {
			return id, false, err
		}
	}
	return "", false, fault.New(fault.Conflict, "conversation %q has already begun; read it again", row.ID)
}

// advance rewrites a conversation's row when its stored version is still the writer's.
func (s *Store) advance(ctx context.Context, tx bun.IDB, row *conversationRow, version int64) error {
	done, err := tx.NewUpdate().Model(row).ExcludeColumn("bot", "id", "idempotency_key").
		Where("bot = ?", row.Bot).Where("id = ?", row.ID).Where("seq = ?", version).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	var stored int64
	err = tx.NewSelect().Model((*conversationRow)(nil)).Column("seq").
		Where("bot = ?", row.Bot).Where("id = ?", row.ID).Scan(ctx, &stored)
	if errors.Is(err, sql.ErrNoRows) {
		return unknownConversation(row.ID)
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "conversation %q has moved on to event %d (the writer saw %d); read it again", row.ID, stored, version)
}
