package rule

import (
	"slices"
	"sync"

	"github.com/expr-lang/expr"

	"github.com/yingda/yingda/dialog"
)

// React returns what follows from events that are about to be committed; state
// is the one after them. A rule acts when all of its conditions hold and it
// would change something: a tag that is there already is not set again, so a
// rule does not repeat itself with every message. What rules do sets off no
// further rules. A condition that cannot be evaluated does not hold.
func (s *Set) React(state dialog.State, events []dialog.Event) []dialog.Draft {
	if s == nil || len(s.rules) == 0 || len(events) == 0 {
		return nil
	}
	env := environment(state, events)
	var drafts []dialog.Draft
	for _, r := range s.rules {
		if !r.awaits(events) || !r.holds(env) {
			continue
		}
		effects, acted := r.effects(&state)
		if !acted {
			continue
		}
		drafts = append(drafts, effects...)
		drafts = append(drafts, dialog.Draft{
			Type: dialog.RuleFired, Actor: dialog.Actor{Kind: dialog.System, ID: "rule", Name: r.name},
			Data: dialog.Rule{Name: r.name, Webhook: r.then.Webhook},
		})
	}
	return drafts
}

// awaits reports whether an event is of a type that the rule waits for.
func (r *Rule) awaits(events []dialog.Event) bool {
	return len(r.on) == 0 || slices.ContainsFunc(events, func(e dialog.Event) bool { return slices.Contains(r.on, e.Type) })
}

func (r *Rule) holds(env map[string]any) bool {
	if r.when == nil {
		return true
	}
	v, err := expr.Run(r.when, env)
	return err == nil && v == true
}

// effects are the drafts of a rule; s is kept up so that later rules of the
// same commit do not repeat or contradict them.
func (r *Rule) effects(s *dialog.State) (drafts []dialog.Draft, acted bool) {
	me := dialog.Actor{Kind: dialog.System, ID: "rule", Name: r.name}
	add := func(kind dialog.EventType, data any) {
		drafts = append(drafts, dialog.Draft{Type: kind, Actor: me, Data: data})
	}
	for _, tag := range r.then.Tag {
		if !slices.Contains(s.Tags, tag) {
			s.Tags = append(slices.Clip(s.Tags), tag)
			add(dialog.ConversationTagged, dialog.Tag{Name: tag})
		}
	}
	if p := r.then.Priority; p != nil && *p > s.Priority {
		s.Priority = *p
		add(dialog.ConversationPrioritized, dialog.Priority{Level: *p})
	}
	if g := r.then.SkillGroup; g != "" && g != s.SkillGroup {
		s.SkillGroup = g
		add(dialog.ConversationRouted, dialog.Route{SkillGroup: g})
	}
	if r.then.Handoff && s.BotOwns() {
		add(dialog.HandoffRequested, dialog.Handoff{Reason: dialog.ReasonRule, SkillGroup: s.SkillGroup, Packet: packet(*s, r.name)})
		drafts = append(drafts, dialog.Draft{
			Type: dialog.MessageSent, Actor: dialog.Actor{Kind: dialog.Bot, ID: s.Bot},
			Data: dialog.Message{Text: r.then.words(), Kind: dialog.KindHandoff, ReplyTo: s.LastVisitor.ID},
		})
		add(dialog.StatusChanged, dialog.StatusChange{From: s.Status, To: dialog.StatusQueued, Reason: string(dialog.ReasonRule)})
		s.Status = dialog.StatusQueued
	}
	if len(drafts) == 0 && !r.repeats() {
		return nil, false
	}
	if r.then.Note != "" {
		add(dialog.NoteAdded, dialog.Note{Text: r.then.Note})
	}
	return drafts, true
}

// repeats reports whether a rule has no effect that would show that it has
// acted before: then it acts each time its events come.
func (r *Rule) repeats() bool {
	return len(r.then.Tag) == 0 && r.then.Priority == nil && r.then.SkillGroup == "" && !r.then.Handoff
}

// packet is what an agent gets from a rule's hand-off.
func packet(s dialog.State, name string) dialog.Packet {
	p := dialog.Packet{Summary: "按规则「" + name + "」转接。", Intent: s.Matter, Slots: s.Slots, Facts: s.Facts, Shown: s.Shown}
	for _, m := range s.Moods {
		p.Trend = append(p.Trend, m.Sentiment.Label)
	}
	return p
}

// Library holds the rules of all bots. It is safe for concurrent use.
type Library struct {
	mu   sync.RWMutex
	sets map[string]*Set
}

var _ dialog.Rules = (*Library)(nil)

// Put replaces a bot's rules; nil removes them.
func (l *Library) Put(bot string, s *Set) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sets == nil {
		l.sets = map[string]*Set{}
	}
	l.sets[bot] = s
}

// React evaluates the rules of the conversation's bot.
func (l *Library) React(s dialog.State, events []dialog.Event) []dialog.Draft {
	l.mu.RLock()
	set := l.sets[s.Bot]
	l.mu.RUnlock()
	return set.React(s, events)
}
