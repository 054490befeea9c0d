package storetest

import (
	"fmt"
	"sync"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

func scenarioSummaries(f *fixture) {
	put := func(id string, edit func(*dialog.Summary)) dialog.Summary {
		f.clock.Advance(time.Second)
		c := f.commit("demo", id, 0, 1)
		edit(&c.Summary)
		_, err := f.store.Append(f.ctx, c)
		f.must(err)
		return c.Summary
	}
	waiting := func(d time.Duration) func(*dialog.Summary) {
		return func(s *dialog.Summary) { s.Status, s.QueuedAt = dialog.StatusQueued, noon.Add(-d) }
	}
	bot := put("bot", func(*dialog.Summary) {})
	short := put("short", waiting(time.Minute))
	long := put("long", waiting(time.Hour))
	human := put("human", func(s *dialog.Summary) {
		s.Status, s.Owner, s.QueuedAt, s.Visitor = dialog.StatusHuman, "usr_1", noon.Add(-2*time.Hour), "v2"
	})
	closed := put("closed", func(s *dialog.Summary) { s.Status = dialog.StatusClosed })
	f.begin("other", "elsewhere", 1)

	for name, c := range map[string]struct {
		filter dialog.Filter
		want   []dialog.Summary
	}{
		"all":     {dialog.Filter{}, []dialog.Summary{long, short, closed, human, bot}},
		"limit":   {dialog.Filter{Limit: 2}, []dialog.Summary{long, short}},
		"status":  {dialog.Filter{Statuses: []dialog.Status{dialog.StatusHuman, dialog.StatusClosed}}, []dialog.Summary{closed, human}},
		"owner":   {dialog.Filter{Owner: "usr_1"}, []dialog.Summary{human}},
		"visitor": {dialog.Filter{Visitor: "v2"}, []dialog.Summary{human}},
		"none":    {dialog.Filter{Owner: "usr_9"}, []dialog.Summary{}},
	} {
		c.filter.Bot = "demo"
		got, err := f.store.Summaries(f.ctx, c.filter)
		f.must(err)
		f.Log(name)
		f.same(got, c.want)
	}

	claimed := f.commit("demo", "long", 1, 1)
	claimed.Summary.Status, claimed.Summary.Owner = dialog.StatusHuman, "usr_1"
	_, err := f.store.Append(f.ctx, claimed)
	f.must(err)
	got, err := f.store.Summary(f.ctx, "demo", "long")
	f.must(err)
	f.same(got, claimed.Summary)

	for _, bad := range []dialog.Filter{{}, {Bot: "demo", Limit: 501}, {Bot: "demo", Limit: -1}} {
		_, err := f.store.Summaries(f.ctx, bad)
		f.wants(err, fault.Invalid)
	}
}

func scenarioOutbox(f *fixture) {
	f.begin("demo", "conv_1", 2)
	_, err := f.store.Append(f.ctx, f.commit("demo", "conv_1", 2, 3))
	f.must(err)

	entries, err := f.store.ClaimOutbox(f.ctx, 10, time.Minute)
	f.must(err)
	f.same(len(entries), 2)
	f.same(entries[1], store.Entry{
		ID: entries[1].ID, Bot: "demo", Conversation: "conv_1", FirstSeq: 3, LastSeq: 5, CreatedAt: f.clock.Now(), Attempts: 1,
	})
	none, err := f.store.ClaimOutbox(f.ctx, 10, time.Minute)
	f.must(err)
	f.same(len(none), 0)

	f.must(f.store.FinishOutbox(f.ctx, []int64{entries[0].ID}))
	f.clock.Advance(time.Minute) // the lease of the other has ended
	again, err := f.store.ClaimOutbox(f.ctx, 10, time.Minute)
	f.must(err)
	f.same(len(again), 1)
	f.same(again[0].ID, entries[1].ID)
	f.same(again[0].Attempts, 2)

	f.must(f.store.DelayOutbox(f.ctx, again[0].ID, time.Second))
	f.clock.Advance(time.Second)
	soon, err := f.store.ClaimOutbox(f.ctx, 10, time.Minute)
	f.must(err)
	f.same(len(soon), 1)
	f.must(f.store.FinishOutbox(f.ctx, []int64{soon[0].ID, 12345}))
	f.must(f.store.FinishOutbox(f.ctx, nil))
	f.clock.Advance(time.Hour)
	left, err := f.store.ClaimOutbox(f.ctx, 10, time.Minute)
	f.must(err)
	f.same(len(left), 0)
	_, err = f.store.ClaimOutbox(f.ctx, 0, time.Minute)
	f.wants(err, fault.Invalid)
}

func scenarioOutboxShared(f *fixture) {
	const commits = 40
	for i := range commits {
		f.begin("demo", fmt.Sprintf("conv_%d", i), 1)
	}
	var (
		mu   sync.Mutex
		seen = map[int64]int{}
		wg   sync.WaitGroup
		errs = make(chan error, 4)
	)
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				entries, err := f.store.ClaimOutbox(f.ctx, 3, time.Hour)
				if err != nil || len(entries) == 0 {
					errs <- err
					return
				}
				mu.Lock()
				for _, e := range entries {
					seen[e.ID]++
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	for range 4 {
		f.must(<-errs)
	}
	f.same(len(seen), commits)
	for id, n := range seen {
		if n != 1 {
			f.Errorf("entry %d was claimed %d times", id, n)
		}
	}
}
