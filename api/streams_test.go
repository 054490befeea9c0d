package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// events opens a visitor's stream and passes on the seqs it brings.
func (f *fixture) events(ctx context.Context, base string, c started, after int64, token bool) (<-chan dialog.Event, <-chan string) {
	f.Helper()
	url := fmt.Sprintf("%s/v1/conversations/%s/events?after=%d", base, c.Conversation, after)
	if token {
		url += "&token=" + c.Token
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	f.must(err)
	if !token {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	response, err := f.client.Do(r)
	f.must(err)
	if response.StatusCode != http.StatusOK {
		f.Fatalf("got %d", response.StatusCode)
	}
	events, other := make(chan dialog.Event, 1000), make(chan string, 1000)
	go func() {
		defer close(events)
		defer response.Body.Close() //nolint:errcheck // cut off on purpose
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() {
			data, isData := strings.CutPrefix(lines.Text(), "data: ")
			var e dialog.Event
			if isData && json.Unmarshal([]byte(data), &e) == nil && e.Seq > 0 {
				events <- e
			} else if lines.Text() != "" {
				other <- lines.Text()
			}
		}
	}()
	return events, other
}

func receive[T any](f *fixture, c <-chan T) T {
	f.Helper()
	select {
	case v, ok := <-c:
		if !ok {
			f.Fatal("the stream ended")
		}
		return v
	case <-time.After(20 * time.Second):
		f.Fatal("nothing came")
	}
	panic("unreachable")
}

func TestVisitorStream(t *testing.T) {
	f := open(t, nil)
	c := f.start()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const messages = 12
	readers := make([]<-chan dialog.Event, 3)
	for i := range readers {
		readers[i], _ = f.events(ctx, f.url, c, 0, i%2 == 0)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range messages / 3 {
				f.call("POST", "/v1/conversations/"+c.Conversation+"/messages", c.Token, map[string]any{"text": "怎么退货"})
			}
		}()
	}
	wg.Wait()
	stored, err := f.store.Events(t.Context(), "demo", c.Conversation, 0)
	f.must(err)
	var public []int64
	for _, e := range stored {
		if e.Public() {
			public = append(public, e.Seq)
		}
	}
	readers = append(readers, nil)
	readers[3], _ = f.events(ctx, f.url, c, 0, true) // one that comes late
	for i, reader := range readers {
		for _, want := range public {
			if got := receive(f, reader); got.Seq != want {
				t.Fatalf("reader %d: seq %d, want %d", i, got.Seq, want)
			}
		}
	}
}

func TestAgentTypingReachesTheVisitor(t *testing.T) {
	f := open(t, nil)
	c := f.queued()
	me := f.sessions[auth.Agent]
	path := "/v1/desk/conversations/" + c.Conversation
	f.wants(f.call("POST", path+"/claim", me, nil), 200)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, lines := f.events(ctx, f.url, c, 0, true)
	receive(f, events)
	f.wants(f.call("POST", path+"/typing", me, map[string]any{}), 204)
	for line := receive(f, lines); line != "event: typing"; line = receive(f, lines) {
		continue
	}
}

func TestStreamRefusals(t *testing.T) {
	f := open(t, func(o *options) { o.MaxStreams = 1 })
	c := f.start()
	path := "/v1/conversations/" + c.Conversation + "/events"
	f.problem(f.call("GET", path+"?token="+c.Token+"x", "", nil), 401, fault.Unauthenticated)
	f.problem(f.call("GET", path+"?after=x", c.Token, nil), 422, fault.Invalid)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, _ := f.events(ctx, f.url, c, 0, true)
	receive(f, events)
	a := f.call("GET", path, c.Token, nil)
	f.problem(a, 503, fault.Busy)
	if a.header.Get("Retry-After") != "5" {
		t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
	}
	f.problem(f.call("GET", "/v1/desk/ws", f.sessions[auth.Agent], nil), 503, fault.Busy)
}

// socket is the desk's end of a WebSocket.
type socket struct {
	f    *fixture
	conn *websocket.Conn
}

func (f *fixture) socket(query string, header http.Header) (*socket, *http.Response, error) {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), 10*time.Second)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(f.url, "http")+"/v1/desk/ws"+query, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		return nil, response, err
	}
	f.Cleanup(func() { conn.CloseNow() }) //nolint:errcheck // it may be closed already
	return &socket{f, conn}, response, nil
}

func (s *socket) until(kind string) map[string]any {
	s.f.Helper()
	ctx, cancel := context.WithTimeout(s.f.Context(), 20*time.Second)
	defer cancel()
	for {
		_, b, err := s.conn.Read(ctx)
		s.f.must(err)
		var frame map[string]any
		s.f.must(json.Unmarshal(b, &frame))
		if frame["type"] == kind {
			return frame
		}
	}
}

