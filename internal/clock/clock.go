// Package clock injects time, so that conversations replay exactly and tests
// move hours in a microsecond.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time and wakes its callers.
type Clock interface {
	// Now returns the current time.
	Now() time.Time
	// After returns a channel that receives once when d has passed. The
	// channel is buffered: an abandoned one leaks no goroutine.
	After(d time.Duration) <-chan time.Time
}

// System is the machine's clock.
type System struct{}

var _ Clock = System{}

// Now returns time.Now.
func (System) Now() time.Time { return time.Now() }

// After returns time.After.
func (System) After(d time.Duration) <-chan time.Time { return time.After(d) }

// In returns c with its times in loc.
func In(c Clock, loc *time.Location) Clock { return zoned{c, loc} }

type zoned struct {
	Clock
	loc *time.Location
}

func (z zoned) Now() time.Time { return z.Clock.Now().In(z.loc) }

// Fake is a Clock that stands still until Advance or Set moves it. It is safe
// for concurrent use.
type Fake struct {
	mu      sync.Mutex
	now     time.Time
	waiters []waiter
}

type waiter struct {
	at time.Time
	ch chan time.Time
}

var _ Clock = (*Fake)(nil)

// NewFake returns a Fake that stands at now.
func NewFake(now time.Time) *Fake { return &Fake{now: now} }

// Now returns the time the Fake stands at.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// After returns a channel that receives when Advance or Set reaches d from now.
func (f *Fake) After(d time.Duration) <-chan time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan time.Time, 1)
	if d <= 0 {
		ch <- f.now
		return ch
	}
	f.waiters = append(f.waiters, waiter{f.now.Add(d), ch})
	return ch
}

// Advance moves the Fake forward by d and wakes what became due.
func (f *Fake) Advance(d time.Duration) { f.Set(f.Now().Add(d)) }

// Set moves the Fake to now and wakes what became due. Moving backwards wakes nobody.
func (f *Fake) Set(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = now
	rest := f.waiters[:0]
	for _, w := range f.waiters {
		if w.at.After(now) {
			rest = append(rest, w)
			continue
		}
		w.ch <- now
	}
	f.waiters = rest
}
