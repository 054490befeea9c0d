package api_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/desk"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/fault"
)

func TestDeskTakesOver(t *testing.T) {
	f := open(t, nil)
	c := f.queued()
	me, other := f.sessions[auth.Agent], f.session("usr_second")
	path := "/v1/desk/conversations/" + c.Conversation

	list := read[struct{ Conversations []dialog.Summary }](f, f.wants(f.call("GET", "/v1/desk/conversations?status=queued,human", me, nil), 200))
	if len(list.Conversations) != 1 || list.Conversations[0].Conversation != c.Conversation {
		t.Fatalf("unexpected list %+v", list)
	}
	view := read[desk.View](f, f.wants(f.call("GET", path, me, nil), 200))
	if view.Status != dialog.StatusQueued || view.Packet.Summary == "" || len(view.Events) < 4 || len(view.Suggestions) < 3 {
		t.Errorf("unexpected view %+v", view)
	}
	f.problem(f.call("POST", path+"/replies", me, map[string]any{"text": "您好"}), 409, fault.Conflict)

	claimed := read[struct{ Summary dialog.Summary }](f, f.wants(f.call("POST", path+"/claim", me, map[string]any{}), 200))
	if claimed.Summary.Status != dialog.StatusHuman || claimed.Summary.Owner != "usr_agent" {
		t.Errorf("unexpected summary %+v", claimed.Summary)
	}
	p := f.problem(f.call("POST", path+"/claim", other, map[string]any{}), 409, fault.Conflict)
	if !strings.Contains(p.Detail, "小agent") {
		t.Errorf("the problem does not say who owns it: %q", p.Detail)
	}
	f.problem(f.call("POST", path+"/replies", other, map[string]any{"text": "您好"}), 409, fault.Conflict)

	reply := map[string]any{
		"text": view.Suggestions[0].Text, "client_id": "r1", "suggestion": map[string]any{"id": view.Suggestions[0].ID, "use": "taken"},
	}
	first := f.wants(f.call("POST", path+"/replies", me, reply), 200)
	if again := f.wants(f.call("POST", path+"/replies", me, reply), 200); again.body != first.body {
		t.Errorf("the repeat differs: %s, %s", again.body, first.body)
	}
	visitor := f.wants(f.call("GET", "/v1/conversations/"+c.Conversation, c.Token, nil), 200)
	if n := strings.Count(visitor.body, `"type":"message.sent"`); n < 1 || !strings.Contains(visitor.body, `"name":"小agent"`) {
		t.Errorf("the visitor does not see the reply: %s", visitor.body)
	}
	mine := read[struct{ Conversations []dialog.Summary }](f, f.wants(f.call("GET", "/v1/desk/conversations?owner=me", me, nil), 200))
	none := read[struct{ Conversations []dialog.Summary }](f, f.wants(f.call("GET", "/v1/desk/conversations?owner=me", other, nil), 200))
	if len(mine.Conversations) != 1 || len(none.Conversations) != 0 || none.Conversations == nil {
		t.Errorf("mine %v, the other's %v", mine, none)
	}

	f.wants(f.call("POST", path+"/release", me, map[string]any{"reason": "已解答"}), 200)
	f.problem(f.call("POST", path+"/close", me, nil), 409, fault.Conflict) // the bot has it now
	f.wants(f.call("POST", path+"/claim", me, nil), 200)
	f.wants(f.call("POST", path+"/close", me, nil), 200)
	f.problem(f.call("POST", path+"/claim", me, nil), 409, fault.Conflict)
}

