package eval

import (
	"context"
	"errors"

	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/baseline"
)

// The tasks that heads of ours decide.
const (
	IntentTask    = "intent"
	ContextTask   = "intent_context" // with the turn before
	SentimentTask = "sentiment"
)

// Learner trains a classifier: inputs[i] has the label labels[i]. name is what
// is learned, for messages.
type Learner func(ctx context.Context, name string, inputs []nlu.Input, labels []string) (nlu.Classifier, error)

// Contender is one way to understand messages: a row of the table.
type Contender struct {
	// Key is short, for flags and JSON; Title is for people.
	Key, Title string
	// Encoder makes the inputs of heads; nil has heads that read the text alone.
	Encoder nlu.Encoder
	// Heads are what ships with the encoder; nil has them learned from the
	// authored data.
	Heads *nlu.Heads
	// Others are heads of other tasks by name (weibo_ewect6).
	Others map[string]nlu.Classifier
	// Learn trains the heads that are not there.
	Learn Learner
	// Note is printed beneath the table, or empty.
	Note string
}

// Majority is the contender that always says the most frequent label.
func Majority() Contender {
	return Contender{Key: "majority", Title: "majority", Learn: func(_ context.Context, _ string, in []nlu.Input, labels []string) (nlu.Classifier, error) {
		return baseline.TrainMajority(examples(in, labels))
	}}
}

// Bayes is naive Bayes over the characters.
func Bayes() Contender {
	return Contender{Key: "bayes", Title: "character n-gram NB", Learn: func(_ context.Context, _ string, in []nlu.Input, labels []string) (nlu.Classifier, error) {
		return baseline.TrainBayes(examples(in, labels))
	}}
}

func examples(in []nlu.Input, labels []string) []baseline.Example {
	out := make([]baseline.Example, len(in))
	for i := range in {
		out[i] = baseline.Example{Text: in[i].Text, Label: labels[i]}
	}
	return out
}

func isAbsent(err error) bool {
	var a absent
	return errors.As(err, &a)
}
