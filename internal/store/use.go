package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/usage"
)

var _ usage.Store = (*Store)(nil)

type useRow struct {
	bun.BaseModel `bun:"table:growth_use"`

	Bot       string `bun:"bot"`
	Article   string `bun:"article"`
	Day       string `bun:"day"`
	Shown     int    `bun:"shown"`
	Answered  int    `bun:"answered"`
	Suggested int    `bun:"suggested"`
	Taken     int    `bun:"taken"`
	Ignored   int    `bun:"ignored"`
	Disliked  int    `bun:"disliked"`
	Handed    int    `bun:"handed"`
}

type questionRow struct {
	bun.BaseModel `bun:"table:growth_questions"`

	Bot          string  `bun:"bot"`
	Conversation string  `bun:"conversation"`
	Seq          int64   `bun:"seq"`
	At           int64   `bun:"at"`
	Reason       string  `bun:"reason"`
	Text         string  `bun:"text"`
	Article      string  `bun:"article"`
	Probability  float64 `bun:"probability"`
}

type cursorRow struct {
	bun.BaseModel `bun:"table:growth_cursors"`

	Bot          string `bun:"bot"`
	Conversation string `bun:"conversation"`
	Seq          int64  `bun:"seq"`
}

// PendingUse returns conversations with events beyond their cursor.
func (s *Store) PendingUse(ctx context.Context, bot string, since time.Time, limit int) ([]usage.Cursor, error) {
	var rows []struct {
		ID      string `bun:"id"`
		Seq     int64  `bun:"seq"`
		Updated int64  `bun:"updated"`
	}
	err := s.reader.NewSelect().TableExpr("conversations AS c").
		Join("LEFT JOIN growth_cursors AS u ON u.bot = c.bot AND u.conversation = c.id").
		ColumnExpr("c.id, COALESCE(u.seq, 0) AS seq, c.updated").
		Where("c.bot = ?", bot).Where("c.updated >= ?", nanos(since)).Where("c.seq > COALESCE(u.seq, 0)").
		OrderExpr("c.updated, c.id").Limit(int64(limit)).Scan(ctx, &rows)
	if err != nil {
		return nil, s.fail(err, "looking for events to count")
	}
	out := make([]usage.Cursor, len(rows))
	for i, r := range rows {
		out[i] = usage.Cursor{Conversation: r.ID, Seq: r.Seq, UpdatedAt: instant(r.Updated)}
	}
	return out, nil
}

// CountUse adds days and questions and moves a cursor, in one transaction.
func (s *Store) CountUse(ctx context.Context, bot string, from usage.Cursor, to int64, days []usage.Day, questions []usage.Question) error {
	if from.Conversation == "" || to < from.Seq {
		return fault.New(fault.Invalid, "a cursor moves forward, and in a conversation")
	}
	return s.write(ctx, "counting use", func(ctx context.Context, tx bun.Tx) error {
		row := cursorRow{Bot: bot, Conversation: from.Conversation, Seq: to}
		q := tx.NewInsert().Model(&row).On("CONFLICT (bot, conversation) DO UPDATE").Set("seq = EXCLUDED.seq").
			Where("?TableAlias.seq = ?", from.Seq)
		if from.Seq == 0 {
			q = tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING")
		}
		done, err := q.Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			if err == nil {
				err = fault.New(fault.Conflict, "conversation %q was counted by another process", from.Conversation)
			}
			return err
		}
		for part := range slices.Chunk(days, statementRows) {
			rows := make([]useRow, len(part))
			for i, d := range part {
				rows[i] = useRow{
					Bot: bot, Article: d.Article, Day: d.Day, Shown: d.Shown, Answered: d.Answered, Suggested: d.Suggested,
					Taken: d.Taken, Ignored: d.Ignored, Disliked: d.Disliked, Handed: d.Handed,
				}
			}
			add := tx.NewInsert().Model(&rows).On("CONFLICT (bot, article, day) DO UPDATE")
			for _, c := range []string{"shown", "answered", "suggested", "taken", "ignored", "disliked", "handed"} {
				add = add.Set("? = ?TableAlias.? + EXCLUDED.?", bun.Ident(c), bun.Ident(c), bun.Ident(c))
			}
			if _, err := add.Exec(ctx); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(questions, statementRows) {
			rows := make([]questionRow, len(part))
			for i, q := range part {
				rows[i] = questionRow{
					Bot: bot, Conversation: from.Conversation, Seq: q.Seq, At: nanos(q.At), Reason: q.Reason, Text: q.Text,
					Article: q.Article, Probability: q.Probability,
				}
			}
			if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Use returns the counts of the days from since on, by article and day.
func (s *Store) Use(ctx context.Context, bot, since string) ([]usage.Day, error) {
	var rows []useRow
	err := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).Where("day >= ?", since).Order("article", "day").Scan(ctx)
	if err != nil {
		return nil, s.fail(err, "reading the use of articles")
	}
	out := make([]usage.Day, len(rows))
	for i, r := range rows {
		out[i] = usage.Day{Article: r.Article, Day: r.Day, Counts: usage.Counts{
			Shown: r.Shown, Answered: r.Answered, Suggested: r.Suggested, Taken: r.Taken, Ignored: r.Ignored, Disliked: r.Disliked, Handed: r.Handed,
		}}
	}
	return out, nil
}

// OpenQuestions returns questions that found no answer, the newest first.
func (s *Store) OpenQuestions(ctx context.Context, bot string, since time.Time, limit int) ([]usage.Question, error) {
	var rows []questionRow
	err := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).Where("at >= ?", nanos(since)).
		Order("at DESC", "conversation", "seq").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, s.fail(err, "reading questions without an answer")
	}
	out := make([]usage.Question, len(rows))
	for i, r := range rows {
		out[i] = usage.Question{
			Conversation: r.Conversation, Seq: r.Seq, At: instant(r.At), Text: r.Text, Reason: r.Reason, Article: r.Article, Probability: r.Probability,
		}
	}
	return out, nil
}

// ClosedConversations returns at most limit ids, in their order, of a bot's
// closed conversations that changed at since or later, beyond the id after.
func (s *Store) ClosedConversations(ctx context.Context, bot string, since time.Time, after string, limit int) ([]string, error) {
	var ids []string
	err := s.reader.NewSelect().Model((*conversationRow)(nil)).Column("id").Where("bot = ?", bot).
		Where("status = ?", string(dialog.StatusClosed)).Where("updated >= ?", nanos(since)).Where("id > ?", after).
		Order("id").Limit(int64(limit)).Scan(ctx, &ids)
	return ids, s.fail(err, "listing closed conversations")
}
