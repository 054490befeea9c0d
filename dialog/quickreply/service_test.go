package quickreply_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/quickreply"
	"github.com/yingda/yingda/internal/fault"
)

func TestRights(t *testing.T) {
	s := newService(t)
	for _, c := range []struct {
		who   quickreply.Person
		shelf quickreply.Shelf
		may   bool
	}{
		{trainer, ofBot, true}, {trainer, ofTeam, true}, {trainer, ofLin, true},
		{lin, ofBot, false}, {lin, ofTeam, true}, {lin, ofLin, true},
		{zhou, ofBot, false}, {zhou, ofTeam, false}, {zhou, ofLin, false},
	} {
		r, err := s.Put(t.Context(), c.who, quickreply.Reply{Shelf: c.shelf, Title: "您好", Text: "您好，请问有什么可以帮您？"})
		if c.may {
			must(t, err)
			if r.Author != c.who.Name || r.Version != 1 || r.Uses != 0 || !r.Updated.Equal(noon) {
				t.Errorf("%s stored %+v", c.who.Name, r)
			}
			must(t, s.Delete(t.Context(), c.who, r.ID))
			continue
		}
		wants(t, err, fault.Forbidden)
		there := put(t, s, c.shelf, "共用", "内容", "")
		wants(t, s.Delete(t.Context(), c.who, there.ID), fault.Forbidden)
		there.Text = "别的"
		_, err = s.Put(t.Context(), c.who, there)
		wants(t, err, fault.Forbidden)
		// Nor may it be taken onto a shelf of one's own.
		there.Shelf = quickreply.Shelf{Scope: quickreply.OfAgent, Owner: c.who.ID}
		_, err = s.Put(t.Context(), c.who, there)
		wants(t, err, fault.Forbidden)
		wants(t, s.Arrange(t.Context(), c.who, c.shelf, nil), fault.Forbidden)
		_, err = s.Import(t.Context(), c.who, c.shelf, nil, true)
		wants(t, err, fault.Forbidden)
		must(t, s.Delete(t.Context(), trainer, there.ID))
	}
	wants(t, s.PutTeam(t.Context(), lin, quickreply.Team{Name: "售前", Members: []quickreply.Member{{User: "u_lin"}}}), fault.Forbidden)
	_, err := s.Put(t.Context(), quickreply.Person{Bot: "demo"}, quickreply.Reply{Shelf: ofBot, Title: "a", Text: "b"})
	wants(t, err, fault.Unauthenticated)
}

func TestEverybodySeesTheirShelves(t *testing.T) {
	s := newService(t)
	put(t, s, ofBot, "全店", "全店的话", "q")
	put(t, s, ofTeam, "团队", "团队的话", "t")
	put(t, s, ofLin, "小林", "小林的话", "l")
	for _, c := range []struct {
		who  quickreply.Person
		want []string
	}{
		{lin, []string{"全店", "团队", "小林"}}, {zhou, []string{"全店", "团队"}}, {wu, []string{"全店"}},
	} {
		list, err := s.List(t.Context(), c.who, quickreply.Shelf{}, "")
		must(t, err)
		got := titles(list)
		slices.Sort(got)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s sees (-want +got):\n%s", c.who.Name, d)
		}
	}
	_, err := s.List(t.Context(), wu, ofTeam, "")
	wants(t, err, fault.Forbidden)
	_, err = s.List(t.Context(), zhou, ofLin, "")
	wants(t, err, fault.Forbidden)
	_, err = s.List(t.Context(), zhou, quickreply.Shelf{Scope: "shop"}, "")
	wants(t, err, fault.Invalid)
	list, err := s.List(t.Context(), trainer, ofLin, "")
	must(t, err)
	if len(list) != 1 || !list[0].Editable {
		t.Errorf("the trainer sees %+v", list)
	}
	// Who serves a conversation of a team has its replies.
	list, err = s.For(t.Context(), wu, quickreply.Scene{State: dialog.State{SkillGroup: "售后"}, Now: noon}, "", "")
	must(t, err)
	if got := titles(list); !slices.Contains(got, "团队") || slices.Contains(got, "小林") || list[0].Editable {
		t.Errorf("in a conversation of the team: %v", got)
	}
	mine, err := s.MyTeams(t.Context(), lin)
	must(t, err)
	if d := cmp.Diff([]quickreply.Membership{{Team: "售后", Leads: true}}, mine); d != "" {
		t.Error(d)
	}
	teams, err := s.Teams(t.Context(), "demo")
	must(t, err)
	if len(teams) != 1 || len(teams[0].Members) != 2 {
		t.Errorf("the teams are %+v", teams)
	}
	must(t, s.PutTeam(t.Context(), trainer, quickreply.Team{Name: "售后"}))
	if teams, err = s.Teams(t.Context(), "demo"); err != nil || len(teams) != 0 {
		t.Errorf("%v, %v after the last member left", teams, err)
	}
}

