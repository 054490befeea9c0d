package dialog

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

const (
	maxReplies     = 4 // messages a turn may say
	maxSuggestions = 4 // buttons of a suggestion
	maxStack       = 3 // flows under way at once

	defaultIntentFloor = 0.5
	defaultAngerFloor  = 0.85
	defaultMissLimit   = 2
	defaultRisk        = 0.85
)

// policy decides what follows from a turn. It is pure: the same state, turn
// and time give the same drafts.
type policy struct {
	profile Profile
	flows   FlowSet // nil when the bot has none
	phrases *Phrases
	replies *replyBook
	now     time.Time
}

// policyOf gathers what a bot's turn needs.
func (m *Manager) policyOf(bot string) (policy, error) {
	profile, err := m.Profiles(bot)
	if err != nil {
		return policy{}, err
	}
	setDefault(&profile.IntentFloor, defaultIntentFloor)
	setDefault(&profile.AngerFloor, defaultAngerFloor)
	setDefault(&profile.MissLimit, defaultMissLimit)
	setDefault(&profile.RiskThreshold, defaultRisk)
	p := policy{profile: profile, now: m.clock.Now()}
	if p.phrases, err = BuiltinPhrases(); err != nil {
		return policy{}, err
	}
	if p.replies, err = m.replies.with(profile.Replies); err != nil {
		return policy{}, err
	}
	if m.Flows != nil {
		if p.flows, err = m.Flows.For(bot); err != nil {
			return policy{}, err
		}
	}
	return p, nil
}

// plan is a decision in the making: drafts, and the state as they leave it.
type plan struct {
	policy
	s      State
	t      Turn
	drafts []Draft
	said   int
	// mute are the hits of the turn that cannot be said: they lack values.
	mute map[string]bool
	err  error // of a draft that cannot be folded: a defect of ours
}

// decide returns what follows from a message.
func (p policy) decide(s State, t Turn) []Draft {
	pl := &plan{policy: p, s: s, t: t}
	pl.muteHits()
	pl.add(Draft{Type: MessageReceived, Actor: Actor{Kind: Visitor, ID: s.Visitor}, Data: t.Message})
	pl.add(Draft{Type: MessageAnalyzed, Actor: Actor{Kind: System}, Data: analyzed(pl.t)})
	switch s.Status {
	case StatusHuman:
	case StatusQueued:
		pl.whileQueued()
	default:
		if s.Status == StatusNew {
			pl.add(Draft{Type: StatusChanged, Actor: Actor{Kind: System}, Data: StatusChange{From: StatusNew, To: StatusBot, Owner: pl.bot()}})
		}
		// The order is the policy: the first that applies has the turn.
		_ = pl.handoffRules() || pl.runningFlow() || pl.open()
		pl.alsoAsked()
	}
	return pl.done()
}

// proceed returns what follows from an action's result. With broken set the
// flow ends: the turn has run too many actions.
func (p policy) proceed(s State, r ActionResult, broken bool) []Draft {
	pl := &plan{policy: p, s: s, t: Turn{Message: s.LastVisitor, Text: s.LastVisitor.Text}}
	pl.add(Draft{Type: ActionReturned, Actor: Actor{Kind: System}, Data: r})
	frame, running := pl.s.Active()
	if !pl.s.BotOwns() || !running || frame.Flow != r.Flow {
		return pl.done()
	}
	if broken || pl.flows == nil {
		pl.endFlow(frame.Flow, FlowFailed)
		pl.handoff(ReasonFailure, "")
		return pl.done()
	}
	pl.step(pl.flows.Return(pl.flowContext(), frame, r))
	pl.alsoAsked()
	return pl.done()
}

// done returns the drafts. One that could not be folded is among them, so that
// the commit fails as a whole instead of keeping half a decision.
//
// A visitor is never left without a word: a flow that ends in silence is
// closed with one.
func (pl *plan) done() []Draft {
	if pl.said == 0 && pl.s.Pending == nil && pl.s.BotOwns() && pl.s.LastFrom == Visitor && pl.err == nil {
		pl.reply(KindChitchat, "flow_done")
	}
	return pl.drafts
}

// add appends a draft and folds it into the plan's state.
func (pl *plan) add(d Draft) {
	if pl.err != nil {
		return
	}
	data, err := json.Marshal(d.Data)
	if err == nil {
		pl.s, err = Fold(pl.s, Event{
			Bot: pl.s.Bot, Conversation: pl.s.ID, Seq: pl.s.Seq + 1, Type: d.Type, At: pl.now, Actor: d.Actor, Data: data,
		})
	}
	if err != nil {
		pl.err = fault.Wrap(err, fault.Internal, "the policy drafted a %s that cannot be folded", d.Type)
	}
	pl.drafts = append(pl.drafts, d)
}

