package bus

import "sync"

// Subscription receives messages until it is done.
type Subscription struct {
	c      chan Message
	done   chan struct{}
	filter Filter
	leave  func(*Subscription)

	once   sync.Once
	lagged bool // written before done is closed, read after
}

// C delivers messages. It is never closed: select on Done as well.
func (s *Subscription) C() <-chan Message { return s.c }

// Done is closed when nothing more is delivered: after Close, when the bus is
// closed, or when messages were lost (Lagged).
func (s *Subscription) Done() <-chan struct{} { return s.done }

// Lagged reports, once Done is closed, whether messages were lost because the
// subscriber was slow or the engine's connection broke. The subscriber then
// subscribes anew and reads the store from its cursor.
func (s *Subscription) Lagged() bool {
	select {
	case <-s.done:
		return s.lagged
	default:
		return false
	}
}

// Close ends the subscription. Later calls do nothing.
func (s *Subscription) Close() { s.end(false) }

func (s *Subscription) end(lagged bool) {
	s.once.Do(func() {
		s.lagged = lagged
		close(s.done)
		s.leave(s)
	})
}

// deliver hands m over, or ends the subscription when its buffer is full.
func (s *Subscription) deliver(m Message) {
	select {
	case <-s.done:
	case s.c <- m:
	default:
		s.end(true)
	}
}
