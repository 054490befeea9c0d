package dialog_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/internal/fault"
)

// messages are what a visitor may say in the random conversations: every
// branch of the policy has a door here.
var messages = []string{
	"转人工", "不用转人工", "人 工", "算了", "不对", "打错了", "好的", "不用", "第二个", "2", "那个", "JT3051827746092", "JT9999999999999",
	"parcel_track|", "parcel_track|||JT3051827746092", "parcel_delay|", "order_query|", "ship_urge|", "parcel_lost|", "greeting|", "thanks|",
	"goodbye|", "wait|", "praise|", "bot_identity|", "urge_reply|", "out_of_scope|", "abuse|negative", "complaint|negative", "complaint|",
	"inform|", "human_agent|", "x||a1", "x||a2", "x|negative|a1", "x||a1 suggest", "x||a2 suggest", "嘟嘟囔囔", "😀", "打12315投诉你们", "没收到",
}

// fickle is a parcel backend that finds, fails, and asks for the tail in turn.
func fickle() tracker {
	n := 0
	return func(ctx context.Context, c action.Call) (action.Result, error) {
		n++
		switch n % 5 {
		case 0:
			return action.Result{}, fault.New(fault.Unavailable, "down")
		case 1:
			return action.Result{}, fault.New(fault.NotFound, "none")
		case 2:
			return action.Result{}, &action.VerifyError{}
		case 3:
			return action.Result{Value: map[string]any{"state": "transit", "stalled": true, "late": false, "idle_hours": 70}}, nil
		default:
			return delivering(ctx, c)
		}
	}
}

// TestRandomConversations drives random turns, desk actions and failures
// through a Manager and checks after each what must always hold.
func TestRandomConversations(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, fickle(), nil)
		c := w.begin()
		ctx := context.Background()
		for range rapid.IntRange(1, 25).Draw(rt, "turns") {
			switch rapid.IntRange(0, 14).Draw(rt, "what") {
			case 0:
				_, _, err := w.Do(ctx, "demo", c, claiming("a1"))
				onlyConflict(rt, err)
			case 1:
				_, _, err := w.Do(ctx, "demo", c, func(s dialog.State) ([]dialog.Draft, error) {
					return []dialog.Draft{{Type: dialog.StatusChanged, Actor: dialog.Actor{Kind: dialog.System}, Data: dialog.StatusChange{
						From: s.Status, To: dialog.StatusBot, Owner: dialog.Actor{Kind: dialog.Bot, ID: "demo"},
					}}}, nil
				})
				onlyConflict(rt, err)
			case 2:
				w.mind.fail("nlu", nil)
				w.mind.fail(rapid.SampledFrom([]string{"nlu", "kb"}).Draw(rt, "part"), fault.New(fault.Unavailable, "down"))
			case 3:
				w.mind.fail("nlu", nil)
				w.mind.fail("kb", nil)
			default:
				text := rapid.SampledFrom(messages).Draw(rt, "text")
				before, err := w.State(ctx, "demo", c)
				if err != nil {
					rt.Fatal(err)
				}
				out, err := w.Receive(ctx, dialog.Incoming{Bot: "demo", Conversation: c, Text: text})
				if err != nil {
					rt.Fatalf("%s: %v", text, err)
				}
				checkTurn(rt, before, out, text)
			}
		}
		checkLog(rt, w, c)
	})
}

func onlyConflict(rt *rapid.T, err error) {
	if err != nil && !fault.Is(err, fault.Conflict) {
		rt.Fatal(err)
	}
}

// checkTurn checks one turn.
func checkTurn(rt *rapid.T, before dialog.State, out dialog.Outcome, text string) {
	s := out.State
	if n := len(out.Replies); n > 4 {
		rt.Fatalf("%q: %d replies", text, n)
	}
	if before.Status == dialog.StatusHuman && len(out.Replies) > 0 {
		rt.Fatalf("%q: the bot said %q while an agent owned the conversation", text, out.Replies[0].Text)
	}
	if before.BotOwns() && len(out.Replies) == 0 {
		rt.Fatalf("%q: the bot left the visitor without a word", text)
	}
	if before.Status == dialog.StatusQueued && s.Status == dialog.StatusQueued && s.QueueNotices > 1 {
		rt.Fatalf("%q: %d queue notices", text, s.QueueNotices)
	}
	for _, m := range out.Replies {
		if m.Text == "" && len(m.Buttons) == 0 || m.Kind == "" || m.ReplyTo != out.Message.ID {
			rt.Fatalf("%q: reply %+v", text, m)
		}
		if m.Kind == dialog.KindAnswer && before.LastBot.Kind == dialog.KindAnswer && m.Text == before.LastBot.Text {
			rt.Fatalf("%q: the same answer twice in a row", text)
		}
	}
	if len(s.Flows) > 3 {
		rt.Fatalf("%q: %d flows under way", text, len(s.Flows))
	}
	if s.Pending != nil {
		rt.Fatalf("%q: the turn ended with %s pending", text, s.Pending.Action)
	}
	if s.Status == dialog.StatusQueued && (s.Handoff == nil || s.Handoff.Packet.Summary == "") {
		rt.Fatalf("%q: queued without a packet", text)
	}
	if !s.BotOwns() && len(s.Flows) > 0 {
		rt.Fatalf("%q: a flow runs while people own the conversation", text)
	}
}

