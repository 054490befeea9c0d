package api_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
)

func TestParse(t *testing.T) {
	f := open(t, nil)
	parse := func(body any) answer { return f.call("POST", "/v1/nlu/parse", f.keys[auth.Service], body) }
	a := f.wants(parse(map[string]any{"id": "7", "text": "怎么退货 <b>&"}), 200)
	got := read[api.ParseResult](f, a)
	if got.ID != "7" || got.Text != "怎么退货 <b>&" || got.Intent.Name != "return_policy" || len(got.Intents) != 1 || got.Sentiment.Scores.Neutral != 0.9 {
		t.Errorf("unexpected answer %+v", got)
	}
	if !strings.Contains(a.body, `"entities":[]`) || !strings.Contains(a.body, "<b>&") {
		t.Errorf("unexpected form: %s", a.body)
	}
	for name, c := range map[string]struct {
		body   any
		status int
	}{
		"blank":            {map[string]any{"text": " "}, 422},
		"too long":         {map[string]any{"text": strings.Repeat("长", 2001)}, 413},
		"expects too much": {map[string]any{"text": "x", "expect": make([]string, 17)}, 422},
		"expects nothing":  {map[string]any{"text": "x", "expect": []string{" "}}, 422},
		"expects too long": {map[string]any{"text": "x", "expect": []string{strings.Repeat("长", 129)}}, 413},
		"expects no list":  {map[string]any{"text": "x", "expect": "affirm"}, 422},
		"bad prev":         {map[string]any{"text": "x", "prev": strings.Repeat("长", 2001)}, 413},
		"list":             {[]string{"x"}, 422},
		"null":             {"null", 422},
		"deep":             {strings.Repeat("[", 20000), 400},
		"latin-1":          {"{\"text\":\"caf\xe9\"}", 400},
		"trailing":         {`{"text":"x"} {}`, 400},
	} {
		if a := parse(c.body); a.status != c.status {
			t.Errorf("%s: got %d, want %d: %s", name, a.status, c.status, a.body)
		}
	}
}

func TestParseInContext(t *testing.T) {
	f := open(t, nil)
	body := map[string]any{"text": "嗯嗯", "prev": "要退货吗", "expect": []string{"affirm", "number"}}
	a := f.wants(f.call("POST", "/v1/nlu/parse", f.keys[auth.Service], body), 200)
	got := read[api.ParseResult](f, a)
	if got.Intent.Name != "affirm+number" || got.Scope == nil || !got.Scope.In || got.Emotion == nil || got.Emotion.Label != "worry" || len(got.Segments) != 1 {
		t.Errorf("unexpected answer %s", a.body)
	}
	plain := f.wants(f.call("POST", "/v1/nlu/parse", f.keys[auth.Service], map[string]any{"text": "退货"}), 200)
	for _, field := range []string{"scope", "emotion", "segments"} {
		if !strings.Contains(a.body, `"`+field+`":`) || strings.Contains(plain.body, `"`+field+`":`) {
			t.Errorf("%s is there always or never: %s and %s", field, a.body, plain.body)
		}
	}
}

func TestFaultsBecomeProblems(t *testing.T) {
	f := open(t, nil)
	secret := errors.New("password=geheim at /srv/x.go:7")
	for _, c := range []struct {
		err    error
		status int
		code   fault.Code
		retry  string
	}{
		{&fault.Error{Code: fault.Busy, Message: "队列已满", RetryAfter: 1500 * time.Millisecond, Err: secret}, 503, fault.Busy, "2"},
		{fault.New(fault.Busy, "队列已满"), 503, fault.Busy, "1"},
		{fault.Wrap(secret, fault.Unavailable, "模型没有加载"), 503, fault.Unavailable, ""},
		{fault.Wrap(secret, fault.Timeout, "超时"), 504, fault.Timeout, ""},
		{fault.New(fault.Unsupported, "不支持"), 501, fault.Unsupported, ""},
		{fault.New(fault.TooLarge, "太长"), 413, fault.TooLarge, ""},
		{fault.Wrap(secret, fault.Internal, "internal words"), 500, fault.Internal, ""},
		{secret, 500, fault.Internal, ""},
		{fmt.Errorf("wrapped: %w", fault.In("text", fault.New(fault.Invalid, "不行"))), 422, fault.Invalid, ""},
	} {
		f.language.breaks(c.err)
		a := f.call("POST", "/v1/nlu/parse", f.keys[auth.Service], map[string]any{"text": "你好"})
		p := f.problem(a, c.status, c.code)
		if a.header.Get("Retry-After") != c.retry {
			t.Errorf("%v: Retry-After %q, want %q", c.err, a.header.Get("Retry-After"), c.retry)
		}
		if strings.Contains(a.body, "geheim") || strings.Contains(a.body, "internal words") {
			t.Errorf("%v: the cause is shown: %s", c.err, a.body)
		}
		if c.status == 500 && (p.ID == "" || p.ID != a.header.Get("X-Request-Id") || !strings.Contains(f.logs.String(), p.ID)) {
			t.Errorf("%v: the log does not know the error by id %q", c.err, p.ID)
		}
	}
}

