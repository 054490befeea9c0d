package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/kb/usage"
)

// rejection is how customers say that an answer was not the one.
var rejection = regexp.MustCompile(`没用|没什么用|不是这个|不是问这个|我问的不是|答非所问|没有?回答|不对|没解决|解决不了|看不懂|听不懂|没帮助|没有帮助|废话`)

// handedWithin is how many messages of the customer after an answer may go by
// until a hand-off no longer counts against it.
const handedWithin = 2

// teller walks through a conversation's events.
type teller struct {
	story      usage.Story
	mask       func(string) string
	texts      map[string]string // messages by id
	analysis   dialog.Analyzed   // of the customer's latest message
	latest     string            // the customer's latest message
	asked      string            // the one that the last answer was to
	last       string            // the article that the bot answered with last
	since      int               // messages of the customer since then
	complained bool              // of that answer
	offered    map[string]string
	offeredTo  string            // the message that the choices answered
	drafts     map[string]string // desk suggestions: article by id
	disliked   map[string]bool   // messages with a thumb down
}

// storyOf is what all events of a conversation tell of articles and of
// questions without an answer. Texts are masked by mask. Its facts depend on
// the events alone, so that counting beyond a cursor counts each once.
func storyOf(events []dialog.Event, mask func(string) string) (usage.Story, error) {
	t := &teller{mask: mask, texts: map[string]string{}, offered: map[string]string{}, drafts: map[string]string{}, disliked: map[string]bool{}}
	for _, e := range events {
		if err := t.event(e); err != nil {
			return usage.Story{}, fault.Wrap(err, fault.Internal, "event %d (%s) of conversation %s cannot be read", e.Seq, e.Type, e.Conversation)
		}
		t.story.Last = e.Seq
	}
	return t.story, nil
}

func (t *teller) event(e dialog.Event) error {
	switch e.Type {
	case dialog.MessageReceived:
		return read(e, func(m dialog.Message) { t.received(e, m) })
	case dialog.MessageAnalyzed:
		return read(e, func(a dialog.Analyzed) { t.analyzed(e, a) })
	case dialog.MessageSent:
		if e.Actor.Kind == dialog.Bot {
			return read(e, func(m dialog.Message) { t.sent(e, m) })
		}
		t.last = "" // from now on a person answers
	case dialog.AnswerMissed:
		return read(e, func(m dialog.Missed) {
			if m.Reason != "out_of_scope" && m.Reason != "degraded" {
				t.question(e, t.texts[m.Message], m.Reason)
			}
		})
	case dialog.HandoffRequested:
		return read(e, func(h dialog.Handoff) { t.handed(e, h) })
	case dialog.MessageRated:
		return read(e, func(r dialog.Rating) { t.rated(e, r) })
	case dialog.SuggestionsShown:
		return read(e, func(s dialog.Suggestions) { t.shown(e, s.Suggestions) })
	case dialog.SuggestionUsed:
		return read(e, func(u dialog.SuggestionUse) {
			kind := usage.Taken
			if u.Use == "ignored" {
				kind = usage.Ignored
			}
			t.fact(e, t.drafts[u.Suggestion], kind)
		})
	}
	return nil
}

// read decodes an event's data.
func read[T any](e dialog.Event, use func(T)) error {
	var d T
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return err
	}
	use(d)
	return nil
}

func (t *teller) fact(e dialog.Event, article string, kind usage.Kind) {
	if article != "" {
		t.story.Facts = append(t.story.Facts, usage.Fact{Seq: e.Seq, Article: article, Kind: kind, At: e.At})
	}
}

// question keeps a question that found no answer, once an event.
func (t *teller) question(e dialog.Event, text, reason string) {
	text = strings.TrimSpace(t.mask(text))
	if n := len(t.story.Questions); text == "" || n > 0 && t.story.Questions[n-1].Seq == e.Seq {
		return
	}
	q := usage.Question{Conversation: e.Conversation, Seq: e.Seq, At: e.At, Text: text, Reason: reason}
	if c := t.analysis.Candidates; len(c) > 0 {
		q.Article, q.Probability = c[0].Article, c[0].Score
	}
	t.story.Questions = append(t.story.Questions, q)
}

func (t *teller) received(e dialog.Event, m dialog.Message) {
	t.texts[m.ID], t.latest = m.Text, m.Text
	t.analysis = dialog.Analyzed{}
	if article, ok := t.offered[strings.TrimSpace(m.Text)]; ok {
		t.fact(e, article, usage.Taken)
		t.offered, t.offeredTo = map[string]string{}, ""
	}
	if t.last == "" {
		return
	}
	t.since++
	if t.since == 1 && rejection.MatchString(m.Text) {
		t.fact(e, t.last, usage.Disliked)
		t.question(e, t.asked, "disliked")
		t.complained = true
	}
	if t.since > handedWithin {
		t.last = ""
	}
}

