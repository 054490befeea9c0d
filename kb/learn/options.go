package learn

import (
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Options sets a fit up; the zero value holds the settings that the shipped
// model was fitted with.
type Options struct {
	// Stop are terms that word search passes over; the same as in use.
	Stop map[string]struct{}
	// At is when the messages are asked; articles not valid then are left out.
	At time.Time
	// Workers is how many texts are prepared at once; 0 means 2.
	Workers int
	// Reader reads questions as live messages are read; nil leaves them to the phraser.
	Reader kb.Reader
	// Context and Extract are the index's in use (hybrid.Options); nil leaves them out.
	Context kb.Contextualiser
	Extract func(text string) []kb.Entity
	// Simplify is the index's in use too.
	Simplify func(string) string
	// Seed makes the run repeatable.
	Seed uint64

	// WordingWeight is what an article's own wording, asked as a question,
	// counts beside a customer's message; 0 means 0.5, negative none.
	WordingWeight float64
	// EchoWeight is what a near repetition of a wording counts; 0 means 0.3,
	// negative none.
	EchoWeight float64
	// StrayWeight is what a message after an unrelated topic counts; 0 means
	// 0.5, negative none.
	StrayWeight float64
	// NoneWeight is what a message that no article answers counts; 0 means 3:
	// sets hold few of them, real traffic holds many.
	NoneWeight float64
	// Ridge is the penalty on the squared weights; 0 means 0.001.
	Ridge float64
	// Precision is that of answers above the answer threshold on messages of
	// sets left out, bounded as hybrid.Risk bounds it; 0 means 0.9.
	Precision float64
	// PriorWeight is how much use counts, from 0 to 1; 0 means 0.5, negative
	// none. Sets of questions hold no use, so it is not fitted.
	PriorWeight float64
	// Suggest is the probability from which a hit is offered as a choice; 0
	// means 0.12.
	Suggest float64
	// Exact is the probability of a hit with the query's own wording; 0 means 0.99.
	Exact float64

	// Adapter says how the adapter is trained.
	Adapter AdapterOptions
	// Log is told what is going on, in one line each; nil: nobody.
	Log func(format string, args ...any)
}

// AdapterOptions sets the training of the adapter up; the zero value is usable.
type AdapterOptions struct {
	// Off fits without an adapter.
	Off bool
	// SkipWordings trains on messages alone, not on the articles' own similar
	// wordings as well.
	SkipWordings bool
	// Checkpoints are the numbers of steps after which the adapter is judged
	// on the set left out; the best number is used. Empty means 100, 200, 300,
	// 400 and 600.
	Checkpoints []int
	// Batch is the number of messages of one step; 0 means 128.
	Batch int
	// Rate is Adam's; 0 means 0.0005.
	Rate float64
	// Decay pulls the matrix to the identity, per step and times Rate; 0 means 5.
	Decay float64
	// Temperature divides cosines in the softmax; 0 means 0.05.
	Temperature float64
}

func (o Options) withDefaults() (Options, error) {
	set := func(x *float64, value float64) {
		if *x == 0 {
			*x = value
		}
	}
	set(&o.WordingWeight, 0.5)
	o.WordingWeight = max(0, o.WordingWeight)
	set(&o.EchoWeight, 0.3)
	o.EchoWeight = max(0, o.EchoWeight)
	set(&o.StrayWeight, 0.5)
	o.StrayWeight = max(0, o.StrayWeight)
	set(&o.NoneWeight, 3)
	set(&o.Ridge, 1e-3)
	set(&o.Precision, 0.9)
	set(&o.Suggest, 0.12)
	set(&o.Exact, 0.99)
	set(&o.PriorWeight, 0.5)
	o.PriorWeight = min(max(0, o.PriorWeight), 1)
	a := &o.Adapter
	set(&a.Rate, 5e-4)
	set(&a.Decay, 5)
	set(&a.Temperature, 0.05)
	if a.Batch == 0 {
		a.Batch = 128
	}
	if len(a.Checkpoints) == 0 {
		a.Checkpoints = []int{100, 200, 300, 400, 600}
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	for i, c := range a.Checkpoints {
		if c <= 0 || i > 0 && c <= a.Checkpoints[i-1] {
			return o, fault.New(fault.Invalid, "checkpoints must be positive and rise, not %v", a.Checkpoints)
		}
	}
	for name, x := range map[string]float64{"precision": o.Precision, "suggest": o.Suggest, "exact": o.Exact} {
		if !(x > 0 && x < 1) {
			return o, fault.New(fault.Invalid, "%s is %v, not a probability between 0 and 1", name, x)
		}
	}
	if !(o.NoneWeight >= 0 && o.Ridge >= 0 && a.Batch > 0 && a.Rate > 0 && a.Decay >= 0 && a.Temperature > 0) {
		return o, fault.New(fault.Invalid, "weights, rates and the temperature must not be negative")
	}
	return o, nil
}