func TestDeskRefusesBadInput(t *testing.T) {
	f := open(t, nil)
	c := f.queued()
	me := f.sessions[auth.Agent]
	path := "/v1/desk/conversations/" + c.Conversation
	f.wants(f.call("POST", path+"/claim", me, nil), 200)
	for _, b := range []struct {
		method, path string
		body         any
		status       int
		code         fault.Code
	}{
		{"GET", "/v1/desk/conversations?status=open", nil, 422, fault.Invalid},
		{"GET", "/v1/desk/conversations?limit=0", nil, 422, fault.Invalid},
		{"GET", "/v1/desk/conversations?limit=501", nil, 422, fault.Invalid},
		{"GET", "/v1/desk/conversations?limit=x", nil, 422, fault.Invalid},
		{"GET", "/v1/desk/conversations?owner=you", nil, 422, fault.Invalid},
		{"GET", "/v1/desk/conversations/conv_none", nil, 404, fault.NotFound},
		{"POST", path + "/replies", map[string]any{"text": " "}, 422, fault.Invalid},
		{"POST", path + "/replies", map[string]any{"text": strings.Repeat("长", 2001)}, 413, fault.TooLarge},
		{"POST", path + "/replies", map[string]any{"text": "好", "suggestion": map[string]any{"id": "none"}}, 422, fault.Invalid},
		{"POST", path + "/replies", map[string]any{"text": "好", "suggestion": map[string]any{"id": "x", "use": "ignored"}}, 422, fault.Invalid},
		{"POST", path + "/notes", map[string]any{"text": ""}, 422, fault.Invalid},
		{"POST", path + "/release", map[string]any{"reason": strings.Repeat("长", 201)}, 422, fault.Invalid},
		{"POST", path + "/suggestions/none/ignored", nil, 422, fault.Invalid},
		{"GET", path + "/suggestions?draft=" + strings.Repeat("a", 501), nil, 422, fault.Invalid},
	} {
		a := f.call(b.method, b.path, me, b.body)
		if a.status != b.status {
			t.Errorf("%s %s: got %d, want %d: %s", b.method, b.path, a.status, b.status, a.body)
			continue
		}
		f.problem(a, b.status, b.code)
	}
}

func TestDeskNotesTypingAndSuggestions(t *testing.T) {
	f := open(t, nil)
	c := f.queued()
	me := f.sessions[auth.Agent]
	path := "/v1/desk/conversations/" + c.Conversation
	f.wants(f.call("POST", path+"/claim", me, nil), 200)

	note := read[struct{ Event dialog.Event }](f, f.wants(f.call("POST", path+"/notes", me, map[string]any{"text": "老客户"}), 200))
	if note.Event.Type != dialog.NoteAdded || note.Event.Actor.ID != "usr_agent" {
		t.Errorf("unexpected event %+v", note.Event)
	}
	found := read[struct{ Suggestions []dialog.Suggestion }](f, f.wants(f.call("GET", path+"/suggestions?draft=怎么退货", me, nil), 200))
	if len(found.Suggestions) < 3 || !strings.Contains(found.Suggestions[0].Text+found.Suggestions[1].Text+found.Suggestions[2].Text, "七天") {
		t.Errorf("unexpected suggestions %+v", found.Suggestions)
	}
	f.wants(f.call("POST", path+"/suggestions/"+found.Suggestions[0].ID+"/ignored", me, nil), 204)

	sub := f.bus.Subscribe(bus.Filter{Bot: "demo", Conversation: c.Conversation})
	defer sub.Close()
	f.wants(f.call("POST", path+"/typing", me, map[string]any{}), 204)
	if m := <-sub.C(); m.Typing == nil || m.Typing.From != dialog.Agent || m.Typing.Name != "小agent" {
		t.Errorf("got %+v", m)
	}
}

// TestOneAgentWinsTheClaim: of many who claim at once, one owns the
// conversation and the others read who it was.
func TestOneAgentWinsTheClaim(t *testing.T) {
	f := open(t, nil)
	c := f.queued()
	sessions := []string{f.sessions[auth.Agent], f.session("usr_second"), f.sessions[auth.Admin]}
	answers := make([]answer, 12)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			answers[i] = f.call("POST", "/v1/desk/conversations/"+c.Conversation+"/claim", sessions[i%3], nil)
		}()
	}
	wg.Wait()
	state, err := f.manager.State(t.Context(), "demo", c.Conversation)
	f.must(err)
	winner := -1
	for i, session := range []string{"usr_agent", "usr_second", "usr_admin"} {
		if state.Owner.ID == session {
			winner = i
		}
	}
	for i, a := range answers {
		if i%3 == winner {
			f.wants(a, 200)
			continue
		}
		if p := f.problem(a, 409, fault.Conflict); !strings.Contains(p.Detail, state.Owner.Name) {
			t.Errorf("the problem does not name %s: %q", state.Owner.Name, p.Detail)
		}
	}
	owners := 0
	events, err := f.store.Events(t.Context(), "demo", c.Conversation, 0)
	f.must(err)
	for _, e := range events {
		if e.Type == dialog.StatusChanged && e.Actor.Kind == dialog.Agent {
			owners++
		}
	}
	if owners != 1 {
		t.Errorf("the conversation was claimed %d times", owners)
	}
}
