package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

func (f *fixture) login(body map[string]any) answer {
	f.Helper()
	return f.call("POST", "/v1/agent/login", "", body)
}

func TestLogin(t *testing.T) {
	f := open(t, nil)
	a := f.wants(f.login(map[string]any{"name": " 小agent ", "password": password}), 200)
	got := read[struct {
		Agent api.AgentInfo
		Token string
	}](f, a)
	if got.Agent != (api.AgentInfo{ID: "usr_agent", Name: "小agent", Bot: "demo", Role: auth.Agent}) {
		t.Errorf("unexpected agent %+v", got.Agent)
	}
	cookies := (&http.Response{Header: a.header}).Cookies()
	if len(cookies) != 1 || cookies[0].Name != auth.Cookie || cookies[0].Value != got.Token || !cookies[0].HttpOnly ||
		cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].MaxAge != int(auth.SessionLife.Seconds()) {
		t.Errorf("unexpected cookies %v", cookies)
	}
	me := read[struct{ Agent api.AgentInfo }](f, f.wants(f.call("GET", "/v1/agent/me", got.Token, nil), 200))
	if me.Agent != got.Agent {
		t.Errorf("me is %+v", me.Agent)
	}
	out := f.wants(f.call("POST", "/v1/agent/logout", got.Token, map[string]any{}), 204)
	if !strings.Contains(out.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("the cookie stays: %q", out.header.Get("Set-Cookie"))
	}
	f.problem(f.call("GET", "/v1/agent/me", got.Token, nil), 401, fault.Unauthenticated)
}

func TestLoginRefused(t *testing.T) {
	f := open(t, nil)
	for name, c := range map[string]struct {
		body   map[string]any
		status int
	}{
		"wrong password":   {map[string]any{"name": "小agent", "password": "wrong-password"}, 401},
		"unknown user":     {map[string]any{"name": "nobody", "password": password}, 401},
		"wrong bot":        {map[string]any{"name": "小agent", "password": password, "bot": "other"}, 401},
		"empty":            {map[string]any{"name": "", "password": ""}, 422},
		"missing":          {map[string]any{"name": "小agent"}, 422},
		"huge password":    {map[string]any{"name": "小agent", "password": strings.Repeat("x", 600)}, 422},
		"a name with zero": {map[string]any{"name": "小agent\x00", "password": password}, 401},
	} {
		if a := f.login(c.body); a.status != c.status {
			t.Errorf("%s: got %d, want %d: %s", name, a.status, c.status, a.body)
		}
	}
	f.must(f.store.DisableUser(t.Context(), "demo", "usr_agent"))
	f.problem(f.login(map[string]any{"name": "小agent", "password": password}), 401, fault.Unauthenticated)
}

func TestLoginNamesTheShop(t *testing.T) {
	f := open(t, nil)
	hash, err := passwordHash()
	f.must(err)
	_, err = f.store.AddUser(t.Context(), store.User{ID: "usr_twin", Bot: "other", Name: "小agent", Role: "agent", Password: hash})
	f.must(err)
	p := f.problem(f.login(map[string]any{"name": "小agent", "password": password}), 422, fault.Invalid)
	if !strings.Contains(p.Detail, "bot") {
		t.Errorf("the problem does not say what to add: %q", p.Detail)
	}
	a := f.wants(f.login(map[string]any{"name": "小agent", "password": password, "bot": "other"}), 200)
	if !strings.Contains(a.body, "usr_twin") {
		t.Errorf("got %s", a.body)
	}
}

func TestLoginIsLimited(t *testing.T) {
	f := open(t, func(o *options) { o.LoginPerMin = 2 })
	for range 2 {
		f.problem(f.login(map[string]any{"name": "小agent", "password": "wrong-password"}), 401, fault.Unauthenticated)
	}
	f.problem(f.login(map[string]any{"name": "小agent", "password": password}), 429, fault.RateLimited)
	f.clock.Advance(time.Minute)
	f.wants(f.login(map[string]any{"name": "小agent", "password": password}), 200)
}

func TestSecureCookies(t *testing.T) {
	f := open(t, func(o *options) { o.SecureCookies = true })
	a := f.wants(f.login(map[string]any{"name": "小agent", "password": password}), 200)
	if !strings.Contains(a.header.Get("Set-Cookie"), "Secure") {
		t.Errorf("the cookie may travel in the clear: %q", a.header.Get("Set-Cookie"))
	}
}

func TestSecretsStayOutOfTheLog(t *testing.T) {
	f := open(t, nil)
	c := f.start()
	f.call("GET", "/v1/conversations/"+c.Conversation+"?token="+c.Token, "", nil)
	f.call("GET", "/v1/desk/ws?token="+f.sessions[auth.Agent], "", nil)
	f.login(map[string]any{"name": "小agent", "password": password})
	log := f.logs.String()
	for _, secret := range []string{c.Token, f.sessions[auth.Agent], password, f.keys[auth.Visitor]} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds a secret")
		}
	}
	if !strings.Contains(log, "path=/v1/agent/login") || !strings.Contains(log, "token=yds_") {
		t.Errorf("the log does not tell what was asked: %s", log)
	}
}
