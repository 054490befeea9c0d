package dialog

import (
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
)

// Fold returns the state after e. Replaying a conversation's events from the
// zero State gives its state. An event out of sequence, of another
// conversation, of an unknown type or with unreadable data is fault.Internal:
// the log is broken.
func Fold(s State, e Event) (State, error) {
	if e.Seq != s.Seq+1 {
		return s, fault.New(fault.Internal, "event %d follows %d in conversation %s", e.Seq, s.Seq, e.Conversation)
	}
	if s.Seq > 0 && (e.Conversation != s.ID || e.Bot != s.Bot) {
		return s, fault.New(fault.Internal, "event of %s/%s in conversation %s/%s", e.Bot, e.Conversation, s.Bot, s.ID)
	}
	apply, ok := folds[e.Type]
	if !ok {
		return s, fault.New(fault.Internal, "unknown event type %q; was it written by a newer version?", e.Type)
	}
	next := s
	next.Bot, next.ID = e.Bot, e.Conversation
	next.Seq, next.UpdatedAt = e.Seq, e.At
	if err := apply(&next, e); err != nil {
		return s, fault.Wrap(err, fault.Internal, "event %d (%s) of conversation %s cannot be read", e.Seq, e.Type, e.Conversation)
	}
	return next, nil
}

// Replay folds events onto s.
func Replay(s State, events []Event) (State, error) {
	var err error
	for _, e := range events {
		if s, err = Fold(s, e); err != nil {
			return s, err
		}
	}
	return s, nil
}

// on decodes an event's data before a fold sees it.
func on[T any](f func(s *State, e Event, d T)) func(*State, Event) error {
	return func(s *State, e Event) error {
		var d T
		if err := json.Unmarshal(e.Data, &d); err != nil {
			return err
		}
		f(s, e, d)
		return nil
	}
}

func ignore[T any](*State, Event, T) {}

var folds = map[EventType]func(*State, Event) error{
	ConversationStarted: on(func(s *State, e Event, d Started) {
		s.Visitor, s.Customer, s.Channel, s.Attributes = d.Visitor, d.Customer, d.Channel, d.Attributes
		s.Status, s.StartedAt = StatusNew, e.At
	}),
	MessageReceived: on(foldReceived),
	MessageAnalyzed: on(foldAnalyzed),
	MessageSent:     on(foldSent),
	SlotFilled:      on(foldSlotFilled),
	SlotCleared:     on(foldSlotCleared),
	FlowStarted: on(func(s *State, _ Event, d FlowMark) {
		s.Flows = append(slices.Clip(s.Flows), Frame{Flow: d.Flow, Version: d.Version, Step: d.Step, Expects: d.Expects, Asked: d.Asked})
	}),
	FlowMoved:        on(func(s *State, _ Event, d FlowMark) { s.move(d) }),
	FlowResumed:      on(func(s *State, _ Event, d FlowMark) { s.move(d) }),
	FlowEnded:        on(foldFlowEnded),
	ActionCalled:     on(func(s *State, _ Event, d ActionCall) { s.Pending = &d }),
	ActionReturned:   on(foldActionReturned),
	AnswerMissed:     on(func(s *State, _ Event, _ Missed) { s.Misses++ }),
	StatusChanged:    on(foldStatus),
	HandoffRequested: on(foldHandoff),
	SuggestionsShown: on(ignore[Suggestions]),
	SuggestionUsed:   on(ignore[SuggestionUse]),
	NoteAdded:        on(ignore[Note]),
	MessageRated:     on(ignore[Rating]),
	RuleFired:        on(ignore[Rule]),
	ConversationTagged: on(func(s *State, _ Event, d Tag) {
		if !slices.Contains(s.Tags, d.Name) {
			s.Tags = append(slices.Clip(s.Tags), d.Name)
		}
	}),
	ConversationPrioritized: on(func(s *State, _ Event, d Priority) { s.Priority = d.Level }),
	ConversationRouted:      on(func(s *State, _ Event, d Route) { s.SkillGroup = d.SkillGroup }),
}

func foldReceived(s *State, e Event, d Message) {
	s.Turns++
	if s.Unread++; s.Unread == 1 {
		s.UnreadAt = e.At
	}
	s.VisitorAt, s.Automatic.Last = e.At, false
	s.LastVisitor, s.LastText, s.LastFrom = d, d.Text, Visitor
	s.Analysis = Analyzed{}
	s.Recent = tail(s.Recent, Line{From: Visitor, Text: d.Text}, maxRecent)
	if d.ClientID != "" {
		s.Seen = append(slices.Clip(s.Seen), SeenMessage{ClientID: d.ClientID, Message: d.ID, Seq: e.Seq})
	}
}

func foldAnalyzed(s *State, _ Event, d Analyzed) {
	s.Analysis = d
	mood := Mood{
		Sentiment: d.Sentiment, Length: utf8.RuneCountInString(s.LastVisitor.Text), Outside: d.Scope != nil && !d.Scope.In,
	}
	if d.Emotion != nil {
		mood.Emotion = Emotion{Label: d.Emotion.Label, Score: d.Emotion.Score}
	}
	if len(d.Intents) > 0 {
		mood.Intent = d.Intents[0].Name
		if NamesMatter(mood.Intent) {
			s.Matter = mood.Intent
		}
	}
	s.Moods = tail(s.Moods, mood, maxMoods)
}

