package dialog_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/kb"
)

// shelf answers every search with its hits.
type shelf struct{ hits []kb.Hit }

func (s *shelf) Search(context.Context, kb.Query) ([]kb.Hit, error) { return slices.Clone(s.hits), nil }

func answers(a kb.Article) kb.Hit { return kb.Hit{Article: a, Score: 0.95, Band: kb.Answer} }

func shelved(t *testing.T, hits ...kb.Hit) (*world, *shelf) {
	t.Helper()
	s := &shelf{hits}
	return newWorld(t, nil, func(o *dialog.Options) { o.Retriever = s }), s
}

var parcelArticle = kb.Article{
	ID: "eta", Question: "我的包裹什么时候到", Answer: "一般三天送达。您的包裹 {{parcel.number}} 目前{{parcel.status}}，预计 {{parcel.eta}} 到。",
	Blocks: []kb.Block{
		{Kind: kb.Link, Title: "包裹 {{parcel.number}}", URL: "https://shop.example/p?no={{parcel.number}}"},
		{Kind: kb.Link, Title: "预计 {{parcel.eta}}", URL: "https://shop.example/eta"},
		{Kind: kb.Image, URL: "/files/map.png"},
		{Kind: kb.Buttons, Buttons: []kb.Button{
			{Label: "退货流程", Press: kb.Say, Value: "怎么退货"}, {Label: "查物流", Press: kb.StartFlow, Value: "parcel_track"},
			{Label: "官网", Press: kb.OpenURL, Value: "https://shop.example/{{customer.name}}"}, {Label: "找人", Press: kb.AskHuman},
			{Label: "催 {{order.number}}", Press: kb.Say, Value: "催单"},
		}},
	},
	Attachments: []kb.Attachment{{Name: "说明.pdf", URL: "/files/a.pdf"}},
}

func TestSay(t *testing.T) {
	p := dialog.Profile{Name: "云栖优品", BotName: "小云"}
	s := dialog.State{
		Channel: "app", Customer: "c1001", Tags: []string{"急"}, Attributes: map[string]string{"name": "小王", "tags": "会员, 黑金"},
		Slots: map[string]string{"phone_tail": "1234", "order_number": "O7"},
		Known: map[string]map[string]string{"parcel": {"number": "JT 1", "state_name": "派送中"}},
	}
	m, ok := s.Say(parcelArticle, p, noon)
	want := dialog.Message{
		Kind: dialog.KindAnswer, Markdown: true, Text: "一般三天送达。", Articles: []string{"eta"},
		Blocks: []kb.Block{
			{Kind: kb.Link, Title: "包裹 JT 1", URL: "https://shop.example/p?no=JT+1"}, {Kind: kb.Image, URL: "/files/map.png"},
		},
		Buttons: []dialog.Button{
			{Title: "退货流程", Text: "怎么退货"}, {Title: "查物流", Text: "查物流", Flow: "parcel_track"},
			{Title: "官网", Text: "官网", URL: "https://shop.example/%E5%B0%8F%E7%8E%8B"}, {Title: "找人", Text: "转人工"}, {Title: "催 O7", Text: "催单"},
		},
		Attachments: parcelArticle.Attachments,
	}
	if d := cmp.Diff(want, m); !ok || d != "" {
		t.Errorf("%v (-want +got):\n%s", ok, d)
	}
	for text, want := range map[string]string{
		"{{customer.name}}（{{customer.id}}）": "小王（c1001）", "{{shop.name}}{{bot.name}}": "云栖优品小云", "尾号 {{phone_tail}}": "尾号 1234",
		"{{parcel.status}}": "派送中", "{{order.number}}": "O7", "{{order.status}}": "", "{{customer.level}}": "", "{{nothing}}": "",
	} {
		m, ok := s.Say(kb.Article{Answer: text}, p, noon)
		if m.Text != want || ok != (want != "") {
			t.Errorf("%s: said %q, %v, want %q", text, m.Text, ok, want)
		}
	}
	if q := s.About(kb.Query{At: noon}); q.Channel != "app" || !slices.Equal(q.Tags, []string{"急", "会员", "黑金"}) {
		t.Errorf("asked for %+v", q.Audience())
	}
	variants := kb.Article{Answer: "平时", Variants: []kb.Variant{{Tags: []string{"黑金"}, Channels: []string{"app"}, Answer: "黑金专享"}}}
	if m, _ := s.Say(variants, p, noon); m.Text != "黑金专享" {
		t.Errorf("said %q", m.Text)
	}
	s.Channel = "web"
	if m, _ := s.Say(variants, p, noon); m.Text != "平时" {
		t.Errorf("said %q", m.Text)
	}
}

func TestAnswerCarriesContent(t *testing.T) {
	from := noon.Add(time.Hour)
	a := kb.Article{ID: "sale", Question: "有什么优惠", Answer: "暂无优惠。", Blocks: []kb.Block{{Kind: kb.Card, Title: "卡", Buttons: []kb.Button{{Label: "查查物流", Press: kb.StartFlow, Value: "parcel_track"}}}},
		Variants: []kb.Variant{{ValidFrom: &from, Answer: "满三百减五十。"}}}
	w, _ := shelved(t, answers(a))
	c := w.begin()
	out := w.say(c, "优惠呢")
	if len(out.Replies) != 1 || out.Replies[0].Text != "暂无优惠。" || len(out.Replies[0].Blocks) != 1 {
		t.Fatalf("said %+v", out.Replies)
	}
	// The activity begins: the same question is another answer, not a repetition.
	w.clock.Advance(2 * time.Hour)
	if out = w.say(c, "优惠呢"); out.Replies[0].Text != "满三百减五十。" {
		t.Errorf("said %+v", out.Replies)
	}
	if out = w.say(c, "优惠呢"); out.Replies[0].Kind != dialog.KindClarify {
		t.Errorf("the same words twice: %+v", out.Replies)
	}
}

