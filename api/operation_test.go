package api_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
)

func TestReadiness(t *testing.T) {
	broken := true
	f := open(t, func(o *options) {
		o.Ready["model"] = func(context.Context) error {
			if broken {
				return fault.New(fault.Unavailable, "模型没有加载")
			}
			return nil
		}
	})
	type ready struct {
		Ready bool
		Parts map[string]api.PartState
	}
	got := read[ready](f, f.wants(f.call("GET", "/readyz", "", nil), 503))
	if got.Ready || !got.Parts["store"].OK || got.Parts["model"].OK || got.Parts["model"].Detail != "模型没有加载" {
		t.Errorf("unexpected answer %+v", got)
	}
	f.wants(f.call("GET", "/health", "", nil), 503)
	f.wants(f.call("GET", "/v2/health/ready", "", nil), 503)
	f.wants(f.call("GET", "/healthz", "", nil), 200)
	broken = false
	f.wants(f.call("GET", "/readyz", "", nil), 200)
	if a := f.wants(f.call("GET", "/health", "", nil), 200); a.body != "" {
		t.Errorf("got %q", a.body)
	}
	f.server.Close()
	f.wants(f.call("GET", "/readyz", "", nil), 503)
}

func TestMetricsCountByTemplate(t *testing.T) {
	f := open(t, nil)
	c := f.start()
	f.say(c, "你好")
	f.call("GET", "/no/such/"+c.Conversation, "", nil)
	f.call("BREW", "/healthz", "", nil)
	text := f.wants(f.call("GET", "/metrics", "", nil), 200).body
	for _, want := range []string{
		`yingda_http_requests_total{method="POST",route="/v1/conversations/:id/messages",status="200"} 1`,
		`yingda_http_requests_total{method="GET",route="unmatched",status="404"} 1`,
		`yingda_http_requests_total{method="other",route="unmatched",status="405"} 1`,
		`yingda_http_request_seconds_count{method="POST",route="/v1/conversations"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(text, c.Conversation) {
		t.Error("the metrics hold an identifier")
	}
}

func TestUnknownRoutes(t *testing.T) {
	f := open(t, nil)
	f.problem(f.call("GET", "/v1/none", "", nil), 404, fault.NotFound)
	f.problem(f.call("DELETE", "/v1/conversations", f.keys[auth.Visitor], nil), 405, fault.Unsupported)
	f.problem(f.call("GET", "/desk/none.js", "", nil), 404, fault.NotFound)
	f.problem(f.call("GET", "/desk/../../etc/passwd.txt", "", nil), 404, fault.NotFound)
}

func TestOpenAPI(t *testing.T) {
	f := open(t, nil)
	a := f.wants(f.call("GET", "/openapi.json", "", nil), 200)
	var description struct {
		OpenAPI    string
		Paths      map[string]map[string]struct{ OperationID, Summary string }
		Components struct{ Schemas map[string]any }
	}
	f.must(json.Unmarshal([]byte(a.body), &description))
	if !strings.HasPrefix(description.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", description.OpenAPI)
	}
	for _, want := range []string{
		"post /v1/conversations", "get /v1/conversations/{id}", "post /v1/conversations/{id}/messages", "post /v1/conversations/{id}/typing",
		"post /v1/conversations/{id}/close", "get /v1/conversations/{id}/events", "post /v1/agent/login", "post /v1/agent/logout",
		"get /v1/agent/me", "get /v1/desk/conversations", "get /v1/desk/conversations/{id}", "post /v1/desk/conversations/{id}/claim",
		"post /v1/desk/conversations/{id}/release", "post /v1/desk/conversations/{id}/close", "post /v1/desk/conversations/{id}/replies",
		"post /v1/desk/conversations/{id}/notes", "post /v1/desk/conversations/{id}/typing", "get /v1/desk/conversations/{id}/suggestions",
		"post /v1/desk/conversations/{id}/suggestions/{sid}/ignored", "get /v1/desk/ws", "post /v1/nlu/parse", "post /v1/nlu/parse/batch",
		"post /v1/nlu/segment", "post /v1/embeddings", "get /v1/articles", "post /v1/articles", "get /v1/articles/{id}", "put /v1/articles/{id}",
		"delete /v1/articles/{id}", "post /v1/articles/import", "post /v1/articles/search", "get /healthz", "get /readyz",
	} {
		method, path, _ := strings.Cut(want, " ")
		if op := description.Paths[path][method]; op.OperationID == "" || op.Summary == "" {
			t.Errorf("%s is not described", want)
		}
	}
	if description.Components.Schemas["Problem"] == nil {
		t.Error("problems are not described")
	}
	docs := f.wants(f.call("GET", "/docs", "", nil), 200)
	if strings.Contains(docs.body, "http://") || strings.Contains(docs.body, "https://") || strings.Contains(docs.body, "%NONCE%") {
		t.Error("the page of the description needs something from outside, or lacks its nonce")
	}
	policy := docs.header.Get("Content-Security-Policy")
	_, rest, _ := strings.Cut(policy, "'nonce-")
	nonce, _, _ := strings.Cut(rest, "'")
	if nonce == "" || !strings.Contains(docs.body, `nonce="`+nonce+`"`) {
		t.Errorf("the page's script is not in its policy %q", policy)
	}
}

func TestPages(t *testing.T) {
	f := open(t, nil)
	demo := f.wants(f.call("GET", "/", "", nil), 200)
	if !strings.Contains(demo.body, f.keys[auth.Visitor]) || !strings.Contains(demo.body, `"version":"1.2.3"`) {
		t.Errorf("the page is not told what it needs: %s", demo.body)
	}
	for _, path := range []string{"/desk/", "/desk/conversations/x", "/console/articles"} {
		a := f.wants(f.call("GET", path, "", nil), 200)
		if strings.Contains(a.body, f.keys[auth.Visitor]) || !strings.Contains(a.body, `"bot":"demo"`) {
			t.Errorf("%s: unexpected page %s", path, a.body)
		}
		if p := a.header.Get("Content-Security-Policy"); !strings.Contains(p, "frame-ancestors 'none'") || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: the page is not protected: %q", path, p)
		}
	}
	if a := f.wants(f.call("GET", "/desk", "", nil), 301); a.header.Get("Location") != "/desk/" {
		t.Errorf("got Location %q", a.header.Get("Location"))
	}
	widget := f.wants(f.call("GET", "/widget.js", "", nil), 200)
	if widget.body != "widget()" || widget.header.Get("Cache-Control") != "no-cache" || !strings.Contains(widget.header.Get("Content-Type"), "javascript") {
		t.Errorf("unexpected widget %v %s", widget.header, widget.body)
	}
	f.wants(f.call("GET", "/widget.js", "", nil, "If-None-Match", widget.header.Get("ETag")), 304)
	asset := f.wants(f.call("GET", "/assets/a-1f.js", "", nil), 200)
	if !strings.Contains(asset.header.Get("Cache-Control"), "immutable") {
		t.Errorf("unexpected asset %v", asset.header)
	}
}

func TestLargeAssetsArePacked(t *testing.T) {
	f := open(t, nil)
	for _, again := range []bool{false, true} {
		a := f.wants(f.call("GET", "/assets/big-2e.js", "", nil, "Accept-Encoding", "gzip"), 200)
		if a.header.Get("Content-Encoding") != "gzip" || a.header.Get("Vary") != "Accept-Encoding" || len(a.body) > 200 {
			t.Fatalf("again %v: %d bytes, %v", again, len(a.body), a.header)
		}
		r, err := gzip.NewReader(strings.NewReader(a.body))
		f.must(err)
		plain, err := io.ReadAll(r)
		f.must(err)
		if want := strings.Repeat("again();", 1000); string(plain) != want {
			t.Errorf("unpacked to %d bytes, want %d", len(plain), len(want))
		}
	}
	for _, headers := range [][]string{{"Accept-Encoding", "br"}, {"Accept-Encoding", "gzip", "Range", "bytes=0-9"}} {
		status := 200
		if len(headers) > 2 {
			status = 206
		}
		if a := f.wants(f.call("GET", "/assets/big-2e.js", "", nil, headers...), status); a.header.Get("Content-Encoding") != "" {
			t.Errorf("%v: packed all the same", headers)
		}
	}
	if a := f.wants(f.call("GET", "/widget.js", "", nil, "Accept-Encoding", "gzip"), 200); a.body != "widget()" {
		t.Errorf("a small file came as %q", a.body)
	}
}

func TestWithoutPages(t *testing.T) {
	f := open(t, func(o *options) { o.Pages = nil })
	for _, path := range []string{"/", "/widget.js", "/desk/", "/console/x"} {
		p := f.problem(f.call("GET", path, "", nil), 503, fault.Unavailable)
		if !strings.Contains(p.Detail, "make web") {
			t.Errorf("the problem does not say what to do: %q", p.Detail)
		}
	}
}

func TestOtherOriginsMayEmbedTheWidget(t *testing.T) {
	f := open(t, func(o *options) { o.AllowedOrigins = []string{"https://shop.example"} })
	ask := func(method, path, origin string) answer {
		return f.call(method, path, f.keys[auth.Visitor], nil, "Origin", origin, "Access-Control-Request-Method", "POST")
	}
	a := f.wants(ask("OPTIONS", "/v1/conversations", "https://shop.example"), 204)
	if a.header.Get("Access-Control-Allow-Origin") != "https://shop.example" || !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Authorization") ||
		a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("unexpected headers %v", a.header)
	}
	if a := ask("POST", "/v1/conversations", "https://shop.example"); a.header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("unexpected headers %v", a.header)
	}
	for _, c := range [][2]string{{"/v1/conversations", "https://evil.example"}, {"/v1/desk/conversations", "https://shop.example"}, {"/v1/articles", "https://shop.example"}} {
		if a := ask("OPTIONS", c[0], c[1]); a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is shared with %s", c[0], c[1])
		}
	}
}

func TestPanicsAreContained(t *testing.T) {
	f := open(t, func(o *options) { o.Metrics = panicker{} })
	a := f.call("GET", "/metrics", "", nil)
	p := f.problem(a, 500, fault.Internal)
	if p.ID == "" || strings.Contains(a.body, "boom") || !strings.Contains(f.logs.String(), "boom") {
		t.Errorf("unexpected answer %s", a.body)
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	if _, err := api.New(api.Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want %s", err, fault.Invalid)
	}
}
