package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/internal/fault"
)

func TestNewManagerRefusesMissingParts(t *testing.T) {
	if _, err := dialog.NewManager(dialog.Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("error %v, want invalid", err)
	}
	w := newWorld(t, nil, nil)
	o := w.Options
	o.Actions = nil
	if _, err := dialog.NewManager(o); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "Actions") {
		t.Errorf("flows without actions: %v, want invalid", err)
	}
}

func TestStart(t *testing.T) {
	w := newWorld(t, nil, nil)
	ctx := context.Background()
	r := dialog.StartRequest{Bot: "demo", Visitor: "v", Customer: "c1001", Channel: "web", Attributes: map[string]string{"order": "YX1"}, IdempotencyKey: "k"}
	first, err := w.Start(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if s := first.State; s.Status != dialog.StatusBot || s.Owner.Kind != dialog.Bot || s.Customer != "c1001" || s.Attributes["order"] != "YX1" || s.Seq != 2 {
		t.Errorf("state %+v", s)
	}
	again, err := w.Start(ctx, r)
	if err != nil || !again.Duplicate || again.State.ID != first.State.ID {
		t.Errorf("the same key began %q (duplicate %t, %v), want %q", again.State.ID, again.Duplicate, err, first.State.ID)
	}
	if diff := cmp.Diff(first.State, again.State); diff != "" {
		t.Errorf("state of the duplicate (-first +again):\n%s", diff)
	}
	for name, r := range map[string]dialog.StartRequest{
		"unknown bot": {Bot: "nobody", Visitor: "v"}, "no visitor": {Bot: "demo"}, "no bot": {Visitor: "v"},
	} {
		if _, err := w.Start(ctx, r); err == nil {
			t.Errorf("%s: started", name)
		}
	}
}

func TestReceiveRefuses(t *testing.T) {
	w := newWorld(t, nil, nil)
	c := w.begin()
	for _, tt := range []struct {
		name, bot, conversation, text string
		code                          fault.Code
	}{
		{"empty", "demo", c, "", fault.Invalid},
		{"blank", "demo", c, " \n\t　", fault.Invalid},
		{"not UTF-8", "demo", c, "a\xffb", fault.Invalid},
		{"too long", "demo", c, strings.Repeat("长", 2001), fault.TooLarge},
		{"unknown conversation", "demo", "conv_x", "你好", fault.NotFound},
		{"conversation of another bot", "other", c, "你好", fault.NotFound},
		{"unknown bot", "nobody", c, "你好", fault.NotFound},
	} {
		if _, err := w.Receive(context.Background(), dialog.Incoming{Bot: tt.bot, Conversation: tt.conversation, Text: tt.text}); fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
	for _, text := range []string{"😀", strings.Repeat("长", 2000), "\u200b零宽", "\u0000"} {
		if out := w.say(c, text); out.State.Status == dialog.StatusBot && len(out.Replies) == 0 {
			t.Errorf("%.10q: no reply", text)
		}
	}
}

func TestReceiveIsIdempotent(t *testing.T) {
	w := newWorld(t, nil, nil)
	c := w.begin()
	in := dialog.Incoming{Bot: "demo", Conversation: c, ClientID: "k1", Text: "x||a1"}
	first, err := w.Receive(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	w.say(c, "x||a2")
	for range 3 {
		again, err := w.Receive(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if !again.Duplicate {
			t.Error("the second one was handled as new")
		}
		if diff := cmp.Diff(first.Replies, again.Replies); diff != "" {
			t.Errorf("replies (-first +again):\n%s", diff)
		}
		if diff := cmp.Diff(first.Events, again.Events); diff != "" {
			t.Errorf("events (-first +again):\n%s", diff)
		}
		if again.Message.ID != first.Message.ID {
			t.Errorf("message %s, want %s", again.Message.ID, first.Message.ID)
		}
	}
	events, err := w.Events(context.Background(), "demo", c, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(events, dialog.MessageReceived); n != 2 {
		t.Errorf("%d messages stored, want 2", n)
	}
}

// TestManyAtOnce: every message of a hundred goroutines is stored once, and
// each is answered right after it: turns do not mix.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t, nil, func(o *dialog.Options) { o.MaxWaiters = 200 })
	c := w.begin()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			_, err := w.Receive(context.Background(), dialog.Incoming{
				Bot: "demo", Conversation: c, ClientID: fmt.Sprint(i), Text: fmt.Sprintf("x||a%d", i),
			})
			if err != nil {
				t.Errorf("message %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	events, err := w.Events(context.Background(), "demo", c, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var waiting dialog.Message
	for i, e := range events {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has Seq %d", i, e.Seq)
		}
		switch e.Type {
		case dialog.MessageReceived:
			waiting = data[dialog.Message](t, e)
			seen[waiting.ClientID] = true
		case dialog.MessageSent:
			reply := data[dialog.Message](t, e)
			if want := "答案 " + strings.TrimPrefix(waiting.Text, "x||"); reply.Text != want || reply.ReplyTo != waiting.ID {
				t.Errorf("after %q the bot said %q to %s", waiting.Text, reply.Text, reply.ReplyTo)
			}
		}
	}
	if len(seen) != 100 {
		t.Errorf("%d messages stored, want 100", len(seen))
	}
	if diff := cmp.Diff(events, w.heard.all()); diff != "" {
		t.Errorf("published differs from stored (-stored +published):\n%s", diff)
	}
}

func TestManyConversationsAtOnce(t *testing.T) {
	w := newWorld(t, nil, nil)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			c := w.begin()
			for _, text := range []string{"parcel_track|", "JT3051827746092", "x||a1"} {
				if _, err := w.Receive(context.Background(), dialog.Incoming{Bot: "demo", Conversation: c, Text: text}); err != nil {
					t.Errorf("%s: %v", text, err)
				}
			}
		})
	}
	wg.Wait()
	list, err := w.Summaries(context.Background(), dialog.Filter{Bot: "demo"})
	if err != nil || len(list) != 20 {
		t.Errorf("%d conversations, %v; want 20", len(list), err)
	}
}

func TestWaitersAreBounded(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	slow := func(ctx context.Context, c action.Call) (action.Result, error) {
		close(started)
		<-release
		return delivering(ctx, c)
	}
	w := newWorld(t, slow, func(o *dialog.Options) { o.MaxWaiters = 1 })
	c := w.begin()
	var wg sync.WaitGroup
	wg.Go(func() { w.say(c, "parcel_track|||JT3051827746092") })
	<-started
	waiting, cancel := context.WithCancel(context.Background())
	defer cancel()
	errs := make(chan error, 3)
	for range 3 {
		go func() {
			_, err := w.Receive(waiting, dialog.Incoming{Bot: "demo", Conversation: c, Text: "二"})
			errs <- err
		}()
	}
	for range 2 { // one may wait, the two others may not
		err := <-errs
		var f *fault.Error
		if !fault.Is(err, fault.Busy) || !errors.As(err, &f) || f.RetryAfter == 0 {
			t.Errorf("one too many: %v, want busy with RetryAfter", err)
		}
	}
	cancel()
	if err := <-errs; !fault.Is(err, fault.Timeout) {
		t.Errorf("the waiting one: %v, want timeout", err)
	}
	close(release)
	wg.Wait()
}

// rival is a store in which another replica acts right before a commit.
type rival struct {
	dialog.Store
	mu     sync.Mutex
	before func(c dialog.Commit)
	after  error // returned once instead of committing
}

func (r *rival) Append(ctx context.Context, c dialog.Commit) (string, error) {
	r.mu.Lock()
	before, fails := r.before, r.after
	if c.Version > 0 {
		r.before, r.after = nil, nil
	}
	r.mu.Unlock()
	if c.Version > 0 && before != nil {
		before(c)
	}
	if c.Version > 0 && fails != nil {
		return "", fails
	}
	return r.Store.Append(ctx, c)
}

// two returns two Managers over one store, as two replicas have.
func two(t *testing.T, track tracker) (mine, other *world, r *rival) {
	t.Helper()
	r = &rival{}
	mine = newWorld(t, track, func(o *dialog.Options) { r.Store, o.Store = o.Store, r })
	other = newWorld(t, track, func(o *dialog.Options) { o.Store, o.IDs = r.Store, mine.IDs })
	return mine, other, r
}

// TestOwnershipIsCheckedBeforeSpeaking: an agent on another replica claims the
// conversation while the bot thinks. The message is kept, the bot is silent.
func TestOwnershipIsCheckedBeforeSpeaking(t *testing.T) {
	mine, other, r := two(t, nil)
	c := mine.begin()
	r.before = func(dialog.Commit) { other.claim(c) }
	out := mine.say(c, "x||a1")
	if len(out.Replies) != 0 {
		t.Errorf("the bot said %q to a conversation that an agent owns", out.Replies[0].Text)
	}
	if out.State.Status != dialog.StatusHuman || out.Message.Text != "x||a1" {
		t.Errorf("status %s, message %q", out.State.Status, out.Message.Text)
	}
}

// TestOwnershipIsCheckedAfterAnAction: the agent claims while an action runs.
func TestOwnershipIsCheckedAfterAnAction(t *testing.T) {
	var claim func()
	track := func(ctx context.Context, c action.Call) (action.Result, error) {
		claim()
		return delivering(ctx, c)
	}
	mine, other, _ := two(t, track)
	c := mine.begin()
	claim = func() { other.claim(c) }
	out := mine.say(c, "parcel_track|||JT3051827746092")
	if len(out.Replies) != 0 || out.State.Status != dialog.StatusHuman {
		t.Errorf("replies %v in status %s, want silence", out.Replies, out.State.Status)
	}
	if len(out.State.Facts) == 0 {
		t.Error("the agent does not see what the action found")
	}
}

// TestTwoReplicasKeepEveryMessage: two Managers handle one visitor's messages.
func TestTwoReplicasKeepEveryMessage(t *testing.T) {
	mine, other, _ := two(t, nil)
	c := mine.begin()
	var wg sync.WaitGroup
	for i := range 10 {
		for _, w := range []*world{mine, other} {
			wg.Go(func() {
				for {
					_, err := w.Receive(context.Background(), dialog.Incoming{
						Bot: "demo", Conversation: c, ClientID: fmt.Sprintf("%p-%d", w, i), Text: fmt.Sprintf("x||a%d", i),
					})
					if !fault.Is(err, fault.Conflict) {
						if err != nil {
							t.Error(err)
						}
						return
					}
				}
			})
		}
	}
	wg.Wait()
	s, err := mine.State(context.Background(), "demo", c)
	if err != nil || s.Turns != 20 {
		t.Errorf("%d messages, %v; want 20", s.Turns, err)
	}
}

// TestSameMessageOnTwoReplicas: a client that retries at another replica is
// answered once.
func TestSameMessageOnTwoReplicas(t *testing.T) {
	mine, other, r := two(t, nil)
	c := mine.begin()
	in := dialog.Incoming{Bot: "demo", Conversation: c, ClientID: "k", Text: "x||a1"}
	r.before = func(dialog.Commit) {
		if _, err := other.Receive(context.Background(), in); err != nil {
			t.Error(err)
		}
	}
	out, err := mine.Receive(context.Background(), in)
	if err != nil || !out.Duplicate || len(out.Replies) != 1 {
		t.Errorf("duplicate %t, replies %v, %v", out.Duplicate, out.Replies, err)
	}
	if out.State.Turns != 1 {
		t.Errorf("%d messages, want 1", out.State.Turns)
	}
}

// TestInterruptedTurnIsFinished: the process dies while an action runs. The
// client sends again; the action runs under its first id, the answer comes.
func TestInterruptedTurnIsFinished(t *testing.T) {
	var calls []string
	die := true
	var r *rival
	track := func(ctx context.Context, c action.Call) (action.Result, error) {
		calls = append(calls, c.ID)
		if die {
			die = false
			r.mu.Lock()
			r.after = fault.New(fault.Unavailable, "the power is gone")
			r.mu.Unlock()
		}
		return delivering(ctx, c)
	}
	mine, other, rr := two(t, track)
	r = rr
	c := mine.begin()
	in := dialog.Incoming{Bot: "demo", Conversation: c, ClientID: "k", Text: "parcel_track|||JT3051827746092"}
	if _, err := mine.Receive(context.Background(), in); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("error %v, want unavailable", err)
	}
	out, err := other.Receive(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Replies) != 1 || !strings.Contains(out.Replies[0].Text, "派送") {
		t.Errorf("replies %v", out.Replies)
	}
	if len(calls) != 2 || calls[0] != calls[1] {
		t.Errorf("the action ran under the ids %v, want one id twice", calls)
	}
	if out.State.Turns != 1 || out.State.Pending != nil {
		t.Errorf("%d messages, pending %v", out.State.Turns, out.State.Pending)
	}
}

// TestInterruptedTurnBeforeAnotherMessage: without a retry the next message
// finds the turn unfinished, and both are answered, in order.
func TestInterruptedTurnBeforeAnotherMessage(t *testing.T) {
	var r *rival
	die := true
	track := func(ctx context.Context, c action.Call) (action.Result, error) {
		if die {
			die = false
			r.mu.Lock()
			r.after = fault.New(fault.Unavailable, "the power is gone")
			r.mu.Unlock()
		}
		return delivering(ctx, c)
	}
	mine, _, rr := two(t, track)
	r = rr
	c := mine.begin()
	if _, err := mine.Receive(context.Background(), dialog.Incoming{Bot: "demo", Conversation: c, Text: "parcel_track|||JT3051827746092"}); err == nil {
		t.Fatal("the first turn did not fail")
	}
	out := mine.say(c, "x||a1")
	if len(out.Replies) != 1 || out.Replies[0].Text != "答案 a1" {
		t.Errorf("replies %v", out.Replies)
	}
	if n := count(out.Events, dialog.MessageSent); n != 2 {
		t.Errorf("%d messages said, want those of both turns", n)
	}
}

func TestDo(t *testing.T) {
	mine, other, r := two(t, nil)
	ctx := context.Background()
	c := mine.begin()

	t.Run("nothing to do", func(t *testing.T) {
		s, events, err := mine.Do(ctx, "demo", c, func(dialog.State) ([]dialog.Draft, error) { return nil, nil })
		if err != nil || len(events) != 0 || s.ID != c {
			t.Errorf("%d events, state %q, %v", len(events), s.ID, err)
		}
	})
	t.Run("error of the caller", func(t *testing.T) {
		mistake := errors.New("mistake")
		if _, _, err := mine.Do(ctx, "demo", c, func(dialog.State) ([]dialog.Draft, error) { return nil, mistake }); !errors.Is(err, mistake) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("sees what a rival wrote", func(t *testing.T) {
		var seen []dialog.Status
		r.before = func(dialog.Commit) { other.claim(c) }
		_, _, err := mine.Do(ctx, "demo", c, func(s dialog.State) ([]dialog.Draft, error) {
			seen = append(seen, s.Status)
			if s.Status == dialog.StatusHuman {
				return nil, fault.New(fault.Conflict, "taken")
			}
			return claiming("a2")(s)
		})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("error %v, want conflict", err)
		}
		if diff := cmp.Diff([]dialog.Status{dialog.StatusBot, dialog.StatusHuman}, seen); diff != "" {
			t.Errorf("states seen (-want +got):\n%s", diff)
		}
	})
	t.Run("refuses what the state does not allow", func(t *testing.T) {
		for name, d := range map[string]dialog.Draft{
			"stale status":  {Type: dialog.StatusChanged, Data: dialog.StatusChange{From: dialog.StatusBot, To: dialog.StatusClosed}},
			"no such step":  {Type: dialog.StatusChanged, Data: dialog.StatusChange{From: dialog.StatusHuman, To: dialog.StatusNew}},
			"bot speaks":    {Type: dialog.MessageSent, Actor: dialog.Actor{Kind: dialog.Bot}, Data: dialog.Message{Text: "x"}},
			"another agent": {Type: dialog.MessageSent, Actor: dialog.Actor{Kind: dialog.Agent, ID: "a9"}, Data: dialog.Message{Text: "x"}},
		} {
			if _, _, err := mine.Do(ctx, "demo", c, func(dialog.State) ([]dialog.Draft, error) { return []dialog.Draft{d}, nil }); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v, want conflict", name, err)
			}
		}
	})
	t.Run("gives messages ids", func(t *testing.T) {
		_, events, err := mine.Do(ctx, "demo", c, func(dialog.State) ([]dialog.Draft, error) {
			return []dialog.Draft{{Type: dialog.MessageSent, Actor: dialog.Actor{Kind: dialog.Agent, ID: "a1"}, Data: dialog.Message{Text: "您好"}}}, nil
		})
		if err != nil || len(events) != 1 || data[dialog.Message](t, events[0]).ID == "" {
			t.Errorf("events %v, %v", events, err)
		}
	})
	t.Run("gives up when rivals are always faster", func(t *testing.T) {
		n := 0
		_, _, err := mine.Do(ctx, "demo", c, func(dialog.State) ([]dialog.Draft, error) {
			n++
			r.before = func(dialog.Commit) {
				_, _, err := other.Do(ctx, "demo", c, func(dialog.State) ([]dialog.Draft, error) {
					return []dialog.Draft{{Type: dialog.NoteAdded, Data: dialog.Note{Text: "x"}}}, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
			return []dialog.Draft{{Type: dialog.NoteAdded, Data: dialog.Note{Text: "y"}}}, nil
		})
		if !fault.Is(err, fault.Conflict) || n != 4 {
			t.Errorf("%v after %d attempts, want conflict after 4", err, n)
		}
	})
}

func TestCloseByVisitor(t *testing.T) {
	w := newWorld(t, nil, nil)
	c := w.begin()
	for range 2 {
		s, err := w.CloseByVisitor(context.Background(), "demo", c)
		if err != nil || s.Status != dialog.StatusClosed {
			t.Errorf("status %s, %v", s.Status, err)
		}
	}
	events, err := w.Events(context.Background(), "demo", c, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(events, dialog.StatusChanged); n != 2 {
		t.Errorf("%d status changes, want the first and one end", n)
	}
	if _, err := w.Receive(context.Background(), dialog.Incoming{Bot: "demo", Conversation: c, Text: "还在吗"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a message to a closed conversation: %v, want conflict", err)
	}
}

// TestCloseDrains: Close waits for the turn in flight, and refuses new ones.
func TestCloseDrains(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	w := newWorld(t, func(ctx context.Context, c action.Call) (action.Result, error) {
		close(started)
		<-release
		return delivering(ctx, c)
	}, nil)
	c := w.begin()
	var wg sync.WaitGroup
	wg.Go(func() {
		if out := w.say(c, "parcel_track|||JT3051827746092"); len(out.Replies) != 1 {
			t.Errorf("replies %v", out.Replies)
		}
	})
	<-started
	closed := make(chan struct{})
	go func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		close(closed)
	}()
	select {
	case <-closed:
		t.Error("Close returned while a turn was in flight")
	case <-time.After(20 * time.Millisecond):
	}
	close(release)
	<-closed
	wg.Wait()
	if _, err := w.Receive(context.Background(), dialog.Incoming{Bot: "demo", Conversation: c, Text: "x"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after Close: %v, want unavailable", err)
	}
	if _, err := w.Start(context.Background(), dialog.StartRequest{Bot: "demo", Visitor: "v"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after Close: %v, want unavailable", err)
	}
}

func TestTurnOutlivesItsRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	w := newWorld(t, func(c context.Context, call action.Call) (action.Result, error) {
		cancel() // the visitor's browser goes away
		return delivering(c, call)
	}, nil)
	c := w.begin()
	out, err := w.Receive(ctx, dialog.Incoming{Bot: "demo", Conversation: c, Text: "parcel_track|||JT3051827746092"})
	if err != nil || len(out.Replies) != 1 {
		t.Errorf("replies %v, %v", out.Replies, err)
	}
}

func TestCircuitBreaker(t *testing.T) {
	r := &endless{}
	w := newWorld(t, nil, func(o *dialog.Options) { o.Flows = r })
	c := w.begin()
	out := w.say(c, "转一转")
	if out.State.Status != dialog.StatusQueued || out.State.Handoff.Reason != dialog.ReasonFailure {
		t.Errorf("status %s, want a hand-off by failure", out.State.Status)
	}
	if n := count(out.Events, dialog.ActionCalled); n != 9 {
		t.Errorf("%d actions called, want 9 of which the last did not run", n)
	}
	if len(out.Replies) == 0 || len(out.Replies) > 4 {
		t.Errorf("%d replies", len(out.Replies))
	}
}

// endless is a flow that calls an action for ever.
type endless struct{ dialog.FlowSet }

func (e *endless) For(string) (dialog.FlowSet, error)                   { return e, nil }
func (e *endless) Title(string) string                                  { return "转圈" }
func (e *endless) ByIntent(string) (string, bool)                       { return "", false }
func (e *endless) Trigger(dialog.Turn, float64) (string, float64, bool) { return "endless", 1, true }
func (e *endless) Start(dialog.FlowContext, string, dialog.Turn) dialog.FlowStep {
	return dialog.FlowStep{Frame: dialog.Frame{Flow: "endless"}, Call: &dialog.FlowCall{Action: "parcel.track", As: "x"}}
}

func (e *endless) Return(_ dialog.FlowContext, f dialog.Frame, _ dialog.ActionResult) dialog.FlowStep {
	return dialog.FlowStep{Frame: f, Call: &dialog.FlowCall{Action: "parcel.track", As: "x"}}
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	w := newWorld(t, nil, func(o *dialog.Options) { o.Registerer = reg })
	c := w.begin()
	w.say(c, "x||a1")
	w.mind.fail("kb", fault.New(fault.Unavailable, "down"))
	w.say(c, "x||a2")
	w.say(c, "转人工")
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			key := f.GetName()
			for _, l := range m.GetLabel() {
				key += " " + l.GetValue()
			}
			got[key] = m.GetCounter().GetValue()
		}
	}
	for key, want := range map[string]float64{
		"yingda_dialog_turns_total answer": 1, "yingda_dialog_turns_total apology": 1, "yingda_dialog_turns_total handoff": 1,
		"yingda_dialog_handoffs_total asked": 1, "yingda_dialog_degraded_total kb": 2,
	} {
		if got[key] != want {
			t.Errorf("%s = %v, want %v (of %v)", key, got[key], want, got)
		}
	}
	if _, err := dialog.NewManager(w.Options); err == nil {
		t.Error("registering the metrics twice is no error")
	}
}
