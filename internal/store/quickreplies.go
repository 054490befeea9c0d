package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/dialog/quickreply"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

var _ quickreply.Store = (*Store)(nil)

type quickReplyRow struct {
	bun.BaseModel `bun:"table:quick_replies"`

	Bot      string `bun:"bot"`
	ID       string `bun:"id"`
	Scope    string `bun:"scope"`
	Owner    string `bun:"owner"`
	Shortcut string `bun:"shortcut"`
	Place    int    `bun:"place"`
	Content  string `bun:"content"` // JSON
	Uses     int64  `bun:"uses"`
	Author   string `bun:"author"`
	Updated  int64  `bun:"updated"`
	Version  int    `bun:"version"`
}

// quickReplyContent are the fields of a reply beyond its columns.
type quickReplyContent struct {
	Title       string          `json:"title"`
	Text        string          `json:"text"`
	Folder      string          `json:"folder,omitempty"`
	Attachments []kb.Attachment `json:"attachments,omitempty"`
}

func (r *quickReplyRow) reply() (quickreply.Reply, error) {
	var c quickReplyContent
	if err := json.Unmarshal([]byte(r.Content), &c); err != nil {
		return quickreply.Reply{}, fault.Wrap(err, fault.Internal, "quick reply %q is damaged in the database", r.ID)
	}
	return quickreply.Reply{
		ID: r.ID, Shelf: quickreply.Shelf{Scope: quickreply.Scope(r.Scope), Owner: r.Owner},
		Title: c.Title, Text: c.Text, Folder: c.Folder, Shortcut: r.Shortcut, Attachments: c.Attachments,
		Place: r.Place, Uses: r.Uses, Author: r.Author, Updated: instant(r.Updated), Version: r.Version,
	}, nil
}

func (s *Store) rowOfQuickReply(bot string, r quickreply.Reply) (quickReplyRow, error) {
	if bot == "" || r.ID == "" || r.Scope == "" {
		return quickReplyRow{}, fault.New(fault.Invalid, "a quick reply needs a bot, an id and a scope")
	}
	packed, err := json.Marshal(quickReplyContent{r.Title, r.Text, r.Folder, r.Attachments})
	if err != nil {
		return quickReplyRow{}, fault.Wrap(err, fault.Invalid, "quick reply %q cannot be written", r.ID)
	}
	return quickReplyRow{
		Bot: bot, ID: r.ID, Scope: string(r.Scope), Owner: r.Owner, Shortcut: r.Shortcut, Place: r.Place,
		Content: string(packed), Author: r.Author, Updated: nanos(s.now()), Version: r.Version + 1,
	}, nil
}

// QuickReplies returns the replies of the shelves, by place, then id; none for
// no shelves.
func (s *Store) QuickReplies(ctx context.Context, bot string, shelves []quickreply.Shelf) ([]quickreply.Reply, error) {
	if len(shelves) == 0 {
		return []quickreply.Reply{}, nil
	}
	var rows []quickReplyRow
	err := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, sh := range shelves {
			q = q.WhereOr("scope = ? AND owner = ?", string(sh.Scope), sh.Owner)
		}
		return q
	}).Order("place", "id").Scan(ctx)
	if err != nil {
		return nil, s.fail(err, "listing quick replies")
	}
	out := make([]quickreply.Reply, len(rows))
	for i := range rows {
		if out[i], err = rows[i].reply(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// QuickReply returns one reply; fault.NotFound when the bot has no such one.
func (s *Store) QuickReply(ctx context.Context, bot, id string) (quickreply.Reply, error) {
	var row quickReplyRow
	if err := s.reader.NewSelect().Model(&row).Where("bot = ?", bot).Where("id = ?", id).Scan(ctx); err != nil {
		return quickreply.Reply{}, s.fail(none(err, "没有这条快捷短语"), "reading a quick reply")
	}
	return row.reply()
}

// PutQuickReplies adds or replaces replies, all or none, and returns them with
// Version raised and Updated set. Another version than the stored one, and a
// shortcut that another reply of the shelf has, are fault.Conflict.
func (s *Store) PutQuickReplies(ctx context.Context, bot string, replies []quickreply.Reply) ([]quickreply.Reply, error) {
	rows := make([]quickReplyRow, len(replies))
	for i, r := range replies {
		var err error
		if rows[i], err = s.rowOfQuickReply(bot, r); err != nil {
			return nil, err
		}
	}
	err := s.write(ctx, "storing quick replies", func(ctx context.Context, tx bun.Tx) error {
		return putQuickReplies(ctx, tx, rows)
	})
	if err != nil {
		return nil, err
	}
	out := slices.Clone(replies)
	for i := range out {
		out[i].Version, out[i].Updated = rows[i].Version, instant(rows[i].Updated)
	}
	return out, nil
}

func putQuickReplies(ctx context.Context, tx bun.Tx, rows []quickReplyRow) error {
	// Shortcuts may change places among the rows: they are given up first.
	for i := range rows {
		if rows[i].Version == 1 {
			continue
		}
		_, err := tx.NewUpdate().Model((*quickReplyRow)(nil)).Set("shortcut = ''").
			Where("bot = ?", rows[i].Bot).Where("id = ?", rows[i].ID).Where("version = ?", rows[i].Version-1).Exec(ctx)
		if err != nil {
			return err
		}
	}
	for i := range rows {
		row := &rows[i]
		if row.Version == 1 {
			if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
				return err
			}
			continue
		}
		done, err := tx.NewUpdate().Model(row).ExcludeColumn("bot", "id", "uses").
			Where("bot = ?", row.Bot).Where("id = ?", row.ID).Where("version = ?", row.Version-1).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return fault.In(row.ID, fault.New(fault.Conflict, "短语 %s 刚被他人修改或删除，请重新读取后再保存", row.ID))
		}
	}
	return nil
}

