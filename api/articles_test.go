package api_test

import (
	"sync"
	"testing"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

func TestArticleLife(t *testing.T) {
	f := open(t, nil)
	key := f.keys[auth.Trainer]
	body := map[string]any{"question": "怎么退货", "similar": []string{"退货流程"}, "answer": "七天", "category": "售后", "valid_from": "2026-01-01T00:00:00+08:00"}
	a := f.wants(f.call("POST", "/v1/articles", key, body), 201)
	created := read[kb.Article](f, a)
	path := "/v1/articles/" + created.ID
	if created.Version != 1 || created.Bot != "demo" || a.header.Get("ETag") != `"1"` || created.ValidFrom == nil {
		t.Errorf("unexpected article %+v, ETag %s", created, a.header.Get("ETag"))
	}
	got := f.wants(f.call("GET", path, key, nil), 200)
	if got.body != a.body || got.header.Get("ETag") != `"1"` {
		t.Errorf("read %s, wrote %s", got.body, a.body)
	}
	// What was read can be sent back whole.
	changed := read[map[string]any](f, got)
	changed["answer"] = "十五天"
	put := f.wants(f.call("PUT", path, key, changed, "If-Match", `"1"`), 200)
	if put.header.Get("ETag") != `"2"` || read[kb.Article](f, put).Answer != "十五天" {
		t.Errorf("unexpected answer %s, ETag %s", put.body, put.header.Get("ETag"))
	}
	f.problem(f.call("PUT", path, key, body, "If-Match", `"1"`), 412, fault.Conflict)
	f.problem(f.call("PUT", path, key, body, "If-Match", `W/"2"`), 412, fault.Conflict)
	f.problem(f.call("DELETE", path, key, nil, "If-Match", `"1"`), 412, fault.Conflict)
	f.wants(f.call("PUT", path, key, body), 200)
	f.wants(f.call("PUT", path, key, body, "If-Match", "*"), 200)
	f.wants(f.call("DELETE", path, key, nil, "If-Match", `"4"`), 204)
	f.problem(f.call("GET", path, key, nil), 404, fault.NotFound)
	f.problem(f.call("DELETE", path, key, nil), 404, fault.NotFound)
	f.problem(f.call("PUT", path, key, body), 404, fault.NotFound)
}

func TestArticleInput(t *testing.T) {
	f := open(t, nil)
	for name, body := range map[string]any{
		"no question":    map[string]any{"answer": "a"},
		"empty question": map[string]any{"question": "", "answer": "a"},
		"no answer":      map[string]any{"question": "q"},
		"bad time":       map[string]any{"question": "q", "answer": "a", "valid_from": "tomorrow"},
		"reversed times": map[string]any{"question": "q", "answer": "a", "valid_from": "2026-02-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"},
		"similar no list": map[string]any{
			"question": "q", "answer": "a", "similar": "x",
		},
	} {
		if a := f.call("POST", "/v1/articles", f.keys[auth.Trainer], body); a.status != 422 {
			t.Errorf("%s: got %d, want 422: %s", name, a.status, a.body)
		}
	}
}

func TestArticleCreationIsIdempotent(t *testing.T) {
	f := open(t, nil)
	create := func(key, idempotency string, body map[string]any) answer {
		return f.call("POST", "/v1/articles", key, body, "Idempotency-Key", idempotency)
	}
	body := map[string]any{"question": "q", "answer": "a"}
	const n = 6
	answers := make([]answer, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			answers[i] = create(f.keys[auth.Trainer], "k", body)
		}()
	}
	wg.Wait()
	var won answer
	for _, a := range answers {
		switch {
		case a.status == 409 && a.header.Get("Retry-After") != "": // the first was still running
		case a.status == 201 && (won.body == "" || won.body == a.body):
			won = a
		default:
			t.Errorf("got %d %s", a.status, a.body)
		}
	}
	again := f.wants(create(f.keys[auth.Trainer], "k", body), 201)
	if again.body != won.body || again.header.Get("ETag") != `"1"` {
		t.Errorf("the repeat differs: %s", again.body)
	}
	f.problem(create(f.keys[auth.Trainer], "k", map[string]any{"question": "other", "answer": "a"}), 422, fault.Invalid)
	f.wants(create(f.sessions[auth.Trainer], "k", body), 201) // another caller's key is another key
	f.problem(create(f.keys[auth.Trainer], "k2", map[string]any{"question": "", "answer": "a"}), 422, fault.Invalid)
	f.wants(create(f.keys[auth.Trainer], "k2", body), 201) // a failed request frees its key
	all, err := f.store.Articles(t.Context(), "demo")
	f.must(err)
	if len(all) != 3 {
		t.Errorf("%d articles, want 3", len(all))
	}
}

