package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/clock"
)

// office is a desk with one socket's client.
type office struct {
	*testing.T
	history *history
	bus     bus.Bus
	stop    chan struct{}
	url     string
	feeds   *Feeds
	valid   atomic.Bool
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, history: &history{}, bus: openBus(t, 32), stop: make(chan struct{})}
	o.valid.Store(true)
	o.feeds = NewFeeds(o.bus, o.history, slog.New(slog.DiscardHandler))
	d := &Desk{
		Source: Source{Reader: o.history, Bus: o.bus}, Feeds: o.feeds, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), Stop: o.stop,
		Beat: 20 * time.Millisecond,
		Suggest: func(_ context.Context, _, conversation, draft string) ([]dialog.Suggestion, error) {
			if draft == "broken" {
				return nil, fmt.Errorf("no suggestions today")
			}
			return []dialog.Suggestion{{ID: "s", Text: conversation + ":" + draft}}, nil
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.Serve(w, r, Agent{ID: "usr_1", Name: "小林", Bot: "demo", Role: "agent"}, func(context.Context) bool { return o.valid.Load() })
	}))
	o.url = "ws" + strings.TrimPrefix(server.URL, "http")
	t.Cleanup(func() {
		o.feeds.Close()
		server.Close()
	})
	return o
}

// client is an agent's end of a socket.
type client struct {
	*testing.T
	conn *websocket.Conn
}

func (o *office) dial() *client {
	o.Helper()
	ctx, cancel := context.WithTimeout(o.Context(), 10*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, o.url, nil)
	if err != nil {
		o.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	o.Cleanup(func() { conn.CloseNow() }) //nolint:errcheck // it may be closed already
	c := &client{o.T, conn}
	if hello := c.next(); hello["type"] != "hello" || hello["agent"].(map[string]any)["name"] != "小林" {
		o.Fatalf("got %v, want hello", hello)
	}
	return c
}

func (c *client) send(frame string) {
	c.Helper()
	if err := c.conn.Write(c.Context(), websocket.MessageText, []byte(frame)); err != nil {
		c.Fatal(err)
	}
}

func (c *client) next() map[string]any {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.Context(), 10*time.Second)
	defer cancel()
	_, b, err := c.conn.Read(ctx)
	if err != nil {
		c.Fatalf("no frame: %v", err)
	}
	var frame map[string]any
	if err := json.Unmarshal(b, &frame); err != nil {
		c.Fatal(err)
	}
	return frame
}

// until reads frames up to one of this type.
func (c *client) until(kind string) map[string]any {
	c.Helper()
	for {
		if f := c.next(); f["type"] == kind {
			return f
		}
	}
}

func TestDeskSocket(t *testing.T) {
	o := newOffice(t)
	o.history.append("a", 3)
	c := o.dial()
	c.send(`{"type":"ping"}`)
	c.until("pong")

	o.bus.Publish(o.history.append("b", 2))
	if f := c.until("summary")["summary"].(map[string]any); f["conversation"] != "b" || f["seq"] != 2.0 {
		t.Errorf("got %v", f)
	}
	c.send(`{"type":"subscribe","conversation":"a","after":1}`)
	for _, want := range []float64{2, 3} {
		if e := c.until("event")["event"].(map[string]any); e["seq"] != want {
			t.Errorf("got %v, want seq %v", e, want)
		}
	}
	// what a visitor says brings its event and fresh suggestions
	o.bus.Publish(o.history.append("a", 1, dialog.MessageReceived))
	seen := map[string]bool{}
	for !seen["event"] || !seen["suggestions"] || !seen["summary"] {
		f := c.next()
		seen[f["type"].(string)] = true
		if s, ok := f["suggestions"].([]any); ok && s[0].(map[string]any)["text"] != "a:" {
			t.Errorf("got %v", f)
		}
	}
	// typing of the visitor is shown and answered; the agents' own is not
	o.bus.Type(bus.Typing{Bot: "demo", Conversation: "a", From: dialog.Agent})
	o.bus.Type(bus.Typing{Bot: "demo", Conversation: "a", From: dialog.Visitor, Text: "怎么退"})
	if f := c.until("typing"); f["conversation"] != "a" || f["text"] != "怎么退" {
		t.Errorf("got %v", f)
	}
	if f := c.until("suggestions"); f["suggestions"].([]any)[0].(map[string]any)["text"] != "a:怎么退" {
		t.Errorf("got %v", f)
	}
	o.bus.Type(bus.Typing{Bot: "demo", Conversation: "a", From: dialog.Visitor, Text: "broken"})
	c.until("typing")

	c.send(`{"type":"unsubscribe","conversation":"a"}`)
	c.send(`{"type":"ping"}`)
	c.until("pong")
	o.bus.Publish(o.history.append("a", 1))
	c.send(`{"type":"ping"}`)
	for f := c.next(); f["type"] != "pong"; f = c.next() {
		if f["type"] == "event" {
			t.Errorf("an event after unsubscribing: %v", f)
		}
	}
	// subscribing again resumes from another cursor
	c.send(`{"type":"subscribe","conversation":"a","after":4}`)
	if e := c.until("event")["event"].(map[string]any); e["seq"] != 5.0 {
		t.Errorf("got %v, want seq 5", e)
	}
}

