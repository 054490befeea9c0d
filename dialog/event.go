package dialog

import (
	"encoding/json"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// EventType names a kind of event. The names are stored: never rename one.
type EventType string

// The event types and, beside each, the type of its Data.
const (
	ConversationStarted EventType = "conversation.started" // Started
	MessageReceived     EventType = "message.received"     // Message, from the visitor
	MessageAnalyzed     EventType = "message.analyzed"     // Analyzed
	MessageSent         EventType = "message.sent"         // Message, from bot or agent
	SlotFilled          EventType = "slot.filled"          // Slot
	SlotCleared         EventType = "slot.cleared"         // Slot (Name only)
	FlowStarted         EventType = "flow.started"         // FlowMark
	FlowMoved           EventType = "flow.moved"           // FlowMark: waiting at Step
	FlowResumed         EventType = "flow.resumed"         // FlowMark: back after a digression
	FlowEnded           EventType = "flow.ended"           // FlowMark with Outcome
	ActionCalled        EventType = "action.called"        // ActionCall
	ActionReturned      EventType = "action.returned"      // ActionResult
	AnswerMissed        EventType = "answer.missed"        // Missed: the bot had nothing sure to say
	StatusChanged       EventType = "status.changed"       // StatusChange
	HandoffRequested    EventType = "handoff.requested"    // Handoff
	SuggestionsShown    EventType = "suggestions.shown"    // Suggestions
	SuggestionUsed      EventType = "suggestion.used"      // SuggestionUse: taken, edited or ignored
	NoteAdded           EventType = "note.added"           // Note

	ConversationTagged      EventType = "conversation.tagged"      // Tag
	ConversationPrioritized EventType = "conversation.prioritized" // Priority
	ConversationRouted      EventType = "conversation.routed"      // Route
	RuleFired               EventType = "rule.fired"               // Rule
)

// ActorKind says who caused an event.
type ActorKind string

// The kinds of actor.
const (
	Visitor ActorKind = "visitor"
	Bot     ActorKind = "bot"
	Agent   ActorKind = "agent"
	System  ActorKind = "system"
)

// Actor is who caused an event.
type Actor struct {
	Kind ActorKind `json:"kind"`
	ID   string    `json:"id,omitempty"`
	Name string    `json:"name,omitempty"` // shown to people, never an identifier
}

// Event is one fact of a conversation. Events are append-only; State is a fold of them.
type Event struct {
	ID           string `json:"id"`
	Bot          string `json:"bot"`
	Conversation string `json:"conversation"`
	// Seq counts the events of a conversation from 1 without gaps. It is the
	// cursor of the streams and the optimistic version of the store.
	Seq   int64           `json:"seq"`
	Type  EventType       `json:"type"`
	At    time.Time       `json:"at"`
	Actor Actor           `json:"actor"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// Public reports whether the visitor may see the event. Analyses, notes,
// suggestions, packets and tool results are for the desk only.
func (e Event) Public() bool {
	switch e.Type {
	case ConversationStarted, MessageReceived, MessageSent, StatusChanged:
		return true
	default:
		return false
	}
}

// Started is the data of ConversationStarted.
type Started struct {
	Visitor string `json:"visitor"`
	Channel string `json:"channel"`
	// Customer is the shop's id of the signed-in customer, or empty.
	Customer   string            `json:"customer,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"` // page, product, order the chat was opened from
}

// Button is a choice offered with a message; pressing it sends Text, or opens
// URL where there is one.
type Button struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	// URL is a page, https or a path of the desk's own files, to open.
	URL string `json:"url,omitempty"`
	// Flow is started when Text or Title comes back.
	Flow string `json:"flow,omitempty"`
}

// Message is the data of MessageReceived and MessageSent.
type Message struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	// Markdown is true when Text is Markdown (articles); else it is plain.
	Markdown bool     `json:"markdown,omitempty"`
	Buttons  []Button `json:"buttons,omitempty"`
	// Blocks are images, links and cards that follow the text; what the text
	// says does not need them.
	Blocks []kb.Block `json:"blocks,omitempty"`
	// Attachments are files to download.
	Attachments []kb.Attachment `json:"attachments,omitempty"`
	// Articles are the ids of the articles the text came from.
	Articles []string `json:"articles,omitempty"`
	// ClientID is the sender's idempotency key; a second message with the
	// same one yields the first one's outcome.
	ClientID string `json:"client_id,omitempty"`
	// ReplyTo is the ID of the visitor's message that a bot's message answers.
	ReplyTo string `json:"reply_to,omitempty"`
	// Kind says why the bot spoke: answer, suggest, clarify, flow, handoff,
	// greeting, chitchat, apology. Empty for people.
	Kind string `json:"kind,omitempty"`
	// Offer says what a plain yes to this message means: OfferPerson, or empty.
	Offer string `json:"offer,omitempty"`
	// Auto is the kind of automatic reply that the message is, or empty.
	Auto string `json:"auto,omitempty"`
}

// OfferPerson marks a message that offers to hand the conversation to people.
const OfferPerson = "handoff"

// Candidate is an article considered for a message.
type Candidate struct {
	Article  string  `json:"article"`
	Question string  `json:"question"`
	Score    float64 `json:"score"`
	Band     kb.Band `json:"band"`
}

// Analyzed is the data of MessageAnalyzed.
type Analyzed struct {
	Message    string        `json:"message"` // Message.ID
	Intents    []nlu.Intent  `json:"intents"`
	Sentiment  nlu.Sentiment `json:"sentiment"`
	Entities   []nlu.Entity  `json:"entities,omitempty"`
	Candidates []Candidate   `json:"candidates,omitempty"`
	Scope      *nlu.Scope    `json:"scope,omitempty"`
	Emotion    *nlu.Emotion  `json:"emotion,omitempty"`
	// Segments are the parts of a message that asks for several things.
	Segments []nlu.Segment `json:"segments,omitempty"`
	// Risk is the probability of a dissatisfied customer as of this message.
	Risk *float64 `json:"risk,omitempty"`
	// Degraded names a part that did not answer in time ("nlu", "kb"), or is empty.
	Degraded string `json:"degraded,omitempty"`
}

// Slot is the data of SlotFilled and SlotCleared.
type Slot struct {
	Flow  string `json:"flow"`
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
	// Corrects is true when the visitor replaced an earlier value.
	Corrects bool `json:"corrects,omitempty"`
}

// FlowMark is the data of the flow events.
type FlowMark struct {
	Flow    string `json:"flow"`
	Version string `json:"version,omitempty"` // digest of the flow's source
	Step    string `json:"step,omitempty"`
	// Expects is the slot that the waiting step wants, or empty.
	Expects string `json:"expects,omitempty"`
	Asked   int    `json:"asked,omitempty"` // how often Step has asked in a row
	// Outcome of FlowEnded: done, cancelled, failed, handed_over, superseded.
	Outcome string `json:"outcome,omitempty"`
}

// ActionCall is the data of ActionCalled.
type ActionCall struct {
	Call   string            `json:"call"` // unique; the idempotency key given to the backend
	Action string            `json:"action"`
	Args   map[string]string `json:"args,omitempty"`
	// Flow and As say which flow called, and under which name it keeps the result.
	Flow string `json:"flow,omitempty"`
	As   string `json:"as,omitempty"`
	// Timeout is the flow's limit for this call; 0 leaves it to the action.
	Timeout time.Duration `json:"timeout_ns,omitempty"`
}

// ActionResult is the data of ActionReturned.
type ActionResult struct {
	Call   string          `json:"call"`
	Action string          `json:"action"`
	Result json.RawMessage `json:"result,omitempty"`
	// Fault is the fault code when the action failed, else empty.
	Fault   string        `json:"fault,omitempty"`
	Took    time.Duration `json:"took_ns"`
	Message string        `json:"message,omitempty"` // what went wrong, for the desk
	Flow    string        `json:"flow,omitempty"`
	As      string        `json:"as,omitempty"`
	Facts   []Fact        `json:"facts,omitempty"` // what an agent should see of Result
}

// Missed is the data of AnswerMissed.
type Missed struct {
	Message string `json:"message"`
	Reason  string `json:"reason"` // no_article, low_confidence, repeated, out_of_scope, degraded
}

// Status is where a conversation stands.
type Status string

// The status machine: new → bot → queued → human → closed, with
// queued → bot and human → bot as "returned to bot".
const (
	StatusNew    Status = "new"
	StatusBot    Status = "bot"
	StatusQueued Status = "queued"
	StatusHuman  Status = "human"
	StatusClosed Status = "closed"
)

// StatusChange is the data of StatusChanged.
type StatusChange struct {
	From Status `json:"from"`
	To   Status `json:"to"`
	// Owner is who owns the conversation from now on: the agent for human,
	// nobody for queued and closed, the bot for bot.
	Owner  Actor  `json:"owner,omitzero"`
	Reason string `json:"reason,omitempty"`
}

// HandoffReason says why the bot gave a conversation to people.
type HandoffReason string

// The reasons.
const (
	ReasonAsked    HandoffReason = "asked"    // the visitor wants a person
	ReasonAnger    HandoffReason = "anger"    // strongly negative sentiment or abuse
	ReasonRisk     HandoffReason = "risk"     // predicted dissatisfaction
	ReasonMisses   HandoffReason = "misses"   // the bot missed several times in a row
	ReasonRule     HandoffReason = "rule"     // an automation
	ReasonBusiness HandoffReason = "business" // the matter is reserved to people
	ReasonFailure  HandoffReason = "failure"  // a backend or the bot itself failed
)

// Handoff is the data of HandoffRequested: the context packet, complete
// enough that the agent asks nothing twice.
type Handoff struct {
	Reason     HandoffReason `json:"reason"`
	SkillGroup string        `json:"skill_group,omitempty"`
	Packet     Packet        `json:"packet"`
}

// Packet is what an agent must know at one glance.
type Packet struct {
	// Summary is one or two Chinese sentences: who wants what, how far it got.
	Summary string            `json:"summary"`
	Intent  string            `json:"intent,omitempty"` // the matter, a taxonomy name
	Slots   map[string]string `json:"slots,omitempty"`
	// Facts are parcel and order states as key–value lines in reading order.
	Facts []Fact `json:"facts,omitempty"`
	// Shown are the articles the visitor has already been given.
	Shown []Candidate `json:"shown,omitempty"`
	// Trend is the sentiment of the visitor's messages, oldest first.
	Trend []string `json:"trend,omitempty"`
	// Emotion is the last of the visitor's emotions that was not neutral.
	Emotion string `json:"emotion,omitempty"`
	// Suggestions are the first replies to offer.
	Suggestions []Suggestion `json:"suggestions,omitempty"`
}

// Fact is one line of a packet.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Suggestion is a reply drafted for an agent.
type Suggestion struct {
	ID    string `json:"id"`
	Title string `json:"title"` // what it is about, short
	Text  string `json:"text"`  // ready to send; facts filled in
	// Source is article, flow, state or phrase.
	Source  string  `json:"source"`
	Article string  `json:"article,omitempty"`
	Score   float64 `json:"score"` // probability or rank weight in [0, 1]
}

// Suggestions is the data of SuggestionsShown.
type Suggestions struct {
	Message     string       `json:"message"` // the visitor's message they answer
	Suggestions []Suggestion `json:"suggestions"`
}

// SuggestionUse is the data of SuggestionUsed.
type SuggestionUse struct {
	Suggestion string `json:"suggestion"`
	Use        string `json:"use"` // taken, edited, ignored
	Message    string `json:"message,omitempty"`
}

// Note is the data of NoteAdded: words among agents that the visitor never sees.
type Note struct {
	Text string `json:"text"`
}

// Tag is the data of ConversationTagged.
type Tag struct {
	Name string `json:"name"`
}

// Priority is the data of ConversationPrioritized: 0 waits longest, 9 is served first.
type Priority struct {
	Level int `json:"level"`
}

// Route is the data of ConversationRouted: the skill group that hand-offs go to.
type Route struct {
	SkillGroup string `json:"skill_group"`
}

// Rule is the data of RuleFired.
type Rule struct {
	Name string `json:"name"`
	// Webhook names the subscription that should hear of it, or is empty.
	Webhook string `json:"webhook,omitempty"`
}
