package dialog

import (
	"context"
	"slices"
	"strings"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// riskFrom is how many messages a visitor must have sent before the risk of a
// dissatisfied customer is read: fewer tell too little.
const riskFrom = 3

// Prev is the turn before the visitor's next message: the last thing that bot
// or agent said, or empty.
func (s State) Prev() string {
	for _, line := range slices.Backward(s.Recent) {
		if (line.From == Bot || line.From == Agent) && line.Kind != KindAuto {
			return line.Text
		}
	}
	return ""
}

// Expects is what the bot waits for, as nlu.Request.Expect has it: the slot of
// the running flow, or a yes or no to the offer of a person.
func (s State) Expects() []string {
	if s.LastFrom == Visitor || !s.BotOwns() {
		return nil
	}
	if frame, running := s.Active(); running && frame.Expects != "" {
		return []string{frame.Expects}
	}
	if s.LastBot.Offer == OfferPerson {
		return []string{"affirm", "deny"}
	}
	return nil
}

// talk are the turns of the conversation with text as the visitor's next
// message; nil when there are too few to read a risk from. While the bot has
// the conversation, what people settled earlier is not held against it.
func (s State) talk(text string) []nlu.Turn {
	turns := []nlu.Turn{{Customer: true, Text: text}}
	visitor := 1
	for _, line := range slices.Backward(s.Recent) {
		if line.From == Agent && s.BotOwns() {
			break
		}
		if line.Kind == KindAuto {
			continue // nobody's words
		}
		if line.From == Visitor {
			visitor++
		}
		turns = append(turns, nlu.Turn{Customer: line.From == Visitor, Text: line.Text})
	}
	if visitor < riskFrom {
		return nil
	}
	slices.Reverse(turns)
	return turns
}

// foresee fills a turn with the risk of a dissatisfied customer. A risk that
// cannot be had is left out: nothing else of the turn depends on it.
func (m *Manager) foresee(ctx context.Context, s State, t *Turn) {
	turns := s.talk(t.Text)
	if m.Risk == nil || turns == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, m.AnalyzeTimeout)
	defer cancel()
	risk, ok, err := m.Risk.Risk(ctx, s.Bot, turns)
	if err != nil {
		m.log.WarnContext(ctx, "a message is handled without the risk", "bot", s.Bot, "conversation", s.ID, "error", err)
		return
	}
	if ok {
		t.Result.Risk = &risk
	}
}

// risky reports whether people should take over before the customer leaves in
// anger. The risk hands a conversation over once: who came back to the bot
// knows where people are.
func (pl *plan) risky() bool {
	risk, threshold := pl.t.Result.Risk, pl.profile.RiskThreshold
	if risk == nil || threshold >= 1 || pl.s.Handoff != nil && pl.s.Handoff.Reason == ReasonRisk {
		return false
	}
	return *risk >= threshold
}

// outOfScope reports whether the message is for no shop's desk.
func (pl *plan) outOfScope() bool {
	return pl.t.Result.Scope != nil && !pl.t.Result.Scope.In
}

// outside deals with a message that is out of scope: politely, with what the
// desk can do. Articles that seem to fit all the same are offered, not given.
func (pl *plan) outside() {
	if len(pl.t.Hits) > 0 && pl.t.Hits[0].Band == kb.Answer && pl.suggest("suggest") {
		return
	}
	pl.missed(nlu.OutOfScope, nlu.OutOfScope)
}

// alsoAsked reminds the visitor of what else the message asked, once the bot
// has dealt with one thing and nothing is under way: one press asks it. What
// was dealt with is the part that has the message's own intent.
func (pl *plan) alsoAsked() {
	a := pl.s.Analysis
	if len(a.Segments) < 2 || len(a.Intents) == 0 || len(pl.s.Flows) > 0 || pl.s.Pending != nil ||
		!pl.s.BotOwns() || pl.s.LastBot.Offer != "" || pl.said == 0 || pl.s.LastBot.Kind != KindAnswer && pl.s.LastBot.Kind != KindFlow {
		return
	}
	var buttons []Button
	var titles []string
	for _, s := range a.Segments {
		if s.Intent != a.Intents[0].Name && len(buttons) < maxSuggestions {
			buttons = append(buttons, Button{Title: s.Text, Text: s.Text})
			titles = append(titles, s.Text)
		}
	}
	if len(buttons) == 0 || len(buttons) == len(a.Segments) {
		return
	}
	pl.say(Message{Kind: KindChitchat, Text: pl.word("also_asked", strings.Join(titles, "”“")), Buttons: buttons})
}
