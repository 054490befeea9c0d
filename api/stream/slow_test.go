package stream

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/dialog"
)

// stuck is a client that stops reading after some writes.
type stuck struct {
	*httptest.ResponseRecorder
	left      int
	deadlines []time.Time
}

func (s *stuck) Write(b []byte) (int, error) {
	if s.left--; s.left < 0 {
		return 0, errors.New("the write took too long")
	}
	return s.ResponseRecorder.Write(b)
}

func (s *stuck) SetWriteDeadline(t time.Time) error {
	s.deadlines = append(s.deadlines, t)
	return nil
}

func TestSlowVisitorsAreCutOff(t *testing.T) {
	h := &history{}
	h.append("c", 10)
	w := &stuck{ResponseRecorder: httptest.NewRecorder(), left: 4}
	began := time.Now()
	err := SSE{Source: Source{Reader: h, Bus: openBus(t, 8)}}.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), "demo", "c", 0)
	if err != nil {
		t.Errorf("got %v: nothing can be answered any more", err)
	}
	if n := strings.Count(w.Body.String(), "id: "); n != 3 {
		t.Errorf("%d events were written, want 3", n)
	}
	for _, d := range w.deadlines {
		if d.Before(began.Add(writeTimeout/2)) || d.After(time.Now().Add(2*writeTimeout)) {
			t.Errorf("a write may take until %v", d)
		}
	}
	if len(w.deadlines) < 4 {
		t.Errorf("%d of the writes have a deadline", len(w.deadlines))
	}
}

func TestEventFormat(t *testing.T) {
	w := httptest.NewRecorder()
	out := &sseWriter{w: w, control: http.NewResponseController(w)}
	if err := out.event("7", string(dialog.MessageSent), map[string]string{"text": "a\nb <c>\u2028"}); err != nil {
		t.Fatal(err)
	}
	if err := out.event("", "typing", struct{}{}); err != nil {
		t.Fatal(err)
	}
	want := "id: 7\nevent: message.sent\ndata: {\"text\":\"a\\nb <c>\\u2028\"}\n\nevent: typing\ndata: {}\n\n"
	if got := w.Body.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := out.event("8", "x", make(chan int)); err == nil {
		t.Error("what is no JSON was written")
	}
}

func BenchmarkEvent(b *testing.B) {
	h := &history{}
	events := h.append("c", 1)
	w := httptest.NewRecorder()
	out := &sseWriter{w: w, control: http.NewResponseController(w)}
	for b.Loop() {
		w.Body.Reset()
		if err := out.event("1", "message.sent", events[0]); err != nil {
			b.Fatal(err)
		}
	}
}
