package qdrant

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// pauses is a clock whose waits end at once; it notes them.
type pauses struct {
	mu   sync.Mutex
	took []time.Duration
}

func (p *pauses) Now() time.Time { return time.Time{} }

func (p *pauses) After(d time.Duration) <-chan time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took = append(p.took, d)
	c := make(chan time.Time, 1)
	c <- time.Time{}
	return c
}

// failing makes the fake answer a method with a code, times times.
func failing(f *fake, method string, code codes.Code, times int) {
	before := len(f.requests(method))
	f.set(func(f *fake) {
		f.fail = func(_ context.Context, m string, n int) error {
			if m == method && n-before <= times {
				return status.Error(code, "as the test says")
			}
			return nil
		}
	})
}

func TestRepetitions(t *testing.T) {
	f := startFake(t)
	p := &pauses{}
	x := openOn(t, f, 8, func(o *Options) { o.Clock, o.Random, o.Retries = p, func() float64 { return 0.5 }, 7 })
	failing(f, "Points/Count", codes.Unavailable, 6)
	if _, err := x.Len(t.Context(), "s"); err != nil {
		t.Errorf("not repeated long enough: %v", err)
	}
	want := []time.Duration{50, 100, 200, 400, 800, 1000}
	if len(p.took) != len(want) {
		t.Fatalf("pauses %v", p.took)
	}
	for i, w := range want {
		if p.took[i] != w*time.Millisecond*3/4 {
			t.Errorf("pause %d is %v, want three quarters of %v", i, p.took[i], w*time.Millisecond)
		}
	}
	failing(f, "Points/Count", codes.Unavailable, 100)
	before := len(f.requests("Points/Count"))
	if _, err := x.Len(t.Context(), "s"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want fault.Unavailable", err)
	}
	if n := len(f.requests("Points/Count")) - before; n != 8 {
		t.Errorf("%d requests, want the first and 7 repetitions", n)
	}
	for n := range 200 {
		if d := x.pause(n); d < firstPause/2 || d > longestPause {
			t.Errorf("pause %d is %v", n, d)
		}
	}
}

func TestNoRepetitions(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8, func(o *Options) { o.Retries = -1 })
	failing(f, "Points/Count", codes.Unavailable, 1)
	if _, err := x.Len(t.Context(), "s"); !fault.Is(err, fault.Unavailable) || len(f.requests("Points/Count")) != 1 {
		t.Errorf("%v after %d requests, want fault.Unavailable after 1", err, len(f.requests("Points/Count")))
	}
}

func TestCodes(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	for code, want := range map[codes.Code]fault.Code{
		codes.Unauthenticated:    fault.Unavailable,
		codes.PermissionDenied:   fault.Unavailable,
		codes.DeadlineExceeded:   fault.Timeout,
		codes.NotFound:           fault.Unavailable,
		codes.ResourceExhausted:  fault.Unavailable,
		codes.Unimplemented:      fault.Unsupported,
		codes.InvalidArgument:    fault.Internal,
		codes.Internal:           fault.Unavailable,
		codes.FailedPrecondition: fault.Unavailable,
		codes.Canceled:           fault.Unavailable,
	} {
		before := len(f.requests("Points/Count"))
		failing(f, "Points/Count", code, 1)
		_, err := x.Len(t.Context(), "s")
		if !fault.Is(err, want) {
			t.Errorf("%v: %v, want fault.%s", code, err, want)
		}
		if n := len(f.requests("Points/Count")) - before; n != 1 {
			t.Errorf("%v: %d requests; only Unavailable is repeated", code, n)
		}
		var known *fault.Error
		if !errors.As(err, &known) || !strings.Contains(err.Error(), "as the test says") || strings.Contains(known.Message, "qdrant.test") {
			t.Errorf("%v: the cause must be in the error and the address not in its message: %v", code, err)
		}
	}
}

func TestRateLimit(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	f.set(func(f *fake) {
		f.fail = func(ctx context.Context, _ string, _ int) error {
			if err := grpc.SetTrailer(ctx, metadata.Pairs("retry-after", "7")); err != nil {
				return err
			}
			return status.Error(codes.ResourceExhausted, "Rate limiting exceeded")
		}
	})
	for range 4 { // each connection of the pool
		_, err := x.Len(t.Context(), "s")
		var known *fault.Error
		if !errors.As(err, &known) || known.Code != fault.Busy || known.RetryAfter != 7*time.Second {
			t.Errorf("%v, want fault.Busy for 7 s", err)
		}
	}
}

