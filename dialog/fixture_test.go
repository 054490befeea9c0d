package dialog_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/dialog/flow"
	"github.com/yingda/yingda/dialog/memory"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

// mind understands messages of the form "intent|label score|article score|number"
// with every part optional, and plain ones as unclear.
type mind struct {
	mu   sync.Mutex
	down map[string]error
	seen []string
}

func (m *mind) fail(part string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down == nil {
		m.down = map[string]error{}
	}
	m.down[part] = err
}

func (m *mind) Analyze(ctx context.Context, req nlu.Request) (nlu.Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = append(m.seen, req.Text)
	if err := m.down["nlu"]; err != nil {
		return nlu.Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return nlu.Result{}, err
	}
	res := nlu.Result{
		Text: req.Text, Intent: nlu.Intent{Name: "unclear", Confidence: 0.2}, Entities: []nlu.Entity{},
		Sentiment: nlu.Sentiment{Label: nlu.Neutral, Score: 0.9, Scores: nlu.SentimentScores{Neutral: 0.9, Negative: 0.1}},
	}
	parts := strings.Split(req.Text, "|")
	if len(parts) > 1 {
		res.Intent = nlu.Intent{Name: parts[0], Confidence: 0.9}
	}
	if len(parts) > 1 && parts[1] == "negative" {
		res.Sentiment = nlu.Sentiment{Label: nlu.Negative, Score: 0.95, Scores: nlu.SentimentScores{Negative: 0.95, Neutral: 0.05}}
	}
	for _, p := range parts {
		if strings.HasPrefix(p, "JT") {
			res.Entities = append(res.Entities, nlu.Entity{Type: nlu.TrackingNumber, Text: p, Value: p, Confidence: 1})
		}
	}
	res.Intents = []nlu.Intent{res.Intent}
	return res, nil
}

func (m *mind) Search(_ context.Context, q kb.Query) ([]kb.Hit, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.down["kb"]; err != nil {
		return nil, err
	}
	parts := strings.Split(q.Text, "|")
	if len(parts) < 3 || parts[2] == "" {
		return nil, nil
	}
	id, band, _ := strings.Cut(parts[2], " ")
	h := kb.Hit{Article: kb.Article{ID: id, Question: "问题 " + id, Answer: "答案 " + id}, Score: 0.95, Band: kb.Answer}
	if band == "suggest" {
		h.Score, h.Band = 0.6, kb.Suggest
	}
	return []kb.Hit{h}, nil
}

// recorder keeps what was published.
type recorder struct {
	mu     sync.Mutex
	events []dialog.Event
}

func (r *recorder) Publish(events []dialog.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, events...)
}

func (r *recorder) all() []dialog.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]dialog.Event(nil), r.events...)
}

// world is a Manager and what it runs on.
type world struct {
	*dialog.Manager
	t       testing.TB
	store   *memory.Store
	mind    *mind
	clock   *clock.Fake
	actions *action.Registry
	heard   *recorder
	bot     string
}

// tracker is what parcel.track does in these tests.
type tracker func(ctx context.Context, c action.Call) (action.Result, error)

func delivering(_ context.Context, c action.Call) (action.Result, error) {
	return action.Result{
		Value: map[string]any{
			"number": c.Args["number"], "state": "delivering", "state_name": "派送中", "carrier_name": "极兔速递", "latest_at": "今天", "latest": "派送中",
			"courier": "", "eta": "", "stalled": false, "late": false,
		},
		Facts: []dialog.Fact{{Name: "物流状态", Value: "派送中"}},
	}, nil
}

// register adds the actions that the built-in flows call.
func register(t testing.TB, r *action.Registry, track tracker) {
	t.Helper()
	for name, run := range map[string]tracker{
		"parcel.track": track,
		"parcel.urge":  unavailable, "order.list": unavailable, "order.get": unavailable, "order.urge": unavailable,
	} {
		args := map[string]action.Arg{"number": {}, "tail": {}, "only": {}}
		if err := r.Register(action.Spec{Name: name, Args: args, Run: run}); err != nil {
			t.Fatal(err)
		}
	}
}

func unavailable(context.Context, action.Call) (action.Result, error) {
	return action.Result{}, fault.New(fault.Unavailable, "not in this test")
}

// newWorld builds a Manager over memory; change may alter its options.
func newWorld(t testing.TB, track tracker, change func(*dialog.Options)) *world {
	t.Helper()
	w := &world{
		t: t, store: &memory.Store{}, mind: &mind{}, clock: clock.NewFake(noon), actions: action.NewRegistry(), heard: &recorder{}, bot: "demo",
	}
	if track == nil {
		track = delivering
	}
	register(t, w.actions, track)
	library, err := flow.NewLibrary(w.actions.Check)
	if err != nil {
		t.Fatal(err)
	}
	o := dialog.Options{
		Store: w.store, Publisher: w.heard, Analyzer: w.mind, Retriever: w.mind, Flows: library, Actions: w.actions,
		Clock: w.clock, IDs: &ident.Sequence{}, Profiles: profiles,
	}
	if change != nil {
		change(&o)
	}
	if w.Manager, err = dialog.NewManager(o); err != nil {
		t.Fatal(err)
	}
	return w
}

func profiles(bot string) (dialog.Profile, error) {
	if bot != "demo" && bot != "other" {
		return dialog.Profile{}, fault.New(fault.NotFound, "没有机器人 %s。", bot)
	}
	return dialog.Profile{Bot: bot, Name: "云栖优品", BotName: "小云", Menu: []string{"查快递"}, Location: noon.Location()}, nil
}

// begin opens a conversation.
func (w *world) begin() string {
	w.t.Helper()
	out, err := w.Start(context.Background(), dialog.StartRequest{Bot: w.bot, Visitor: "v1", Channel: "web"})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.State.ID
}

// say sends a message.
func (w *world) say(conversation, text string) dialog.Outcome {
	w.t.Helper()
	out, err := w.Receive(context.Background(), dialog.Incoming{Bot: w.bot, Conversation: conversation, Text: text})
	if err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	return out
}

// claim takes a conversation for an agent.
func (w *world) claim(conversation string) {
	w.t.Helper()
	if _, _, err := w.Do(context.Background(), w.bot, conversation, claiming("a1")); err != nil {
		w.t.Fatal(err)
	}
}

func claiming(agent string) func(dialog.State) ([]dialog.Draft, error) {
	return func(s dialog.State) ([]dialog.Draft, error) {
		me := dialog.Actor{Kind: dialog.Agent, ID: agent, Name: agent}
		return []dialog.Draft{{Type: dialog.StatusChanged, Actor: me, Data: dialog.StatusChange{From: s.Status, To: dialog.StatusHuman, Owner: me}}}, nil
	}
}

// data decodes an event's data.
func data[T any](t testing.TB, e dialog.Event) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(e.Data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// count counts the events of a type.
func count(events []dialog.Event, kind dialog.EventType) int {
	n := 0
	for _, e := range events {
		if e.Type == kind {
			n++
		}
	}
	return n
}
