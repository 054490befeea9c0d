package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/nlu"
)

var allCodes = []fault.Code{
	fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge,
	fault.RateLimited, fault.Busy, fault.Unavailable, fault.Timeout, fault.Unsupported, fault.Internal,
}

func TestEveryCodeHasAStatusAndWords(t *testing.T) {
	for _, code := range allCodes {
		if statuses[code] < 400 || explanations[code].zh == "" || explanations[code].en == "" {
			t.Errorf("%s has status %d and words %q", code, statuses[code], explanations[code])
		}
	}
	if len(statuses) != len(allCodes) || len(explanations) != len(allCodes) {
		t.Errorf("%d statuses and %d explanations for %d codes", len(statuses), len(explanations), len(allCodes))
	}
	for status, code := range codes {
		if statuses[code] == 0 {
			t.Errorf("status %d means the unknown code %q", status, code)
		}
	}
}

func TestPreferred(t *testing.T) {
	for header, want := range map[string]lang{
		"": chinese, "zh": chinese, "zh-TW,en": chinese, "en": english, "EN-gb;q=0.5": english, "fr,de;q=0.9,en;q=0.1,zh": english,
		"*": chinese, ";;,,": chinese, "english": chinese,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := preferred(r); got != want {
			t.Errorf("%q: got %s, want %s", header, got, want)
		}
	}
	if langOf(context.Background()) != chinese {
		t.Error("the default is not Chinese")
	}
}

func TestDetail(t *testing.T) {
	for _, c := range []struct {
		lang    lang
		message string
		want    string
	}{
		{chinese, "会话已结束", "会话已结束"},
		{english, "the session ended", "the session ended"},
		{chinese, "the session ended", "内容已发生变化，请刷新后重试（the session ended）"},
		{english, "会话已结束", "The state has changed: read it again and retry (会话已结束)"},
		{chinese, "", "内容已发生变化，请刷新后重试"},
		{english, "", "The state has changed: read it again and retry"},
	} {
		if got := detail(c.lang, fault.Conflict, c.message); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.lang, c.message, got, c.want)
		}
	}
}

func TestFieldMessages(t *testing.T) {
	for message, want := range map[string]string{
		"expected required property text to be present": "缺少字段 text",
		"unexpected property":                           "没有这个字段",
		"required query parameter is missing":           "缺少参数（query）",
		"expected string":                               "应为字符串",
		"expected number":                               "应为数字",
		"expected integer":                              "应为数字",
		"expected boolean":                              "应为 true 或 false",
		"expected array":                                "应为数组",
		"expected object":                               "应为对象",
		"expected length <= 128":                        "最多 128 个字符",
		"expected length >= 1":                          "至少 1 个字符",
		"expected array length <= 64":                   "最多 64 项",
		"expected array length >= 1":                    "至少 1 项",
		"expected object with at most 32 properties":    "最多 32 个字段",
		"expected number <= 500":                        "不能大于 500",
		"expected number >= 1":                          "不能小于 1",
		`expected value to be one of "csv, jsonl"`:      "只能是 csv, jsonl 之一",
		"expected string to be RFC 3339 date-time":      "应为 RFC 3339 时间，如 2026-03-01T12:00:00+08:00",
		"invalid integer":                               "格式不正确",
		"something that huma never said before":         "something that huma never said before",
	} {
		if got := fieldMessage(chinese, message); got != want {
			t.Errorf("%q: got %q, want %q", message, got, want)
		}
		if got := fieldMessage(english, message); got != message {
			t.Errorf("%q became %q in English", message, got)
		}
	}
}

func TestRetryAfterRoundsUp(t *testing.T) {
	for wait, want := range map[time.Duration]string{0: "", time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", time.Minute: "60"} {
		p := problem(t.Context(), slog.New(slog.DiscardHandler), &fault.Error{Code: fault.Unavailable, Message: "x", RetryAfter: wait})
		if got := p.headers.Get("Retry-After"); got != want {
			t.Errorf("%v: got %q, want %q", wait, got, want)
		}
	}
}

