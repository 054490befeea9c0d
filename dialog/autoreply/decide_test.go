package autoreply_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/autoreply"
)

// all are rules of every kind, switched on.
func all(t testing.TB) autoreply.Settings {
	t.Helper()
	s, err := autoreply.Defaults()
	if err != nil {
		t.Fatal(err)
	}
	s.Rules = slices.Clone(s.Rules)
	for i := range s.Rules {
		s.Rules[i].On = true
	}
	return s
}

// state is a conversation of somebody who wrote two minutes ago and was answered.
func state(status dialog.Status) dialog.State {
	return dialog.State{
		Bot: "demo", ID: "conv_1", Channel: "web", Status: status, Turns: 1, StartedAt: noon, StatusAt: noon, QueuedAt: noon,
		VisitorAt: noon, SpokeAt: noon, LastFrom: dialog.Bot, Owner: dialog.Actor{Kind: dialog.Agent, ID: "a", Name: "小林"},
	}
}

func scene(t testing.TB, st dialog.State, after time.Duration) autoreply.Scene {
	return autoreply.Scene{State: st, Profile: dialog.Profile{Bot: "demo", Name: "云栖优品", BotName: "小应", Menu: []string{"查快递"}}, Settings: all(t), Now: noon.Add(after), Position: 3, Pace: 4 * time.Minute}
}

// said is the one message of drafts; empty when there is none.
func said(t *testing.T, drafts []dialog.Draft) dialog.Message {
	t.Helper()
	if len(drafts) == 0 {
		return dialog.Message{}
	}
	m, ok := drafts[0].Data.(dialog.Message)
	if len(drafts) > 1 || !ok {
		t.Fatalf("the drafts are %+v", drafts)
	}
	return m
}

func ended(drafts []dialog.Draft) bool {
	if len(drafts) != 1 {
		return false
	}
	c, ok := drafts[0].Data.(dialog.StatusChange)
	return ok && c.To == dialog.StatusClosed && c.Reason == "silent"
}

func TestWaiting(t *testing.T) {
	st := state(dialog.StatusQueued)
	if d := autoreply.Due(scene(t, st, 59*time.Second)); d != nil {
		t.Errorf("after 59 s: %+v", d)
	}
	m := said(t, autoreply.Due(scene(t, st, time.Minute)))
	if !strings.Contains(m.Text, "3 位") || !strings.Contains(m.Text, "12 分钟") || m.Auto != "waiting" || m.Kind != dialog.KindAuto {
		t.Errorf("after a minute: %+v", m)
	}
	st.Automatic = dialog.Automatic{Said: map[string]dialog.Told{"waiting": {Count: 1, At: noon.Add(time.Minute)}}}
	if d := autoreply.Due(scene(t, st, 5*time.Minute)); d != nil {
		t.Errorf("sooner than every five minutes: %+v", d)
	}
	other := said(t, autoreply.Due(scene(t, st, 6*time.Minute)))
	if other.Text == m.Text || other.Text == "" {
		t.Errorf("the second time: %q after %q", other.Text, m.Text)
	}
	st.Automatic.Last = true
	if d := autoreply.Due(scene(t, st, 6*time.Minute)); d != nil {
		t.Errorf("two in a row: %+v", d)
	}
	st.Automatic = dialog.Automatic{Said: map[string]dialog.Told{"waiting": {Count: 3, At: noon}}}
	if d := autoreply.Due(scene(t, st, time.Hour)); d != nil {
		t.Errorf("a fourth time: %+v", d)
	}
	closed := scene(t, state(dialog.StatusQueued), time.Minute)
	closed.Settings.Hours = autoreply.Hours{Weekly: []autoreply.Span{{Days: []int{2}, From: "09:00", To: "10:00"}}}
	if d := autoreply.Due(closed); d != nil {
		t.Errorf("nobody is there, and yet: %+v", d)
	}
	unknown := scene(t, state(dialog.StatusQueued), time.Minute)
	unknown.Position, unknown.Pace = 0, 0
	if m := said(t, autoreply.Due(unknown)); !strings.Contains(m.Text, "2 分钟") {
		t.Errorf("nothing is known of the queue: %q", m.Text)
	}
}

func TestSlowAgent(t *testing.T) {
	st := state(dialog.StatusHuman)
	st.Unread, st.UnreadAt, st.VisitorAt, st.StatusAt, st.LastFrom = 1, noon, noon, noon.Add(time.Minute), dialog.Visitor
	if d := autoreply.Due(scene(t, st, 2*time.Minute)); d != nil {
		t.Errorf("a minute after the claim: %+v", d)
	}
	m := said(t, autoreply.Due(scene(t, st, 3*time.Minute)))
	if m.Auto != "slow_agent" || !strings.Contains(m.Text, "小林") {
		t.Errorf("%+v", m)
	}
	st.Unread, st.SpokeAt = 0, noon.Add(2*time.Minute)
	if d := autoreply.Due(scene(t, st, 3*time.Minute)); d != nil {
		t.Errorf("the agent has answered: %+v", d)
	}
}

