package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog/autoreply"
	"github.com/yingda/yingda/dialog/quickreply"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
)

// withReplies opens a server with quick and automatic replies.
func withReplies(t *testing.T) *fixture {
	t.Helper()
	return open(t, func(o *options) {
		db, ok := o.Directory.(interface {
			quickreply.Store
			autoreply.Store
		})
		if !ok {
			t.Fatal("the directory keeps no replies")
		}
		quick, err := quickreply.New(quickreply.Options{Store: db, IDs: &ident.Sequence{}})
		if err != nil {
			t.Fatal(err)
		}
		auto, err := autoreply.New(autoreply.Options{Store: db, Profiles: o.Profiles, Clock: o.Clock, Bots: []string{"demo"}})
		if err != nil {
			t.Fatal(err)
		}
		o.QuickReplies, o.AutoReplies = quick, auto
	})
}

type quickList struct {
	QuickReplies []quickreply.Offer `json:"quick_replies"`
	Teams        []quickreply.Membership
	Slots        []string
}

const quick = "/v1/quick-replies"

func TestQuickReplies(t *testing.T) {
	f := withReplies(t)
	agent, trainer := f.sessions[auth.Agent], f.sessions[auth.Trainer]
	own := map[string]any{"scope": "agent", "title": "退款话术", "text": "{{customer.id}}您好，{{shop.name}}的退款{{refund.status}}，{{agent.name}}", "shortcut": "/TK", "folder": "售后"}
	made := f.wants(f.call("POST", quick, agent, own, "Idempotency-Key", "k1"), 201)
	if again := f.wants(f.call("POST", quick, agent, own, "Idempotency-Key", "k1"), 201); again.body != made.body {
		t.Errorf("the repeat differs: %s, %s", made.body, again.body)
	}
	r := read[quickreply.Reply](f, made)
	if r.Shortcut != "tk" || r.Owner != "usr_agent" || r.Version != 1 || r.Author != "小agent" {
		t.Errorf("stored %+v", r)
	}
	shared := map[string]any{"scope": "bot", "title": "发货", "text": "48 小时内发货"}
	f.problem(f.call("POST", quick, agent, shared), 403, fault.Forbidden)
	f.wants(f.call("POST", quick, trainer, shared), 201)
	f.problem(f.call("POST", quick, agent, map[string]any{"scope": "agent", "title": "二", "text": "二", "shortcut": "tk"}), 409, fault.Conflict)
	if p := f.problem(f.call("POST", quick, agent, map[string]any{"scope": "agent", "title": "", "text": "b"}), 422, fault.Invalid); p.Errors[0].Location != "title" {
		t.Errorf("the problem is in %+v", p.Errors)
	}

	mine := read[quickList](f, f.wants(f.call("GET", quick, agent, nil), 200))
	if len(mine.QuickReplies) != 2 || len(mine.Slots) == 0 || mine.Teams == nil {
		t.Errorf("the agent has %+v", mine)
	}
	other := read[quickList](f, f.wants(f.call("GET", quick, f.session("usr_second"), nil), 200))
	if len(other.QuickReplies) != 1 || other.QuickReplies[0].Editable {
		t.Errorf("another agent has %+v", other)
	}
	f.problem(f.call("GET", quick+"?scope=agent&owner=usr_agent", f.session("usr_second"), nil), 403, fault.Forbidden)

	own["text"], own["version"] = "改了", 1
	changed := read[quickreply.Reply](f, f.wants(f.call("PUT", quick+"/"+r.ID, agent, own), 200))
	if changed.Version != 2 {
		t.Errorf("changed to %+v", changed)
	}
	f.problem(f.call("PUT", quick+"/"+r.ID, agent, own), 409, fault.Conflict)
	f.wants(f.call("POST", quick+"/"+r.ID+"/used", agent, nil), 204)
	f.problem(f.call("POST", quick+"/none/used", agent, nil), 404, fault.NotFound)
	f.wants(f.call("PUT", quick+"/order", agent, map[string]any{"scope": "agent", "ids": []string{r.ID}}), 204)
	f.problem(f.call("DELETE", quick+"/"+r.ID, f.session("usr_second"), nil), 403, fault.Forbidden)
	f.wants(f.call("DELETE", quick+"/"+r.ID, agent, nil), 204)
	f.problem(f.call("DELETE", quick+"/"+r.ID, agent, nil), 404, fault.NotFound)
	f.problem(f.call("GET", quick, f.keys[auth.Visitor], nil), 403, fault.Forbidden)
}

func TestQuickRepliesOfAConversation(t *testing.T) {
	f := withReplies(t)
	agent := f.sessions[auth.Agent]
	c := f.queued()
	path := "/v1/desk/conversations/" + c.Conversation
	f.wants(f.call("POST", quick, agent, map[string]any{"scope": "agent", "title": "退款", "text": "{{shop.name}}{{agent.name}}：退款{{refund.status}}"}), 201)
	got := read[quickList](f, f.wants(f.call("GET", path+"/quick-replies?draft=退款", agent, nil), 200)).QuickReplies
	if len(got) != 1 || got[0].Filled != "云栖优品小agent：退款{{refund.status}}" || len(got[0].Missing) != 1 || got[0].Missing[0] != "refund.status" || got[0].Score <= 0 {
		t.Errorf("unexpected %+v", got)
	}
	f.problem(f.call("GET", "/v1/desk/conversations/none/quick-replies", agent, nil), 404, fault.NotFound)
	f.wants(f.call("POST", path+"/claim", agent, map[string]any{}), 200)
	if p := f.problem(f.call("POST", path+"/replies", agent, map[string]any{"text": got[0].Filled}), 422, fault.Invalid); !strings.Contains(p.Detail, "refund.status") {
		t.Errorf("the problem does not name the slot: %s", p.Detail)
	}
}

