package nlu

import "slices"

// scope decides whether a message is for a shop's desk, and makes probs agree
// with it. Two witnesses speak: the scope head, trained on what desks never
// hear (other domains, nonsense, keyboard noise), and the intent OutOfScope.
// Their probabilities are averaged with ScopeWeight on the head:
//
//	P(out) = w·head(out) + (1-w)·probs(OutOfScope)
//
// Where the dialog expects an answer, the odds of the head are divided by
// ExpectOdds first: a name or a number alone means little, after the question
// for it much. OutOfScope then has P(out), and the other intents share the
// rest as before, so that nonsense is confidently nothing else.
//
// It returns nil, and leaves probs alone, when no scope head counts.
func (h Heads) scope(t Tuning, probs []float64, labels []string, in Input, expected bool) (*Scope, error) {
	at := slices.Index(labels, OutOfScope)
	if h.Scope == nil || at < 0 {
		return nil, nil
	}
	head, err := probability(h.Scope, ScopeOut, in)
	if err != nil {
		return nil, err
	}
	if expected {
		head /= head + ExpectOdds*(1-head)
	}
	out := t.ScopeWeight*head + (1-t.ScopeWeight)*probs[at]
	if rest := 1 - probs[at]; rest > 0 {
		for i := range probs {
			probs[i] *= (1 - out) / rest
		}
		probs[at] = out
	} else {
		out = 1 // every other intent is impossible
	}
	return &Scope{In: out < t.ScopeThreshold, Score: out}, nil
}
