package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
)

// Keys of a stored bot that the console sets and that a start leaves alone.
const (
	riskSetting = "answer_risk_set"
	riskCurve   = "answer_risk_own"
)

// riskFor is how long a read setting is believed: another replica may change it.
const riskFor = 30 * time.Second

// riskPatience bounds the reading of a setting in the middle of a search.
const riskPatience = time.Second

// botStore is where risks keeps what is set; store.Store is one.
type botStore interface {
	Bot(ctx context.Context, id string) (store.Bot, error)
	PutBot(ctx context.Context, b store.Bot) (store.Bot, error)
}

// searcher is the knowledge base as risks judges it.
type searcher interface {
	Search(ctx context.Context, q kb.Query) ([]kb.Hit, error)
	Get(ctx context.Context, bot, id string) (kb.Article, error)
}

// risks knows what share of wrong answers each bot accepts: what was set over
// the API, else the profile's, else none. It is safe for concurrent use.
type risks struct {
	store   botStore
	profile func(bot string) (dialog.Profile, error)
	clock   clock.Clock
	log     *slog.Logger
	// index and base follow once they are open; reader reads a bot's questions.
	index  *hybrid.Index
	base   searcher
	reader func(bot string) kb.Reader

	mu    sync.Mutex
	known map[string]riskState
	write sync.Mutex // one change of a stored bot at a time
}

var _ api.Risks = (*risks)(nil)

// riskState is what is stored of one bot.
type riskState struct {
	set float64 // 0: nothing
	own hybrid.Risk
	at  time.Time
}

func newRisks(s botStore, profile func(string) (dialog.Profile, error), c clock.Clock, log *slog.Logger) *risks {
	return &risks{store: s, profile: profile, clock: c, log: log, known: map[string]riskState{}}
}

// share is hybrid.Options.Risk. A setting that cannot be read leaves the one
// that was read before.
func (r *risks) share(bot string) float64 {
	s, err := r.state(context.Background(), bot, riskFor)
	if err != nil && !fault.Is(err, fault.NotFound) {
		r.log.Warn("a bot's accepted risk cannot be read; the former one holds", "bot", bot, "error", err)
	}
	share, _ := r.choose(bot, s)
	return share
}

// choose returns the share that holds and where it comes from.
func (r *risks) choose(bot string, s riskState) (share float64, source string) {
	if s.set > 0 {
		return s.set, "setting"
	}
	if p, err := r.profile(bot); err == nil && p.AnswerRisk > 0 {
		return p.AnswerRisk, "profile"
	}
	return 0, "model"
}

// state reads what is stored unless it was read within age.
func (r *risks) state(ctx context.Context, bot string, age time.Duration) (riskState, error) {
	now := r.clock.Now()
	r.mu.Lock()
	s, ok := r.known[bot]
	if ok && now.Sub(s.at) < age {
		r.mu.Unlock()
		return s, nil
	}
	s.at = now // others go on with the former state meanwhile
	r.known[bot] = s
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, riskPatience)
	defer cancel()
	b, err := r.store.Bot(ctx, bot)
	if err != nil {
		return s, err
	}
	fields, err := fieldsOf(b)
	if err != nil {
		return s, err
	}
	fresh := riskState{at: now}
	for key, to := range map[string]any{riskSetting: &fresh.set, riskCurve: &fresh.own} {
		if raw, ok := fields[key]; ok {
			if err := json.Unmarshal(raw, to); err != nil {
				return s, fault.Wrap(err, fault.Internal, "the stored %s of bot %s is not readable", key, bot)
			}
		}
	}
	r.mu.Lock()
	r.known[bot] = fresh
	r.mu.Unlock()
	return fresh, nil
}

// fieldsOf reads a stored profile.
func fieldsOf(b store.Bot) (map[string]json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(b.Profile, &fields); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the stored profile of bot %s is not readable", b.ID)
	}
	return fields, nil
}

