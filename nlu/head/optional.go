package head

import (
	"errors"
	"path"

	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
)

// The heads that messages can be analysed without.
const (
	ContextHead = "intent_context" // a message with the turn before it
	EmotionHead = "emotion"
	ScopeHead   = "scope"
	RiskHead    = "risk" // a conversation
)

var optionalHeads = []string{ContextHead, EmotionHead, ScopeHead, RiskHead}

// The thresholds of heads' manifests that steer how heads are combined; see
// nlu.Tuning for what they mean. One that is absent takes its default there.
const (
	FloorThreshold   = "floor"   // of ContextHead: Tuning.ContextFloor
	WeightThreshold  = "weight"  // of ContextHead and ScopeHead: their weights
	OutThreshold     = "out"     // of ScopeHead: Tuning.ScopeThreshold
	SegmentThreshold = "segment" // of IntentHead: Tuning.SegmentFloor
	HandoffThreshold = "handoff" // of RiskHead: the risk from which people take over
)

// loadOptional loads the built-in heads that may be missing. Those of another
// encoder than the one in use are left out: they came with the built-in one.
func (r *Registry) loadOptional(active map[headKey]*Classifier) error {
	for _, name := range optionalHeads {
		folder := path.Join(models.HeadsDir, name)
		if !r.source.Has(folder) {
			continue
		}
		m, err := r.source.Load(folder)
		if err != nil {
			return err
		}
		c, err := Load(r.runtime, m, r.space)
		if errors.Is(err, models.ErrMismatch) {
			continue
		}
		if err != nil {
			return err
		}
		active[headKey{"", name}] = c
	}
	return nil
}

// withOptional adds the optional heads of a bot, and the numbers by which its
// heads are combined.
func (r *Registry) withOptional(bot string, h nlu.Heads) nlu.Heads {
	active := *r.active.Load()
	find := func(name string, into *nlu.Classifier) *Classifier {
		c := active[headKey{bot, name}]
		if c == nil {
			c = active[headKey{"", name}]
		}
		if c != nil { // a nil *Classifier would be a Classifier that is there
			*into = c
		}
		return c
	}
	threshold := func(c *Classifier, name string) float64 {
		if c == nil {
			return 0
		}
		return c.manifest.Thresholds[name]
	}
	context, scope := find(ContextHead, &h.Context), find(ScopeHead, &h.Scope)
	find(EmotionHead, &h.Emotion)
	find(RiskHead, &h.Risk)
	intent, _ := h.Intent.(*Classifier)
	h.Tuning = nlu.Tuning{
		ContextFloor: threshold(context, FloorThreshold), ContextWeight: threshold(context, WeightThreshold),
		ScopeWeight: threshold(scope, WeightThreshold), ScopeThreshold: threshold(scope, OutThreshold),
		SegmentFloor: threshold(intent, SegmentThreshold),
	}
	return h
}
