package storetest

import (
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/kb"
)

func scenarioPrune(f *fixture) {
	f.begin("demo", "conv_1", 1)
	f.user("demo", "usr_1", "小林")
	_, err := f.store.AddSession(f.ctx, store.Session{Hash: "h", Bot: "demo", User: "usr_1", ExpiresAt: noon.Add(time.Hour)})
	f.must(err)
	_, _, err = f.store.BeginAttempt(f.ctx, store.Attempt{Bot: "demo", Scope: "s", Key: "k"})
	f.must(err)
	prune := func(want store.Pruned) {
		f.Helper()
		got, err := f.store.Prune(f.ctx)
		f.must(err)
		f.same(got, want)
	}
	prune(store.Pruned{})
	f.clock.Advance(time.Hour)
	prune(store.Pruned{Sessions: 1})
	f.clock.Advance(24 * time.Hour)
	prune(store.Pruned{Attempts: 1})
	f.clock.Advance(7 * 24 * time.Hour)
	prune(store.Pruned{Outbox: 1})
	events, err := f.store.Events(f.ctx, "demo", "conv_1", 0)
	f.must(err)
	f.same(len(events), 1) // events are kept
}

func scenarioReopen(f *fixture) {
	c := f.begin("demo", "conv_1", 2)
	f.put("demo", kb.Article{ID: "a", Question: "q", Answer: "a"})
	secret, err := f.store.Secret(f.ctx, "", store.TokenSecret)
	f.must(err)
	f.must(f.store.Close())

	again := f.open()
	events, err := again.Events(f.ctx, "demo", "conv_1", 0)
	f.must(err)
	f.same(events, c.Events)
	same, err := again.Secret(f.ctx, "", store.TokenSecret)
	f.must(err)
	f.same(same, secret)
	before, err := again.SchemaVersion(f.ctx)
	f.must(err)
	third := f.open() // two processes on one database
	_, err = third.Append(f.ctx, f.commit("demo", "conv_1", 2, 1))
	f.must(err)
	summary, err := again.Summary(f.ctx, "demo", "conv_1")
	f.must(err)
	f.same(summary.Seq, int64(3))
	after, err := third.SchemaVersion(f.ctx)
	f.must(err)
	f.same(after, before)
	f.must(third.Ping(f.ctx))
}

func scenarioClosed(f *fixture) {
	f.must(f.store.Close())
	f.must(f.store.Close())
	_, err := f.store.Append(f.ctx, f.commit("demo", "conv_1", 0, 1))
	f.wants(err, fault.Unavailable)
	_, err = f.store.Articles(f.ctx, "demo")
	f.wants(err, fault.Unavailable)
	f.wants(f.store.Ping(f.ctx), fault.Unavailable)
}
