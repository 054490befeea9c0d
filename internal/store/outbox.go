package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
)

type outboxRow struct {
	bun.BaseModel `bun:"table:outbox"`

	ID           int64  `bun:"id"`
	Bot          string `bun:"bot"`
	Conversation string `bun:"conversation"`
	FirstSeq     int64  `bun:"first_seq"`
	LastSeq      int64  `bun:"last_seq"`
	Created      int64  `bun:"created"`
	Due          int64  `bun:"due"`
	Attempts     int    `bun:"attempts"`
}

// Entry is one commit that is still to be told to the outside (webhooks). It
// names events; Events reads them.
type Entry struct {
	ID           int64
	Bot          string
	Conversation string
	// FirstSeq and LastSeq bound the commit's events, both included.
	FirstSeq, LastSeq int64
	CreatedAt         time.Time
	// Attempts counts the claims, this one included.
	Attempts int
}

// ClaimOutbox takes up to limit entries that are due, oldest first, and hides
// them from other claims for the lease. An entry not finished by then comes
// back: delivery is at least once.
func (s *Store) ClaimOutbox(ctx context.Context, limit int, lease time.Duration) ([]Entry, error) {
	if limit <= 0 || limit > 1000 || lease <= 0 {
		return nil, fault.New(fault.Invalid, "claim between 1 and 1000 entries for a positive lease")
	}
	var rows []outboxRow
	err := s.write(ctx, "claiming outbox entries", func(ctx context.Context, tx bun.Tx) error {
		now := s.now()
		q := tx.NewSelect().Model(&rows).Where("due <= ?", nanos(now)).Order("due", "id").Limit(int64(limit))
		if err := locked(q, s.dialect.skipLocked).Scan(ctx); err != nil || len(rows) == 0 {
			return err
		}
		ids := make([]int64, len(rows))
		for i := range rows {
			ids[i] = rows[i].ID
			rows[i].Attempts++
		}
		_, err := tx.NewUpdate().Model((*outboxRow)(nil)).
			Set("due = ?", nanos(now.Add(lease))).Set("attempts = attempts + 1").
			Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(rows))
	for i, r := range rows {
		entries[i] = Entry{
			ID: r.ID, Bot: r.Bot, Conversation: r.Conversation,
			FirstSeq: r.FirstSeq, LastSeq: r.LastSeq, CreatedAt: instant(r.Created), Attempts: r.Attempts,
		}
	}
	return entries, nil
}

// FinishOutbox removes delivered entries; unknown ids are ignored.
func (s *Store) FinishOutbox(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := s.writer.NewDelete().Model((*outboxRow)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return s.fail(err, "finishing outbox entries")
}

// DelayOutbox makes an entry due again after d, instead of at its lease's end.
func (s *Store) DelayOutbox(ctx context.Context, id int64, d time.Duration) error {
	_, err := s.writer.NewUpdate().Model((*outboxRow)(nil)).
		Set("due = ?", nanos(s.now().Add(d))).Where("id = ?", id).Exec(ctx)
	return s.fail(err, "delaying an outbox entry")
}
