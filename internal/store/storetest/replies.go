package storetest

import (
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/autoreply"
	"github.com/yingda/yingda/dialog/quickreply"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

func scenarioQuickReplies(f *fixture) {
	shop, team := quickreply.Shelf{Scope: quickreply.OfBot}, quickreply.Shelf{Scope: quickreply.OfTeam, Owner: "售后 😀"}
	list := []quickreply.Reply{
		{
			ID: "qr_2", Shelf: shop, Title: "退款\x00", Text: "{{customer.name}}您好", Folder: "售后", Shortcut: "tk", Author: "小林", Place: 1,
			Attachments: []kb.Attachment{{Name: "说明", URL: "https://shop.example/a", Bytes: 7}},
		},
		{ID: "qr_1", Shelf: shop, Title: "发货", Text: "今天发", Place: 1},
		{ID: "qr_3", Shelf: team, Title: "换货", Text: "七天", Shortcut: "tk"},
	}
	stored, err := f.store.PutQuickReplies(f.ctx, "demo", list)
	f.must(err)
	f.same(stored[0].Version, 1)
	f.same(stored[0].Updated, f.clock.Now().UTC())
	got, err := f.store.QuickReplies(f.ctx, "demo", []quickreply.Shelf{shop, team})
	f.must(err)
	f.same(got, []quickreply.Reply{stored[2], stored[1], stored[0]})
	for _, shelves := range [][]quickreply.Shelf{nil, {{Scope: quickreply.OfAgent, Owner: "售后 😀"}}} {
		none, err := f.store.QuickReplies(f.ctx, "demo", shelves)
		f.must(err)
		f.same(len(none), 0)
	}
	none, err := f.store.QuickReplies(f.ctx, "other", []quickreply.Shelf{shop})
	f.must(err)
	f.same(len(none), 0)
	_, err = f.store.QuickReply(f.ctx, "other", "qr_1")
	f.wants(err, fault.NotFound)

	f.must(f.store.CountQuickReply(f.ctx, "demo", "qr_1"))
	f.wants(f.store.CountQuickReply(f.ctx, "demo", "qr_9"), fault.NotFound)
	// Shortcuts change places; the uses stay.
	one, two := stored[1], stored[0]
	one.Shortcut, two.Shortcut = "tk", "fh"
	_, err = f.store.PutQuickReplies(f.ctx, "demo", []quickreply.Reply{one, two})
	f.must(err)
	read, err := f.store.QuickReply(f.ctx, "demo", "qr_1")
	f.must(err)
	f.same([]any{read.Uses, read.Version, read.Shortcut}, []any{int64(1), 2, "tk"})
	// A stale one and a taken shortcut change nothing.
	for _, bad := range []quickreply.Reply{one, {ID: "qr_4", Shelf: shop, Title: "a", Text: "b", Shortcut: "tk"}, {ID: "qr_1", Shelf: shop, Title: "a", Text: "b"}} {
		fresh := stored[2]
		fresh.Text = "别的"
		_, err = f.store.PutQuickReplies(f.ctx, "demo", []quickreply.Reply{fresh, bad})
		f.wants(err, fault.Conflict)
	}
	read, err = f.store.QuickReply(f.ctx, "demo", "qr_3")
	f.must(err)
	f.same(read, stored[2])
	_, err = f.store.PutQuickReplies(f.ctx, "demo", []quickreply.Reply{{Shelf: shop}})
	f.wants(err, fault.Invalid)
	n, err := f.store.DeleteQuickReplies(f.ctx, "demo", []string{"qr_1", "qr_9"})
	f.must(err)
	f.same(n, 1)
}

func scenarioTeams(f *fixture) {
	f.must(f.store.PutTeam(f.ctx, "demo", quickreply.Team{Name: "售后", Members: []quickreply.Member{{User: "b"}, {User: "a", Leads: true}}}))
	f.must(f.store.PutTeam(f.ctx, "demo", quickreply.Team{Name: "售前", Members: []quickreply.Member{{User: "a"}}}))
	f.must(f.store.PutTeam(f.ctx, "other", quickreply.Team{Name: "售后", Members: []quickreply.Member{{User: "a"}}}))
	f.must(f.store.PutTeam(f.ctx, "demo", quickreply.Team{Name: "售前", Members: []quickreply.Member{{User: "c"}}}))
	teams, err := f.store.Teams(f.ctx, "demo")
	f.must(err)
	f.same(teams, []quickreply.Team{
		{Name: "售前", Members: []quickreply.Member{{User: "c"}}},
		{Name: "售后", Members: []quickreply.Member{{User: "a", Leads: true}, {User: "b"}}},
	})
	mine, err := f.store.TeamsOf(f.ctx, "demo", "a")
	f.must(err)
	f.same(mine, []quickreply.Membership{{Team: "售后", Leads: true}})
	f.must(f.store.PutTeam(f.ctx, "demo", quickreply.Team{Name: "售后"}))
	teams, err = f.store.Teams(f.ctx, "demo")
	f.must(err)
	f.same(len(teams), 1)
}

func scenarioAutoReplies(f *fixture) {
	none, err := f.store.AutoReplies(f.ctx, "demo")
	f.must(err)
	f.same(none, autoreply.Saved{})
	settings := autoreply.Settings{
		Rules: []autoreply.Rule{{Kind: autoreply.Waiting, On: true, Texts: []string{"第 {{queue.position}} 位 😀"}, After: 60}},
		Hours: autoreply.Hours{Weekly: []autoreply.Span{{Days: []int{1, 7}, From: "09:00", To: "24:00"}}},
	}
	first, err := f.store.PutAutoReplies(f.ctx, "demo", autoreply.Saved{Settings: settings, Author: "小林"})
	f.must(err)
	f.same(first.Version, 1)
	got, err := f.store.AutoReplies(f.ctx, "demo")
	f.must(err)
	f.same(got, first)
	_, err = f.store.PutAutoReplies(f.ctx, "demo", autoreply.Saved{})
	f.wants(err, fault.Conflict)
	first.Author = "训练师"
	second, err := f.store.PutAutoReplies(f.ctx, "demo", first)
	f.must(err)
	f.same(second.Version, 2)
	_, err = f.store.PutAutoReplies(f.ctx, "demo", first)
	f.wants(err, fault.Conflict)
	_, err = f.store.PutAutoReplies(f.ctx, "", first)
	f.wants(err, fault.Invalid)
}

func scenarioIdle(f *fixture) {
	begun := f.clock.Now()
	for _, id := range []string{"conv_b", "conv_a"} {
		f.begin("demo", id, 1)
	}
	f.clock.Advance(time.Minute)
	f.begin("demo", "conv_c", 1)
	f.begin("other", "conv_d", 1)
	idle := func(i autoreply.Idle) []string {
		f.Helper()
		i.Bot, i.Status = "demo", dialog.StatusBot
		rows, err := f.store.Idle(f.ctx, i)
		f.must(err)
		ids := []string{}
		for _, r := range rows {
			ids = append(ids, r.Conversation)
		}
		return ids
	}
	f.same(idle(autoreply.Idle{Before: f.clock.Now(), Limit: 10}), []string{"conv_a", "conv_b", "conv_c"})
	f.same(idle(autoreply.Idle{Before: begun, Limit: 10}), []string{"conv_a", "conv_b"})
	f.same(idle(autoreply.Idle{Before: begun.Add(-1), Limit: 10}), []string{})
	f.same(idle(autoreply.Idle{Before: f.clock.Now(), Limit: 2, After: begun, AfterID: "conv_a"}), []string{"conv_b", "conv_c"})
	none, err := f.store.Idle(f.ctx, autoreply.Idle{Bot: "demo", Status: dialog.StatusHuman, Before: f.clock.Now(), Limit: 10})
	f.must(err)
	f.same(len(none), 0)
	_, err = f.store.Idle(f.ctx, autoreply.Idle{Bot: "demo", Limit: 501})
	f.wants(err, fault.Invalid)
}