// say appends a message of the bot. What a turn says beyond the limit is
// joined to its last message: nothing is lost.
func (pl *plan) say(msg Message) {
	msg.ReplyTo = pl.t.Message.ID
	if pl.said == maxReplies {
		for i := len(pl.drafts) - 1; i >= 0; i-- {
			last, ok := pl.drafts[i].Data.(Message)
			if !ok || pl.drafts[i].Type != MessageSent {
				continue
			}
			last.Text += "\n" + msg.Text
			last.Buttons, last.Offer, last.Kind = append(slices.Clip(last.Buttons), msg.Buttons...), msg.Offer, msg.Kind
			last.Blocks = append(slices.Clip(last.Blocks), msg.Blocks...)
			last.Attachments = append(slices.Clip(last.Attachments), msg.Attachments...)
			pl.drafts[i].Data, pl.s.LastBot = last, last
			return
		}
	}
	pl.said++
	pl.add(Draft{Type: MessageSent, Actor: pl.bot(), Data: msg})
}

// reply says a wording of the reply book.
func (pl *plan) reply(kind, key string, buttons ...Button) {
	pl.say(Message{Kind: kind, Text: pl.word(key, ""), Buttons: buttons})
}

func (pl *plan) word(key, title string) string {
	waiting := 0
	if !pl.s.QueuedAt.IsZero() {
		waiting = int(pl.now.Sub(pl.s.QueuedAt).Minutes())
	}
	return pl.replies.say(pl.s, key, replyVars{Shop: pl.profile.Name, Bot: pl.profile.BotName, Title: title, Minutes: waiting})
}

func (pl *plan) bot() Actor { return Actor{Kind: Bot, ID: pl.s.Bot, Name: pl.profile.BotName} }

// miss records that the bot had nothing sure to say.
func (pl *plan) miss(reason string) {
	pl.add(Draft{Type: AnswerMissed, Actor: Actor{Kind: System}, Data: Missed{Message: pl.t.Message.ID, Reason: reason}})
}

// intent returns the message's intent when it is sure enough, else "".
func (pl *plan) intent() string {
	if i := pl.t.Result.Intent; i.Confidence >= pl.profile.IntentFloor {
		return i.Name
	}
	return ""
}

// best returns the hit to answer with: one in the answer band, or the article
// whose very question the visitor sent. A message that is out of scope gets
// nothing but the latter.
func (pl *plan) best() (kb.Hit, bool) {
	folded := FoldText(pl.t.Text)
	for _, h := range pl.t.Hits {
		if folded != "" && FoldText(h.Article.Question) == folded && !pl.mute[h.Article.ID] {
			return h, true
		}
	}
	if len(pl.t.Hits) > 0 && pl.t.Hits[0].Band == kb.Answer && !pl.outOfScope() {
		return pl.t.Hits[0], true
	}
	return kb.Hit{}, false
}

// analyzed is the record of a turn's understanding.
func analyzed(t Turn) Analyzed {
	a := Analyzed{
		Message: t.Message.ID, Intents: t.Result.Intents, Sentiment: t.Result.Sentiment,
		Entities: t.Result.Entities, Scope: t.Result.Scope, Emotion: t.Result.Emotion, Segments: t.Result.Segments,
		Risk: t.Result.Risk, Degraded: t.Degraded,
	}
	if len(a.Intents) == 0 && t.Result.Intent.Name != "" {
		a.Intents = append(a.Intents, t.Result.Intent)
	}
	for _, h := range t.Hits {
		if len(a.Candidates) < maxCandidates {
			a.Candidates = append(a.Candidates, Candidate{Article: h.Article.ID, Question: h.Article.Question, Score: h.Score, Band: h.Band})
		}
	}
	return a
}

// refer returns what text means beside the choices shown last: the button it
// names by place (第二个), or by a yes when there is one only. A running flow
// reads its own choices.
func (s State) refer(text string, p *Phrases) string {
	if len(s.Flows) > 0 || len(s.LastBot.Buttons) == 0 || s.LastFrom == Agent {
		return text
	}
	var choices []Button
	for _, b := range s.LastBot.Buttons {
		if b.Text != personButton.Text && b.URL == "" {
			choices = append(choices, b)
		}
		if strings.TrimSpace(text) == b.Title {
			return b.Text
		}
	}
	if i, ok := p.Ordinal(text, len(choices)); ok {
		return choices[i].Text
	}
	if len(choices) == 1 && s.LastBot.Offer == "" && p.Affirms(text) {
		return choices[0].Text
	}
	return text
}
