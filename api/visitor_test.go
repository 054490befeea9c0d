package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

func TestStart(t *testing.T) {
	f := open(t, nil)
	c := f.start()
	if c.Status != dialog.StatusBot || c.Bot.BotName != "小应" || len(c.Bot.Menu) != 1 || c.ExpiresAt.Before(noon.Add(24*time.Hour)) {
		t.Errorf("unexpected answer: %+v", c)
	}
	for _, e := range c.Events {
		if !e.Public() {
			t.Errorf("the visitor sees %s", e.Type)
		}
	}
	other := f.start()
	if other.Conversation == c.Conversation {
		t.Error("two starts share a conversation")
	}
}

func TestStartIsIdempotent(t *testing.T) {
	f := open(t, nil)
	start := func(key string, body map[string]any) answer {
		return f.call("POST", "/v1/conversations", f.keys[auth.Visitor], body, "Idempotency-Key", key)
	}
	body := map[string]any{"channel": "app", "attributes": map[string]string{"page": "/p/1"}}
	first := f.wants(start("k1", body), 201)
	f.clock.Advance(time.Minute)
	again := f.wants(start("k1", body), 201)
	if first.body != again.body {
		t.Errorf("the repeat differs:\n%s\n%s", first.body, again.body)
	}
	f.problem(start("k1", map[string]any{"channel": "web"}), 422, fault.Invalid)
	f.problem(start("k1", map[string]any{"channel": "app", "attributes": map[string]string{"page": "/p/1"}, "visitor": "someone else"}), 422, fault.Invalid)
	if read[started](f, f.wants(start("k2", body), 201)).Conversation == read[started](f, first).Conversation {
		t.Error("two keys share a conversation")
	}
	// Once the visitor has written, nobody gets in by repeating the key.
	c := read[started](f, first)
	f.wants(f.call("POST", "/v1/conversations/"+c.Conversation+"/messages", c.Token, map[string]any{"text": "在吗"}), 200)
	f.problem(start("k1", body), 422, fault.Invalid)
}

func TestCustomerNeedsSignature(t *testing.T) {
	f := open(t, nil)
	secret, err := f.store.Secret(t.Context(), "demo", store.CustomerSecret)
	f.must(err)
	right := auth.SignCustomer(secret, "c1001")
	for name, c := range map[string]struct {
		body   map[string]any
		status int
	}{
		"signed":            {map[string]any{"customer": "c1001", "customer_signature": right}, 201},
		"upper case":        {map[string]any{"customer": "c1001", "customer_signature": strings.ToUpper(right)}, 201},
		"no signature":      {map[string]any{"customer": "c1001"}, 403},
		"another customer":  {map[string]any{"customer": "c1002", "customer_signature": right}, 403},
		"not hexadecimal":   {map[string]any{"customer": "c1001", "customer_signature": "zz"}, 403},
		"cut":               {map[string]any{"customer": "c1001", "customer_signature": right[:32]}, 403},
		"no customer":       {map[string]any{"customer_signature": right}, 201},
		"unknown field":     {map[string]any{"costumer": "c1001"}, 422},
		"bad channel":       {map[string]any{"channel": "<script>"}, 422},
		"attributes no map": {map[string]any{"attributes": []string{"a"}}, 422},
		"huge attributes":   {map[string]any{"attributes": map[string]string{"a": strings.Repeat("x", 9000)}}, 413},
	} {
		a := f.call("POST", "/v1/conversations", f.keys[auth.Visitor], c.body)
		if a.status != c.status {
			t.Errorf("%s: got %d, want %d: %s", name, a.status, c.status, a.body)
			continue
		}
		if a.status == 201 {
			state, err := f.manager.State(t.Context(), "demo", read[started](f, a).Conversation)
			f.must(err)
			if want := fmt.Sprint(c.body["customer"]); c.body["customer"] != nil && state.Customer != want {
				t.Errorf("%s: the customer is %q", name, state.Customer)
			}
		}
	}
}

func TestMessages(t *testing.T) {
	f := open(t, nil)
	c := f.start()
	path := "/v1/conversations/" + c.Conversation
	type sent struct {
		Message dialog.Message   `json:"message"`
		Replies []dialog.Message `json:"replies"`
		Status  dialog.Status    `json:"status"`
	}
	got := read[sent](f, f.wants(f.call("POST", path+"/messages", c.Token, map[string]any{"text": " 怎么退货？ ", "client_id": "m1"}), 200))
	if got.Message.Text != "怎么退货？" || len(got.Replies) == 0 || !strings.Contains(got.Replies[0].Text, "七天") {
		t.Errorf("unexpected answer: %+v", got)
	}
	again := read[sent](f, f.wants(f.call("POST", path+"/messages", c.Token, map[string]any{"text": "怎么退货？", "client_id": "m1"}), 200))
	if again.Message.ID != got.Message.ID || len(again.Replies) != len(got.Replies) {
		t.Errorf("the repeat differs: %+v", again)
	}
	byHeader := read[sent](f, f.wants(f.call("POST", path+"/messages", c.Token, map[string]any{"text": "怎么退货？"}, "Idempotency-Key", "m1"), 200))
	if byHeader.Message.ID != got.Message.ID {
		t.Error("the header is not the same key")
	}
	f.problem(f.call("POST", path+"/messages", c.Token, map[string]any{"text": "别的话", "client_id": "m1"}), 422, fault.Invalid)

	for name, c2 := range map[string]struct {
		body   any
		status int
		code   fault.Code
	}{
		"empty":         {map[string]any{"text": ""}, 422, fault.Invalid},
		"blank":         {map[string]any{"text": " \n\u3000"}, 422, fault.Invalid},
		"missing":       {map[string]any{}, 422, fault.Invalid},
		"number":        {map[string]any{"text": 5}, 422, fault.Invalid},
		"too long":      {map[string]any{"text": strings.Repeat("长", 2001)}, 413, fault.TooLarge},
		"no JSON":       {"{", 400, fault.Invalid},
		"no body":       {nil, 400, fault.Invalid},
		"invalid UTF-8": {"{\"text\":\"\xff\xfe\"}", 400, fault.Invalid},
		"other field":   {map[string]any{"text": "x", "txt": "y"}, 422, fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.call("POST", path+"/messages", c.Token, c2.body)
			p := f.problem(a, c2.status, c2.code)
			if strings.Contains(a.body, "\uFFFD") || strings.Contains(p.Detail, "json:") {
				t.Errorf("the problem echoes the body or Go's words: %s", a.body)
			}
		})
	}
	f.wants(f.call("POST", path+"/messages", c.Token, map[string]any{"text": strings.Repeat("😀", 2000)}), 200)

	f.wants(f.call("POST", path+"/close", c.Token, nil), 200)
	f.wants(f.call("POST", path+"/close", c.Token, nil), 200)
	f.problem(f.call("POST", path+"/messages", c.Token, map[string]any{"text": "还在吗"}), 409, fault.Conflict)
}

