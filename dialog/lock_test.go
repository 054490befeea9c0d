package dialog

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// waiting is how many wait for a key.
func (l *keyedLock) waiting(key string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.keys[key]; t != nil {
		return len(t.waiters)
	}
	return 0
}

func TestKeyedLockServesInOrder(t *testing.T) {
	l := newKeyedLock(100)
	unlock, err := l.lock(context.Background(), "k")
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu    sync.Mutex
		order []int
		wg    sync.WaitGroup
	)
	for i := range 20 {
		wg.Go(func() {
			release, err := l.lock(context.Background(), "k")
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			release()
		})
		for l.waiting("k") != i+1 { // the next one comes after this one waits
			time.Sleep(10 * time.Microsecond)
		}
	}
	unlock()
	wg.Wait()
	for i, v := range order {
		if i != v {
			t.Fatalf("served in the order %v", order)
		}
	}
	if len(l.keys) != 0 {
		t.Errorf("%d keys are remembered", len(l.keys))
	}
}

func TestKeyedLockKeepsKeysApart(t *testing.T) {
	l := newKeyedLock(1)
	a, err := l.lock(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.lock(context.Background(), "b")
	if err != nil {
		t.Fatal(err)
	}
	a()
	b()
}

func TestKeyedLockBoundsWaiters(t *testing.T) {
	l := newKeyedLock(0)
	unlock, err := l.lock(context.Background(), "k")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.lock(context.Background(), "k"); !fault.Is(err, fault.Busy) {
		t.Errorf("error %v, want busy", err)
	}
	unlock()
	if unlock, err = l.lock(context.Background(), "k"); err != nil {
		t.Errorf("after unlock: %v", err)
	}
	unlock()
}

func TestKeyedLockGivesUp(t *testing.T) {
	l := newKeyedLock(10)
	unlock, err := l.lock(context.Background(), "k")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.lock(ctx, "k"); !fault.Is(err, fault.Timeout) {
		t.Errorf("error %v, want timeout", err)
	}
	unlock()
	if len(l.keys) != 0 {
		t.Errorf("%d keys are remembered", len(l.keys))
	}
}

// TestKeyedLockRacesWithEnd: a waiter whose time ends just as its turn comes
// passes the turn on.
func TestKeyedLockRacesWithEnd(t *testing.T) {
	l := newKeyedLock(100)
	for range 200 {
		unlock, err := l.lock(context.Background(), "k")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if release, err := l.lock(ctx, "k"); err == nil {
					release()
				}
			})
		}
		go cancel()
		unlock()
		wg.Wait()
		cancel()
		if len(l.keys) != 0 {
			t.Fatal("a key is held by nobody")
		}
	}
}

func BenchmarkKeyedLock(b *testing.B) {
	l := newKeyedLock(10)
	for b.Loop() {
		unlock, err := l.lock(context.Background(), "k")
		if err != nil {
			b.Fatal(err)
		}
		unlock()
	}
}

func TestMattersAreNamed(t *testing.T) {
	if got := len(matters()); got != 61 {
		t.Errorf("%d intents have a name, want 61", got)
	}
	if matterName("parcel_track") != "查物流" || matterName("own_intent") != "own_intent" || matterName("") != "" {
		t.Errorf("names %q %q", matterName("parcel_track"), matterName("own_intent"))
	}
}