func TestDeskSocket(t *testing.T) {
	f := open(t, nil)
	s, _, err := f.socket("", http.Header{"Cookie": {auth.Cookie + "=" + f.sessions[auth.Agent]}, "Origin": {f.url}})
	f.must(err)
	if hello := s.until("hello")["agent"].(map[string]any); hello["id"] != "usr_agent" || hello["bot"] != "demo" {
		t.Errorf("got %v", hello)
	}
	c := f.queued()
	for frame := s.until("summary"); ; frame = s.until("summary") {
		if row := frame["summary"].(map[string]any); row["conversation"] == c.Conversation && row["status"] == "queued" {
			break
		}
	}
	f.must(s.conn.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"type":"subscribe","conversation":%q,"after":0}`, c.Conversation)))
	if e := s.until("event")["event"].(map[string]any); e["seq"] != 1.0 {
		t.Errorf("got %v", e)
	}
	f.wants(f.call("POST", "/v1/conversations/"+c.Conversation+"/typing", c.Token, map[string]any{"text": "怎么退货"}), 204)
	if frame := s.until("typing"); frame["text"] != "怎么退货" {
		t.Errorf("got %v", frame)
	}
	if frame := s.until("suggestions"); len(frame["suggestions"].([]any)) < 3 {
		t.Errorf("got %v", frame)
	}
}

func TestDeskSocketRefusals(t *testing.T) {
	f := open(t, nil)
	cookie := auth.Cookie + "=" + f.sessions[auth.Agent]
	for name, c := range map[string]struct {
		query  string
		header http.Header
		status int
	}{
		"nobody":         {"", http.Header{}, 401},
		"foreign page":   {"", http.Header{"Cookie": {cookie}, "Origin": {"https://evil.example"}}, 403},
		"foreign token":  {"?token=" + f.sessions[auth.Agent], http.Header{"Origin": {"https://evil.example"}}, 403},
		"a visitor":      {"?token=" + f.start().Token, http.Header{}, 403},
		"a trainer":      {"?token=" + f.sessions[auth.Trainer], http.Header{}, 403},
		"a program's":    {"?token=" + f.keys[auth.Agent], http.Header{}, 101},
		"an own page":    {"", http.Header{"Cookie": {cookie}, "Origin": {f.url}}, 101},
		"no page at all": {"", http.Header{"Cookie": {cookie}}, 101},
	} {
		s, response, err := f.socket(c.query, c.header)
		if response == nil || response.StatusCode != c.status {
			t.Errorf("%s: got %v (%v), want %d", name, response, err, c.status)
			continue
		}
		if s != nil {
			s.until("hello")
		}
	}
}

// TestShutdown stops a serving Server while a message is in flight and streams
// are open.
func TestShutdown(t *testing.T) {
	slow := make(chan struct{})
	entered := make(chan struct{})
	f := open(t, nil)
	o := f.options()
	o.Registerer = nil
	o.Ready = map[string]healthCheck{"slow": func(context.Context) error {
		close(entered)
		<-slow
		return nil
	}}
	server, err := newServer(o)
	f.must(err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	f.must(err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	base := "http://" + ln.Addr().String()

	c := f.start()
	events, lines := f.events(t.Context(), base, c, 0, true)
	receive(f, events)
	conn, _, err := websocket.Dial(t.Context(), "ws://"+ln.Addr().String()+"/v1/desk/ws?token="+f.sessions[auth.Agent], nil)
	f.must(err)
	defer conn.CloseNow() //nolint:errcheck // closed by the server
	inFlight := make(chan int, 1)
	go func() {
		response, err := f.client.Get(base + "/readyz")
		if err != nil {
			inFlight <- 0
			return
		}
		_ = response.Body.Close() //nolint:errcheck // the status is all that counts
		inFlight <- response.StatusCode
	}()
	<-entered
	stop()

	for line := receive(f, lines); line != "retry: 1000"; line = receive(f, lines) {
		continue
	}
	for {
		if _, _, err = conn.Read(t.Context()); err != nil {
			break
		}
	}
	if websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the socket ended with %v, want going away", err)
	}
	select {
	case err := <-served:
		t.Fatalf("the server did not wait for the request in flight: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(slow)
	if status := <-inFlight; status != http.StatusOK {
		t.Errorf("the request in flight got %d", status)
	}
	f.must(<-served)
	if _, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		t.Error("the server still listens")
	}
}

func TestShutdownGivesUpOnStuckRequests(t *testing.T) {
	f := open(t, nil)
	o := f.options()
	o.Registerer, o.ShutdownTimeout = nil, 50*time.Millisecond
	entered, stuck := make(chan struct{}), make(chan struct{})
	o.Ready = map[string]healthCheck{"stuck": func(context.Context) error {
		close(entered)
		<-stuck
		return nil
	}}
	server, err := newServer(o)
	f.must(err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	f.must(err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	asked := make(chan error, 1)
	go func() {
		response, err := f.client.Get("http://" + ln.Addr().String() + "/readyz")
		if err == nil {
			err = errors.Join(errors.New("answered"), response.Body.Close())
		}
		asked <- err
	}()
	<-entered
	stop()
	if err := <-served; !fault.Is(err, fault.Timeout) {
		t.Errorf("got %v, want %s", err, fault.Timeout)
	}
	close(stuck)
	if err := <-asked; err == nil || err.Error() == "answered" {
		t.Errorf("the stuck request got an answer: %v", err)
	}
}
