package main

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/growth"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/kb/usage"
)

// rankByUse gives the retrieval what was counted before now, so that searches
// on the command line and those of a server that just began rank as a running
// server's do. followUse goes on from there.
func (a *app) rankByUse(ctx context.Context) error {
	now := a.clock.Now()
	for _, b := range a.bots.list {
		days, err := a.store.Use(ctx, b.Bot, now.Add(-usage.Remembered).Format(time.DateOnly))
		if err != nil {
			return err
		}
		a.ranking.Set(b.Bot, usage.Priors(days, now, now.Location()))
	}
	return nil
}

// openGrowth makes what counts the use of articles, and what mines.
func (a *app) openGrowth() (err error) {
	ids := make([]string, len(a.bots.list))
	for i, b := range a.bots.list {
		ids[i] = b.Bot
	}
	a.use = usage.New(usage.Options{Store: a.store, Read: a.story, Bots: ids, Clock: a.clock, Logger: a.log, Ranking: &a.ranking})
	a.growth, err = growth.New(growth.Options{
		Store: a.store, Base: a.knowledge, Mining: a.miningOptions, Transcripts: a.transcripts, Questions: a.store.OpenQuestions,
		Bots: ids, Hour: a.cfg.KB.GroupHour, Clock: a.clock, IDs: a.ids, Logger: a.log,
	})
	if err != nil {
		return err
	}
	a.onClose(a.growth.Close)
	return nil
}

// followUse counts use and clusters unanswered questions until ctx ends.
func (a *app) followUse(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.growth.Run(ctx)
	}()
	a.use.Run(ctx)
	<-done
}

// story is what a conversation tells of articles.
func (a *app) story(ctx context.Context, bot, conversation string) (usage.Story, error) {
	events, err := a.store.Events(ctx, bot, conversation, 0)
	if err != nil {
		return usage.Story{}, err
	}
	return storyOf(events, func(text string) string { return mining.Mask(text, a.findPersonal) })
}

// transcriptPage is how many conversations are listed at a time.
const transcriptPage = 200

// transcripts tells each the bot's closed conversations that changed at since or later.
func (a *app) transcripts(ctx context.Context, bot string, since time.Time, each func(mining.Transcript) error) error {
	after := ""
	for {
		ids, err := a.store.ClosedConversations(ctx, bot, since, after, transcriptPage)
		if err != nil {
			return err
		}
		for _, id := range ids {
			events, err := a.store.Events(ctx, bot, id, 0)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			t, err := transcriptOf(id, events)
			if err != nil {
				return err
			}
			if err := each(t); err != nil {
				return err
			}
		}
		if len(ids) < transcriptPage {
			return nil
		}
		after = ids[len(ids)-1]
	}
}

// growthDoor is growth and use as the API speaks of them.
type growthDoor struct {
	*growth.Service
	a *app
}

// Use implements api.Growth.
func (d growthDoor) Use(ctx context.Context, bot string, list usage.List, days int) ([]usage.Line, error) {
	now := d.a.clock.Now()
	if _, err := d.a.use.Count(ctx, bot); err != nil {
		return nil, err
	}
	counted, err := d.a.store.Use(ctx, bot, now.Add(-usage.Remembered).Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	articles, err := d.a.store.Articles(ctx, bot)
	if err != nil {
		return nil, err
	}
	from := now.AddDate(0, 0, -days).Format(time.DateOnly)
	var recent []usage.Day
	for _, c := range counted {
		if c.Day >= from {
			recent = append(recent, c)
		}
	}
	return usage.Lines(list, articles, recent, usage.Priors(counted, now, now.Location()), now), nil
}

// Cluster implements api.Growth: what was asked until now is counted first.
func (d growthDoor) Cluster(ctx context.Context, bot string) (growth.Unanswered, error) {
	if _, err := d.a.use.Count(ctx, bot); err != nil {
		return growth.Unanswered{}, err
	}
	return d.Service.Cluster(ctx, bot)
}

// StartSince implements api.Growth.
func (d growthDoor) StartSince(bot string, since time.Time) (growth.Run, error) {
	return d.Start(bot, growth.Source{Since: since})
}

// StartFile implements api.Growth. The upload waits on disk, not in memory.
func (d growthDoor) StartFile(bot string, format mining.Format, data []byte) (growth.Run, error) {
	f, err := spool(data)
	if err != nil {
		return growth.Run{}, err
	}
	return d.Start(bot, growth.Source{File: f, Format: format})
}

// spooled is a file that goes when it is closed.
type spooled struct{ *os.File }

// Close closes and removes the file.
func (s spooled) Close() error { return errors.Join(s.File.Close(), os.Remove(s.Name())) }

// spool writes data to a file of its own.
func spool(data []byte) (_ io.ReadCloser, err error) {
	f, err := os.CreateTemp("", "yingda-transcripts-*")
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "the folder of temporary files cannot be written")
	}
	_, err = f.Write(data)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, fault.Wrap(errors.Join(err, spooled{f}.Close()), fault.Unavailable, "the upload cannot be kept while it waits: is the disk full?")
	}
	return spooled{f}, nil
}
