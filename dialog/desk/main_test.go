package desk

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/flow"
	"github.com/yingda/yingda/dialog/memory"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	lin  = dialog.Actor{Kind: dialog.Agent, ID: "a1", Name: "小林"}
	chen = dialog.Actor{Kind: dialog.Agent, ID: "a2", Name: "小陈"}
)

// rule of the scripted understanding: a message that contains word.
type rule struct {
	word, intent, mood string
}

var rules = []rule{
	{"气死", "complaint", nlu.Negative},
	{"垃圾", "abuse", nlu.Negative},
	{"坏了", "damaged_item", nlu.Negative},
	{"三天没动", "parcel_delay", nlu.Negative},
	{"快递到哪", "parcel_track", nlu.Neutral},
	{"单号", "inform", nlu.Neutral},
	{"发货", "ship_time", nlu.Neutral},
	{"退货", "return_policy", nlu.Neutral},
	{"退款", "refund_status", nlu.Neutral},
	{"发票", "invoice_request", nlu.Neutral},
	{"尺码", "size_advice", nlu.Neutral},
	{"人工", "human_agent", nlu.Neutral},
	{"谢谢", "thanks", nlu.Positive},
	{"你好", "greeting", nlu.Neutral},
	{"在吗", "urge_reply", nlu.Neutral},
	{"好的", "affirm", nlu.Neutral},
	{"再见", "goodbye", nlu.Positive},
	{"稍等", "wait", nlu.Neutral},
	{"不要", "deny", nlu.Neutral},
}

var orderNumber = regexp.MustCompile(`YX\d{12}`)

// scriptedNLU understands by rules. hook runs before every analysis.
type scriptedNLU struct {
	mu   sync.Mutex
	hook func(text string) error
}

func (n *scriptedNLU) set(hook func(string) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hook = hook
}

func (n *scriptedNLU) Analyze(ctx context.Context, req nlu.Request) (nlu.Result, error) {
	n.mu.Lock()
	hook := n.hook
	n.mu.Unlock()
	if hook != nil {
		if err := hook(req.Text); err != nil {
			return nlu.Result{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nlu.Result{}, err
	}
	res := nlu.Result{
		Text: req.Text, Intent: nlu.Intent{Name: "unclear", Confidence: 0.9}, Entities: []nlu.Entity{},
		Sentiment: nlu.Sentiment{Label: nlu.Neutral, Score: 0.7},
	}
	for _, r := range rules {
		if strings.Contains(req.Text, r.word) {
			res.Intent.Name, res.Sentiment.Label = r.intent, r.mood
			break
		}
	}
	if number := orderNumber.FindString(req.Text); number != "" {
		res.Entities = append(res.Entities, nlu.Entity{Type: nlu.OrderNumber, Text: number, Value: number, Confidence: 1})
	}
	res.Intents = []nlu.Intent{res.Intent}
	return res, nil
}

// shelf is a Retriever and Articles over a few entries, found by a word.
type shelf struct {
	mu   sync.Mutex
	list []shelved
	down error
	seen []kb.Query
}

type shelved struct {
	word  string
	score float64
	band  kb.Band
	kb.Article
}

func newShelf() *shelf {
	return &shelf{list: []shelved{
		{"发货", 0.9, kb.Suggest, kb.Article{ID: "k1", Question: "多久发货？", Answer: "付款后 **48 小时内**发出，你可以在 [订单页](https://shop.example/orders) 查看。"}},
		{"退货", 0.8, kb.Suggest, kb.Article{ID: "k2", Question: "怎么退货？", Answer: "支持七天无理由退货：\n\n1. 在订单页申请\n2. 等待审核\n3. 寄回商品"}},
		{"退货", 0.6, kb.Suggest, kb.Article{ID: "k3", Question: "退货运费谁出？", Answer: "质量问题由我们承担，其他原因由买家承担。"}},
		{"退货", 0.2, kb.Abstain, kb.Article{ID: "k4", Question: "退货地址？", Answer: "杭州仓。"}},
		{"发票", 0.95, kb.Answer, kb.Article{ID: "k5", Question: "怎么开发票？", Answer: "在订单页点**申请发票**，24 小时内开出。"}},
	}}
}

func (s *shelf) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

func (s *shelf) Search(_ context.Context, q kb.Query) ([]kb.Hit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, q)
	if s.down != nil {
		return nil, s.down
	}
	var hits []kb.Hit
	for _, e := range s.list {
		if strings.Contains(q.Text, e.word) && e.ValidAt(q.At) {
			hits = append(hits, kb.Hit{Article: e.Article, Score: e.score, Band: e.band})
		}
	}
	return hits, nil
}

func (s *shelf) Article(_ context.Context, _, id string) (kb.Article, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return kb.Article{}, s.down
	}
	for _, e := range s.list {
		if e.ID == id {
			return e.Article, nil
		}
	}
	return kb.Article{}, fault.New(fault.NotFound, "没有这个条目。")
}