// stuck makes every request wait until its caller gives up.
func stuck(f *fake) chan struct{} {
	entered := make(chan struct{}, 100)
	f.set(func(f *fake) {
		f.fail = func(ctx context.Context, _ string, _ int) error {
			entered <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}
	})
	return entered
}

func TestSlowServer(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8, func(o *Options) { o.Timeout = 100 * time.Millisecond })
	stuck(f)
	begin := time.Now()
	for name, call := range calls(x) {
		if err := call(t.Context()); !fault.Is(err, fault.Timeout) {
			t.Errorf("%s: %v, want fault.Timeout", name, err)
		}
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("five calls with a limit of 100 ms took %v", d)
	}
}

// calls are the five requests of an index.
func calls(x *Index) map[string]func(context.Context) error {
	v := []float32{1, 7: 0}
	return map[string]func(context.Context) error{
		"upsert": func(ctx context.Context) error {
			return x.Upsert(ctx, []kb.Vector{{Key: "a#0", Owner: "a", Bot: "s", Embedding: v}})
		},
		"delete":  func(ctx context.Context) error { return x.Delete(ctx, "s", []string{"a"}) },
		"search":  func(ctx context.Context) error { _, err := x.Search(ctx, "s", v, 3); return err },
		"len":     func(ctx context.Context) error { _, err := x.Len(ctx, "s"); return err },
		"cosines": func(ctx context.Context) error { _, err := x.Cosines(ctx, "s", v, []string{"a"}); return err },
	}
}

func TestEndedContexts(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	why := errors.New("the visitor left")
	ended, end := context.WithCancelCause(t.Context())
	end(why)
	for name, call := range calls(x) {
		if err := call(ended); !errors.Is(err, why) {
			t.Errorf("%s with an ended context: %v", name, err)
		}
	}
	if _, err := x.Search(ended, "s", []float32{1, 7: 0}, 0); !errors.Is(err, why) {
		t.Errorf("a search for nothing: %v", err)
	}
	if err := x.Upsert(ended, nil); !errors.Is(err, why) {
		t.Errorf("an upsert of nothing: %v", err)
	}
	entered := stuck(f)
	for name, call := range calls(x) {
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error)
		go func() { done <- call(ctx) }()
		<-entered
		cancel(why)
		if err := <-done; !errors.Is(err, why) {
			t.Errorf("%s while the context ends: %v", name, err)
		}
	}
}

func TestEndedContextWhilePausing(t *testing.T) {
	f := startFake(t)
	failing(f, "Points/Count", codes.Unavailable, 100)
	x := openOn(t, f, 8, func(o *Options) { o.Clock = never{} })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := x.Len(ctx, "s"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the context's error", err)
	}
	y := openOn(t, f, 8, func(o *Options) { o.Clock, o.Timeout = never{}, 200*time.Millisecond })
	if _, err := y.Len(t.Context(), "s"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want what the server said last", err)
	}
}

// never is a clock whose waits do not end.
type never struct{}

func (never) Now() time.Time                       { return time.Time{} }
func (never) After(time.Duration) <-chan time.Time { return nil }

func TestServerThatComesBack(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8, func(o *Options) { o.Pool = 1 })
	f.set(func(f *fake) { f.down = true })
	y, err := tryOpen(t.Context(), f, 8)
	if !fault.Is(err, fault.Unavailable) || y != nil {
		t.Errorf("%v, want fault.Unavailable", err)
	}
	if _, err := x.Len(t.Context(), "s"); err != nil {
		t.Errorf("a connection that is open goes on: %v", err)
	}
	back := time.AfterFunc(60*time.Millisecond, func() { f.set(func(f *fake) { f.down = false }) })
	defer back.Stop()
	openOn(t, f, 8, func(o *Options) { o.Retries = 10 })
}

func TestClose(t *testing.T) {
	f := startFake(t)
	x, err := tryOpen(t.Context(), f, 8, func(o *Options) { o.Timeout = time.Minute })
	if err != nil {
		t.Fatal(err)
	}
	entered := stuck(f)
	errs := make(chan error)
	for _, call := range calls(x) {
		go func() { errs <- call(context.Background()) }()
	}
	for range 5 {
		<-entered
	}
	begin := time.Now()
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("Close waited %v for requests that it should end", d)
	}
	for range 5 {
		if err := <-errs; !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "closed") {
			t.Errorf("a request during Close: %v", err)
		}
	}
	for name, call := range calls(x) {
		if err := call(t.Context()); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	if err := x.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}
