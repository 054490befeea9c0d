package dialog

import (
	"slices"
	"strings"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// open deals with a message that no rule and no running flow claimed: start a
// flow, answer, make small talk, suggest, clarify.
func (pl *plan) open() bool {
	if flow := pl.s.pressed(pl.t.Message.Text); flow != "" && pl.flows != nil && pl.flows.Title(flow) != "" {
		pl.startFlow(flow)
		return true
	}
	hit, sure := pl.best()
	exact := sure && FoldText(hit.Article.Question) == FoldText(pl.t.Text)
	if !exact {
		if flow, confidence, ok := pl.trigger(); ok && (!sure || confidence >= hit.Score) {
			pl.startFlow(flow)
			return true
		}
	}
	if !sure && pl.phrases.Begins(pl.t.Text) {
		pl.reply(KindChitchat, "listening")
		return true
	}
	intent := pl.t.Result.Intent
	if talk := pl.intent(); talk != "" && !NamesMatter(talk) && (!sure || intent.Confidence > hit.Score) && pl.smallTalk(talk) {
		return true
	}
	switch {
	case sure:
		pl.answer(hit)
	case pl.t.Degraded != "":
		pl.missed("degraded", "degraded")
	case pl.intent() == "complaint" || pl.outburst(pl.mood()):
		pl.say(Message{Kind: KindApology, Text: pl.word("complaint", ""), Buttons: []Button{personButton}, Offer: OfferPerson})
	case pl.outOfScope():
		pl.outside()
	case pl.likelier("inform"):
		pl.missed("low_confidence", "inform")
	case pl.suggest("suggest"):
	case pl.intent() == "unclear":
		pl.missed("low_confidence", "unclear")
	case pl.intent() == "inform":
		pl.missed("low_confidence", "inform")
	default:
		pl.missed("no_article", "clarify")
	}
	return true
}

// answer gives an article, but never the same words twice in a row.
func (pl *plan) answer(hit kb.Hit) {
	msg, ok := pl.s.Say(hit.Article, pl.profile, pl.now)
	if !ok { // mute hits are not sure, so that none comes here
		pl.missed("no_article", "clarify")
		return
	}
	if pl.repeats(msg) {
		pl.repeated(hit)
		return
	}
	pl.say(msg)
}

// muteHits finds the hits that cannot be said for want of values: they answer
// nothing, and are no choices for the customer, but agents may see them.
func (pl *plan) muteHits() {
	pl.mute = map[string]bool{}
	hits := slices.Clone(pl.t.Hits)
	for i, h := range hits {
		if _, ok := pl.s.Say(h.Article, pl.profile, pl.now); !ok {
			pl.mute[h.Article.ID] = true
			if h.Band == kb.Answer {
				hits[i].Band = kb.Suggest
			}
		}
	}
	pl.t.Hits = hits
}

// pressed returns the flow that the text of a button of the bot's last message
// starts, or "".
func (s State) pressed(text string) string {
	text = strings.TrimSpace(text)
	for _, b := range s.LastBot.Buttons {
		if b.Flow != "" && (text == b.Text || text == b.Title) {
			return b.Flow
		}
	}
	for _, block := range s.LastBot.Blocks {
		for _, b := range block.Buttons {
			if b.Press == kb.StartFlow && text == b.Label {
				return b.Value
			}
		}
	}
	return ""
}

// repeats reports whether the last answer of the bot was this one, small talk
// and questions of a flow in between or not.
func (pl *plan) repeats(msg Message) bool {
	for _, line := range slices.Backward(pl.s.Recent) {
		switch {
		case line.From == Agent:
			return false
		case line.From == Bot && line.Kind == KindAnswer:
			return line.Text == msg.Text
		}
	}
	return false
}

// repeated takes the place of an answer that was given already: it asks what
// was missing, offers the next best articles and a person.
func (pl *plan) repeated(hit kb.Hit) {
	pl.miss("repeated")
	if pl.s.Misses > pl.profile.MissLimit {
		pl.handoff(ReasonMisses, "")
		return
	}
	pl.say(Message{
		Kind: KindClarify, Text: pl.word("repeated", ""), Offer: OfferPerson,
		Buttons: append(pl.choices(maxSuggestions-1, hit.Article.ID), personButton),
	})
}

// suggest offers articles that may answer; false when there are none. A second
// offer in a row counts as a miss.
func (pl *plan) suggest(key string) bool {
	buttons := pl.choices(maxSuggestions, "")
	if len(buttons) == 0 {
		return false
	}
	if pl.s.LastBot.Kind == KindSuggest && pl.s.LastFrom == Visitor {
		pl.miss("low_confidence")
		if pl.s.Misses > pl.profile.MissLimit {
			pl.handoff(ReasonMisses, "")
			return true
		}
		if len(buttons) == maxSuggestions {
			buttons = buttons[:maxSuggestions-1]
		}
		buttons = append(buttons, personButton)
	}
	pl.say(Message{Kind: KindSuggest, Text: pl.word(key, ""), Buttons: buttons})
	return true
}

// missed says that the bot has nothing sure: first it asks to rephrase, at the
// limit it offers a person, beyond it hands over.
func (pl *plan) missed(reason, key string) {
	pl.miss(reason)
	switch {
	case pl.s.Misses > pl.profile.MissLimit:
		pl.handoff(ReasonMisses, "")
	case pl.s.Misses == pl.profile.MissLimit:
		pl.say(Message{Kind: KindClarify, Text: pl.word("offer_person", ""), Buttons: []Button{personButton}, Offer: OfferPerson})
	case reason == "degraded":
		pl.say(Message{Kind: KindApology, Text: pl.word(key, ""), Buttons: []Button{personButton}, Offer: OfferPerson})
	default:
		pl.say(Message{Kind: KindClarify, Text: pl.word(key, ""), Buttons: pl.menu()})
	}
}

// smallTalk answers an intent that names no matter; false leaves the message
// to the knowledge base.
func (pl *plan) smallTalk(intent string) bool {
	switch intent {
	case "greeting":
		pl.reply(KindGreeting, intent, pl.menu()...)
	case "thanks", "goodbye", "wait", "praise", "bot_identity", "affirm", "deny":
		pl.reply(KindChitchat, intent)
	case "urge_reply":
		pl.reply(KindChitchat, intent, personButton)
	case nlu.OutOfScope:
		if pl.outOfScope() || !pl.likelier(intent) {
			return false // decided later, or something in the knowledge base may fit
		}
		pl.missed("out_of_scope", intent)
	case "abuse":
		pl.say(Message{Kind: KindApology, Text: pl.word("abuse", ""), Buttons: []Button{personButton}, Offer: OfferPerson})
	default:
		return false
	}
	return true
}

// likelier reports whether the message has this intent more probably than the
// best article answers it: both are probabilities.
func (pl *plan) likelier(intent string) bool {
	return pl.intent() == intent && (len(pl.t.Hits) == 0 || pl.t.Result.Intent.Confidence > pl.t.Hits[0].Score)
}

// menu are the questions a bot offers when it does not know where to begin.
func (pl *plan) menu() []Button {
	var buttons []Button
	for _, q := range pl.profile.Menu {
		if len(buttons) < maxSuggestions {
			buttons = append(buttons, Button{Title: q, Text: q})
		}
	}
	return buttons
}
