package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"
	_ "time/tzdata" // machines without zone files know Asia/Shanghai too

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/desk"
	"github.com/yingda/yingda/dialog/flow"
	"github.com/yingda/yingda/dialog/rule"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/kb/growth"
	"github.com/yingda/yingda/kb/intake"
	"github.com/yingda/yingda/kb/usage"
	"github.com/yingda/yingda/nlu/entity"
	"github.com/yingda/yingda/nlu/training"
)

// app is the whole service, open and wired, without its HTTP door.
type app struct {
	cfg      config.Config
	log      *slog.Logger
	clock    clock.Clock
	ids      ident.Source
	metrics  *prometheus.Registry
	bots     *bots
	store    *store.Store
	bus      bus.Bus
	language *understanding
	// knowledge searches and keeps articles.
	knowledge *knowledge
	shop      *shop
	manager   *dialog.Manager
	desk      *desk.Service
	training  *training.Trainer
	// ranking is how use moves articles, use what counts it; growth mines.
	ranking usage.Ranking
	use     *usage.Counter
	growth  *growth.Service
	imports *intake.Service
	replies

	demo bool

	closers []func() error // in the order of opening
}

// appOptions say how to open an app.
type appOptions struct {
	log *slog.Logger
	// demo seeds the bot demo with its articles.
	demo bool
	// temporary keeps nothing: the database lives in a folder that Close removes.
	temporary bool
}

// openApp opens everything, or nothing when a part fails.
func openApp(ctx context.Context, cfg config.Config, o appOptions) (a *app, err error) {
	a = &app{cfg: cfg, log: o.log, metrics: prometheus.NewRegistry()}
	if a.clock, err = shopClock(); err != nil {
		return a, err
	}
	a.ids = ident.NewULID(a.clock)
	a.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
			a = nil
		}
	}()
	if o.temporary {
		if a.cfg.Data, err = os.MkdirTemp("", "yingda-*"); err != nil {
			return a, err
		}
		a.cfg.Store.DSN = ""
		a.onClose(func() error { return os.RemoveAll(a.cfg.Data) })
	}
	for _, open := range []func(context.Context) error{a.openStore, a.openLanguage, a.rankByUse, a.openKnowledge, a.openDialog} {
		if err := open(ctx); err != nil {
			return a, err
		}
	}
	if o.demo {
		err = a.seedDemo(ctx)
	}
	return a, err
}

func (a *app) onClose(fn func() error) { a.closers = append(a.closers, fn) }

// Close closes the parts, the last opened first.
func (a *app) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func (a *app) openStore(ctx context.Context) (err error) {
	if a.bots, err = readBots(a.cfg.Dialog.Bots); err != nil {
		return err
	}
	if a.store, err = openStore(ctx, a.cfg, a.log); err != nil {
		return err
	}
	a.onClose(a.store.Close)
	if err := a.bots.register(ctx, a.store); err != nil {
		return err
	}
	if a.bus, err = bus.Open(ctx, bus.Options{DSN: dsn(a.cfg), Reader: a.store, Logger: a.log}); err != nil {
		return err
	}
	a.onClose(a.bus.Close)
	return nil
}

func (a *app) openLanguage(context.Context) (err error) {
	if a.language, err = openUnderstanding(a.cfg, a.metrics); err != nil {
		return err
	}
	a.onClose(a.language.Close)
	return nil
}

// openRules reads the automations; an empty path has none.
func openRules(path string) (dialog.Rules, error) {
	if path == "" {
		return nil, nil
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "dialog.rules names %s, which cannot be read", path)
	}
	return rule.Read(filepath.Base(path), source)
}

// shopClock is the machine's clock, read in the time of Chinese shops: 今天 and
// 14:30 mean the same wherever the machine stands.
func shopClock() (clock.Clock, error) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the time zone Asia/Shanghai is not known to this program")
	}
	return clock.In(clock.System{}, shanghai), nil
}

func (a *app) openDialog(ctx context.Context) (err error) {
	if a.shop, err = openShop(a.cfg.Shop, a.clock); err != nil {
		return err
	}
	a.onClose(func() error { a.shop.close(); return nil })
	actions, err := a.shop.actions()
	if err != nil {
		return err
	}
	rules, err := openRules(a.cfg.Dialog.Rules)
	if err != nil {
		return err
	}
	flows, err := flow.NewLibrary(actions.Check)
	if err != nil {
		return err
	}
	if a.cfg.Dialog.Flows != "" {
		own, err := flow.ReadFS(os.DirFS(a.cfg.Dialog.Flows), ".")
		if err != nil {
			return err
		}
		for _, p := range a.bots.list {
			if err := flows.Put(p.Bot, own); err != nil {
				return err
			}
		}
	}
	if err := a.openReplies(ctx); err != nil {
		return err
	}
	a.manager, err = dialog.NewManager(dialog.Options{
		Store: a.store, Publisher: a.bus, Analyzer: a.language.pipeline, Risk: a.language.pipeline,
		Retriever: a.knowledge, Extractor: entity.New(), Flows: flows, Actions: actions, Rules: rules, AutoReplies: a.auto,
		Profiles: riskOf(a.bots.profile, a.cfg.Dialog.RiskThreshold, a.language.handoffRisk), Clock: a.clock, IDs: a.ids, Logger: a.log, Registerer: a.metrics,
	})
	if err != nil {
		return err
	}
	a.onClose(a.manager.Close)
	a.desk, err = desk.New(desk.Options{
		Conversations: a.manager, Analyzer: a.language.pipeline, Retriever: a.knowledge, Articles: a.store,
		Orders: deskOrders{a.shop.orders}, Flows: flows, Profiles: a.bots.profile,
		Clock: a.clock, IDs: a.ids, Logger: a.log, Registerer: a.metrics,
	})
	return err
}
