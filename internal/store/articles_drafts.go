package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

type draftRow struct {
	bun.BaseModel `bun:"table:article_drafts"`

	Bot     string `bun:"bot"`
	ID      string `bun:"id"`
	Removal bool   `bun:"removal"`
	Author  string `bun:"author"`
	At      int64  `bun:"at"`
	Article string `bun:"article"` // JSON
}

func (r *draftRow) draft() (kb.Draft, error) {
	d := kb.Draft{Remove: r.Removal, Author: r.Author, At: instant(r.At)}
	if err := json.Unmarshal([]byte(r.Article), &d.Article); err != nil {
		return kb.Draft{}, fault.Wrap(err, fault.Internal, "the draft of article %q is damaged in the database", r.ID)
	}
	return d, nil
}

// Drafts returns the bot's drafts, by article ID.
func (s *Store) Drafts(ctx context.Context, bot string) ([]kb.Draft, error) {
	var rows []draftRow
	if err := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).Order("id").Scan(ctx); err != nil {
		return nil, s.fail(err, "listing drafts")
	}
	drafts := make([]kb.Draft, len(rows))
	for i := range rows {
		var err error
		if drafts[i], err = rows[i].draft(); err != nil {
			return nil, err
		}
	}
	return drafts, nil
}

// PutDraft saves a draft in place of the article's earlier one and returns it
// with At set. A draft without an ID, or of another bot, is fault.Invalid.
func (s *Store) PutDraft(ctx context.Context, bot string, d kb.Draft) (kb.Draft, error) {
	if err := checkChange(bot, kb.Change{Put: []kb.Article{d.Article}}); err != nil {
		return kb.Draft{}, err
	}
	d.Article.Bot, d.At = bot, s.now()
	packed, err := json.Marshal(d.Article)
	if err != nil {
		return kb.Draft{}, fault.Wrap(err, fault.Invalid, "the draft of article %q cannot be written", d.Article.ID)
	}
	row := draftRow{Bot: bot, ID: d.Article.ID, Removal: d.Remove, Author: d.Author, At: nanos(d.At), Article: string(packed)}
	_, err = s.writer.NewInsert().Model(&row).On("CONFLICT (bot, id) DO UPDATE").
		Set("removal = EXCLUDED.removal").Set("author = EXCLUDED.author").Set("at = EXCLUDED.at").Set("article = EXCLUDED.article").Exec(ctx)
	if err != nil {
		return kb.Draft{}, s.fail(err, "saving a draft")
	}
	return d, nil
}

// DeleteDrafts discards the drafts of articles and returns how many there were.
func (s *Store) DeleteDrafts(ctx context.Context, bot string, ids []string) (int, error) {
	return s.deleteOf(ctx, "discarding drafts", (*draftRow)(nil), bot, ids)
}

// publishDrafts removes drafts that are still as they were read.
func publishDrafts(ctx context.Context, tx bun.Tx, bot string, drafts []kb.Draft) error {
	for _, d := range drafts {
		done, err := tx.NewDelete().Model((*draftRow)(nil)).
			Where("bot = ?", bot).Where("id = ?", d.Article.ID).Where("at = ?", nanos(d.At)).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return fault.In(d.Article.ID, fault.New(fault.Conflict, "条目 %s 的草稿刚被修改或放弃，请重新读取后再发布", d.Article.ID))
		}
	}
	return nil
}

// deleteOf removes a bot's rows of a table that has bot and id, in statements
// of bounded size and one transaction, and returns how many there were. model
// is a nil pointer to the table's row; doing is what an error says was tried.
func (s *Store) deleteOf(ctx context.Context, doing string, model any, bot string, ids []string) (int, error) {
	deleted := 0
	err := s.write(ctx, doing, func(ctx context.Context, tx bun.Tx) error {
		deleted = 0
		for part := range slices.Chunk(ids, statementRows) {
			done, err := tx.NewDelete().Model(model).Where("bot = ?", bot).Where("id IN (?)", bun.List(part)).Exec(ctx)
			if err != nil {
				return err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return err
			}
			deleted += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return deleted, nil
}
