package mining

import "time"

// Role says who spoke.
type Role string

// The roles.
const (
	Customer Role = "customer"
	Agent    Role = "agent"
	Bot      Role = "bot"
)

// Turn is one message.
type Turn struct {
	Role Role
	Text string
	At   time.Time // zero when the source does not say
	// Article is the article that an agent's suggestion or a bot's answer came
	// from, or empty.
	Article string
}

// Transcript is a conversation that is over.
type Transcript struct {
	ID string
	// At is when it began; zero when the source does not say.
	At      time.Time
	Channel string
	Turns   []Turn
	// Resolved says whether the matter was settled; nil when nobody knows.
	Resolved *bool
	// Satisfaction is the customer's rating from 0 to 1; nil without one.
	Satisfaction *float64
}

// Reading is what a message was understood to be.
type Reading struct {
	// Intent is the best intent's name, Confidence its probability.
	Intent     string
	Confidence float64
	// Idle is the probability that the message is not for a shop's desk at all.
	Idle float64
	// Embedding is L2-normalised. It belongs to the receiver.
	Embedding []float32
	// Terms are the message's words in their index form.
	Terms []string
}