func TestTokenReachesOneConversation(t *testing.T) {
	f := open(t, nil)
	a, b := f.start(), f.start()
	path := "/v1/conversations/" + b.Conversation
	for _, c := range []struct{ method, path string }{
		{"GET", path}, {"GET", path + "/events"}, {"POST", path + "/messages"}, {"POST", path + "/typing"}, {"POST", path + "/close"},
	} {
		f.problem(f.call(c.method, c.path, a.Token, map[string]any{"text": "x"}), 404, fault.NotFound)
	}
	f.problem(f.call("GET", path, a.Token[:len(a.Token)-1], nil), 401, fault.Unauthenticated)
	f.clock.Advance(31 * 24 * time.Hour)
	f.problem(f.call("GET", path, b.Token, nil), 401, fault.Unauthenticated)
}

func TestVisitorSeesPublicEventsOnly(t *testing.T) {
	f := open(t, nil)
	c := f.queued()
	f.wants(f.call("POST", "/v1/desk/conversations/"+c.Conversation+"/notes", f.sessions[auth.Agent], map[string]any{"text": "内部：老客户"}), 200)
	a := f.wants(f.call("GET", "/v1/conversations/"+c.Conversation, c.Token, nil), 200)
	got := read[struct{ Events []dialog.Event }](f, a)
	if len(got.Events) == 0 || strings.Contains(a.body, "内部") {
		t.Errorf("unexpected events: %s", a.body)
	}
	for _, e := range got.Events {
		if !e.Public() {
			t.Errorf("the visitor sees %s", e.Type)
		}
	}
}

func TestTypingReachesTheBus(t *testing.T) {
	f := open(t, nil)
	c := f.start()
	sub := f.bus.Subscribe(bus.Filter{Bot: "demo", Conversation: c.Conversation})
	defer sub.Close()
	path := "/v1/conversations/" + c.Conversation + "/typing"
	f.wants(f.call("POST", path, c.Token, map[string]any{"text": "我想问"}), 204)
	m := <-sub.C()
	if m.Typing == nil || m.Typing.Text != "我想问" || m.Typing.From != dialog.Visitor {
		t.Errorf("got %+v", m)
	}
	f.problem(f.call("POST", path, c.Token, map[string]any{"text": strings.Repeat("长", 501)}), 422, fault.Invalid)
}

func TestVisitorsAreLimited(t *testing.T) {
	f := open(t, func(o *options) { o.VisitorPerMin = 3 })
	c := f.start()
	f.say(c, "一")
	f.say(c, "二")
	a := f.call("POST", "/v1/conversations/"+c.Conversation+"/messages", c.Token, map[string]any{"text": "三"})
	f.problem(a, 429, fault.RateLimited)
	if a.header.Get("Retry-After") != "20" {
		t.Errorf("Retry-After is %q, want 20", a.header.Get("Retry-After"))
	}
	f.clock.Advance(20 * time.Second)
	f.say(c, "三")
}

// TestForwardedAddresses: only a trusted proxy may say who the visitor is.
func TestForwardedAddresses(t *testing.T) {
	begin := func(f *fixture, from string) answer {
		return f.call("POST", "/v1/conversations", f.keys[auth.Visitor], map[string]any{}, "X-Forwarded-For", from)
	}
	f := open(t, func(o *options) { o.VisitorPerMin = 1 })
	f.wants(begin(f, "1.1.1.1"), 201)
	f.problem(begin(f, "2.2.2.2"), 429, fault.RateLimited)

	f = open(t, func(o *options) { o.VisitorPerMin, o.TrustedProxies = 1, []string{"127.0.0.0/8", "::1"} })
	f.wants(begin(f, "1.1.1.1"), 201)
	f.wants(begin(f, "2.2.2.2"), 201)
	f.problem(begin(f, "6.6.6.6, 2.2.2.2"), 429, fault.RateLimited)

	o := f.options()
	o.Registerer, o.TrustedProxies = nil, []string{"not an address"}
	if _, err := newServer(o); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want %s", err, fault.Invalid)
	}
}
