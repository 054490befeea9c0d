package dialog

// trigger returns the flow that the message starts, or false.
func (pl *plan) trigger() (flow string, confidence float64, ok bool) {
	if pl.flows == nil {
		return "", 0, false
	}
	flow, confidence, ok = pl.flows.Trigger(pl.t, pl.profile.IntentFloor)
	if handoff, has := pl.flows.ByIntent("human_agent"); ok && has && flow == handoff {
		return "", 0, false // whether a person is wanted is for the hand-off rules to say
	}
	return flow, confidence, ok
}

// flowContext is what flows may know of the conversation.
func (pl *plan) flowContext() FlowContext {
	now := pl.now
	if pl.profile.Location != nil {
		now = now.In(pl.profile.Location)
	}
	return FlowContext{
		Now: now, Bot: pl.s.Bot, Shop: pl.profile.Name, Customer: pl.s.Customer, Attributes: pl.s.Attributes,
		Text: pl.t.Text, Known: pl.s.Slots, Seed: seed(pl.s.ID) + uint64(pl.s.Turns),
	}
}

// runningFlow gives the message to the flow that waits for one. It always has
// the turn: at the least it asks again.
func (pl *plan) runningFlow() bool {
	frame, running := pl.s.Active()
	if !running {
		return false
	}
	if pl.flows == nil { // the bot's flows were taken away meanwhile
		pl.endFlow(frame.Flow, FlowFailed)
		return false
	}
	ctx := pl.flowContext()
	if pl.phrases.Corrects(pl.t.Text) {
		if step, ok := pl.flows.Correct(ctx, frame, pl.t); ok {
			pl.step(step)
			return true
		}
	}
	if step, ok := pl.flows.Accept(ctx, frame, pl.t); ok {
		pl.step(step)
		return true
	}
	if pl.phrases.Cancels(pl.t.Text) {
		title := pl.flows.Title(frame.Flow)
		pl.endFlow(frame.Flow, FlowCancelled)
		pl.say(Message{Kind: KindChitchat, Text: pl.word("flow_cancelled", title)})
		pl.resumeParent()
		return true
	}
	return pl.switchFlow(frame) || pl.digress(frame) || pl.askAgain(frame)
}

// switchFlow starts another flow, or the same one anew when the message brings
// other values. A flow in which something was told waits below the new one.
func (pl *plan) switchFlow(frame Frame) bool {
	flow, confidence, ok := pl.trigger()
	if !ok {
		return false
	}
	if hit, sure := pl.best(); sure && hit.Score > confidence {
		return false
	}
	if flow == frame.Flow {
		again := pl.flows.Start(pl.flowContext(), flow, pl.t)
		if !tells(again, frame) {
			return false
		}
		pl.endFlow(flow, FlowSuperseded)
		pl.startFlow(flow)
		return true
	}
	for _, below := range pl.s.Flows {
		if below.Flow == flow { // asked for again while it waited: it starts anew
			pl.endFlow(flow, FlowSuperseded)
		}
	}
	if len(frame.Order) == 0 || len(pl.s.Flows) >= maxStack {
		pl.endFlow(frame.Flow, FlowSuperseded)
	}
	pl.startFlow(flow)
	return true
}

// tells reports whether a flow begun anew would know a value that the running
// one has differently.
func tells(again FlowStep, running Frame) bool {
	for _, c := range again.Changes {
		if old, told := running.Slots[c.Name]; told && !c.Cleared && c.Value != old {
			return true
		}
	}
	return false
}

// digress deals with a question or small talk beside the flow, then takes the
// flow up again.
func (pl *plan) digress(frame Frame) bool {
	if hit, sure := pl.best(); sure {
		pl.answer(hit)
		if pl.s.BotOwns() && pl.s.LastBot.Offer == "" {
			pl.resume(frame)
		}
		return true
	}
	if pl.phrases.Begins(pl.t.Text) {
		pl.reply(KindChitchat, "listening")
		return true
	}
	switch intent := pl.intent(); intent {
	case "wait":
		pl.reply(KindChitchat, intent)
	case "goodbye":
		pl.endFlow(frame.Flow, FlowCancelled)
		pl.reply(KindChitchat, intent)
	case "greeting", "thanks", "praise", "bot_identity", "urge_reply":
		pl.reply(KindChitchat, intent)
		pl.resume(frame)
	case "abuse", "complaint":
		pl.reply(KindApology, intent, personButton)
		pl.resume(frame)
	default:
		return false
	}
	return true
}

