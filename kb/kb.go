// Package kb is the knowledge base: articles, and finding the one that answers
// a customer's question, with a probability that it does.
//
// It never encodes or segments a query: both arrive with the Query, made once
// per message by nlu. Indexing goes through the Phraser interface for the same
// reason.
package kb

import (
	"context"
	"slices"
	"time"
)

// Article is one thing a bot knows: a question, other wordings of it, and the answer.
type Article struct {
	ID       string   `json:"id"`
	Bot      string   `json:"bot,omitempty"`
	Question string   `json:"question"`
	Similar  []string `json:"similar,omitempty"`
	// Answer is Markdown.
	Answer   string `json:"answer"`
	Category string `json:"category,omitempty"`
	// ValidFrom and ValidUntil bound the time in which the article answers;
	// nil is open. ValidUntil is exclusive.
	ValidFrom  *time.Time `json:"valid_from,omitempty"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	// Blocks follow the answer's text.
	Blocks []Block `json:"blocks,omitempty"`
	// Variants are tried in order; the article's own answer is for everyone else.
	Variants    []Variant    `json:"variants,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	// AnswerAt, above 0, is the probability at which this article answers,
	// instead of the bot's.
	AnswerAt float64 `json:"answer_at,omitempty"`
	// Owner is the id or name of who answers for the article.
	Owner     string    `json:"owner,omitempty"`
	Review    Review    `json:"review,omitempty" enum:",review,approved,outdated"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	// Version counts the article's changes from 1; writers use it to detect
	// that the article changed under them. An article that was deleted and
	// comes back counts on.
	Version int `json:"version,omitempty"`
}

// ValidAt reports whether the article may answer at t.
func (a Article) ValidAt(t time.Time) bool {
	return within(a.ValidFrom, a.ValidUntil, t)
}

// Same reports whether two articles are the same in all that people write of
// them: in everything but ID, Bot, UpdatedAt and Version. Empty and absent
// lists are the same.
func (a Article) Same(b Article) bool {
	return a.Question == b.Question && a.Answer == b.Answer && a.Category == b.Category &&
		a.AnswerAt == b.AnswerAt && a.Owner == b.Owner && a.Review == b.Review &&
		sameTime(a.ValidFrom, b.ValidFrom) && sameTime(a.ValidUntil, b.ValidUntil) &&
		slices.Equal(a.Similar, b.Similar) && slices.Equal(a.Attachments, b.Attachments) &&
		slices.EqualFunc(a.Blocks, b.Blocks, Block.same) &&
		slices.EqualFunc(a.Variants, b.Variants, Variant.same)
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

// Phrasings returns the question and the similar questions: what is indexed.
func (a Article) Phrasings() []string {
	return append([]string{a.Question}, a.Similar...)
}

// Phrase is one wording prepared for the indexes.
type Phrase struct {
	Embedding []float32 // L2-normalised
	Terms     []string  // segmented index forms
}

// Phraser prepares wordings for the indexes; nlu's encoder and segmenter stand behind it.
type Phraser interface {
	// Phrase prepares one wording; text is never empty.
	Phrase(ctx context.Context, text string) (Phrase, error)
	// Terms segments text as Phrase does, without encoding it: enough for a
	// wording whose embedding is cached.
	Terms(text string) []string
	// EncoderID names the encoder of the embeddings.
	EncoderID() string
}

// Query is a customer's question, already encoded and segmented.
type Query struct {
	Bot       string
	Text      string
	Embedding []float32
	EncoderID string
	Terms     []string
	At        time.Time // articles not valid at this time are left out
	Limit     int       // at most this many hits; 0 means 5

	// Channel and Tags say whom an answer is for; they do not choose articles.
	Channel string
	Tags    []string

	// Entities are values that the query names; none when nobody looked.
	Entities []Entity
	// Topic is what the conversation is about; zero when it is new.
	Topic Topic
	// Previous is the customer's message before the query, or empty; it stands
	// in for the topic where that has no article.
	Previous string
	// Idle is the probability that the query asks for nothing that articles
	// hold: a greeting, thanks, another domain. 0 when nobody looked.
	Idle float64
	// Specific is the probability that the query asks about one product, which
	// articles seldom know. 0 when nobody looked.
	Specific float64
	// Explain fills Hit.Why.
	Explain bool
}

// Audience is whom the query's answer is for.
func (q Query) Audience() Audience { return Audience{Channel: q.Channel, Tags: q.Tags, At: q.At} }

// Band is what may be done with a hit.
type Band string

// The bands, by calibrated probability against the bot's thresholds.
const (
	Answer  Band = "answer"  // sure enough to answer
	Suggest Band = "suggest" // good enough to offer as a choice, or to an agent
	Abstain Band = "abstain" // not to be shown to a customer
)

// Hit is an article that may answer the query.
type Hit struct {
	Article Article
	// Phrase is the wording of the article that matched best.
	Phrase string
	// Score is the calibrated probability that the article answers the query.
	Score float64
	Band  Band
	// Cosine and Lexical are the raw evidence, for explanation only.
	Cosine, Lexical float64
	// Why is nil unless the query asked for it.
	Why *Why
	// Degraded says that the vector index did not answer and the hit was found
	// by words alone.
	Degraded bool
}

// Retriever finds articles. Hits come best first, one per article. A query
// whose EncoderID is not the index's is fault.Conflict.
type Retriever interface {
	Search(ctx context.Context, q Query) ([]Hit, error)
}

// Vector is one phrasing's embedding under a key.
type Vector struct {
	// Key is unique among the bot's vectors; keys of one article share its ID as Owner.
	Key       string
	Owner     string // article id
	Bot       string
	Embedding []float32 // L2-normalised, the index's dimension; the index copies it
}

// VectorHit is a near vector.
type VectorHit struct {
	Key   string
	Owner string
	// Cosine is exact (fp32), whatever the index scanned first.
	Cosine float64
}

// VectorIndex finds the nearest vectors of one bot. Implementations are safe
// for concurrent use; a change is visible to searches that start after it returns.
type VectorIndex interface {
	// Upsert adds or replaces vectors by Key.
	Upsert(ctx context.Context, vectors []Vector) error
	// Delete removes all vectors of the owners; unknown ones are ignored.
	Delete(ctx context.Context, bot string, owners []string) error
	// Search returns up to k hits, best first; ties by Key.
	Search(ctx context.Context, bot string, embedding []float32, k int) ([]VectorHit, error)
	// Len counts the vectors of a bot.
	Len(ctx context.Context, bot string) (int, error)
}

// Document is one phrasing's terms under a key.
type Document struct {
	Key   string
	Owner string
	Bot   string
	Terms []string
}

// LexicalHit is a document that shares terms with the query.
type LexicalHit struct {
	Key   string
	Owner string
	// Score is BM25, ≥ 0.
	Score float64
}

// LexicalIndex finds documents by words. The promises of VectorIndex hold here too.
type LexicalIndex interface {
	Upsert(ctx context.Context, docs []Document) error
	Delete(ctx context.Context, bot string, owners []string) error
	Search(ctx context.Context, bot string, terms []string, k int) ([]LexicalHit, error)
}
