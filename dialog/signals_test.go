package dialog_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/nlu"
)

// seer predicts a risk and remembers what it was shown.
type seer struct {
	mind
	risk     float64
	mute     bool
	fails    error
	shown    [][]nlu.Turn
	requests []nlu.Request
}

func (s *seer) Analyze(ctx context.Context, req nlu.Request) (nlu.Result, error) {
	s.requests = append(s.requests, req)
	return s.mind.Analyze(ctx, req)
}

func (s *seer) Risk(_ context.Context, _ string, turns []nlu.Turn) (float64, bool, error) {
	s.shown = append(s.shown, turns)
	return s.risk, !s.mute && s.fails == nil, s.fails
}

func withSeer(s *seer, threshold float64) func(*dialog.Options) {
	return func(o *dialog.Options) {
		o.Analyzer, o.Risk = s, s
		o.Profiles = func(bot string) (dialog.Profile, error) {
			p, err := profiles(bot)
			p.RiskThreshold = threshold
			return p, err
		}
	}
}

func TestRiskHandsOver(t *testing.T) {
	for _, tt := range []struct {
		name      string
		seer      *seer
		threshold float64
		status    dialog.Status
	}{
		{"above the default", &seer{risk: .9}, 0, dialog.StatusQueued},
		{"under the default", &seer{risk: .8}, 0, dialog.StatusBot},
		{"above the bot's own", &seer{risk: .8}, .7, dialog.StatusQueued},
		{"under the bot's own", &seer{risk: .9}, .95, dialog.StatusBot},
		{"never", &seer{risk: 1}, 1, dialog.StatusBot},
		{"not told", &seer{risk: 1, mute: true}, 0, dialog.StatusBot},
		{"fails", &seer{risk: 1, fails: errors.New("down")}, 0, dialog.StatusBot},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil, withSeer(tt.seer, tt.threshold))
			c := w.begin()
			for _, text := range []string{"x||a1", "x||a2"} {
				if out := w.say(c, text); out.State.Status != dialog.StatusBot || len(tt.seer.shown) != 0 {
					t.Fatalf("%s: %s after %d looks at the risk", text, out.State.Status, len(tt.seer.shown))
				}
			}
			out := w.say(c, "x||a3")
			if out.State.Status != tt.status || len(tt.seer.shown) != 1 {
				t.Fatalf("%s after %d looks, want %s after one", out.State.Status, len(tt.seer.shown), tt.status)
			}
			if out.State.Status == dialog.StatusQueued {
				if h := out.State.Handoff; h.Reason != dialog.ReasonRisk || !strings.Contains(h.Packet.Summary, "可能不满意") {
					t.Errorf("hand-off %+v", h)
				}
			}
			known := out.State.Analysis.Risk
			if told := !tt.seer.mute && tt.seer.fails == nil; (known != nil) != told || told && *known != tt.seer.risk {
				t.Errorf("the risk on record is %v", known)
			}
			want := []nlu.Turn{{Customer: true, Text: "x||a1"}, {Text: "答案 a1"}, {Customer: true, Text: "x||a2"}, {Text: "答案 a2"}, {Customer: true, Text: "x||a3"}}
			if diff := cmp.Diff(want, tt.seer.shown[0]); diff != "" {
				t.Errorf("turns (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRiskForgetsWhatPeopleSettled: after an agent, the bot starts with a clean slate.
func TestRiskForgetsWhatPeopleSettled(t *testing.T) {
	s := &seer{risk: .1}
	w := newWorld(t, nil, withSeer(s, 0))
	c := w.begin()
	for range 3 {
		w.say(c, "x||a1")
	}
	w.claim(c)
	if w.say(c, "人呢"); len(s.shown) != 2 {
		t.Errorf("%d looks at the risk while an agent has it, want one more", len(s.shown)-1)
	}
	me := dialog.Actor{Kind: dialog.Agent, ID: "a1"}
	if _, _, err := w.Do(t.Context(), w.bot, c, func(dialog.State) ([]dialog.Draft, error) {
		return []dialog.Draft{
			{Type: dialog.MessageSent, Actor: me, Data: dialog.Message{Text: "已处理"}},
			{Type: dialog.StatusChanged, Actor: me, Data: dialog.StatusChange{From: dialog.StatusHuman, To: dialog.StatusBot, Owner: dialog.Actor{Kind: dialog.Bot, ID: w.bot}}},
		}, nil
	}); err != nil {
		t.Fatal(err)
	}
	before := len(s.shown)
	w.say(c, "x||a2")
	w.say(c, "x||a3")
	if len(s.shown) != before {
		t.Error("the risk was read from two messages")
	}
	w.say(c, "x||a4")
	if last := s.shown[len(s.shown)-1]; len(s.shown) != before+1 || last[0].Text != "x||a2" {
		t.Errorf("%d looks, the last at %v", len(s.shown)-before, last)
	}
}

// TestAnalyzerIsToldTheContext: the turn before, and what the bot waits for.
func TestAnalyzerIsToldTheContext(t *testing.T) {
	s := &seer{}
	w := newWorld(t, nil, func(o *dialog.Options) {
		ownFlows(t, asking("f1"))(o)
		o.Analyzer = s
	})
	c := w.begin()
	w.say(c, "greeting|")
	w.say(c, "f1")
	w.say(c, "甲")
	w.say(c, "乙")
	type told struct {
		prev   bool
		expect string
	}
	var got []told
	for _, r := range s.requests {
		got = append(got, told{r.Prev != "", strings.Join(r.Expect, ",")})
	}
	if diff := cmp.Diff([]told{{false, ""}, {true, ""}, {true, "one"}, {true, "two"}}, got, cmp.AllowUnexported(told{})); diff != "" {
		t.Errorf("context (-want +got):\n%s", diff)
	}
	if s.requests[2].Prev != "f1要甲" {
		t.Errorf("the turn before was %q", s.requests[2].Prev)
	}
}

func TestExpectsAnAnswerToTheOffer(t *testing.T) {
	w := newWorld(t, nil, nil)
	c := w.begin()
	out := w.say(c, "complaint|")
	if diff := cmp.Diff([]string{"affirm", "deny"}, out.State.Expects()); diff != "" {
		t.Errorf("expects (-want +got):\n%s", diff)
	}
	w.claim(c)
	s, err := w.State(t.Context(), w.bot, c)
	if err != nil || s.Expects() != nil {
		t.Errorf("with an agent the bot expects %v, %v", s.Expects(), err)
	}
}

// TestSignalsSurviveTheStore: what was read of a message is in its event.
func TestSignalsSurviveTheStore(t *testing.T) {
	s := &signalled{}
	w := newWorld(t, nil, func(o *dialog.Options) { o.Analyzer = s })
	c := w.begin()
	w.say(c, "都等了一个星期还没到")
	events, err := w.Events(t.Context(), w.bot, c, 0)
	if err != nil {
		t.Fatal(err)
	}
	st, err := dialog.Replay(dialog.State{}, events)
	if err != nil {
		t.Fatal(err)
	}
	if a := st.Analysis; !cmp.Equal(a.Scope, s.result().Scope) || !cmp.Equal(a.Emotion, s.result().Emotion) || !cmp.Equal(a.Segments, s.result().Segments) {
		t.Errorf("analysis %+v", a)
	}
	if m := st.Moods[0].Emotion; m.Label != nlu.Worry || m.Score != .7 {
		t.Errorf("mood %+v", m)
	}
	w.say(c, "转人工")
	if st, err = w.State(t.Context(), w.bot, c); err != nil || st.Handoff.Packet.Emotion != nlu.Worry {
		t.Errorf("packet %+v, %v", st.Handoff, err)
	}
}

type signalled struct{}

func (signalled) result() nlu.Result {
	return nlu.Result{
		Intent: nlu.Intent{Name: "parcel_delay", Confidence: .9}, Intents: []nlu.Intent{{Name: "parcel_delay", Confidence: .9}},
		Scope: &nlu.Scope{In: true, Score: .1}, Emotion: &nlu.Emotion{Label: nlu.Worry, Score: .7, Scores: map[string]float64{nlu.Worry: .7}},
		Segments: []nlu.Segment{{Text: "都", Start: 0, End: 1, Intent: "parcel_delay", Confidence: .9}}, Entities: []nlu.Entity{},
	}
}

func (s signalled) Analyze(context.Context, nlu.Request) (nlu.Result, error) { return s.result(), nil }

func TestSlowRiskIsLeftBehind(t *testing.T) {
	s := &slowSeer{}
	w := newWorld(t, nil, func(o *dialog.Options) { o.Risk, o.AnalyzeTimeout = s, 5*time.Millisecond })
	c := w.begin()
	start := time.Now()
	for range 3 {
		if out := w.say(c, "x||a1"); out.State.Status != dialog.StatusBot {
			t.Errorf("status %s", out.State.Status)
		}
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("three turns took %s", took)
	}
}

type slowSeer struct{}

func (*slowSeer) Risk(ctx context.Context, _ string, _ []nlu.Turn) (float64, bool, error) {
	<-ctx.Done()
	return 0, false, ctx.Err()
}
