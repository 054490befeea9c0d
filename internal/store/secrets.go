package store

import (
	"context"
	"crypto/rand"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
)

type secretRow struct {
	bun.BaseModel `bun:"table:secrets"`

	Bot     string `bun:"bot"`
	Name    string `bun:"name"`
	Value   []byte `bun:"value"`
	Created int64  `bun:"created"`
}

// Names of secrets.
const (
	// TokenSecret signs the visitors' conversation tokens; bot "".
	TokenSecret = "token"
	// CustomerSecret is what a shop signs its customers' ids with; one per bot.
	CustomerSecret = "customer"
)

// Secret returns a secret of a bot; the first call makes it, 32 random bytes.
// Replicas that ask at the same moment get the same one.
func (s *Store) Secret(ctx context.Context, bot, name string) ([]byte, error) {
	var row secretRow
	read := func() error {
		return s.reader.NewSelect().Model(&row).Where("bot = ?", bot).Where("name = ?", name).Scan(ctx)
	}
	if err := s.fail(read(), "reading a secret"); !fault.Is(err, fault.NotFound) {
		return row.Value, err
	}
	fresh := secretRow{Bot: bot, Name: name, Value: make([]byte, 32), Created: nanos(s.now())}
	if _, err := rand.Read(fresh.Value); err != nil {
		return nil, s.fail(err, "making a secret")
	}
	if _, err := s.writer.NewInsert().Model(&fresh).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return nil, s.fail(err, "storing a secret")
	}
	if err := read(); err != nil {
		return nil, s.fail(err, "reading a secret")
	}
	return row.Value, nil
}

// SetSecret replaces a secret; what was signed with the old one is void.
func (s *Store) SetSecret(ctx context.Context, bot, name string, value []byte) error {
	if name == "" || len(value) < 16 {
		return fault.New(fault.Invalid, "a secret needs a name and at least 16 bytes")
	}
	row := secretRow{Bot: bot, Name: name, Value: value, Created: nanos(s.now())}
	_, err := s.writer.NewInsert().Model(&row).
		On("CONFLICT (bot, name) DO UPDATE").Set("value = EXCLUDED.value").Set("created = EXCLUDED.created").Exec(ctx)
	return s.fail(err, "storing a secret")
}
