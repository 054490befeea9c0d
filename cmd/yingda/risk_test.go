package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

// storedBots is a store of bots alone.
type storedBots struct {
	bots  map[string]store.Bot
	reads int
	fail  error
}

func (s *storedBots) Bot(_ context.Context, id string) (store.Bot, error) {
	s.reads++
	b, ok := s.bots[id]
	if s.fail != nil {
		return store.Bot{}, s.fail
	}
	if !ok {
		return store.Bot{}, fault.New(fault.NotFound, "no bot")
	}
	return b, nil
}

func (s *storedBots) PutBot(_ context.Context, b store.Bot) (store.Bot, error) {
	s.bots[b.ID] = b
	return b, nil
}

func TestAcceptedRisk(t *testing.T) {
	bots := &storedBots{bots: map[string]store.Bot{
		"demo": {ID: "demo", Name: "店", Profile: json.RawMessage(`{"bot":"demo","name":"店"}`)}, "torn": {ID: "torn", Name: "店", Profile: json.RawMessage(`[]`)},
	}}
	c := clock.NewFake(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	profile := func(bot string) (dialog.Profile, error) { return dialog.Profile{Bot: bot, AnswerRisk: 0.1}, nil }
	r := newRisks(bots, profile, c, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if got := r.share("demo"); got != 0.1 {
		t.Errorf("the profile's share: %v", got)
	}
	if err := r.SetRisk(t.Context(), "demo", 0.03); err != nil || r.share("demo") != 0.03 {
		t.Errorf("set: %v, %v", r.share("demo"), err)
	}
	reads := bots.reads
	for range 10 {
		r.share("demo")
	}
	if bots.reads != reads {
		t.Errorf("%d reads within the time that a setting is believed", bots.reads-reads)
	}
	// Another replica changes it; a store that fails leaves what was known.
	other := newRisks(bots, profile, c, r.log)
	if err := other.SetRisk(t.Context(), "demo", 0.2); err != nil {
		t.Fatal(err)
	}
	c.Advance(riskFor)
	bots.fail = fault.New(fault.Unavailable, "gone")
	if got := r.share("demo"); got != 0.03 {
		t.Errorf("a store that fails: %v", got)
	}
	bots.fail = nil
	c.Advance(riskFor)
	if got := r.share("demo"); got != 0.2 {
		t.Errorf("after another replica's change: %v", got)
	}
	// A start leaves it alone.
	kept, err := keepSet(t.Context(), bots, "demo", json.RawMessage(`{"bot":"demo","name":"新店"}`))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(kept, &fields); err != nil || fields[riskSetting] != 0.2 || fields["name"] != "新店" {
		t.Errorf("%s, %v", kept, err)
	}
	if err := r.SetRisk(t.Context(), "demo", 0); err != nil || r.share("demo") != 0.1 {
		t.Errorf("taken back: %v, %v", r.share("demo"), err)
	}
	if err := r.SetRisk(t.Context(), "demo", 1); !fault.Is(err, fault.Invalid) {
		t.Errorf("a share of one: %v", err)
	}
	if err := r.SetRisk(t.Context(), "nobody", 0.1); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown bot: %v", err)
	}
	if err := r.SetRisk(t.Context(), "torn", 0.1); !fault.Is(err, fault.Internal) {
		t.Errorf("a torn profile: %v", err)
	}
}
