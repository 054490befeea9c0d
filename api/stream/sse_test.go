package stream

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/fault"
)

// message is one server-sent event as a browser reads it.
type message struct {
	id, event, data, comment, retry string
}

// parseSSE reads one message; io.EOF at the end.
func parseSSE(r *bufio.Reader) (message, error) {
	var m message
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return m, err
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			return m, nil
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			m.id = value
		case "event":
			m.event = value
		case "data":
			m.data += value
		case "retry":
			m.retry = value
		case "":
			m.comment = value + "."
		}
	}
}

func serveSSE(t *testing.T, s SSE) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after, err := Cursor(r)
		if err == nil {
			err = s.Serve(w, r, "demo", "c", after)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func connect(t *testing.T, url, lastID string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	response, err := http.DefaultTransport.(*http.Transport).Clone().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() }) //nolint:errcheck // cut off on purpose
	return response
}

func TestSSE(t *testing.T) {
	h := &history{}
	h.append("c", 4, dialog.MessageReceived, dialog.MessageAnalyzed, dialog.MessageSent, dialog.NoteAdded)
	b := openBus(t, 16)
	stop := make(chan struct{})
	server := serveSSE(t, SSE{
		Source: Source{Reader: h, Bus: b}, Heartbeat: 20 * time.Millisecond, Show: dialog.Event.Public, Stop: stop,
		Typing: func(t bus.Typing) bool { return t.From == dialog.Agent },
	})
	response := connect(t, server.URL+"?after=0", "")
	if ct := response.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/event-stream") || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("unexpected headers %v", response.Header)
	}
	in := bufio.NewReader(response.Body)
	beats := 0
	next := func() message {
		t.Helper()
		for {
			m, err := parseSSE(in)
			if err != nil {
				t.Fatal(err)
			}
			if m.comment == "" {
				return m
			}
			beats++
		}
	}
	for _, want := range []string{"1 message.received", "3 message.sent"} {
		m := next()
		var e dialog.Event
		if err := json.Unmarshal([]byte(m.data), &e); err != nil || m.id+" "+m.event != want || strconv.FormatInt(e.Seq, 10) != m.id {
			t.Errorf("got %+v (%v), want %s", m, err, want)
		}
	}
	b.Type(bus.Typing{Bot: "demo", Conversation: "c", From: dialog.Visitor, Text: "own"})
	b.Type(bus.Typing{Bot: "demo", Conversation: "c", From: dialog.Agent, Name: "小林"})
	if m := next(); m.event != "typing" || m.id != "" || !strings.Contains(m.data, "小林") {
		t.Errorf("got %+v", m)
	}
	b.Publish(h.append("c", 1))
	if m := next(); m.id != "5" {
		t.Errorf("got %+v", m)
	}
	time.Sleep(60 * time.Millisecond)
	close(stop)
	if m := next(); m.retry != "1000" {
		t.Errorf("got %+v, want a hint to reconnect", m)
	}
	if _, err := parseSSE(in); !errors.Is(err, io.EOF) || beats < 3 {
		t.Errorf("the stream goes on (%v), %d heartbeats", err, beats)
	}
}

// TestSSEResume drops the connection at random while others write, and
// resumes as a browser does.
func TestSSEResume(t *testing.T) {
	const total = 300
	h := &history{}
	h.append("c", 1)
	b := openBus(t, 16)
	server := serveSSE(t, SSE{Source: Source{Reader: h, Bus: b}})
	var writers sync.WaitGroup
	var mu sync.Mutex
	for range 3 {
		writers.Add(1)
		go func() {
			defer writers.Done()
			for {
				mu.Lock()
				if len(h.events["c"]) >= total {
					mu.Unlock()
					return
				}
				events := h.append("c", 1)
				mu.Unlock()
				b.Publish(events) // out of order now and then
				time.Sleep(200 * time.Microsecond)
			}
		}()
	}
	var got []int64
	last := ""
	for connection := 0; len(got) == 0 || got[len(got)-1] < total; connection++ {
		response := connect(t, server.URL, last)
		in := bufio.NewReader(response.Body)
		for range 20 + connection {
			m, err := parseSSE(in)
			if err != nil {
				break
			}
			if m.id == "" {
				continue
			}
			last = m.id
			seq, err := strconv.ParseInt(m.id, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, seq)
			if seq == total {
				break
			}
		}
		response.Body.Close() //nolint:errcheck // cut off on purpose
	}
	writers.Wait()
	checkSequence(t, got, 1, total)
}

func TestSSERefuses(t *testing.T) {
	h := &history{}
	server := serveSSE(t, SSE{Source: Source{Reader: h, Bus: openBus(t, 4)}})
	for url, words := range map[string]string{server.URL: "没有这个会话", server.URL + "?after=-1": "续传", server.URL + "?after=x": "续传"} {
		response := connect(t, url, "")
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusTeapot || !strings.Contains(string(body), words) {
			t.Errorf("%s: %d %s (%v)", url, response.StatusCode, body, err)
		}
	}
}

func TestCursor(t *testing.T) {
	for _, c := range []struct {
		header, query string
		want          int64
		bad           bool
	}{
		{"", "", 0, false}, {"7", "3", 7, false}, {"", "3", 3, false}, {"x", "3", 0, true}, {"-1", "", 0, true}, {"", "99999999999999999999", 0, true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/?after="+c.query, nil)
		r.Header.Set("Last-Event-ID", c.header)
		got, err := Cursor(r)
		if got != c.want || c.bad != fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: got %d, %v", c, got, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("5", "6")
	f.Add("", "\x00")
	f.Fuzz(func(t *testing.T, header, query string) {
		r := &http.Request{Header: http.Header{"Last-Event-Id": {header}}, URL: httptest.NewRequest(http.MethodGet, "/", nil).URL}
		r.URL.RawQuery = "after=" + query
		if n, err := Cursor(r.WithContext(context.Background())); n < 0 || (err != nil && n != 0) {
			t.Errorf("Cursor = %d, %v", n, err)
		}
	})
}
