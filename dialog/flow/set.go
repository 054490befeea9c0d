package flow

import (
	"maps"
	"slices"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

// Set is the flows of one bot. It does not change and is safe for concurrent use.
type Set struct {
	flows   map[string]*Flow
	order   []*Flow // by name, so that triggers are deterministic
	phrases *dialog.Phrases
}

var _ dialog.FlowSet = (*Set)(nil)

// NewSet makes a Set. Later flows replace earlier ones of the same name: a bot
// overrides a built-in flow by its name. Two flows of different names started
// by one intent are fault.Invalid.
func NewSet(flows ...*Flow) (*Set, error) {
	p, err := dialog.BuiltinPhrases()
	if err != nil {
		return nil, err
	}
	s := &Set{flows: map[string]*Flow{}, phrases: p}
	for _, f := range flows {
		s.flows[f.name] = f
	}
	by := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(s.flows)) {
		f := s.flows[name]
		s.order = append(s.order, f)
		for _, intent := range f.intents {
			if other, taken := by[intent]; taken {
				return nil, fault.New(fault.Invalid, "the intent %s starts two flows, %s and %s; take it out of one", intent, other, name)
			}
			by[intent] = name
		}
	}
	return s, nil
}

// Flow returns a flow by name, or nil.
func (s *Set) Flow(name string) *Flow { return s.flows[name] }

// Flows returns the flows in order of their names.
func (s *Set) Flows() []*Flow { return slices.Clone(s.order) }

// Title names a flow for people.
func (s *Set) Title(flow string) string {
	if f, ok := s.flows[flow]; ok {
		return f.title
	}
	return ""
}

// ByIntent returns the flow that an intent starts, or false.
func (s *Set) ByIntent(intent string) (string, bool) {
	for _, f := range s.order {
		if slices.Contains(f.intents, intent) {
			return f.name, true
		}
	}
	return "", false
}

// entityConfidence is how sure a message is that brings a flow's data and no
// wish of its own.
const entityConfidence = 0.9

// Trigger returns the flow that a message starts: by its wording, by a sure
// intent, or by data that only one kind of flow wants.
func (s *Set) Trigger(t dialog.Turn, floor float64) (string, float64, bool) {
	folded := dialog.FoldText(t.Text)
	for _, f := range s.order {
		for _, re := range f.phrases {
			if re.MatchString(folded) {
				return f.name, 1, true
			}
		}
	}
	intent := t.Result.Intent
	if intent.Confidence >= floor && intent.Name != "" {
		if flow, ok := s.ByIntent(intent.Name); ok {
			return flow, intent.Confidence, true
		}
	}
	if intent.Confidence >= floor && dialog.NamesMatter(intent.Name) {
		return "", 0, false
	}
	for _, f := range s.order {
		for _, want := range f.entities {
			if slices.ContainsFunc(t.Result.Entities, func(e nlu.Entity) bool { return e.Type == want }) {
				return f.name, entityConfidence, true
			}
		}
	}
	return "", 0, false
}

// Start begins a flow with what the message, the page and the talk so far tell.
func (s *Set) Start(ctx dialog.FlowContext, flow string, t dialog.Turn) dialog.FlowStep {
	f, ok := s.flows[flow]
	if !ok {
		return failed(dialog.Frame{Flow: flow})
	}
	r := f.newRun(ctx, dialog.Frame{Flow: f.name, Version: f.version, Step: f.first})
	for _, name := range f.slotOrder {
		rule := f.slots[name]
		v, ok := rule.entity(t, "")
		if !ok && rule.Attribute != "" {
			v = ctx.Attributes[rule.Attribute]
		}
		if v == "" && rule.Remember {
			v = ctx.Known[name]
		}
		if v != "" && rule.valid(r.env, v) {
			r.fill(name, v, false)
		}
	}
	return r.from(f.first)
}