func TestBadReplies(t *testing.T) {
	s := newService(t)
	long := func(n int) string { return string(slices.Repeat([]rune{'长'}, n)) }
	for name, c := range map[string]struct {
		reply quickreply.Reply
		code  fault.Code
		field string
	}{
		"no title":          {quickreply.Reply{Shelf: ofBot, Text: "b"}, fault.Invalid, "title"},
		"blank text":        {quickreply.Reply{Shelf: ofBot, Title: "a", Text: " \n "}, fault.Invalid, "text"},
		"long title":        {quickreply.Reply{Shelf: ofBot, Title: long(61), Text: "b"}, fault.TooLarge, "title"},
		"long text":         {quickreply.Reply{Shelf: ofBot, Title: "a", Text: long(2001)}, fault.TooLarge, "text"},
		"not UTF-8":         {quickreply.Reply{Shelf: ofBot, Title: "a", Text: "\xff"}, fault.Invalid, "text"},
		"zero byte":         {quickreply.Reply{Shelf: ofBot, Title: "a", Text: "a\x00b"}, fault.Invalid, "text"},
		"broken slot":       {quickreply.Reply{Shelf: ofBot, Title: "a", Text: "{{客户}}您好"}, fault.Invalid, "text"},
		"slash in shortcut": {quickreply.Reply{Shelf: ofBot, Title: "a", Text: "b", Shortcut: "t/k"}, fault.Invalid, "shortcut"},
		"blank in shortcut": {quickreply.Reply{Shelf: ofBot, Title: "a", Text: "b", Shortcut: "t k"}, fault.Invalid, "shortcut"},
		"unknown scope":     {quickreply.Reply{Shelf: quickreply.Shelf{Scope: "all"}, Title: "a", Text: "b"}, fault.Invalid, "scope"},
		"nobody's":          {quickreply.Reply{Shelf: quickreply.Shelf{Scope: quickreply.OfTeam}, Title: "a", Text: "b"}, fault.Invalid, "owner"},
		"the bot's of one":  {quickreply.Reply{Shelf: quickreply.Shelf{Scope: quickreply.OfBot, Owner: "x"}, Title: "a", Text: "b"}, fault.Invalid, "owner"},
		"unknown id":        {quickreply.Reply{ID: "qr_0", Shelf: ofBot, Title: "a", Text: "b"}, fault.NotFound, ""},
	} {
		_, err := s.Put(t.Context(), trainer, c.reply)
		if !fault.Is(err, c.code) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
			continue
		}
		if f := asFault(err); f.Field != c.field {
			t.Errorf("%s: the field is %q, want %q", name, f.Field, c.field)
		}
	}
	for name, a := range map[string][]attachment{
		"script": {{Name: "图", URL: "javascript:alert(1)"}}, "no address": {{Name: "图"}}, "six": slices.Repeat([]attachment{{Name: "图", URL: "https://shop.example/a.png"}}, 6),
	} {
		if _, err := s.Put(t.Context(), trainer, quickreply.Reply{Shelf: ofBot, Title: "a", Text: "b", Attachments: a}); err == nil {
			t.Errorf("attachments with %s were taken", name)
		}
	}
	wants(t, s.PutTeam(t.Context(), trainer, quickreply.Team{Name: " "}), fault.Invalid)
	wants(t, s.PutTeam(t.Context(), trainer, quickreply.Team{Name: "售后", Members: []quickreply.Member{{User: "a"}, {User: "a"}}}), fault.Invalid)
	wants(t, s.PutTeam(t.Context(), trainer, quickreply.Team{Name: "售后", Members: make([]quickreply.Member, 501)}), fault.TooLarge)
}

