package api_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/growth"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/kb/usage"
)

// fakeGrowth has one proposal and one run, and keeps what it is told.
type fakeGrowth struct {
	mu        sync.Mutex
	filter    growth.Filter
	decisions []growth.Decision
	edits     []growth.Edit
	started   []string
	list      string
}

func (f *fakeGrowth) proposal(id string, state growth.State) (growth.Proposal, error) {
	if id != "prop_1" {
		return growth.Proposal{}, fault.New(fault.NotFound, "没有这条建议")
	}
	return growth.Proposal{ID: id, State: state, Version: 1, Proposal: mining.Proposal{Kind: mining.NewArticle, Question: "能开专票吗", Answer: "可以"}}, nil
}

func (f *fakeGrowth) List(_ context.Context, bot string, filter growth.Filter) ([]growth.Proposal, error) {
	f.filter = filter
	if bot != "demo" {
		return nil, nil
	}
	p, err := f.proposal("prop_1", growth.Open)
	return []growth.Proposal{p}, err
}

func (f *fakeGrowth) Get(_ context.Context, _, id string) (growth.Proposal, error) {
	return f.proposal(id, growth.Open)
}

func (f *fakeGrowth) Accept(_ context.Context, _, id string, d growth.Decision) (growth.Proposal, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.decisions) == 2 {
		return growth.Proposal{}, fault.New(fault.Conflict, "已经处理过了")
	}
	f.decisions = append(f.decisions, d)
	return f.proposal(id, growth.Accepted)
}

func (f *fakeGrowth) Edit(_ context.Context, _, id string, e growth.Edit) (growth.Proposal, error) {
	f.edits = append(f.edits, e)
	return f.proposal(id, growth.Open)
}

func (f *fakeGrowth) Reject(_ context.Context, _, id string, d growth.Decision) (growth.Proposal, error) {
	f.decisions = append(f.decisions, d)
	return f.proposal(id, growth.Rejected)
}

func (f *fakeGrowth) StartSince(bot string, since time.Time) (growth.Run, error) {
	f.started = append(f.started, fmt.Sprint(bot, " ", since.Format(time.DateOnly)))
	return growth.Run{ID: "run_1", State: growth.Waiting, Source: "conversations"}, nil
}

func (f *fakeGrowth) StartFile(bot string, format mining.Format, data []byte) (growth.Run, error) {
	f.started = append(f.started, fmt.Sprint(bot, " ", format, " ", len(data)))
	return growth.Run{ID: "run_1", State: growth.Waiting, Source: "transcripts"}, nil
}

func (f *fakeGrowth) Find(bot, id string) (growth.Run, error) {
	if bot != "demo" || id != "run_1" {
		return growth.Run{}, fault.New(fault.NotFound, "没有这个挖掘任务")
	}
	return growth.Run{ID: id, State: growth.Running, Progress: 0.5}, nil
}

func (f *fakeGrowth) Runs(string) []growth.Run { return nil }

func (f *fakeGrowth) Cancel(bot, id string) (growth.Run, error) {
	r, err := f.Find(bot, id)
	r.State = growth.Cancelled
	return r, err
}

func (f *fakeGrowth) Unanswered(context.Context, string) (growth.Unanswered, error) {
	return growth.Unanswered{Topics: []mining.Topic{}}, nil
}

func (f *fakeGrowth) Cluster(context.Context, string) (growth.Unanswered, error) {
	return growth.Unanswered{Count: 3, Topics: []mining.Topic{{Question: "能开专票吗", Count: 3}}}, nil
}

func (f *fakeGrowth) Use(_ context.Context, _ string, list usage.List, days int) ([]usage.Line, error) {
	f.list = fmt.Sprint(list, " ", days)
	return []usage.Line{{Article: "a", Counts: usage.Counts{Answered: 2}, Prior: 0.25}, {Article: "b"}}, nil
}

func growing(t *testing.T) (*fixture, *fakeGrowth, string) {
	g := &fakeGrowth{}
	f := open(t, func(o *api.Options) { o.Growth = g })
	return f, g, f.keys[auth.Trainer]
}