// checkLog checks the whole log: replayed, it gives the state; owners are one
// at a time; the bot speaks only while it owns.
func checkLog(rt *rapid.T, w *world, c string) {
	ctx := context.Background()
	events, err := w.Events(ctx, "demo", c, 0)
	if err != nil {
		rt.Fatal(err)
	}
	held, err := w.State(ctx, "demo", c)
	if err != nil {
		rt.Fatal(err)
	}
	replayed, err := dialog.Replay(dialog.State{}, events)
	if err != nil {
		rt.Fatal(err)
	}
	if diff := cmp.Diff(held, replayed); diff != "" {
		rt.Fatalf("the state differs from its replay (-held +replayed):\n%s", diff)
	}
	if diff := cmp.Diff(events, w.heard.all()); diff != "" {
		rt.Fatalf("published differs from stored:\n%s", diff)
	}
	var s dialog.State
	for i, e := range events {
		if e.Type == dialog.MessageSent && e.Actor.Kind == dialog.Bot && s.Status != dialog.StatusBot && s.Status != dialog.StatusQueued {
			rt.Fatalf("event %d: the bot speaks in status %s", i, s.Status)
		}
		if s, err = dialog.Fold(s, e); err != nil {
			rt.Fatal(err)
		}
		switch {
		case s.Status == dialog.StatusHuman && s.Owner.Kind != dialog.Agent,
			s.Status == dialog.StatusBot && s.Owner.Kind != dialog.Bot,
			s.Status == dialog.StatusQueued && s.Owner.Kind != "":
			rt.Fatalf("event %d: status %s is owned by %+v", i, s.Status, s.Owner)
		}
	}
	if n := count(events, dialog.MessageReceived); n != s.Turns {
		rt.Fatalf("%d messages, the state counts %d", n, s.Turns)
	}
}

// TestFoldIsPure: folding does not change the state it starts from.
func TestFoldIsPure(t *testing.T) {
	w := newWorld(t, nil, nil)
	c := w.begin()
	for _, text := range []string{"x||a1", "parcel_track|", "JT3051827746092", "x||a2", "complaint|negative", "转人工"} {
		w.say(c, text)
	}
	events, err := w.Events(context.Background(), "demo", c, 0)
	if err != nil {
		t.Fatal(err)
	}
	states := []dialog.State{{}}
	texts := []string{fmt.Sprintf("%+v", states[0])}
	for _, e := range events {
		s, err := dialog.Fold(states[len(states)-1], e)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, s)
		texts = append(texts, fmt.Sprintf("%+v", s))
		if _, err := dialog.Fold(states[len(states)-2], e); err != nil { // another branch from the same state
			t.Fatal(err)
		}
	}
	for i, s := range states {
		if got := fmt.Sprintf("%+v", s); got != texts[i] {
			t.Errorf("state %d was changed by a later fold:\n%s\n%s", i, texts[i], got)
		}
	}
}

func TestFoldRefuses(t *testing.T) {
	w := newWorld(t, nil, nil)
	c := w.begin()
	events, err := w.Events(context.Background(), "demo", c, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dialog.Replay(dialog.State{}, events)
	if err != nil {
		t.Fatal(err)
	}
	good := dialog.Event{Bot: "demo", Conversation: c, Seq: s.Seq + 1, Type: dialog.NoteAdded, Data: []byte(`{"text":"x"}`)}
	for name, change := range map[string]func(*dialog.Event){
		"gap":                  func(e *dialog.Event) { e.Seq++ },
		"again":                func(e *dialog.Event) { e.Seq-- },
		"other conversation":   func(e *dialog.Event) { e.Conversation = "x" },
		"other bot":            func(e *dialog.Event) { e.Bot = "x" },
		"unknown type":         func(e *dialog.Event) { e.Type = "message.eaten" },
		"unreadable data":      func(e *dialog.Event) { e.Data = []byte(`{`) },
		"data of another type": func(e *dialog.Event) { e.Data = []byte(`[]`) },
	} {
		e := good
		change(&e)
		got, err := dialog.Fold(s, e)
		if !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v, want internal", name, err)
		}
		if got.Seq != s.Seq {
			t.Errorf("%s: the state moved to %d", name, got.Seq)
		}
	}
	if _, err := dialog.Fold(s, good); err != nil {
		t.Errorf("the unchanged event: %v", err)
	}
}

func FuzzFold(f *testing.F) {
	f.Add("message.received", []byte(`{"id":"m","text":"x"}`))
	f.Add("flow.started", []byte(`{"flow":"a","step":"b"}`))
	f.Add("status.changed", []byte(`{"from":"bot","to":"queued"}`))
	f.Add("action.returned", []byte(`{"as":"p","flow":"a","facts":[{"name":"x","value":"y"}]}`))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		var s dialog.State
		var err error
		for i := range 3 {
			s, err = dialog.Fold(s, dialog.Event{Bot: "b", Conversation: "c", Seq: int64(i + 1), Type: dialog.EventType(kind), Data: body})
			if err != nil {
				return
			}
		}
		s.Summary()
	})
}

func BenchmarkReceive(b *testing.B) {
	for _, bench := range []struct{ name, text string }{{"answer", "x||a%d"}, {"flow", "parcel_track|||JT3051827746092"}} {
		b.Run(bench.name, func(b *testing.B) {
			w := newWorld(b, nil, nil)
			c := w.begin()
			n := 0
			for b.Loop() {
				if n++; n%50 == 0 {
					c = w.begin()
				}
				text := bench.text
				if bench.name == "answer" {
					text = fmt.Sprintf(text, n)
				}
				w.say(c, text)
			}
		})
	}
}

func BenchmarkReplay(b *testing.B) {
	w := newWorld(b, nil, nil)
	c := w.begin()
	for i := range 50 {
		w.say(c, fmt.Sprintf("x||a%d", i))
	}
	events, err := w.Events(context.Background(), "demo", c, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(events)), "events")
	for b.Loop() {
		if _, err := dialog.Replay(dialog.State{}, events); err != nil {
			b.Fatal(err)
		}
	}
}
