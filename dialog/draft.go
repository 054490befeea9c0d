package dialog

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

var zeroTime time.Time

// Kinds of bot messages, the values of Message.Kind.
const (
	KindAnswer   = "answer"
	KindSuggest  = "suggest"
	KindClarify  = "clarify"
	KindFlow     = "flow"
	KindHandoff  = "handoff"
	KindGreeting = "greeting"
	KindChitchat = "chitchat"
	KindApology  = "apology"
	KindAuto     = "auto" // said by the clock, not in answer to a message
)

// Draft is an event to be: the Manager gives it its id, sequence and time.
type Draft struct {
	Type  EventType
	Actor Actor
	// Data is the struct that belongs to Type. A Message or ActionCall without
	// an id gets one.
	Data any
}

// transitions are the steps of the status machine.
var transitions = map[Status][]Status{
	"":           {},
	StatusNew:    {StatusBot, StatusQueued, StatusHuman, StatusClosed},
	StatusBot:    {StatusQueued, StatusHuman, StatusClosed},
	StatusQueued: {StatusHuman, StatusBot, StatusClosed},
	StatusHuman:  {StatusBot, StatusQueued, StatusHuman, StatusClosed},
	StatusClosed: {},
}

// CanMove reports whether a conversation may go from one status to another.
// human → human passes it from one agent to another.
func CanMove(from, to Status) bool { return slices.Contains(transitions[from], to) }

// check refuses what a state does not allow, whoever drafted it.
func (s State) check(d Draft) error {
	switch data := d.Data.(type) {
	case StatusChange:
		if data.From != s.Status {
			return fault.New(fault.Conflict, "会话状态已变为 %s，请刷新后再操作。", s.Status)
		}
		if !CanMove(data.From, data.To) {
			return fault.New(fault.Conflict, "会话不能从 %s 变为 %s。", data.From, data.To)
		}
	case Message:
		if s.Status == StatusClosed {
			return fault.New(fault.Conflict, "会话已结束，请发起新的会话。")
		}
		if d.Type != MessageSent {
			return nil
		}
		if d.Actor.Kind == Bot && s.Status == StatusHuman && data.Auto == "" {
			return fault.New(fault.Conflict, "会话由坐席接待，机器人不能发言。")
		}
		if d.Actor.Kind == Agent && (s.Status != StatusHuman || s.Owner.ID != d.Actor.ID) {
			return fault.New(fault.Conflict, "会话不在您名下，请先领取。")
		}
	}
	return nil
}

// seal turns drafts into events that follow s, and folds them.
func (m *Manager) seal(s State, drafts []Draft) (State, []Event, error) {
	events := make([]Event, 0, len(drafts))
	now := m.clock.Now().UTC().Truncate(time.Microsecond) // what every store keeps
	for _, d := range drafts {
		if err := s.check(d); err != nil {
			return s, nil, err
		}
		switch data := d.Data.(type) {
		case Message:
			if data.ID == "" {
				data.ID = m.ids.New("msg")
				d.Data = data
			}
		case ActionCall:
			if data.Call == "" {
				data.Call = m.ids.New("call")
				d.Data = data
			}
		}
		data, err := json.Marshal(d.Data)
		if err != nil {
			return s, nil, fault.Wrap(err, fault.Internal, "event %s cannot be written", d.Type)
		}
		e := Event{
			ID: m.ids.New("evt"), Bot: s.Bot, Conversation: s.ID, Seq: s.Seq + 1,
			Type: d.Type, At: now, Actor: d.Actor, Data: data,
		}
		if s, err = Fold(s, e); err != nil {
			return s, nil, err
		}
		events = append(events, e)
	}
	return s, events, nil
}
