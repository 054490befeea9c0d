package storetest

import (
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
