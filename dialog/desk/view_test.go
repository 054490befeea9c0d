package desk

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

func (d *testDesk) view(conversation string) View {
	d.Helper()
	v, err := d.View(context.Background(), "demo", conversation)
	if err != nil {
		d.Fatal(err)
	}
	return v
}

func TestViewOfAHandedOverConversation(t *testing.T) {
	d := newDesk(t, withOrders(shipped))
	id := d.start("c1", "快递到哪了", "SF1234567890123", "怎么开发票", "气死我了，转人工")
	d.claim(id, lin)
	v := d.view(id)
	st := d.state(id)
	if diff := cmp.Diff(st.Summary(), v.Summary); diff != "" {
		t.Errorf("summary (-state +view):\n%s", diff)
	}
	if v.Status != dialog.StatusHuman || v.Owner != lin || v.Reason != dialog.ReasonAsked {
		t.Errorf("status %s, owner %+v, reason %s", v.Status, v.Owner, v.Reason)
	}
	if v.Customer.ID != "c1" || v.Customer.Visitor != "v1" || v.Customer.Channel != "web" || len(v.Customer.Orders) != 1 {
		t.Errorf("customer is %+v", v.Customer)
	}
	if v.Slots["number"] != "SF1234567890123" {
		t.Errorf("slots are %v", v.Slots)
	}
	told := st.Handoff.Packet
	if v.Packet.Summary != told.Summary || v.Packet.Summary == "" {
		t.Errorf("packet's summary is %q, told was %q", v.Packet.Summary, told.Summary)
	}
	if len(v.Packet.Facts) != 3 || len(v.Packet.Shown) != 1 || len(v.Packet.Trend) != 4 || v.Packet.Trend[3] != "negative" {
		t.Errorf("packet is %+v", v.Packet)
	}
	checkSuggestions(t, v.Suggestions)
	if diff := cmp.Diff(v.Suggestions[:3], v.Packet.Suggestions); diff != "" {
		t.Errorf("the packet suggests others:\n%s", diff)
	}
	if int64(len(v.Events)) != st.Seq || v.Events[len(v.Events)-1].Type != dialog.SuggestionsShown {
		t.Errorf("%d events, the conversation has %d", len(v.Events), st.Seq)
	}
}

func TestViewKnowsWhatCameSinceTheHandoff(t *testing.T) {
	d := newDesk(t)
	id := d.start("", "什么时候发货", "转人工")
	before := d.view(id)
	d.say(id, "气死我了")
	after := d.view(id)
	if len(after.Packet.Trend) != len(before.Packet.Trend)+1 || after.Packet.Summary != before.Packet.Summary {
		t.Errorf("before %+v, after %+v", before.Packet, after.Packet)
	}
	if before.Suggestions[0].ID == after.Suggestions[0].ID {
		t.Error("the suggestions did not follow the message")
	}
}

func TestPacketHasTheFactsOfTheLatestParcel(t *testing.T) {
	d := newDesk(t)
	d.backend.stalled = "SF1111111111111"
	id := d.start("", "快递到哪了", "SF1111111111111", "快递到哪了", "SF2222222222222", "转人工")
	facts := map[string]string{}
	for _, f := range d.view(id).Packet.Facts {
		facts[f.Name] = f.Value
	}
	if facts["运单号"] != "顺丰速运 SF2222222222222" || facts["停滞"] != "" {
		t.Errorf("facts are %v", facts)
	}
}

func TestPacketMadeForATakeOver(t *testing.T) {
	matter := func(o *Options) {
		o.MatterName = func(intent string) string { return map[string]string{"ship_time": "发货时效"}[intent] }
	}
	long := "什么时候发货" + strings.Repeat("啊", 80)
	for name, tc := range map[string]struct {
		change func(*Options)
		who    string
		texts  []string
		claim  bool
		want   string
	}{
		"the bot's":       {matter, "c1", []string{"什么时候发货"}, false, "客户 c1咨询发货时效，由机器人接待。原话：“什么时候发货”。"},
		"taken over":      {matter, "", []string{"什么时候发货"}, true, "访客咨询发货时效，由坐席主动接管。原话：“什么时候发货”。"},
		"no names":        {nil, "", []string{"什么时候发货"}, false, "访客正在咨询，由机器人接待。原话：“什么时候发货”。"},
		"nothing said":    {nil, "c1", nil, true, "客户 c1还没有说明来意。"},
		"a long message":  {nil, "", []string{long}, false, "访客正在咨询，由机器人接待。原话：“" + string([]rune(long)[:maxWords]) + "…”。"},
		"an unnamed one":  {matter, "", []string{"怎么退货"}, false, "访客正在咨询，由机器人接待。原话：“怎么退货”。"},
		"the latest word": {matter, "", []string{"什么时候发货", "谢谢"}, false, "访客咨询发货时效，由机器人接待。原话：“谢谢”。"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if tc.change != nil {
				d = newDesk(t, tc.change)
			}
			id := d.start(tc.who, tc.texts...)
			if tc.claim {
				d.claim(id, lin)
			}
			v := d.view(id)
			if v.Packet.Summary != tc.want {
				t.Errorf("summary is %q, want %q", v.Packet.Summary, tc.want)
			}
			if v.Reason != "" {
				t.Errorf("a reason for no hand-off: %s", v.Reason)
			}
			checkSuggestions(t, v.Suggestions)
		})
	}
}