func foldSent(s *State, e Event, d Message) {
	s.Recent = tail(s.Recent, Line{From: e.Actor.Kind, Text: d.Text, Kind: d.Kind}, maxRecent)
	s.Automatic.Last = d.Auto != ""
	if d.Auto != "" {
		s.Automatic.Said = with(s.Automatic.Said, d.Auto, Told{s.Automatic.Said[d.Auto].Count + 1, e.At})
	}
	if d.Kind == KindAuto {
		if len(d.Buttons) > 0 && s.BotOwns() {
			s.LastBot = d // its choices can be picked
		}
		return
	}
	s.SpokeAt = e.At
	s.LastText, s.LastFrom = d.Text, e.Actor.Kind
	if e.Actor.Kind == Agent {
		s.Unread, s.UnreadAt = 0, zeroTime
		return
	}
	if s.Status == StatusQueued {
		s.QueueNotices++
	}
	s.LastBot = d
	if d.Kind == KindAnswer {
		s.Misses = 0
	}
	for _, id := range d.Articles {
		s.Shown = slices.DeleteFunc(slices.Clone(s.Shown), func(c Candidate) bool { return c.Article == id })
		shown := Candidate{Article: id}
		for _, c := range s.Analysis.Candidates {
			if c.Article == id {
				shown = c
			}
		}
		s.Shown = tail(s.Shown, shown, maxShown)
	}
}

func foldSlotFilled(s *State, _ Event, d Slot) {
	s.Misses = 0
	s.Slots = with(s.Slots, d.Name, d.Value)
	s.frame(d.Flow, func(f *Frame) {
		f.Slots = with(f.Slots, d.Name, d.Value)
		f.Order = append(slices.DeleteFunc(slices.Clone(f.Order), func(n string) bool { return n == d.Name }), d.Name)
	})
}

func foldSlotCleared(s *State, _ Event, d Slot) {
	s.Slots = without(s.Slots, d.Name)
	s.frame(d.Flow, func(f *Frame) {
		f.Slots = without(f.Slots, d.Name)
		f.Order = slices.DeleteFunc(slices.Clone(f.Order), func(n string) bool { return n == d.Name })
	})
}

func foldFlowEnded(s *State, _ Event, d FlowMark) {
	s.Flows = slices.DeleteFunc(slices.Clone(s.Flows), func(f Frame) bool { return f.Flow == d.Flow })
	if s.Pending != nil && s.Pending.Flow == d.Flow {
		s.Pending = nil
	}
	if d.Outcome == FlowDone {
		s.Misses = 0
	}
}

func foldActionReturned(s *State, _ Event, d ActionResult) {
	s.Pending = nil
	s.learn(d)
	for _, fact := range d.Facts {
		i := slices.IndexFunc(s.Facts, func(f Fact) bool { return f.Name == fact.Name })
		if i < 0 {
			s.Facts = tail(s.Facts, fact, maxFacts)
			continue
		}
		s.Facts = slices.Clone(s.Facts)
		s.Facts[i] = fact
	}
	if d.As == "" {
		return
	}
	s.frame(d.Flow, func(f *Frame) { f.Results = with(f.Results, d.As, d) })
}

func foldStatus(s *State, e Event, d StatusChange) {
	s.Status, s.Owner, s.StatusAt = d.To, d.Owner, e.At
	if e.Actor.Kind != System {
		s.Automatic.Last = false
	}
	switch d.To {
	case StatusQueued:
		s.QueuedAt, s.QueueNotices = e.At, 0
		s.Flows, s.Pending = nil, nil
	case StatusBot:
		s.QueuedAt, s.QueueNotices, s.Misses, s.Unread, s.UnreadAt = zeroTime, 0, 0, 0, zeroTime
		s.Moods = nil // the anger that led to people was dealt with by them
	case StatusHuman, StatusClosed:
		s.Flows, s.Pending = nil, nil
	}
}

func foldHandoff(s *State, _ Event, d Handoff) {
	s.Handoff = &d
	if d.SkillGroup != "" {
		s.SkillGroup = d.SkillGroup
	}
}

// move takes the running flow of d to another step.
func (s *State) move(d FlowMark) {
	s.frame(d.Flow, func(f *Frame) {
		f.Step, f.Expects, f.Asked = d.Step, d.Expects, d.Asked
		if d.Version != "" {
			f.Version = d.Version
		}
	})
}

// frame changes a copy of the named flow's frame; it does nothing when the
// flow does not run.
func (s *State) frame(flow string, change func(*Frame)) {
	for i := range s.Flows {
		if s.Flows[i].Flow == flow {
			s.Flows = slices.Clone(s.Flows)
			change(&s.Flows[i])
			return
		}
	}
}

// tail returns a new slice: list and v, the oldest dropped beyond limit.
func tail[T any](list []T, v T, limit int) []T {
	if drop := len(list) + 1 - limit; drop > 0 {
		list = list[drop:]
	}
	return append(slices.Clip(list), v)
}

func with[V any](m map[string]V, key string, v V) map[string]V {
	c := make(map[string]V, len(m)+1)
	maps.Copy(c, m)
	c[key] = v
	return c
}

func without[V any](m map[string]V, key string) map[string]V {
	c := maps.Clone(m)
	delete(c, key)
	return c
}
