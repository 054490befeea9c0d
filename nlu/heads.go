package nlu

// Heads are the classifiers of one bot. They are read once per message, so a
// swap never splits one. Intent and Sentiment are required; the others may be
// nil, and what they would tell is then missing from the Result.
type Heads struct {
	Intent    Classifier
	Sentiment Classifier
	// Context reads a message together with the turn before it. It counts only
	// while its labels are those of Intent: a bot's own taxonomy is read alone.
	Context Classifier
	Emotion Classifier
	// Scope has the label ScopeOut. It counts only while Intent has the label
	// OutOfScope: a bot's own taxonomy without it answers everything.
	Scope Classifier
	// Risk has the label RiskLabel and reads a conversation, see Pipeline.Risk.
	Risk   Classifier
	Tuning Tuning
}

// The labels by which optional heads are understood.
const (
	OutOfScope = "out_of_scope" // of Intent
	ScopeOut   = "out"          // of Scope
	RiskLabel  = "risk"         // of Risk
)

// Tuning are the numbers by which the heads' probabilities are combined; a
// zero field takes DefaultTuning's.
type Tuning struct {
	// ContextFloor is the confidence of the text alone under which the pair
	// with the turn before rules; ContextWeight is the pair's weight above it.
	ContextFloor, ContextWeight float64
	// ScopeWeight is the scope head's weight beside the intent OutOfScope;
	// ScopeThreshold is the probability from which a message is out of scope.
	ScopeWeight, ScopeThreshold float64
	// SegmentFloor is the confidence from which a part's intent is reported.
	SegmentFloor float64
}

// DefaultTuning are the numbers of the built-in heads where their manifests
// say nothing else.
var DefaultTuning = Tuning{
	ContextFloor: 0.5, ContextWeight: 0.5, ScopeWeight: 0.75, ScopeThreshold: 0.5, SegmentFloor: 0.6,
}

// orDefault returns t with its zero fields filled.
func (t Tuning) orDefault() Tuning {
	for _, f := range []struct {
		field    *float64
		fallback float64
	}{
		{&t.ContextFloor, DefaultTuning.ContextFloor}, {&t.ContextWeight, DefaultTuning.ContextWeight},
		{&t.ScopeWeight, DefaultTuning.ScopeWeight}, {&t.ScopeThreshold, DefaultTuning.ScopeThreshold},
		{&t.SegmentFloor, DefaultTuning.SegmentFloor},
	} {
		if *f.field == 0 {
			*f.field = f.fallback
		}
	}
	return t
}

// smallTalk are the intents that name no matter of their own.
var smallTalk = map[string]bool{
	"greeting": true, "thanks": true, "goodbye": true, "affirm": true, "deny": true, "wait": true, "praise": true,
	"bot_identity": true, "urge_reply": true, OutOfScope: true, "inform": true, "unclear": true, "abuse": true,
	"human_agent": true,
}

// NamesMatter reports whether an intent is about something of its own: a
// greeting, a yes, bare data and the like are not.
func NamesMatter(intent string) bool { return intent != "" && !smallTalk[intent] }