func TestListArticles(t *testing.T) {
	f := open(t, nil)
	key := f.sessions[auth.Trainer]
	for _, id := range []string{"a", "b", "c"} {
		_, _, err := f.store.ChangeArticles(t.Context(), "demo", kb.Change{Put: []kb.Article{{ID: id, Question: "问 " + id, Answer: "答", Category: "类" + id}}})
		f.must(err)
	}
	type page struct {
		Articles   []kb.Article `json:"articles"`
		NextCursor string       `json:"next_cursor"`
	}
	var seen []string
	cursor := ""
	for range 3 {
		p := read[page](f, f.wants(f.call("GET", "/v1/articles?limit=2&cursor="+cursor, key, nil), 200))
		for _, a := range p.Articles {
			seen = append(seen, a.ID)
		}
		if cursor = p.NextCursor; cursor == "" {
			break
		}
	}
	if len(seen) != 3 || cursor != "" {
		t.Errorf("saw %v, cursor %q", seen, cursor)
	}
	one := read[page](f, f.wants(f.call("GET", "/v1/articles?category=类b", key, nil), 200))
	none := f.wants(f.call("GET", "/v1/articles?q=没有这个", key, nil), 200)
	if len(one.Articles) != 1 || none.body != "{\"articles\":[],\"next_cursor\":\"\"}\n" {
		t.Errorf("got %v and %q", one, none.body)
	}
	f.problem(f.call("GET", "/v1/articles?limit=201", key, nil), 422, fault.Invalid)
}

func TestImportArticles(t *testing.T) {
	f := open(t, nil)
	load := func(query, file string) answer {
		return f.call("POST", "/v1/articles/import?"+query, f.keys[auth.Trainer], file, "Content-Type", "text/csv")
	}
	gb18030 := "\xce\xca\xcc\xe2\n" // not UTF-8: the importer reads it
	got := read[api.ImportReport](f, f.wants(load("format=csv", gb18030), 200))
	if got.Rows != 1 || got.Added != 1 || got.Problems == nil {
		t.Errorf("unexpected report %+v", got)
	}
	dry := read[api.ImportReport](f, f.wants(load("format=jsonl&dry_run=true", gb18030), 200))
	if len(dry.Problems) != 1 || dry.Problems[0].Message != "jsonl, 5 bytes" {
		t.Errorf("unexpected report %+v", dry)
	}
	f.problem(load("format=xls", "x"), 422, fault.Invalid)
	f.problem(load("", "x"), 422, fault.Invalid)
	f.problem(load("format=csv&dry_run=maybe", "x"), 422, fault.Invalid)
}

func TestSearchArticles(t *testing.T) {
	f := open(t, nil)
	search := func(body map[string]any) answer {
		return f.call("POST", "/v1/articles/search", f.keys[auth.Service], body)
	}
	got := read[struct{ Hits []api.SearchHit }](f, f.wants(search(map[string]any{"query": "怎么退货", "limit": 3}), 200))
	want := api.SearchHit{Article: "art_return", Question: "怎么退货", Answer: "七天无理由退货。", Score: 0.97, Band: kb.Answer, Phrase: "退货流程"}
	if len(got.Hits) != 1 || got.Hits[0] != want {
		t.Errorf("got %+v", got)
	}
	if none := f.wants(search(map[string]any{"query": "天气"}), 200); none.body != "{\"hits\":[]}\n" {
		t.Errorf("got %q", none.body)
	}
	f.problem(search(map[string]any{"query": ""}), 422, fault.Invalid)
	f.problem(search(map[string]any{"query": "x", "limit": 51}), 422, fault.Invalid)
}