// entity is value without the pattern: a message that starts a flow is not
// itself the value.
func (s *slotRule) entity(t dialog.Turn, not string) (string, bool) {
	plain := *s
	plain.pattern = nil
	return plain.value(t, not)
}

// Accept takes a message as the answer to the waiting step.
func (s *Set) Accept(ctx dialog.FlowContext, frame dialog.Frame, t dialog.Turn) (dialog.FlowStep, bool) {
	f, n, ok := s.waiting(frame)
	if !ok {
		return dialog.FlowStep{}, false
	}
	r := f.newRun(ctx, frame)
	if n.choose != nil {
		return r.accept(s.phrases, n, t)
	}
	rule := f.slots[n.collect.slot]
	v, ok := rule.value(t, "")
	if !ok {
		return dialog.FlowStep{}, false
	}
	if !rule.valid(r.env, v) {
		return r.refuse(n), true
	}
	r.fill(n.collect.slot, v, false)
	r.others(n.collect.slot, t)
	return r.from(n.next), true
}

// accept takes a message as a choice, or as a value of the chosen slot's own
// types that was not among the choices.
func (r *run) accept(p *dialog.Phrases, n *node, t dialog.Turn) (dialog.FlowStep, bool) {
	choices, err := r.choices(n.choose)
	if err != nil {
		return r.end(dialog.FlowFailed), true
	}
	if c, ok := match(p, choices, t); ok {
		r.fill(n.choose.slot, c.value, false)
		r.others(n.choose.slot, t)
		return r.from(c.target(n)), true
	}
	rule := r.flow.slots[n.choose.slot]
	if v, ok := rule.value(t, ""); ok && len(n.choose.options) == 0 && rule.valid(r.env, v) {
		r.fill(n.choose.slot, v, false)
		return r.from(n.next), true
	}
	return dialog.FlowStep{}, false
}

// others fills further slots that the same message tells.
func (r *run) others(but string, t dialog.Turn) {
	for _, name := range r.flow.slotOrder {
		if name == but || r.frame.Slots[name] != "" {
			continue
		}
		rule := r.flow.slots[name]
		if v, ok := rule.entity(t, ""); ok && rule.valid(r.env, v) && v != r.frame.Slots[but] {
			r.fill(name, v, false)
		}
	}
}

// refuse says that a value cannot be right and asks again.
func (r *run) refuse(n *node) dialog.FlowStep {
	c := n.collect
	if r.frame.Asked >= c.limit {
		return r.giveUp(c.otherwise)
	}
	nth := r.frame.Asked + 1
	if len(c.invalid) == 0 {
		if err := r.ask(n, nth); err != nil {
			return r.end(dialog.FlowFailed)
		}
		return r.finish()
	}
	r.frame.Step, r.frame.Expects, r.frame.Asked = n.id, c.slot, nth
	if err := r.say(c.invalid, c.buttons, min(nth-1, len(c.invalid))-1); err != nil {
		return r.end(dialog.FlowFailed)
	}
	return r.finish()
}

// giveUp leaves a question that was asked too often.
func (r *run) giveUp(otherwise string) dialog.FlowStep {
	if otherwise != "" {
		return r.from(otherwise)
	}
	r.out.Handoff = &dialog.FlowHandoff{Reason: dialog.ReasonMisses}
	return r.finish()
}

// Reask asks again, or gives up.
func (s *Set) Reask(ctx dialog.FlowContext, frame dialog.Frame) dialog.FlowStep {
	f, n, ok := s.waiting(frame)
	if !ok {
		return failed(frame)
	}
	r := f.newRun(ctx, frame)
	var limit int
	var otherwise string
	if n.collect != nil {
		limit, otherwise = n.collect.limit, n.collect.otherwise
	} else {
		limit, otherwise = n.choose.asks, n.choose.otherwise
	}
	if frame.Asked >= limit {
		return r.giveUp(otherwise)
	}
	if err := r.ask(n, frame.Asked+1); err != nil {
		return r.end(dialog.FlowFailed)
	}
	return r.finish()
}

