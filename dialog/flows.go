package dialog

import (
	"context"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// Frame is one running flow: where it waits and what it knows. Frames are
// values of State; nobody changes one in place.
type Frame struct {
	Flow    string
	Version string // digest of the flow's source
	Step    string
	Expects string // the slot that Step waits for, or empty
	Asked   int    // how often Step has asked in a row
	// Slots are the values told so far; Order holds their names, latest last.
	Slots map[string]string
	Order []string
	// Results are what actions returned, by the name the flow gave them.
	Results map[string]ActionResult
}

// Turn is one visitor message as the policy sees it.
type Turn struct {
	Message Message
	// Text is what the visitor means: the message, or the title of the button
	// that an ordinal in it chose.
	Text   string
	Result nlu.Result
	Hits   []kb.Hit
	// Degraded names a part that did not answer ("nlu", "kb"), or is empty.
	Degraded string
}

// FlowContext is what a flow may know beside its own frame.
type FlowContext struct {
	Now        time.Time // in the bot's location
	Bot        string
	Shop       string // the shop's name
	Customer   string
	Attributes map[string]string
	// Text is the visitor's last message.
	Text string
	// Known are the values told earlier in the conversation, by slot name.
	Known map[string]string
	// Seed varies wordings between conversations and turns.
	Seed uint64
}

// FlowStep is what running a flow yields: events to be, and where it stopped.
type FlowStep struct {
	Frame Frame // where it stands now
	// Changes of slots, in order.
	Changes []SlotChange
	// Messages are said in order; their Kind is set by the policy.
	Messages []Message
	// Call is an action to run before the flow goes on, or nil. Call.Call is
	// empty: the Manager names the call.
	Call *FlowCall
	// Handoff asks for people; the flow has ended.
	Handoff *FlowHandoff
	// Ended is the outcome of FlowEnded, or empty while the flow waits or calls.
	Ended string
}

// SlotChange fills a slot, or clears it.
type SlotChange struct {
	Slot
	Cleared bool
}

// FlowCall is an action that a flow wants to run.
type FlowCall struct {
	Action  string
	As      string
	Args    map[string]string
	Timeout time.Duration // 0 leaves it to the action
}

// FlowHandoff is a flow's wish to hand over.
type FlowHandoff struct {
	Reason     HandoffReason
	SkillGroup string
}

// Outcomes of a flow.
const (
	FlowDone       = "done"
	FlowCancelled  = "cancelled"
	FlowFailed     = "failed"
	FlowHandedOver = "handed_over"
	FlowSuperseded = "superseded"
)

// FlowSet is the flow engine of one bot. Its methods are pure functions of
// their arguments: they call nothing, know no clock, and change no Frame.
type FlowSet interface {
	// Trigger returns the flow that a turn starts and the probability that it
	// is meant; ok is false when none is. Confidences under floor start nothing.
	Trigger(t Turn, floor float64) (flow string, confidence float64, ok bool)
	// ByIntent returns the flow that an intent starts, or false.
	ByIntent(intent string) (flow string, ok bool)
	// Start returns a new frame of a flow, its slots filled from what the turn
	// and ctx tell, run until it waits, calls or ends. The flow must exist.
	Start(ctx FlowContext, flow string, t Turn) FlowStep
	// Accept offers a message to the waiting step; ok is false when it is not
	// an answer to what the step asked.
	Accept(ctx FlowContext, f Frame, t Turn) (step FlowStep, ok bool)
	// Correct replaces a value told before by the one in the message, or asks
	// again for the latest when the message has none; ok is false when the
	// frame has nothing to correct.
	Correct(ctx FlowContext, f Frame, t Turn) (step FlowStep, ok bool)
	// Reask asks the waiting step's question again, or gives up as the flow
	// says when it has been asked too often.
	Reask(ctx FlowContext, f Frame) FlowStep
	// Resume repeats the question after something else was dealt with.
	Resume(ctx FlowContext, f Frame) FlowStep
	// Return goes on after an action; r is also in f.Results under r.As.
	Return(ctx FlowContext, f Frame, r ActionResult) FlowStep
	// Title names a flow for people, or is empty for an unknown one.
	Title(flow string) string
}

// Flows gives each bot its engine.
type Flows interface {
	// For returns the flows of a bot. The set does not change; a new version
	// is a new set.
	For(bot string) (FlowSet, error)
}

// Actions runs what flows call.
type Actions interface {
	// Do runs an action and returns what it found. Failures are in the
	// result's Fault; Do keeps ctx's deadline and its own, whichever is nearer.
	Do(ctx context.Context, req ActionRequest) ActionResult
}

// ActionRequest is one run of an action.
type ActionRequest struct {
	ActionCall
	Bot          string
	Conversation string
	Customer     string
	Now          time.Time
	Timeout      time.Duration // 0 means the action's own
}

// Rules reacts to events with events: automations.
type Rules interface {
	// React returns what follows from events that are about to be committed;
	// s is the state after them. It must be pure.
	React(s State, events []Event) []Draft
}
