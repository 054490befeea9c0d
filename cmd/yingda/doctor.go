package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu/ort"
	"github.com/yingda/yingda/web"
)

type doctorCmd struct{}

// examination is one thing that the doctor looks at.
type examination struct {
	name string
	// look returns what was found, or an error that says the fix.
	look func(ctx context.Context) (string, error)
}

// Run looks at everything a service needs and prints one line each. It fails
// when anything is missing.
func (doctorCmd) Run(g *globals) error {
	cfg, err := g.load()
	if err != nil {
		fmt.Fprintf(g.std.out, "✗ configuration\n    %v\n", err)
		return errLines
	}
	failed := false
	for _, e := range examinations(cfg) {
		found, err := e.look(g.ctx)
		if err != nil {
			failed = true
			_, err = fmt.Fprintf(g.std.out, "✗ %-16s %s\n", e.name, strings.ReplaceAll(err.Error(), "\n", "\n    "))
		} else {
			_, err = fmt.Fprintf(g.std.out, "✓ %-16s %s\n", e.name, found)
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return errLines
	}
	return nil
}

func examinations(cfg config.Config) []examination {
	return []examination{
		{"configuration", func(context.Context) (string, error) { return "all keys are known and in range", nil }},
		{"native library", func(context.Context) (string, error) { return lookLibrary(cfg) }},
		{"models", func(context.Context) (string, error) { return lookModels(cfg) }},
		{"dictionary", func(context.Context) (string, error) { return lookDictionary(cfg) }},
		{"bots", func(context.Context) (string, error) {
			b, err := readBots(cfg.Dialog.Bots)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%d described", len(b.list)), nil
		}},
		{"data folder", func(context.Context) (string, error) { return lookFolder(cfg.Data) }},
		{"database", func(ctx context.Context) (string, error) { return lookDatabase(ctx, cfg) }},
		{"vectors", func(ctx context.Context) (string, error) { return lookVectors(ctx, cfg) }},
		{"pages", func(context.Context) (string, error) {
			if _, err := web.FS(); err != nil {
				return "", err
			}
			return "built in", nil
		}},
		{"address", func(ctx context.Context) (string, error) { return lookAddress(ctx, cfg.Server.Listen) }},
	}
}

func lookLibrary(cfg config.Config) (string, error) {
	lib, err := ort.FindLibrary(cfg.ORTLib)
	if err != nil {
		return "", err
	}
	env, err := ort.Open(lib)
	if err != nil {
		return "", err
	}
	return lib, env.Close()
}

func lookModels(cfg config.Config) (string, error) {
	src, err := models.NewSource(cfg.NLU.Models)
	if err != nil {
		return "", err
	}
	all, err := src.List()
	errs := []error{err}
	enc, err := src.Load(models.EncoderDir)
	errs = append(errs, err)
	for _, m := range all {
		errs = append(errs, m.Verify())
		if err == nil && m.Manifest.Kind != models.KindEncoder {
			errs = append(errs, m.Manifest.Fits(enc.Manifest.ID, enc.Manifest.InputLength(m.Manifest)))
		}
	}
	return fmt.Sprintf("%d, all sums right, encoder %s", len(all), enc.Manifest.ID), errors.Join(errs...)
}

func lookDictionary(cfg config.Config) (string, error) {
	seg, err := openSegmenter(cfg)
	if err != nil {
		return "", err
	}
	words := joinWords(seg.Segment("七天无理由退货的运费险怎么用"))
	return words, nil
}

// lookFolder checks that the data folder can be written, without leaving
// anything behind; a folder that is not there yet is looked for further up.
func lookFolder(dir string) (string, error) {
	at := dir
	for {
		info, err := os.Stat(at)
		if err == nil && !info.IsDir() {
			return "", fault.New(fault.Invalid, "%s is a file; move it away, or give another --data", at)
		}
		if err == nil {
			break
		}
		up := filepath.Dir(at)
		if up == at {
			return "", fault.Wrap(err, fault.Unavailable, "%s cannot be reached", dir)
		}
		at = up
	}
	f, err := os.CreateTemp(at, ".yingda-doctor-*")
	if err != nil {
		return "", fault.Wrap(err, fault.Unavailable, "%s cannot be written; change its owner (chown) or give another --data", at)
	}
	err = errors.Join(f.Close(), os.Remove(f.Name()))
	if at != dir {
		return dir + " (will be made)", err
	}
	return dir, err
}

// lookDatabase opens an existing database; a SQLite file is not made.
func lookDatabase(ctx context.Context, cfg config.Config) (string, error) {
	if cfg.Store.DSN == "" {
		if _, err := os.Stat(dsn(cfg)); errors.Is(err, os.ErrNotExist) {
			return "none yet; the first start makes it", nil
		}
	}
	s, err := openStore(ctx, cfg, newLogger(cfg.Log, os.Stderr))
	if err != nil {
		return "", err
	}
	v, err := s.SchemaVersion(ctx)
	return fmt.Sprintf("%s, schema version %d", s.Dialect(), v), errors.Join(err, s.Close())
}

func lookAddress(ctx context.Context, address string) (string, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return "", fault.Wrap(err, fault.Unavailable, "%s cannot be listened on: is yingda running already? Else free the port or set server.listen", address)
	}
	return address + " is free", ln.Close()
}