// Resume asks again without counting.
func (s *Set) Resume(ctx dialog.FlowContext, frame dialog.Frame) dialog.FlowStep {
	f, n, ok := s.waiting(frame)
	if !ok {
		return failed(frame)
	}
	r := f.newRun(ctx, frame)
	if err := r.ask(n, max(1, frame.Asked)); err != nil {
		return r.end(dialog.FlowFailed)
	}
	return r.finish()
}

// Correct replaces a value, or asks for the latest one anew.
func (s *Set) Correct(ctx dialog.FlowContext, frame dialog.Frame, t dialog.Turn) (dialog.FlowStep, bool) {
	f, n, ok := s.waiting(frame)
	if !ok || len(frame.Order) == 0 {
		return dialog.FlowStep{}, false
	}
	r := f.newRun(ctx, frame)
	for _, name := range slices.Backward(frame.Order) {
		v, ok := f.slots[name].entity(t, frame.Slots[name])
		if !ok || !f.slots[name].valid(r.env, v) {
			continue
		}
		r.forgetAfter(name)
		r.fill(name, v, true)
		return r.from(f.first), true
	}
	if n.choose != nil && len(n.choose.options) > 0 && s.phrases.Denies(t.Text) &&
		slices.ContainsFunc(n.choose.options, func(o optionNode) bool { return o.Deny }) {
		return dialog.FlowStep{}, false // a plain no to the question, not to what was told
	}
	if v, ok := f.slots[frame.Expects]; ok {
		if _, told := v.value(t, ""); told {
			return dialog.FlowStep{}, false // it answers the question after all
		}
	}
	last := frame.Order[len(frame.Order)-1]
	ask := f.asker(last)
	if ask == nil {
		return dialog.FlowStep{}, false
	}
	r.clear(last)
	if err := r.ask(ask, 1); err != nil {
		return r.end(dialog.FlowFailed), true
	}
	return r.finish(), true
}

// forgetAfter clears a slot and what was told after it: later answers may have
// followed from it.
func (r *run) forgetAfter(name string) {
	i := slices.Index(r.frame.Order, name)
	for _, later := range slices.Clone(r.frame.Order[i+1:]) {
		r.clear(later)
	}
}

// asker finds the step that asks for a slot: one that collects it, else one
// that lets choose.
func (f *Flow) asker(slot string) *node {
	var chooser *node
	for _, id := range slices.Sorted(maps.Keys(f.steps)) {
		switch n := f.steps[id]; {
		case n.collect != nil && n.collect.slot == slot:
			return n
		case n.choose != nil && n.choose.slot == slot && chooser == nil:
			chooser = n
		}
	}
	return chooser
}

// Return goes on where an action's result leads.
func (s *Set) Return(ctx dialog.FlowContext, frame dialog.Frame, res dialog.ActionResult) dialog.FlowStep {
	f, ok := s.flows[frame.Flow]
	if !ok {
		return failed(frame)
	}
	n, ok := f.steps[frame.Step]
	if !ok || n.call == nil {
		return failed(frame) // the flow changed while the action ran
	}
	r := f.newRun(ctx, frame)
	code := res.Fault
	if code == "" {
		code = "ok"
	}
	next, ok := n.on[code]
	if !ok {
		next = n.on["default"]
	}
	return r.from(next)
}

// waiting returns the step that a frame waits at; false when the flow or the
// step is gone, or does not wait for the visitor.
func (s *Set) waiting(frame dialog.Frame) (*Flow, *node, bool) {
	f, ok := s.flows[frame.Flow]
	if !ok {
		return nil, nil, false
	}
	n, ok := f.steps[frame.Step]
	if !ok || n.collect == nil && n.choose == nil {
		return nil, nil, false
	}
	return f, n, true
}

func failed(frame dialog.Frame) dialog.FlowStep {
	return dialog.FlowStep{Frame: frame, Ended: dialog.FlowFailed}
}