func TestShortcutsAreOneEach(t *testing.T) {
	s := newService(t)
	first := put(t, s, ofBot, "退款", "退款一般 1–3 天到账", "／TK")
	if first.Shortcut != "tk" {
		t.Errorf("the shortcut is %q", first.Shortcut)
	}
	_, err := s.Put(t.Context(), trainer, quickreply.Reply{Shelf: ofBot, Title: "退款二", Text: "另一条", Shortcut: "tk"})
	wants(t, err, fault.Conflict)
	put(t, s, ofTeam, "退款", "团队另有一条", "tk") // another shelf
	first.Text = "改了"
	again, err := s.Put(t.Context(), trainer, first)
	must(t, err)
	if again.Version != 2 {
		t.Errorf("version %d", again.Version)
	}
	_, err = s.Put(t.Context(), trainer, first) // stale
	wants(t, err, fault.Conflict)
}

func TestShelvesAreBounded(t *testing.T) {
	s := newService(t)
	rows := make([]quickreply.Row, 501)
	for i := range rows {
		rows[i] = quickreply.Row{Line: i + 2, Reply: quickreply.Reply{Title: fmt.Sprint("第", i), Text: "内容"}}
	}
	report, err := s.Import(t.Context(), lin, ofLin, rows, false)
	must(t, err)
	if report.Added != 500 || report.Rejected != 1 || report.Problems[0].Line != 502 {
		t.Errorf("%+v", report)
	}
	_, err = s.Put(t.Context(), lin, quickreply.Reply{Shelf: ofLin, Title: "多了", Text: "内容"})
	wants(t, err, fault.TooLarge)
}

func TestUsesAndOrder(t *testing.T) {
	s := newService(t)
	a, b, c := put(t, s, ofBot, "甲", "一", ""), put(t, s, ofBot, "乙", "二", ""), put(t, s, ofBot, "丙", "三", "")
	must(t, s.Used(t.Context(), zhou, b.ID))
	must(t, s.Used(t.Context(), zhou, b.ID))
	wants(t, s.Used(t.Context(), zhou, "qr_none"), fault.NotFound)
	list, err := s.For(t.Context(), zhou, quickreply.Scene{Now: noon}, "", "")
	must(t, err)
	if list[0].ID != b.ID || list[0].Uses != 2 {
		t.Errorf("the most used is not first: %+v", list)
	}
	b.Text, b.Uses = "二改", 99
	b, err = s.Put(t.Context(), trainer, b)
	must(t, err)
	if b.Uses != 2 {
		t.Errorf("a change made the uses %d", b.Uses)
	}
	must(t, s.Arrange(t.Context(), trainer, ofBot, []string{c.ID, a.ID}))
	listed, err := s.List(t.Context(), zhou, ofBot, "")
	must(t, err)
	if d := cmp.Diff([]string{"丙", "甲", "乙"}, titles(listed)); d != "" {
		t.Error(d)
	}
	must(t, s.Arrange(t.Context(), trainer, ofBot, []string{c.ID, a.ID})) // nothing to do
}