func TestSilentVisitor(t *testing.T) {
	for _, status := range []dialog.Status{dialog.StatusBot, dialog.StatusHuman} {
		st := state(status)
		if d := autoreply.Due(scene(t, st, 599*time.Second)); d != nil {
			t.Errorf("%s: before ten minutes: %+v", status, d)
		}
		if m := said(t, autoreply.Due(scene(t, st, 10*time.Minute))); m.Auto != "silent_visitor" || !strings.Contains(m.Text, "10 分钟") {
			t.Errorf("%s: %+v", status, m)
		}
		st.Automatic = dialog.Automatic{Said: map[string]dialog.Told{"silent_visitor": {Count: 1, At: noon.Add(10 * time.Minute)}}, Last: true}
		if d := autoreply.Due(scene(t, st, 19*time.Minute)); d != nil {
			t.Errorf("%s: nine minutes after the question: %+v", status, d)
		}
		if d := autoreply.Due(scene(t, st, 20*time.Minute)); !ended(d) {
			t.Errorf("%s: ten minutes after the question: %+v", status, d)
		}
		st.VisitorAt, st.LastFrom, st.Unread = noon.Add(15*time.Minute), dialog.Visitor, 1
		st.UnreadAt = st.VisitorAt
		if d := autoreply.Due(scene(t, st, 16*time.Minute)); d != nil {
			t.Errorf("%s: who answered is asked again: %+v", status, d)
		}
		if d := autoreply.Due(scene(t, state(status), 48*time.Hour)); !ended(d) {
			t.Errorf("%s: two days later: %+v", status, d)
		}
		spent := state(status)
		spent.Automatic.Said = map[string]dialog.Told{"silent_visitor": {Count: 3, At: noon.Add(-time.Hour)}}
		if d := autoreply.Due(scene(t, spent, 15*time.Minute)); d != nil {
			t.Errorf("%s: asked too often: %+v", status, d)
		}
		if d := autoreply.Due(scene(t, spent, 20*time.Minute)); !ended(d) {
			t.Errorf("%s: who may not be asked stays for ever: %+v", status, d)
		}
	}
	never := state(dialog.StatusBot)
	never.Turns, never.VisitorAt, never.SpokeAt = 0, time.Time{}, time.Time{}
	if d := autoreply.Due(scene(t, never, 19*time.Minute)); d != nil {
		t.Errorf("who said nothing yet: %+v", d)
	}
	if d := autoreply.Due(scene(t, never, 20*time.Minute)); !ended(d) {
		t.Errorf("who never said anything: %+v", d)
	}
	acting := state(dialog.StatusBot)
	acting.Pending = &dialog.ActionCall{}
	for _, st := range []dialog.State{acting, state(dialog.StatusClosed), state(dialog.StatusNew)} {
		if d := autoreply.Due(scene(t, st, time.Hour)); d != nil {
			t.Errorf("%s: %+v", st.Status, d)
		}
	}
}

func TestChannels(t *testing.T) {
	sc := scene(t, state(dialog.StatusQueued), time.Minute)
	sc.Settings.Rules = []autoreply.Rule{
		{Kind: autoreply.Waiting, Channels: []string{"app"}, On: true, Texts: []string{"应用里"}, After: 60, Every: 60},
		{Kind: autoreply.Waiting, Channels: []string{"web"}, Texts: []string{"网页上"}, After: 60, Every: 60},
		{Kind: autoreply.Waiting, On: true, Texts: []string{"别处"}, After: 60, Every: 60},
	}
	for channel, want := range map[string]string{"app": "应用里", "web": "", "wechat": "别处"} {
		sc.State.Channel = channel
		if m := said(t, autoreply.Due(sc)); m.Text != want {
			t.Errorf("%s hears %q, want %q", channel, m.Text, want)
		}
	}
}

func TestWordingsThatCannotBeFilledArePassedOver(t *testing.T) {
	sc := scene(t, state(dialog.StatusQueued), time.Minute)
	sc.Settings.Rules = []autoreply.Rule{{Kind: autoreply.Waiting, On: true, Texts: []string{"{{customer.name}}您好", "您好"}, After: 60, Every: 60}}
	for _, id := range []string{"a", "b", "c", "d"} {
		sc.State.ID, sc.State.Attributes = id, nil
		if m := said(t, autoreply.Due(sc)); m.Text != "您好" {
			t.Errorf("%s: %q", id, m.Text)
		}
	}
	sc.State.Attributes = map[string]string{"name": "张三"}
	heard := map[string]bool{}
	for n := range 2 {
		sc.State.Automatic.Said = map[string]dialog.Told{"waiting": {Count: n, At: noon.Add(-time.Hour)}}
		heard[said(t, autoreply.Due(sc)).Text] = true
	}
	if !heard["张三您好"] || !heard["您好"] {
		t.Errorf("heard %v", heard)
	}
}
