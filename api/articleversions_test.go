package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

// versioned is a fixture whose articles have a past and drafts.
func versioned(t *testing.T) *fixture {
	t.Helper()
	phraser := &kbtest.Phraser{}
	empty := func() (*hybrid.Index, error) {
		return hybrid.New(kbtest.Model(map[hybrid.Feature]float64{hybrid.Cosine: 12}),
			hybrid.Options{Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: phraser.EncoderID()})
	}
	return open(t, func(o *api.Options) {
		fake := o.Articles.(*fakeArticles)
		index, err := empty()
		if err == nil {
			fake.Versions, err = base.New(base.Options{Store: fake.store, Index: index, Scratch: empty, Phraser: phraser, Clock: o.Clock, IDs: &ident.Sequence{}})
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

var gift = map[string]any{
	"question": "可以送礼盒吗", "answer": "可以，{{customer.name}}。", "answer_at": 0.8, "owner": "小王", "review": "approved",
	"blocks":      []any{map[string]any{"kind": "buttons", "buttons": []any{map[string]any{"label": "转人工", "press": "human"}}}},
	"variants":    []any{map[string]any{"channels": []string{"app"}, "answer": "当然可以"}},
	"attachments": []any{map[string]any{"name": "礼盒.pdf", "url": "/files/gift.pdf"}},
}

func TestDraftLife(t *testing.T) {
	f := versioned(t)
	key := f.keys[auth.Trainer]
	old := read[kb.Article](f, f.wants(f.call("POST", "/v1/articles", key, map[string]any{"question": "怎么退货", "answer": "七天"}), 201))
	fresh := read[kb.Draft](f, f.wants(f.call("POST", "/v1/articles/drafts", key, map[string]any{"article": gift}), 201))
	if fresh.Author == "" || fresh.Article.AnswerAt != 0.8 || len(fresh.Article.Variants) != 1 || fresh.At.IsZero() {
		t.Errorf("saved %+v", fresh)
	}
	path := "/v1/articles/drafts/" + old.ID
	f.wants(f.call("PUT", path, key, map[string]any{"article": map[string]any{"question": "怎么退货", "answer": "十五天"}, "version": 1}), 200)
	type listed struct{ Drafts []base.Pending }
	if l := read[listed](f, f.wants(f.call("GET", "/v1/articles/drafts", key, nil), 200)); len(l.Drafts) != 2 || l.Drafts[0].New == l.Drafts[1].New {
		t.Errorf("listed %+v", l)
	}
	done := read[api.Published](f, f.wants(f.call("POST", "/v1/articles/publish", key, map[string]any{"note": "双十一"}, "Idempotency-Key", "p1"), 200))
	if done.Revision.Number != 2 || done.Revision.Note != "双十一" || done.Revision.Author == "" || len(done.IDs) != 2 {
		t.Errorf("published %+v", done)
	}
	again := read[api.Published](f, f.wants(f.call("POST", "/v1/articles/publish", key, map[string]any{"note": "双十一"}, "Idempotency-Key", "p1"), 200))
	if again.Revision.Number != 2 {
		t.Errorf("the repeat published %+v", again)
	}
	if a := read[kb.Article](f, f.wants(f.call("GET", "/v1/articles/"+fresh.Article.ID, key, nil), 200)); a.Owner != "小王" || a.Blocks[0].Buttons[0].Press != kb.AskHuman || a.Attachments[0].Name != "礼盒.pdf" {
		t.Errorf("published %+v", a)
	}
	f.problem(f.call("POST", "/v1/articles/publish", key, map[string]any{}), 422, fault.Invalid)

	// A draft of an earlier version.
	f.wants(f.call("PUT", path, key, map[string]any{"remove": true, "version": 1}), 200)
	p := f.problem(f.call("POST", "/v1/articles/publish", key, map[string]any{"ids": []string{old.ID}}), 409, fault.Conflict)
	if !strings.Contains(p.Detail, old.ID) {
		t.Errorf("the problem does not name the article: %+v", p)
	}
	f.wants(f.call("DELETE", path, key, nil), 204)
	f.problem(f.call("DELETE", path, key, nil), 404, fault.NotFound)
	f.problem(f.call("PUT", "/v1/articles/drafts/none", key, map[string]any{"remove": true}), 404, fault.NotFound)
	f.problem(f.call("PUT", path, key, map[string]any{}), 422, fault.Invalid)
	f.problem(f.call("PUT", path, key, map[string]any{"article": map[string]any{"question": "问", "answer": "{{坏}}"}}), 422, fault.Invalid)
	f.problem(f.call("GET", "/v1/articles/drafts", f.keys[auth.Service], nil), 403, fault.Forbidden)
}

func TestHistoryOverTheAPI(t *testing.T) {
	f := versioned(t)
	key := f.keys[auth.Trainer]
	a := read[kb.Article](f, f.wants(f.call("POST", "/v1/articles", key, map[string]any{"question": "怎么退货", "answer": "七天"}), 201))
	path := "/v1/articles/" + a.ID
	f.clock.Advance(time.Hour)
	f.wants(f.call("PUT", path, key, map[string]any{"question": "怎么退货", "answer": "七天\n十五天"}), 200)
	f.wants(f.call("DELETE", path, key, nil), 204)
	type history struct{ Revisions []kb.Revision }
	h := read[history](f, f.wants(f.call("GET", "/v1/articles/history?limit=2", key, nil), 200))
	if len(h.Revisions) != 2 || h.Revisions[0].Number != 3 || h.Revisions[0].Deleted != 1 || h.Revisions[1].Author == "" {
		t.Errorf("history %+v", h)
	}
	if h = read[history](f, f.wants(f.call("GET", "/v1/articles/history?before=2", key, nil), 200)); len(h.Revisions) != 1 {
		t.Errorf("history %+v", h)
	}
	type past struct{ Editions []kb.Edition }
	if p := read[past](f, f.wants(f.call("GET", path+"/history", key, nil), 200)); len(p.Editions) != 3 || !p.Editions[0].Gone || p.Editions[1].Article.Version != 2 {
		t.Errorf("editions %+v", p)
	}
	d := read[base.Difference](f, f.wants(f.call("GET", path+"/diff?from=1&to=2", key, nil), 200))
	if len(d.Fields) != 1 || len(d.Fields[0].Lines) != 2 || d.Fields[0].Lines[1] != (base.Line{Op: "add", Text: "十五天"}) {
		t.Errorf("diff %+v", d)
	}
	f.wants(f.call("GET", path+"/diff", key, nil), 200)
	f.problem(f.call("GET", "/v1/articles/none/diff", key, nil), 404, fault.NotFound)

	back := read[api.RolledBack](f, f.wants(f.call("POST", "/v1/articles/rollback", key, map[string]any{"at": noon.Add(time.Minute)}), 200))
	if back.To != 1 || !back.Changed || back.Revision.Number != 4 || back.Revision.Note != "回到第 1 版" {
		t.Errorf("rolled back %+v", back)
	}
	if got := read[kb.Article](f, f.wants(f.call("GET", path, key, nil), 200)); got.Answer != "七天" || got.Version != 3 {
		t.Errorf("after the roll back %+v", got)
	}
	if back = read[api.RolledBack](f, f.wants(f.call("POST", "/v1/articles/rollback", key, map[string]any{"revision": 1}), 200)); back.Changed {
		t.Errorf("rolled back %+v", back)
	}
	f.problem(f.call("POST", "/v1/articles/rollback", key, map[string]any{"revision": 9}), 404, fault.NotFound)
	f.problem(f.call("POST", "/v1/articles/rollback", key, map[string]any{}), 422, fault.Invalid)
	f.problem(f.call("POST", "/v1/articles/rollback", key, map[string]any{"revision": 1, "at": noon}), 422, fault.Invalid)
}

func TestCompareOverTheAPI(t *testing.T) {
	f := versioned(t)
	key := f.keys[auth.Trainer]
	f.wants(f.call("POST", "/v1/articles", key, map[string]any{"question": "怎么退货", "answer": "七天"}), 201)
	f.wants(f.call("PUT", "/v1/articles/drafts/gift", key, map[string]any{"article": gift}), 200)
	compare := func(query, file string) answer {
		return f.call("POST", "/v1/articles/compare?"+query, key, file, "Content-Type", "text/csv")
	}
	c := read[base.Comparison](f, f.wants(compare("", "问题,编号\n可以送礼盒吗,gift\n怎么退货,\n"), 200))
	if c.Questions != 2 || len(c.Changed) != 1 || c.Changed[0].From.Outcome != base.Missed || c.Changed[0].To.Outcome != base.Right || c.To.Articles != 2 {
		t.Errorf("compared %+v", c)
	}
	f.wants(compare("from=0&to=1", `{"query":"怎么退货","kb_ids":[]}`), 200)
	f.problem(compare("", "\n"), 422, fault.Invalid)
	f.problem(compare("from="+url.QueryEscape("昨天"), "怎么退货,a\n"), 422, fault.Invalid)
	f.problem(compare("to=7", "怎么退货,a\n"), 404, fault.NotFound)
}
