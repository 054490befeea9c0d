package main

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/store"
)

// newLogger writes to w as the configuration says.
func newLogger(cfg config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	// The configuration was checked: the level is one of slog's names.
	_ = level.UnmarshalText([]byte(cfg.Level))
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// quietLogger is newLogger for commands: what a service tells of its ordinary
// work would only stand in the way of a command's own output.
func quietLogger(cfg config.Log, w io.Writer) *slog.Logger {
	if cfg.Level == "info" {
		cfg.Level = "warn"
	}
	return newLogger(cfg, w)
}

// dsn is where the configuration keeps its data: a PostgreSQL DSN, or the
// SQLite file of the data folder.
func dsn(cfg config.Config) string {
	if cfg.Store.DSN != "" {
		return cfg.Store.DSN
	}
	return filepath.Join(cfg.Data, "yingda.db")
}

func openStore(ctx context.Context, cfg config.Config, log *slog.Logger) (*store.Store, error) {
	return store.Open(ctx, store.Options{DSN: dsn(cfg), Clock: clock.System{}, Logger: log})
}

// withStore opens the configured store for one command.
func (g *globals) withStore(fn func(cfg config.Config, s *store.Store) error) (err error) {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	s, err := openStore(g.ctx, cfg, quietLogger(cfg.Log, g.std.err))
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := s.Close(); err == nil {
			err = closeErr
		}
	}()
	b, err := readBots(cfg.Dialog.Bots)
	if err != nil {
		return err
	}
	if err := b.register(g.ctx, s); err != nil {
		return err
	}
	return fn(cfg, s)
}
