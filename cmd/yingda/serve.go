package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/web"
)

type serveCmd struct {
	Demo        bool   `help:"Seed the demo shop: articles, logins and keys for the bot demo."`
	Shop        string `help:"Demo shop file with products, customers, orders and parcels." placeholder:"FILE"`
	Listen      string `help:"Address to serve on; overrides the configuration's." placeholder:"HOST:PORT"`
	AddressFile string `help:"Write the address served on to this file, for scripts." placeholder:"FILE"`
}

// Run serves until the context ends, then lets messages in flight finish.
func (c *serveCmd) Run(g *globals) (err error) {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	if c.Shop != "" {
		cfg.Shop.File = c.Shop
	}
	if c.Listen != "" {
		cfg.Server.Listen = c.Listen
	}
	ln, err := new(net.ListenConfig).Listen(g.ctx, "tcp", cfg.Server.Listen)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "cannot listen on %s: is yingda running already? Else free the port, or give --listen", cfg.Server.Listen)
	}
	a, err := openApp(g.ctx, cfg, appOptions{log: newLogger(cfg.Log, g.std.err), demo: c.Demo})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	a.openTraining()
	if err := a.openImports(false); err != nil {
		return errors.Join(err, ln.Close())
	}
	if err := a.openGrowth(); err != nil {
		return errors.Join(err, ln.Close())
	}
	server, err := a.server(g.ctx)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	if err := c.announce(g, a, ln.Addr().String()); err != nil {
		return errors.Join(err, ln.Close())
	}
	tidying := make(chan struct{})
	ctx, cancel := context.WithCancel(g.ctx)
	go func() {
		defer close(tidying)
		a.tidy(ctx)
	}()
	replying := make(chan struct{})
	go func() {
		defer close(replying)
		a.auto.Run(ctx, a.manager)
	}()
	following := make(chan struct{})
	go func() {
		defer close(following)
		a.followHeads(ctx)
	}()
	knowing := make(chan struct{})
	go func() {
		defer close(knowing)
		a.followKnowledge(ctx)
	}()
	growing := make(chan struct{})
	go func() {
		defer close(growing)
		a.followUse(ctx)
	}()
	err = server.Serve(g.ctx, ln)
	cancel()
	<-growing
	<-tidying
	<-following
	<-replying
	<-knowing
	a.log.Info("stopped")
	return err
}

// tidyEvery is how often the store drops what nobody needs any more.
const tidyEvery = time.Hour

// tidy prunes the store now and then, until ctx ends.
func (a *app) tidy(ctx context.Context) {
	for {
		if _, err := a.store.Prune(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("the store could not be pruned; it is tried again in an hour", "reason", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-a.clock.After(tidyEvery):
		}
	}
}

// server builds the HTTP door over the app.
func (a *app) server(ctx context.Context) (*api.Server, error) {
	site, err := a.site(ctx)
	if err != nil {
		return nil, err
	}
	pages, err := web.FS()
	if err != nil {
		a.log.Warn("the pages are not served", "reason", err)
		pages = nil
	}
	s := a.cfg.Server
	return api.New(api.Options{
		Conversations: a.manager, Desk: a.desk, QuickReplies: a.quick, AutoReplies: a.auto, Articles: a.knowledge.door(), Training: a.training, Growth: growthDoor{a.growth, a}, Risks: a.knowledge.risks, Help: a.knowledge.help, Imports: importDoor{a.imports, a.knowledge}, Directory: a.store, Bus: a.bus,
		Language: api.Language{
			Analyzer: a.language.pipeline, Segmenter: a.language.segmenter, Encoder: a.language.encoder, Retriever: a.knowledge,
		},
		Profiles: a.bots.profile, Clock: a.clock, IDs: a.ids,
		Logger: a.log, Registerer: a.metrics, Metrics: promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{}),
		Ready: map[string]api.Check{
			"database": a.store.Ping,
			"encoder": func(ctx context.Context) error {
				_, err := a.language.encoder.Encode(ctx, "在吗")
				return err
			},
		},
		Version: version, Model: a.language.encoder.ID(), MaxTokens: a.cfg.NLU.MaxTokens,
		Pages: pages, Site: site,
		MaxBody: s.MaxBody, MaxImport: s.MaxImport, VisitorPerMin: s.VisitorPerMin, APIPerSec: s.APIPerSec, LoginPerMin: s.LoginPerMin,
		ShutdownTimeout: s.ShutdownTimeout, TrustedProxies: s.TrustedProxies, AllowedOrigins: s.AllowedOrigins, SecureCookies: s.SecureCookies,
	})
}