func TestLanguages(t *testing.T) {
	f := open(t, nil)
	f.language.breaks(fault.New(fault.Conflict, "会话已结束"))
	for accept, want := range map[string]string{
		"": "会话已结束", "zh-CN,zh;q=0.9,en;q=0.8": "会话已结束", "fr, zh": "会话已结束", "fr": "会话已结束",
		"en-US,en;q=0.9": "The state has changed: read it again and retry (会话已结束)",
	} {
		p := f.problem(f.call("POST", "/v1/nlu/parse", f.keys[auth.Service], map[string]any{"text": "x"}, "Accept-Language", accept), 409, fault.Conflict)
		if p.Detail != want {
			t.Errorf("%q: %q, want %q", accept, p.Detail, want)
		}
	}
	f.language.breaks(fault.New(fault.Conflict, "the index moved"))
	p := f.problem(f.call("POST", "/v1/nlu/parse", f.keys[auth.Service], map[string]any{"text": "x"}), 409, fault.Conflict)
	if p.Detail != "内容已发生变化，请刷新后重试（the index moved）" {
		t.Errorf("got %q", p.Detail)
	}
	f.language.breaks(nil)
	zh := f.problem(f.call("POST", "/v1/nlu/parse", f.keys[auth.Service], map[string]any{}), 422, fault.Invalid)
	en := f.problem(f.call("POST", "/v1/nlu/parse", f.keys[auth.Service], map[string]any{}, "Accept-Language", "en"), 422, fault.Invalid)
	if len(zh.Errors) != 1 || zh.Errors[0].Message != "缺少字段 text" || len(en.Errors) != 1 || en.Errors[0].Message != "expected required property text to be present" {
		t.Errorf("got %+v and %+v", zh.Errors, en.Errors)
	}
}

func TestParseBatch(t *testing.T) {
	f := open(t, nil)
	batch := func(messages any) answer {
		return f.call("POST", "/v1/nlu/parse/batch", f.keys[auth.Service], map[string]any{"messages": messages})
	}
	got := read[struct {
		Results []struct {
			ID     string
			Text   string
			Intent struct{ Name string }
			Error  *api.BatchError
		}
	}](f, f.wants(batch([]map[string]any{{"id": "a", "text": "怎么退货"}, {"id": "b", "text": ""}, {"text": "转人工"}}), 200))
	r := got.Results
	if len(r) != 3 || r[0].ID != "a" || r[0].Intent.Name != "return_policy" || r[0].Error != nil || r[2].Intent.Name != "human_agent" {
		t.Errorf("unexpected results %+v", r)
	}
	if r[1].ID != "b" || r[1].Error == nil || r[1].Error.Code != fault.Invalid {
		t.Errorf("unexpected result of the empty text %+v", r[1])
	}
	many := make([]map[string]any, 65)
	for i := range many {
		many[i] = map[string]any{"text": "x"}
	}
	f.wants(batch(many[:64]), 200)
	f.problem(batch(many), 422, fault.Invalid)
	f.problem(batch([]int{}), 422, fault.Invalid)
	f.problem(batch(nil), 422, fault.Invalid)
}

func TestSegment(t *testing.T) {
	f := open(t, nil)
	segment := func(texts ...string) answer {
		return f.call("POST", "/v1/nlu/segment", f.keys[auth.Service], map[string]any{"texts": texts})
	}
	got := read[struct{ Results []api.Segmented }](f, f.wants(segment("快递😀", "a"), 200))
	want := api.Word{Text: "😀", Start: 2, End: 3, Pos: "x"}
	if len(got.Results) != 2 || len(got.Results[0].Tokens) != 3 || got.Results[0].Tokens[2] != want {
		t.Errorf("unexpected results %+v", got)
	}
	p := f.problem(segment("a", " "), 422, fault.Invalid)
	if len(p.Errors) != 1 || p.Errors[0].Location != "texts[1]" {
		t.Errorf("the problem does not name the text: %+v", p)
	}
	f.problem(segment(strings.Repeat("长", 10001)), 413, fault.TooLarge)
}

func TestBodyLimit(t *testing.T) {
	f := open(t, func(o *options) { o.MaxBody, o.MaxImport = 1000, 5000 })
	big := `{"text":"` + strings.Repeat("x", 1000) + `"}`
	p := f.problem(f.call("POST", "/v1/nlu/parse", f.keys[auth.Service], big), 413, fault.TooLarge)
	if !strings.Contains(p.Detail, "1000") {
		t.Errorf("the problem does not say the limit: %q", p.Detail)
	}
	// without a Content-Length the limit is met while reading
	p = f.problem(f.chunked("/v1/nlu/parse", f.keys[auth.Service], big), 413, fault.TooLarge)
	if !strings.Contains(p.Detail, "1000") {
		t.Errorf("the problem does not say the limit: %q", p.Detail)
	}
	f.wants(f.chunked("/embed", f.keys[auth.Service], big), 413)
	f.wants(f.call("POST", "/v1/articles/import?format=csv", f.keys[auth.Trainer], strings.Repeat("a,b\n", 1000)), 200)
	p = f.problem(f.call("POST", "/v1/articles/import?format=csv", f.keys[auth.Trainer], strings.Repeat("a,b\n", 1500)), 413, fault.TooLarge)
	if !strings.Contains(p.Detail, "5000") {
		t.Errorf("the problem does not say the limit: %q", p.Detail)
	}
}
