package api_test

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

func TestRasaParse(t *testing.T) {
	f := open(t, nil)
	got := read[map[string]any](f, f.wants(f.call("POST", "/model/parse", f.keys[auth.Service], map[string]any{"text": "怎么退货", "message_id": "m"}), 200))
	if got["intent"].(map[string]any)["name"] != "return_policy" || len(got["intent_ranking"].([]any)) != 1 ||
		len(got["text_tokens"].([]any)) != 4 || got["message_id"] != "m" || got["entities"] == nil {
		t.Errorf("unexpected answer %v", got)
	}
	f.wants(f.call("POST", "/model/parse?token="+f.keys[auth.Service], "", map[string]any{"text": "x"}), 200)
	f.language.breaks(fault.New(fault.Invalid, "空"))
	bad := f.wants(f.call("POST", "/model/parse", f.keys[auth.Service], map[string]any{"text": ""}), 400)
	failure := read[map[string]any](f, bad)
	if failure["status"] != "failure" || failure["reason"] != "BadRequest" || failure["code"] != 400.0 || failure["version"] == "" {
		t.Errorf("not Rasa's error: %s", bad.body)
	}
	missing := read[map[string]any](f, f.wants(f.call("POST", "/model/parse", "", map[string]any{"text": "x"}), 401))
	if missing["reason"] != "NotAuthenticated" {
		t.Errorf("not Rasa's error: %v", missing)
	}
}

func TestRasaWebhook(t *testing.T) {
	f := open(t, nil)
	say := func(sender, text, query string) answer {
		return f.call("POST", "/webhooks/rest/webhook"+query, f.keys[auth.Service], map[string]any{"sender": sender, "message": text})
	}
	type reply struct {
		Recipient string `json:"recipient_id"`
		Text      string
	}
	first := read[[]reply](f, f.wants(say("u1", "怎么退货", ""), 200))
	if len(first) == 0 || first[0].Recipient != "u1" || !strings.Contains(first[0].Text, "七天") {
		t.Errorf("unexpected replies %+v", first)
	}
	streamed := f.wants(say("u1", "怎么退货", "?stream=true"), 200)
	for line := range strings.Lines(strings.TrimSpace(streamed.body)) {
		if !strings.HasPrefix(line, "{") {
			t.Errorf("not one object per line: %q", line)
		}
	}
	f.wants(say("u2", "你好", ""), 200)
	rows, err := f.store.Summaries(t.Context(), dialog.Filter{Bot: "demo", Visitor: "rasa:u1"})
	f.must(err)
	if len(rows) != 1 {
		t.Fatalf("u1 has %d conversations, want 1", len(rows))
	}
	_, err = f.manager.CloseByVisitor(t.Context(), "demo", rows[0].Conversation)
	f.must(err)
	f.wants(say("u1", "你好", ""), 200) // a closed one is followed by another
	f.wants(say("u1", "你好", ""), 200)
	rows, err = f.store.Summaries(t.Context(), dialog.Filter{Bot: "demo", Visitor: "rasa:u1"})
	f.must(err)
	if len(rows) != 2 {
		t.Errorf("u1 has %d conversations, want 2", len(rows))
	}
	f.wants(say("u1", " ", ""), 400)
	f.wants(say(strings.Repeat("x", 101), "你好", ""), 400)
	f.wants(f.call("POST", "/webhooks/rest/webhook", f.keys[auth.Service], "{"), 400)
}

