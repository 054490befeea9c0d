package usage_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/usage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// memory is a usage.Store in memory.
type memory struct {
	mu        sync.Mutex
	last      map[string]int64 // events by conversation
	cursors   map[string]int64
	days      map[[2]string]usage.Counts
	questions []usage.Question
	fail      error
}

func newMemory() *memory {
	return &memory{last: map[string]int64{}, cursors: map[string]int64{}, days: map[[2]string]usage.Counts{}}
}

func (m *memory) PendingUse(_ context.Context, _ string, _ time.Time, limit int) ([]usage.Cursor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []usage.Cursor
	for c, n := range m.last {
		if n > m.cursors[c] {
			out = append(out, usage.Cursor{Conversation: c, Seq: m.cursors[c]})
		}
	}
	slices.SortFunc(out, func(a, b usage.Cursor) int { return strings.Compare(a.Conversation, b.Conversation) })
	return out[:min(limit, len(out))], m.fail
}

func (m *memory) CountUse(_ context.Context, _ string, from usage.Cursor, to int64, days []usage.Day, questions []usage.Question) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cursors[from.Conversation] != from.Seq {
		return fault.New(fault.Conflict, "counted already")
	}
	m.cursors[from.Conversation] = to
	for _, d := range days {
		k := [2]string{d.Article, d.Day}
		m.days[k] = m.days[k].Plus(d.Counts)
	}
	m.questions = append(m.questions, questions...)
	return nil
}

func (m *memory) Use(_ context.Context, _, since string) ([]usage.Day, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []usage.Day
	for k, c := range m.days {
		if k[1] >= since {
			out = append(out, usage.Day{Article: k[0], Day: k[1], Counts: c})
		}
	}
	return out, nil
}

func (m *memory) OpenQuestions(context.Context, string, time.Time, int) ([]usage.Question, error) {
	return m.questions, nil
}

// story has a fact for each event: the article is answered, and taken by every third.
func (m *memory) story(_ context.Context, _, conversation string) (usage.Story, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := usage.Story{Last: m.last[conversation]}
	for i := int64(1); i <= s.Last; i++ {
		kind := usage.Answered
		if i%3 == 0 {
			kind = usage.Taken
		}
		s.Facts = append(s.Facts, usage.Fact{Seq: i, Article: "ship", Kind: kind, At: now})
		if i == 2 {
			s.Questions = append(s.Questions, usage.Question{Conversation: conversation, Seq: i, Text: "能开专票吗"})
		}
	}
	return s, nil
}

func counter(m *memory) *usage.Counter {
	return usage.New(usage.Options{Store: m, Read: m.story, Bots: []string{"demo"}, Clock: clock.NewFake(now)})
}

func TestCountsEachEventOnce(t *testing.T) {
	m := newMemory()
	m.last["c1"], m.last["c2"] = 4, 1
	c := counter(m)
	n, err := c.Count(t.Context(), "demo")
	if err != nil || n != 6 {
		t.Fatalf("%d, %v", n, err)
	}
	m.last["c1"] = 9
	for range 3 { // the last two are a restart and a look at nothing new
		c := counter(m)
		if _, err := c.Count(t.Context(), "demo"); err != nil {
			t.Fatal(err)
		}
	}
	got := m.days[[2]string{"ship", "2026-11-22"}]
	if d := cmp.Diff(usage.Counts{Answered: 7, Taken: 3}, got); d != "" {
		t.Error(d)
	}
	if len(m.questions) != 1 {
		t.Errorf("questions %+v", m.questions)
	}
	if p := c.Ranking().Prior("demo", "ship"); p <= 0 || p > usage.Bound {
		t.Errorf("the prior of an article that is only taken: %v", p)
	}
}