// rated is a thumb up or down on a message of the bot. Only the first thumb
// down on a message counts.
func (t *teller) rated(e dialog.Event, r dialog.Rating) {
	if r.Useful || t.disliked[r.Message] {
		return
	}
	t.disliked[r.Message] = true
	for _, article := range r.Articles {
		t.fact(e, article, usage.Disliked)
	}
}

func (t *teller) analyzed(e dialog.Event, a dialog.Analyzed) {
	t.analysis = a
	if len(a.Intents) > 0 && a.Intents[0].Name == "unclear" {
		t.question(e, t.texts[a.Message], "unclear")
	}
}

// sent is a message of the bot. What it offered before and was not chosen by
// now was passed over, unless the answer is one of the choices: a customer who
// writes 第二个 chose as well.
func (t *teller) sent(e dialog.Event, m dialog.Message) {
	if len(t.offered) > 0 && t.offeredTo != t.latest {
		chosen := ""
		for _, article := range t.offered {
			if m.Kind == dialog.KindAnswer && len(m.Articles) > 0 && m.Articles[0] == article {
				chosen = article
				break
			}
		}
		if chosen == "" {
			t.passedOver(e)
		}
		t.fact(e, chosen, usage.Taken)
		t.offered, t.offeredTo = map[string]string{}, ""
	}
	switch m.Kind {
	case dialog.KindAnswer:
		for _, article := range m.Articles {
			t.fact(e, article, usage.Answered)
		}
		if len(m.Articles) > 0 {
			t.last, t.since, t.asked, t.complained = m.Articles[0], 0, t.latest, false
		}
	case dialog.KindSuggest:
		for _, b := range m.Buttons {
			for _, c := range t.analysis.Candidates {
				if c.Question == b.Text {
					t.offered[b.Text], t.offeredTo = c.Article, t.latest
					t.fact(e, c.Article, usage.Suggested)
					break
				}
			}
		}
	}
}

// passedOver are the choices that the customer did not take.
func (t *teller) passedOver(e dialog.Event) {
	for _, article := range slices.Sorted(maps.Values(t.offered)) {
		t.fact(e, article, usage.Ignored)
	}
	t.question(e, t.offeredTo, "suggestions_ignored")
}

// handed is the way to people. A question that was answered and complained of
// is one question, also where the complaint led there.
func (t *teller) handed(e dialog.Event, h dialog.Handoff) {
	if t.last != "" {
		t.fact(e, t.last, usage.Handed)
		if !t.complained {
			t.question(e, t.asked, "handed_over")
		}
		t.last = ""
	}
	if len(t.offered) > 0 && t.offeredTo != t.latest {
		t.passedOver(e)
	}
	t.offered, t.offeredTo = map[string]string{}, ""
	t.shown(e, h.Packet.Suggestions)
}

// shown are suggestions that an agent sees.
func (t *teller) shown(e dialog.Event, list []dialog.Suggestion) {
	for _, s := range list {
		if _, before := t.drafts[s.ID]; s.Article != "" && !before {
			t.drafts[s.ID] = s.Article
			t.fact(e, s.Article, usage.Shown)
		}
	}
}

// transcriptOf is a conversation as mining reads it.
func transcriptOf(id string, events []dialog.Event) (mining.Transcript, error) {
	t := mining.Transcript{ID: id}
	drafts := map[string]string{}
	used := map[string]string{} // article by message
	keep := func(list []dialog.Suggestion) {
		for _, s := range list {
			drafts[s.ID] = s.Article
		}
	}
	ids := []string{}
	for _, e := range events {
		var err error
		turn := func(role mining.Role) error {
			return read(e, func(m dialog.Message) {
				article := ""
				if len(m.Articles) > 0 {
					article = m.Articles[0]
				}
				t.Turns = append(t.Turns, mining.Turn{Role: role, Text: m.Text, At: e.At, Article: article})
				ids = append(ids, m.ID)
			})
		}
		switch e.Type {
		case dialog.ConversationStarted:
			t.At = e.At
			err = read(e, func(s dialog.Started) { t.Channel = s.Channel })
		case dialog.MessageReceived:
			err = turn(mining.Customer)
		case dialog.MessageSent:
			role := mining.Agent
			if e.Actor.Kind != dialog.Agent {
				role = mining.Bot
			}
			err = turn(role)
		case dialog.SuggestionsShown:
			err = read(e, func(s dialog.Suggestions) { keep(s.Suggestions) })
		case dialog.HandoffRequested:
			err = read(e, func(h dialog.Handoff) { keep(h.Packet.Suggestions) })
		case dialog.SuggestionUsed:
			err = read(e, func(u dialog.SuggestionUse) {
				if u.Use != "ignored" {
					used[u.Message] = drafts[u.Suggestion]
				}
			})
		}
		if err != nil {
			return t, fault.Wrap(err, fault.Internal, "event %d (%s) of conversation %s cannot be read", e.Seq, e.Type, e.Conversation)
		}
	}
	for i, id := range ids {
		if t.Turns[i].Role == mining.Agent && t.Turns[i].Article == "" {
			t.Turns[i].Article = used[id]
		}
	}
	return t, nil
}