func TestDeskSocketErrors(t *testing.T) {
	o := newOffice(t)
	c := o.dial()
	for _, frame := range []string{
		"{", "\xff", `{"type":"dance"}`, `{"type":"subscribe"}`, `{"type":"subscribe","conversation":"a","after":-1}`, `[]`,
		`{"type":"subscribe","conversation":"none","after":0}`,
	} {
		c.send(frame)
		f := c.until("error")
		if e := f["error"].(map[string]any); e["code"] == "internal" || e["detail"] == "" {
			t.Errorf("%q: got %v", frame, f)
		}
	}
	o.history.append("broken", 1)
	o.history.mu.Lock()
	o.history.fail = fmt.Errorf("secret of the database")
	o.history.mu.Unlock()
	c.send(`{"type":"subscribe","conversation":"broken","after":0}`)
	f := c.until("error")
	if e := f["error"].(map[string]any); e["code"] != "internal" || strings.Contains(e["detail"].(string), "secret") || f["conversation"] != "broken" {
		t.Errorf("got %v", f)
	}
	if err := c.conn.Write(t.Context(), websocket.MessageBinary, []byte("x")); err != nil {
		t.Fatal(err)
	}
	c.until("error")
}

func TestDeskSocketLimits(t *testing.T) {
	o := newOffice(t)
	o.history.append("a", 1)
	c := o.dial()
	for i := range framesPerSecond * 4 { // a flood ends the socket
		if err := c.conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping"}`)); err != nil {
			break
		}
		_ = i
	}
	for {
		if _, _, err := c.conn.Read(t.Context()); err != nil {
			if websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
				t.Errorf("got %v, want a policy violation", err)
			}
			break
		}
	}
	big := o.dial()
	if err := big.conn.Write(t.Context(), websocket.MessageText, []byte(strings.Repeat(" ", frameLimit+1))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := big.conn.Read(t.Context()); err == nil {
		t.Error("a frame over the limit was accepted")
	}
}

func TestDeskSocketStops(t *testing.T) {
	o := newOffice(t)
	o.history.append("a", 1)
	c := o.dial()
	c.send(`{"type":"subscribe","conversation":"a","after":0}`)
	c.until("event")
	close(o.stop)
	for {
		_, _, err := c.conn.Read(t.Context())
		if err == nil {
			continue
		}
		if websocket.CloseStatus(err) != websocket.StatusGoingAway {
			t.Errorf("got %v, want going away", err)
		}
		return
	}
}

func TestFeedsResync(t *testing.T) {
	h := &history{}
	h.append("a", 3)
	b := openBus(t, 1)
	f := NewFeeds(b, h, slog.New(slog.DiscardHandler))
	defer f.Close()
	m := f.Join("demo")
	defer m.Close()
	for range 200 { // more than the bus holds: the feed lags and lists anew
		b.Publish(h.append("a", 1))
	}
	deadline := time.After(10 * time.Second)
	for {
		select {
		case frame := <-m.C():
			if strings.Contains(string(frame), `"seq":203`) {
				return
			}
		case <-m.Done():
			t.Fatal("the member was cut off")
		case <-deadline:
			t.Fatal("the last change never came")
		}
	}
}

