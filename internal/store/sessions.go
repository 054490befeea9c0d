package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`

	Bot     string `bun:"bot"`
	Hash    string `bun:"hash"`
	UserID  string `bun:"user_id"`
	Created int64  `bun:"created"`
	Expires int64  `bun:"expires"`
}

// Session is a user's login. Its token is never stored.
type Session struct {
	// Hash is the hexadecimal SHA-256 of the session's token.
	Hash      string
	Bot       string
	User      string // User.ID
	CreatedAt time.Time
	ExpiresAt time.Time
}

// AddSession stores a login; fault.Conflict when the user is gone.
func (s *Store) AddSession(ctx context.Context, n Session) (Session, error) {
	if n.Hash == "" || n.Bot == "" || n.User == "" || n.ExpiresAt.IsZero() {
		return Session{}, fault.New(fault.Invalid, "a session needs a hash, a bot, a user and an end")
	}
	n.CreatedAt = s.now()
	row := sessionRow{Bot: n.Bot, Hash: n.Hash, UserID: n.User, Created: nanos(n.CreatedAt), Expires: nanos(n.ExpiresAt)}
	if _, err := s.writer.NewInsert().Model(&row).Exec(ctx); err != nil {
		return Session{}, s.fail(err, "storing a session")
	}
	return n, nil
}

// SessionUser returns a session and its user. One that is unknown or has ended,
// or whose user is disabled, is fault.NotFound.
func (s *Store) SessionUser(ctx context.Context, hash string) (Session, User, error) {
	var session sessionRow
	err := s.reader.NewSelect().Model(&session).Where("hash = ?", hash).Where("expires > ?", nanos(s.now())).Scan(ctx)
	if err != nil {
		return Session{}, User{}, s.fail(none(err, "no such session"), "reading a session")
	}
	u, err := s.User(ctx, session.UserID)
	if err != nil {
		return Session{}, User{}, err
	}
	if !u.DisabledAt.IsZero() {
		return Session{}, User{}, fault.New(fault.NotFound, "no such session")
	}
	return Session{
		Hash: session.Hash, Bot: session.Bot, User: session.UserID,
		CreatedAt: instant(session.Created), ExpiresAt: instant(session.Expires),
	}, u, nil
}

// DeleteSession ends a login; unknown ones are ignored.
func (s *Store) DeleteSession(ctx context.Context, hash string) error {
	_, err := s.writer.NewDelete().Model((*sessionRow)(nil)).Where("hash = ?", hash).Exec(ctx)
	return s.fail(err, "ending a session")
}