// DeleteQuickReplies removes replies and returns how many there were.
func (s *Store) DeleteQuickReplies(ctx context.Context, bot string, ids []string) (int, error) {
	return s.deleteOf(ctx, "removing quick replies", (*quickReplyRow)(nil), bot, ids)
}

// CountQuickReply counts a use of a reply; fault.NotFound.
func (s *Store) CountQuickReply(ctx context.Context, bot, id string) error {
	return s.write(ctx, "counting a quick reply", func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewUpdate().Model((*quickReplyRow)(nil)).Set("uses = uses + 1").Where("bot = ?", bot).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		return s.touched(done, "没有这条快捷短语")
	})
}

type memberRow struct {
	bun.BaseModel `bun:"table:team_members"`

	Bot   string `bun:"bot"`
	Team  string `bun:"team"`
	User  string `bun:"user_id"`
	Leads int    `bun:"leads"`
}

// Teams returns the teams of a bot by name, their members by id.
func (s *Store) Teams(ctx context.Context, bot string) ([]quickreply.Team, error) {
	var rows []memberRow
	if err := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).Order("team", "user_id").Scan(ctx); err != nil {
		return nil, s.fail(err, "listing teams")
	}
	teams := []quickreply.Team{}
	for _, r := range rows {
		if n := len(teams); n == 0 || teams[n-1].Name != r.Team {
			teams = append(teams, quickreply.Team{Name: r.Team})
		}
		last := &teams[len(teams)-1]
		last.Members = append(last.Members, quickreply.Member{User: r.User, Leads: r.Leads != 0})
	}
	return teams, nil
}

// TeamsOf returns the teams that a user is in, by name.
func (s *Store) TeamsOf(ctx context.Context, bot, user string) ([]quickreply.Membership, error) {
	var rows []memberRow
	if err := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).Where("user_id = ?", user).Order("team").Scan(ctx); err != nil {
		return nil, s.fail(err, "listing the teams of a user")
	}
	out := make([]quickreply.Membership, len(rows))
	for i, r := range rows {
		out[i] = quickreply.Membership{Team: r.Team, Leads: r.Leads != 0}
	}
	return out, nil
}

// PutTeam replaces the members of a team; none removes it.
func (s *Store) PutTeam(ctx context.Context, bot string, t quickreply.Team) error {
	return s.write(ctx, "storing a team", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*memberRow)(nil)).Where("bot = ?", bot).Where("team = ?", t.Name).Exec(ctx)
		if err != nil || len(t.Members) == 0 {
			return err
		}
		rows := make([]memberRow, len(t.Members))
		for i, m := range t.Members {
			rows[i] = memberRow{Bot: bot, Team: t.Name, User: m.User}
			if m.Leads {
				rows[i].Leads = 1
			}
		}
		_, err = tx.NewInsert().Model(&rows).Exec(ctx)
		return err
	})
}
