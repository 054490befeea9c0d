// Package nlu understands one customer message: its intent, its sentiment, its
// entities, and the embedding by which the knowledge base is searched. One
// encoder pass serves all of them.
//
// This package holds the vocabulary and the Analyzer; the parts live below it:
// encoder (tokens and the ONNX session), head (the classifiers), segment
// (words) and entity (rules over the surface text).
package nlu

import (
	"context"
	"time"
)

// Features is what one encoder pass yields for one text.
type Features struct {
	// Embedding is the pooled sentence vector, L2-normalised; its length is
	// the encoder's Dimension. It belongs to the receiver.
	Embedding []float32
	// State is what heads read, not normalised; its length is the encoder's
	// StateDimension. An encoder without a state of its own repeats Embedding
	// here, the same slice. It belongs to the receiver.
	State []float32
	// Tokens counts the tokens that were read, special tokens included.
	Tokens int
	// Truncated is true when the text was longer than the encoder reads.
	Truncated bool
	// EncoderID names the encoder that made the embedding; that of a pair says
	// so, because a pair's embedding stands for no single text.
	EncoderID string
}

// Encoder turns text into Features. Implementations are safe for concurrent
// use and bound their own queue: a full one is fault.Busy.
type Encoder interface {
	// Encode reads text. Any byte sequence is accepted; invalid UTF-8 reads as
	// U+FFFD. The empty text is fault.Invalid.
	Encode(ctx context.Context, text string) (Features, error)
	// EncodePair reads text together with the end of prev, the turn before it,
	// for heads that decide in context. Where prev holds nothing to read it is
	// Encode(text). Tokens counts both; Truncated speaks of text alone.
	EncodePair(ctx context.Context, text, prev string) (Features, error)
	// ID names the encoder; vectors of different ids must never be compared.
	ID() string
	// Dimension is the length of an embedding.
	Dimension() int
	// StateDimension is the length of a state.
	StateDimension() int
}

// Input is what a Classifier may look at: one text and what the encoder made
// of it. The slices are shared: read only.
type Input struct {
	Text             string
	Embedding, State []float32
}

// Classifier maps a message to calibrated probabilities over labels.
type Classifier interface {
	// Labels are the class names, in the order of the probabilities. The
	// slice is shared: read only.
	Labels() []string
	// Probabilities appends one calibrated probability per label to dst and
	// returns it. They sum to 1. A vector of the wrong length is fault.Invalid.
	Probabilities(dst []float64, in Input) ([]float64, error)
}

// Token is one word of a segmented text.
type Token struct {
	// Text is the surface form: exactly the code points [Start, End) of the text.
	Text string
	// Term is the form to index and compare: NFKC, lower case, simplified.
	Term string
	// Start and End are offsets in code points.
	Start, End int
	// Pos is the part of speech of the dictionary, or empty.
	Pos string
}

// Segmenter cuts text into words. Tokens are in order, do not overlap, and
// cover every code point of the text.
type Segmenter interface {
	Segment(text string) []Token
}

// EntityExtractor finds entities by rule.
type EntityExtractor interface {
	// Extract returns the entities of text in order of their Start. Relative
	// dates are resolved against now, in now's location.
	Extract(text string, now time.Time) []Entity
}

// EntityType names a kind of entity.
type EntityType string

// The entity types.
const (
	TrackingNumber EntityType = "tracking_number" // Value: the number folded; Candidates: carriers, best first
	OrderNumber    EntityType = "order_number"    // Value: digits, behind the shop's letters where it has some (YX202611180023)
	MobileNumber   EntityType = "mobile_number"   // Value: 11 digits
	PhoneTail      EntityType = "phone_tail"      // Value: the last four digits of a phone
	Money          EntityType = "money"           // Value: yuan as a decimal, "59.90"
	Date           EntityType = "date"            // Value: YYYY-MM-DD, or YYYY-MM-DD/YYYY-MM-DD for a span (last day included)
	Quantity       EntityType = "quantity"        // Value: a number; Unit: the measure word
	Size           EntityType = "size"            // Value: the size folded ("XL", "42", "165/88A")
	Province       EntityType = "province"        // Value: the full name (浙江省)
	City           EntityType = "city"            // Value: the full name (杭州市); Attributes["province"]
	Carrier        EntityType = "carrier"         // Value: carrier code (sf, zto, …)
)

// Candidate is one reading of an ambiguous entity.
type Candidate struct {
	Value string  `json:"value"`
	Score float64 `json:"score"` // relative plausibility in (0, 1]; candidates of one entity sum to at most 1
}

