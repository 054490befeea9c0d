package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/training-data/demo"
)

// bots are the profiles of this installation, in the order of their file.
type bots struct {
	list []dialog.Profile
	byID map[string]dialog.Profile
}

// readBots reads the profiles of path, or the built-in ones when it is empty.
func readBots(path string) (*bots, error) {
	if path == "" {
		return parseBots("bots.yaml", demo.Bots)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "dialog.bots names %s, which cannot be read", path)
	}
	return parseBots(filepath.Base(path), source)
}

func parseBots(name string, source []byte) (*bots, error) {
	var list []dialog.Profile
	if err := config.Strict(source, &list); err != nil && !errors.Is(err, io.EOF) {
		return nil, fault.In(name, err)
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the time zone Asia/Shanghai is not known to this program")
	}
	b := &bots{byID: map[string]dialog.Profile{}}
	for _, p := range list {
		switch _, twice := b.byID[p.Bot]; {
		case p.Bot == "" || p.Name == "":
			return nil, fault.In(name, fault.New(fault.Invalid, "a bot needs bot (its identifier) and name (the shop)"))
		case twice:
			return nil, fault.In(name, fault.New(fault.Invalid, "the bot %s is described twice", p.Bot))
		case p.MissLimit < 0 || p.IntentFloor < 0 || p.IntentFloor > 1 || p.AngerFloor < 0 || p.AngerFloor > 1:
			return nil, fault.In(name, fault.New(fault.Invalid, "the bot %s: miss_limit must not be negative, intent_floor and anger_floor are probabilities", p.Bot))
		}
		for name, probability := range map[string]float64{"scope_threshold": p.ScopeThreshold, "risk_threshold": p.RiskThreshold, "answer_risk": p.AnswerRisk} {
			if probability < 0 || probability > 1 {
				return nil, fault.In(name, fault.New(fault.Invalid, "the bot %s: %s is %v and must be a probability from 0 to 1", p.Bot, name, probability))
			}
		}
		if err := dialog.CheckReplies(p.Replies); err != nil {
			return nil, fault.In(name+" bot "+p.Bot, err)
		}
		p.Location = shanghai
		if p.MissLimit == 0 {
			p.MissLimit = 2
		}
		b.byID[p.Bot] = p
		b.list = append(b.list, p)
	}
	if len(b.list) == 0 {
		return nil, fault.In(name, fault.New(fault.Invalid, "no bot is described; copy an entry of training-data/demo/bots.yaml"))
	}
	return b, nil
}

// profile returns a bot's profile; fault.NotFound.
func (b *bots) profile(bot string) (dialog.Profile, error) {
	p, ok := b.byID[bot]
	if !ok {
		return dialog.Profile{}, fault.New(fault.NotFound, "没有机器人 %s (no such bot)", bot)
	}
	return p, nil
}

// register brings the store's bots up to the profiles.
func (b *bots) register(ctx context.Context, s *store.Store) error {
	for _, p := range b.list {
		profile, err := json.Marshal(p)
		if err != nil {
			return fault.Wrap(err, fault.Internal, "the profile of bot %s cannot be stored", p.Bot)
		}
		kept, err := keepSet(ctx, s, p.Bot, profile)
		if err != nil {
			return err
		}
		if _, err := s.PutBot(ctx, store.Bot{ID: p.Bot, Name: p.Name, Profile: kept}); err != nil {
			return err
		}
	}
	return nil
}
