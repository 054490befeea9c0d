package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
)

// attemptLease is how long a request may run before another with its key takes
// over: longer than any request's time limit.
const attemptLease = time.Minute

type idempotencyRow struct {
	bun.BaseModel `bun:"table:idempotency"`

	Bot      string `bun:"bot"`
	Scope    string `bun:"scope"`
	Key      string `bun:"key"`
	Digest   string `bun:"digest"`
	Status   int    `bun:"status"` // 0 while the first request runs
	Response []byte `bun:"response"`
	Created  int64  `bun:"created"`
}

// Attempt is a request made under an idempotency key.
type Attempt struct {
	Bot string
	// Scope keeps the keys of different callers and operations apart.
	Scope string
	Key   string
	// Digest identifies the request's content.
	Digest string
}

// Recorded is the response that a key's first request got.
type Recorded struct {
	Status int
	Body   []byte
}

// BeginAttempt claims a key. With replay, the key's request was answered
// before and Recorded is that answer; without, the caller runs the request and
// must call FinishAttempt or AbandonAttempt.
//
// fault.Invalid: the key was used for another content. fault.Conflict: its
// first request is still running.
func (s *Store) BeginAttempt(ctx context.Context, a Attempt) (recorded Recorded, replay bool, err error) {
	if a.Bot == "" || a.Scope == "" || a.Key == "" {
		return Recorded{}, false, fault.New(fault.Invalid, "an idempotency key needs a bot and a scope")
	}
	now := s.now()
	row := idempotencyRow{Bot: a.Bot, Scope: a.Scope, Key: a.Key, Digest: a.Digest, Response: []byte{}, Created: nanos(now)}
	err = s.write(ctx, "claiming an idempotency key", func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		var stored idempotencyRow
		if err := locked(a.find(tx.NewSelect().Model(&stored)), s.dialect.forUpdate).Scan(ctx); err != nil {
			return err
		}
		switch {
		case stored.Digest != a.Digest:
			return fault.In("Idempotency-Key", fault.New(fault.Invalid, "the idempotency key was already used for a different request"))
		case stored.Status != 0:
			recorded, replay = Recorded{stored.Status, stored.Response}, true
			return nil
		case stored.Created > nanos(now.Add(-attemptLease)):
			return &fault.Error{Code: fault.Conflict, Message: "a request with this idempotency key is still running", Field: "Idempotency-Key", RetryAfter: time.Second}
		}
		_, err = tx.NewUpdate().Model(&row).Column("created").
			Where("bot = ?", a.Bot).Where("scope = ?", a.Scope).Where("key = ?", a.Key).Exec(ctx)
		return err
	})
	if err != nil {
		return Recorded{}, false, err
	}
	return recorded, replay, nil
}

// FinishAttempt records the answer, so that repeats of the request get it.
func (s *Store) FinishAttempt(ctx context.Context, a Attempt, r Recorded) error {
	if r.Status <= 0 {
		return fault.New(fault.Invalid, "a recorded response needs a status")
	}
	if r.Body == nil {
		r.Body = []byte{}
	}
	row := idempotencyRow{Status: r.Status, Response: r.Body}
	done, err := s.writer.NewUpdate().Model(&row).Column("status", "response").
		Where("bot = ?", a.Bot).Where("scope = ?", a.Scope).Where("key = ?", a.Key).Where("digest = ?", a.Digest).Exec(ctx)
	if err != nil {
		return s.fail(err, "recording a response")
	}
	return s.touched(done, "no request runs under this idempotency key")
}

// AbandonAttempt frees a key whose request failed, so that it can be tried again.
func (s *Store) AbandonAttempt(ctx context.Context, a Attempt) error {
	_, err := s.writer.NewDelete().Model((*idempotencyRow)(nil)).
		Where("bot = ?", a.Bot).Where("scope = ?", a.Scope).Where("key = ?", a.Key).
		Where("digest = ?", a.Digest).Where("status = 0").Exec(ctx)
	return s.fail(err, "freeing an idempotency key")
}

func (a Attempt) find(q *bun.SelectQuery) *bun.SelectQuery {
	return q.Where("bot = ?", a.Bot).Where("scope = ?", a.Scope).Where("key = ?", a.Key)
}
