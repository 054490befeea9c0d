package api_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/help"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/typeahead"
)

// helpFake is the help centre over the fixture's articles; what is near an
// article is made up.
type helpFake struct {
	api.HelpCounts
	help.Searcher
	*typeahead.Index
	near map[string][]kb.Article
}

func (h *helpFake) To(_ context.Context, _, article string, _ time.Time, limit int) ([]kb.Article, error) {
	near, ok := h.near[article]
	if !ok {
		return nil, fault.New(fault.NotFound, "没有这个条目。")
	}
	return near[:min(limit, len(near))], nil
}

// helping starts a server with a help centre over three articles.
func helping(t *testing.T) *fixture {
	t.Helper()
	index := typeahead.New(typeahead.Options{})
	fake := &helpFake{Index: index, near: map[string][]kb.Article{"art_return": {{ID: "art_ship", Question: "什么时候发货"}}}}
	f := open(t, func(o *api.Options) {
		fake.HelpCounts = o.Directory.(api.HelpCounts)
		fake.Searcher = help.Searcher{Reader: func(string) kb.Reader { return &kbtest.Phraser{} }, Retriever: o.Language.Retriever}
		o.Help = fake
	})
	past := noon.Add(-time.Hour)
	stored, _, err := f.store.ChangeArticles(t.Context(), "demo", kb.Change{Put: []kb.Article{
		{ID: "art_return", Question: "怎么退货", Answer: "七天内可以。您的订单 {{order.number}} 已签收。", Category: "售后", Owner: "小林", Similar: []string{"不想要了"},
			Blocks: []kb.Block{{Kind: kb.Link, Title: "规则", URL: "https://shop.example/r"}, {Kind: kb.Link, Title: "订单", URL: "https://shop.example/{{order.number}}"}}},
		{ID: "art_ship", Question: "什么时候发货", Answer: "48 小时内。"},
		{ID: "art_old", Question: "去年的活动", Answer: "结束了。", ValidUntil: &past},
		{ID: "art_own", Question: "我的订单状态", Answer: "{{order.status}}"},
	}})
	f.must(err)
	index.Put("demo", stored)
	return f
}

func (f *fixture) visit(method, path string, body any, status int) answer {
	f.Helper()
	return f.wants(f.call(method, "/v1/help"+path, f.keys[auth.Visitor], body), status)
}

func TestHelpTypeahead(t *testing.T) {
	f := helping(t)
	type proposals struct {
		Proposals []typeahead.Proposal `json:"proposals"`
	}
	got := read[proposals](f, f.visit("GET", "/typeahead?q=zmth", nil, 200))
	if len(got.Proposals) != 1 || got.Proposals[0].Article != "art_return" || got.Proposals[0].Question != "怎么退货" || !slices.Equal(got.Proposals[0].Marks, [][2]int{{0, 4}}) {
		t.Errorf("zmth: %+v", got)
	}
	for _, nothing := range []string{"", "?q=", "?q=qnhd", "?q=%FF%FE", "?q=" + strings.Repeat("a", 199)} {
		if body := f.visit("GET", "/typeahead"+nothing, nil, 200).body; !strings.Contains(body, `"proposals":[]`) {
			t.Errorf("%s: %s", nothing, body)
		}
	}
	f.visit("GET", "/typeahead?q="+strings.Repeat("a", 201), nil, 422)
	f.visit("GET", "/typeahead?limit=11", nil, 422)
}

func TestHelpArticle(t *testing.T) {
	f := helping(t)
	got := read[api.PublicArticle](f, f.visit("GET", "/articles/art_return", nil, 200))
	if got.Answer != "七天内可以。" || len(got.Blocks) != 1 || got.Blocks[0].Title != "规则" || got.Question != "怎么退货" {
		t.Errorf("what belongs to a customer is not left out: %+v", got)
	}
	if body := f.visit("GET", "/articles/art_return", nil, 200).body; strings.Contains(body, "小林") || strings.Contains(body, "不想要了") {
		t.Errorf("what is for trainers is shown: %s", body)
	}
	for _, hidden := range []string{"art_old", "art_own", "unknown"} {
		f.problem(f.call("GET", "/v1/help/articles/"+hidden, f.keys[auth.Visitor], nil), 404, fault.NotFound)
	}
	if body := f.visit("GET", "/articles/art_return/related", nil, 200).body; !strings.Contains(body, `{"article":"art_ship","question":"什么时候发货"}`) {
		t.Errorf("related: %s", body)
	}
	f.visit("GET", "/articles/unknown/related", nil, 404)
}

type helpFound struct {
	Session  string        `json:"session"`
	Articles []api.HelpHit `json:"articles"`
}

