package desk

import (
	"strings"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/nlu"
)

// maxWords is how much of a visitor's own words a summary quotes.
const maxWords = 60

// packet returns the context packet of a conversation: the one recorded at the
// hand-off, with what came to be known since, or one made now when the agent
// looks at a conversation that the bot has not handed over.
func (s *Service) packet(st dialog.State, l *ledger) dialog.Packet {
	p := dialog.Packet{Intent: st.Matter, Slots: st.Slots, Facts: l.facts(), Shown: st.Shown}
	for _, m := range st.Moods {
		label := m.Sentiment.Label
		if label == "" {
			label = nlu.Neutral
		}
		p.Trend = append(p.Trend, label)
		if e := m.Emotion.Label; e != "" && e != nlu.Calm {
			p.Emotion = e
		}
	}
	if st.Handoff == nil || !handedOver(st) {
		p.Summary = s.summary(st)
		return p
	}
	told := st.Handoff.Packet
	p.Summary = told.Summary
	if p.Intent == "" {
		p.Intent = told.Intent
	}
	return p
}

// facts are what the latest look-up of each kind found: nothing of an earlier
// parcel stands beside the news of another.
func (l *ledger) facts() []dialog.Fact {
	var list []dialog.Fact
	for _, look := range l.lookups {
		list = append(list, look.facts...)
	}
	return list
}

// handedOver reports whether the bot's last hand-off is the reason why people
// have, or had, the conversation.
func handedOver(st dialog.State) bool { return !st.QueuedAt.IsZero() }

// summary says in one or two sentences who wants what.
func (s *Service) summary(st dialog.State) string {
	who := "访客"
	if st.Customer != "" {
		who = "客户 " + st.Customer
	}
	words := ""
	for i := len(st.Recent) - 1; i >= 0 && words == ""; i-- {
		if st.Recent[i].From == dialog.Visitor {
			words = st.Recent[i].Text
		}
	}
	if words == "" {
		return who + "还没有说明来意。"
	}
	var b strings.Builder
	b.WriteString(who)
	matter := ""
	if s.opt.MatterName != nil && st.Matter != "" {
		matter = s.opt.MatterName(st.Matter)
	}
	if matter != "" {
		b.WriteString("咨询" + matter + "，")
	} else {
		b.WriteString("正在咨询，")
	}
	switch {
	case st.BotOwns():
		b.WriteString("由机器人接待。")
	case st.Status == dialog.StatusClosed:
		b.WriteString("会话已结束。")
	default:
		b.WriteString("由坐席主动接管。")
	}
	if runes := []rune(words); len(runes) > maxWords {
		words = string(runes[:maxWords]) + "…"
	}
	b.WriteString("原话：“" + words + "”。")
	return b.String()
}
