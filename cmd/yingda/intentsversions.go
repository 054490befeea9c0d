package main

import (
	"fmt"
	"time"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/nlu/head"
)

// headFlags name a head of a bot.
type headFlags struct {
	Name string `default:"intent" help:"Name of the head."`
	Bot  string `help:"Bot that has the head; without it, the one of all bots." placeholder:"BOT"`
}

type intentsVersionsCmd struct{ headFlags }

// Run prints one line per version, the newest first.
func (c *intentsVersionsCmd) Run(g *globals) error {
	return g.withHeads(func(r *head.Registry) error {
		list, err := r.Versions(c.Bot, c.Name)
		if err != nil {
			return err
		}
		for _, v := range list {
			state := "kept"
			switch {
			case v.Active:
				state = "active"
			case !v.Usable:
				state = "of another encoder"
			}
			accuracy := ""
			for _, q := range v.Quality {
				if q.Name == "accuracy" {
					accuracy = fmt.Sprintf("accuracy %.3f by %s", q.Value, q.On)
				}
			}
			if _, err := fmt.Fprintf(g.std.out, "%-32s %-8s %s  %d labels  %s\n", v.ID, state, v.Created.Format(time.DateTime), v.Labels, accuracy); err != nil {
				return err
			}
		}
		return nil
	})
}

type intentsActivateCmd struct {
	headFlags
	ID string `arg:"" help:"The version, or '-' for the built-in head (for a bot: that of all bots)."`
}

// Run marks the version; a running server picks the mark up.
func (c *intentsActivateCmd) Run(g *globals) error {
	return g.withHeads(func(r *head.Registry) error {
		if err := r.Activate(c.Bot, c.Name, c.ID); err != nil {
			return err
		}
		_, err := fmt.Fprintf(g.std.out, "%s is active for %s\n", named(c.ID), orAll(c.Bot))
		return err
	})
}

type intentsRollbackCmd struct{ headFlags }

// Run goes back to the version before.
func (c *intentsRollbackCmd) Run(g *globals) error {
	return g.withHeads(func(r *head.Registry) error {
		id, err := r.Rollback(c.Bot, c.Name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(g.std.out, "%s is active for %s\n", named(id), orAll(c.Bot))
		return err
	})
}

func named(id string) string {
	if id == head.Below {
		return "the head below"
	}
	return id
}

// withHeads opens the registry, for commands that read no message.
func (g *globals) withHeads(fn func(*head.Registry) error) error {
	return g.withEncoder(func(cfg config.Config, u *understanding) error {
		if err := u.openHeads(cfg); err != nil {
			return err
		}
		return fn(u.heads)
	})
}
