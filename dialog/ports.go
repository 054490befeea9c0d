package dialog

import (
	"context"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// Commit is a set of events to append at once.
type Commit struct {
	Bot          string
	Conversation string
	// Version is the Seq of the last event the writer saw; 0 begins a
	// conversation. When the stored one differs, nothing is written and the
	// fault is Conflict.
	Version int64
	Events  []Event // Seq Version+1 …; never empty
	// Summary is the folded state after the events, stored beside them for
	// lists and queues.
	Summary Summary
	// IdempotencyKey, of a conversation's first commit only: when the bot has
	// a conversation begun with it, nothing is written and Existing is returned.
	IdempotencyKey string
}

// Summary is the row by which conversations are listed.
type Summary struct {
	Bot          string    `json:"bot"`
	Conversation string    `json:"conversation"`
	Visitor      string    `json:"visitor"`
	Customer     string    `json:"customer,omitempty"`
	Channel      string    `json:"channel"`
	Status       Status    `json:"status"`
	Owner        string    `json:"owner,omitempty"` // agent id while human
	SkillGroup   string    `json:"skill_group,omitempty"`
	Intent       string    `json:"intent,omitempty"`
	Sentiment    string    `json:"sentiment,omitempty"`
	LastText     string    `json:"last_text"`
	LastFrom     ActorKind `json:"last_from"`
	Unread       int       `json:"unread"` // visitor messages since the last agent message
	StartedAt    time.Time `json:"started_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	QueuedAt     time.Time `json:"queued_at,omitzero"`
	Seq          int64     `json:"seq"`
}

// Store keeps events. One Append is one transaction: events, summary and outbox.
type Store interface {
	// Events returns the events of a conversation with Seq > after, in order.
	// An unknown conversation, or one of another bot, is fault.NotFound.
	Events(ctx context.Context, bot, conversation string, after int64) ([]Event, error)
	// Append writes a commit. It returns the conversation's id: another than
	// the commit's when IdempotencyKey was used before.
	Append(ctx context.Context, c Commit) (conversation string, err error)
	// Summaries lists conversations, those waiting longest first.
	Summaries(ctx context.Context, f Filter) ([]Summary, error)
}

// Filter selects conversations; zero fields do not restrict.
type Filter struct {
	Bot      string // required
	Statuses []Status
	Owner    string
	Visitor  string
	Limit    int // 0 means 100; at most 500
}

// Publisher hears of every committed event, after the commit, in Seq order for
// each conversation. It must not block; a slow listener resyncs from the store.
type Publisher interface {
	Publish(events []Event)
}

// Analyzer is nlu.Analyzer, as the Manager needs it.
type Analyzer interface {
	Analyze(ctx context.Context, req nlu.Request) (nlu.Result, error)
}

// RiskReader is nlu.Pipeline, as far as the Manager asks it for the risk.
type RiskReader interface {
	// Risk returns the probability that the customer of these turns, oldest
	// first, will be dissatisfied; ok is false when it cannot be told.
	Risk(ctx context.Context, bot string, turns []nlu.Turn) (risk float64, ok bool, err error)
}

// Retriever is kb.Retriever, as the Manager needs it.
type Retriever interface {
	Search(ctx context.Context, q kb.Query) ([]kb.Hit, error)
}

// AutoReplies word greetings, the notice outside business hours and the word
// at the end of a conversation; package autoreply has them.
type AutoReplies interface {
	// Amend returns the drafts as they are to be committed on s. It must not
	// block, and must not change drafts in place.
	Amend(s State, drafts []Draft, now time.Time) []Draft
}

// Profile is what differs from bot to bot: words, thresholds, habits.
type Profile struct {
	Bot      string         `yaml:"bot" json:"bot"`
	Name     string         `yaml:"name" json:"name"` // of the shop, 云栖优品
	BotName  string         `yaml:"bot_name" json:"bot_name"`
	Greeting string         `yaml:"greeting" json:"greeting"`
	Menu     []string       `yaml:"menu" json:"menu"` // questions offered at the start
	Location *time.Location `yaml:"-" json:"-"`       // never nil; Asia/Shanghai by default
	// MissLimit is how many misses in a row make the bot offer a person.
	MissLimit int `yaml:"miss_limit" json:"miss_limit"`
	// HandoffPhrases are wordings, beyond the intent, that ask for a person.
	HandoffPhrases []string `yaml:"handoff_phrases" json:"handoff_phrases"`
	// IntentFloor is the confidence under which an intent starts nothing.
	IntentFloor float64 `yaml:"intent_floor" json:"intent_floor"`
	// AngerFloor is the probability of negative from which a message counts as
	// strongly negative; 0 means 0.85.
	AngerFloor float64 `yaml:"anger_floor" json:"anger_floor"`
	// ScopeThreshold is the probability from which a message is out of scope; 0
	// leaves it to the installation. The analyzer goes by it, not the policy.
	ScopeThreshold float64 `yaml:"scope_threshold" json:"scope_threshold"`
	// RiskThreshold is the risk from which a conversation is handed to people;
	// 0 means 0.85, 1 never does.
	RiskThreshold float64 `yaml:"risk_threshold" json:"risk_threshold"`
	// AnswerRisk is the share of wrong answers that the bot accepts, 0.05 for one
	// in twenty; 0 leaves it to the fusion model. The retriever goes by it.
	AnswerRisk float64 `yaml:"answer_risk" json:"answer_risk"`
	// Replies are wordings that replace the built-in ones of the same key; the
	// keys and their variables are those of builtin/replies.yaml.
	Replies map[string][]string `yaml:"replies" json:"replies,omitempty"`
}
