package bus

import (
	"sync"

	"github.com/yingda/yingda/dialog"
)

// memory is the engine of one process.
type memory struct {
	buffer int

	mu     sync.RWMutex
	subs   map[Filter]map[*Subscription]struct{}
	closed bool
}

var _ Bus = (*memory)(nil)

func newMemory(buffer int) *memory {
	return &memory{buffer: buffer, subs: make(map[Filter]map[*Subscription]struct{})}
}

// Publish delivers each conversation's events as one message.
func (m *memory) Publish(events []dialog.Event) {
	for _, run := range commits(events) {
		m.deliver(run[0].Bot, run[0].Conversation, Message{Events: run})
	}
}

// Type delivers t.
func (m *memory) Type(t Typing) {
	m.deliver(t.Bot, t.Conversation, Message{Typing: &t})
}

// Subscribe registers a subscription.
func (m *memory) Subscribe(f Filter) *Subscription {
	s := &Subscription{c: make(chan Message, m.buffer), done: make(chan struct{}), filter: f, leave: m.remove}
	m.mu.Lock()
	closed := m.closed
	if !closed {
		if m.subs[f] == nil {
			m.subs[f] = make(map[*Subscription]struct{})
		}
		m.subs[f][s] = struct{}{}
	}
	m.mu.Unlock()
	if closed {
		s.Close()
	}
	return s
}

// Close ends all subscriptions.
func (m *memory) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	for _, s := range m.all() {
		s.Close()
	}
	return nil
}

// lose ends all subscriptions as lagged: messages for any of them may be missing.
func (m *memory) lose() {
	for _, s := range m.all() {
		s.end(true)
	}
}

func (m *memory) all() []*Subscription {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var all []*Subscription
	for _, set := range m.subs {
		for s := range set {
			all = append(all, s)
		}
	}
	return all
}

func (m *memory) remove(s *Subscription) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.subs[s.filter], s)
	if len(m.subs[s.filter]) == 0 {
		delete(m.subs, s.filter)
	}
}

// matching returns the subscriptions that hear of the conversation.
func (m *memory) matching(bot, conversation string) []*Subscription {
	m.mu.RLock()
	defer m.mu.RUnlock()
	one, all := m.subs[Filter{Bot: bot, Conversation: conversation}], m.subs[Filter{Bot: bot}]
	if len(one)+len(all) == 0 {
		return nil
	}
	list := make([]*Subscription, 0, len(one)+len(all))
	for s := range one {
		list = append(list, s)
	}
	for s := range all {
		list = append(list, s)
	}
	return list
}

func (m *memory) deliver(bot, conversation string, msg Message) {
	for _, s := range m.matching(bot, conversation) {
		s.deliver(msg)
	}
}

// commits cuts events where the conversation changes.
func commits(events []dialog.Event) [][]dialog.Event {
	var runs [][]dialog.Event
	for begin := 0; begin < len(events); {
		end := begin + 1
		for end < len(events) && events[end].Bot == events[begin].Bot && events[end].Conversation == events[begin].Conversation {
			end++
		}
		runs = append(runs, events[begin:end:end])
		begin = end
	}
	return runs
}
