package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Editions are kept for good: what a base was at any moment can be read and
// brought back. An edition takes about the room of its article.

// defaultRevisions is how many revisions are listed when nobody says.
const defaultRevisions = 50

type revisionRow struct {
	bun.BaseModel `bun:"table:article_revisions"`

	Bot     string `bun:"bot"`
	Number  int64  `bun:"number"`
	At      int64  `bun:"at"`
	Author  string `bun:"author"`
	Note    string `bun:"note"`
	Put     int    `bun:"put"`
	Deleted int    `bun:"deleted"`
}

func (r *revisionRow) revision() kb.Revision {
	return kb.Revision{Number: r.Number, At: instant(r.At), Author: r.Author, Note: r.Note, Put: r.Put, Deleted: r.Deleted}
}

type editionRow struct {
	bun.BaseModel `bun:"table:article_editions"`
	articleColumns

	Revision int64 `bun:"revision"`
	Gone     bool  `bun:"gone"`
}

// LastRevision returns the number of the bot's last revision, 0 for none.
func (s *Store) LastRevision(ctx context.Context, bot string) (int64, error) {
	var number int64
	err := s.reader.NewSelect().Table("article_heads").Column("revision").Where("bot = ?", bot).Scan(ctx, &number)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return number, s.fail(err, "reading the last revision")
}

// Revisions returns at most limit revisions (0 or less: 50) before the one
// numbered before (0: from the last), newest first.
func (s *Store) Revisions(ctx context.Context, bot string, before int64, limit int) ([]kb.Revision, error) {
	if limit <= 0 {
		limit = defaultRevisions
	}
	var rows []revisionRow
	q := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).Order("number DESC").Limit(int64(limit))
	if before > 0 {
		q = q.Where("number < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, s.fail(err, "listing revisions")
	}
	revisions := make([]kb.Revision, len(rows))
	for i := range rows {
		revisions[i] = rows[i].revision()
	}
	return revisions, nil
}

// RevisionAt returns the last revision that was made at t or earlier; the zero
// Revision when there is none.
func (s *Store) RevisionAt(ctx context.Context, bot string, t time.Time) (kb.Revision, error) {
	var row revisionRow
	err := s.reader.NewSelect().Model(&row).Where("bot = ?", bot).Where("at <= ?", t.UnixNano()).
		Order("number DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return kb.Revision{}, nil
	}
	if err != nil {
		return kb.Revision{}, s.fail(err, "reading a revision")
	}
	return row.revision(), nil
}

// ArticlesAt returns the bot's articles, by ID, as a revision left them;
// fault.NotFound when there is no such revision.
func (s *Store) ArticlesAt(ctx context.Context, bot string, revision int64) ([]kb.Article, error) {
	last, err := s.LastRevision(ctx, bot)
	if err != nil {
		return nil, err
	}
	if revision < 0 || revision > last {
		return nil, fault.New(fault.NotFound, "没有第 %d 版，最新的是第 %d 版", revision, last)
	}
	var rows []articleRow
	err = s.reader.NewRaw("SELECT "+editionColumns+" FROM article_editions e WHERE bot = ? AND revision <= ? AND NOT gone "+
		"AND NOT EXISTS (SELECT 1 FROM article_editions n WHERE n.bot = e.bot AND n.id = e.id AND n.revision > e.revision AND n.revision <= ?) "+
		"ORDER BY id", bot, revision, revision).Scan(ctx, &rows)
	if err != nil {
		return nil, s.fail(err, "reading the articles of a revision")
	}
	return articlesOf(rows)
}

// Editions returns what the article has been, newest first; fault.NotFound
// when the bot never had it.
func (s *Store) Editions(ctx context.Context, bot, id string) ([]kb.Edition, error) {
	var rows []editionRow
	if err := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).Where("id = ?", id).Order("revision DESC").Scan(ctx); err != nil {
		return nil, s.fail(err, "listing editions")
	}
	if len(rows) == 0 {
		return nil, fault.New(fault.NotFound, "没有编号为 %s 的知识条目", id)
	}
	numbers := make([]int64, len(rows))
	for i := range rows {
		numbers[i] = rows[i].Revision
	}
	var made []revisionRow
	if err := s.reader.NewSelect().Model(&made).Where("bot = ?", bot).Where("number IN (?)", bun.List(numbers)).Scan(ctx); err != nil {
		return nil, s.fail(err, "listing the revisions of editions")
	}
	revisions := make(map[int64]kb.Revision, len(made))
	for i := range made {
		revisions[made[i].Number] = made[i].revision()
	}
	editions := make([]kb.Edition, len(rows))
	for i := range rows {
		a, err := rows[i].article()
		if err != nil {
			return nil, err
		}
		revision, ok := revisions[rows[i].Revision]
		if !ok { // from before revisions were kept
			revision = kb.Revision{Number: rows[i].Revision, At: a.UpdatedAt}
		}
		editions[i] = kb.Edition{Revision: revision, Gone: rows[i].Gone, Article: a}
	}
	return editions, nil
}
