package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// errNothing ends the transaction of a change that has changed nothing.
var errNothing = fault.New(fault.Internal, "the change is empty")

// editionColumns are the columns that articles and their editions share.
const editionColumns = "bot, id, question, alternatives, answer, category, valid_from, valid_until, content, updated, version"

// ChangeArticles makes a change in one transaction, with the editions of all
// that it touches, and returns what it put as stored, with Version raised and
// UpdatedAt set, and the revision it made; the zero Revision when it changed
// nothing. An empty or doubled id, or another bot's article, is fault.Invalid;
// what is a fault.Conflict, kb.Change says.
func (s *Store) ChangeArticles(ctx context.Context, bot string, c kb.Change) ([]kb.Article, kb.Revision, error) {
	if err := checkChange(bot, c); err != nil {
		return nil, kb.Revision{}, err
	}
	var stored []kb.Article
	var revision kb.Revision
	err := s.write(ctx, "changing articles", func(ctx context.Context, tx bun.Tx) (err error) {
		stored = slices.Clone(c.Put)
		revision = kb.Revision{At: s.now(), Author: c.Author, Note: c.Note, Put: len(c.Put)}
		if revision.Number, err = nextRevision(ctx, tx, bot, c.Since); err != nil {
			return err
		}
		for i := range stored {
			a := &stored[i]
			a.Bot, a.UpdatedAt = bot, revision.At
			a.ValidFrom, a.ValidUntil = inUTC(a.ValidFrom), inUTC(a.ValidUntil)
			a.Variants = slices.Clone(a.Variants)
			for j := range a.Variants {
				v := &a.Variants[j]
				v.ValidFrom, v.ValidUntil = inUTC(v.ValidFrom), inUTC(v.ValidUntil)
			}
		}
		for part := range slices.Chunk(stored, statementRows) {
			if err := putArticles(ctx, tx, bot, revision.Number, part); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(c.Delete, statementRows) {
			n, err := deleteArticles(ctx, tx, bot, revision.Number, part)
			if err != nil {
				return err
			}
			revision.Deleted += n
		}
		if err := publishDrafts(ctx, tx, bot, c.Drafts); err != nil {
			return err
		}
		if revision.Put == 0 && revision.Deleted == 0 && len(c.Drafts) == 0 {
			return errNothing
		}
		row := revisionRow{
			Bot: bot, Number: revision.Number, At: nanos(revision.At), Author: revision.Author, Note: revision.Note,
			Put: revision.Put, Deleted: revision.Deleted,
		}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	if errors.Is(err, errNothing) {
		return nil, kb.Revision{}, nil
	}
	if err != nil {
		return nil, kb.Revision{}, err
	}
	return stored, revision, nil
}

// nextRevision takes the bot's next revision number, and with it the right to
// change the bot's articles until the transaction ends.
func nextRevision(ctx context.Context, tx bun.Tx, bot string, since *int64) (int64, error) {
	var number int64
	err := tx.NewRaw("INSERT INTO article_heads (bot, revision) VALUES (?, 1) "+
		"ON CONFLICT (bot) DO UPDATE SET revision = article_heads.revision + 1 RETURNING revision", bot).Scan(ctx, &number)
	if err == nil && since != nil && *since != number-1 {
		err = fault.New(fault.Conflict, "知识库已被他人修改（当前为第 %d 版，本次修改基于第 %d 版），请重新读取后再试", number-1, *since)
	}
	return number, err
}

// putArticles raises the versions in part, writes it and its editions.
func putArticles(ctx context.Context, tx bun.Tx, bot string, revision int64, part []kb.Article) error {
	ids := make([]string, len(part))
	for i := range part {
		ids[i] = part[i].ID
	}
	versions, err := versionsOf(ctx, tx.NewSelect().Table("articles").ColumnExpr("id, version"), bot, ids)
	if err != nil {
		return err
	}
	before, err := versionsOf(ctx, tx.NewSelect().Table("article_editions").ColumnExpr("id, MAX(version) AS version").Group("id"), bot, ids)
	if err != nil {
		return err
	}
	rows := make([]articleRow, len(part))
	for i := range part {
		a := &part[i]
		if a.Version > 0 && a.Version != versions[a.ID] {
			return staleArticle(a.ID, a.Version, versions[a.ID])
		}
		a.Version = max(versions[a.ID], before[a.ID]) + 1
		if rows[i], err = rowOfArticle(*a); err != nil {
			return err
		}
	}
	upsert := tx.NewInsert().Model(&rows).On("CONFLICT (bot, id) DO UPDATE")
	for _, column := range []string{"question", "alternatives", "answer", "category", "valid_from", "valid_until", "content", "updated", "version"} {
		upsert = upsert.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
	}
	if _, err := upsert.Exec(ctx); err != nil {
		return err
	}
	return keepEditions(ctx, tx, bot, revision, false, ids)
}

// versionsOf returns the versions that q selects, by id.
func versionsOf(ctx context.Context, q *bun.SelectQuery, bot string, ids []string) (map[string]int, error) {
	var found []struct {
		ID      string
		Version int
	}
	if err := q.Where("bot = ?", bot).Where("id IN (?)", bun.List(ids)).Scan(ctx, &found); err != nil {
		return nil, err
	}
	versions := make(map[string]int, len(found))
	for _, r := range found {
		versions[r.ID] = r.Version
	}
	return versions, nil
}

// deleteArticles removes articles, keeps their last editions and returns how
// many there were.
func deleteArticles(ctx context.Context, tx bun.Tx, bot string, revision int64, ids []string) (int, error) {
	if err := keepEditions(ctx, tx, bot, revision, true, ids); err != nil {
		return 0, err
	}
	done, err := tx.NewDelete().Model((*articleRow)(nil)).Where("bot = ?", bot).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// keepEditions copies articles as they stand to the editions of a revision.
func keepEditions(ctx context.Context, tx bun.Tx, bot string, revision int64, gone bool, ids []string) error {
	_, err := tx.NewRaw("INSERT INTO article_editions (revision, gone, "+editionColumns+") "+
		"SELECT ?, ?, "+editionColumns+" FROM articles WHERE bot = ? AND id IN (?)", revision, gone, bot, bun.List(ids)).Exec(ctx)
	return err
}

func staleArticle(id string, had, stored int) error {
	if stored == 0 {
		return fault.In(id, fault.New(fault.Conflict, "article %q has been deleted since version %d was read", id, had))
	}
	return fault.In(id, fault.New(fault.Conflict, "article %q is at version %d, the change was made to version %d; read it again", id, stored, had))
}

func checkChange(bot string, c kb.Change) error {
	if bot == "" {
		return fault.New(fault.Invalid, "articles belong to a bot")
	}
	seen := make(map[string]struct{}, len(c.Put)+len(c.Delete))
	for i, a := range c.Put {
		where := fmt.Sprintf("articles[%d]", i)
		if a.ID == "" || strings.ContainsRune(a.ID, 0) {
			return fault.In(where, fault.New(fault.Invalid, "the article needs an id"))
		}
		if a.Bot != "" && a.Bot != bot {
			return fault.In(where, fault.New(fault.Invalid, "the article belongs to bot %q, not to %q", a.Bot, bot))
		}
		if _, twice := seen[a.ID]; twice {
			return fault.In(where, fault.New(fault.Invalid, "article %q is given twice", a.ID))
		}
		seen[a.ID] = struct{}{}
	}
	for i, id := range c.Delete {
		if _, twice := seen[id]; twice {
			return fault.In(fmt.Sprintf("delete[%d]", i), fault.New(fault.Invalid, "article %q is given twice", id))
		}
		seen[id] = struct{}{}
	}
	return nil
}
