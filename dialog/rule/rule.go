// Package rule holds a bot's automations: when something is so, then tag,
// prioritise, route, note, hand off, or tell a webhook. They are read strictly
// from YAML and evaluated on the events of every commit, together with which
// their effects are committed.
//
//	rules:
//	  - name: 大额订单优先
//	    on: [handoff.requested]          # event types; empty means every commit
//	    when: 'priority < 5 && "金卡" in tags'
//	    then:
//	      tag: [vip]
//	      priority: 7                    # 0–9, never lowered by a rule
//	      skill_group: 贵宾
//	      note: 金卡客户，请优先接待
//	      handoff: true                  # with the reason "rule"
//	      say: 这就请专人来接待您          # to the visitor, at the hand-off
//	      webhook: crm                   # name of the subscription that hears of it
//
// Conditions are expr-lang over: event (the latest event's type), events (all
// types of the commit), text (the visitor's last message), intent, confidence,
// sentiment, negative (its probability), emotion, risk (of a dissatisfied
// customer, 0 while unknown), out_of_scope, status, channel, customer, matter,
// reason (of the hand-off), skill_group, priority, tags, misses, turns, slots,
// facts and page (attributes).
package rule

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/internal/yamldoc"
)

// Limits of a file.
const (
	MaxBytes = 64 << 10
	MaxRules = 100
)

const (
	maxPriority = 9
	maxNote     = 500 // code points
)

// file is a list of rules as it is written.
type file struct {
	Rules []struct {
		Name string             `yaml:"name"`
		On   []dialog.EventType `yaml:"on"`
		When string             `yaml:"when"`
		Then then               `yaml:"then"`
	} `yaml:"rules"`
}

type then struct {
	Tag        []string `yaml:"tag"`
	Priority   *int     `yaml:"priority"`
	SkillGroup string   `yaml:"skill_group"`
	Note       string   `yaml:"note"`
	Handoff    bool     `yaml:"handoff"`
	Say        string   `yaml:"say"` // to the visitor at the hand-off
	Webhook    string   `yaml:"webhook"`
}

func (t then) empty() bool {
	return len(t.Tag) == 0 && t.Priority == nil && t.SkillGroup == "" && t.Note == "" && !t.Handoff && t.Webhook == ""
}

// words is what the visitor hears at a rule's hand-off.
func (t then) words() string {
	if t.Say != "" {
		return t.Say
	}
	return "您的问题由专门的客服来处理会更快，正在为您转接，请稍候。"
}

// Rule is one automation, compiled.
type Rule struct {
	name string
	on   []dialog.EventType
	when *vm.Program
	then then
}

// Name returns the rule's name.
func (r *Rule) Name() string { return r.name }

// Set is a bot's rules in their order. It does not change and is safe for
// concurrent use.
type Set struct{ rules []*Rule }

// Rules returns the rules in their order.
func (s *Set) Rules() []*Rule { return slices.Clone(s.rules) }

// knownEvents are the types that a rule may wait for.
var knownEvents = []dialog.EventType{
	dialog.ConversationStarted, dialog.MessageReceived, dialog.MessageAnalyzed, dialog.MessageSent, dialog.SlotFilled,
	dialog.FlowStarted, dialog.FlowEnded, dialog.ActionReturned, dialog.AnswerMissed, dialog.StatusChanged,
	dialog.HandoffRequested,
}

// Read reads rules; name is the file's name in errors, whose Field is
// "name:line". All faults are reported, joined. Codes: Invalid, TooLarge.
func Read(name string, source []byte) (*Set, error) {
	var f file
	doc, err := yamldoc.Read(name, source, MaxBytes, &f)
	if err != nil {
		return nil, err
	}
	if len(f.Rules) > MaxRules {
		doc.Fail("$.rules", "there are %d rules, at most %d are evaluated", len(f.Rules), MaxRules)
	}
	s := &Set{}
	seen := map[string]bool{}
	for i, r := range f.Rules {
		at := fmt.Sprintf("$.rules[%d]", i)
		if r.Name == "" || seen[r.Name] {
			doc.Fail(at, "the rule needs a name of its own, not %q", r.Name)
		}
		seen[r.Name] = true
		for j, e := range r.On {
			if !slices.Contains(knownEvents, e) {
				doc.Fail(fmt.Sprintf("%s.on[%d]", at, j), "a rule cannot wait for %q; it may for %v", e, knownEvents)
			}
		}
		check(doc, at+".then", r.Then)
		rule := &Rule{name: r.Name, on: r.On, then: r.Then}
		if r.When != "" {
			rule.when, err = expr.Compile(r.When, expr.Env(environment(dialog.State{}, nil)), expr.AsBool(), expr.MaxNodes(200))
			if err != nil {
				doc.Fail(at+".when", "%q is not a condition: %s", r.When, err)
			}
		}
		s.rules = append(s.rules, rule)
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// check refuses effects that cannot be had.
func check(doc *yamldoc.Doc, at string, t then) {
	if t.empty() {
		doc.Fail(at, "then is empty: say what the rule does")
	}
	if t.Priority != nil && (*t.Priority < 0 || *t.Priority > maxPriority) {
		doc.Fail(at+".priority", "%d is not a priority; use 0 to %d", *t.Priority, maxPriority)
	}
	if n := len([]rune(t.Note)); n > maxNote {
		doc.Fail(at+".note", "the note has %d characters, at most %d are kept", n, maxNote)
	}
	if t.Say != "" && !t.Handoff {
		doc.Fail(at+".say", "say belongs to handoff: true")
	}
	if slices.Contains(t.Tag, "") {
		doc.Fail(at+".tag", "a tag is empty")
	}
}

// environment is what conditions see.
func environment(s dialog.State, events []dialog.Event) map[string]any {
	types := make([]string, len(events))
	latest := ""
	for i, e := range events {
		types[i] = string(e.Type)
		latest = types[i]
	}
	intent, confidence := "", 0.0
	if len(s.Analysis.Intents) > 0 {
		intent, confidence = s.Analysis.Intents[0].Name, s.Analysis.Intents[0].Confidence
	}
	emotion, risk := "", 0.0
	if s.Analysis.Emotion != nil {
		emotion = s.Analysis.Emotion.Label
	}
	if s.Analysis.Risk != nil {
		risk = *s.Analysis.Risk
	}
	reason := ""
	if s.Handoff != nil {
		reason = string(s.Handoff.Reason)
	}
	facts := make(map[string]string, len(s.Facts))
	for _, f := range s.Facts {
		facts[f.Name] = f.Value
	}
	return map[string]any{
		"event": latest, "events": types, "text": s.LastVisitor.Text, "intent": intent, "confidence": confidence,
		"emotion": emotion, "risk": risk, "out_of_scope": s.Analysis.Scope != nil && !s.Analysis.Scope.In,
		"sentiment": s.Analysis.Sentiment.Label, "negative": s.Analysis.Sentiment.Scores.Negative,
		"status": string(s.Status), "channel": s.Channel, "customer": s.Customer, "matter": s.Matter, "reason": reason,
		"skill_group": s.SkillGroup, "priority": s.Priority, "tags": orEmpty(s.Tags), "misses": s.Misses, "turns": s.Turns,
		"slots": notNil(s.Slots), "facts": facts, "page": notNil(s.Attributes),
	}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func notNil(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
