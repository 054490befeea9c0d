package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

type conversationRow struct {
	bun.BaseModel `bun:"table:conversations"`

	Bot            string `bun:"bot"`
	ID             string `bun:"id"`
	IdempotencyKey string `bun:"idempotency_key,nullzero"`
	Visitor        string `bun:"visitor"`
	Customer       string `bun:"customer"`
	Channel        string `bun:"channel"`
	Status         string `bun:"status"`
	Owner          string `bun:"owner"`
	SkillGroup     string `bun:"skill_group"`
	Intent         string `bun:"intent"`
	Sentiment      string `bun:"sentiment"`
	LastText       string `bun:"last_text"`
	LastFrom       string `bun:"last_from"`
	Unread         int    `bun:"unread"`
	Started        int64  `bun:"started"`
	Updated        int64  `bun:"updated"`
	Queued         int64  `bun:"queued"`
	Seq            int64  `bun:"seq"`
}

func rowOfSummary(s dialog.Summary) conversationRow {
	return conversationRow{
		Bot: s.Bot, ID: s.Conversation, Visitor: s.Visitor, Customer: s.Customer, Channel: s.Channel,
		Status: string(s.Status), Owner: s.Owner, SkillGroup: s.SkillGroup,
		Intent: s.Intent, Sentiment: s.Sentiment,
		LastText: s.LastText, LastFrom: string(s.LastFrom), Unread: s.Unread,
		Started: nanos(s.StartedAt), Updated: nanos(s.UpdatedAt), Queued: nanos(s.QueuedAt), Seq: s.Seq,
	}
}

func (r *conversationRow) summary() dialog.Summary {
	return dialog.Summary{
		Bot: r.Bot, Conversation: r.ID, Visitor: r.Visitor, Customer: r.Customer, Channel: r.Channel,
		Status: dialog.Status(r.Status), Owner: r.Owner, SkillGroup: r.SkillGroup,
		Intent: r.Intent, Sentiment: r.Sentiment,
		LastText: r.LastText, LastFrom: dialog.ActorKind(r.LastFrom), Unread: r.Unread,
		StartedAt: instant(r.Started), UpdatedAt: instant(r.Updated), QueuedAt: instant(r.Queued), Seq: r.Seq,
	}
}

// Summaries lists conversations: queued ones first, the longest waiting at the
// top, then the others, the latest active at the top. A filter without a bot
// or with a limit above 500 is fault.Invalid.
func (s *Store) Summaries(ctx context.Context, f dialog.Filter) ([]dialog.Summary, error) {
	switch {
	case f.Bot == "":
		return nil, fault.In("bot", fault.New(fault.Invalid, "conversations are listed for one bot"))
	case f.Limit < 0 || f.Limit > 500:
		return nil, fault.In("limit", fault.New(fault.Invalid, "the limit must be between 1 and 500"))
	case f.Limit == 0:
		f.Limit = 100
	}
	var rows []conversationRow
	q := s.reader.NewSelect().Model(&rows).Where("bot = ?", f.Bot)
	if len(f.Statuses) > 0 {
		q = q.Where("status IN (?)", bun.List(f.Statuses))
	}
	if f.Owner != "" {
		q = q.Where("owner = ?", f.Owner)
	}
	if f.Visitor != "" {
		q = q.Where("visitor = ?", f.Visitor)
	}
	err := q.OrderExpr("CASE WHEN status = ? THEN queued ELSE ? END", dialog.StatusQueued, int64(1)<<62).
		Order("updated DESC", "id").Limit(int64(f.Limit)).Scan(ctx)
	if err != nil {
		return nil, s.fail(err, "listing conversations")
	}
	summaries := make([]dialog.Summary, len(rows))
	for i := range rows {
		summaries[i] = rows[i].summary()
	}
	return summaries, nil
}

// Summary returns one conversation's row; fault.NotFound when the bot has no such one.
func (s *Store) Summary(ctx context.Context, bot, conversation string) (dialog.Summary, error) {
	var row conversationRow
	err := s.reader.NewSelect().Model(&row).Where("bot = ?", bot).Where("id = ?", conversation).Scan(ctx)
	if err != nil {
		return dialog.Summary{}, s.fail(none(err, "no conversation %q", conversation), "reading a conversation")
	}
	return row.summary(), nil
}
