package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/help"
)

// helpKept is how long help sessions are kept: a year can be compared with the
// one before.
const helpKept = 2 * 366 * 24 * time.Hour

type helpSessionRow struct {
	bun.BaseModel `bun:"table:help_sessions"`

	Bot      string `bun:"bot"`
	ID       string `bun:"id"`
	Day      string `bun:"day"`
	Started  int64  `bun:"started"`
	Searches int    `bun:"searches"`
	Outcome  string `bun:"outcome"`
}

type helpArticleRow struct {
	bun.BaseModel `bun:"table:help_articles"`

	Bot     string `bun:"bot"`
	Session string `bun:"session"`
	Article string `bun:"article"`
	Day     string `bun:"day"`
	Opened  int    `bun:"opened"`
	Solved  int    `bun:"solved"`
}

// HelpSearched counts a search of a help session and the articles it showed.
// A session that the bot does not have yet begins with it, at the given time
// and on the date that this is in its own location.
func (s *Store) HelpSearched(ctx context.Context, bot, session string, at time.Time, shown []string) error {
	if bot == "" || session == "" {
		return fault.New(fault.Invalid, "a help session needs a bot and an id")
	}
	day := at.Format(time.DateOnly)
	return s.write(ctx, "counting a search for help", func(ctx context.Context, tx bun.Tx) error {
		row := helpSessionRow{Bot: bot, ID: session, Day: day, Started: nanos(at), Searches: 1}
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (bot, id) DO UPDATE").Set("searches = ?TableAlias.searches + 1").Exec(ctx)
		if err != nil || len(shown) == 0 {
			return err
		}
		rows := make([]helpArticleRow, len(shown))
		for i, a := range shown {
			rows[i] = helpArticleRow{Bot: bot, Session: session, Article: a, Day: day}
		}
		_, err = tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx)
		return err
	})
}

// HelpOpened notes that an article was opened in a help session; opened again,
// it counts once. An unknown session is fault.NotFound.
func (s *Store) HelpOpened(ctx context.Context, bot, session, article string) error {
	return s.write(ctx, "counting an article that was opened", func(ctx context.Context, tx bun.Tx) error {
		row, err := s.helpSession(ctx, tx, bot, session)
		if err != nil {
			return err
		}
		return noteHelp(ctx, tx, helpArticleRow{Bot: bot, Session: session, Article: article, Day: row.Day, Opened: 1})
	})
}

// HelpEnded notes how a help session ended, and with help.Solved the article
// that did it, where one is named. A ticket that was sent stays sent. An
// unknown session is fault.NotFound.
func (s *Store) HelpEnded(ctx context.Context, bot, session string, outcome help.Outcome, article string) error {
	return s.write(ctx, "counting a help session", func(ctx context.Context, tx bun.Tx) error {
		row, err := s.helpSession(ctx, tx, bot, session)
		if err != nil || help.Outcome(row.Outcome) == help.Sent {
			return err
		}
		_, err = tx.NewUpdate().Model((*helpSessionRow)(nil)).Set("outcome = ?", string(outcome)).
			Where("bot = ?", bot).Where("id = ?", session).Exec(ctx)
		if err != nil {
			return err
		}
		if outcome == help.Sent { // nothing helped after all
			_, err = tx.NewUpdate().Model((*helpArticleRow)(nil)).Set("solved = 0").
				Where("bot = ?", bot).Where("session = ?", session).Exec(ctx)
			return err
		}
		if article == "" {
			return nil
		}
		return noteHelp(ctx, tx, helpArticleRow{Bot: bot, Session: session, Article: article, Day: row.Day, Opened: 1, Solved: 1})
	})
}

// helpSession reads a session and keeps others from changing it.
func (s *Store) helpSession(ctx context.Context, tx bun.Tx, bot, session string) (helpSessionRow, error) {
	var row helpSessionRow
	err := locked(tx.NewSelect().Model(&row).Where("bot = ?", bot).Where("id = ?", session), s.dialect.forUpdate).Scan(ctx)
	return row, none(err, "没有这次帮助搜索，请重新搜索。")
}

// noteHelp raises what a session did with an article to what row says.
func noteHelp(ctx context.Context, tx bun.Tx, row helpArticleRow) error {
	_, err := tx.NewInsert().Model(&row).On("CONFLICT (bot, session, article) DO UPDATE").
		Set("opened = CASE WHEN ?TableAlias.opened > excluded.opened THEN ?TableAlias.opened ELSE excluded.opened END").
		Set("solved = CASE WHEN ?TableAlias.solved > excluded.solved THEN ?TableAlias.solved ELSE excluded.solved END").Exec(ctx)
	return err
}

// HelpDays counts a bot's help sessions by the day on which they began, from
// one date to another, both as in 2026-03-01 and inclusive; days without any
// are left out.
func (s *Store) HelpDays(ctx context.Context, bot, from, to string) ([]help.Day, error) {
	var rows []struct {
		Day                                             string
		Sessions, Searches, Shown, Opened, Solved, Sent int
	}
	shown := s.reader.NewSelect().Model((*helpArticleRow)(nil)).
		ColumnExpr("session").ColumnExpr("MAX(opened) AS opened").
		Where("bot = ?", bot).Where("day BETWEEN ? AND ?", from, to).Group("session")
	err := s.reader.NewSelect().TableExpr("help_sessions AS h").
		Join("LEFT JOIN (?) AS a ON a.session = h.id", shown).
		ColumnExpr("h.day AS day").ColumnExpr("COUNT(*) AS sessions").ColumnExpr("SUM(h.searches) AS searches").
		ColumnExpr("SUM(CASE WHEN a.session IS NULL THEN 0 ELSE 1 END) AS shown").
		ColumnExpr("SUM(CASE WHEN a.opened > 0 THEN 1 ELSE 0 END) AS opened").
		ColumnExpr("SUM(CASE WHEN h.outcome = ? THEN 1 ELSE 0 END) AS solved", string(help.Solved)).
		ColumnExpr("SUM(CASE WHEN h.outcome = ? THEN 1 ELSE 0 END) AS sent", string(help.Sent)).
		Where("h.bot = ?", bot).Where("h.day BETWEEN ? AND ?", from, to).
		Group("h.day").Order("day").Scan(ctx, &rows)
	if err != nil {
		return nil, s.fail(err, "counting help sessions")
	}
	days := make([]help.Day, len(rows))
	for i, r := range rows {
		days[i] = help.Day(r)
	}
	return days, nil
}

// HelpUses returns the articles that help sessions since a date used most: by
// how often they helped, were opened, were shown.
func (s *Store) HelpUses(ctx context.Context, bot, from string, limit int) ([]help.Use, error) {
	var uses []help.Use
	err := s.reader.NewSelect().Model((*helpArticleRow)(nil)).
		ColumnExpr("article").ColumnExpr("COUNT(*) AS shown").ColumnExpr("SUM(opened) AS opened").ColumnExpr("SUM(solved) AS solved").
		Where("bot = ?", bot).Where("day >= ?", from).Group("article").
		OrderExpr("SUM(solved) DESC, SUM(opened) DESC, COUNT(*) DESC, article").Limit(int64(limit)).Scan(ctx, &uses)
	return uses, s.fail(err, "counting the articles of help sessions")
}