func TestPacketOfAnEarlierHandoffIsNotShown(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "转人工")
	d.claim(id, lin)
	if _, err := d.Release(context.Background(), lin, "demo", id, ""); err != nil {
		t.Fatal(err)
	}
	d.say(id, "怎么退货")
	d.claim(id, chen) // taken over: the bot did not hand over this time
	if v := d.view(id); v.Reason != "" || !strings.Contains(v.Packet.Summary, "怎么退货") {
		t.Errorf("reason %q, summary %q", v.Reason, v.Packet.Summary)
	}
}

func TestViewTellsWhatWasRead(t *testing.T) {
	d := newDesk(t)
	id := d.start("", "怎么开发票")
	if v := d.view(id); v.Risk != nil || v.Emotion != nil || v.Segments != nil {
		t.Errorf("nothing was read, the view has %v, %v, %v", v.Risk, v.Emotion, v.Segments)
	}
	risk := 0.4
	read := dialog.Analyzed{
		Risk: &risk, Emotion: &nlu.Emotion{Label: nlu.Worry, Score: 0.8, Scores: map[string]float64{nlu.Worry: 0.8}},
		Segments: []nlu.Segment{{Text: "怎么开", End: 3, Intent: "invoice_request", Confidence: 0.9}, {Text: "发票", Start: 3, End: 5, Intent: "x", Confidence: 0.9}},
	}
	_, _, err := d.manager.Do(t.Context(), "demo", id, func(dialog.State) ([]dialog.Draft, error) {
		return []dialog.Draft{{Type: dialog.MessageAnalyzed, Actor: dialog.Actor{Kind: dialog.System}, Data: read}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v := d.view(id)
	if v.Risk == nil || *v.Risk != risk || !cmp.Equal(v.Emotion, read.Emotion) || !cmp.Equal(v.Segments, read.Segments) || v.Packet.Emotion != nlu.Worry {
		t.Errorf("risk %v, emotion %+v, segments %+v, packet's emotion %q", v.Risk, v.Emotion, v.Segments, v.Packet.Emotion)
	}
}

func TestViewOfAClosedConversation(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "怎么退货", "转人工")
	d.claim(id, lin)
	if _, err := d.Close(context.Background(), lin, "demo", id, "已解决"); err != nil {
		t.Fatal(err)
	}
	v := d.view(id)
	if v.Status != dialog.StatusClosed || v.Suggestions == nil || len(v.Suggestions) != 0 || v.Packet.Summary == "" {
		t.Errorf("status %s, %d suggestions, summary %q", v.Status, len(v.Suggestions), v.Packet.Summary)
	}
	if v.Owner.ID != "" {
		t.Errorf("a closed conversation is owned by %+v", v.Owner)
	}
}

func TestViewAsJSON(t *testing.T) {
	d := newDesk(t)
	raw, err := json.Marshal(d.view(d.start("")))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"summary", "status", "owner", "customer", "packet", "slots", "events", "suggestions"} {
		if string(fields[name]) == "null" || len(fields[name]) == 0 {
			t.Errorf("%s is %s", name, fields[name])
		}
	}
}

func TestViewOfNothing(t *testing.T) {
	d := newDesk(t)
	_, err := d.View(context.Background(), "demo", "conv_nowhere")
	wantFault(t, err, fault.NotFound, "没有这个会话")
	id := d.start("c1")
	_, err = d.View(context.Background(), "other", id)
	wantFault(t, err, fault.NotFound, "")
}

// racing lets the visitor write just before the view reads the events.
type racing struct {
	Conversations
	before func()
}

func (c racing) Events(ctx context.Context, bot, conversation string, after int64) ([]dialog.Event, error) {
	if after == 0 {
		c.before()
	}
	return c.Conversations.Events(ctx, bot, conversation, after)
}

func TestViewDropsSuggestionsOfAnOlderMessage(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "什么时候发货", "转人工")
	d.claim(id, lin)
	reads := 0
	o := d.options
	o.Conversations = racing{d.manager, func() {
		if reads++; reads == 2 { // the first is the ledger's, the second the view's
			d.say(id, "算了，怎么开发票")
		}
	}}
	d.Service = d.another(o)
	v := d.view(id)
	if reads != 2 {
		t.Fatalf("%d reads from the start", reads)
	}
	checkSuggestions(t, v.Suggestions)
	if got, want := parsed(t, v.Suggestions[0].ID).seq, d.lastMessage(id); got != want {
		t.Errorf("the suggestions are for message %d, the last is %d", got, want)
	}
	if last := v.Summary.LastText; last != "算了，怎么开发票" {
		t.Errorf("the last text is %q", last)
	}
}
