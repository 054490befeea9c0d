package store

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/autoreply"
	"github.com/yingda/yingda/internal/fault"
)

var _ autoreply.Store = (*Store)(nil)

type autoReplyRow struct {
	bun.BaseModel `bun:"table:auto_replies"`

	Bot      string `bun:"bot"`
	Settings string `bun:"settings"` // JSON
	Author   string `bun:"author"`
	Updated  int64  `bun:"updated"`
	Version  int    `bun:"version"`
}

// AutoReplies returns a bot's automatic replies; the zero Saved when it has none.
func (s *Store) AutoReplies(ctx context.Context, bot string) (autoreply.Saved, error) {
	var row autoReplyRow
	err := s.fail(s.reader.NewSelect().Model(&row).Where("bot = ?", bot).Scan(ctx), "reading automatic replies")
	if fault.Is(err, fault.NotFound) {
		return autoreply.Saved{}, nil
	}
	if err != nil {
		return autoreply.Saved{}, err
	}
	saved := autoreply.Saved{Author: row.Author, Updated: instant(row.Updated), Version: row.Version}
	if err := json.Unmarshal([]byte(row.Settings), &saved.Settings); err != nil {
		return autoreply.Saved{}, fault.Wrap(err, fault.Internal, "the automatic replies of bot %q are damaged in the database", bot)
	}
	return saved, nil
}

// PutAutoReplies replaces a bot's automatic replies and returns them with
// Version raised and Updated set; another Version than the stored one (0 when
// there are none) is fault.Conflict.
func (s *Store) PutAutoReplies(ctx context.Context, bot string, saved autoreply.Saved) (autoreply.Saved, error) {
	if bot == "" {
		return autoreply.Saved{}, fault.New(fault.Invalid, "automatic replies need a bot")
	}
	packed, err := json.Marshal(saved.Settings)
	if err != nil {
		return autoreply.Saved{}, fault.Wrap(err, fault.Invalid, "the automatic replies cannot be written")
	}
	seen := saved.Version
	saved.Version, saved.Updated = seen+1, s.now()
	row := autoReplyRow{Bot: bot, Settings: string(packed), Author: saved.Author, Updated: nanos(saved.Updated), Version: saved.Version}
	err = s.write(ctx, "storing automatic replies", func(ctx context.Context, tx bun.Tx) error {
		q := tx.NewUpdate().Model(&row).ExcludeColumn("bot").Where("bot = ?", bot).Where("version = ?", seen).Exec
		if seen == 0 {
			q = tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec
		}
		done, err := q(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.Conflict, "自动回复刚被他人修改，请重新读取后再保存。")
		}
		return nil
	})
	if err != nil {
		return autoreply.Saved{}, err
	}
	return saved, nil
}

// Idle lists conversations of a status in which nothing has happened since
// f.Before, those idle longest first.
func (s *Store) Idle(ctx context.Context, f autoreply.Idle) ([]dialog.Summary, error) {
	if f.Bot == "" || f.Limit < 1 || f.Limit > 500 {
		return nil, fault.New(fault.Invalid, "idle conversations are listed for one bot, 1 to 500 at a time")
	}
	var rows []conversationRow
	q := s.reader.NewSelect().Model(&rows).Where("bot = ?", f.Bot).Where("status = ?", string(f.Status)).Where("updated <= ?", nanos(f.Before))
	if after := nanos(f.After); after != 0 {
		q = q.Where("(updated > ? OR updated = ? AND id > ?)", after, after, f.AfterID)
	}
	if err := q.Order("updated", "id").Limit(int64(f.Limit)).Scan(ctx); err != nil {
		return nil, s.fail(err, "listing idle conversations")
	}
	out := make([]dialog.Summary, len(rows))
	for i := range rows {
		out[i] = rows[i].summary()
	}
	return out, nil
}
