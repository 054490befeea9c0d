package dialog

import (
	"time"

	"github.com/yingda/yingda/nlu"
)

// How much of the past a State keeps; the events keep all of it.
const (
	maxRecent = 24
	maxMoods  = 12
	maxShown  = 12
	maxFacts  = 24
)

// State is a conversation as its events tell it. States are values: Fold
// returns a new one and shares what did not change, so a State may be kept
// and read by anybody, and must not be changed in place.
type State struct {
	Bot        string
	ID         string
	Visitor    string
	Customer   string
	Channel    string
	Attributes map[string]string

	Status     Status
	Owner      Actor // the bot, an agent, or nobody
	SkillGroup string
	Priority   int
	Tags       []string

	Seq       int64 // of the last event
	StartedAt time.Time
	UpdatedAt time.Time
	QueuedAt  time.Time // zero unless queued or human
	StatusAt  time.Time // when Status became what it is
	// VisitorAt and SpokeAt are when the visitor wrote last, and when bot or
	// agent did (what the clock made the bot say left out).
	VisitorAt, SpokeAt time.Time
	// UnreadAt is when the first of the Unread messages came; zero for none.
	UnreadAt time.Time
	// Automatic is what was said by automatic replies.
	Automatic Automatic

	// Flows are the running flows, the active one last.
	Flows []Frame
	// Slots are the latest values told, by slot name, whatever became of the flow.
	Slots map[string]string
	// Pending is an action that was called and has not returned.
	Pending *ActionCall
	// Facts are what actions found, latest value by name, in order of first mention.
	Facts []Fact

	// Known are the texts and numbers in what actions returned last, by
	// subject, "order" of order.get, and field.
	Known map[string]map[string]string

	// Turns counts the visitor's messages.
	Turns int
	// Misses counts the bot's misses in a row.
	Misses int
	// Unread counts the visitor's messages since an agent last spoke.
	Unread int
	// QueueNotices counts what the bot said since the hand-off.
	QueueNotices int

	LastVisitor Message
	LastBot     Message
	LastText    string
	LastFrom    ActorKind
	// Analysis is the understanding of LastVisitor, when there is one.
	Analysis Analyzed
	// Matter is the last intent that was about something (not small talk).
	Matter string
	Moods  []Mood
	// Shown are the articles the visitor was given, latest last.
	Shown []Candidate
	// Recent is the tail of the talk, latest last.
	Recent []Line
	// Seen maps the visitor's idempotency keys to messages, oldest first.
	Seen []SeenMessage
	// Handoff is the last hand-off, or nil.
	Handoff *Handoff
}

// Mood is how one message of the visitor sounded.
type Mood struct {
	Sentiment nlu.Sentiment
	Emotion   Emotion
	Intent    string
	// Length is the message's in code points: 没收到 is an answer, not an outburst.
	Length int
	// Outside is true of what is not about the shop: noise, other matters.
	Outside bool
}

// Emotion is what moved a visitor most, with its probability; empty when no
// emotion was read.
type Emotion struct {
	Label string
	Score float64
}

// Line is one message of the talk.
type Line struct {
	From ActorKind
	Text string
	Kind string
}

// SeenMessage is a visitor's message under its idempotency key.
type SeenMessage struct {
	ClientID string
	Message  string
	Seq      int64
}

// Automatic is what automatic replies have said in a conversation.
type Automatic struct {
	// Said is how often each kind was said, and when last.
	Said map[string]Told
	// Last is true from an automatic reply until the visitor, the bot or an
	// agent does something: until then there is no second one.
	Last bool
}

// Told counts what was said.
type Told struct {
	Count int
	At    time.Time
}

// Active returns the running flow, or false.
func (s State) Active() (Frame, bool) {
	if len(s.Flows) == 0 {
		return Frame{}, false
	}
	return s.Flows[len(s.Flows)-1], true
}

// BotOwns reports whether the bot may speak.
func (s State) BotOwns() bool { return s.Status == StatusNew || s.Status == StatusBot }

// Summary returns the row by which the conversation is listed.
func (s State) Summary() Summary {
	sum := Summary{
		Bot: s.Bot, Conversation: s.ID, Visitor: s.Visitor, Customer: s.Customer, Channel: s.Channel,
		Status: s.Status, SkillGroup: s.SkillGroup, Intent: s.Matter, LastText: s.LastText, LastFrom: s.LastFrom,
		Unread: s.Unread, StartedAt: s.StartedAt, UpdatedAt: s.UpdatedAt, QueuedAt: s.QueuedAt, Seq: s.Seq,
	}
	if s.Status == StatusHuman {
		sum.Owner = s.Owner.ID
	}
	if n := len(s.Moods); n > 0 {
		sum.Sentiment = s.Moods[n-1].Sentiment.Label
	}
	return sum
}
