package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/internal/store"
)

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make an API key and print it, once."`
	List   keyListCmd   `cmd:"" help:"List a bot's keys."`
	Revoke keyRevokeCmd `cmd:"" help:"Make a key void."`
	Secret keySecretCmd `cmd:"" help:"Print the secret by which a shop signs its customers' ids."`
}

type keyCreateCmd struct {
	Bot  string    `required:"" help:"Bot that the key reaches." placeholder:"BOT"`
	Role auth.Role `required:"" help:"visitor (publishable), agent, trainer or service." placeholder:"ROLE"`
	Name string    `help:"What the key is for, for people." placeholder:"TEXT"`
}

// Run makes, stores and prints a key.
func (c *keyCreateCmd) Run(g *globals) error {
	return g.withStore(func(_ config.Config, s *store.Store) error {
		if _, err := s.Bot(g.ctx, c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		key, err := auth.NewKey(c.Role)
		if err != nil {
			return err
		}
		row, err := s.AddKey(g.ctx, store.Key{
			ID: ident.NewULID(clock.System{}).New("key"), Bot: c.Bot, Role: string(c.Role), Name: c.Name, Hash: auth.Hash(key),
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(g.std.err, "%s for bot %s, role %s; it is shown this once:\n", row.ID, c.Bot, c.Role)
		_, err = fmt.Fprintln(g.std.out, key)
		return err
	})
}

// noBot says which bots would have been right.
func noBot(bot string, err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.In("--bot", fault.New(fault.NotFound, "there is no bot %q; 'yingda serve --demo' makes the bot demo", bot))
	}
	return err
}

type keyListCmd struct {
	Bot string `required:"" help:"Bot whose keys are listed." placeholder:"BOT"`
}

// Run prints one line per key, never the key itself.
func (c *keyListCmd) Run(g *globals) error {
	return g.withStore(func(_ config.Config, s *store.Store) error {
		keys, err := s.Keys(g.ctx, c.Bot)
		if err != nil {
			return err
		}
		for _, k := range keys {
			state := "valid"
			if !k.RevokedAt.IsZero() {
				state = "revoked " + k.RevokedAt.Format(time.DateOnly)
			}
			if _, err := fmt.Fprintf(g.std.out, "%s  %-8s %-20s %s\n", k.ID, k.Role, state, k.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

type keyRevokeCmd struct {
	Bot string `required:"" help:"Bot of the key." placeholder:"BOT"`
	ID  string `arg:"" help:"The key's id, as 'key list' prints it."`
}

// Run revokes the key.
func (c *keyRevokeCmd) Run(g *globals) error {
	return g.withStore(func(_ config.Config, s *store.Store) error { return s.RevokeKey(g.ctx, c.Bot, c.ID) })
}

type keySecretCmd struct {
	Bot    string `required:"" help:"Bot of the secret." placeholder:"BOT"`
	Rotate bool   `help:"Make a new one first; what was signed with the old one is void."`
}

// Run prints the customer secret in hexadecimal. A customer's signature is
// hex(HMAC-SHA256(secret bytes, customer id)).
func (c *keySecretCmd) Run(g *globals) error {
	return g.withStore(func(_ config.Config, s *store.Store) error {
		if _, err := s.Bot(g.ctx, c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		if c.Rotate {
			fresh := make([]byte, 32)
			if _, err := rand.Read(fresh); err != nil {
				return err
			}
			if err := s.SetSecret(g.ctx, c.Bot, store.CustomerSecret, fresh); err != nil {
				return err
			}
		}
		secret, err := s.Secret(g.ctx, c.Bot, store.CustomerSecret)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(g.std.out, hex.EncodeToString(secret))
		return err
	})
}

type userCmd struct {
	Add  userAddCmd  `cmd:"" help:"Add an agent, a trainer or an admin."`
	List userListCmd `cmd:"" help:"List a bot's users."`
}

type userAddCmd struct {
	Bot  string    `required:"" help:"Bot the user works for." placeholder:"BOT"`
	Role auth.Role `default:"agent" help:"agent, trainer or admin." placeholder:"ROLE"`
	Name string    `arg:"" help:"The name to log in with."`
}

// Run reads the password from standard input, without echo on a terminal, and adds the user.
func (c *userAddCmd) Run(g *globals) error {
	if c.Role != auth.Agent && c.Role != auth.Trainer && c.Role != auth.Admin {
		return fault.In("--role", fault.New(fault.Invalid, "%q is not agent, trainer or admin", c.Role))
	}
	return g.withStore(func(_ config.Config, s *store.Store) error {
		if _, err := s.Bot(g.ctx, c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		password, err := readPassword(g.std)
		if err != nil {
			return err
		}
		u, err := addUser(g, s, c.Bot, c.Name, c.Role, password)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(g.std.out, u.ID)
		return err
	})
}

func addUser(g *globals, s *store.Store, bot, name string, role auth.Role, password string) (store.User, error) {
	hash, err := auth.HashPassword(password)
	if err != nil {
		return store.User{}, err
	}
	return s.AddUser(g.ctx, store.User{
		ID: ident.NewULID(clock.System{}).New("user"), Bot: bot, Name: name, Role: string(role), Password: hash,
	})
}

// readPassword reads one line; on a terminal it prompts and does not echo.
func readPassword(std streams) (string, error) {
	if f, ok := std.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(std.err, "password: ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(std.err)
		return string(b), err
	}
	b, err := io.ReadAll(io.LimitReader(std.in, 4096))
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimRight(line, "\r"), err
}

type userListCmd struct {
	Bot string `required:"" help:"Bot whose users are listed." placeholder:"BOT"`
}

// Run prints one line per user.
func (c *userListCmd) Run(g *globals) error {
	return g.withStore(func(_ config.Config, s *store.Store) error {
		users, err := s.Users(g.ctx, c.Bot)
		var errs []error
		for _, u := range users {
			state := "active"
			if !u.DisabledAt.IsZero() {
				state = "disabled"
			}
			_, err := fmt.Fprintf(g.std.out, "%s  %-8s %-9s %s\n", u.ID, u.Role, state, u.Name)
			errs = append(errs, err)
		}
		return errors.Join(append(errs, err)...)
	})
}
