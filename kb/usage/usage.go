package usage

import (
	"context"
	"time"
)

// Kind is what became of an article.
type Kind string

// The kinds. The names are stored: never rename one.
const (
	Shown     Kind = "shown"     // an agent saw it among the suggestions
	Answered  Kind = "answered"  // the bot answered with it
	Suggested Kind = "suggested" // the bot offered it as a choice
	Taken     Kind = "taken"     // a customer chose it, or an agent sent it
	Ignored   Kind = "ignored"   // a customer went past it, or an agent put it away
	Disliked  Kind = "disliked"  // 没用, 不是这个 right after it
	Handed    Kind = "handed"    // answered, and then people had to take over
)

// Fact is one thing that became of an article. Seq is the event that shows it.
type Fact struct {
	Seq     int64
	Article string
	Kind    Kind
	At      time.Time
}

// Question is a customer's message that got no answer, or no good one. Text is masked.
type Question struct {
	Conversation string    `json:"conversation"`
	Seq          int64     `json:"seq"`
	At           time.Time `json:"at"`
	Text         string    `json:"text"`
	// Reason is no_article, low_confidence, repeated, unclear, suggestions_ignored or handed_over.
	Reason string `json:"reason"`
	// Article is the nearest one at that time, or empty; Probability that it
	// answers the question.
	Article     string  `json:"article,omitempty"`
	Probability float64 `json:"probability,omitempty"`
}

// Story is what a conversation shows, all of it. Last is its last event.
type Story struct {
	Facts     []Fact
	Questions []Question
	Last      int64
}

// Counts are the numbers of one article.
type Counts struct {
	Shown     int `json:"shown"`
	Answered  int `json:"answered"`
	Suggested int `json:"suggested"`
	Taken     int `json:"taken"`
	Ignored   int `json:"ignored"`
	Disliked  int `json:"disliked"`
	Handed    int `json:"handed"`
}

// Add counts n of a kind; an unknown kind counts nothing and is false.
func (c *Counts) Add(kind Kind, n int) bool {
	at := map[Kind]*int{
		Shown: &c.Shown, Answered: &c.Answered, Suggested: &c.Suggested, Taken: &c.Taken,
		Ignored: &c.Ignored, Disliked: &c.Disliked, Handed: &c.Handed,
	}[kind]
	if at == nil {
		return false
	}
	*at += n
	return true
}

// Plus returns the sum.
func (c Counts) Plus(d Counts) Counts {
	return Counts{
		c.Shown + d.Shown, c.Answered + d.Answered, c.Suggested + d.Suggested, c.Taken + d.Taken,
		c.Ignored + d.Ignored, c.Disliked + d.Disliked, c.Handed + d.Handed,
	}
}

// Hits is how often the article reached somebody.
func (c Counts) Hits() int { return c.Shown + c.Answered + c.Suggested }

// Day is what one day added to an article. Day is its date in the shop's time, 2026-11-22.
type Day struct {
	Article string
	Day     string
	Counts
}

// Cursor is a conversation with events that were not counted.
type Cursor struct {
	Conversation string
	Seq          int64 // the last event counted, 0 for none
	UpdatedAt    time.Time
}

// Store keeps counts, questions and cursors.
type Store interface {
	// PendingUse returns at most limit conversations that changed at since or
	// later and have events beyond their cursor, those longest unchanged first.
	PendingUse(ctx context.Context, bot string, since time.Time, limit int) ([]Cursor, error)
	// CountUse adds days and questions and moves the conversation's cursor from
	// one event to another, in one transaction. A cursor that is elsewhere is
	// fault.Conflict and nothing is added.
	CountUse(ctx context.Context, bot string, from Cursor, to int64, days []Day, questions []Question) error
	// Use returns the counts of the days from since (2026-11-22) on, by article and day.
	Use(ctx context.Context, bot, since string) ([]Day, error)
	// OpenQuestions returns at most limit of the questions at since or later, the newest first.
	OpenQuestions(ctx context.Context, bot string, since time.Time, limit int) ([]Question, error)
}
