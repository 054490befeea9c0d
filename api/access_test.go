package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

// TestAccess is the matrix of callers and routes: who is let in, who is 401
// and who 403. What comes after the door (404, 409, 422) is another matter.
func TestAccess(t *testing.T) {
	f := open(t, nil)
	own, foreign := f.start(), f.start()
	callers := map[string]string{
		"nobody": "", "nonsense": "yd_agent_xxx", "basic": "basic",
		"visitor key": f.keys[auth.Visitor], "agent key": f.keys[auth.Agent], "trainer key": f.keys[auth.Trainer], "service key": f.keys[auth.Service],
		"agent": f.sessions[auth.Agent], "trainer": f.sessions[auth.Trainer], "admin": f.sessions[auth.Admin],
		"token": own.Token, "other token": foreign.Token,
	}
	conversation, desk := "/v1/conversations/"+own.Conversation, "/v1/desk/conversations/"+own.Conversation
	const visitors = "visitor key"
	const token = "token"
	const users = "agent key,trainer key,agent,trainer,admin"
	const agents = "agent key,agent,admin"
	const trainers = "trainer key,trainer,admin"
	const machines = "agent key,trainer key,service key,agent,trainer,admin"
	for _, route := range []struct{ method, path, admitted string }{
		{"POST", "/v1/conversations", visitors},
		{"GET", conversation, token},
		{"POST", conversation + "/messages", token},
		{"POST", conversation + "/typing", token},
		{"GET", "/v1/agent/me", users},
		{"GET", "/v1/desk/conversations", agents},
		{"GET", desk, agents},
		{"POST", desk + "/claim", agents},
		{"POST", desk + "/release", agents},
		{"POST", desk + "/replies", agents},
		{"POST", desk + "/notes", agents},
		{"POST", desk + "/typing", agents},
		{"GET", desk + "/suggestions", agents},
		{"POST", desk + "/suggestions/x/ignored", agents},
		{"GET", "/v1/desk/ws", agents},
		{"POST", "/v1/nlu/parse", machines},
		{"POST", "/v1/nlu/parse/batch", machines},
		{"POST", "/v1/nlu/segment", machines},
		{"POST", "/v1/embeddings", machines},
		{"GET", "/v1/articles", trainers},
		{"POST", "/v1/articles", trainers},
		{"GET", "/v1/articles/x", trainers},
		{"PUT", "/v1/articles/x", trainers},
		{"DELETE", "/v1/articles/x", trainers},
		{"POST", "/v1/articles/import?format=csv", trainers},
		{"POST", "/v1/articles/search", machines},
		{"POST", "/model/parse", machines},
		{"GET", "/status", machines},
		{"POST", "/webhooks/rest/webhook", "service key"},
		{"POST", "/embed", machines},
	} {
		admitted := strings.Split(route.admitted, ",")
		for name, credential := range callers {
			t.Run(fmt.Sprintf("%s %s by %s", route.method, strings.ReplaceAll(route.path, own.Conversation, "{id}"), name), func(t *testing.T) {
				var a answer
				if name == "basic" {
					a = f.call(route.method, route.path, "", map[string]any{}, "Authorization", "Basic eDp5")
				} else {
					a = f.call(route.method, route.path, credential, map[string]any{})
				}
				refused := a.status == 401 || a.status == 403
				for _, who := range admitted {
					if who == name {
						if refused {
							t.Errorf("refused: %d %s", a.status, a.body)
						}
						return
					}
				}
				switch {
				case name == "nobody" || name == "nonsense" || name == "basic":
					if a.status != 401 || a.header.Get("WWW-Authenticate") == "" {
						t.Errorf("got %d, want 401 that names the scheme: %s", a.status, a.body)
					}
				case name == "other token" && route.admitted == token:
					if a.status != 404 {
						t.Errorf("got %d, want 404: %s", a.status, a.body)
					}
				case a.status != 403:
					t.Errorf("got %d, want 403: %s", a.status, a.body)
				}
			})
		}
	}
}

func TestPublicRoutes(t *testing.T) {
	f := open(t, nil)
	for _, path := range []string{
		"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/", "/widget.js", "/desk/", "/console/", "/assets/a-1f.js",
		"/webhooks/rest/", "/version", "/info", "/health", "/v2/health/live", "/v2/health/ready",
	} {
		f.wants(f.call("GET", path, "", nil), 200)
		f.wants(f.call("GET", path, "yd_agent_nonsense", nil), 200)
	}
}