func TestProposals(t *testing.T) {
	f, g, key := growing(t)
	got := read[struct{ Proposals []growth.Proposal }](f, f.wants(f.call(http.MethodGet, "/v1/growth/proposals?kind=article&state=open&limit=7&offset=2", key, nil), http.StatusOK))
	if len(got.Proposals) != 1 || got.Proposals[0].Question != "能开专票吗" || g.filter != (growth.Filter{Kind: mining.NewArticle, State: growth.Open, Limit: 7, Offset: 2}) {
		t.Errorf("%+v, %+v", got, g.filter)
	}
	f.problem(f.call(http.MethodGet, "/v1/growth/proposals/none", key, nil), http.StatusNotFound, fault.NotFound)
	f.wants(f.call(http.MethodGet, "/v1/growth/proposals/prop_1", key, nil), http.StatusOK)
	f.wants(f.call(http.MethodGet, "/v1/growth/proposals", f.keys[auth.Agent], nil), http.StatusForbidden)

	f.wants(f.call(http.MethodPatch, "/v1/growth/proposals/prop_1", key, map[string]any{"similar": []string{}, "answer": "可以开"}), http.StatusOK)
	if e := g.edits[0]; e.Similar == nil || len(e.Similar) != 0 || e.Answer != "可以开" || e.Question != "" {
		t.Errorf("%+v", e)
	}
	f.wants(f.call(http.MethodPost, "/v1/growth/proposals/prop_1/accept", key, map[string]any{}), http.StatusOK)
	f.wants(f.call(http.MethodPost, "/v1/growth/proposals/prop_1/accept", key, map[string]any{"publish": true, "category": "发票", "note": "好"}), http.StatusOK)
	a, b := g.decisions[0], g.decisions[1]
	if a.Edit != nil || a.Publish || a.By == "" || b.Edit == nil || b.Edit.Category != "发票" || !b.Publish || b.Note != "好" {
		t.Errorf("%+v, %+v", a, b)
	}
	f.problem(f.call(http.MethodPost, "/v1/growth/proposals/prop_1/accept", key, map[string]any{}), http.StatusConflict, fault.Conflict)
	f.wants(f.call(http.MethodPost, "/v1/growth/proposals/prop_1/reject", key, map[string]any{"note": "停售"}), http.StatusOK)
	if d := g.decisions[2]; d.Note != "停售" || d.By == "" {
		t.Errorf("%+v", d)
	}
}

func TestMiningRuns(t *testing.T) {
	f, g, key := growing(t)
	run := read[growth.Run](f, f.wants(f.call(http.MethodPost, "/v1/growth/runs", key, map[string]any{"since": "2026-11-01T00:00:00Z"}), http.StatusAccepted))
	if run.ID != "run_1" || g.started[0] != "demo 2026-11-01" {
		t.Errorf("%+v, %v", run, g.started)
	}
	for range 2 { // the second is the first told again
		f.wants(f.chunked("/v1/growth/transcripts?format=csv", key, "会话,角色,内容\n"), http.StatusAccepted)
	}
	if g.started[1] != "demo csv 21" {
		t.Errorf("%v", g.started)
	}
	f.wants(f.chunked("/v1/growth/transcripts?format=doc", key, "x"), http.StatusUnprocessableEntity)
	f.wants(f.call(http.MethodGet, "/v1/growth/runs", key, nil), http.StatusOK)
	f.wants(f.call(http.MethodGet, "/v1/growth/runs/run_1", key, nil), http.StatusOK)
	f.problem(f.call(http.MethodGet, "/v1/growth/runs/other", key, nil), http.StatusNotFound, fault.NotFound)
	if run := read[growth.Run](f, f.wants(f.call(http.MethodDelete, "/v1/growth/runs/run_1", key, nil), http.StatusOK)); run.State != growth.Cancelled {
		t.Errorf("%+v", run)
	}
}

func TestUnansweredAndUse(t *testing.T) {
	f, g, key := growing(t)
	if u := read[growth.Unanswered](f, f.wants(f.call(http.MethodGet, "/v1/growth/unanswered", key, nil), http.StatusOK)); u.Topics == nil {
		t.Error("no list of topics")
	}
	if u := read[growth.Unanswered](f, f.wants(f.call(http.MethodPost, "/v1/growth/unanswered", key, nil), http.StatusOK)); u.Count != 3 || len(u.Topics) != 1 {
		t.Errorf("%+v", u)
	}
	got := read[struct {
		Articles []usage.Line
		Total    int
	}](f, f.wants(f.call(http.MethodGet, "/v1/growth/usage?list=hot&days=7&limit=1", key, nil), http.StatusOK))
	if got.Total != 2 || len(got.Articles) != 1 || got.Articles[0].Prior != 0.25 || got.Articles[0].Answered != 2 || g.list != "hot 7" {
		t.Errorf("%+v, %s", got, g.list)
	}
	f.wants(f.call(http.MethodGet, "/v1/growth/usage?list=strange", key, nil), http.StatusUnprocessableEntity)
}
