package storetest

import (
	"sync"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/help"
)

func scenarioHelp(f *fixture) {
	shop := time.FixedZone("CST", 8*3600)
	late := time.Date(2026, 3, 1, 17, 0, 0, 0, time.UTC).In(shop) // 2 March in the shop
	f.must(f.store.HelpSearched(f.ctx, "demo", "s1", f.clock.Now().In(shop), []string{"a", "b"}))
	f.must(f.store.HelpSearched(f.ctx, "demo", "s1", late, []string{"b", "c"}))
	f.must(f.store.HelpSearched(f.ctx, "demo", "s2", late, []string{"a"}))
	f.must(f.store.HelpSearched(f.ctx, "demo", "s3", late, nil))
	f.must(f.store.HelpSearched(f.ctx, "other", "s1", late, []string{"z"}))
	f.wants(f.store.HelpSearched(f.ctx, "demo", "", late, nil), fault.Invalid)

	for range 2 { // said again, it counts once
		f.must(f.store.HelpOpened(f.ctx, "demo", "s1", "b"))
		f.must(f.store.HelpEnded(f.ctx, "demo", "s1", help.Solved, "b"))
		f.must(f.store.HelpOpened(f.ctx, "demo", "s2", "not shown"))
	}
	f.must(f.store.HelpEnded(f.ctx, "demo", "s2", help.Solved, "a"))
	f.must(f.store.HelpEnded(f.ctx, "demo", "s2", help.Sent, ""))
	f.must(f.store.HelpEnded(f.ctx, "demo", "s2", help.Solved, "a")) // too late
	f.wants(f.store.HelpOpened(f.ctx, "demo", "s9", "a"), fault.NotFound)
	f.wants(f.store.HelpEnded(f.ctx, "other", "s2", help.Sent, ""), fault.NotFound)

	days, err := f.store.HelpDays(f.ctx, "demo", "2026-03-01", "2026-03-02")
	f.must(err)
	f.same(days, []help.Day{
		{Day: "2026-03-01", Sessions: 1, Searches: 2, Shown: 1, Opened: 1, Solved: 1},
		{Day: "2026-03-02", Sessions: 2, Searches: 2, Shown: 1, Opened: 1, Sent: 1},
	})
	days, err = f.store.HelpDays(f.ctx, "demo", "2026-03-02", "2026-03-09")
	f.must(err)
	f.same(len(days), 1)

	uses, err := f.store.HelpUses(f.ctx, "demo", "2026-03-01", 3)
	f.must(err)
	f.same(uses, []help.Use{
		{Article: "b", Shown: 1, Opened: 1, Solved: 1}, {Article: "a", Shown: 2, Opened: 1}, {Article: "not shown", Shown: 1, Opened: 1},
	})
	f.clock.Advance(2 * 367 * 24 * time.Hour)
	pruned, err := f.store.Prune(f.ctx)
	f.must(err)
	f.same(pruned.Help, 4)
	uses, err = f.store.HelpUses(f.ctx, "demo", "2026-03-01", 3)
	f.must(err)
	f.same(len(uses), 0)
}

func scenarioHelpTogether(f *fixture) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := f.store.HelpSearched(f.ctx, "demo", "s1", f.clock.Now(), []string{"b", "a"}); err != nil {
				f.Error(err)
			}
			if err := f.store.HelpEnded(f.ctx, "demo", "s1", help.Solved, "a"); err != nil {
				f.Error(err)
			}
		})
	}
	wg.Wait()
	days, err := f.store.HelpDays(f.ctx, "demo", "2026-01-01", "2026-12-31")
	f.must(err)
	f.same(days, []help.Day{{Day: "2026-03-01", Sessions: 1, Searches: 8, Shown: 1, Opened: 1, Solved: 1}})
}
