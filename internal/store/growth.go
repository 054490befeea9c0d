package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/growth"
)

var _ growth.Store = (*Store)(nil)

type proposalRow struct {
	bun.BaseModel `bun:"table:growth_proposals"`

	Bot     string  `bun:"bot"`
	ID      string  `bun:"id"`
	Kind    string  `bun:"kind"`
	State   string  `bun:"state"`
	Rank    float64 `bun:"rank"`
	Body    string  `bun:"body"` // JSON
	Created int64   `bun:"created"`
	Updated int64   `bun:"updated"`
	Version int     `bun:"version"`
}

func (r *proposalRow) proposal() (growth.Proposal, error) {
	var p growth.Proposal
	if err := json.Unmarshal([]byte(r.Body), &p); err != nil {
		return p, fault.Wrap(err, fault.Internal, "proposal %q is damaged in the database", r.ID)
	}
	p.ID, p.State, p.Rank, p.Version = r.ID, growth.State(r.State), r.Rank, r.Version
	p.CreatedAt, p.UpdatedAt = instant(r.Created), instant(r.Updated)
	return p, nil
}

// Proposals returns proposals, the highest rank first.
func (s *Store) Proposals(ctx context.Context, bot string, f growth.Filter) ([]growth.Proposal, error) {
	switch {
	case f.Limit < 0 || f.Limit > 500:
		return nil, fault.In("limit", fault.New(fault.Invalid, "the limit must be between 1 and 500"))
	case f.Limit == 0:
		f.Limit = 50
	}
	var rows []proposalRow
	q := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot)
	if f.Kind != "" {
		q = q.Where("kind = ?", string(f.Kind))
	}
	if f.State != "" {
		q = q.Where("state = ?", string(f.State))
	}
	err := q.Order("rank DESC", "id").Limit(int64(f.Limit)).Offset(int64(max(f.Offset, 0))).Scan(ctx)
	if err != nil {
		return nil, s.fail(err, "listing proposals")
	}
	out := make([]growth.Proposal, len(rows))
	for i := range rows {
		if out[i], err = rows[i].proposal(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Proposal returns one proposal; fault.NotFound.
func (s *Store) Proposal(ctx context.Context, bot, id string) (growth.Proposal, error) {
	var row proposalRow
	err := s.reader.NewSelect().Model(&row).Where("bot = ?", bot).Where("id = ?", id).Scan(ctx)
	if err != nil {
		return growth.Proposal{}, s.fail(none(err, "no proposal %q", id), "reading a proposal")
	}
	return row.proposal()
}

// PutProposals adds and replaces proposals, all or none.
func (s *Store) PutProposals(ctx context.Context, bot string, proposals []growth.Proposal) ([]growth.Proposal, error) {
	out := make([]growth.Proposal, len(proposals))
	err := s.write(ctx, "saving proposals", func(ctx context.Context, tx bun.Tx) error {
		now := s.now()
		for i, p := range proposals {
			if p.ID == "" {
				return fault.New(fault.Invalid, "a proposal needs an id")
			}
			if p.Version == 0 {
				p.CreatedAt = now
			}
			p.UpdatedAt = now
			body, err := json.Marshal(p)
			if err != nil {
				return fault.Wrap(err, fault.Invalid, "proposal %q cannot be written", p.ID)
			}
			row := proposalRow{
				Bot: bot, ID: p.ID, Kind: string(p.Kind), State: string(p.State), Rank: p.Rank, Body: string(body),
				Created: nanos(p.CreatedAt), Updated: nanos(now), Version: p.Version + 1,
			}
			changed, err := tx.NewUpdate().Model(&row).ExcludeColumn("bot", "id", "created").
				Where("bot = ?", bot).Where("id = ?", p.ID).Where("version = ?", p.Version).Exec(ctx)
			if p.Version == 0 {
				changed, err = tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
			}
			if err != nil {
				return err
			}
			if n, err := changed.RowsAffected(); err != nil || n != 1 {
				if err == nil {
					err = fault.New(fault.Conflict, "建议 %s 刚被别人处理过，请重新读取", p.ID)
				}
				return err
			}
			p.Version++
			out[i] = p
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type growthReportRow struct {
	bun.BaseModel `bun:"table:growth_reports"`

	Bot  string `bun:"bot"`
	Name string `bun:"name"`
	At   int64  `bun:"at"`
	Body string `bun:"body"`
}

// GrowthReport returns the report of a name and when it was made; fault.NotFound.
func (s *Store) GrowthReport(ctx context.Context, bot, name string) ([]byte, time.Time, error) {
	var row growthReportRow
	err := s.reader.NewSelect().Model(&row).Where("bot = ?", bot).Where("name = ?", name).Scan(ctx)
	if err != nil {
		return nil, time.Time{}, s.fail(none(err, "no report %q", name), "reading a report")
	}
	return []byte(row.Body), instant(row.At), nil
}

// PutGrowthReport replaces a report.
func (s *Store) PutGrowthReport(ctx context.Context, bot, name string, body []byte) error {
	row := growthReportRow{Bot: bot, Name: name, At: nanos(s.now()), Body: string(body)}
	_, err := s.writer.NewInsert().Model(&row).On("CONFLICT (bot, name) DO UPDATE").
		Set("at = EXCLUDED.at").Set("body = EXCLUDED.body").Exec(ctx)
	return s.fail(err, "saving a report")
}
