package flow

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/expr-lang/expr"

	"github.com/yingda/yingda/dialog"
)

// run walks a flow from a frame until it waits, calls or ends. It works on
// copies: the frame it was given stays as it is.
type run struct {
	flow  *Flow
	ctx   dialog.FlowContext
	frame dialog.Frame
	env   map[string]any
	out   dialog.FlowStep
}

func (f *Flow) newRun(ctx dialog.FlowContext, frame dialog.Frame) *run {
	frame.Slots = maps.Clone(frame.Slots)
	if frame.Slots == nil {
		frame.Slots = map[string]string{}
	}
	frame.Order = slices.Clone(frame.Order)
	return &run{flow: f, ctx: ctx, frame: frame, env: f.environment(ctx, frame)}
}

// fill sets a slot.
func (r *run) fill(name, value string, corrects bool) {
	r.frame.Slots[name] = value
	r.frame.Order = append(slices.DeleteFunc(r.frame.Order, func(n string) bool { return n == name }), name)
	r.env[name] = value
	r.out.Changes = append(r.out.Changes, dialog.SlotChange{Slot: dialog.Slot{Flow: r.flow.name, Name: name, Value: value, Corrects: corrects}})
}

// clear forgets a slot that was told.
func (r *run) clear(name string) {
	if _, told := r.frame.Slots[name]; !told {
		return
	}
	delete(r.frame.Slots, name)
	r.frame.Order = slices.DeleteFunc(r.frame.Order, func(n string) bool { return n == name })
	r.env[name] = ""
	r.out.Changes = append(r.out.Changes, dialog.SlotChange{Slot: dialog.Slot{Flow: r.flow.name, Name: name}, Cleared: true})
}

// from runs the flow from a step on.
func (r *run) from(id string) dialog.FlowStep {
	for range maxRun {
		n, ok := r.flow.steps[id]
		if !ok {
			return r.end(dialog.FlowFailed)
		}
		for _, name := range n.clear {
			r.clear(name)
		}
		next, stop, err := r.step(n)
		if err != nil {
			return r.end(dialog.FlowFailed)
		}
		if stop {
			return r.finish()
		}
		id = next
	}
	return r.end(dialog.FlowFailed) // the flow runs in a circle
}

// step runs one step: it returns where to go, or stop.
func (r *run) step(n *node) (next string, stop bool, err error) {
	switch {
	case len(n.when) > 0:
		next, err = r.branch(n)
	case len(n.say) > 0:
		next = n.next
		err = r.say(n.say, n.buttons, int(r.ctx.Seed%uint64(len(n.say)))) //nolint:gosec // below len
	case n.collect != nil:
		if r.frame.Slots[n.collect.slot] != "" {
			return n.next, false, nil // told before: never asked twice
		}
		stop, err = true, r.ask(n, 1)
	case n.choose != nil:
		return r.choose(n)
	case n.call != nil:
		stop, err = true, r.call(n)
	case n.handoff != nil:
		stop = true
		r.out.Handoff = &dialog.FlowHandoff{Reason: n.handoff.reason, SkillGroup: n.handoff.group}
		if k := len(n.handoff.say); k > 0 {
			err = r.say(n.handoff.say, nil, int(r.ctx.Seed%uint64(k))) //nolint:gosec // below k
		}
	default:
		stop = true
		r.out.Ended = n.end
	}
	return next, stop, err
}

func (r *run) branch(n *node) (string, error) {
	for _, c := range n.when {
		if c.program == nil {
			return c.target, nil
		}
		v, err := expr.Run(c.program, r.env)
		if err != nil {
			return "", err
		}
		if v == true {
			return c.target, nil
		}
	}
	return "", nil
}

// call asks for an action and waits for it.
func (r *run) call(n *node) error {
	args := make(map[string]string, len(n.call.args))
	for key, t := range n.call.args {
		v, err := render(t, r.env)
		if err != nil {
			return err
		}
		args[key] = v
	}
	r.frame.Step, r.frame.Expects, r.frame.Asked = n.id, "", 0
	r.out.Call = &dialog.FlowCall{Action: n.call.name, As: n.call.as, Args: args, Timeout: n.call.timeout}
	return nil
}

// end stops the flow with an outcome; what was to be said and asked is kept
// out of a failure.
func (r *run) end(outcome string) dialog.FlowStep {
	if outcome == dialog.FlowFailed {
		r.out.Messages = nil
	}
	r.out.Ended, r.out.Call, r.out.Handoff = outcome, nil, nil
	return r.finish()
}

func (r *run) finish() dialog.FlowStep {
	r.out.Frame = r.frame
	return r.out
}

// readResult makes an action's result readable by conditions and wordings.
func readResult(r dialog.ActionResult) map[string]any {
	v := map[string]any{}
	if len(r.Result) > 0 {
		var decoded any
		if err := json.Unmarshal(r.Result, &decoded); err == nil {
			if m, ok := decoded.(map[string]any); ok {
				v = m
			} else {
				v["value"] = decoded
			}
		}
	}
	v["fault"] = r.Fault
	return v
}
