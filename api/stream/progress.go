package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// Progress writes the states of something that takes a while as server-sent
// events.
type Progress struct {
	// Event names the events.
	Event string
	// Next returns the present state, and whether it is the last one for now.
	Next func(ctx context.Context) (state any, last bool, err error)
	// Every is the time between two looks; 0 means 500 ms.
	Every time.Duration
	// Heartbeat is the time after which an unchanged state is sent again to
	// keep the line open; 0 means 15 s.
	Heartbeat time.Duration
	// Stop ends the stream; the client connects again.
	Stop <-chan struct{}
}

// Serve sends the state whenever it has changed, until the last one, Stop, or
// the client leaves. Ids count the events of the stream; one that is resumed
// begins with the present state. An error is returned only when nothing was
// sent yet; a later one of Next ends the stream.
func (p Progress) Serve(w http.ResponseWriter, r *http.Request) error {
	every, beat := p.Every, p.Heartbeat
	if every <= 0 {
		every = 500 * time.Millisecond
	}
	if beat <= 0 {
		beat = 15 * time.Second
	}
	state, last, err := p.Next(r.Context())
	if err != nil {
		return err
	}
	out := &sseWriter{w: w, control: http.NewResponseController(w)}
	if err := out.open(); err != nil {
		return fault.Wrap(err, fault.Internal, "the connection cannot stream")
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	var sent []byte
	at := time.Time{}
	for n := 0; ; {
		packed, err := json.Marshal(state)
		if err != nil {
			return nil //nolint:nilerr // the stream has begun; its end tells the client to come again
		}
		if !bytes.Equal(packed, sent) || time.Since(at) >= beat {
			n++
			if out.event(strconv.Itoa(n), p.Event, json.RawMessage(packed)) != nil {
				return nil // the client has left
			}
			sent, at = packed, time.Now()
		}
		if last {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-p.Stop:
			return nil
		case <-tick.C:
		}
		if state, last, err = p.Next(r.Context()); err != nil {
			return nil //nolint:nilerr // as above
		}
	}
}