func TestAnotherShopsAgentSeesNothing(t *testing.T) {
	f := open(t, nil)
	c := f.queued()
	key, err := auth.NewKey(auth.Agent)
	f.must(err)
	_, err = f.store.AddKey(t.Context(), store.Key{ID: "key_other", Bot: "other", Role: "agent", Hash: auth.Hash(key)})
	f.must(err)
	for _, c2 := range []struct{ method, tail string }{
		{"GET", ""}, {"POST", "/claim"}, {"POST", "/notes"}, {"GET", "/suggestions"}, {"POST", "/close"},
	} {
		f.problem(f.call(c2.method, "/v1/desk/conversations/"+c.Conversation+c2.tail, key, map[string]any{"text": "x"}), noBody(c2.tail), codeOf(c2.tail))
	}
	if a := f.wants(f.call("GET", "/v1/desk/conversations", key, nil), 200); strings.Contains(a.body, c.Conversation) {
		t.Errorf("the other shop's list has it: %s", a.body)
	}
}

// noBody and codeOf: the claim and close bodies take no text, which is said
// before the conversation is looked for.
func noBody(tail string) int {
	if tail == "/close" {
		return 422
	}
	return 404
}

func codeOf(tail string) fault.Code {
	if tail == "/close" {
		return fault.Invalid
	}
	return fault.NotFound
}

func TestRevocationIsFelt(t *testing.T) {
	f := open(t, nil)
	key := f.keys[auth.Service]
	f.wants(f.call("POST", "/v1/nlu/parse", key, map[string]any{"text": "你好"}), 200)
	f.must(f.store.RevokeKey(t.Context(), "demo", "key_service"))
	f.clock.Advance(10 * time.Second)
	f.problem(f.call("POST", "/v1/nlu/parse", key, map[string]any{"text": "你好"}), 401, fault.Unauthenticated)

	f.wants(f.call("GET", "/v1/agent/me", f.sessions[auth.Agent], nil), 200)
	f.must(f.store.DisableUser(t.Context(), "demo", "usr_agent"))
	f.clock.Advance(10 * time.Second)
	f.problem(f.call("GET", "/v1/agent/me", f.sessions[auth.Agent], nil), 401, fault.Unauthenticated)
}

func TestCookieWritesNeedOurOrigin(t *testing.T) {
	f := open(t, nil)
	c := f.queued()
	claim := func(origin string) answer {
		r, err := http.NewRequestWithContext(t.Context(), "POST", f.url+"/v1/desk/conversations/"+c.Conversation+"/claim", nil)
		f.must(err)
		r.AddCookie(&http.Cookie{Name: auth.Cookie, Value: f.sessions[auth.Agent]})
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		return f.send(r)
	}
	for _, origin := range []string{"", "https://evil.example", "null", "http://127.0.0.1:1"} {
		f.problem(claim(origin), 403, fault.Forbidden)
	}
	f.wants(claim(f.url), 200)
	r, err := http.NewRequestWithContext(t.Context(), "GET", f.url+"/v1/agent/me", nil)
	f.must(err)
	r.AddCookie(&http.Cookie{Name: auth.Cookie, Value: f.sessions[auth.Agent]})
	f.wants(f.send(r), 200) // reading needs no origin
}

func TestKeysAreLimited(t *testing.T) {
	f := open(t, func(o *options) { o.APIPerSec = 2 })
	parse := func(key string) answer {
		return f.call("POST", "/v1/nlu/parse", key, map[string]any{"text": "你好"})
	}
	f.wants(parse(f.keys[auth.Service]), 200)
	f.wants(parse(f.keys[auth.Service]), 200)
	a := parse(f.keys[auth.Service])
	f.problem(a, 429, fault.RateLimited)
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q, want 1", a.header.Get("Retry-After"))
	}
	f.wants(parse(f.keys[auth.Trainer]), 200) // another key has its own
	for range 2 {
		f.problem(parse("yd_service_guess"), 401, fault.Unauthenticated)
	}
	f.problem(parse("yd_service_guess"), 429, fault.RateLimited)
}
