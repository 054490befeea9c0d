package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// statementRows bounds the rows of one statement: statements stay a few
// hundred kilobytes whatever an import brings.
const statementRows = 200

type articleRow struct {
	bun.BaseModel `bun:"table:articles"`

	Bot        string `bun:"bot"`
	ID         string `bun:"id"`
	Question   string `bun:"question"`
	Similar    string `bun:"alternatives"` // JSON array of strings
	Answer     string `bun:"answer"`
	Category   string `bun:"category"`
	ValidFrom  *int64 `bun:"valid_from"`
	ValidUntil *int64 `bun:"valid_until"`
	Updated    int64  `bun:"updated"`
	Version    int    `bun:"version"`
}

func rowOfArticle(a kb.Article) (articleRow, error) {
	similar := a.Similar
	if similar == nil {
		similar = []string{}
	}
	packed, err := json.Marshal(similar)
	if err != nil {
		return articleRow{}, err
	}
	return articleRow{
		Bot: a.Bot, ID: a.ID, Question: a.Question, Similar: string(packed), Answer: a.Answer, Category: a.Category,
		ValidFrom: optionalNanos(a.ValidFrom), ValidUntil: optionalNanos(a.ValidUntil),
		Updated: nanos(a.UpdatedAt), Version: a.Version,
	}, nil
}

func (r *articleRow) article() (kb.Article, error) {
	a := kb.Article{
		ID: r.ID, Bot: r.Bot, Question: r.Question, Answer: r.Answer, Category: r.Category,
		ValidFrom: optionalInstant(r.ValidFrom), ValidUntil: optionalInstant(r.ValidUntil),
		UpdatedAt: instant(r.Updated), Version: r.Version,
	}
	if err := json.Unmarshal([]byte(r.Similar), &a.Similar); err != nil {
		return kb.Article{}, fault.Wrap(err, fault.Internal, "article %q is damaged in the database", r.ID)
	}
	if len(a.Similar) == 0 {
		a.Similar = nil
	}
	return a, nil
}

func optionalNanos(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	n := t.UnixNano()
	return &n
}

func optionalInstant(n *int64) *time.Time {
	if n == nil {
		return nil
	}
	t := time.Unix(0, *n).UTC()
	return &t
}

// inUTC copies a time as it comes back from the database.
func inUTC(t *time.Time) *time.Time { return optionalInstant(optionalNanos(t)) }

// Articles returns all articles of a bot, by ID.
func (s *Store) Articles(ctx context.Context, bot string) ([]kb.Article, error) {
	var rows []articleRow
	if err := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).Order("id").Scan(ctx); err != nil {
		return nil, s.fail(err, "listing articles")
	}
	articles := make([]kb.Article, len(rows))
	for i := range rows {
		var err error
		if articles[i], err = rows[i].article(); err != nil {
			return nil, err
		}
	}
	return articles, nil
}

// Article returns one article; fault.NotFound when the bot has none with this id.
func (s *Store) Article(ctx context.Context, bot, id string) (kb.Article, error) {
	var row articleRow
	err := s.reader.NewSelect().Model(&row).Where("bot = ?", bot).Where("id = ?", id).Scan(ctx)
	if err != nil {
		return kb.Article{}, s.fail(none(err, "no article %q", id), "reading an article")
	}
	return row.article()
}

// PutArticles adds or replaces articles in one transaction and returns them as
// stored, with Version raised and UpdatedAt set. An article whose Version is
// positive and not the stored one makes the whole call a fault.Conflict that
// names it; an empty or doubled id, or another bot's article, is fault.Invalid.
func (s *Store) PutArticles(ctx context.Context, bot string, articles []kb.Article) ([]kb.Article, error) {
	if err := checkArticles(bot, articles); err != nil {
		return nil, err
	}
	stored := slices.Clone(articles)
	err := s.write(ctx, "storing articles", func(ctx context.Context, tx bun.Tx) error {
		now := s.now()
		for i := range stored {
			stored[i].Bot, stored[i].UpdatedAt = bot, now
			stored[i].Version = articles[i].Version
			stored[i].ValidFrom, stored[i].ValidUntil = inUTC(articles[i].ValidFrom), inUTC(articles[i].ValidUntil)
		}
		for part := range slices.Chunk(stored, statementRows) {
			if err := s.putArticles(ctx, tx, bot, part); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// putArticles raises the versions in part and writes it.
func (s *Store) putArticles(ctx context.Context, tx bun.Tx, bot string, part []kb.Article) error {
	ids := make([]string, len(part))
	for i := range part {
		ids[i] = part[i].ID
	}
	var found []articleRow
	q := tx.NewSelect().Model(&found).Column("id", "version").Where("bot = ?", bot).Where("id IN (?)", bun.List(ids))
	if err := locked(q, s.dialect.forUpdate).Scan(ctx); err != nil {
		return err
	}
	versions := make(map[string]int, len(found))
	for _, r := range found {
		versions[r.ID] = r.Version
	}
	rows := make([]articleRow, len(part))
	for i := range part {
		a := &part[i]
		if a.Version > 0 && a.Version != versions[a.ID] {
			return staleArticle(a.ID, a.Version, versions[a.ID])
		}
		a.Version = versions[a.ID] + 1
		var err error
		if rows[i], err = rowOfArticle(*a); err != nil {
			return err
		}
	}
	upsert := tx.NewInsert().Model(&rows).On("CONFLICT (bot, id) DO UPDATE")
	for _, column := range []string{"question", "alternatives", "answer", "category", "valid_from", "valid_until", "updated", "version"} {
		upsert = upsert.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
	}
	done, err := upsert.Where("?TableAlias.version = EXCLUDED.version - 1").Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || int(n) != len(rows) {
		return fault.New(fault.Conflict, "some of the articles were changed by another writer at the same moment; read them again")
	}
	return nil
}

func staleArticle(id string, had, stored int) error {
	if stored == 0 {
		return fault.In(id, fault.New(fault.Conflict, "article %q has been deleted since version %d was read", id, had))
	}
	return fault.In(id, fault.New(fault.Conflict, "article %q is at version %d, the change was made to version %d; read it again", id, stored, had))
}

func checkArticles(bot string, articles []kb.Article) error {
	if bot == "" {
		return fault.New(fault.Invalid, "articles belong to a bot")
	}
	seen := make(map[string]struct{}, len(articles))
	for i, a := range articles {
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
	return nil
}

// DeleteArticles removes articles and returns how many there were.
func (s *Store) DeleteArticles(ctx context.Context, bot string, ids []string) (int, error) {
	deleted := 0
	err := s.write(ctx, "deleting articles", func(ctx context.Context, tx bun.Tx) error {
		deleted = 0
		for part := range slices.Chunk(ids, statementRows) {
			done, err := tx.NewDelete().Model((*articleRow)(nil)).
				Where("bot = ?", bot).Where("id IN (?)", bun.List(part)).Exec(ctx)
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