func TestProblemsOfProblems(t *testing.T) {
	first := problem(t.Context(), slog.New(slog.DiscardHandler), fault.In("text", fault.New(fault.Invalid, "不行")))
	if again := problem(t.Context(), slog.New(slog.DiscardHandler), first); again != first {
		t.Error("a problem became another")
	}
	if len(first.Errors) != 1 || first.Errors[0] != (FieldError{"text", "不行"}) || first.Error() != "不行" {
		t.Errorf("got %+v", first)
	}
	p := problem(t.Context(), slog.New(slog.DiscardHandler), as{http.StatusPreconditionFailed, fault.New(fault.Conflict, "旧")})
	if p.Status != http.StatusPreconditionFailed || p.Code != fault.Conflict {
		t.Errorf("got %+v", p)
	}
	odd := problem(t.Context(), slog.New(slog.DiscardHandler), &fault.Error{Code: "made up", Message: "secret"})
	if odd.Status != http.StatusInternalServerError || strings.Contains(odd.Detail, "secret") {
		t.Errorf("got %+v", odd)
	}
	if first.ContentType("application/json") != "application/problem+json" || first.ContentType("text/html") != "text/html" {
		t.Error("a problem has the wrong content type")
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status  int
		message string
		errs    []error
		want    int
		code    fault.Code
		words   string
	}{
		{422, "validation failed", []error{&huma.ErrorDetail{Message: "expected string", Location: "body.text", Value: "secret"}}, 422, fault.Invalid, "errors"},
		{400, "validation failed", []error{&huma.ErrorDetail{Message: errUTF8.Error(), Location: "body", Value: "\xff"}}, 400, fault.Invalid, "UTF-8"},
		{400, "request body is required", nil, 400, fault.Invalid, "缺少"},
		{415, "validation failed", nil, 415, fault.Unsupported, "application/json"},
		{406, "unable to marshal response", nil, 406, fault.Unsupported, ""},
		{408, "request body read timeout", nil, 408, fault.Timeout, ""},
		{500, "cannot read request body", []error{&http.MaxBytesError{Limit: 77}}, 413, fault.TooLarge, "77"},
		{500, "cannot read request body", []error{errors.New("connection reset by 10.0.0.7")}, 400, fault.Invalid, "重试"},
		{422, "validation failed", []error{errors.New("plain")}, 422, fault.Invalid, ""},
	} {
		p := refused(chinese, c.status, c.message, c.errs)
		if p.Status != c.want || p.Code != c.code || !strings.Contains(p.Detail, c.words) || p.Detail == "" {
			t.Errorf("%d %s: got %+v", c.status, c.message, p)
		}
		for _, e := range p.Errors {
			if strings.Contains(e.Message+e.Location, "secret") || strings.Contains(p.Detail, "10.0.0.7") {
				t.Errorf("%d %s: shows %+v", c.status, c.message, p)
			}
		}
	}
	if p := huma.NewErrorWithContext(nil, 404, "x"); p.GetStatus() != 404 {
		t.Errorf("got %+v", p)
	}
}

func TestLimiter(t *testing.T) {
	fake := clock.NewFake(time.Unix(1000, 0))
	l, err := perMinute(fake, 2)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := l.allow("a"); err != nil {
			t.Error(err)
		}
	}
	var f *fault.Error
	if err := l.allow("a"); !errors.As(err, &f) || f.Code != fault.RateLimited || f.RetryAfter != 30*time.Second {
		t.Errorf("got %v after %v, want to wait 30 s", err, f)
	}
	if err := l.allow("b"); err != nil {
		t.Errorf("another caller: %v", err)
	}
	fake.Advance(30 * time.Second)
	if err := l.allow("a"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	for i := range limitedCallers + 10 { // callers beyond the memory push out the oldest
		if err := l.allow(strings.Repeat("x", i%7) + string(rune(i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := l.callers.Len(); n != limitedCallers {
		t.Errorf("%d callers are remembered, want %d", n, limitedCallers)
	}
	none, err := newLimiter(fake, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if err := none.allow("a"); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkLimiter(b *testing.B) {
	l, err := newLimiter(clock.System{}, 1e9, 1e9)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := l.allow("key:key_1"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestMaskedPath(t *testing.T) {
	key, err := auth.NewKey(auth.Service)
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"/a": "/a", "/a?after=3": "/a?after=3", "/a?token=" + key + "&after=3": "/a?after=3&token=yd_service_%E2%80%A6",
		"/a?token=x&token=y": "/a?token=%E2%80%A6&token=%E2%80%A6",
	} {
		if got := maskedPath(httptest.NewRequest(http.MethodGet, in, nil)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	for method, want := range map[string]string{"GET": "GET", "DELETE": "DELETE", "BREW": "other", "get": "other"} {
		if got := methodLabel(method); got != want {
			t.Errorf("%s: got %s, want %s", method, got, want)
		}
	}
}

func TestSchemaNames(t *testing.T) {
	for _, c := range []struct {
		kind reflect.Type
		want string
	}{
		{reflect.TypeFor[Problem](), "Problem"},
		{reflect.TypeFor[importer.Problem](), "ImporterProblem"},
		{reflect.TypeFor[*nlu.Candidate](), "NluCandidate"},
		{reflect.TypeFor[ParseResult](), "ParseResult"},
	} {
		if got := schemaName(c.kind, ""); got != c.want {
			t.Errorf("%v: got %s, want %s", c.kind, got, c.want)
		}
	}
}

func FuzzDetail(f *testing.F) {
	f.Add("会话", "en")
	f.Add("\xff", "zh")
	f.Fuzz(func(t *testing.T, message, accept string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", accept)
		if got := detail(preferred(r), fault.Invalid, message); got == "" || !strings.Contains(got, message) {
			t.Errorf("%q: got %q", message, got)
		}
	})
}
