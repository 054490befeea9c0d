package stream

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// progress serves p and returns what a client reads.
func progress(t *testing.T, p Progress) (int, string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p.Serve(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
		}
	}))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(body)
}

func TestProgressSendsChanges(t *testing.T) {
	n := 0
	p := Progress{Event: "job", Every: time.Millisecond, Next: func(context.Context) (any, bool, error) {
		n++
		return map[string]int{"done": n / 3}, n == 7, nil
	}}
	status, body := progress(t, p)
	if status != http.StatusOK || strings.Count(body, "event: job") != 3 || !strings.HasSuffix(body, "id: 3\nevent: job\ndata: {\"done\":2}\n\n") {
		t.Errorf("%d %q", status, body)
	}
}

func TestProgressKeepsTheLineOpen(t *testing.T) {
	n := 0
	p := Progress{Event: "job", Every: time.Millisecond, Heartbeat: time.Nanosecond, Next: func(context.Context) (any, bool, error) {
		n++
		return "same", n == 4, nil
	}}
	if _, body := progress(t, p); strings.Count(body, `data: "same"`) != 4 {
		t.Errorf("%q", body)
	}
}

func TestProgressEnds(t *testing.T) {
	stop := make(chan struct{})
	close(stop)
	calls := 0
	for name, p := range map[string]Progress{
		"stopped": {Event: "job", Stop: stop, Next: func(context.Context) (any, bool, error) { return 1, false, nil }},
		"a failure later": {Event: "job", Every: time.Millisecond, Next: func(context.Context) (any, bool, error) {
			if calls++; calls > 1 {
				return nil, false, errors.New("gone")
			}
			return 1, false, nil
		}},
	} {
		if status, body := progress(t, p); status != http.StatusOK || strings.Count(body, "event: job") != 1 {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
	status, _ := progress(t, Progress{Next: func(context.Context) (any, bool, error) { return nil, false, errors.New("no such job") }})
	if status != http.StatusNotFound {
		t.Errorf("a failure before the first event: %d", status)
	}
}
