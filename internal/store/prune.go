package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// How long what Prune removes is kept.
const (
	attemptsKept = 24 * time.Hour
	outboxKept   = 7 * 24 * time.Hour
)

// Pruned counts what Prune removed.
type Pruned struct {
	Attempts int // idempotency keys older than a day
	Sessions int // ended logins
	Outbox   int // entries nobody delivered within a week
	Help     int // help sessions older than two years
}

// Prune removes what has served its time. Run it every hour or so.
func (s *Store) Prune(ctx context.Context) (Pruned, error) {
	var p Pruned
	now := s.now()
	err := s.write(ctx, "pruning", func(ctx context.Context, tx bun.Tx) error {
		for _, step := range []struct {
			model any
			where string
			until time.Time
			count *int
		}{
			{(*idempotencyRow)(nil), "created < ?", now.Add(-attemptsKept), &p.Attempts},
			{(*sessionRow)(nil), "expires <= ?", now, &p.Sessions},
			{(*outboxRow)(nil), "created < ?", now.Add(-outboxKept), &p.Outbox},
			{(*helpSessionRow)(nil), "started < ?", now.Add(-helpKept), &p.Help},
		} {
			done, err := tx.NewDelete().Model(step.model).Where(step.where, nanos(step.until)).Exec(ctx)
			if err != nil {
				return err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return err
			}
			*step.count = int(n)
		}
		return nil
	})
	if err != nil {
		return Pruned{}, err
	}
	return p, nil
}
