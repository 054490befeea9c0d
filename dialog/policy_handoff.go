package dialog

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// personButton asks for a person.
var personButton = Button{Title: "转人工", Text: "转人工"}

// maxBareWish is the length in code points up to which 不要人工 is the whole
// message; in a longer one something else is asked too.
const maxBareWish = 12

// handoffRules gives the conversation to people when the visitor wants it, or
// must not be kept waiting by a machine.
func (pl *plan) handoffRules() bool {
	declined := pl.phrases.DeclinesPerson(pl.t.Text)
	switch {
	case pl.asksPerson(declined):
		pl.personAsked()
	case declined && pl.s.LastBot.Offer == "" && len(pl.s.Flows) == 0 && utf8.RuneCountInString(pl.t.Text) <= maxBareWish:
		pl.reply(KindChitchat, "person_declined")
	case pl.offered() && pl.phrases.Affirms(pl.t.Text):
		pl.personAsked()
	case pl.offered() && (declined || pl.phrases.Denies(pl.t.Text)) && len(pl.s.Flows) == 0:
		pl.reply(KindChitchat, "person_declined")
	case pl.angry():
		pl.handoff(ReasonAnger, "")
	case !declined && pl.risky():
		pl.handoff(ReasonRisk, "")
	default:
		return false
	}
	return true
}

// asksPerson reports whether the message asks for people: by wording, or by a
// sure intent that no wording contradicts.
func (pl *plan) asksPerson(declined bool) bool {
	if pl.phrases.AsksPerson(pl.t.Text, pl.profile.HandoffPhrases) {
		return true
	}
	return pl.intent() == "human_agent" && !declined && !pl.phrases.MentionsPerson(pl.t.Text)
}

// offered reports whether the bot has just offered a person.
func (pl *plan) offered() bool { return pl.s.LastBot.Offer == OfferPerson }

// minOutburst is the length in code points from which a message may be one;
// shorter ones, answers mostly, sound worse than they are meant.
const minOutburst = 6

// angry reports whether a machine should stop talking: two strongly negative
// messages or insults within three, a threat with authorities or publicity, or
// the announcement of a complaint in anger.
func (pl *plan) angry() bool {
	now := pl.mood()
	if pl.phrases.Threatens(pl.t.Text) {
		return true
	}
	if pl.phrases.Complains(pl.t.Text) && (pl.outburst(now) || pl.intent() == "complaint" || pl.intent() == "abuse" || pl.t.Degraded == "nlu") {
		return true
	}
	negative, abuse := 0, 0
	for _, m := range pl.s.Moods[max(0, len(pl.s.Moods)-3):] {
		if pl.outburst(m) {
			negative++
		}
		if m.Intent == "abuse" {
			abuse++
		}
	}
	return pl.outburst(now) && negative >= 2 || pl.intent() == "abuse" && abuse >= 2
}

// mood is that of the message at hand.
func (pl *plan) mood() Mood {
	if n := len(pl.s.Moods); n > 0 {
		return pl.s.Moods[n-1]
	}
	return Mood{}
}

// outburst reports whether a message was strongly negative, or angry. One that
// is not about the shop at all is none, however it sounds.
func (pl *plan) outburst(m Mood) bool {
	if m.Outside {
		return false
	}
	strong := m.Sentiment.Label == nlu.Negative && m.Sentiment.Score >= pl.profile.AngerFloor ||
		m.Emotion.Label == nlu.Anger && m.Emotion.Score >= pl.profile.AngerFloor
	return strong &&
		(m.Length >= minOutburst || m.Intent == "complaint" || m.Intent == "abuse")
}

// personAsked hands over at the visitor's wish, through the bot's own flow for
// it when it has one.
func (pl *plan) personAsked() {
	if pl.flows != nil {
		if flow, ok := pl.flows.ByIntent("human_agent"); ok {
			if active, running := pl.s.Active(); !running || active.Flow != flow {
				pl.startFlow(flow)
				return
			}
		}
	}
	pl.handoff(ReasonAsked, "")
}

// handoff puts the conversation into the people's queue, with the packet that
// spares the visitor from repeating anything.
func (pl *plan) handoff(reason HandoffReason, group string) {
	pl.handoffSaying(reason, group, pl.word("handoff_"+string(reason), ""))
}

