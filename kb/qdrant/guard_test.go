package qdrant

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/indextest"
)

var _ hybrid.Vectors = (*Guard)(nil)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// guard opens a Guard on the fake, on a clock that stands; the test closes it.
func guard(t *testing.T, f *fake, dim int, change ...func(*Options)) (*Guard, *clock.Fake) {
	t.Helper()
	now := clock.NewFake(time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC))
	o := Options{Addr: "qdrant.test", Dial: f.dial, Retries: -1, Clock: now}
	for _, c := range change {
		c(&o)
	}
	g, err := OpenGuarded(t.Context(), encoder, dim, o, GuardOptions{SearchTimeout: 200 * time.Millisecond, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g, now
}

func TestGuardedIndex(t *testing.T) {
	indextest.Run(t, func(t *testing.T, dim int) kb.VectorIndex {
		g, _ := guard(t, startFake(t), dim)
		g.opts.SearchTimeout = time.Minute
		return g
	})
}

// shop is what a store would hold, and repairs the index from it.
type shop struct {
	mu      sync.Mutex
	vs      []kb.Vector
	repairs atomic.Int32
	fail    atomic.Bool
}

func (s *shop) repair(g *Guard) func(context.Context, string) error {
	return func(ctx context.Context, bot string) error {
		s.repairs.Add(1)
		if s.fail.Load() {
			return errors.New("the store is gone")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		_, err := g.Reconcile(ctx, bot, wanted(s.vs))
		return err
	}
}

func (s *shop) put(t *testing.T, g *Guard, vs ...kb.Vector) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vs = append(s.vs, vs...)
	if err := g.Upsert(t.Context(), vs); err != nil {
		t.Fatal(err)
	}
}

func some(from, to int) []kb.Vector {
	var vs []kb.Vector
	for i := from; i < to; i++ {
		id := string(rune('a'+i/26)) + string(rune('a'+i%26))
		vs = append(vs, kb.Vector{Key: id + "#0", Owner: id, Bot: "s", Embedding: indextest.Random(source(uint64(i)), 8)})
	}
	return vs
}

// until moves the clock and waits for what a goroutine does.
func until(t *testing.T, now *clock.Fake, what string, is func() bool) {
	t.Helper()
	for range 5000 {
		if is() {
			return
		}
		now.Advance(time.Second)
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("waited in vain: %s", what)
}

func fine(g *Guard) func() bool {
	return func() bool { s := g.State(); return s.Down == nil && len(s.Stale) == 0 }
}

func TestGuardWhileTheServerIsDown(t *testing.T) {
	f := startFake(t)
	g, now := guard(t, f, 8)
	s := &shop{}
	s.put(t, g, some(0, 20)...)
	g.CatchUp(s.repair(g))
	failAll(f, codes.Unavailable)
	q := some(0, 1)[0].Embedding
	if _, err := g.Search(t.Context(), "s", q, 3); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("the first search: %v, want fault.Unavailable", err)
	}
	asked := len(f.requests("Points/Query"))
	for range 50 {
		if _, err := g.Search(t.Context(), "s", q, 3); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("%v, want fault.Unavailable", err)
		}
		if _, err := g.Cosines(t.Context(), "s", q, []string{"aa"}); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("%v, want fault.Unavailable", err)
		}
	}
	if n := len(f.requests("Points/Query")); n != asked {
		t.Errorf("%d searches went to a server that is down", n-asked)
	}
	s.put(t, g, some(20, 40)...) // succeeds, unseen
	if err := g.Delete(t.Context(), "s", []string{"aa"}); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.vs = s.vs[1:]
	s.mu.Unlock()
	if st := g.State(); st.Down == nil || len(st.Stale) != 1 || st.Stale[0] != "s" {
		t.Errorf("state %+v, want down with bot s stale", st)
	}
	f.set(func(f *fake) { f.fail = nil })
	until(t, now, "caught up", fine(g))
	holds(t, g, s.vs)
}

// failAll makes every request fail.
func failAll(f *fake, code codes.Code) {
	f.set(func(f *fake) {
		f.fail = func(context.Context, string, int) error { return status.Error(code, "as the test says") }
	})
}

func TestGuardOpensWithoutAServer(t *testing.T) {
	f := startFake(t)
	f.set(func(f *fake) { f.down = true })
	g, now := guard(t, f, 8)
	s := &shop{}
	s.put(t, g, some(0, 30)...)
	s.mu.Lock()
	if r, err := g.Reconcile(t.Context(), "s", wanted(s.vs)); err != nil || !r.Deferred {
		t.Errorf("%+v, %v; want it deferred", r, err)
	}
	s.mu.Unlock()
	if _, err := g.Len(t.Context(), "s"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want fault.Unavailable", err)
	}
	g.CatchUp(s.repair(g))
	f.set(func(f *fake) { f.down = false })
	until(t, now, "caught up", fine(g))
	holds(t, g, s.vs)
}

