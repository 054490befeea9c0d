package api_test

import (
	"strings"
	"testing"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
)

// TestBadBodies sends every operation with a JSON body what it must refuse.
func TestBadBodies(t *testing.T) {
	f := open(t, nil)
	c := f.queued()
	conversation, desk := "/v1/conversations/"+c.Conversation, "/v1/desk/conversations/"+c.Conversation
	f.wants(f.call("POST", desk+"/claim", f.sessions[auth.Agent], nil), 200)
	for _, op := range []struct {
		name, method, path, token string
		optional                  bool // the body may be missing
	}{
		{"start", "POST", "/v1/conversations", f.keys[auth.Visitor], false},
		{"message", "POST", conversation + "/messages", c.Token, false},
		{"typing", "POST", conversation + "/typing", c.Token, false},
		{"login", "POST", "/v1/agent/login", "", false},
		{"reply", "POST", desk + "/replies", f.sessions[auth.Agent], false},
		{"note", "POST", desk + "/notes", f.sessions[auth.Agent], false},
		{"release", "POST", desk + "/release", f.sessions[auth.Agent], true},
		{"close", "POST", desk + "/close", f.sessions[auth.Agent], true},
		{"parse", "POST", "/v1/nlu/parse", f.keys[auth.Service], false},
		{"batch", "POST", "/v1/nlu/parse/batch", f.keys[auth.Service], false},
		{"segment", "POST", "/v1/nlu/segment", f.keys[auth.Service], false},
		{"create", "POST", "/v1/articles", f.keys[auth.Trainer], false},
		{"put", "PUT", "/v1/articles/none", f.keys[auth.Trainer], false},
		{"search", "POST", "/v1/articles/search", f.keys[auth.Service], false},
	} {
		t.Run(op.name, func(t *testing.T) {
			for name, b := range map[string]struct {
				body   any
				status int
				code   fault.Code
			}{
				"cut":           {`{"text":"a`, 400, fault.Invalid},
				"no JSON":       {"text=a", 400, fault.Invalid},
				"two":           {"{} {}", 400, fault.Invalid},
				"not UTF-8":     {"{\"text\":\"\xce\xca\"}", 400, fault.Invalid},
				"surrogate":     {"\xed\xa0\x80", 400, fault.Invalid},
				"a list":        {"[]", 422, fault.Invalid},
				"a number":      {"5", 422, fault.Invalid},
				"a stray field": {`{"nonsense":1}`, 422, fault.Invalid},
				"NUL":           {"\x00", 400, fault.Invalid},
			} {
				a := f.call(op.method, op.path, op.token, b.body)
				if a.status != b.status {
					t.Errorf("%s: got %d, want %d: %s", name, a.status, b.status, a.body)
					continue
				}
				f.problem(a, b.status, b.code)
			}
			if !op.optional {
				f.problem(f.call(op.method, op.path, op.token, nil), 400, fault.Invalid)
			}
			f.problem(f.call(op.method, op.path, op.token, `{"text":"a"}`, "Content-Type", "application/xml"), 415, fault.Unsupported)
			f.problem(f.call(op.method, op.path, op.token, strings.Repeat(" ", 1<<20+1)), 413, fault.TooLarge)
		})
	}
	// After all of this the conversation is as it was.
	if a := f.wants(f.call("GET", desk, f.sessions[auth.Agent], nil), 200); !strings.Contains(a.body, `"status":"human"`) {
		t.Errorf("got %s", a.body)
	}
}

// TestOddTextTravels: what people type arrives as they typed it, everywhere.
func TestOddTextTravels(t *testing.T) {
	f := open(t, nil)
	c := f.queued()
	me, desk := f.sessions[auth.Agent], "/v1/desk/conversations/"+c.Conversation
	f.wants(f.call("POST", desk+"/claim", me, nil), 200)
	for _, text := range []string{
		"<script>alert('x')</script> & \"引号\"", "👩‍👩‍👧‍👦 ﷽ 𠮷", "行一\n行二\t\u2028尾", "\u202e倒着", "null", "'; DROP TABLE events; --", `{"a":1}`,
	} {
		f.say(c, text)
		f.wants(f.call("POST", desk+"/replies", me, map[string]any{"text": "回：" + text}), 200)
		for _, seen := range []answer{
			f.wants(f.call("GET", "/v1/conversations/"+c.Conversation, c.Token, nil), 200),
			f.wants(f.call("GET", desk, me, nil), 200),
		} {
			got := read[struct {
				Events []struct{ Data struct{ Text string } }
			}](f, seen)
			found := 0
			for _, e := range got.Events {
				if e.Data.Text == text || e.Data.Text == "回："+text {
					found++
				}
			}
			if found != 2 {
				t.Errorf("%q: %d of 2 messages came through", text, found)
			}
		}
	}
}
