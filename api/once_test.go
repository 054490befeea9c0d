package api

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/internal/store/storetest"
)

// forgetful is a Directory whose notes on finished attempts may fail.
type forgetful struct {
	*store.Store
	fail error
}

func (d *forgetful) FinishAttempt(ctx context.Context, a store.Attempt, r store.Recorded) error {
	if d.fail != nil {
		return d.fail
	}
	return d.Store.FinishAttempt(ctx, a, r)
}

func (d *forgetful) AbandonAttempt(ctx context.Context, a store.Attempt) error {
	if d.fail != nil {
		return d.fail
	}
	return d.Store.AbandonAttempt(ctx, a)
}

func TestOnce(t *testing.T) {
	d := &forgetful{Store: storetest.Open(t, clock.System{})}
	s := &Server{o: Options{Directory: d}, log: slog.New(slog.DiscardHandler)}
	caller := func(id string) context.Context {
		return auth.With(t.Context(), auth.Caller{Means: auth.ByKey, ID: id, Bot: "demo"})
	}
	runs := 0
	count := func() (int, error) {
		runs++
		return runs, nil
	}
	call := func(ctx context.Context, key string, request any, fn func() (int, error)) (int, error) {
		return once(ctx, s, "count", key, request, fn)
	}
	for range 3 {
		if n, err := call(caller("a"), "k", "x", count); n != 1 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
	}
	if n, err := call(caller("b"), "k", "x", count); n != 2 || err != nil {
		t.Errorf("another caller: got %d, %v", n, err)
	}
	if n, err := call(caller("a"), "", "x", count); n != 3 || err != nil {
		t.Errorf("no key: got %d, %v", n, err)
	}
	if _, err := call(caller("a"), "k", "y", count); !fault.Is(err, fault.Invalid) {
		t.Errorf("another request: got %v, want %s", err, fault.Invalid)
	}
	broken := fault.New(fault.Conflict, "not now")
	if _, err := call(caller("a"), "k2", "x", func() (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	if n, err := call(caller("a"), "k2", "x", count); n != 4 || err != nil {
		t.Errorf("after a failure: got %d, %v", n, err)
	}
	// The client goes while the request runs: its outcome is kept all the same.
	ctx, cancel := context.WithCancel(caller("a"))
	if n, err := call(ctx, "k3", "x", func() (int, error) { cancel(); return 33, nil }); n != 33 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if n, err := call(caller("a"), "k3", "x", count); n != 33 || err != nil {
		t.Errorf("the repeat: got %d, %v", n, err)
	}
	// What was done but cannot be noted is done, and not done again.
	d.fail = fault.New(fault.Unavailable, "disk full")
	if n, err := call(caller("a"), "k4", "x", count); n != 5 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := call(caller("a"), "k4", "x", count); !fault.Is(err, fault.Conflict) || runs != 5 {
		t.Errorf("the repeat: got %v after %d runs, want %s", err, runs, fault.Conflict)
	}
	if _, err := call(caller("a"), "k5", "x", func() (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