func (pl *plan) handoffSaying(reason HandoffReason, group, text string) {
	if group == "" {
		group = pl.s.SkillGroup
	}
	packet := pl.packet(reason)
	for i := len(pl.s.Flows) - 1; i >= 0; i-- {
		pl.endFlow(pl.s.Flows[i].Flow, FlowHandedOver)
	}
	pl.add(Draft{Type: HandoffRequested, Actor: pl.bot(), Data: Handoff{Reason: reason, SkillGroup: group, Packet: packet}})
	if text != "" {
		pl.say(Message{Kind: KindHandoff, Text: text})
	}
	pl.add(Draft{Type: StatusChanged, Actor: pl.bot(), Data: StatusChange{From: pl.s.Status, To: StatusQueued, Reason: string(reason)}})
}

// whileQueued is all the bot does after a hand-off: one notice, and giving the
// conversation back to itself when the visitor no longer wants a person.
func (pl *plan) whileQueued() {
	if pl.phrases.DeclinesPerson(pl.t.Text) {
		pl.add(Draft{Type: StatusChanged, Actor: Actor{Kind: Visitor, ID: pl.s.Visitor}, Data: StatusChange{
			From: StatusQueued, To: StatusBot, Owner: pl.bot(), Reason: "visitor left the queue",
		}})
		pl.reply(KindChitchat, "queue_left", pl.menu()...)
		return
	}
	if pl.s.QueueNotices == 0 {
		pl.reply(KindHandoff, "queue_notice")
	}
}

// packet gathers what an agent must know.
func (pl *plan) packet(reason HandoffReason) Packet {
	p := Packet{Intent: pl.s.Matter, Slots: pl.s.Slots, Facts: pl.s.Facts, Shown: pl.s.Shown}
	for _, m := range pl.s.Moods {
		label := m.Sentiment.Label
		if label == "" {
			label = nlu.Neutral
		}
		p.Trend = append(p.Trend, label)
		if e := m.Emotion.Label; e != "" && e != nlu.Calm {
			p.Emotion = e
		}
	}
	for _, h := range pl.t.Hits {
		said, ok := pl.s.Say(h.Article, pl.profile, pl.now)
		if ok && h.Band != kb.Abstain && len(p.Suggestions) < 3 {
			p.Suggestions = append(p.Suggestions, Suggestion{
				ID: "article:" + h.Article.ID, Title: h.Article.Question, Text: said.Text,
				Source: "article", Article: h.Article.ID, Score: h.Score,
			})
		}
	}
	p.Summary = pl.summary(reason)
	return p
}

var reasonWords = map[HandoffReason]string{
	ReasonAsked: "要求人工", ReasonAnger: "情绪不满", ReasonRisk: "可能不满意", ReasonMisses: "机器人多次未能解答",
	ReasonRule: "按规则转接", ReasonBusiness: "需人工处理", ReasonFailure: "系统未能查到结果",
}

// summary says in one or two sentences who wants what, and how far it got.
func (pl *plan) summary(reason HandoffReason) string {
	var b strings.Builder
	who := "访客"
	if pl.s.Customer != "" {
		who = "客户 " + pl.s.Customer
	}
	matter := matterName(pl.s.Matter)
	if matter == "" {
		matter = "未说明具体事项"
	}
	fmt.Fprintf(&b, "%s咨询%s，%s。", who, matter, reasonWords[reason])
	if active, ok := pl.s.Active(); ok && pl.flows != nil && active.Flow != "handoff" {
		if title := pl.flows.Title(active.Flow); title != "" {
			fmt.Fprintf(&b, "转接前正在%s。", title)
		}
	}
	if text := pl.lastWords(); text != "" {
		fmt.Fprintf(&b, "原话：“%s”。", text)
	}
	return b.String()
}

// lastWords is the latest visitor message that is more than asking for a person.
func (pl *plan) lastWords() string {
	for i := len(pl.s.Recent) - 1; i >= 0; i-- {
		line := pl.s.Recent[i]
		if line.From != Visitor || pl.phrases.AsksPerson(line.Text, pl.profile.HandoffPhrases) || pl.phrases.Affirms(line.Text) {
			continue
		}
		if runes := []rune(line.Text); len(runes) > 60 {
			return string(runes[:60]) + "…"
		}
		return line.Text
	}
	return ""
}
