package usage

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
)

// Options are what a Counter works with; all but Logger are required.
type Options struct {
	Store Store
	// Read tells the whole story of a conversation; fault.NotFound when it is gone.
	Read func(ctx context.Context, bot, conversation string) (Story, error)
	// Bots are counted in turn.
	Bots []string
	// Clock's times are in the shop's zone: days begin at its midnight.
	Clock  clock.Clock
	Logger *slog.Logger // nil discards
	// Ranking is kept up to date; nil makes one.
	Ranking *Ranking
}

const (
	// pollEvery is how often a Counter looks for events, and priorsEvery how
	// often priors decay where nothing happens.
	pollEvery   = 30 * time.Second
	priorsEvery = time.Hour
	// pollBatch is how many conversations one look takes from the store.
	pollBatch = 100
	// overlap is how far a look reaches back behind the last one: clocks of
	// several processes differ.
	overlap = 10 * time.Minute
	// Remembered is how far back priors look: six half-lives.
	Remembered = 6 * HalfLife
)

// Counter counts use from stored events and keeps the Ranking. It is safe for
// concurrent use; several processes may count one store.
type Counter struct {
	o       Options
	ranking *Ranking
	busy    chan struct{}        // holds one token
	since   map[string]time.Time // by bot; under busy
	fresh   map[string]time.Time // when the priors were made; under busy
}

// New returns a Counter that has not counted yet.
func New(o Options) *Counter {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Ranking == nil {
		o.Ranking = new(Ranking)
	}
	c := &Counter{o: o, ranking: o.Ranking, busy: make(chan struct{}, 1), since: map[string]time.Time{}, fresh: map[string]time.Time{}}
	c.busy <- struct{}{}
	return c
}

// Ranking are the priors, up to date after each look.
func (c *Counter) Ranking() *Ranking { return c.ranking }

// Run counts until ctx ends. What fails is logged and tried again.
func (c *Counter) Run(ctx context.Context) {
	for {
		for _, bot := range c.o.Bots {
			if _, err := c.Count(ctx, bot); err != nil && ctx.Err() == nil {
				c.o.Logger.Warn("the use of articles could not be counted; it is tried again", "bot", bot, "reason", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-c.o.Clock.After(pollEvery):
		}
	}
}

// Count counts what a bot's conversations added since the last look and
// returns how many facts and questions that was.
func (c *Counter) Count(ctx context.Context, bot string) (int, error) {
	select {
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	case <-c.busy:
	}
	defer func() { c.busy <- struct{}{} }()
	now := c.o.Clock.Now()
	added := 0
	var last Cursor
	for {
		pending, err := c.o.Store.PendingUse(ctx, bot, c.since[bot], pollBatch)
		if err != nil {
			return added, err
		}
		before := added
		for _, p := range pending {
			n, err := c.count(ctx, bot, p)
			if err != nil {
				return added, err
			}
			added += n
		}
		if len(pending) < pollBatch || added == before && pending[0] == last {
			break // all is counted, or the first cannot be moved
		}
		last = pending[0]
	}
	c.since[bot] = now.Add(-overlap)
	if added == 0 && now.Sub(c.fresh[bot]) < priorsEvery {
		return 0, nil
	}
	days, err := c.o.Store.Use(ctx, bot, now.Add(-Remembered).Format(time.DateOnly))
	if err != nil {
		return added, err
	}
	c.ranking.Set(bot, Priors(days, now, now.Location()))
	c.fresh[bot] = now
	return added, nil
}

// count counts one conversation beyond its cursor.
func (c *Counter) count(ctx context.Context, bot string, from Cursor) (int, error) {
	story, err := c.o.Read(ctx, bot, from.Conversation)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	loc := c.o.Clock.Now().Location()
	type key struct{ article, day string }
	sums := map[key]*Day{}
	added := 0
	for _, f := range story.Facts {
		if f.Seq <= from.Seq || f.Article == "" {
			continue
		}
		k := key{f.Article, f.At.In(loc).Format(time.DateOnly)}
		if sums[k] == nil {
			sums[k] = &Day{Article: k.article, Day: k.day}
		}
		if !sums[k].Add(f.Kind, 1) {
			return 0, fault.New(fault.Internal, "%q is no kind of use", f.Kind)
		}
		added++
	}
	days := make([]Day, 0, len(sums))
	for _, d := range slices.SortedFunc(maps.Values(sums), func(a, b *Day) int {
		if a.Article != b.Article {
			return strings.Compare(a.Article, b.Article)
		}
		return strings.Compare(a.Day, b.Day)
	}) {
		days = append(days, *d)
	}
	var questions []Question
	for _, q := range story.Questions {
		if q.Seq > from.Seq {
			questions = append(questions, q)
		}
	}
	err = c.o.Store.CountUse(ctx, bot, from, story.Last, days, questions)
	if fault.Is(err, fault.Conflict) { // another process counted it
		return 0, nil
	}
	return added + len(questions), err
}