// Entity is a span of the message with a normalised value.
type Entity struct {
	Type EntityType `json:"entity"`
	// Start and End are offsets in code points of the original text.
	Start int `json:"start"`
	End   int `json:"end"`
	// Text is the surface form, code points [Start, End).
	Text string `json:"text"`
	// Value is the normalised value; its form depends on Type.
	Value      string            `json:"value"`
	Unit       string            `json:"unit,omitempty"`
	Confidence float64           `json:"confidence"`
	Candidates []Candidate       `json:"candidates,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Intent is an intent with its calibrated probability.
type Intent struct {
	Name       string  `json:"name"`
	Confidence float64 `json:"confidence"`
}

// SentimentScores are calibrated probabilities that sum to 1.
type SentimentScores struct {
	Negative float64 `json:"negative"`
	Neutral  float64 `json:"neutral"`
	Positive float64 `json:"positive"`
}

// Sentiment labels.
const (
	Negative = "negative"
	Neutral  = "neutral"
	Positive = "positive"
)

// Sentiment is the feeling that a message shows.
type Sentiment struct {
	Label  string          `json:"label"` // Negative, Neutral or Positive
	Score  float64         `json:"score"` // the label's probability
	Scores SentimentScores `json:"scores"`
}

// Scope is the decision whether a message is for a shop's desk at all.
type Scope struct {
	// In is false when the message is out of scope: Intent is then OutOfScope.
	In bool `json:"in"`
	// Score is the probability that it is out of scope; at the bot's threshold
	// and above it the message is out.
	Score float64 `json:"score"`
}

// Segment is a part of a message with an intent of its own.
type Segment struct {
	Text string `json:"text"`
	// Start and End are offsets in code points of the original text.
	Start int `json:"start"`
	End   int `json:"end"`
	// Intent is the part's best intent, Confidence its probability.
	Intent     string  `json:"intent"`
	Confidence float64 `json:"confidence"`
}

// Emotions of the built-in head.
const (
	Calm           = "neutral"
	Anger          = "anger"
	Disappointment = "disappointment"
	Worry          = "worry"
	Urgency        = "urgency"
	Joy            = "joy"
)

// Emotion is what moves a customer, finer than Sentiment.
type Emotion struct {
	Label string  `json:"label"`
	Score float64 `json:"score"` // the label's probability
	// Scores has every label of the head; they sum to 1.
	Scores map[string]float64 `json:"scores"`
}

// Turn is one message of a conversation.
type Turn struct {
	Customer bool // said by the customer; else by bot or agent
	Text     string
}

// Request is a message to analyse.
type Request struct {
	// Text is the customer's message.
	Text string
	// Prev is the turn before it, or empty. It is read, in one more run of the
	// encoder, where the bot has a head for it (Heads.Context).
	Prev string
	// Expect is what the dialog waits for, each an intent of the bot or, any
	// other word, the name of a slot; empty when it waits for nothing. What is
	// expected becomes likelier, see ExpectOdds.
	Expect []string
	// Bot selects heads and user words of one bot; empty means the built-in ones.
	Bot string
	// Now is the time that relative dates refer to.
	Now time.Time
}

// Result is what a message means.
type Result struct {
	Text      string    `json:"text"`
	Intent    Intent    `json:"intent"`  // the best of Intents
	Intents   []Intent  `json:"intents"` // best first; the most probable few
	Sentiment Sentiment `json:"sentiment"`
	Entities  []Entity  `json:"entities"` // never nil
	// Scope says whether a shop's desk can be meant at all; nil without a scope head.
	Scope *Scope `json:"scope,omitempty"`
	// Segments are the parts of a message that asks for several things, in
	// order; empty when it asks for one.
	Segments []Segment `json:"segments,omitempty"`
	// Emotion is nil without an emotion head.
	Emotion *Emotion `json:"emotion,omitempty"`
	// Risk is the probability that the conversation ends in dissatisfaction. It
	// needs more than one message: Analyze leaves it nil, see Pipeline.Risk.
	Risk *float64 `json:"risk,omitempty"`

	// Features is the encoder's pass over Text; retrieval searches by it.
	Features Features `json:"-"`
	// Tokens are the words of Text.
	Tokens []Token `json:"-"`
}

// Find returns the first entity of type t, or false.
func (r Result) Find(t EntityType) (Entity, bool) {
	for _, e := range r.Entities {
		if e.Type == t {
			return e, true
		}
	}
	return Entity{}, false
}

// Terms returns the tokens' index forms, blanks and punctuation left out.
func (r Result) Terms() []string { return Terms(r.Tokens) }

// Analyzer understands messages. It is safe for concurrent use.
type Analyzer interface {
	// Analyze reads one message. The empty or blank text is fault.Invalid; a
	// full queue is fault.Busy.
	Analyze(ctx context.Context, req Request) (Result, error)
}