func TestSeveralProcessesCountOnce(t *testing.T) {
	m := newMemory()
	for i := range 250 {
		m.last[fmt.Sprintf("c%03d", i)] = 5
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := counter(m).Count(t.Context(), "demo"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := m.days[[2]string{"ship", "2026-11-22"}]; got.Answered != 1000 || got.Taken != 250 {
		t.Errorf("%+v", got)
	}
}

func TestCountFailures(t *testing.T) {
	m := newMemory()
	m.fail = errors.New("the disk is gone")
	if _, err := counter(m).Count(t.Context(), "demo"); !errors.Is(err, m.fail) {
		t.Errorf("%v", err)
	}
	m = newMemory()
	m.last["c1"] = 1
	odd := usage.New(usage.Options{Store: m, Clock: clock.NewFake(now), Read: func(context.Context, string, string) (usage.Story, error) {
		return usage.Story{Last: 1, Facts: []usage.Fact{{Seq: 1, Article: "a", Kind: "eaten", At: now}}}, nil
	}})
	if _, err := odd.Count(t.Context(), "demo"); !fault.Is(err, fault.Internal) {
		t.Errorf("an unknown kind: %v", err)
	}
	stuck := usage.New(usage.Options{Store: m, Clock: clock.NewFake(now), Read: func(context.Context, string, string) (usage.Story, error) {
		return usage.Story{}, fault.New(fault.NotFound, "gone")
	}})
	if n, err := stuck.Count(t.Context(), "demo"); err != nil || n != 0 {
		t.Errorf("a conversation that is gone: %d, %v", n, err)
	}
}

func TestRunFollowsTheClock(t *testing.T) {
	m := newMemory()
	fake := clock.NewFake(now)
	c := usage.New(usage.Options{Store: m, Read: m.story, Bots: []string{"demo"}, Clock: fake})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(ctx)
	}()
	m.mu.Lock()
	m.last["c1"] = 3
	m.mu.Unlock()
	for deadline := time.Now().Add(5 * time.Second); c.Ranking().Prior("demo", "ship") == 0; {
		if time.Now().After(deadline) {
			t.Fatal("nothing was counted")
		}
		fake.Advance(time.Minute)
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
}

func days(article string, at time.Time, c usage.Counts) usage.Day {
	return usage.Day{Article: article, Day: at.Format(time.DateOnly), Counts: c}
}

func TestPriors(t *testing.T) {
	p := usage.Priors([]usage.Day{
		days("good", now, usage.Counts{Taken: 40, Ignored: 2}),
		days("bad", now, usage.Counts{Disliked: 40, Taken: 2}),
		days("few", now, usage.Counts{Taken: 1}),
		days("old", now.AddDate(0, 0, -84), usage.Counts{Taken: 8}),
		days("young", now, usage.Counts{Taken: 8}),
		days("quiet", now, usage.Counts{Shown: 50}),
		{Article: "damaged", Day: "someday", Counts: usage.Counts{Taken: 50}},
	}, now, time.UTC)
	if p["good"] != usage.Bound || p["bad"] != -usage.Bound {
		t.Errorf("much use is not bounded: %v", p)
	}
	if p["few"] <= 0 || p["few"] >= p["good"] {
		t.Errorf("one choice moves by %v", p["few"])
	}
	if p["old"] <= 0 || p["old"] >= p["young"] {
		t.Errorf("old use %v, young %v", p["old"], p["young"])
	}
	if p["quiet"] != 0 || p["damaged"] != 0 {
		t.Errorf("no outcome moves by %v, %v", p["quiet"], p["damaged"])
	}
	for a, x := range p {
		if math.Abs(x) > usage.Bound || math.IsNaN(x) {
			t.Errorf("%s moves by %v", a, x)
		}
	}
}

func TestRanking(t *testing.T) {
	var r usage.Ranking
	if r.Prior("demo", "a") != 0 {
		t.Error("an empty ranking moves something")
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() { r.Set(fmt.Sprint(i), map[string]float64{"a": float64(i)}) })
	}
	wg.Wait()
	for i := range 8 {
		if got := r.Prior(fmt.Sprint(i), "a"); got != float64(i) {
			t.Errorf("bot %d has %v", i, got)
		}
	}
}

func TestLines(t *testing.T) {
	past := now.Add(-time.Hour)
	articles := []kb.Article{{ID: "a", Question: "甲"}, {ID: "b"}, {ID: "c"}, {ID: "old", ValidUntil: &past}, {ID: "z"}}
	counts := []usage.Day{
		days("a", now, usage.Counts{Answered: 5}), days("a", now.AddDate(0, 0, -1), usage.Counts{Shown: 5, Disliked: 1}),
		days("b", now, usage.Counts{Suggested: 2, Handed: 3}), days("c", now, usage.Counts{Answered: 4, Disliked: 4, Handed: 1}),
		days("old", now, usage.Counts{Answered: 99}), days("gone", now, usage.Counts{Answered: 99}),
	}
	for list, want := range map[usage.List]string{
		usage.All: "old a c b z", usage.Hot: "a c b", usage.Cold: "b c a", usage.Never: "z", usage.Expired: "old", usage.Rejected: "c a", usage.Passed: "b c",
	} {
		var got []string
		for _, l := range usage.Lines(list, articles, counts, map[string]float64{"a": 0.5}, now) {
			got = append(got, l.Article)
			if l.Article == "a" && (l.Hits() != 10 || l.Prior != 0.5 || l.Question != "甲") {
				t.Errorf("%+v", l)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q lists %v, want %s", list, got, want)
		}
	}
}

func BenchmarkPrior(b *testing.B) {
	var r usage.Ranking
	priors := map[string]float64{}
	for i := range 10000 {
		priors[fmt.Sprint(i)] = 0.1
	}
	r.Set("demo", priors)
	b.ReportAllocs()
	for b.Loop() {
		r.Prior("demo", "5000")
	}
}