// askAgain repeats the flow's question; at the limit of misses it offers a
// person as well, beyond it hands over.
func (pl *plan) askAgain(frame Frame) bool {
	pl.miss("low_confidence")
	if pl.s.Misses > pl.profile.MissLimit {
		pl.handoff(ReasonMisses, "")
		return true
	}
	step := pl.flows.Reask(pl.flowContext(), frame)
	if pl.s.Misses == pl.profile.MissLimit && step.Ended == "" && step.Handoff == nil && len(step.Messages) > 0 {
		last := &step.Messages[len(step.Messages)-1]
		last.Buttons = append(last.Buttons, personButton)
		last.Offer = OfferPerson
	}
	pl.step(step)
	return true
}

// resume repeats the waiting question after something else.
func (pl *plan) resume(frame Frame) {
	step := pl.flows.Resume(pl.flowContext(), frame)
	if step.Ended != "" || len(step.Messages) == 0 {
		pl.step(step)
		return
	}
	step.Messages[0].Text = pl.word("flow_resume", pl.flows.Title(frame.Flow)) + step.Messages[0].Text
	pl.add(Draft{Type: FlowResumed, Actor: pl.bot(), Data: mark(step.Frame)})
	pl.sayAll(step.Messages)
}

// resumeParent goes on with the flow below, when there is one.
func (pl *plan) resumeParent() {
	if frame, running := pl.s.Active(); running && pl.s.BotOwns() {
		pl.resume(frame)
	}
}

// startFlow begins a flow on top of those under way.
func (pl *plan) startFlow(flow string) {
	step := pl.flows.Start(pl.flowContext(), flow, pl.t)
	pl.add(Draft{Type: FlowStarted, Actor: pl.bot(), Data: mark(step.Frame)})
	pl.step(step)
}

// endFlow ends a flow wherever it is in the stack.
func (pl *plan) endFlow(flow, outcome string) {
	pl.add(Draft{Type: FlowEnded, Actor: pl.bot(), Data: FlowMark{Flow: flow, Outcome: outcome}})
}

// step turns what a flow did into drafts.
func (pl *plan) step(step FlowStep) {
	flow := step.Frame.Flow
	for _, c := range step.Changes {
		kind := SlotFilled
		if c.Cleared {
			kind = SlotCleared
		}
		pl.add(Draft{Type: kind, Actor: pl.bot(), Data: c.Slot})
	}
	switch {
	case step.Handoff != nil:
		pl.sayAll(step.Messages[:max(0, len(step.Messages)-1)])
		var text string
		if n := len(step.Messages); n > 0 {
			text = step.Messages[n-1].Text
		} else {
			text = pl.word("handoff_"+string(step.Handoff.Reason), "")
		}
		pl.handoffSaying(step.Handoff.Reason, step.Handoff.SkillGroup, text)
	case step.Ended == FlowFailed:
		pl.sayAll(step.Messages)
		pl.handoff(ReasonFailure, "")
	case step.Ended != "":
		pl.sayAll(step.Messages)
		pl.endFlow(flow, step.Ended)
		pl.resumeParent()
	default:
		pl.add(Draft{Type: FlowMoved, Actor: pl.bot(), Data: mark(step.Frame)})
		pl.sayAll(step.Messages)
		if c := step.Call; c != nil {
			pl.add(Draft{Type: ActionCalled, Actor: pl.bot(), Data: ActionCall{
				Action: c.Action, Args: c.Args, Flow: flow, As: c.As, Timeout: c.Timeout,
			}})
		}
	}
}

func (pl *plan) sayAll(messages []Message) {
	for _, msg := range messages {
		msg.Kind = KindFlow
		pl.say(msg)
	}
}

func mark(f Frame) FlowMark {
	return FlowMark{Flow: f.Flow, Version: f.Version, Step: f.Step, Expects: f.Expects, Asked: f.Asked}
}
