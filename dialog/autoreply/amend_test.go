package autoreply_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/autoreply"
)

func draft(kind dialog.EventType, who dialog.ActorKind, data any) dialog.Draft {
	return dialog.Draft{Type: kind, Actor: dialog.Actor{Kind: who}, Data: data}
}

// turn is a visitor's message and what the bot says to it.
func turn(kind, text string) []dialog.Draft {
	return []dialog.Draft{
		draft(dialog.MessageReceived, dialog.Visitor, dialog.Message{ID: "msg_1", Text: "在吗"}),
		draft(dialog.MessageAnalyzed, dialog.System, dialog.Analyzed{}),
		draft(dialog.MessageSent, dialog.Bot, dialog.Message{Kind: kind, Text: text, ReplyTo: "msg_1"}),
	}
}

// autos are the automatic replies among drafts.
func autos(drafts []dialog.Draft) []dialog.Message {
	var out []dialog.Message
	for _, d := range drafts {
		if m, ok := d.Data.(dialog.Message); ok && m.Auto != "" {
			out = append(out, m)
		}
	}
	return out
}

func newcomer() dialog.State {
	st := state(dialog.StatusBot)
	st.Turns, st.VisitorAt, st.SpokeAt = 0, time.Time{}, time.Time{}
	return st
}

func TestFirstMessage(t *testing.T) {
	sc := scene(t, newcomer(), 0)
	sc.Popular = []string{"怎么退货", "多久发货"}
	before := turn(dialog.KindGreeting, "您好，我是小应")
	kept := turn(dialog.KindGreeting, "您好，我是小应")
	out := autos(autoreply.Amend(sc, before))
	if len(out) != 1 || out[0].Text != "您好，我是小应" || out[0].Auto != "first_message" || len(out[0].Buttons) != 2 || out[0].ReplyTo != "msg_1" {
		t.Errorf("without wordings of its own: %+v", out)
	}
	if d := cmp.Diff(kept, before); d != "" {
		t.Errorf("the drafts were changed in place:\n%s", d)
	}
	sc.Settings.Rules[0].Texts = []string{"{{time.greeting}}，欢迎来到{{shop.name}}"}
	if out = autos(autoreply.Amend(sc, before)); out[0].Text != "中午好，欢迎来到云栖优品" {
		t.Errorf("%+v", out)
	}
	answer := turn(dialog.KindAnswer, "48 小时内发货")
	if d := cmp.Diff(answer, autoreply.Amend(sc, answer)); d != "" {
		t.Errorf("an answer was changed:\n%s", d)
	}
	sc.Settings.Rules[0].BeforeAnswer, sc.Popular = true, nil
	with := autoreply.Amend(sc, answer)
	if m, ok := with[2].Data.(dialog.Message); len(with) != 4 || !ok || m.Auto != "first_message" || m.ReplyTo != "msg_1" || m.Buttons[0].Title != "查快递" {
		t.Errorf("before the answer: %+v", with)
	}
	sc.Settings.Rules[0].Menu = []string{"换货"}
	if out = autos(autoreply.Amend(sc, answer)); out[0].Buttons[0].Title != "换货" {
		t.Errorf("the rule's own menu: %+v", out)
	}
	for name, change := range map[string]func(*dialog.State){
		"wrote today": func(st *dialog.State) { st.VisitorAt = noon.Add(-time.Hour) },
		"greeted today": func(st *dialog.State) {
			st.Automatic.Said = map[string]dialog.Told{"first_message": {Count: 1, At: noon}}
		},
		"with an agent":   func(st *dialog.State) { st.Status = dialog.StatusHuman },
		"in the queue":    func(st *dialog.State) { st.Status = dialog.StatusQueued },
		"another channel": func(st *dialog.State) { st.Channel = "app" },
	} {
		other := sc
		other.Settings.Rules[0].Channels = []string{"web"}
		change(&other.State)
		if out := autos(autoreply.Amend(other, answer)); len(out) > 0 {
			t.Errorf("%s: %+v", name, out)
		}
	}
	sc.State.VisitorAt = noon.Add(-13 * time.Hour)
	if len(autos(autoreply.Amend(sc, answer))) != 1 {
		t.Error("who wrote yesterday is not greeted")
	}
}

func TestOffHours(t *testing.T) {
	handoff := func() []dialog.Draft {
		return append(turn(dialog.KindHandoff, "正在为您转接"), draft(dialog.StatusChanged, dialog.Bot, dialog.StatusChange{From: dialog.StatusBot, To: dialog.StatusQueued}))
	}
	st := state(dialog.StatusBot)
	sc := scene(t, st, 8*time.Hour)
	if out := autos(autoreply.Amend(sc, handoff())); len(out) > 0 {
		t.Errorf("always open: %+v", out)
	}
	sc.Settings.Hours = shop
	out := autos(autoreply.Amend(sc, handoff()))
	if len(out) != 1 || out[0].Auto != "off_hours" || out[0].Kind != dialog.KindHandoff || out[0].ReplyTo != "msg_1" {
		t.Fatalf("at eight in the evening: %+v", out)
	}
	if !strings.Contains(out[0].Text, "明天 09:00") {
		t.Errorf("when service begins: %q", out[0].Text)
	}
	sc.State.Automatic.Said = map[string]dialog.Told{"off_hours": {Count: 1, At: noon.Add(7 * time.Hour)}}
	if out := autos(autoreply.Amend(sc, handoff())); len(out) > 0 {
		t.Errorf("an hour later again: %+v", out)
	}
	queued := scene(t, state(dialog.StatusQueued), 8*time.Hour)
	queued.Settings.Hours = shop
	if out := autos(autoreply.Amend(queued, turn(dialog.KindHandoff, "您已在队列中"))); len(out) != 1 || out[0].Auto != "off_hours" {
		t.Errorf("who waits since the afternoon: %+v", out)
	}
	if out := autos(autoreply.Amend(sc, turn(dialog.KindAnswer, "48 小时"))); len(out) > 0 {
		t.Errorf("the bot answers at any hour: %+v", out)
	}
}

func TestClosing(t *testing.T) {
	end := func(who dialog.ActorKind) []dialog.Draft {
		return []dialog.Draft{draft(dialog.StatusChanged, who, dialog.StatusChange{From: dialog.StatusHuman, To: dialog.StatusClosed})}
	}
	sc := scene(t, state(dialog.StatusHuman), time.Minute)
	out := autoreply.Amend(sc, end(dialog.Agent))
	m, ok := out[0].Data.(dialog.Message)
	if len(out) != 2 || !ok || m.Auto != "closing" || m.Kind != dialog.KindAuto {
		t.Errorf("%+v", out)
	}
	for _, who := range []dialog.ActorKind{dialog.Visitor, dialog.System} {
		if out := autoreply.Amend(sc, end(who)); len(out) != 1 {
			t.Errorf("ended by %s: %+v", who, out)
		}
	}
	sc.State.Automatic.Last = true
	if out := autoreply.Amend(sc, end(dialog.Agent)); len(out) != 1 {
		t.Errorf("two in a row: %+v", out)
	}
}
