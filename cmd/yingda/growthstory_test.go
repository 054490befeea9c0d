package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/kb/usage"
)

var storyTime = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// toldTalk builds the events of a conversation.
type toldTalk struct {
	t      *testing.T
	events []dialog.Event
}

func (k *toldTalk) add(kind dialog.EventType, actor dialog.ActorKind, data any) *toldTalk {
	k.t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		k.t.Fatal(err)
	}
	n := len(k.events) + 1
	k.events = append(k.events, dialog.Event{
		Seq: int64(n), Bot: "demo", Conversation: "c1", Type: kind, At: storyTime.Add(time.Duration(n) * time.Second), Actor: dialog.Actor{Kind: actor}, Data: raw,
	})
	return k
}

func (k *toldTalk) customer(id, text, intent string, candidates ...dialog.Candidate) *toldTalk {
	k.add(dialog.MessageReceived, dialog.Visitor, map[string]string{"id": id, "text": text})
	return k.add(dialog.MessageAnalyzed, dialog.System, map[string]any{
		"message": id, "intents": []map[string]any{{"name": intent, "confidence": 0.9}}, "candidates": candidates,
	})
}

func (k *toldTalk) answer(article string) *toldTalk {
	return k.add(dialog.MessageSent, dialog.Bot, dialog.Message{ID: "b-" + article, Text: "答", Kind: dialog.KindAnswer, Articles: []string{article}})
}

func (k *toldTalk) suggest(questions ...string) *toldTalk {
	m := dialog.Message{ID: "s", Kind: dialog.KindSuggest, Text: "您想问的是？"}
	for _, q := range questions {
		m.Buttons = append(m.Buttons, dialog.Button{Title: q, Text: q})
	}
	return k.add(dialog.MessageSent, dialog.Bot, m)
}

func (k *toldTalk) tell() (facts []string, questions []string) {
	k.t.Helper()
	story, err := storyOf(k.events, func(s string) string { return mining.Mask(s, nil) })
	if err != nil {
		k.t.Fatal(err)
	}
	if story.Last != int64(len(k.events)) {
		k.t.Errorf("last is %d of %d", story.Last, len(k.events))
	}
	for _, f := range story.Facts {
		facts = append(facts, f.Article+" "+string(f.Kind))
	}
	for _, q := range story.Questions {
		questions = append(questions, q.Reason+" "+q.Text)
	}
	return facts, questions
}

func TestStory(t *testing.T) {
	fee := dialog.Candidate{Article: "fee", Question: "运费怎么算", Score: 0.4}
	ship := dialog.Candidate{Article: "ship", Question: "多久发货", Score: 0.3}
	for name, c := range map[string]struct {
		build     func(k *toldTalk)
		facts     []string
		questions []string
	}{
		"an answer": {func(k *toldTalk) {
			k.customer("1", "几天发货", "ship_time").answer("ship").customer("2", "谢谢", "thanks")
		}, []string{"ship answered"}, nil},
		"a disliked answer": {func(k *toldTalk) {
			k.customer("1", "电话13812345678的几天发货", "ship_time").answer("ship").customer("2", "不是这个", "deny")
		}, []string{"ship answered", "ship disliked"}, []string{"disliked 电话[电话]的几天发货"}},
		"later words are no dislike": {func(k *toldTalk) {
			k.customer("1", "几天发货", "ship_time").answer("ship").customer("2", "好", "affirm").customer("3", "没用", "deny")
		}, []string{"ship answered"}, nil},
		"a choice clicked": {func(k *toldTalk) {
			k.customer("1", "多少", "unclear", fee, ship).suggest("运费怎么算", "多久发货").customer("2", "多久发货", "ship_time").answer("ship")
		}, []string{"fee suggested", "ship suggested", "ship taken", "ship answered"}, []string{"unclear 多少"}},
		"a choice in words": {func(k *toldTalk) {
			k.customer("1", "这", "price_query", fee, ship).suggest("运费怎么算", "多久发货").customer("2", "第二个", "affirm").answer("ship")
		}, []string{"fee suggested", "ship suggested", "ship taken", "ship answered"}, nil},
		"choices passed over": {func(k *toldTalk) {
			k.customer("1", "能便宜吗", "bargain", fee, ship).suggest("运费怎么算", "多久发货").customer("2", "专票呢", "invoice_request").answer("invoice")
		}, []string{"fee suggested", "ship suggested", "fee ignored", "ship ignored", "invoice answered"}, []string{"suggestions_ignored 能便宜吗"}},
		"a miss": {func(k *toldTalk) {
			k.customer("1", "能寄到月球吗", "carrier_query", fee).add(dialog.AnswerMissed, dialog.System, dialog.Missed{Message: "1", Reason: "no_article"})
			k.customer("2", "今天天气", "out_of_scope").add(dialog.AnswerMissed, dialog.System, dialog.Missed{Message: "2", Reason: "out_of_scope"})
		}, nil, []string{"no_article 能寄到月球吗"}},
		"answered, then a person": {func(k *toldTalk) {
			k.customer("1", "几天发货", "ship_time").answer("ship").customer("2", "转人工", "human_agent").
				add(dialog.HandoffRequested, dialog.Bot, dialog.Handoff{Packet: dialog.Packet{Suggestions: []dialog.Suggestion{{ID: "d1", Article: "ship"}}}})
		}, []string{"ship answered", "ship handed", "ship shown"}, []string{"handed_over 几天发货"}},
		"complained of, then a person": {func(k *toldTalk) {
			k.customer("1", "几天发货", "ship_time").answer("ship").customer("2", "没用，转人工", "human_agent").
				add(dialog.HandoffRequested, dialog.Bot, dialog.Handoff{})
		}, []string{"ship answered", "ship disliked", "ship handed"}, []string{"disliked 几天发货"}},
		"choices, then a person": {func(k *toldTalk) {
			k.customer("1", "能送到火星吗", "carrier_query", fee, ship).suggest("运费怎么算", "多久发货").customer("2", "转人工", "human_agent").
				add(dialog.HandoffRequested, dialog.Bot, dialog.Handoff{})
		}, []string{"fee suggested", "ship suggested", "fee ignored", "ship ignored"}, []string{"suggestions_ignored 能送到火星吗"}},
		"a person with the choices": {func(k *toldTalk) {
			k.customer("1", "能送到火星吗", "carrier_query", fee, ship).suggest("运费怎么算", "多久发货").
				add(dialog.HandoffRequested, dialog.Bot, dialog.Handoff{})
		}, []string{"fee suggested", "ship suggested"}, nil},
		"a person long after": {func(k *toldTalk) {
			k.customer("1", "几天发货", "ship_time").answer("ship").customer("2", "好", "affirm").customer("3", "谢谢", "thanks").customer("4", "转人工", "human_agent").
				add(dialog.HandoffRequested, dialog.Bot, dialog.Handoff{})
		}, []string{"ship answered"}, nil},
		"an agent's suggestions": {func(k *toldTalk) {
			k.add(dialog.SuggestionsShown, dialog.System, dialog.Suggestions{Message: "1", Suggestions: []dialog.Suggestion{{ID: "a", Article: "ship"}, {ID: "b", Article: "fee"}, {ID: "c"}}}).
				add(dialog.SuggestionUsed, dialog.Agent, dialog.SuggestionUse{Suggestion: "a", Use: "edited"}).
				add(dialog.SuggestionUsed, dialog.Agent, dialog.SuggestionUse{Suggestion: "b", Use: "ignored"}).
				add(dialog.SuggestionUsed, dialog.Agent, dialog.SuggestionUse{Suggestion: "c", Use: "taken"})
		}, []string{"ship shown", "fee shown", "ship taken", "fee ignored"}, nil},
		"a thumb down, and again": {func(k *toldTalk) {
			k.customer("1", "几天发货", "ship_time").answer("ship").
				add(dialog.MessageRated, dialog.Visitor, dialog.Rating{Message: "b-ship", Articles: []string{"ship"}}).
				add(dialog.MessageRated, dialog.Visitor, dialog.Rating{Message: "b-ship", Articles: []string{"ship"}}).
				add(dialog.MessageRated, dialog.Visitor, dialog.Rating{Message: "b-fee", Useful: true, Articles: []string{"fee"}})
		}, []string{"ship answered", "ship disliked"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			k := &toldTalk{t: t}
			c.build(k)
			facts, questions := k.tell()
			if d := cmp.Diff(c.facts, facts); d != "" {
				t.Errorf("facts: %s", d)
			}
			if d := cmp.Diff(c.questions, questions); d != "" {
				t.Errorf("questions: %s", d)
			}
		})
	}
}

