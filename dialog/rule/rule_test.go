package rule_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/memory"
	"github.com/yingda/yingda/dialog/rule"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

const sample = `rules:
  - name: 投诉优先
    on: [message.analyzed]
    when: 'matter == "complaint"'
    then: {tag: [投诉], priority: 6, note: 客户有投诉}
  - name: 大单贵宾
    on: [handoff.requested]
    when: 'page["level"] == "金卡" && reason == "asked"'
    then: {skill_group: 贵宾, priority: 8}
  - name: 海外转人工
    on: [message.received]
    when: 'text contains "海外"'
    then: {handoff: true, skill_group: 海外, say: 海外订单由专人处理，马上转接。}
  - name: 通知
    on: [answer.missed]
    then: {webhook: crm}
`

func read(t *testing.T, source string) *rule.Set {
	t.Helper()
	s, err := rule.Read("rules.yaml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func event(kind dialog.EventType) []dialog.Event { return []dialog.Event{{Type: kind}} }

// types lists what the drafts are.
func types(drafts []dialog.Draft) []string {
	list := []string{}
	for _, d := range drafts {
		list = append(list, string(d.Type))
	}
	return list
}

func TestReact(t *testing.T) {
	complaining := dialog.State{Status: dialog.StatusBot, Matter: "complaint"}
	handled := complaining
	handled.Tags, handled.Priority = []string{"投诉"}, 6
	for _, tt := range []struct {
		name   string
		state  dialog.State
		events []dialog.Event
		want   []string
	}{
		{"condition holds", complaining, event(dialog.MessageAnalyzed), []string{"conversation.tagged", "conversation.prioritized", "note.added", "rule.fired"}},
		{"once only", handled, event(dialog.MessageAnalyzed), nil},
		{"another event", complaining, event(dialog.MessageSent), nil},
		{"condition does not hold", dialog.State{Matter: "order_query"}, event(dialog.MessageAnalyzed), nil},
		{"hand-off with the page", dialog.State{
			Status: dialog.StatusQueued, Attributes: map[string]string{"level": "金卡"}, Handoff: &dialog.Handoff{Reason: dialog.ReasonAsked},
		}, event(dialog.HandoffRequested), []string{"conversation.prioritized", "conversation.routed", "rule.fired"}},
		{"hand-off without the page", dialog.State{Handoff: &dialog.Handoff{Reason: dialog.ReasonAsked}}, event(dialog.HandoffRequested), nil},
		{"hands off", dialog.State{Status: dialog.StatusBot, LastVisitor: dialog.Message{Text: "海外能寄吗"}}, event(dialog.MessageReceived), []string{
			"conversation.routed", "handoff.requested", "message.sent", "status.changed", "rule.fired",
		}},
		{"does not hand off twice", dialog.State{
			Status: dialog.StatusHuman, SkillGroup: "海外", LastVisitor: dialog.Message{Text: "海外能寄吗"},
		}, event(dialog.MessageReceived), nil},
		{"webhook each time", dialog.State{Status: dialog.StatusBot}, event(dialog.AnswerMissed), []string{"rule.fired"}},
		{"no events", complaining, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := types(read(t, sample).React(tt.state, tt.events))
			if diff := cmp.Diff(append([]string{}, tt.want...), got); diff != "" {
				t.Errorf("drafts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPriorityIsNeverLowered(t *testing.T) {
	set := read(t, "rules: [{name: low, then: {priority: 2}}, {name: high, then: {priority: 5}}, {name: mid, then: {priority: 3}}]")
	var levels []int
	for _, d := range set.React(dialog.State{Priority: 1}, event(dialog.MessageReceived)) {
		if p, ok := d.Data.(dialog.Priority); ok {
			levels = append(levels, p.Level)
		}
	}
	if diff := cmp.Diff([]int{2, 5}, levels); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
}

func TestConditionThatFailsDoesNotHold(t *testing.T) {
	set := read(t, `rules: [{name: x, when: 'int(text) > 3', then: {tag: [n]}}]`)
	if got := set.React(dialog.State{LastVisitor: dialog.Message{Text: "not a number"}}, event(dialog.MessageReceived)); len(got) != 0 {
		t.Errorf("drafts %v, want none", types(got))
	}
	if got := set.React(dialog.State{LastVisitor: dialog.Message{Text: "7"}}, event(dialog.MessageReceived)); len(got) != 2 {
		t.Errorf("drafts %v, want two", types(got))
	}
}

// TestConditionsOverWhatWasRead: scope, emotion and risk, known or not.
func TestConditionsOverWhatWasRead(t *testing.T) {
	set := read(t, `rules: [{name: x, when: 'risk > 0.5 || emotion == "anger" || out_of_scope', then: {tag: [n]}}]`)
	high, low := 0.9, 0.1
	for name, tt := range map[string]struct {
		analysis dialog.Analyzed
		holds    bool
	}{
		"nothing known": {dialog.Analyzed{}, false},
		"low risk":      {dialog.Analyzed{Risk: &low, Scope: &nlu.Scope{In: true}, Emotion: &nlu.Emotion{Label: nlu.Joy}}, false},
		"high risk":     {dialog.Analyzed{Risk: &high}, true},
		"anger":         {dialog.Analyzed{Emotion: &nlu.Emotion{Label: nlu.Anger}}, true},
		"out of scope":  {dialog.Analyzed{Scope: &nlu.Scope{Score: .9}}, true},
	} {
		if got := set.React(dialog.State{Analysis: tt.analysis}, event(dialog.MessageAnalyzed)); len(got) > 0 != tt.holds {
			t.Errorf("%s: drafts %v", name, types(got))
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct{ name, source, line, want string }{
		{"unknown key", "rules:\n  - name: a\n    wenn: x\n    then: {tag: [a]}", ":3", "wenn"},
		{"no name", "rules:\n  - then: {tag: [a]}", ":2", "name of its own"},
		{"name twice", "rules:\n  - {name: a, then: {tag: [a]}}\n  - {name: a, then: {tag: [b]}}", ":3", "name of its own"},
		{"unknown event", "rules:\n  - name: a\n    on: [message.eaten]\n    then: {tag: [a]}", ":3", "message.eaten"},
		{"nothing to do", "rules:\n  - name: a\n    then: {}", "", "then is empty"},
		{"priority", "rules:\n  - name: a\n    then: {priority: 10}", ":3", "not a priority"},
		{"unknown value", "rules:\n  - name: a\n    when: 'weather == 1'\n    then: {tag: [a]}", ":3", "weather"},
		{"not a boolean", "rules:\n  - name: a\n    when: 'misses'\n    then: {tag: [a]}", ":3", "condition"},
		{"say alone", "rules:\n  - name: a\n    then: {say: x}", ":3", ""},
		{"empty tag", "rules:\n  - name: a\n    then: {tag: ['']}", ":3", "tag is empty"},
		{"long note", "rules:\n  - name: a\n    then: {note: " + strings.Repeat("长", 501) + "}", ":3", "at most 500"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rule.Read("r.yaml", []byte(tt.source))
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("error %v, want invalid", err)
			}
			if !strings.Contains(err.Error(), "r.yaml"+tt.line) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want r.yaml%s and %q", err, tt.line, tt.want)
			}
		})
	}
	if _, err := rule.Read("r.yaml", make([]byte, rule.MaxBytes+1)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a huge file: %v, want too_large", err)
	}
}

// silent understands nothing and finds nothing.
type silent struct{}

func (silent) Analyze(_ context.Context, req nlu.Request) (nlu.Result, error) {
	return nlu.Result{Text: req.Text, Intent: nlu.Intent{Name: "unclear", Confidence: 0.2}, Entities: []nlu.Entity{}}, nil
}

func (silent) Search(context.Context, kb.Query) ([]kb.Hit, error) { return nil, nil }

// TestManagerCommitsWhatRulesDo runs a rule where it lives: in a commit.
func TestManagerCommitsWhatRulesDo(t *testing.T) {
	rules := &rule.Library{}
	rules.Put("demo", read(t, sample))
	m, err := dialog.NewManager(dialog.Options{
		Store: &memory.Store{}, Analyzer: silent{}, Retriever: silent{}, Rules: rules, Clock: clock.NewFake(time.Unix(1e9, 0)), IDs: &ident.Sequence{},
		Profiles: func(bot string) (dialog.Profile, error) { return dialog.Profile{Bot: bot}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.Start(t.Context(), dialog.StartRequest{Bot: "demo", Visitor: "v"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Receive(t.Context(), dialog.Incoming{Bot: "demo", Conversation: out.State.ID, Text: "海外能寄吗"})
	if err != nil {
		t.Fatal(err)
	}
	if got.State.Status != dialog.StatusQueued || got.State.SkillGroup != "海外" || got.State.Handoff.Reason != dialog.ReasonRule {
		t.Errorf("state %s, group %q, hand-off %+v", got.State.Status, got.State.SkillGroup, got.State.Handoff)
	}
	last := got.Replies[len(got.Replies)-1]
	if last.Text != "海外订单由专人处理，马上转接。" {
		t.Errorf("the last reply is %q", last.Text)
	}
	events, err := m.Events(t.Context(), "demo", out.State.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	var fired []string
	for _, e := range events {
		if e.Type == dialog.RuleFired {
			var r dialog.Rule
			if err := json.Unmarshal(e.Data, &r); err != nil {
				t.Fatal(err)
			}
			fired = append(fired, r.Name)
		}
	}
	if diff := cmp.Diff([]string{"海外转人工", "通知"}, fired); diff != "" {
		t.Errorf("rules fired (-want +got):\n%s", diff)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("rules: [{name: a, when: 'true', then: {tag: [x]}}]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		s, err := rule.Read("r.yaml", source)
		if (s == nil) == (err == nil) {
			t.Fatalf("rules %v with error %v", s, err)
		}
		if s != nil {
			s.React(dialog.State{Status: dialog.StatusBot}, event(dialog.MessageReceived))
		}
	})
}

func BenchmarkReact(b *testing.B) {
	s, err := rule.Read("rules.yaml", []byte(sample))
	if err != nil {
		b.Fatal(err)
	}
	state := dialog.State{Status: dialog.StatusBot, LastVisitor: dialog.Message{Text: "你好"}}
	for b.Loop() {
		s.React(state, event(dialog.MessageReceived))
	}
}
