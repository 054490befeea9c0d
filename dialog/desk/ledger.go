package desk

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// maxTurns is how many of the visitor's latest messages a ledger remembers.
const maxTurns = 8

// ledger is what the desk must know of a conversation beside its State. It is
// a fold of the events and is never changed once made: it may be shared.
type ledger struct {
	seq         int64 // of the last event
	lastMessage int64 // Seq of the last message, whoever sent it
	// sent are agents' messages by agent and idempotency key.
	sent map[sender]dialog.Message
	// shown are the visitor's messages whose suggestions were recorded.
	shown map[string]bool
	// offered are the recorded suggestions by id, those of packets too.
	offered map[string]dialog.Suggestion
	// ignored are the suggestions an agent did not want.
	ignored map[string]bool
	turns   []turn // latest last
	// asked is the question the bot's flow waited for when people took over,
	// or has an empty Expects.
	asked dialog.Frame
	known map[string]string // entity values by type, the latest told
	// lookups are what actions found, the latest of each action, oldest first.
	lookups []lookup
}

// lookup is what one action found.
type lookup struct {
	action string
	facts  []dialog.Fact
}

type sender struct{ agent, clientID string }

// turn is one message of the visitor and what it was understood to mean.
type turn struct {
	message  dialog.Message
	analysis dialog.Analyzed
}

func (t turn) intent() string {
	if len(t.analysis.Intents) == 0 {
		return ""
	}
	return t.analysis.Intents[0].Name
}

// ledger returns the ledger of a conversation as it stands in the store.
func (s *Service) ledger(ctx context.Context, bot, conversation string) (*ledger, error) {
	key := bot + "/" + conversation
	l, ok := s.ledgers.Get(key)
	if !ok {
		l = &ledger{}
	}
	events, err := s.conv.Events(ctx, bot, conversation, l.seq)
	if err != nil {
		return nil, err
	}
	next, err := l.after(events)
	if err != nil {
		s.ledgers.Remove(key)
		return nil, err
	}
	if next != l {
		s.ledgers.Add(key, next)
	}
	return next, nil
}

// after returns the ledger that follows from more events.
func (l *ledger) after(events []dialog.Event) (*ledger, error) {
	if len(events) == 0 {
		return l, nil
	}
	next := &ledger{
		seq: l.seq, lastMessage: l.lastMessage, turns: slices.Clone(l.turns), asked: l.asked,
		sent: copied(l.sent), shown: copied(l.shown), offered: copied(l.offered), ignored: copied(l.ignored), known: copied(l.known),
		lookups: slices.Clone(l.lookups),
	}
	for _, e := range events {
		if e.Seq != next.seq+1 {
			return nil, fault.New(fault.Internal, "event %d follows %d in conversation %s", e.Seq, next.seq, e.Conversation)
		}
		next.seq = e.Seq
		fold, ok := folds[e.Type]
		if !ok {
			continue // the State knows it; the desk does not need it
		}
		if err := fold(next, e); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "event %d (%s) of conversation %s cannot be read", e.Seq, e.Type, e.Conversation)
		}
	}
	return next, nil
}

func copied[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}

// on decodes an event's data before a fold sees it.
func on[T any](f func(l *ledger, e dialog.Event, d T)) func(*ledger, dialog.Event) error {
	return func(l *ledger, e dialog.Event) error {
		var d T
		if err := json.Unmarshal(e.Data, &d); err != nil {
			return err
		}
		f(l, e, d)
		return nil
	}
}

var folds = map[dialog.EventType]func(*ledger, dialog.Event) error{
	dialog.MessageReceived: on(func(l *ledger, e dialog.Event, d dialog.Message) {
		l.lastMessage = e.Seq
		if l.turns = append(l.turns, turn{message: d}); len(l.turns) > maxTurns {
			l.turns = l.turns[1:]
		}
	}),
	dialog.MessageAnalyzed: on(func(l *ledger, _ dialog.Event, d dialog.Analyzed) {
		for i := range l.turns {
			if l.turns[i].message.ID == d.Message {
				l.turns[i].analysis = d
			}
		}
		for _, entity := range d.Entities {
			l.known[string(entity.Type)] = entity.Value
		}
	}),
	dialog.MessageSent: on(func(l *ledger, e dialog.Event, d dialog.Message) {
		l.lastMessage = e.Seq
		if e.Actor.Kind == dialog.Agent && d.ClientID != "" {
			l.sent[sender{e.Actor.ID, d.ClientID}] = d
		}
	}),
	dialog.FlowStarted: on(func(l *ledger, _ dialog.Event, d dialog.FlowMark) { l.ask(d) }),
	dialog.FlowMoved:   on(func(l *ledger, _ dialog.Event, d dialog.FlowMark) { l.ask(d) }),
	dialog.FlowResumed: on(func(l *ledger, _ dialog.Event, d dialog.FlowMark) { l.ask(d) }),
	dialog.FlowEnded: on(func(l *ledger, _ dialog.Event, d dialog.FlowMark) {
		if d.Outcome != dialog.FlowHandedOver && l.asked.Flow == d.Flow {
			l.asked = dialog.Frame{}
		}
	}),
	dialog.SlotFilled: on(func(l *ledger, _ dialog.Event, d dialog.Slot) {
		if l.asked.Flow == d.Flow {
			l.asked.Slots = copied(l.asked.Slots)
			l.asked.Slots[d.Name] = d.Value
		}
	}),
	dialog.SlotCleared: on(func(l *ledger, _ dialog.Event, d dialog.Slot) {
		if l.asked.Flow == d.Flow {
			l.asked.Slots = copied(l.asked.Slots)
			delete(l.asked.Slots, d.Name)
		}
	}),
	dialog.ActionReturned: on(func(l *ledger, _ dialog.Event, d dialog.ActionResult) {
		if len(d.Facts) == 0 {
			return
		}
		l.lookups = slices.DeleteFunc(l.lookups, func(k lookup) bool { return k.action == d.Action })
		l.lookups = append(l.lookups, lookup{action: d.Action, facts: d.Facts})
	}),
	dialog.StatusChanged: on(func(l *ledger, _ dialog.Event, d dialog.StatusChange) {
		if d.To == dialog.StatusBot {
			l.asked = dialog.Frame{}
		}
	}),
	dialog.HandoffRequested: on(func(l *ledger, _ dialog.Event, d dialog.Handoff) { l.offer(d.Packet.Suggestions) }),
	dialog.SuggestionsShown: on(func(l *ledger, _ dialog.Event, d dialog.Suggestions) {
		l.shown[d.Message] = true
		l.offer(d.Suggestions)
	}),
	dialog.SuggestionUsed: on(func(l *ledger, _ dialog.Event, d dialog.SuggestionUse) {
		if d.Use == UseIgnored {
			l.ignored[d.Suggestion] = true
		}
	}),
}

// ask notes where the running flow waits.
func (l *ledger) ask(d dialog.FlowMark) {
	if d.Expects == "" && d.Flow != l.asked.Flow {
		return // a flow that asks nothing, such as the one that hands over, hides no question
	}
	slots := l.asked.Slots
	if l.asked.Flow != d.Flow {
		slots = nil
	}
	l.asked = dialog.Frame{Flow: d.Flow, Version: d.Version, Step: d.Step, Expects: d.Expects, Asked: d.Asked, Slots: slots}
}

func (l *ledger) offer(list []dialog.Suggestion) {
	for _, sug := range list {
		l.offered[sug.ID] = sug
	}
}
