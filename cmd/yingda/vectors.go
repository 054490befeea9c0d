package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/qdrant"
	"github.com/yingda/yingda/kb/vector"
)

// vectorsDir is the folder of the vectors' snapshots within the data folder.
const vectorsDir = "vectors"

// engine is the configured vector index, with what keeps it between two runs:
// files, or the server itself.
type engine struct {
	hybrid.Vectors
	snapshots  base.Snapshots
	reconciler kb.Reconciler
	guard      *qdrant.Guard
}

// openVectors opens the configured vector index. A Qdrant that is down is no
// fault: articles are found by words until it is back.
func (a *app) openVectors(ctx context.Context) (engine, error) {
	id, dim := a.language.encoder.ID(), a.language.encoder.Dimension()
	if a.cfg.KB.Engine == "qdrant" {
		options := qdrantOptions(a.cfg.KB)
		options.Clock = a.clock
		guard, err := qdrant.OpenGuarded(ctx, id, dim, options, qdrant.GuardOptions{Log: a.log})
		if err != nil {
			return engine{}, err
		}
		a.onClose(guard.Close)
		return engine{Vectors: guard, reconciler: guard, guard: guard}, nil
	}
	scanner := a.language.environment.NewScanner()
	a.onClose(scanner.Close)
	index := vector.New(dim, vector.Options{Scanner: scanner})
	files, err := vector.NewSnapshots(index, vector.SnapshotOptions{
		Dir: filepath.Join(a.cfg.Data, vectorsDir), Encoder: id, Clock: a.clock, Log: a.log,
	})
	if err != nil {
		return engine{}, err
	}
	a.onClose(files.Close)
	return engine{Vectors: index, snapshots: files}, nil
}

// follow lets a server that was down catch up with the articles.
func (e engine) follow(service *base.Service) {
	if e.guard == nil {
		return
	}
	e.guard.CatchUp(func(ctx context.Context, bot string) error {
		_, err := service.Reconcile(ctx, bot)
		return err
	})
}

func qdrantOptions(cfg config.KB) qdrant.Options {
	return qdrant.Options{Addr: cfg.QdrantAddr, APIKey: cfg.QdrantKey, TLS: cfg.QdrantTLS}
}

type kbReconcileCmd struct {
	Bot string `required:"" help:"Bot whose vectors are compared with its articles." placeholder:"BOT"`
}

// Run makes the vector index hold what the bot's articles have, and says what
// it found. An index that is down makes it fail.
func (c *kbReconcileCmd) Run(g *globals) error {
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		r, err := a.knowledge.Reconcile(g.ctx, c.Bot)
		if err != nil {
			return err
		}
		if r.Deferred {
			return fault.New(fault.Unavailable, "Qdrant is down or fails; see yingda doctor, and run this again when it is back (a running server catches up by itself)")
		}
		_, err = fmt.Fprintf(g.std.out, "%d vectors were right, %d missing or different ones were written, %d strange ones deleted\n", r.Kept, r.Upserted, r.Deleted)
		return err
	})
}

// lookVectors says what the vector index is, and how its server does.
func lookVectors(ctx context.Context, cfg config.Config) (string, error) {
	if cfg.KB.Engine != "qdrant" {
		return "in memory", nil
	}
	u, err := openEncoder(cfg, nil)
	if err != nil {
		return "", err
	}
	id, dim := u.encoder.ID(), u.encoder.Dimension()
	if err := u.Close(); err != nil {
		return "", err
	}
	c, err := qdrant.Examine(ctx, id, dim, qdrantOptions(cfg.KB))
	switch {
	case err != nil:
		return "", fault.In("kb.engine qdrant at "+cfg.KB.QdrantAddr, err)
	case !c.Exists:
		return fmt.Sprintf("Qdrant %s at %s; collection %s comes with the first start", c.Version, cfg.KB.QdrantAddr, c.Collection), nil
	}
	return fmt.Sprintf("Qdrant %s at %s, about %d vectors in %s; yingda kb reconcile compares them with the articles", c.Version, cfg.KB.QdrantAddr, c.Points, c.Collection), nil
}
