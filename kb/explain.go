package kb

import "context"

// Entity is a value that a text names: a city, a size, a carrier.
type Entity struct {
	Type string `json:"type"`
	// Value is normalised: equal things have equal values within a type.
	Value string `json:"value"`
}

// Topic is what a conversation is about when a query comes.
type Topic struct {
	// Article is the id of the article that was last answered with or chosen.
	Article string
	// Category is its category, or one known from elsewhere.
	Category string
}

// Contextualiser prepares a query joined with what it follows. A retriever
// asks it for queries that mean little alone (那运费呢), so that it costs
// one more run of the encoder for those only.
type Contextualiser interface {
	// Join prepares the text before, a wording or a message, followed by the query.
	Join(ctx context.Context, before, query string) (Phrase, error)
}

// Reader reads a text as a live message is read.
type Reader interface {
	// Read returns a query with everything that the text alone tells: Text,
	// Embedding, EncoderID, Terms, Entities, Idle and Specific.
	Read(ctx context.Context, text string) (Query, error)
}

// Prior knows how an article did in use.
type Prior interface {
	// Prior returns the log odds by which use makes the article likelier (above
	// 0) or less likely to answer; 0 when nothing is known. It is asked for
	// every candidate of every query and must not block.
	Prior(bot, article string) float64
}

// Part is what one piece of evidence adds to a hit's score.
type Part struct {
	// Feature is its name in the fusion model. One that begins with "none_" is of
	// the query and speaks for or against any answer to it; "prior" is use.
	Feature string `json:"feature"`
	// Value is the evidence itself.
	Value float64 `json:"value"`
	// LogOdds is how much more the hit has by it than the query's candidates have
	// on the average; for the query's own, than queries have on the average.
	LogOdds float64 `json:"log_odds"`
}

// Match is a word of the query that the article's wordings hold.
type Match struct {
	Term string `json:"term"`
	// IDF is how rare the word is among the bot's wordings: ln of the inverse share.
	IDF float64 `json:"idf"`
}

// Why explains a hit.
type Why struct {
	// Parts come with the greatest effect first.
	Parts []Part  `json:"parts"`
	Terms []Match `json:"terms,omitempty"`
	// Prior is the part of use, bounded, in log odds; it is among Parts too.
	Prior float64 `json:"prior"`
	// LogOdds are those of the hit against all other candidates and none of
	// them, before calibration turns them into Hit.Score.
	LogOdds float64 `json:"log_odds"`
	// AnswerAt and SuggestAt are the thresholds that the band came from.
	AnswerAt  float64 `json:"answer_at"`
	SuggestAt float64 `json:"suggest_at"`
	// Followed is what the query was joined with, or empty.
	Followed string `json:"followed,omitempty"`
	// Text says it in Chinese, for the people of the shop.
	Text string `json:"text"`
}
