package store

import (
	"context"
	"encoding/json"
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
	articleColumns
}

// articleColumns are the columns that articles and their editions share.
type articleColumns struct {
	Bot        string `bun:"bot"`
	ID         string `bun:"id"`
	Question   string `bun:"question"`
	Similar    string `bun:"alternatives"` // JSON array of strings
	Answer     string `bun:"answer"`
	Category   string `bun:"category"`
	ValidFrom  *int64 `bun:"valid_from"`
	ValidUntil *int64 `bun:"valid_until"`
	Content    string `bun:"content"` // JSON of an extra
	Updated    int64  `bun:"updated"`
	Version    int    `bun:"version"`
}

// extra are an article's fields that have no column: nothing is looked up by them.
type extra struct {
	Blocks      []kb.Block      `json:"blocks,omitempty"`
	Variants    []kb.Variant    `json:"variants,omitempty"`
	Attachments []kb.Attachment `json:"attachments,omitempty"`
	AnswerAt    float64         `json:"answer_at,omitempty"`
	Owner       string          `json:"owner,omitempty"`
	Review      kb.Review       `json:"review,omitempty"`
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
	content, err := json.Marshal(extra{a.Blocks, a.Variants, a.Attachments, a.AnswerAt, a.Owner, a.Review})
	if err != nil {
		return articleRow{}, err
	}
	return articleRow{articleColumns: articleColumns{
		Bot: a.Bot, ID: a.ID, Question: a.Question, Similar: string(packed), Answer: a.Answer, Category: a.Category,
		ValidFrom: optionalNanos(a.ValidFrom), ValidUntil: optionalNanos(a.ValidUntil),
		Content: string(content), Updated: nanos(a.UpdatedAt), Version: a.Version,
	}}, nil
}

func (r *articleColumns) article() (kb.Article, error) {
	a := kb.Article{
		ID: r.ID, Bot: r.Bot, Question: r.Question, Answer: r.Answer, Category: r.Category,
		ValidFrom: optionalInstant(r.ValidFrom), ValidUntil: optionalInstant(r.ValidUntil),
		UpdatedAt: instant(r.Updated), Version: r.Version,
	}
	var more extra
	err := json.Unmarshal([]byte(r.Similar), &a.Similar)
	if err == nil {
		err = json.Unmarshal([]byte(r.Content), &more)
	}
	if err != nil {
		return kb.Article{}, fault.Wrap(err, fault.Internal, "article %q is damaged in the database", r.ID)
	}
	a.Blocks, a.Variants, a.Attachments = more.Blocks, more.Variants, more.Attachments
	a.AnswerAt, a.Owner, a.Review = more.AnswerAt, more.Owner, more.Review
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
	return articlesOf(rows)
}

func articlesOf(rows []articleRow) ([]kb.Article, error) {
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
