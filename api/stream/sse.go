package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/fault"
)

const (
	// writeTimeout is how long one write to a client may take. A client that
	// reads slower is cut off, and resumes from its cursor.
	writeTimeout = 15 * time.Second
	// retryHint is how long a client waits before it connects again after the
	// stream was ended by the server.
	retryHint = time.Second
)

// SSE writes a conversation as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
type SSE struct {
	Source Source
	// Heartbeat is the time between comments that keep the line open; 0 means 15 s.
	Heartbeat time.Duration
	// Show selects the events to send; nil sends all. Skipped ones move the
	// cursor no further than the next one sent.
	Show func(e dialog.Event) bool
	// Typing selects the typing to send; nil sends none.
	Typing func(t bus.Typing) bool
	// Stop ends the stream with a hint to reconnect; nil never does.
	Stop <-chan struct{}
	Log  *slog.Logger // hears why streams broke; nil is allowed
}

// Cursor returns the Seq after which a request resumes: its Last-Event-ID, else
// ?after=, else 0. What is not a number ≥ 0 is fault.Invalid.
func Cursor(r *http.Request) (int64, error) {
	for _, value := range []string{r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after")} {
		if value == "" {
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return 0, fault.In("after", fault.New(fault.Invalid, "续传位置必须是不小于 0 的整数。"))
		}
		return n, nil
	}
	return 0, nil
}

// Serve streams a conversation until the client leaves or Stop is closed. It
// returns an error only when nothing was sent yet, so that the caller can
// still answer with it; later failures end the stream and the client resumes.
func (s SSE) Serve(w http.ResponseWriter, r *http.Request, bot, conversation string, after int64) error {
	// Beyond all events there is nothing to read, but an unknown conversation
	// is found out while it can still be answered with a status.
	if _, err := s.Source.Reader.Events(r.Context(), bot, conversation, math.MaxInt64); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	out := &sseWriter{w: w, control: http.NewResponseController(w)}
	if err := out.open(); err != nil {
		return fault.Wrap(err, fault.Internal, "the connection cannot stream")
	}
	var beats sync.WaitGroup
	beats.Add(1)
	go func() {
		defer beats.Done()
		defer cancel()
		s.keepAlive(ctx, out)
	}()
	err := s.Source.Follow(ctx, bot, conversation, after, Sink{
		Events: func(events []dialog.Event) error { return s.send(out, events) },
		Typing: func(t bus.Typing) error {
			if s.Typing == nil || !s.Typing(t) {
				return nil
			}
			return out.event("", "typing", t)
		},
	})
	cancel()
	beats.Wait()
	if errors.Is(err, ErrEnded) || s.stopped() {
		err = out.write(fmt.Appendf(nil, "retry: %d\n\n", retryHint.Milliseconds()))
	}
	if err != nil && s.Log != nil {
		s.Log.DebugContext(r.Context(), "a stream ended", "conversation", conversation, "error", err)
	}
	return nil
}

func (s SSE) stopped() bool {
	select {
	case <-s.Stop:
		return true
	default:
		return false
	}
}

func (s SSE) send(out *sseWriter, events []dialog.Event) error {
	for _, e := range events {
		if s.Show != nil && !s.Show(e) {
			continue
		}
		if err := out.event(strconv.FormatInt(e.Seq, 10), string(e.Type), e); err != nil {
			return err
		}
	}
	return nil
}

// keepAlive sends comments until ctx ends, the stream is stopped or a write fails.
func (s SSE) keepAlive(ctx context.Context, out *sseWriter) {
	every := s.Heartbeat
	if every <= 0 {
		every = 15 * time.Second
	}
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.Stop:
			return
		case <-beat.C:
			if out.write([]byte(": \n\n")) != nil {
				return
			}
		}
	}
}

// sseWriter writes whole messages, each within writeTimeout.
type sseWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	mu      sync.Mutex
}

// open sends the headers. The server's read and write deadlines are for
// requests that end; here every write has its own.
func (o *sseWriter) open() error {
	h := o.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would collect the stream
	if err := o.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	o.w.WriteHeader(http.StatusOK)
	return o.write([]byte(": open\n\n"))
}

// event writes one event. JSON has no line breaks of its own, so one data line
// is enough.
func (o *sseWriter) event(id, name string, data any) error {
	var b bytes.Buffer
	if id != "" {
		b.WriteString("id: " + id + "\n")
	}
	b.WriteString("event: " + name + "\ndata: ")
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(data); err != nil { // ends with one line break
		return err
	}
	b.WriteString("\n")
	return o.write(b.Bytes())
}

func (o *sseWriter) write(b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := o.w.Write(b); err != nil {
		return err
	}
	return o.control.Flush()
}
