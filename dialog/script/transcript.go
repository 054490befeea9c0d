package script

import (
	"fmt"
	"strings"

	"github.com/yingda/yingda/dialog"
)

// note adds a line to the transcript.
func (s *session) note(format string, args ...any) {
	fmt.Fprintf(&s.transcript, format+"\n", args...)
}

// record writes a turn down: the message, how it was understood, what
// happened, and what the bot said.
func (s *session) record(text string) {
	s.note("访客：%s", text)
	if s.err != nil {
		s.note("  ! %v", s.err)
		return
	}
	if s.out.Duplicate {
		s.note("  = 重复的消息")
	}
	a := s.out.State.Analysis
	var facts []string
	for _, i := range a.Intents {
		facts = append(facts, fmt.Sprintf("%s %.2f", i.Name, i.Confidence))
	}
	if a.Sentiment.Label != "" {
		facts = append(facts, fmt.Sprintf("%s %.2f", a.Sentiment.Label, a.Sentiment.Score))
	}
	for _, e := range a.Entities {
		facts = append(facts, fmt.Sprintf("%s=%s", e.Type, e.Value))
	}
	for _, c := range a.Candidates {
		facts = append(facts, fmt.Sprintf("[%s %.2f %s]", c.Article, c.Score, c.Band))
	}
	if a.Degraded != "" {
		facts = append(facts, "degraded="+a.Degraded)
	}
	s.note("  ? %s", strings.Join(facts, " · "))
	for _, e := range s.out.Events {
		switch e.Type {
		case dialog.MessageReceived, dialog.MessageAnalyzed, dialog.MessageSent:
		default:
			s.note("  · %s %s", e.Type, brief(e.Data))
		}
	}
	for _, m := range s.out.Replies {
		s.note("机器人（%s）：%s", m.Kind, m.Text)
		for _, b := range m.Buttons {
			s.note("    [%s]", b.Title)
		}
	}
}

// brief shortens an event's data for the transcript.
func brief(data []byte) string {
	r := []rune(string(data))
	if len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return string(r)
}
