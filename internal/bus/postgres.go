package bus

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

const (
	channel     = "yingda_bus"
	outbound    = 4096            // notifications that may wait to be sent
	callTimeout = 5 * time.Second // of one notification or one read
	retryFirst  = 100 * time.Millisecond
	retryLast   = 10 * time.Second
)

// notice is the payload of a NOTIFY: names, never contents, except for typing.
// PostgreSQL takes payloads of up to 8000 bytes.
type notice struct {
	Node         string  `json:"n"`
	Bot          string  `json:"b,omitempty"`
	Conversation string  `json:"c,omitempty"`
	First        int64   `json:"f,omitempty"`
	Last         int64   `json:"l,omitempty"`
	Typing       *Typing `json:"t,omitempty"`
	// Lost is true when Node could not send some notices: receivers resync.
	Lost bool `json:"x,omitempty"`
}

// postgres delivers to its own process at once and to the others by NOTIFY.
type postgres struct {
	*memory
	node   string
	config *pgx.ConnConfig
	reader Reader
	log    *slog.Logger

	notices chan notice
	lost    chan struct{} // holds one token while a Lost notice is owed
	stop    context.CancelFunc
	running sync.WaitGroup
}

var _ Bus = (*postgres)(nil)

func openPostgres(ctx context.Context, o Options) (*postgres, error) {
	if o.Reader == nil {
		return nil, fault.New(fault.Invalid, "the PostgreSQL bus needs a reader of events")
	}
	config, err := pgx.ParseConfig(o.DSN)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the database address cannot be read: expected postgres://user:password@host:port/name")
	}
	listener, err := listen(ctx, config)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "the bus cannot reach the database")
	}
	running, stop := context.WithCancel(context.Background())
	p := &postgres{
		memory: newMemory(o.Buffer), node: rand.Text(), config: config, reader: o.Reader, log: o.Logger,
		notices: make(chan notice, outbound), lost: make(chan struct{}, 1), stop: stop,
	}
	p.running.Add(2)
	go p.receive(running, listener)
	go p.send(running)
	return p, nil
}

// Publish delivers here and tells the other processes.
func (p *postgres) Publish(events []dialog.Event) {
	p.memory.Publish(events)
	for _, run := range commits(events) {
		p.tell(notice{Node: p.node, Bot: run[0].Bot, Conversation: run[0].Conversation, First: run[0].Seq, Last: run[len(run)-1].Seq})
	}
}

// Type delivers here and tells the other processes.
func (p *postgres) Type(t Typing) {
	p.memory.Type(t)
	p.tell(notice{Node: p.node, Typing: &t})
}

// Close stops both connections and ends all subscriptions. Notices that are
// not sent by then are lost: the others' subscribers find the events in the store.
func (p *postgres) Close() error {
	p.stop()
	p.running.Wait()
	return p.memory.Close()
}

func (p *postgres) tell(n notice) {
	select {
	case p.notices <- n:
	default:
		p.oweResync()
	}
}

func (p *postgres) oweResync() {
	select {
	case p.lost <- struct{}{}:
	default: // one is owed already
	}
}

// send passes notices to PostgreSQL until ctx ends.
func (p *postgres) send(ctx context.Context) {
	defer p.running.Done()
	var conn *pgx.Conn
	defer func() { p.hangUp(conn) }()
	wait := retryFirst
	for {
		var n notice
		select {
		case <-ctx.Done():
			return
		case <-p.lost:
			n = notice{Node: p.node, Lost: true}
		case n = <-p.notices:
		}
		var err error
		if conn, err = p.notify(ctx, conn, n); err == nil {
			wait = retryFirst
			continue
		}
		if ctx.Err() != nil {
			return
		}
		p.log.WarnContext(ctx, "cannot notify the other processes; their streams will resync", "error", err, "retry", wait)
		p.hangUp(conn)
		conn = nil
		p.oweResync()
		if !pause(ctx, wait) {
			return
		}
		wait = min(2*wait, retryLast)
	}
}

// notify sends one notice, connecting first where there is no connection.
func (p *postgres) notify(ctx context.Context, conn *pgx.Conn, n notice) (*pgx.Conn, error) {
	payload, err := json.Marshal(n)
	if err != nil {
		return conn, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if conn == nil {
		if conn, err = pgx.ConnectConfig(ctx, p.config); err != nil {
			return nil, err
		}
	}
	_, err = conn.Exec(ctx, "SELECT pg_notify($1, $2)", channel, string(payload))
	return conn, err
}

// receive delivers the notices of other processes until ctx ends. When the
// connection breaks, notices are missed: all subscriptions end as lagged once
// it stands again.
func (p *postgres) receive(ctx context.Context, conn *pgx.Conn) {
	defer p.running.Done()
	defer func() { p.hangUp(conn) }()
	wait := retryFirst
	for {
		if conn == nil {
			var err error
			if conn, err = listen(ctx, p.config); err != nil {
				p.log.WarnContext(ctx, "the bus cannot reach the database", "error", err, "retry", wait)
				if !pause(ctx, wait) {
					return
				}
				wait = min(2*wait, retryLast)
				continue
			}
			wait = retryFirst
			p.lose()
		}
		got, err := conn.WaitForNotification(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			p.log.WarnContext(ctx, "the bus lost its connection", "error", err)
			p.hangUp(conn)
			conn = nil
			continue
		}
		p.hear(ctx, got.Payload)
	}
}

// hear delivers one notice to the subscriptions of this process.
func (p *postgres) hear(ctx context.Context, payload string) {
	var n notice
	if err := json.Unmarshal([]byte(payload), &n); err != nil {
		p.log.WarnContext(ctx, "a notice on the bus cannot be read", "error", err)
		return
	}
	switch {
	case n.Node == p.node:
	case n.Lost:
		p.lose()
	case n.Typing != nil:
		p.memory.Type(*n.Typing)
	default:
		p.fetch(ctx, n)
	}
}

// fetch reads the events that n names and delivers them. When that fails, the
// subscriptions concerned end as lagged.
func (p *postgres) fetch(ctx context.Context, n notice) {
	concerned := p.matching(n.Bot, n.Conversation)
	if len(concerned) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	events, err := p.reader.Events(ctx, n.Bot, n.Conversation, n.First-1)
	if err != nil {
		p.log.WarnContext(ctx, "cannot read events that another process committed", "error", err)
		for _, s := range concerned {
			s.end(true)
		}
		return
	}
	for i, e := range events {
		if e.Seq > n.Last {
			events = events[:i:i] // later ones have a notice of their own
			break
		}
	}
	if len(events) == 0 {
		return
	}
	for _, s := range concerned {
		s.deliver(Message{Events: events})
	}
}

// listen opens a connection that hears the channel.
func listen(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

func (p *postgres) hangUp(conn *pgx.Conn) {
	if conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := conn.Close(ctx); err != nil {
		p.log.Debug("closing a connection of the bus", "error", err)
	}
}

// pause waits for d; false when ctx ended before.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