const parcelFlow = `
flow: parcel_track
title: 查物流
triggers: {intents: [parcel_track, parcel_delay]}
slots:
  number: {title: 运单号, pattern: '[A-Z]{2}\d{12,13}'}
steps:
  - id: ask
    collect: {slot: number, prompt: [请发一下运单号。], otherwise: person}
    next: track
  - id: track
    action: {name: parcel.track, args: {number: '{{.number}}'}, as: parcel}
    on: {ok: show, default: person}
  - id: show
    say: ['{{.parcel.state_name}}']
    next: end
  - id: person
    handoff: {reason: failure, say: [这就请同事来看。]}
  - id: end
    end: done
`

// backend is what the flow's action calls. hook runs first; the parcel stalled
// has a fact more.
type backend struct {
	mu      sync.Mutex
	hook    func()
	stalled string
}

func (b *backend) Do(_ context.Context, r dialog.ActionRequest) dialog.ActionResult {
	b.mu.Lock()
	hook := b.hook
	b.mu.Unlock()
	if hook != nil {
		hook()
	}
	facts := []dialog.Fact{
		{Name: "运单号", Value: "顺丰速运 " + r.Args["number"]}, {Name: "物流状态", Value: "运输中"},
		{Name: "最新轨迹", Value: "11月20日 14:30 已到达杭州转运中心。"},
	}
	if r.Args["number"] == b.stalled {
		facts = append(facts, dialog.Fact{Name: "停滞", Value: "60 小时无更新"})
	}
	return dialog.ActionResult{Result: json.RawMessage(`{"state_name":"运输中"}`), Facts: facts}
}

// flowsOf gives every bot the test's flow.
type flowsOf struct{ set *flow.Set }

func (f flowsOf) For(string) (dialog.FlowSet, error) { return f.set, nil }

// testDesk is a desk over a real Manager with a store in memory.
type testDesk struct {
	testing.TB
	*Service
	manager *dialog.Manager
	clock   *clock.Fake
	nlu     *scriptedNLU
	shelf   *shelf
	backend *backend
	store   *memory.Store
	options Options
}

var monday = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func newDesk(t testing.TB, change ...func(*Options)) *testDesk {
	t.Helper()
	d := &testDesk{TB: t, clock: clock.NewFake(monday), nlu: &scriptedNLU{}, shelf: newShelf(), backend: &backend{}, store: &memory.Store{}}
	d.manager = d.newManager()
	t.Cleanup(func() {
		if err := d.manager.Close(); err != nil {
			t.Error(err)
		}
	})
	d.options = Options{
		Conversations: d.manager, Analyzer: d.nlu, Retriever: d.shelf, Flows: d.flows(), Profiles: profiles,
		Clock: d.clock, IDs: ident.NewULID(clock.System{}),
	}
	for _, c := range change {
		c(&d.options)
	}
	d.Service = d.another(d.options)
	return d
}

func (d *testDesk) flows() dialog.Flows {
	d.Helper()
	f, err := flow.Read("parcel_track.yaml", []byte(parcelFlow))
	if err != nil {
		d.Fatal(err)
	}
	set, err := flow.NewSet(f)
	if err != nil {
		d.Fatal(err)
	}
	return flowsOf{set}
}

// newManager is another replica over the same store.
func (d *testDesk) newManager() *dialog.Manager {
	d.Helper()
	m, err := dialog.NewManager(dialog.Options{
		Store: d.store, Analyzer: d.nlu, Retriever: d.shelf, Flows: d.flows(), Actions: d.backend, Profiles: profiles,
		Clock: d.clock, IDs: ident.NewULID(clock.System{}),
	})
	if err != nil {
		d.Fatal(err)
	}
	return m
}

func (d *testDesk) another(o Options) *Service {
	d.Helper()
	s, err := New(o)
	if err != nil {
		d.Fatal(err)
	}
	return s
}

