package growth_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/growth"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/kb/usage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a Service over stores in memory.
type world struct {
	*growth.Service
	t        *testing.T
	clock    *clock.Fake
	mu       sync.Mutex
	stored   map[string]growth.Proposal
	reports  map[string][]byte
	articles map[string]kb.Article
	drafts   []kb.Draft
	asked    []usage.Question
	talks    []mining.Transcript
	failBase error
	hold     chan struct{} // transcripts wait for it
	takes    time.Duration // how long reading them does
}

func open(t *testing.T) *world {
	w := &world{
		t: t, clock: clock.NewFake(now), stored: map[string]growth.Proposal{}, reports: map[string][]byte{},
		articles: map[string]kb.Article{"a1": {ID: "a1", Question: "保质期多久", Similar: []string{"能放多久"}, Answer: "十二个月", Category: "食品", Version: 3}},
	}
	var err error
	w.Service, err = growth.New(growth.Options{
		Store: w, Base: w, Clock: w.clock, IDs: &ident.Sequence{}, Bots: []string{"demo"}, Hour: 4,
		Mining: func(_ context.Context, _ string, at time.Time) (mining.Options, error) {
			return mining.Options{
				Read: func(_ context.Context, text string) (mining.Reading, error) {
					return mining.Reading{Intent: "product_info", Confidence: 0.9, Embedding: kbtest.Embed(text)}, nil
				},
				Embed: func(_ context.Context, text string) ([]float32, error) { return kbtest.Embed(text), nil },
				Now:   at, Threshold: 0.6,
			}, nil
		},
		Transcripts: func(ctx context.Context, _ string, _ time.Time, each func(mining.Transcript) error) error {
			w.clock.Advance(w.takes)
			if w.hold != nil {
				select {
				case <-w.hold:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			for _, x := range w.talks {
				if err := each(x); err != nil {
					return err
				}
			}
			return nil
		},
		Questions: func(context.Context, string, time.Time, int) ([]usage.Question, error) { return w.asked, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) Proposals(_ context.Context, _ string, f growth.Filter) ([]growth.Proposal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []growth.Proposal
	for _, p := range w.stored {
		if (f.State == "" || p.State == f.State) && (f.Kind == "" || p.Kind == f.Kind) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b growth.Proposal) int {
		return cmp.Or(cmp.Compare(b.Rank, a.Rank), strings.Compare(a.ID, b.ID))
	})
	out = out[min(f.Offset, len(out)):]
	if f.Limit > 0 {
		out = out[:min(f.Limit, len(out))]
	}
	return out, nil
}

func (w *world) Proposal(_ context.Context, _, id string) (growth.Proposal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.stored[id]
	if !ok {
		return p, fault.New(fault.NotFound, "no proposal %q", id)
	}
	return p, nil
}

func (w *world) PutProposals(_ context.Context, _ string, list []growth.Proposal) ([]growth.Proposal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, p := range list {
		if w.stored[p.ID].Version != p.Version {
			return nil, fault.New(fault.Conflict, "stale")
		}
		list[i].Version++
		w.stored[p.ID] = list[i]
	}
	return list, nil
}

func (w *world) GrowthReport(_ context.Context, _, name string) ([]byte, time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b, ok := w.reports[name]; ok {
		return b, now, nil
	}
	return nil, time.Time{}, fault.New(fault.NotFound, "no report")
}

func (w *world) PutGrowthReport(_ context.Context, _, name string, body []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports[name] = body
	return nil
}

func (w *world) Get(_ context.Context, _, id string) (kb.Article, error) {
	if a, ok := w.articles[id]; ok {
		return a, nil
	}
	return kb.Article{}, fault.New(fault.NotFound, "no article %q", id)
}

func (w *world) Change(_ context.Context, _ string, c kb.Change) ([]kb.Article, kb.Revision, error) {
	for _, a := range c.Put {
		w.articles[a.ID] = a
	}
	return c.Put, kb.Revision{Number: 1}, w.failBase
}

func (w *world) SaveDraft(_ context.Context, _ string, d kb.Draft) (kb.Draft, error) {
	w.drafts = append(w.drafts, d)
	return d, w.failBase
}

func (w *world) keep(kind mining.ProposalKind, article string) string {
	w.t.Helper()
	id := fmt.Sprintf("p%d", len(w.stored))
	_, err := w.PutProposals(w.t.Context(), "demo", []growth.Proposal{{ID: id, State: growth.Open, Proposal: mining.Proposal{
		Kind: kind, Question: "可以放多长时间", Similar: []string{"能放多久", "放得住吗"}, Answer: "六个月", Article: article,
	}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func TestAccept(t *testing.T) {
	w := open(t)
	p, err := w.Accept(t.Context(), "demo", w.keep(mining.NewArticle, ""), growth.Decision{By: "lin"})
	if err != nil || p.State != growth.Accepted || p.By != "lin" || p.Published || len(w.drafts) != 1 || w.drafts[0].Article.ID != p.Became {
		t.Fatalf("%+v, %v, %+v", p, err, w.drafts)
	}
	if len(w.articles) != 1 {
		t.Error("a draft was published")
	}
	if _, err := w.Accept(t.Context(), "demo", p.ID, growth.Decision{By: "chen"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("accepted twice: %v", err)
	}

	p, err = w.Accept(t.Context(), "demo", w.keep(mining.NewPhrasing, "a1"), growth.Decision{By: "lin", Publish: true})
	a := w.articles["a1"]
	if err != nil || !p.Published || strings.Join(a.Similar, " ") != "能放多久 可以放多长时间 放得住吗" || a.Answer != "十二个月" || a.Version != 3 {
		t.Errorf("%+v, %v, %+v", p, err, a)
	}
	p, err = w.Accept(t.Context(), "demo", w.keep(mining.Contradicts, "a1"), growth.Decision{Edit: &growth.Edit{Answer: "九个月", Category: "保存"}, Publish: true})
	if a = w.articles["a1"]; err != nil || p.State != growth.Edited || a.Answer != "九个月" || a.Category != "保存" || a.Question != "保质期多久" {
		t.Errorf("%+v, %v, %+v", p, err, a)
	}
	if _, err := w.Accept(t.Context(), "demo", w.keep(mining.NewPhrasing, "gone"), growth.Decision{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("of an article that is gone: %v", err)
	}
	if _, err := w.Accept(t.Context(), "demo", w.keep(mining.NewArticle, ""), growth.Decision{Edit: &growth.Edit{Question: "？！"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("of a question without words: %v", err)
	}
	w.failBase = errors.New("the disk is gone")
	id := w.keep(mining.NewArticle, "")
	if _, err := w.Accept(t.Context(), "demo", id, growth.Decision{By: "lin"}); !errors.Is(err, w.failBase) {
		t.Errorf("%v", err)
	}
	if p := w.stored[id]; p.State != growth.Open || p.By != "" || !p.DecidedAt.IsZero() {
		t.Errorf("a proposal that could not be saved is %+v", p)
	}
}

func TestEditAndReject(t *testing.T) {
	w := open(t)
	id := w.keep(mining.NewArticle, "")
	p, err := w.Edit(t.Context(), "demo", id, growth.Edit{Question: "能存多久", Similar: []string{}})
	if err != nil || p.Question != "能存多久" || len(p.Similar) != 0 || p.Answer != "六个月" || p.State != growth.Open || !p.Revised {
		t.Errorf("%+v, %v", p, err)
	}
	p, err = w.Reject(t.Context(), "demo", id, growth.Decision{By: "lin", Note: "已停售"})
	if err != nil || p.State != growth.Rejected || p.Note != "已停售" || p.DecidedAt.IsZero() {
		t.Errorf("%+v, %v", p, err)
	}
	for name, err := range map[string]error{
		"edited":   second(w.Edit(t.Context(), "demo", id, growth.Edit{})),
		"rejected": second(w.Reject(t.Context(), "demo", id, growth.Decision{})),
	} {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("%s after the decision: %v", name, err)
		}
	}
	if _, err := w.Reject(t.Context(), "demo", "none", growth.Decision{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// talks are n conversations with one question.
func talks(n int) []mining.Transcript {
	var out []mining.Transcript
	for i := range n {
		out = append(out, mining.Transcript{ID: fmt.Sprint(i), At: now, Turns: []mining.Turn{
			{Role: mining.Customer, Text: "礼盒可以写贺卡吗"}, {Role: mining.Agent, Text: "可以，下单备注就行"},
		}})
	}
	return out
}

// run runs a mining to its end.
func (w *world) run(from growth.Source) growth.Run {
	w.t.Helper()
	r, err := w.Start("demo", from)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.wait(r.ID)
}

func (w *world) wait(id string) growth.Run {
	w.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; {
		r, err := w.Find("demo", id)
		if err != nil {
			w.t.Fatal(err)
		}
		if r.State != growth.Waiting && r.State != growth.Running {
			return r
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("still %+v", r)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestRunsRememberDecisions(t *testing.T) {
	w := open(t)
	w.talks, w.takes = talks(4), time.Minute
	r := w.run(growth.Source{Since: now})
	if r.Started == nil || r.Ended == nil || r.Ended.Sub(*r.Started) != time.Minute {
		t.Errorf("began %v, ended %v", r.Started, r.Ended)
	}
	w.takes = 0
	if r.State != growth.Done || r.Added != 1 || r.Stats.Transcripts != 4 || r.Progress != 1 {
		t.Fatalf("%+v", r)
	}
	list, err := w.List(t.Context(), "demo", growth.Filter{})
	if err != nil || len(list) != 1 || list[0].Evidence.Count != 4 {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := w.Edit(t.Context(), "demo", list[0].ID, growth.Edit{Answer: "可以，备注里写"}); err != nil {
		t.Fatal(err)
	}
	w.talks = talks(5)
	if r := w.run(growth.Source{Since: now}); r.Added != 0 || r.Renewed != 1 {
		t.Fatalf("again: %+v", r)
	}
	p, err := w.Proposal(t.Context(), "demo", list[0].ID)
	if err != nil || p.Answer != "可以，备注里写" || p.Evidence.Count != 5 {
		t.Errorf("what a trainer wrote is %+v, %v", p, err)
	}
	if _, err := w.Reject(t.Context(), "demo", p.ID, growth.Decision{}); err != nil {
		t.Fatal(err)
	}
	w.talks = talks(9)
	if r := w.run(growth.Source{Since: now}); r.Added != 0 || r.Known != 1 {
		t.Errorf("a rejected one came back: %+v", r)
	}
	w.talks = talks(10)
	if r := w.run(growth.Source{Since: now}); r.Added != 1 {
		t.Errorf("asked twice as often it stays away: %+v", r)
	}
}

func TestRunOfAFile(t *testing.T) {
	w := open(t)
	closed := false
	file := closing{bytes.NewReader([]byte("会话,角色,内容\na,客户,礼盒可以写贺卡吗\na,客服,可以，下单备注就行\nb,客户,礼盒可以写贺卡吗\nb,客服,可以，下单备注就行\nc,谁,x\n")), &closed}
	r := w.run(growth.Source{File: file, Format: mining.CSV})
	if r.State != growth.Done || r.Added != 1 || r.Report == nil || r.Report.Rejected != 1 || r.Source != "transcripts" || !closed {
		t.Errorf("%+v, closed %v", r, closed)
	}
	r = w.run(growth.Source{File: closing{strings.NewReader("a,b\n"), &closed}, Format: mining.CSV})
	if r.State != growth.Failed || r.Code != fault.Invalid || r.Error == "" {
		t.Errorf("%+v", r)
	}
}

type closing struct {
	io.Reader
	closed *bool
}

func (c closing) Close() error { *c.closed = true; return nil }

func TestCancelAndQueue(t *testing.T) {
	w := open(t)
	w.hold = make(chan struct{})
	var ids []string
	for {
		r, err := w.Start("demo", growth.Source{Since: now})
		if fault.Is(err, fault.Busy) {
			break
		}
		if err != nil || len(ids) > 10 {
			t.Fatal(err, len(ids))
		}
		ids = append(ids, r.ID)
	}
	for _, id := range ids {
		if _, err := w.Cancel("demo", id); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range ids {
		if r := w.wait(id); r.State != growth.Cancelled || r.Ended == nil {
			t.Errorf("%+v", r)
		}
	}
	if got := w.Runs("demo"); len(got) != len(ids) || got[0].ID != ids[len(ids)-1] {
		t.Errorf("%+v", got)
	}
	if len(w.Runs("other")) != 0 {
		t.Error("another bot sees runs")
	}
	if _, err := w.Find("other", ids[0]); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}

func TestUnanswered(t *testing.T) {
	w := open(t)
	if u, err := w.Unanswered(t.Context(), "demo"); err != nil || u.Topics == nil || len(u.Topics) != 0 {
		t.Errorf("before the first: %+v, %v", u, err)
	}
	for i := range 3 {
		w.asked = append(w.asked, usage.Question{Seq: int64(i), At: now.Add(-time.Hour), Text: "能开专票吗", Reason: "no_article"})
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx)
	}()
	for deadline := time.Now().Add(5 * time.Second); ; {
		u, err := w.Unanswered(t.Context(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		if len(u.Topics) == 1 {
			if u.Count != 3 || u.Topics[0].Count != 3 || !u.At.After(now) {
				t.Errorf("%+v", u)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing was grouped")
		}
		w.clock.Advance(time.Hour)
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
}

func TestNewNeedsEverything(t *testing.T) {
	if _, err := growth.New(growth.Options{}); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
}
