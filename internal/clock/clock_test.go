package clock

import (
	"testing"
	"time"
)

func TestFakeWakesWhatIsDue(t *testing.T) {
	start := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	f := NewFake(start)
	soon, later, now := f.After(time.Minute), f.After(time.Hour), f.After(0)
	select {
	case <-now:
	default:
		t.Error("a wait of zero did not end at once")
	}
	f.Advance(time.Minute)
	select {
	case at := <-soon:
		if !at.Equal(start.Add(time.Minute)) {
			t.Errorf("woken at %v", at)
		}
	default:
		t.Error("a minute passed and nobody woke")
	}
	select {
	case <-later:
		t.Error("an hour did not pass yet")
	default:
	}
	f.Set(start.Add(2 * time.Hour))
	if at := <-later; !at.Equal(start.Add(2 * time.Hour)) {
		t.Errorf("woken at %v", at)
	}
	f.Set(start)
	if !f.Now().Equal(start) {
		t.Error("the fake did not go back")
	}
}

func TestIn(t *testing.T) {
	f := NewFake(time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC))
	east := In(f, time.FixedZone("east", 8*3600))
	if now := east.Now(); now.Day() != 23 || now.Hour() != 4 || !now.Equal(f.Now()) {
		t.Errorf("20:00 UTC is %v in the east", now)
	}
	due := east.After(time.Minute)
	f.Advance(time.Minute)
	<-due
}

func TestSystemMoves(t *testing.T) {
	before := time.Now()
	if now := (System{}).Now(); now.Before(before) {
		t.Error("the system clock went back")
	}
	select {
	case <-(System{}).After(time.Millisecond):
	case <-time.After(5 * time.Second):
		t.Error("a millisecond took five seconds")
	}
}