// announce prints where the pages are and, for the demo, how to try it.
func (c *serveCmd) announce(g *globals, a *app, address string) error {
	if c.AddressFile != "" {
		tmp := c.AddressFile + ".tmp"
		if err := os.WriteFile(tmp, []byte(address), 0o600); err != nil {
			return err
		}
		if err := os.Rename(tmp, c.AddressFile); err != nil {
			return err
		}
	}
	url := "http://" + address
	var b strings.Builder
	fmt.Fprintf(&b, "Yingda %s is ready.\n\n", version)
	fmt.Fprintf(&b, "  widget on the demo shop   %s/\n", url)
	fmt.Fprintf(&b, "  desk for agents           %s/desk/\n", url)
	fmt.Fprintf(&b, "  console for trainers      %s/console/\n", url)
	fmt.Fprintf(&b, "  API and its documentation %s/openapi.json  %s/docs\n", url, url)
	if c.Demo {
		key, err := readDemoKey(a.cfg, demoServiceKey)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n  demo logins: %s and %s (agents), %s (trainer); password %s\n", demoAgents[0], demoAgents[1], demoTrainer, demoPassword)
		fmt.Fprintf(&b, "\n  curl -s %s/v1/nlu/parse -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' -d '{\"text\":\"我的快递到哪了\"}'\n", url, key)
	}
	b.WriteString("\nStop with Ctrl-C.\n")
	_, err := io.WriteString(g.std.out, b.String())
	return err
}

// site is what the pages are told: with a publishable key made at first start,
// and the demo customer signed in on the demo page.
func (a *app) site(ctx context.Context) (api.Site, error) {
	bot := a.bots.list[0].Bot
	key, err := a.localKey(ctx, bot, auth.Visitor)
	if err != nil {
		return api.Site{}, err
	}
	site := api.Site{Bot: bot, VisitorKey: key}
	if bot == demoBot && a.demo {
		secret, err := a.store.Secret(ctx, bot, store.CustomerSecret)
		if err != nil {
			return site, err
		}
		site.Customer, site.CustomerSignature = demoCustomer, auth.SignCustomer(secret, demoCustomer)
	}
	return site, nil
}

// localKey returns a key of this installation, made when it is not there or no
// longer valid. Keys are stored as hashes, so the key itself lies in a file of
// the data folder that only the owner can read.
func (a *app) localKey(ctx context.Context, bot string, role auth.Role) (string, error) {
	path := keyFile(a.cfg, bot, role)
	if b, err := os.ReadFile(path); err == nil {
		key := strings.TrimSpace(string(b))
		row, err := a.store.KeyByHash(ctx, auth.Hash(key))
		if err == nil && row.RevokedAt.IsZero() && row.Bot == bot {
			return key, nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return "", err
		}
	}
	key, err := auth.NewKey(role)
	if err != nil {
		return "", err
	}
	if _, err := a.store.AddKey(ctx, store.Key{
		ID: a.ids.New("key"), Bot: bot, Role: string(role), Name: "made at first start", Hash: auth.Hash(key),
	}); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fault.Wrap(err, fault.Unavailable, "the data folder cannot be written: check its owner")
	}
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		return "", fault.Wrap(err, fault.Unavailable, "%s cannot be written: check its owner", path)
	}
	return key, nil
}

func keyFile(cfg config.Config, bot string, role auth.Role) string {
	return filepath.Join(cfg.Data, "keys", bot+"."+string(role))
}
