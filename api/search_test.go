package api_test

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// asked remembers the last query and explains when it is asked to.
type asked struct {
	kb.Retriever
	mu   sync.Mutex
	last kb.Query
}

func (a *asked) Search(ctx context.Context, q kb.Query) ([]kb.Hit, error) {
	a.mu.Lock()
	a.last = q
	a.mu.Unlock()
	hits, err := a.Retriever.Search(ctx, q)
	for i := range hits {
		if q.Explain {
			hits[i].Why = &kb.Why{Parts: []kb.Part{{Feature: "cosine", Value: 0.83, LogOdds: 2.1}}, Text: "与相似问“退货流程”语义相近 0.83"}
		}
	}
	return hits, err
}

func TestSearchExplains(t *testing.T) {
	retriever := &asked{}
	f := open(t, func(o *api.Options) {
		retriever.Retriever = o.Language.Retriever
		o.Language.Retriever = retriever
	})
	got := read[struct{ Hits []api.SearchHit }](f, f.wants(f.call("POST", "/v1/articles/search", f.keys[auth.Service], map[string]any{
		"query": "退货呢", "explain": true, "topic": "art_fee", "previous": "运费谁出",
	}), 200))
	if len(got.Hits) != 1 || got.Hits[0].Why == nil || got.Hits[0].Why.Text == "" || got.Hits[0].Why.Parts[0].LogOdds != 2.1 {
		t.Fatalf("%+v", got)
	}
	q := retriever.last
	if q.Topic.Article != "art_fee" || q.Previous != "运费谁出" || q.Bot != "demo" || q.Text != "退货呢" || !q.Explain || len(q.Terms) == 0 {
		t.Errorf("%+v", q)
	}
	plain := read[struct{ Hits []api.SearchHit }](f, f.wants(f.call("POST", "/v1/articles/search", f.keys[auth.Service], map[string]any{"query": "退货"}), 200))
	if plain.Hits[0].Why != nil {
		t.Errorf("explained without being asked: %+v", plain)
	}
	f.language.breaks(fault.New(fault.Busy, "full"))
	f.problem(f.call("POST", "/v1/articles/search", f.keys[auth.Service], map[string]any{"query": "退货"}), 503, fault.Busy)
}

// fakeRisks holds one bot's share.
type fakeRisks struct {
	mu     sync.Mutex
	share  float64
	judged []api.JudgedQuestion
}

func (r *fakeRisks) Risk(_ context.Context, bot string) (api.AnswerRisk, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if bot != "demo" {
		return api.AnswerRisk{}, fault.New(fault.NotFound, "no bot")
	}
	return api.AnswerRisk{Share: r.share, Source: "setting", AnswerAt: 0.8, SuggestAt: 0.12}, nil
}

func (r *fakeRisks) SetRisk(_ context.Context, _ string, share float64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.share = share
	return nil
}

func (r *fakeRisks) Judge(ctx context.Context, bot string, questions []api.JudgedQuestion) (api.AnswerRisk, error) {
	r.mu.Lock()
	r.judged = questions
	r.mu.Unlock()
	return r.Risk(ctx, bot)
}

func TestAnswerRisk(t *testing.T) {
	risks := &fakeRisks{}
	f := open(t, func(o *api.Options) { o.Risks = risks })
	trainer := f.sessions[auth.Trainer]
	put := func(share any) answer {
		return f.call("PUT", "/v1/articles/risk", trainer, map[string]any{"answer_risk": share})
	}
	got := read[api.AnswerRisk](f, f.wants(put(0.05), 200))
	if d := cmp.Diff(api.AnswerRisk{Share: 0.05, Source: "setting", AnswerAt: 0.8, SuggestAt: 0.12, Points: []api.RiskPoint{}}, got); d != "" {
		t.Error(d)
	}
	if got := read[api.AnswerRisk](f, f.wants(f.call("GET", "/v1/articles/risk", trainer, nil), 200)); got.Share != 0.05 {
		t.Errorf("%+v", got)
	}
	f.problem(put(0.6), 422, fault.Invalid)
	f.problem(put(-1), 422, fault.Invalid)
	f.problem(f.call("GET", "/v1/articles/risk", f.sessions[auth.Agent], nil), 403, fault.Forbidden)
	judge := func(n int) answer {
		questions := make([]map[string]any, n)
		for i := range questions {
			questions[i] = map[string]any{"query": "退货要几天", "article_ids": []string{"art_return"}}
		}
		return f.call("POST", "/v1/articles/risk/judge", trainer, map[string]any{"questions": questions})
	}
	f.problem(judge(19), 422, fault.Invalid)
	f.wants(judge(20), 200)
	if len(risks.judged) != 20 || risks.judged[0].Articles[0] != "art_return" {
		t.Errorf("%+v", risks.judged)
	}
}
