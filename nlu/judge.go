package nlu

import (
	"slices"

	"github.com/yingda/yingda/internal/fault"
)

// verdict is what the heads say of a text's intent.
type verdict struct {
	intents []Intent // best first; when out of scope, OutOfScope leads
	scope   *Scope   // nil without a scope head that counts
}

// judge combines the heads that speak of a text's intent: the text alone, the
// pair with the turn before (nil when there is none), what the dialog expects,
// and the scope. The probabilities are one distribution at every step.
func (h Heads) judge(in Input, pair *Input, expect []string) (verdict, error) {
	tuning := h.Tuning.orDefault()
	var buf, pairBuf [128]float64
	probs, err := h.Intent.Probabilities(buf[:0], in)
	if err != nil {
		return verdict{}, err
	}
	labels := h.Intent.Labels()
	if pair != nil {
		context, err := h.Context.Probabilities(pairBuf[:0], *pair)
		if err != nil {
			return verdict{}, err
		}
		tuning.mix(probs, context)
	}
	raise(probs, labels, expect)
	scope, err := h.scope(tuning, probs, labels, in, len(expect) > 0)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{intents: rank(labels, probs), scope: scope}
	if scope != nil && !scope.In {
		v.intents = lead(v.intents, Intent{Name: OutOfScope, Confidence: scope.Score})
	}
	return v, nil
}

// rank returns the most probable intents, best first.
func rank(labels []string, probs []float64) []Intent {
	best := make([]Intent, 0, Ranked+1)
	for i, l := range labels {
		at := len(best)
		for at > 0 && probs[i] > best[at-1].Confidence {
			at--
		}
		if at == Ranked {
			continue
		}
		best = slices.Insert(best, at, Intent{Name: l, Confidence: probs[i]})
		best = best[:min(len(best), Ranked)]
	}
	return best
}

// lead puts one intent first, whatever its probability.
func lead(intents []Intent, first Intent) []Intent {
	rest := slices.DeleteFunc(intents, func(i Intent) bool { return i.Name == first.Name })
	intents = slices.Insert(rest, 0, first)
	return intents[:min(len(intents), Ranked)]
}

func sentiment(c Classifier, in Input) (Sentiment, error) {
	var buf [8]float64
	probs, err := c.Probabilities(buf[:0], in)
	if err != nil {
		return Sentiment{}, err
	}
	var s Sentiment
	for i, l := range c.Labels() {
		switch l {
		case Negative:
			s.Scores.Negative = probs[i]
		case Neutral:
			s.Scores.Neutral = probs[i]
		case Positive:
			s.Scores.Positive = probs[i]
		default:
			return Sentiment{}, fault.New(fault.Internal, "the sentiment head has the unknown label %q", l)
		}
		if probs[i] > s.Score {
			s.Label, s.Score = l, probs[i]
		}
	}
	return s, nil
}

// emotion returns nil when there is no head for it.
func emotion(c Classifier, in Input) (*Emotion, error) {
	if c == nil {
		return nil, nil
	}
	var buf [16]float64
	probs, err := c.Probabilities(buf[:0], in)
	if err != nil {
		return nil, err
	}
	labels := c.Labels()
	e := &Emotion{Scores: make(map[string]float64, len(labels))}
	for i, l := range labels {
		e.Scores[l] = probs[i]
		if probs[i] > e.Score {
			e.Label, e.Score = l, probs[i]
		}
	}
	return e, nil
}

// probability returns that of one label of a head; a head without the label is
// fault.Internal.
func probability(c Classifier, label string, in Input) (float64, error) {
	at := slices.Index(c.Labels(), label)
	if at < 0 {
		return 0, fault.New(fault.Internal, "a head has the labels %q and not %q", c.Labels(), label)
	}
	var buf [8]float64
	probs, err := c.Probabilities(buf[:0], in)
	if err != nil {
		return 0, err
	}
	return probs[at], nil
}
