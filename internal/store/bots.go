package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
)

type botRow struct {
	bun.BaseModel `bun:"table:bots"`

	Bot     string `bun:"bot"`
	Name    string `bun:"name"`
	Profile string `bun:"profile"`
	Created int64  `bun:"created"`
	Updated int64  `bun:"updated"`
}

// Bot is a shop. Profile is a JSON object that the store does not look into.
type Bot struct {
	ID        string
	Name      string
	Profile   json.RawMessage
	CreatedAt time.Time
	UpdatedAt time.Time
}

func (r *botRow) bot() Bot {
	return Bot{
		ID: r.Bot, Name: r.Name, Profile: json.RawMessage(r.Profile),
		CreatedAt: instant(r.Created), UpdatedAt: instant(r.Updated),
	}
}

// PutBot adds a bot or replaces its name and profile. An empty ID or name, or
// a profile that is not JSON, is fault.Invalid; an empty profile is "{}".
func (s *Store) PutBot(ctx context.Context, b Bot) (Bot, error) {
	if len(b.Profile) == 0 {
		b.Profile = json.RawMessage("{}")
	}
	if b.ID == "" || b.Name == "" || !json.Valid(b.Profile) {
		return Bot{}, fault.New(fault.Invalid, "a bot needs an id, a name and a JSON profile")
	}
	now := nanos(s.now())
	row := botRow{Bot: b.ID, Name: b.Name, Profile: string(b.Profile), Created: now, Updated: now}
	_, err := s.writer.NewInsert().Model(&row).
		On("CONFLICT (bot) DO UPDATE").Set("name = EXCLUDED.name").Set("profile = EXCLUDED.profile").Set("updated = EXCLUDED.updated").
		Returning("created").Exec(ctx)
	if err != nil {
		return Bot{}, s.fail(err, "storing a bot")
	}
	return row.bot(), nil
}

// Bot returns a bot; fault.NotFound when there is none with this id.
func (s *Store) Bot(ctx context.Context, id string) (Bot, error) {
	var row botRow
	if err := s.reader.NewSelect().Model(&row).Where("bot = ?", id).Scan(ctx); err != nil {
		return Bot{}, s.fail(none(err, "no bot %q", id), "reading a bot")
	}
	return row.bot(), nil
}

// Bots returns all bots by ID.
func (s *Store) Bots(ctx context.Context) ([]Bot, error) {
	var rows []botRow
	if err := s.reader.NewSelect().Model(&rows).Order("bot").Scan(ctx); err != nil {
		return nil, s.fail(err, "listing bots")
	}
	bots := make([]Bot, len(rows))
	for i := range rows {
		bots[i] = rows[i].bot()
	}
	return bots, nil
}