func TestSlowMembersAreCutOff(t *testing.T) {
	h := &history{}
	b := openBus(t, 16)
	f := NewFeeds(b, h, slog.New(slog.DiscardHandler))
	slow, fast := f.Join("demo"), f.Join("demo")
	for i := range memberBuffer + 10 {
		b.Publish(h.append(fmt.Sprint("c", i), 1))
		select {
		case <-fast.C():
		case <-fast.Done():
			t.Fatal("the fast member was cut off")
		case <-time.After(10 * time.Second):
			t.Fatal("no frame came")
		}
	}
	select {
	case <-slow.Done():
	case <-time.After(10 * time.Second):
		t.Error("the slow member goes on")
	}
	f.Close()
	<-fast.Done()
	late := f.Join("demo")
	<-late.Done()
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte(`{"type":"subscribe","conversation":"a","after":3}`))
	f.Add([]byte(`{"type":"ping"}`))
	f.Add([]byte("\xff{"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readFrame(b)
		if err == nil && got.Type != "ping" && (got.Conversation == "" || got.After < 0) {
			t.Errorf("%q was accepted as %+v", b, got)
		}
	})
}

func BenchmarkFeed(b *testing.B) {
	h := &history{}
	events := h.append("a", 3)
	m, err := bus.Open(b.Context(), bus.Options{DSN: "memory", Buffer: 1 << 16})
	if err != nil {
		b.Fatal(err)
	}
	f := NewFeeds(m, h, slog.New(slog.DiscardHandler))
	member := f.Join("demo")
	for b.Loop() {
		m.Publish(events)
		<-member.C()
	}
	f.Close()
	if err := m.Close(); err != nil {
		b.Fatal(err)
	}
}

func TestDeskSocketEndsWithTheLogin(t *testing.T) {
	o := newOffice(t)
	c := o.dial()
	c.send(`{"type":"ping"}`)
	c.until("pong")
	time.Sleep(50 * time.Millisecond) // some beats while all is well
	c.send(`{"type":"ping"}`)
	c.until("pong")
	o.valid.Store(false)
	if _, _, err := c.conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("got %v, want a policy violation", err)
	}
}

func TestDeskSocketSubscriptionLimit(t *testing.T) {
	o := newOffice(t)
	s := &socket{desk: &Desk{Log: slog.New(slog.DiscardHandler)}, out: make(chan []byte, 4), subs: map[string]*watch{}}
	for i := range subscriptionLimit {
		s.subs[fmt.Sprint(i)] = &watch{cancel: func() {}}
	}
	s.handle(o.Context(), clientFrame{Type: "subscribe", Conversation: "one too many"})
	if frame := string(<-s.out); !strings.Contains(frame, "too_large") || !strings.Contains(frame, "one too many") {
		t.Errorf("got %s", frame)
	}
	s.handle(o.Context(), clientFrame{Type: "unsubscribe", Conversation: "3"})
	if len(s.subs) != subscriptionLimit-1 {
		t.Errorf("%d subscriptions are left", len(s.subs))
	}
}

// TestLatestDraftWins: while suggestions are being made, only the newest wish waits.
func TestLatestDraftWins(t *testing.T) {
	began, goOn := make(chan string, 8), make(chan struct{})
	s := &socket{out: make(chan []byte, 8), desk: &Desk{
		Log: slog.New(slog.DiscardHandler),
		Suggest: func(_ context.Context, _, _, draft string) ([]dialog.Suggestion, error) {
			began <- draft
			<-goOn
			return nil, nil
		},
	}}
	ctx, cancel := context.WithCancel(t.Context())
	w := &watch{socket: s, conversation: "a", cancel: cancel, drafts: make(chan string, 1)}
	ended := make(chan struct{})
	go func() {
		w.suggest(ctx)
		close(ended)
	}()
	w.want("怎")
	if got := <-began; got != "怎" {
		t.Errorf("began with %q", got)
	}
	for _, draft := range []string{"怎么", "怎么退", "怎么退货"} {
		w.want(draft)
	}
	goOn <- struct{}{}
	if got := <-began; got != "怎么退货" {
		t.Errorf("went on with %q", got)
	}
	goOn <- struct{}{}
	for range 2 { // no suggestions are an empty list, never null
		if frame := string(<-s.out); frame != `{"type":"suggestions","conversation":"a","suggestions":[]}` {
			t.Errorf("got %s", frame)
		}
	}
	cancel()
	<-ended
}