func TestOpenAIEmbeddings(t *testing.T) {
	f := open(t, nil)
	embed := func(body any) answer { return f.call("POST", "/v1/embeddings", f.keys[auth.Service], body) }
	type response struct {
		Object string
		Model  string
		Data   []struct {
			Object    string
			Index     int
			Embedding any
		}
		Usage struct {
			PromptTokens int `json:"prompt_tokens"`
			TotalTokens  int `json:"total_tokens"`
		}
	}
	got := read[response](f, f.wants(embed(map[string]any{"input": []string{"ab", "c"}, "model": "x", "user": "ignored"}), 200))
	if got.Object != "list" || got.Model != "fake-1" || len(got.Data) != 2 || got.Data[1].Index != 1 || got.Usage.TotalTokens != 7 {
		t.Errorf("unexpected answer %+v", got)
	}
	if v := got.Data[0].Embedding.([]any); v[0] != 2.0 || v[1] != -0.5 {
		t.Errorf("unexpected vector %v", v)
	}
	packed := read[response](f, f.wants(embed(map[string]any{"input": "ab", "encoding_format": "base64"}), 200))
	raw, err := base64.StdEncoding.DecodeString(packed.Data[0].Embedding.(string))
	f.must(err)
	if len(raw) != 8 || math.Float32frombits(binary.LittleEndian.Uint32(raw[4:])) != -0.5 {
		t.Errorf("unexpected bytes %x", raw)
	}
	f.wants(embed(map[string]any{"input": "ab", "dimensions": 2}), 200)
	for name, body := range map[string]any{
		"no input": map[string]any{}, "tokens": map[string]any{"input": []int{1, 2}}, "empty list": map[string]any{"input": []string{}},
		"dimensions": map[string]any{"input": "a", "dimensions": 7}, "format": map[string]any{"input": "a", "encoding_format": "hex"},
		"empty text": map[string]any{"input": []string{"a", ""}}, "no JSON": "{",
	} {
		a := embed(body)
		e := read[struct {
			Error struct{ Message, Type string }
		}](f, a)
		if a.status != 422 || e.Error.Type != "invalid_request_error" || e.Error.Message == "" {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	if a := embed(map[string]any{"input": make([]string, 257)}); a.status != 413 {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestTEI(t *testing.T) {
	f := open(t, nil)
	embed := func(body any) answer { return f.call("POST", "/embed", f.keys[auth.Service], body) }
	if a := f.wants(embed(map[string]any{"inputs": "ab"}), 200); a.body != "[[2,-0.5]]\n" {
		t.Errorf("got %q", a.body)
	}
	if a := f.wants(embed(map[string]any{"inputs": []string{"ab", "c"}, "truncate": true, "normalize": true}), 200); a.body != "[[2,-0.5],[1,-0.5]]\n" {
		t.Errorf("got %q", a.body)
	}
	long := strings.Repeat("x", 500)
	f.wants(embed(map[string]any{"inputs": long, "truncate": true}), 200)
	for _, c := range []struct {
		body   any
		fault  error
		status int
		kind   string
	}{
		{map[string]any{"inputs": long}, nil, 413, "Validation"},
		{map[string]any{"inputs": "x", "normalize": false}, nil, 422, "Validation"},
		{map[string]any{"inputs": make([]string, 300)}, nil, 413, "Validation"},
		{map[string]any{"inputs": 5}, nil, 422, "Validation"},
		{map[string]any{"inputs": "x"}, fault.New(fault.Busy, "满"), 429, "Overloaded"},
		{map[string]any{"inputs": "x"}, fault.New(fault.Unavailable, "没有"), 424, "Backend"},
	} {
		f.language.breaks(c.fault)
		a := embed(c.body)
		e := read[map[string]string](f, a)
		if a.status != c.status || e["error_type"] != c.kind || e["error"] == "" {
			t.Errorf("%.60v: got %d %s", c.body, a.status, a.body)
		}
		f.language.breaks(nil)
	}
	info := read[map[string]any](f, f.wants(f.call("GET", "/info", "", nil), 200))
	if info["model_id"] != "fake-1" || info["max_input_length"] != 128.0 || info["version"] != "1.2.3" {
		t.Errorf("unexpected info %v", info)
	}
}

func TestDify(t *testing.T) {
	f := open(t, nil)
	retrieve := func(key string, body map[string]any) answer { return f.call("POST", "/retrieval", key, body) }
	query := func(threshold float64) map[string]any {
		return map[string]any{"knowledge_id": "demo", "query": "怎么退货", "retrieval_setting": map[string]any{"top_k": 3, "score_threshold": threshold}}
	}
	got := read[struct{ Records []map[string]any }](f, f.wants(retrieve(f.keys[auth.Service], query(0.5)), 200))
	if len(got.Records) != 1 || got.Records[0]["title"] != "怎么退货" || got.Records[0]["score"] != 0.97 || got.Records[0]["metadata"] == nil {
		t.Errorf("unexpected records %v", got)
	}
	if none := f.wants(retrieve(f.keys[auth.Service], query(0.99)), 200); none.body != "{\"records\":[]}\n" {
		t.Errorf("got %q", none.body)
	}
	other := query(0.5)
	other["knowledge_id"] = "another shop"
	for _, c := range []struct {
		key    string
		body   map[string]any
		status int
		code   float64
	}{
		{"", query(0), 403, 1001}, {f.keys[auth.Visitor], query(0), 403, 1002}, {f.keys[auth.Service], other, 404, 2001},
		{f.keys[auth.Service], query(2), 400, 5000}, {f.keys[auth.Service], map[string]any{"knowledge_id": "demo"}, 400, 5000},
	} {
		a := retrieve(c.key, c.body)
		if e := read[map[string]any](f, a); a.status != c.status || e["error_code"] != c.code {
			t.Errorf("got %d %s, want %d with %v", a.status, a.body, c.status, c.code)
		}
	}
}