func TestQuickRepliesInFiles(t *testing.T) {
	f := withReplies(t)
	agent := f.sessions[auth.Agent]
	file := "标题,内容,快捷码\n退款,三天到账,tk\n发货,,fh\n"
	dry := read[quickreply.Report](f, f.wants(f.call("POST", quick+"/import?scope=agent&dry_run=true", agent, file), 200))
	if dry.Added != 1 || dry.Rejected != 1 || dry.Problems[0].Line != 3 {
		t.Errorf("the dry run says %+v", dry)
	}
	f.wants(f.call("POST", quick+"/import?scope=agent", agent, file), 200)
	f.problem(f.call("POST", quick+"/import?scope=bot", agent, file), 403, fault.Forbidden)
	f.problem(f.call("POST", quick+"/import?scope=agent", agent, "不是表格"), 422, fault.Invalid)
	for _, format := range []string{"csv", "xlsx"} {
		out := f.wants(f.call("GET", quick+"/export?scope=agent&format="+format, agent, nil), 200)
		if !strings.Contains(out.header.Get("Content-Disposition"), "quick-replies."+format) {
			t.Errorf("%s: %v", format, out.header)
		}
		again := read[quickreply.Report](f, f.wants(f.call("POST", quick+"/import?scope=agent", agent, out.body), 200))
		if again.Unchanged != 1 || again.Rows != 1 {
			t.Errorf("%s comes back as %+v", format, again)
		}
	}
}

func TestTeams(t *testing.T) {
	f := withReplies(t)
	agent, trainer := f.sessions[auth.Agent], f.sessions[auth.Trainer]
	members := map[string]any{"members": []map[string]any{{"user": "usr_agent", "leads": true}}}
	f.problem(f.call("PUT", "/v1/teams/售后", agent, members), 403, fault.Forbidden)
	f.wants(f.call("PUT", "/v1/teams/售后", trainer, members), http.StatusNoContent)
	if body := f.wants(f.call("GET", "/v1/teams", agent, nil), 200).body; !strings.Contains(body, `"name":"售后"`) {
		t.Errorf("the teams are %s", body)
	}
	f.wants(f.call("POST", quick, agent, map[string]any{"scope": "team", "owner": "售后", "title": "a", "text": "b"}), 201)
}

func TestAutoReplies(t *testing.T) {
	f := withReplies(t)
	agent, trainer := f.sessions[auth.Agent], f.sessions[auth.Trainer]
	got := read[api.AutoRepliesBody](f, f.wants(f.call("GET", "/v1/autoreplies", agent, nil), 200))
	if got.Version != 0 || len(got.Settings.Rules) != len(autoreply.Kinds()) || len(got.Previews) != len(got.Settings.Rules) || !got.Open {
		t.Fatalf("the defaults are %+v", got)
	}
	if text := got.Previews[1][0]; !strings.Contains(text, "3 位") {
		t.Errorf("the preview reads %q", text)
	}
	greeted := func() api.BotInfo {
		t.Helper()
		type opened struct {
			Bot api.BotInfo `json:"bot"`
		}
		return read[opened](f, f.wants(f.call("POST", "/v1/conversations", f.keys[auth.Visitor], map[string]any{"channel": "web"}), 201)).Bot
	}
	before := greeted()
	if before.Greeting == "" || strings.Contains(before.Greeting, "欢迎光临") {
		t.Errorf("a conversation opens with %+v", before)
	}
	got.Settings.Rules[0].Texts, got.Settings.Rules[0].Menu = []string{"欢迎光临{{shop.name}}"}, []string{"几点上班"}
	got.Settings.Hours = autoreply.Hours{Weekly: []autoreply.Span{{Days: []int{1}, From: "09:00", To: "09:01"}}}
	body := map[string]any{"version": 0, "settings": got.Settings}
	f.problem(f.call("PUT", "/v1/autoreplies", agent, body), 403, fault.Forbidden)
	dry := read[api.AutoRepliesBody](f, f.wants(f.call("PUT", "/v1/autoreplies?dry_run=true", trainer, body), 200))
	if dry.Version != 0 || dry.Previews[0][0] != "欢迎光临云栖优品" || dry.Open || dry.NextOpen.IsZero() {
		t.Errorf("the dry run shows %+v", dry)
	}
	saved := read[api.AutoRepliesBody](f, f.wants(f.call("PUT", "/v1/autoreplies", trainer, body), 200))
	if saved.Version != 1 || saved.Author != "小trainer" {
		t.Errorf("saved %+v", saved)
	}
	if after := greeted(); after.Greeting != "欢迎光临云栖优品" || !slices.Equal(after.Menu, []string{"几点上班"}) || after.Name != before.Name {
		t.Errorf("after the change a conversation opens with %+v", after)
	}
	f.problem(f.call("PUT", "/v1/autoreplies", trainer, body), 409, fault.Conflict)
	got.Settings.Rules[1].Texts = []string{"{{nobody.knows}}"}
	body["version"] = 1
	if p := f.problem(f.call("PUT", "/v1/autoreplies", trainer, body), 422, fault.Invalid); p.Errors[0].Location != "settings.rules[1].texts" {
		t.Errorf("the problem is in %+v", p.Errors)
	}
}
