package stream

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
)

const (
	frameLimit        = 16 << 10 // bytes of a client's frame
	subscriptionLimit = 64
	framesPerSecond   = 20
	outgoing          = 64 // frames on their way to the writer
	beatEvery         = 30 * time.Second
)

// Desk serves the desk's WebSocket.
type Desk struct {
	Source Source
	Feeds  *Feeds
	// Suggest drafts replies for what a visitor said or, with draft, is typing.
	Suggest func(ctx context.Context, bot, conversation, draft string) ([]dialog.Suggestion, error)
	Clock   clock.Clock
	Log     *slog.Logger
	// Stop closes all sockets with "going away"; clients connect again.
	Stop <-chan struct{}
	// Beat is the time between looks whether the client is there and its login
	// holds; 0 means 30 s.
	Beat time.Duration
}

// Serve upgrades the request and serves the agent until either side leaves.
// The caller has checked who the agent is and where the page came from; valid
// is asked now and then whether that still holds.
func (d *Desk) Serve(w http.ResponseWriter, r *http.Request, agent Agent, valid func(ctx context.Context) bool) {
	control := http.NewResponseController(w)
	for _, set := range []func(time.Time) error{control.SetReadDeadline, control.SetWriteDeadline} {
		if err := set(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
			d.Log.DebugContext(r.Context(), "a socket's deadline cannot be lifted", "error", err)
		}
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // the caller checked the Origin
	if err != nil {
		d.Log.DebugContext(r.Context(), "a request is no WebSocket", "error", err) // Accept has answered
		return
	}
	conn.SetReadLimit(frameLimit)
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	s := &socket{
		desk: d, conn: conn, agent: agent, valid: valid, cancel: cancel,
		out: make(chan []byte, outgoing), subs: map[string]*watch{},
	}
	s.run(ctx)
}

// The reasons for which a socket ends, and how the client is told.
var (
	errLeft    = errors.New("the client left")
	errStopped = errors.New("server restarts")
	errSlow    = errors.New("too slow, connect again")
	errFlood   = errors.New("too many frames")
	errExpired = errors.New("the login has ended")
)

func closeStatus(cause error) websocket.StatusCode {
	switch {
	case errors.Is(cause, errStopped):
		return websocket.StatusGoingAway
	case errors.Is(cause, errSlow):
		return websocket.StatusTryAgainLater
	case errors.Is(cause, errFlood), errors.Is(cause, errExpired):
		return websocket.StatusPolicyViolation
	default:
		return websocket.StatusNormalClosure
	}
}

// socket is one agent's connection.
type socket struct {
	desk   *Desk
	conn   *websocket.Conn
	agent  Agent
	valid  func(context.Context) bool
	cancel context.CancelCauseFunc
	out    chan []byte

	running sync.WaitGroup
	subs    map[string]*watch // of the reader alone
}

// run serves until something ends the socket, then waits for all of it.
func (s *socket) run(ctx context.Context) {
	member := s.desk.Feeds.Join(s.agent.Bot)
	defer member.Close()
	for _, part := range []func(context.Context){s.write, s.watchOver, func(ctx context.Context) { s.forward(ctx, member) }} {
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			part(ctx)
		}()
	}
	s.send(ctx, helloFrame{Type: "hello", Agent: s.agent, At: s.desk.Clock.Now().UTC()})
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		s.read(ctx)
	}()
	<-ctx.Done()
	cause := context.Cause(ctx)
	// Close sends the close frame and lets the reader go. Reads and writes do
	// not have ctx: when their context ends, the library drops the connection
	// without a close frame.
	if err := s.conn.Close(closeStatus(cause), cause.Error()); err != nil {
		s.desk.Log.Debug("a socket closed", "agent", s.agent.ID, "cause", cause, "error", err)
	}
	s.running.Wait()
}

// read takes the client's frames.
func (s *socket) read(ctx context.Context) {
	limit := rate.NewLimiter(framesPerSecond, 2*framesPerSecond)
	for {
		kind, b, err := s.conn.Read(context.WithoutCancel(ctx))
		if err != nil {
			s.cancel(errLeft)
			return
		}
		if !limit.Allow() {
			s.cancel(errFlood)
			return
		}
		if kind != websocket.MessageText {
			s.send(ctx, asError("", fault.New(fault.Invalid, "只接受文本消息。")))
			continue
		}
		f, err := readFrame(b)
		if err != nil {
			s.send(ctx, asError(f.Conversation, err))
			continue
		}
		s.handle(ctx, f)
	}
}

func (s *socket) handle(ctx context.Context, f clientFrame) {
	switch f.Type {
	case "ping":
		s.send(ctx, pongFrame{Type: "pong"})
	case "unsubscribe":
		s.drop(f.Conversation)
	case "subscribe":
		s.drop(f.Conversation)
		if len(s.subs) >= subscriptionLimit {
			s.send(ctx, asError(f.Conversation, fault.New(fault.TooLarge, "一个连接最多订阅 %d 个会话，请先取消不看的。", subscriptionLimit)))
			return
		}
		s.subs[f.Conversation] = s.watch(ctx, f.Conversation, f.After)
	}
}

func (s *socket) drop(conversation string) {
	if w := s.subs[conversation]; w != nil {
		delete(s.subs, conversation)
		w.stop()
	}
}

// send queues a frame. It waits while the writer is behind, so that memory
// stays bounded; the writer gives up on clients that do not read.
func (s *socket) send(ctx context.Context, frame any) {
	b, err := json.Marshal(frame)
	if err != nil {
		s.desk.Log.Error("a frame cannot be written", "error", err)
		return
	}
	s.queue(ctx, b)
}

func (s *socket) queue(ctx context.Context, b []byte) {
	select {
	case s.out <- b:
	case <-ctx.Done():
	}
}

func (s *socket) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-s.out:
			if err := s.writeOne(b); err != nil {
				s.cancel(errSlow)
				return
			}
		}
	}
}

func (s *socket) writeOne(b []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageText, b)
}

// forward passes on the feed's frames.
func (s *socket) forward(ctx context.Context, member *Member) {
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-member.C():
			s.queue(ctx, b)
		case <-member.Done():
			s.cancel(errSlow)
			return
		}
	}
}

// watchOver ends the socket when the server stops, the login ends, or the
// client is gone without a word.
func (s *socket) watchOver(ctx context.Context) {
	every := s.desk.Beat
	if every <= 0 {
		every = beatEvery
	}
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.desk.Stop:
			s.cancel(errStopped)
			return
		case <-beat.C:
			if !s.valid(ctx) {
				s.cancel(errExpired)
				return
			}
			if err := s.ping(); err != nil {
				s.cancel(errLeft)
				return
			}
		}
	}
}

func (s *socket) ping() error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	return s.conn.Ping(ctx)
}
