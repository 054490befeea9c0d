package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
)

type keyRow struct {
	bun.BaseModel `bun:"table:api_keys"`

	Bot      string `bun:"bot"`
	ID       string `bun:"id"`
	Hash     string `bun:"hash"`
	Role     string `bun:"role"`
	Name     string `bun:"name"`
	Created  int64  `bun:"created"`
	LastUsed int64  `bun:"last_used"`
	Revoked  int64  `bun:"revoked"`
}

// Key is an API key of one bot. The key itself is never stored.
type Key struct {
	ID   string
	Bot  string
	Role string // visitor, agent, trainer or service
	Name string // for people: what the key is used for
	// Hash is the hexadecimal SHA-256 of the key.
	Hash       string
	CreatedAt  time.Time
	LastUsedAt time.Time // zero: never
	RevokedAt  time.Time // zero: valid
}

func (r *keyRow) key() Key {
	return Key{
		ID: r.ID, Bot: r.Bot, Role: r.Role, Name: r.Name, Hash: r.Hash,
		CreatedAt: instant(r.Created), LastUsedAt: instant(r.LastUsed), RevokedAt: instant(r.Revoked),
	}
}

// AddKey stores a new key. An id or hash that is taken is fault.Conflict; a
// key without id, bot, role or hash is fault.Invalid.
func (s *Store) AddKey(ctx context.Context, k Key) (Key, error) {
	if k.ID == "" || k.Bot == "" || k.Role == "" || k.Hash == "" {
		return Key{}, fault.New(fault.Invalid, "a key needs an id, a bot, a role and a hash")
	}
	row := keyRow{Bot: k.Bot, ID: k.ID, Hash: k.Hash, Role: k.Role, Name: k.Name, Created: nanos(s.now())}
	if _, err := s.writer.NewInsert().Model(&row).Exec(ctx); err != nil {
		return Key{}, s.fail(err, "storing a key")
	}
	return row.key(), nil
}

// KeyByHash returns the key with this hash, revoked or not; fault.NotFound
// when there is none.
func (s *Store) KeyByHash(ctx context.Context, hash string) (Key, error) {
	var row keyRow
	if err := s.reader.NewSelect().Model(&row).Where("hash = ?", hash).Scan(ctx); err != nil {
		return Key{}, s.fail(none(err, "no such key"), "reading a key")
	}
	return row.key(), nil
}

// Keys returns the keys of a bot, revoked ones too, oldest first.
func (s *Store) Keys(ctx context.Context, bot string) ([]Key, error) {
	var rows []keyRow
	if err := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).Order("created", "id").Scan(ctx); err != nil {
		return nil, s.fail(err, "listing keys")
	}
	keys := make([]Key, len(rows))
	for i := range rows {
		keys[i] = rows[i].key()
	}
	return keys, nil
}

// RevokeKey ends a key for good. Revoking a revoked one changes nothing;
// fault.NotFound when the bot has no key with this id.
func (s *Store) RevokeKey(ctx context.Context, bot, id string) error {
	done, err := s.writer.NewUpdate().Model((*keyRow)(nil)).
		Set("revoked = CASE WHEN revoked = 0 THEN ? ELSE revoked END", nanos(s.now())).
		Where("bot = ?", bot).Where("id = ?", id).Exec(ctx)
	if err != nil {
		return s.fail(err, "revoking a key")
	}
	return s.touched(done, "no key %q", id)
}

// TouchKey notes that a key was used at t; unknown ids are ignored.
func (s *Store) TouchKey(ctx context.Context, id string, t time.Time) error {
	_, err := s.writer.NewUpdate().Model((*keyRow)(nil)).
		Set("last_used = ?", nanos(t)).Where("id = ?", id).Where("last_used < ?", nanos(t)).Exec(ctx)
	return s.fail(err, "noting a key's use")
}