func TestButtonStartsFlow(t *testing.T) {
	a := parcelArticle
	a.Answer = "一般三天送达。"
	w, s := shelved(t, answers(a))
	c := w.begin()
	w.say(c, "多久到")
	s.hits = nil
	out := w.say(c, "查物流")
	if frame, running := out.State.Active(); !running || frame.Flow != "parcel_track" {
		t.Errorf("running %+v, said %+v", frame, out.Replies)
	}
	card := kb.Article{ID: "c", Question: "问", Answer: "答", Blocks: []kb.Block{{Kind: kb.Card, Title: "卡", Buttons: []kb.Button{{Label: "看看到哪了", Press: kb.StartFlow, Value: "parcel_track"}, {Label: "空的", Press: kb.StartFlow, Value: "no_such_flow"}}}}}
	for text, want := range map[string]bool{"看看到哪了": true, "空的": false} {
		w, s := shelved(t, answers(card))
		c := w.begin()
		w.say(c, "问一下")
		s.hits = nil
		if _, running := w.say(c, text).State.Active(); running != want {
			t.Errorf("%s: a flow runs: %v", text, running)
		}
	}
}

func TestMuteArticleIsNotAnswered(t *testing.T) {
	mute := kb.Article{ID: "mine", Question: "我的包裹呢", Answer: "您的包裹目前{{parcel.status}}。"}
	w, _ := shelved(t, answers(mute))
	c := w.begin()
	for _, text := range []string{"包裹怎么样", "我的包裹呢"} {
		out := w.say(c, text)
		for _, m := range out.Replies {
			if m.Kind == dialog.KindAnswer || strings.Contains(m.Text, "{{") || slices.ContainsFunc(m.Buttons, func(b dialog.Button) bool { return b.Text == mute.Question }) {
				t.Errorf("%s: said %+v", text, m)
			}
		}
		if got := out.State.Analysis.Candidates; len(got) != 1 || got[0].Band != kb.Suggest {
			t.Errorf("candidates %+v", got)
		}
	}
	// Once the parcel was looked up, the article can be said.
	w, s := shelved(t)
	c = w.begin()
	if out := w.say(c, "parcel_track|||JT3051827746092"); out.State.Known["parcel"]["state_name"] != "派送中" || out.State.Known["parcel"]["courier"] != "" {
		t.Fatalf("known %v", out.State.Known)
	}
	s.hits = []kb.Hit{answers(mute)}
	if out := w.say(c, "包裹怎么样"); out.Replies[0].Text != "您的包裹目前派送中。" {
		t.Errorf("said %+v", out.Replies)
	}
}

func TestStateLearns(t *testing.T) {
	s := dialog.State{Bot: "b", ID: "c", Seq: 1}
	learn := func(r dialog.ActionResult, result string) {
		t.Helper()
		r.Result = json.RawMessage(result)
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if s, err = dialog.Fold(s, dialog.Event{Bot: "b", Conversation: "c", Seq: s.Seq + 1, Type: dialog.ActionReturned, Data: raw}); err != nil {
			t.Fatal(err)
		}
	}
	get := dialog.ActionResult{Action: "order.get"}
	learn(get, `{"number":"1","amount":59.90,"late":true,"items":[1],"product":"杯子","note":""}`)
	want := map[string]map[string]string{"order": {"number": "1", "amount": "59.90", "product": "杯子"}}
	if d := cmp.Diff(want, s.Known); d != "" {
		t.Error(d)
	}
	held := s
	learn(dialog.ActionResult{Action: "order.urge"}, `{"reference":"R1","product":""}`)
	learn(dialog.ActionResult{Action: "order.get", Fault: "unavailable"}, `{"number":"9"}`)
	learn(get, `[1]`)
	want["order"] = map[string]string{"number": "1", "amount": "59.90", "reference": "R1"}
	if d := cmp.Diff(want, s.Known); d != "" {
		t.Error(d)
	}
	if held.Known["order"]["product"] != "杯子" || held.Known["order"]["reference"] != "" {
		t.Errorf("an earlier state changed: %v", held.Known)
	}
	learn(get, `{"number":"2"}`)
	if d := cmp.Diff(map[string]map[string]string{"order": {"number": "2"}}, s.Known); d != "" {
		t.Error(d)
	}
}

// Messages written before there was rich content fold as they did.
func TestOldMessagesFold(t *testing.T) {
	old := `{"id":"m1","text":"答","markdown":true,"buttons":[{"title":"a","text":"b"}],"articles":["x"],"kind":"answer"}`
	s, err := dialog.Fold(dialog.State{Bot: "b", ID: "c", Seq: 3}, dialog.Event{
		Bot: "b", Conversation: "c", Seq: 4, Type: dialog.MessageSent, Actor: dialog.Actor{Kind: dialog.Bot}, Data: json.RawMessage(old),
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(s.LastBot)
	if err != nil || string(again) != old {
		t.Errorf("%s became %s, %v", old, again, err)
	}
}
