package dialog

import (
	"context"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// keyedLock is a mutex per key. Waiters of one key are served in the order of
// their arrival and bounded in number; a key that nobody holds costs nothing.
type keyedLock struct {
	limit int
	mu    sync.Mutex
	keys  map[string]*turnstile
}

// turnstile is one key's queue. The holder is not in waiters.
type turnstile struct {
	waiters []chan struct{}
}

func newKeyedLock(limit int) *keyedLock {
	return &keyedLock{limit: limit, keys: make(map[string]*turnstile)}
}

// lock returns when the caller holds key. It is fault.Busy when too many wait
// already, and fault.Timeout when ctx ends first.
func (l *keyedLock) lock(ctx context.Context, key string) (unlock func(), err error) {
	l.mu.Lock()
	t, held := l.keys[key]
	if !held {
		l.keys[key] = &turnstile{}
		l.mu.Unlock()
		return func() { l.unlock(key) }, nil
	}
	if len(t.waiters) >= l.limit {
		l.mu.Unlock()
		return nil, &fault.Error{Code: fault.Busy, Message: "消息发送太快，请稍等片刻再发。", RetryAfter: time.Second}
	}
	turn := make(chan struct{})
	t.waiters = append(t.waiters, turn)
	l.mu.Unlock()

	select {
	case <-turn:
		return func() { l.unlock(key) }, nil
	case <-ctx.Done():
		if !l.leave(key, turn) {
			l.unlock(key) // the turn came at the same moment: pass it on
		}
		return nil, fault.Wrap(ctx.Err(), fault.Timeout, "等待会话处理超时，请重试。")
	}
}

// unlock hands key to the next waiter, or forgets it.
func (l *keyedLock) unlock(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.keys[key]
	if len(t.waiters) == 0 {
		delete(l.keys, key)
		return
	}
	next := t.waiters[0]
	t.waiters = t.waiters[1:]
	close(next)
}

// leave takes a waiter out of the queue; false means that it holds key by now.
func (l *keyedLock) leave(key string, turn chan struct{}) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.keys[key]
	for i, w := range t.waiters {
		if w == turn {
			t.waiters = append(t.waiters[:i:i], t.waiters[i+1:]...)
			return true
		}
	}
	return false
}
