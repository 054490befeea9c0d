package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
)

type userRow struct {
	bun.BaseModel `bun:"table:users"`

	Bot      string `bun:"bot"`
	ID       string `bun:"id"`
	Name     string `bun:"name"`
	Role     string `bun:"role"`
	Password string `bun:"password"`
	Created  int64  `bun:"created"`
	Disabled int64  `bun:"disabled"`
}

// User is a person who works for a bot's shop.
type User struct {
	ID   string
	Bot  string
	Name string // unique within the bot; what the user logs in with
	Role string // agent, trainer or admin
	// Password is an argon2id hash in PHC format.
	Password   string
	CreatedAt  time.Time
	DisabledAt time.Time // zero: may log in
}

func (r *userRow) user() User {
	return User{
		ID: r.ID, Bot: r.Bot, Name: r.Name, Role: r.Role, Password: r.Password,
		CreatedAt: instant(r.Created), DisabledAt: instant(r.Disabled),
	}
}

// AddUser stores a new user. A name that the bot has already is
// fault.Conflict; an empty field is fault.Invalid.
func (s *Store) AddUser(ctx context.Context, u User) (User, error) {
	if u.ID == "" || u.Bot == "" || u.Name == "" || u.Role == "" || u.Password == "" {
		return User{}, fault.New(fault.Invalid, "a user needs an id, a bot, a name, a role and a password hash")
	}
	row := userRow{Bot: u.Bot, ID: u.ID, Name: u.Name, Role: u.Role, Password: u.Password, Created: nanos(s.now())}
	done, err := s.writer.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return User{}, s.fail(err, "storing a user")
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return User{}, fault.In("name", fault.New(fault.Conflict, "bot %q already has a user %q", u.Bot, u.Name))
	}
	return row.user(), nil
}

// User returns the user with this id; fault.NotFound when there is none.
func (s *Store) User(ctx context.Context, id string) (User, error) {
	var row userRow
	if err := s.reader.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return User{}, s.fail(none(err, "no user %q", id), "reading a user")
	}
	return row.user(), nil
}

// UsersByName returns the users with this name, at most one per bot, by bot.
func (s *Store) UsersByName(ctx context.Context, name string) ([]User, error) {
	return s.users(ctx, s.reader.NewSelect().Where("name = ?", name).Order("bot"))
}

// Users returns the users of a bot, disabled ones too, by name.
func (s *Store) Users(ctx context.Context, bot string) ([]User, error) {
	return s.users(ctx, s.reader.NewSelect().Where("bot = ?", bot).Order("name"))
}

func (s *Store) users(ctx context.Context, q *bun.SelectQuery) ([]User, error) {
	var rows []userRow
	if err := q.Model(&rows).Scan(ctx); err != nil {
		return nil, s.fail(err, "listing users")
	}
	users := make([]User, len(rows))
	for i := range rows {
		users[i] = rows[i].user()
	}
	return users, nil
}

// SetPassword replaces a user's password hash and ends the user's sessions;
// fault.NotFound when the bot has no such user.
func (s *Store) SetPassword(ctx context.Context, bot, id, hash string) error {
	if hash == "" {
		return fault.New(fault.Invalid, "the password hash is empty")
	}
	return s.changeUser(ctx, bot, id, "password = ?", hash)
}

// DisableUser keeps a user from logging in and ends the user's sessions;
// fault.NotFound when the bot has no such user.
func (s *Store) DisableUser(ctx context.Context, bot, id string) error {
	return s.changeUser(ctx, bot, id, "disabled = ?", nanos(s.now()))
}

// EnableUser lets a disabled user log in again.
func (s *Store) EnableUser(ctx context.Context, bot, id string) error {
	return s.changeUser(ctx, bot, id, "disabled = ?", 0)
}

func (s *Store) changeUser(ctx context.Context, bot, id, set string, value any) error {
	return s.write(ctx, "changing a user", func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewUpdate().Model((*userRow)(nil)).Set(set, value).
			Where("bot = ?", bot).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		if err := s.touched(done, "bot %q has no user %q", bot, id); err != nil {
			return err
		}
		_, err = tx.NewDelete().Model((*sessionRow)(nil)).Where("user_id = ?", id).Exec(ctx)
		return err
	})
}

// touched is NotFound with these words when a statement changed no row.
func (s *Store) touched(done sql.Result, format string, args ...any) error {
	n, err := done.RowsAffected()
	if err != nil {
		return s.fail(err, "counting changed rows")
	}
	if n == 0 {
		return fault.New(fault.NotFound, format, args...)
	}
	return nil
}