func TestHelpSession(t *testing.T) {
	f := helping(t)
	search := func(text, session string) helpFound {
		t.Helper()
		return read[helpFound](f, f.visit("POST", "/search", map[string]any{"text": text, "session": session}, 200))
	}
	mail := "您好！\n我三月一日买的杯子今天收到了，颜色和图片不一样。\n请问怎么申请退货呢？\n谢谢"
	first := search(mail, "")
	if len(first.Articles) != 1 || first.Session == "" {
		t.Fatalf("%+v", first)
	}
	if h := first.Articles[0]; h.Article != "art_return" || h.Segment != "请问怎么申请退货呢？" || h.Snippet != "七天无理由退货。" || h.Probability != 0.97 || h.URL != "/v1/help/articles/art_return" {
		t.Errorf("%+v", h)
	}
	if again := search("怎么退货", first.Session); again.Session != first.Session {
		t.Errorf("the session %s goes on as %s", first.Session, again.Session)
	}
	second, third := search("怎么退货", ""), search("今天天气不错", "")
	if len(third.Articles) != 0 {
		t.Errorf("nothing fits, yet: %+v", third)
	}
	f.visit("POST", "/"+first.Session+"/opened", map[string]any{"article": "art_return"}, 204)
	f.visit("POST", "/"+first.Session+"/opened", map[string]any{"article": "unknown"}, 404)
	f.visit("POST", "/"+first.Session+"/solved", map[string]any{"article": "art_return"}, 204)
	f.visit("POST", "/"+first.Session+"/solved", map[string]any{"article": "unknown"}, 404)
	f.visit("POST", "/"+second.Session+"/solved", map[string]any{}, 204)
	f.visit("POST", "/"+second.Session+"/sent", nil, 204)
	f.visit("POST", "/hlp_unknown/sent", nil, 404)

	stats := read[api.HelpStats](f, f.wants(f.call("GET", "/v1/help/stats", f.keys[auth.Trainer], nil), 200))
	want := help.Day{Sessions: 3, Searches: 4, Shown: 2, Opened: 1, Solved: 1, Sent: 1}
	if stats.Total != want || len(stats.Days) != 1 || stats.Deflection.Share != 0.5 || stats.Deflection.Of != 2 || stats.Floor.Of != 3 || stats.Deflection.Low >= stats.Deflection.Share {
		t.Errorf("%+v", stats)
	}
	if len(stats.Articles) != 1 || stats.Articles[0] != (help.Use{Article: "art_return", Shown: 2, Opened: 1, Solved: 1}) {
		t.Errorf("%+v", stats.Articles)
	}
	for _, dates := range []string{"?from=2026-03-02&to=2026-03-01", "?from=2020-01-01&to=2026-03-01", "?from=yesterday"} {
		f.wants(f.call("GET", "/v1/help/stats"+dates, f.keys[auth.Trainer], nil), 422)
	}
	if body := f.visit("GET", "/popular", nil, 200).body; !strings.Contains(body, `"questions":[{"article":"art_return","question":"怎么退货"}`) {
		t.Errorf("popular: %s", body)
	}
}

func TestHelpText(t *testing.T) {
	f := helping(t)
	for text, status := range map[string]int{
		"": 422, "？？！": 422, strings.Repeat("字", 5001): 413, strings.Repeat("怎么退货呢。", 833): 200,
	} {
		f.wants(f.call("POST", "/v1/help/search", f.keys[auth.Visitor], map[string]any{"text": text}), status)
	}
	f.wants(f.call("POST", "/v1/help/search", f.keys[auth.Visitor], map[string]any{"text": "退货", "session": "a b"}), 422)
	f.wants(f.call("POST", "/v1/help/search", f.keys[auth.Visitor], "\xff"), 400)
}

func TestHelpDoors(t *testing.T) {
	f := helping(t)
	for _, path := range []string{"/typeahead?q=x", "/popular", "/articles/art_return", "/articles/art_return/related"} {
		f.wants(f.call("GET", "/v1/help"+path, "", nil), 401)
		f.wants(f.call("GET", "/v1/help"+path, f.keys[auth.Service], nil), 403)
	}
	f.wants(f.call("GET", "/v1/help/stats", f.keys[auth.Visitor], nil), 403)
	f.wants(f.call("POST", "/v1/help/search", f.keys[auth.Agent], map[string]any{"text": "退货"}), 403)
}

func TestHelpFromOtherOrigins(t *testing.T) {
	f := open(t, func(o *api.Options) {
		o.AllowedOrigins = []string{"https://shop.example"}
		o.Help = &helpFake{HelpCounts: o.Directory.(api.HelpCounts), Index: typeahead.New(typeahead.Options{})}
		o.VisitorPerMin = 2
	})
	a := f.call("GET", "/v1/help/typeahead?q=a", f.keys[auth.Visitor], nil, "Origin", "https://shop.example")
	if f.wants(a, 200).header.Get("Access-Control-Allow-Origin") != "https://shop.example" {
		t.Errorf("the shop's page may not read: %v", a.header)
	}
	before := f.call(http.MethodOptions, "/v1/help/search", "", nil, "Origin", "https://shop.example", "Access-Control-Request-Method", "POST")
	if f.wants(before, 204).header.Get("Access-Control-Allow-Methods") == "" {
		t.Errorf("no preflight: %v", before.header)
	}
	if a := f.call("GET", "/v1/help/typeahead?q=a", f.keys[auth.Visitor], nil, "Origin", "https://evil.example"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("anybody's page may read: %v", a.header)
	}
	statuses := map[int]int{}
	for i := range 30 { // typing is bounded ten times as widely as messages
		statuses[f.call("GET", fmt.Sprintf("/v1/help/typeahead?q=%d", i), f.keys[auth.Visitor], nil).status]++
	}
	if statuses[429] == 0 || statuses[200] < 15 {
		t.Errorf("the bound on typing: %v", statuses)
	}
}