// keepSet adds to a profile that is about to be stored what was set on the
// stored one.
func keepSet(ctx context.Context, s botStore, bot string, profile json.RawMessage) (json.RawMessage, error) {
	stored, err := s.Bot(ctx, bot)
	if fault.Is(err, fault.NotFound) {
		return profile, nil
	}
	if err != nil {
		return nil, err
	}
	old, err := fieldsOf(stored)
	if err != nil {
		return nil, err
	}
	fresh, err := fieldsOf(store.Bot{ID: bot, Profile: profile})
	if err != nil {
		return nil, err
	}
	for _, key := range []string{riskSetting, riskCurve} {
		if raw, ok := old[key]; ok {
			fresh[key] = raw
		}
	}
	return json.Marshal(fresh)
}

// change stores one field of a bot; nil removes it.
func (r *risks) change(ctx context.Context, bot, key string, value any) error {
	r.write.Lock()
	defer r.write.Unlock()
	b, err := r.store.Bot(ctx, bot)
	if err != nil {
		return err
	}
	fields, err := fieldsOf(b)
	if err != nil {
		return err
	}
	fields = maps.Clone(fields)
	delete(fields, key)
	if value != nil {
		if fields[key], err = json.Marshal(value); err != nil {
			return fault.Wrap(err, fault.Internal, "the setting cannot be stored")
		}
	}
	if b.Profile, err = json.Marshal(fields); err != nil {
		return fault.Wrap(err, fault.Internal, "the profile of bot %s cannot be stored", bot)
	}
	if _, err := r.store.PutBot(ctx, b); err != nil {
		return err
	}
	_, err = r.state(ctx, bot, 0)
	return err
}

// SetRisk implements api.Risks.
func (r *risks) SetRisk(ctx context.Context, bot string, share float64) error {
	if share < 0 || share >= 1 {
		return fault.In("answer_risk", fault.New(fault.Invalid, "可接受的答错比例应在 0 到 1 之间。"))
	}
	if share == 0 {
		return r.change(ctx, bot, riskSetting, nil)
	}
	return r.change(ctx, bot, riskSetting, share)
}

// Risk implements api.Risks.
func (r *risks) Risk(ctx context.Context, bot string) (api.AnswerRisk, error) {
	s, err := r.state(ctx, bot, 0)
	if err != nil {
		return api.AnswerRisk{}, err
	}
	m := r.index.Model()
	share, source := r.choose(bot, s)
	t := m.ForRisk(share)
	out := api.AnswerRisk{Share: share, Source: source, AnswerAt: t.Answer, SuggestAt: t.Suggest, Points: points(m.Risk), Own: points(s.own)}
	if p, ok := m.Risk.At(share); ok {
		point := api.RiskPoint(p)
		out.Chosen = &point
	}
	return out, nil
}

func points(r hybrid.Risk) []api.RiskPoint {
	var out []api.RiskPoint
	for _, p := range r.Curve() {
		out = append(out, api.RiskPoint(p))
	}
	return out
}

// Judge implements api.Risks.
func (r *risks) Judge(ctx context.Context, bot string, questions []api.JudgedQuestion) (api.AnswerRisk, error) {
	var firsts []hybrid.Judged
	answerable := 0
	for i, question := range questions {
		right := map[string]bool{}
		for _, id := range question.Articles {
			if _, err := r.base.Get(ctx, bot, id); err != nil {
				return api.AnswerRisk{}, fault.In("questions", fault.Wrap(err, fault.Invalid, "第 %d 个问题标注的条目 %s 不存在。", i+1, id))
			}
			right[id] = true
		}
		if len(right) > 0 {
			answerable++
		}
		q, err := r.reader(bot).Read(ctx, question.Query)
		if err != nil {
			return api.AnswerRisk{}, err
		}
		q.Bot, q.At, q.Limit = bot, r.clock.Now(), 1
		hits, err := r.base.Search(ctx, q)
		if err != nil {
			return api.AnswerRisk{}, err
		}
		if len(hits) > 0 {
			firsts = append(firsts, hybrid.Judged{Score: hits[0].Score, Right: right[hits[0].Article.ID]})
		}
	}
	if err := r.change(ctx, bot, riskCurve, hybrid.NewRisk(firsts, len(questions), answerable)); err != nil {
		return api.AnswerRisk{}, err
	}
	return r.Risk(ctx, bot)
}
