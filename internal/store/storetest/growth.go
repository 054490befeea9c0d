package storetest

import (
	"fmt"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/growth"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/kb/usage"
)

func scenarioProposals(f *fixture) {
	var list []growth.Proposal
	for i := range 5 {
		p := growth.Proposal{ID: fmt.Sprintf("prop_%d", i), State: growth.Open, Proposal: mining.Proposal{
			Kind: mining.NewArticle, Question: fmt.Sprintf("第 %d 问 😀", i), Answer: "答", Rank: float64(i), Similar: []string{"相似"},
			Evidence: mining.Evidence{Count: i, Examples: []mining.Example{{Question: "问", Answer: "答", At: noon}}, Trend: mining.Trend{ThisWeek: 3}},
		}}
		if i == 4 {
			p.Kind = mining.Contradicts
		}
		list = append(list, p)
	}
	stored, err := f.store.PutProposals(f.ctx, "demo", list)
	f.must(err)
	f.same(stored[0].Version, 1)
	f.same(stored[0].CreatedAt, noon)
	all, err := f.store.Proposals(f.ctx, "demo", growth.Filter{})
	f.must(err)
	f.same([]string{all[0].ID, all[4].ID}, []string{"prop_4", "prop_0"})
	f.same(all[4], stored[0])
	some, err := f.store.Proposals(f.ctx, "demo", growth.Filter{Kind: mining.NewArticle, State: growth.Open, Limit: 2, Offset: 1})
	f.must(err)
	f.same([]string{some[0].ID, some[1].ID}, []string{"prop_2", "prop_1"})

	f.clock.Advance(time.Hour)
	one := stored[2]
	one.State, one.By, one.DecidedAt = growth.Rejected, "lin", f.clock.Now()
	changed, err := f.store.PutProposals(f.ctx, "demo", []growth.Proposal{one})
	f.must(err)
	f.same(changed[0].Version, 2)
	got, err := f.store.Proposal(f.ctx, "demo", "prop_2")
	f.must(err)
	f.same(got, changed[0])
	f.same(got.CreatedAt, noon)

	fresh := list[0]
	fresh.ID = "prop_new"
	_, err = f.store.PutProposals(f.ctx, "demo", []growth.Proposal{fresh, one}) // one is stale: nothing is stored
	f.wants(err, fault.Conflict)
	_, err = f.store.Proposal(f.ctx, "demo", "prop_new")
	f.wants(err, fault.NotFound)
	_, err = f.store.Proposal(f.ctx, "other", "prop_2")
	f.wants(err, fault.NotFound)
	_, err = f.store.Proposals(f.ctx, "demo", growth.Filter{Limit: 501})
	f.wants(err, fault.Invalid)
	_, err = f.store.PutProposals(f.ctx, "demo", []growth.Proposal{{}})
	f.wants(err, fault.Invalid)
}

func scenarioGrowthReports(f *fixture) {
	_, _, err := f.store.GrowthReport(f.ctx, "demo", "unanswered")
	f.wants(err, fault.NotFound)
	f.must(f.store.PutGrowthReport(f.ctx, "demo", "unanswered", []byte(`{"topics":[]}`)))
	f.clock.Advance(time.Hour)
	f.must(f.store.PutGrowthReport(f.ctx, "demo", "unanswered", []byte(`{"topics":[1]}`)))
	body, at, err := f.store.GrowthReport(f.ctx, "demo", "unanswered")
	f.must(err)
	f.same(string(body), `{"topics":[1]}`)
	f.same(at, f.clock.Now())
}

func scenarioUse(f *fixture) {
	f.begin("demo", "c1", 4)
	f.clock.Advance(time.Minute)
	f.begin("demo", "c2", 2)
	f.begin("other", "c3", 2)
	pending, err := f.store.PendingUse(f.ctx, "demo", time.Time{}, 10)
	f.must(err)
	f.same(len(pending), 2)
	f.same(pending[0], usage.Cursor{Conversation: "c1", UpdatedAt: noon})
	late, err := f.store.PendingUse(f.ctx, "demo", f.clock.Now(), 10)
	f.must(err)
	f.same(late[0].Conversation, "c2")

	days := []usage.Day{{Article: "a1", Day: "2026-03-01", Counts: usage.Counts{Shown: 1, Answered: 2, Taken: 3}}, {Article: "a2", Day: "2026-02-28", Counts: usage.Counts{Disliked: 1}}}
	questions := []usage.Question{{Conversation: "c1", Seq: 3, At: noon, Text: "能开专票吗", Reason: "no_article", Article: "a1", Probability: 0.25}}
	f.must(f.store.CountUse(f.ctx, "demo", pending[0], 3, days, questions))
	f.wants(f.store.CountUse(f.ctx, "demo", pending[0], 3, days, questions), fault.Conflict) // as after a restart
	next, err := f.store.PendingUse(f.ctx, "demo", time.Time{}, 1)
	f.must(err)
	f.same(next[0], usage.Cursor{Conversation: "c1", Seq: 3, UpdatedAt: noon})
	f.wants(f.store.CountUse(f.ctx, "demo", usage.Cursor{Conversation: "c1", Seq: 2}, 4, days, nil), fault.Conflict)
	f.must(f.store.CountUse(f.ctx, "demo", next[0], 4, days[:1], nil))

	counted, err := f.store.Use(f.ctx, "demo", "2026-02-01")
	f.must(err)
	f.same(counted, []usage.Day{{Article: "a1", Day: "2026-03-01", Counts: usage.Counts{Shown: 2, Answered: 4, Taken: 6}}, days[1]})
	counted, err = f.store.Use(f.ctx, "demo", "2026-03-01")
	f.must(err)
	f.same(len(counted), 1)
	open, err := f.store.OpenQuestions(f.ctx, "demo", noon, 10)
	f.must(err)
	f.same(open, questions)
	open, err = f.store.OpenQuestions(f.ctx, "demo", noon.Add(1), 10)
	f.must(err)
	f.same(len(open), 0)
	f.wants(f.store.CountUse(f.ctx, "demo", usage.Cursor{}, 1, nil, nil), fault.Invalid)
}
