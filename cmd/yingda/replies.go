package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/dialog/autoreply"
	"github.com/yingda/yingda/dialog/quickreply"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/pinyin"
)

// replies are what the desk has ready to say.
type replies struct {
	quick *quickreply.Service
	auto  *autoreply.Service
}

// typed is how a title is typed by sound: its pinyin, and the initials of it.
func typed(title string) []string {
	var full strings.Builder
	for _, r := range title {
		if readings := pinyin.Readings(r); len(readings) > 0 {
			full.WriteString(readings[0])
		}
	}
	keys := []string{}
	for _, key := range []string{full.String(), pinyin.Initials(title)} {
		if key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// openReplies makes the desk's quick replies and the bots' automatic ones.
func (a *app) openReplies(ctx context.Context) (err error) {
	a.quick, err = quickreply.New(quickreply.Options{Store: a.store, IDs: a.ids, User: a.userOf, Sounds: typed})
	if err != nil {
		return err
	}
	ids := make([]string, len(a.bots.list))
	for i, p := range a.bots.list {
		ids[i] = p.Bot
	}
	a.auto, err = autoreply.New(autoreply.Options{
		Store: a.store, Profiles: a.bots.profile, Clock: a.clock, Bots: ids, Queue: a.places, Popular: a.popular, Logger: a.log,
	})
	if err != nil {
		return err
	}
	return a.auto.Load(ctx)
}

// userOf is fault.NotFound for who is no user of the bot.
func (a *app) userOf(ctx context.Context, bot, id string) error {
	u, err := a.store.User(ctx, id)
	if err == nil && u.Bot != bot {
		err = fault.New(fault.NotFound, "no user %q", id)
	}
	return err
}

// places is the desk's queue, as the automatic replies tell it to those in it.
func (a *app) places(ctx context.Context, bot string) ([]autoreply.Place, error) {
	queue, err := a.desk.Queue(ctx, bot)
	if err != nil {
		return nil, err
	}
	out := make([]autoreply.Place, len(queue))
	for i, w := range queue {
		out[i] = autoreply.Place{Conversation: w.Summary.Conversation, Position: w.Position, QueuedAt: w.Summary.QueuedAt}
	}
	return out, nil
}

// popularDays is how far back the questions that customers ask are counted.
const popularDays = 30

// popular are the questions that customers had answered most: by the bot in
// conversations, and by opening an article of the help centre.
func (a *app) popular(ctx context.Context, bot string) ([]string, error) {
	now := a.clock.Now()
	from := now.AddDate(0, 0, -popularDays).Format(time.DateOnly)
	opened, err := a.store.HelpUses(ctx, bot, from, 3*autoreply.MaxMenu)
	if err != nil {
		return nil, err
	}
	answered, err := a.store.Use(ctx, bot, from)
	if err != nil {
		return nil, err
	}
	asked := map[string]int{}
	for _, u := range opened {
		asked[u.Article] += u.Opened + u.Solved
	}
	for _, d := range answered {
		asked[d.Article] += d.Answered
	}
	ids := slices.SortedFunc(maps.Keys(asked), func(x, y string) int {
		return cmp.Or(cmp.Compare(asked[y], asked[x]), cmp.Compare(x, y))
	})
	var questions []string
	for _, id := range ids {
		if asked[id] == 0 || len(questions) == autoreply.MaxMenu {
			break
		}
		article, err := a.store.Article(ctx, bot, id)
		if fault.Is(err, fault.NotFound) {
			continue // deleted since
		}
		if err != nil {
			return nil, err
		}
		if article.ValidAt(now) {
			questions = append(questions, article.Question)
		}
	}
	return questions, nil
}
