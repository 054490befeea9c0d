package stream

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/fault"
)

// Summaries reads the rows by which conversations are listed; a store is one.
type Summaries interface {
	Summary(ctx context.Context, bot, conversation string) (dialog.Summary, error)
	Summaries(ctx context.Context, f dialog.Filter) ([]dialog.Summary, error)
}

const (
	memberBuffer = 256 // frames a socket may fall behind
	gatherLimit  = 256 // messages looked at before rows are read
)

// Feeds tells sockets how the conversations of their bot change. Each row is
// read once per change, however many sockets look on. Close it once.
type Feeds struct {
	bus  Subscriber
	rows Summaries
	log  *slog.Logger

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	feeds   map[string]*feed
}

// NewFeeds returns Feeds without members; no goroutine runs for a bot that
// nobody watches.
func NewFeeds(b Subscriber, rows Summaries, log *slog.Logger) *Feeds {
	ctx, cancel := context.WithCancel(context.Background())
	return &Feeds{bus: b, rows: rows, log: log, ctx: ctx, cancel: cancel, feeds: map[string]*feed{}}
}

// Close ends all members and returns when nothing runs any more.
func (f *Feeds) Close() {
	f.cancel()
	f.running.Wait()
}

// feed is one bot's.
type feed struct {
	members map[*Member]struct{} // guarded by Feeds.mu
	cancel  context.CancelFunc
}

// Member receives frames until it is done.
type Member struct {
	c     chan []byte
	done  chan struct{}
	once  sync.Once
	leave func(*Member)
}

// C delivers "summary" frames as JSON, shared: read only. It is never closed.
func (m *Member) C() <-chan []byte { return m.c }

// Done is closed when the member was too slow, or the feeds or the bus closed.
func (m *Member) Done() <-chan struct{} { return m.done }

// Close leaves the feed. Later calls do nothing.
func (m *Member) Close() {
	m.once.Do(func() {
		close(m.done)
		m.leave(m)
	})
}

// Join begins to deliver the changes of a bot's conversations.
func (f *Feeds) Join(bot string) *Member {
	m := &Member{c: make(chan []byte, memberBuffer), done: make(chan struct{})}
	m.leave = func(m *Member) { f.leave(bot, m) }
	f.mu.Lock()
	if f.ctx.Err() != nil {
		f.mu.Unlock()
		m.Close()
		return m
	}
	running := f.feeds[bot]
	if running == nil {
		ctx, cancel := context.WithCancel(f.ctx)
		running = &feed{members: map[*Member]struct{}{}, cancel: cancel}
		f.feeds[bot] = running
		sub := f.bus.Subscribe(bus.Filter{Bot: bot})
		f.running.Add(1)
		go f.run(ctx, bot, running, sub)
	}
	running.members[m] = struct{}{}
	f.mu.Unlock()
	return m
}

func (f *Feeds) leave(bot string, m *Member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	running := f.feeds[bot]
	if running == nil {
		return
	}
	if _, member := running.members[m]; !member {
		return
	}
	delete(running.members, m)
	if len(running.members) == 0 {
		running.cancel()
		delete(f.feeds, bot)
	}
}

func (f *Feeds) run(ctx context.Context, bot string, running *feed, sub *bus.Subscription) {
	defer f.running.Done()
	defer func() {
		sub.Close()
		for _, m := range f.members(running) {
			m.Close()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-sub.C():
			f.changed(ctx, bot, running, gather(m, sub))
		case <-sub.Done():
			if !sub.Lagged() || !sleep(ctx, resyncPause) {
				return
			}
			sub = f.bus.Subscribe(bus.Filter{Bot: bot})
			f.resync(ctx, bot, running)
		}
	}
}

// gather lists the conversations of m and of what waits behind it, each once.
func gather(m bus.Message, sub *bus.Subscription) []string {
	var ids []string
	seen := map[string]struct{}{}
	note := func(m bus.Message) {
		if len(m.Events) == 0 {
			return
		}
		id := m.Events[0].Conversation
		if _, known := seen[id]; !known {
			seen[id] = struct{}{}
			ids = append(ids, id)
		}
	}
	note(m)
	for range gatherLimit {
		select {
		case m := <-sub.C():
			note(m)
		default:
			return ids
		}
	}
	return ids
}

func (f *Feeds) changed(ctx context.Context, bot string, running *feed, ids []string) {
	for _, id := range ids {
		row, err := f.rows.Summary(ctx, bot, id)
		if err != nil {
			if ctx.Err() == nil && !fault.Is(err, fault.NotFound) {
				f.log.WarnContext(ctx, "cannot read a conversation for the desk", "conversation", id, "error", err)
			}
			continue
		}
		f.broadcast(running, row)
	}
}

// resync sends the rows of all open conversations: some of their changes were lost.
func (f *Feeds) resync(ctx context.Context, bot string, running *feed) {
	rows, err := f.rows.Summaries(ctx, dialog.Filter{
		Bot: bot, Limit: memberBuffer / 2, Statuses: []dialog.Status{dialog.StatusQueued, dialog.StatusHuman, dialog.StatusBot},
	})
	if err != nil {
		if ctx.Err() == nil {
			f.log.WarnContext(ctx, "cannot list conversations for the desk", "error", err)
		}
		return
	}
	for _, row := range rows {
		f.broadcast(running, row)
	}
}

func (f *Feeds) broadcast(running *feed, row dialog.Summary) {
	frame, err := json.Marshal(summaryFrame{Type: "summary", Summary: row})
	if err != nil {
		f.log.Error("a summary cannot be written", "conversation", row.Conversation, "error", err)
		return
	}
	for _, m := range f.members(running) {
		select {
		case m.c <- frame:
		default:
			m.Close() // too slow: it connects again and lists anew
		}
	}
}

func (f *Feeds) members(running *feed) []*Member {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]*Member, 0, len(running.members))
	for m := range running.members {
		list = append(list, m)
	}
	return list
}
