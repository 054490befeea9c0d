package dialog_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

func TestQuery(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	got := dialog.Query("demo", nlu.Result{
		Text:    "发到杭州吗 42码",
		Intents: []nlu.Intent{{Name: "product_info", Confidence: 0.3}, {Name: "thanks", Confidence: 0.2}, {Name: nlu.OutOfScope, Confidence: 0.1}, {Name: "ship_time", Confidence: 0.1}},
		Entities: []nlu.Entity{
			{Type: nlu.City, Value: "杭州市"}, {Type: nlu.Size, Value: "42"}, {Type: nlu.Money, Value: "59.90"}, {Type: nlu.Carrier},
		},
		Features: nlu.Features{Embedding: []float32{1}, EncoderID: "e"},
		Tokens:   []nlu.Token{{Text: "杭州", Term: "杭州"}, {Text: " ", Term: " "}},
	}, now)
	want := kb.Query{
		Bot: "demo", Text: "发到杭州吗 42码", Embedding: []float32{1}, EncoderID: "e", Terms: []string{"杭州"}, At: now,
		Entities: []kb.Entity{{Type: "city", Value: "杭州市"}, {Type: "size", Value: "42"}}, Idle: got.Idle, Specific: 0.3,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got.Idle < 0.2999 || got.Idle > 0.3001 {
		t.Errorf("idle %v", got.Idle)
	}
	if none := dialog.Query("demo", nlu.Result{Text: "x"}, now); none.Idle != 0 || none.Specific != 0 || none.Entities != nil {
		t.Errorf("nothing understood: %+v", none)
	}
}

func TestAbout(t *testing.T) {
	s := dialog.State{
		Shown:  []dialog.Candidate{{Article: "old"}, {Article: "return"}},
		Recent: []dialog.Line{{From: dialog.Visitor, Text: "想退货"}, {From: dialog.Bot, Text: "七天内可以"}, {From: dialog.Visitor, Text: "那运费呢"}},
	}
	q := s.About(kb.Query{Text: "那运费呢"})
	if q.Topic.Article != "return" || q.Previous != "想退货" {
		t.Errorf("%+v, previous %q", q.Topic, q.Previous)
	}
	if q := (dialog.State{}).About(kb.Query{Text: "在吗"}); q.Topic != (kb.Topic{}) || q.Previous != "" {
		t.Errorf("a new conversation: %+v", q)
	}
}
