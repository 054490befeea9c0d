package dialog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/flow"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// handoffOf returns the packet of the latest hand-off.
func handoffOf(t *testing.T, out dialog.Outcome) dialog.Handoff {
	t.Helper()
	for _, e := range slices.Backward(out.Events) {
		if e.Type == dialog.HandoffRequested {
			return data[dialog.Handoff](t, e)
		}
	}
	t.Fatalf("no hand-off among %d events", len(out.Events))
	return dialog.Handoff{}
}

func TestPacketSparesRepeating(t *testing.T) {
	w := newWorld(t, nil, nil)
	out, err := w.Start(context.Background(), dialog.StartRequest{Bot: "demo", Visitor: "v", Customer: "c1001", Channel: "web"})
	if err != nil {
		t.Fatal(err)
	}
	c := out.State.ID
	w.say(c, "refund_status|negative|a7")
	w.say(c, "parcel_track|||JT3051827746092")
	h := handoffOf(t, w.say(c, "转人工"))
	if h.Reason != dialog.ReasonAsked {
		t.Errorf("reason %s", h.Reason)
	}
	p := h.Packet
	if p.Slots["tracking_number"] != "JT3051827746092" {
		t.Errorf("slots %v", p.Slots)
	}
	if diff := cmp.Diff([]dialog.Fact{{Name: "物流状态", Value: "派送中"}}, p.Facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if len(p.Shown) != 1 || p.Shown[0].Article != "a7" || p.Shown[0].Question != "问题 a7" {
		t.Errorf("shown %v", p.Shown)
	}
	if diff := cmp.Diff([]string{nlu.Negative, nlu.Neutral, nlu.Neutral}, p.Trend); diff != "" {
		t.Errorf("trend (-want +got):\n%s", diff)
	}
	for _, want := range []string{"客户 c1001", "查物流", "要求人工", "JT3051827746092"} {
		if !strings.Contains(p.Summary, want) {
			t.Errorf("the summary lacks %q: %s", want, p.Summary)
		}
	}
}

func TestPacketSuggestsWhatMayAnswer(t *testing.T) {
	w := newWorld(t, nil, nil)
	c := w.begin()
	w.say(c, "嘟嘟")
	w.say(c, "嘟嘟囔囔")
	h := handoffOf(t, w.say(c, "abuse|negative|a1 suggest|我打12315投诉"))
	if h.Reason != dialog.ReasonAnger || len(h.Packet.Suggestions) != 1 {
		t.Fatalf("hand-off %+v", h)
	}
	if s := h.Packet.Suggestions[0]; s.Article != "a1" || s.Source != "article" || s.Text != "答案 a1" || s.Score != 0.6 {
		t.Errorf("suggestion %+v", s)
	}
}

func TestSmallTalkVariesAndReplays(t *testing.T) {
	talk := func() []string {
		w := newWorld(t, nil, nil)
		c := w.begin()
		var said []string
		for range 6 {
			said = append(said, w.say(c, "thanks|").Replies[0].Text)
		}
		return said
	}
	first := talk()
	for i := 1; i < len(first); i++ {
		if first[i] == first[i-1] {
			t.Errorf("the same words twice in a row: %s", first[i])
		}
	}
	if diff := cmp.Diff(first, talk()); diff != "" {
		t.Errorf("the same conversation went differently:\n%s", diff)
	}
}

func TestMissLimitOfTheProfile(t *testing.T) {
	for limit, turns := range map[int]int{1: 2, 3: 4, 5: 6} {
		w := newWorld(t, nil, func(o *dialog.Options) {
			o.Profiles = func(bot string) (dialog.Profile, error) {
				p, err := profiles(bot)
				p.MissLimit = limit
				return p, err
			}
		})
		c := w.begin()
		for i := range turns {
			out := w.say(c, fmt.Sprintf("嘟嘟囔囔%d", i))
			offered := out.Replies[0].Offer == dialog.OfferPerson
			if i == limit-1 && !offered {
				t.Errorf("limit %d: no person offered at miss %d", limit, i+1)
			}
			if queued := out.State.Status == dialog.StatusQueued; queued != (i == turns-1) {
				t.Errorf("limit %d: after miss %d status %s", limit, i+1, out.State.Status)
			}
		}
	}
}

func TestRepliesOfTheProfile(t *testing.T) {
	own := func(replies map[string][]string) func(*dialog.Options) {
		return func(o *dialog.Options) {
			o.Profiles = func(bot string) (dialog.Profile, error) {
				p, err := profiles(bot)
				p.Replies = replies
				return p, err
			}
		}
	}
	w := newWorld(t, nil, own(map[string][]string{"thanks": {"{{.Shop}}谢谢您"}}))
	if got := w.say(w.begin(), "thanks|").Replies[0].Text; got != "云栖优品谢谢您" {
		t.Errorf("the bot said %q", got)
	}
	w = newWorld(t, nil, own(map[string][]string{"thanks": {"{{.Nobody}}"}}))
	if _, err := w.Receive(context.Background(), dialog.Incoming{Bot: "demo", Conversation: w.begin(), Text: "thanks|"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("broken replies: %v, want invalid", err)
	}
}

// extractor finds one tracking number.
type extractor struct{}

func (extractor) Extract(text string, _ time.Time) []nlu.Entity {
	if i := strings.Index(text, "JT"); i >= 0 {
		return []nlu.Entity{{Type: nlu.TrackingNumber, Value: text[i:]}}
	}
	return nil
}

func TestWithoutModelsEntitiesAreFound(t *testing.T) {
	w := newWorld(t, nil, func(o *dialog.Options) { o.Extractor = extractor{} })
	w.mind.fail("nlu", fault.New(fault.Busy, "too many"))
	out := w.say(w.begin(), "帮我看看JT3051827746092")
	if len(out.Replies) != 1 || !strings.Contains(out.Replies[0].Text, "派送") {
		t.Errorf("replies %v", out.Replies)
	}
	if a := out.State.Analysis; a.Degraded != "nlu" || len(a.Entities) != 1 {
		t.Errorf("analysis %+v", a)
	}
}

// slowMind answers when its time is up.
type slowMind struct{ mind }

func (m *slowMind) Analyze(ctx context.Context, _ nlu.Request) (nlu.Result, error) {
	<-ctx.Done()
	return nlu.Result{}, ctx.Err()
}

func TestSlowModelsAreLeftBehind(t *testing.T) {
	w := newWorld(t, nil, func(o *dialog.Options) { o.Analyzer, o.AnalyzeTimeout = &slowMind{}, 5*time.Millisecond })
	start := time.Now()
	out := w.say(w.begin(), "你们这衣服起球吗")
	if took := time.Since(start); took > time.Second {
		t.Errorf("the turn took %s", took)
	}
	if out.Replies[0].Kind != dialog.KindApology || out.Replies[0].Offer != dialog.OfferPerson || out.State.Misses != 1 {
		t.Errorf("reply %+v, misses %d", out.Replies[0], out.State.Misses)
	}
}

func TestReferences(t *testing.T) {
	w := newWorld(t, nil, nil)
	for _, tt := range []struct{ text, understood string }{
		{"第一个", "查快递"}, {"1", "查快递"}, {"查快递", "查快递"}, {"最后一个", "查快递"}, {"是的", "查快递"}, {"第二个", "第二个"}, {"你好", "你好"},
	} {
		c := w.begin()
		w.say(c, "greeting|") // shows the menu: one button
		w.say(c, tt.text)
		if got := w.mind.seen[len(w.mind.seen)-1]; got != tt.understood {
			t.Errorf("%s was understood as %q, want %q", tt.text, got, tt.understood)
		}
	}
	c := w.begin()
	w.say(c, "greeting|")
	out := w.say(c, "1")
	if out.Message.Text != "1" {
		t.Errorf("the message was stored as %q", out.Message.Text)
	}
}

// chatty is a flow that says many things at once.
const chatty = `flow: chatty
title: 话多
triggers: {phrases: ['^说吧$']}
steps:
  - {id: a, say: [一], next: b}
  - {id: b, say: [二], next: c}
  - {id: c, say: [三], next: d}
  - {id: d, say: [四], next: e}
  - {id: e, say: [五], buttons: [{title: 好}], next: f}
  - {id: f, say: [六], next: g}
  - {id: g, end: done}
`

// ownFlows gives every bot these flows beside the built-in ones.
func ownFlows(t *testing.T, sources ...string) func(*dialog.Options) {
	t.Helper()
	var flows []*flow.Flow
	for i, source := range sources {
		f, err := flow.Read(fmt.Sprintf("f%d.yaml", i), []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		flows = append(flows, f)
	}
	return func(o *dialog.Options) {
		library, err := flow.NewLibrary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := library.Put("demo", flows); err != nil {
			t.Fatal(err)
		}
		o.Flows = library
	}
}

func TestRepliesAreBounded(t *testing.T) {
	w := newWorld(t, nil, ownFlows(t, chatty))
	out := w.say(w.begin(), "说吧")
	var texts []string
	for _, m := range out.Replies {
		texts = append(texts, m.Text)
	}
	if diff := cmp.Diff([]string{"一", "二", "三", "四\n五\n六"}, texts); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
	if len(out.Replies[3].Buttons) != 1 {
		t.Errorf("the buttons were lost: %+v", out.Replies[3])
	}
}

// asking is a flow that wants a word.
func asking(name string) string {
	return fmt.Sprintf(`flow: %[1]s
title: 流程%[1]s
triggers: {phrases: ['^%[1]s$']}
slots: {one: {pattern: '甲'}, two: {pattern: '乙'}}
steps:
  - {id: a, collect: {slot: one, prompt: ['%[1]s要甲']}, next: b}
  - {id: b, collect: {slot: two, prompt: ['%[1]s要乙']}, next: c}
  - {id: c, end: done}
`, name)
}

// TestStackOfFlows: flows wait below each other, three at most, and are taken
// up again from the top.
func TestStackOfFlows(t *testing.T) {
	w := newWorld(t, nil, ownFlows(t, asking("f1"), asking("f2"), asking("f3"), asking("f4")))
	c := w.begin()
	var out dialog.Outcome
	for _, name := range []string{"f1", "f2", "f3"} {
		w.say(c, name)
		out = w.say(c, "甲")
	}
	if n := len(out.State.Flows); n != 3 {
		t.Fatalf("%d flows under way, want 3", n)
	}
	out = w.say(c, "f4")
	var names []string
	for _, f := range out.State.Flows {
		names = append(names, f.Flow)
	}
	if diff := cmp.Diff([]string{"f1", "f2", "f4"}, names); diff != "" {
		t.Errorf("flows (-want +got):\n%s", diff)
	}
	w.say(c, "甲")
	out = w.say(c, "乙")
	if top, _ := out.State.Active(); top.Flow != "f2" || top.Step != "b" || !strings.Contains(out.Replies[len(out.Replies)-1].Text, "流程f2") {
		t.Errorf("f4 is done, and %s at %s goes on, saying %q", top.Flow, top.Step, out.Replies[len(out.Replies)-1].Text)
	}
	w.say(c, "乙")
	out = w.say(c, "乙")
	if len(out.State.Flows) != 0 {
		t.Errorf("flows %v are left", out.State.Flows)
	}
	if len(out.Replies) != 1 {
		t.Errorf("a flow that ends without a word says %d messages, want one", len(out.Replies))
	}
}

func TestWaitingFlowAskedForAgainStartsAnew(t *testing.T) {
	w := newWorld(t, nil, ownFlows(t, asking("f1"), asking("f2")))
	c := w.begin()
	for _, text := range []string{"f1", "甲", "f2", "甲"} {
		w.say(c, text)
	}
	out := w.say(c, "f1")
	if len(out.State.Flows) != 2 || out.State.Flows[1].Flow != "f1" || len(out.State.Flows[1].Slots) != 0 {
		t.Errorf("flows %+v", out.State.Flows)
	}
}

func TestFlowsTakenAway(t *testing.T) {
	w := newWorld(t, nil, ownFlows(t, asking("f1")))
	c := w.begin()
	w.say(c, "f1")
	o := w.Options
	o.Flows, o.Actions = nil, nil
	m, err := dialog.NewManager(o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.Receive(context.Background(), dialog.Incoming{Bot: "demo", Conversation: c, Text: "x||a1"})
	if err != nil || len(out.State.Flows) != 0 || out.Replies[0].Text != "答案 a1" {
		t.Errorf("flows %v, replies %v, %v", out.State.Flows, out.Replies, err)
	}
}

// nowhere has no flows to give.
type nowhere struct{}

func (nowhere) For(string) (dialog.FlowSet, error) { return nil, fault.New(fault.Unavailable, "gone") }

func TestFlowsThatCannotBeHad(t *testing.T) {
	w := newWorld(t, nil, func(o *dialog.Options) { o.Flows = nowhere{} })
	c := w.begin()
	if _, err := w.Receive(context.Background(), dialog.Incoming{Bot: "demo", Conversation: c, Text: "你好"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("error %v, want unavailable", err)
	}
}

// two hits of which the second has the very words of the message.
type exact struct{}

func (exact) Search(context.Context, kb.Query) ([]kb.Hit, error) {
	return []kb.Hit{
		{Article: kb.Article{ID: "near", Question: "发票抬头", Answer: "近"}, Score: 0.9, Band: kb.Answer},
		{Article: kb.Article{ID: "very", Question: "发票怎么开？", Answer: "正"}, Score: 0.5, Band: kb.Suggest},
	}, nil
}

func TestVeryQuestionWins(t *testing.T) {
	w := newWorld(t, nil, func(o *dialog.Options) { o.Retriever = exact{} })
	if out := w.say(w.begin(), "发票怎么开"); out.Replies[0].Articles[0] != "very" {
		t.Errorf("answered with %v", out.Replies[0].Articles)
	}
	if out := w.say(w.begin(), "发票咋弄"); out.Replies[0].Articles[0] != "near" {
		t.Errorf("answered with %v", out.Replies[0].Articles)
	}
}

func TestSummaryOfAState(t *testing.T) {
	w := newWorld(t, nil, nil)
	c := w.begin()
	w.say(c, "complaint|negative")
	w.say(c, "转人工")
	list, err := w.Summaries(context.Background(), dialog.Filter{Bot: "demo"})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d summaries, %v", len(list), err)
	}
	s := list[0]
	if s.Status != dialog.StatusQueued || s.Intent != "complaint" || s.Sentiment != nlu.Neutral || s.Unread != 2 || s.LastFrom != dialog.Bot || s.QueuedAt.IsZero() || s.Owner != "" {
		t.Errorf("summary %+v", s)
	}
	w.claim(c)
	list, err = w.Summaries(context.Background(), dialog.Filter{Bot: "demo", Owner: "a1"})
	if err != nil || len(list) != 1 || list[0].Status != dialog.StatusHuman {
		t.Errorf("the agent's conversations %+v, %v", list, err)
	}
}

// TestEveryHandoffIsAnnounced: whatever the reason, the visitor is told.
func TestEveryHandoffIsAnnounced(t *testing.T) {
	for _, reason := range []dialog.HandoffReason{
		dialog.ReasonAsked, dialog.ReasonAnger, dialog.ReasonRisk, dialog.ReasonMisses, dialog.ReasonRule, dialog.ReasonBusiness, dialog.ReasonFailure,
	} {
		w := newWorld(t, nil, ownFlows(t, fmt.Sprintf(`flow: over
title: 转
triggers: {phrases: ['^转一下$']}
steps: [{id: a, handoff: {reason: %s}}]
`, reason)))
		out := w.say(w.begin(), "转一下")
		if len(out.Replies) != 1 || out.Replies[0].Text == "" || out.Replies[0].Kind != dialog.KindHandoff || out.State.Handoff.Reason != reason {
			t.Errorf("%s: replies %v, hand-off %+v", reason, out.Replies, out.State.Handoff)
		}
	}
}

func TestCanMove(t *testing.T) {
	for _, tt := range []struct {
		from, to dialog.Status
		ok       bool
	}{
		{dialog.StatusNew, dialog.StatusBot, true}, {dialog.StatusBot, dialog.StatusQueued, true}, {dialog.StatusQueued, dialog.StatusHuman, true},
		{dialog.StatusHuman, dialog.StatusBot, true}, {dialog.StatusQueued, dialog.StatusBot, true}, {dialog.StatusHuman, dialog.StatusHuman, true},
		{dialog.StatusHuman, dialog.StatusClosed, true}, {dialog.StatusClosed, dialog.StatusBot, false}, {dialog.StatusBot, dialog.StatusNew, false},
		{dialog.StatusBot, dialog.StatusBot, false}, {"", dialog.StatusBot, false},
	} {
		if got := dialog.CanMove(tt.from, tt.to); got != tt.ok {
			t.Errorf("CanMove(%s, %s) = %t", tt.from, tt.to, got)
		}
	}
}

func TestPublicEvents(t *testing.T) {
	for kind, want := range map[dialog.EventType]bool{
		dialog.MessageSent: true, dialog.StatusChanged: true, dialog.MessageAnalyzed: false, dialog.NoteAdded: false, dialog.RuleFired: false,
		dialog.ConversationTagged: false, dialog.HandoffRequested: false, dialog.ActionReturned: false,
	} {
		if got := (dialog.Event{Type: kind}).Public(); got != want {
			t.Errorf("%s is public: %t", kind, got)
		}
	}
}