// What the first events tell does not change when more follow: else counting
// beyond a cursor would count some things twice or never.
func TestStoryGrowsOnly(t *testing.T) {
	k := &toldTalk{t: t}
	fee := dialog.Candidate{Article: "fee", Question: "运费怎么算", Score: 0.4}
	k.customer("1", "几天发货", "ship_time").answer("ship").customer("2", "没用", "deny", fee).suggest("运费怎么算").customer("3", "换一个", "deny").answer("x").
		customer("4", "人工", "human_agent").add(dialog.HandoffRequested, dialog.Bot, dialog.Handoff{})
	whole, err := storyOf(k.events, strings.TrimSpace)
	if err != nil || len(whole.Facts) < 5 {
		t.Fatalf("%+v, %v", whole, err)
	}
	for n := range k.events {
		part, err := storyOf(k.events[:n], strings.TrimSpace)
		if err != nil {
			t.Fatal(err)
		}
		var want []usage.Fact
		for _, f := range whole.Facts {
			if f.Seq <= int64(n) {
				want = append(want, f)
			}
		}
		if d := cmp.Diff(want, part.Facts); d != "" {
			t.Errorf("after %d events: %s", n, d)
		}
	}
}

func TestStoryOfDamagedEvents(t *testing.T) {
	bad := []dialog.Event{{Seq: 1, Conversation: "c1", Type: dialog.MessageReceived, Data: json.RawMessage("{")}}
	if _, err := storyOf(bad, strings.TrimSpace); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
	if _, err := transcriptOf("c1", bad); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
}

func TestTranscriptOfEvents(t *testing.T) {
	k := &toldTalk{t: t}
	k.add(dialog.ConversationStarted, dialog.Visitor, dialog.Started{Channel: "web"}).customer("1", "能开专票吗", "invoice_request").answer("invoice").
		add(dialog.SuggestionsShown, dialog.System, dialog.Suggestions{Suggestions: []dialog.Suggestion{{ID: "a", Article: "special"}}}).
		add(dialog.MessageSent, dialog.Agent, dialog.Message{ID: "m", Text: "可以开"}).
		add(dialog.SuggestionUsed, dialog.Agent, dialog.SuggestionUse{Suggestion: "a", Use: "taken", Message: "m"})
	got, err := transcriptOf("c1", k.events)
	if err != nil {
		t.Fatal(err)
	}
	want := mining.Transcript{ID: "c1", At: storyTime.Add(time.Second), Channel: "web", Turns: []mining.Turn{
		{Role: mining.Customer, Text: "能开专票吗", At: storyTime.Add(2 * time.Second)},
		{Role: mining.Bot, Text: "答", At: storyTime.Add(4 * time.Second), Article: "invoice"},
		{Role: mining.Agent, Text: "可以开", At: storyTime.Add(6 * time.Second), Article: "special"},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