func TestGuardOpenFaults(t *testing.T) {
	f := startFake(t)
	openOn(t, f, 16)
	for name, c := range map[string]struct {
		change func(f *fake)
		addr   string
		code   fault.Code
	}{
		"another dimension": {func(*fake) {}, "qdrant.test", fault.Conflict},
		"too old":           {func(f *fake) { f.version = "1.5.0" }, "qdrant.test", fault.Unsupported},
		"no address":        {func(*fake) {}, "", fault.Invalid},
	} {
		f.set(c.change)
		if _, err := OpenGuarded(t.Context(), encoder, 8, Options{Addr: c.addr, Dial: f.dial}, GuardOptions{Log: quiet}); !fault.Is(err, c.code) {
			t.Errorf("%s: %v, want fault.%s", name, err, c.code)
		}
	}
}

// A slow server costs one search its limit, not every one.
func TestGuardOfASlowServer(t *testing.T) {
	f := startFake(t)
	g, now := guard(t, f, 8)
	s := &shop{}
	s.put(t, g, some(0, 5)...)
	g.CatchUp(s.repair(g))
	stuck(f)
	begin := time.Now()
	for range 100 {
		if _, err := g.Search(t.Context(), "s", s.vs[0].Embedding, 1); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("%v, want fault.Unavailable", err)
		}
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("100 searches took %v with a limit of 200 ms", d)
	}
	f.set(func(f *fake) { f.fail = nil })
	until(t, now, "up again", fine(g))
	holds(t, g, s.vs)
}

// A caller that goes away says nothing about the server.
func TestGuardAndImpatientCallers(t *testing.T) {
	f := startFake(t)
	g, _ := guard(t, f, 8)
	stuck(f)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := g.Search(ctx, "s", some(0, 1)[0].Embedding, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the caller's deadline", err)
	}
	if st := g.State(); st.Down != nil {
		t.Errorf("the server counts as down: %v", st.Down)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := g.Upsert(ctx, some(0, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the caller's deadline", err)
	}
	if st := g.State(); len(st.Stale) != 1 {
		t.Errorf("a change that may be half done leaves %+v, want bot s stale", st)
	}
}

// When the collection was lost, all bots are caught up with.
func TestGuardWhenTheCollectionVanishes(t *testing.T) {
	f := startFake(t)
	g, now := guard(t, f, 8)
	s := &shop{}
	s.put(t, g, some(0, 30)...)
	g.CatchUp(s.repair(g))
	f.set(func(f *fake) { clear(f.collections) })
	if _, err := g.Search(t.Context(), "s", s.vs[0].Embedding, 1); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want fault.Unavailable", err)
	}
	until(t, now, "made and filled again", fine(g))
	holds(t, g, s.vs)
}

// A collection that another program replaced by one of another dimension stays
// of no use until that is mended.
func TestGuardOfAReplacedCollection(t *testing.T) {
	f := startFake(t)
	g, now := guard(t, f, 8)
	s := &shop{}
	s.put(t, g, some(0, 3)...)
	g.CatchUp(s.repair(g))
	f.set(func(f *fake) { clear(f.collections) })
	openOn(t, f, 16)
	if _, err := g.Search(t.Context(), "s", s.vs[0].Embedding, 1); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want fault.Unavailable", err)
	}
	until(t, now, "the reason is known", func() bool { return fault.Is(g.State().Down, fault.Conflict) })
	f.set(func(f *fake) { clear(f.collections) })
	until(t, now, "made and filled again", fine(g))
	holds(t, g, s.vs)
}

func TestGuardRepairsAgain(t *testing.T) {
	f := startFake(t)
	g, now := guard(t, f, 8)
	s := &shop{}
	s.fail.Store(true)
	failAll(f, codes.Unavailable)
	s.put(t, g, some(0, 3)...)
	g.CatchUp(s.repair(g))
	f.set(func(f *fake) { f.fail = nil })
	until(t, now, "three repairs failed", func() bool { return s.repairs.Load() >= 3 })
	s.fail.Store(false)
	until(t, now, "caught up", fine(g))
	if err := g.Upsert(t.Context(), []kb.Vector{{Key: "k", Owner: "o", Bot: "s"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a vector without values: %v, want fault.Invalid", err)
	}
	if err := g.Delete(t.Context(), "\xff", nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a bot that is not text: %v, want fault.Invalid", err)
	}
	if st := g.State(); st.Down != nil || len(st.Stale) != 0 {
		t.Errorf("invalid input changed the state: %+v", st)
	}
}