func profiles(bot string) (dialog.Profile, error) {
	if bot != "demo" {
		return dialog.Profile{}, fault.New(fault.NotFound, "没有这个机器人。")
	}
	return dialog.Profile{Bot: "demo", Name: "云栖优品", BotName: "小云", Location: time.UTC}, nil
}

// start opens a conversation and lets the visitor say something.
func (d *testDesk) start(customer string, texts ...string) string {
	d.Helper()
	out, err := d.manager.Start(context.Background(), dialog.StartRequest{
		Bot: "demo", Visitor: "v1", Customer: customer, Channel: "web",
	})
	if err != nil {
		d.Fatal(err)
	}
	for _, text := range texts {
		d.say(out.State.ID, text)
	}
	return out.State.ID
}

func (d *testDesk) say(conversation, text string) dialog.Outcome {
	d.Helper()
	out, err := d.manager.Receive(context.Background(), dialog.Incoming{Bot: "demo", Conversation: conversation, Text: text})
	if err != nil {
		d.Fatalf("the visitor's %q: %v", text, err)
	}
	return out
}

func (d *testDesk) claim(conversation string, agent dialog.Actor) {
	d.Helper()
	if _, err := d.Claim(context.Background(), agent, "demo", conversation); err != nil {
		d.Fatal(err)
	}
}

func (d *testDesk) reply(conversation, text string) dialog.Message {
	d.Helper()
	m, err := d.Reply(context.Background(), Reply{Bot: "demo", Conversation: conversation, Agent: lin, Text: text})
	if err != nil {
		d.Fatal(err)
	}
	return m
}

func (d *testDesk) suggestions(conversation, draft string) []dialog.Suggestion {
	d.Helper()
	list, err := d.Suggest(context.Background(), "demo", conversation, draft)
	if err != nil {
		d.Fatal(err)
	}
	checkSuggestions(d, list)
	return list
}

// checkSuggestions holds for every list that an agent is shown.
func checkSuggestions(t testing.TB, list []dialog.Suggestion) {
	t.Helper()
	if len(list) < minSuggestions {
		t.Errorf("%d suggestions, want at least %d", len(list), minSuggestions)
	}
	texts, ids := map[string]bool{}, map[string]bool{}
	for i, s := range list {
		switch {
		case s.Text == "" || s.Title == "" || s.ID == "":
			t.Errorf("suggestion %d lacks something: %+v", i, s)
		case strings.ContainsAny(s.Text, "{}") || strings.Contains(s.Text, "**"):
			t.Errorf("suggestion %d is not ready to send: %q", i, s.Text)
		case len([]rune(s.Text)) > maxAnswer+3:
			t.Errorf("suggestion %d has %d code points", i, len([]rune(s.Text)))
		case s.Score <= 0 || s.Score > 1:
			t.Errorf("suggestion %d has the score %g", i, s.Score)
		case i > 0 && list[i-1].Score < s.Score:
			t.Errorf("suggestion %d (%g) is better than the one before it (%g)", i, s.Score, list[i-1].Score)
		case texts[s.Text] || ids[s.ID]:
			t.Errorf("suggestion %d is there twice: %q", i, s.Text)
		}
		texts[s.Text], ids[s.ID] = true, true
	}
}

func (d *testDesk) state(conversation string) dialog.State {
	d.Helper()
	st, err := d.manager.State(context.Background(), "demo", conversation)
	if err != nil {
		d.Fatal(err)
	}
	return st
}

// events are the data of a conversation's events of one type.
func events[T any](d *testDesk, conversation string, kind dialog.EventType) []T {
	d.Helper()
	all, err := d.manager.Events(context.Background(), "demo", conversation, 0)
	if err != nil {
		d.Fatal(err)
	}
	var list []T
	for _, e := range all {
		if e.Type != kind {
			continue
		}
		var v T
		if err := json.Unmarshal(e.Data, &v); err != nil {
			d.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

// find returns the suggestion from a source, or fails.
func find(t testing.TB, list []dialog.Suggestion, source, part string) dialog.Suggestion {
	t.Helper()
	for _, s := range list {
		if s.Source == source && strings.Contains(s.Text, part) {
			return s
		}
	}
	t.Fatalf("no suggestion from %s with %q among %+v", source, part, list)
	return dialog.Suggestion{}
}

// wantFault checks an error's code and a part of its message.
func wantFault(t testing.TB, err error, code fault.Code, part string) {
	t.Helper()
	if !fault.Is(err, code) || !strings.Contains(err.Error(), part) {
		t.Errorf("error is %v (%s), want %s with %q", err, fault.CodeOf(err), code, part)
	}
}
