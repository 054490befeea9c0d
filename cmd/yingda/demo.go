package main

import (
	"bytes"
	"context"
	"os"
	"strings"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/training-data/faq"
)

// The demo installation: one bot, two agents, a trainer, a customer.
const (
	demoBot        = "demo"
	demoTrainer    = "trainer"
	demoPassword   = "yingda-demo"
	demoCustomer   = "c1001"
	demoServiceKey = auth.Service
)

var demoAgents = []string{"lin", "chen"}

// seedDemo gives the demo bot its articles, logins and keys, where they are
// missing. What people changed since stays as it is.
func (a *app) seedDemo(ctx context.Context) error {
	a.demo = true
	if _, err := a.bots.profile(demoBot); err != nil {
		return fault.New(fault.Invalid, "--demo needs the bot %q, which dialog.bots does not describe; leave --demo out", demoBot)
	}
	if err := a.seedArticles(ctx); err != nil {
		return err
	}
	for name, role := range map[string]auth.Role{demoAgents[0]: auth.Agent, demoAgents[1]: auth.Agent, demoTrainer: auth.Trainer} {
		users, err := a.store.UsersByName(ctx, name)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			continue
		}
		hash, err := auth.HashPassword(demoPassword)
		if err != nil {
			return err
		}
		_, err = a.store.AddUser(ctx, store.User{ID: a.ids.New("user"), Bot: demoBot, Name: name, Role: string(role), Password: hash})
		if err != nil && !fault.Is(err, fault.Conflict) { // another replica seeds at the same time
			return err
		}
	}
	_, err := a.localKey(ctx, demoBot, demoServiceKey)
	return err
}

// seedArticles imports the demo's articles into an empty knowledge base.
func (a *app) seedArticles(ctx context.Context) error {
	have, err := a.store.Articles(ctx, demoBot)
	if err != nil || len(have) > 0 {
		return err
	}
	report, err := a.knowledge.importFile(ctx, demoBot, "jsonl", bytes.NewReader(faq.Demo), false)
	if err != nil {
		return err
	}
	a.log.Info("seeded the demo shop", "articles", report.Added)
	return nil
}

// readDemoKey returns the key that the demo was seeded with.
func readDemoKey(cfg config.Config, role auth.Role) (string, error) {
	b, err := os.ReadFile(keyFile(cfg, demoBot, role))
	if err != nil {
		return "", fault.Wrap(err, fault.Unavailable, "the demo's key cannot be read; start again with --demo")
	}
	return strings.TrimSpace(string(b)), nil
}
