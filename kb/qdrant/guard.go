package qdrant

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// GuardOptions sets a Guard up; all may be zero.
type GuardOptions struct {
	// SearchTimeout bounds what a search may take, however long changes may; 0
	// means 1 s.
	SearchTimeout time.Duration
	// Pause is how long the server is left alone after a failure; it doubles
	// with each failure up to LongestPause. 0 means 1 s and 30 s.
	Pause, LongestPause time.Duration
	Log                 *slog.Logger // nil means slog.Default
}

// Guard is an Index whose server may be down. While it is, searches fail at
// once with fault.Unavailable, so that the retriever finds by words, and
// changes succeed without being made: their bots are noted as stale. A stale
// bot's searches fail too, because its vectors are not its articles'. When the
// server is back, CatchUp's goroutine reconciles the stale bots. Every other
// fault of Index is treated as a server that is down, but for fault.Invalid and
// the end of the caller's context.
type Guard struct {
	index *Index
	opts  GuardOptions
	clock clock.Clock

	mu       sync.Mutex
	prepared bool            // the collection was made sure of
	until    time.Time       // no request before; zero: the server is up
	failures int             // in a row
	why      error           // the last of them
	known    map[string]bool // bots that were ever asked for
	stale    map[string]bool

	wake chan struct{} // holds one
	end  context.CancelFunc
	done chan struct{} // nil until CatchUp
}

var (
	_ kb.VectorIndex = (*Guard)(nil)
	_ kb.Reconciler  = (*Guard)(nil)
)

// OpenGuarded is Open for a server that may be down: that is logged, and no
// error. Wrong options, a collection of other vectors and a server that is too
// old are faults as with Open.
func OpenGuarded(ctx context.Context, encoderID string, dim int, opts Options, guard GuardOptions) (*Guard, error) {
	if guard.SearchTimeout <= 0 {
		guard.SearchTimeout = time.Second
	}
	if guard.Pause <= 0 {
		guard.Pause = time.Second
	}
	if guard.LongestPause <= 0 {
		guard.LongestPause = 30 * time.Second
	}
	if guard.Log == nil {
		guard.Log = slog.Default()
	}
	x, err := connect(encoderID, dim, opts)
	if err != nil {
		return nil, err
	}
	g := &Guard{
		index: x, opts: guard, clock: x.opts.Clock, known: map[string]bool{}, stale: map[string]bool{}, wake: make(chan struct{}, 1),
	}
	_, err = x.prepare(ctx)
	switch fault.CodeOf(err) {
	case fault.Unavailable, fault.Timeout, fault.Busy:
		if ctx.Err() != nil {
			return nil, errors.Join(err, x.Close())
		}
		g.trip(err)
	default:
		if err != nil {
			return nil, errors.Join(err, x.Close())
		}
		g.prepared = true
	}
	return g, nil
}

// CatchUp starts the goroutine that calls repair for a stale bot once the
// server is back, again after a pause if it fails. repair must call Reconcile,
// and nothing else may change the bot meanwhile. Close ends it.
func (g *Guard) CatchUp(repair func(ctx context.Context, bot string) error) {
	ctx, cancel := context.WithCancel(context.Background())
	g.end, g.done = cancel, make(chan struct{})
	go g.run(ctx, repair)
}

// Close ends the goroutine and closes the index.
func (g *Guard) Close() error {
	if g.end != nil {
		g.end()
		<-g.done
	}
	return g.index.Close()
}

// Dimension is the length of the index's vectors.
func (g *Guard) Dimension() int { return g.index.Dimension() }

// State is how a Guard's server is.
type State struct {
	// Down is nil while the server answers, else why it does not.
	Down error
	// Stale are the bots whose vectors are to be caught up with, sorted.
	Stale []string
}

// State returns how the server is now.
func (g *Guard) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := State{Stale: slices.Sorted(maps.Keys(g.stale))}
	if !g.until.IsZero() {
		s.Down = g.why
	}
	return s
}

// admit returns why the bot cannot be searched now; an empty bot asks for the
// server alone.
func (g *Guard) admit(bot string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if bot != "" {
		g.known[bot] = true
	}
	switch {
	case !g.until.IsZero():
		return g.down(g.why)
	case bot != "" && g.stale[bot]:
		return fault.New(fault.Unavailable, "Qdrant is catching up with the articles of bot %s; they are found by words alone until then", bot)
	}
	return nil
}

// admits reports whether admit has no objection: a write that it has one to is
// put off, not refused.
func (g *Guard) admits(bot string) bool { return g.admit(bot) == nil }

// down is what a search gets while the server fails for that reason.
func (g *Guard) down(why error) error {
	return &fault.Error{
		Code: fault.Unavailable, Message: "Qdrant is down; articles are found by words alone until it is back",
		RetryAfter: g.opts.Pause, Err: why,
	}
}

// fails reports whether err means that the server is of no use, and then
// leaves it alone for a while.
func (g *Guard) fails(ctx context.Context, err error) bool {
	if err == nil || fault.Is(err, fault.Invalid) || ctx.Err() != nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trip(err)
	return true
}

// trip notes a failure; mu is held, or g not shared yet. What fails at the same
// time as another request is one failure with it.
func (g *Guard) trip(err error) {
	if g.until.After(g.clock.Now()) {
		return
	}
	pause := g.opts.LongestPause
	if g.failures < 16 {
		pause = min(g.opts.Pause<<g.failures, g.opts.LongestPause)
	}
	if g.failures == 0 {
		g.opts.Log.Warn("Qdrant fails; articles are found by words alone until it is back", "reason", err)
	}
	g.failures++
	g.why = err
	g.until = g.clock.Now().Add(pause)
	g.nudge()
}

func (g *Guard) nudge() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// spoil notes that the bots' vectors are not their articles' any more.
func (g *Guard) spoil(bots ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, b := range bots {
		g.known[b], g.stale[b] = true, true
	}
	g.nudge()
}

// Search implements kb.VectorIndex; fault.Unavailable while the server is down.
func (g *Guard) Search(ctx context.Context, bot string, embedding []float32, k int) ([]kb.VectorHit, error) {
	return look(ctx, g, bot, func(ctx context.Context) ([]kb.VectorHit, error) { return g.index.Search(ctx, bot, embedding, k) })
}

// Cosines returns the cosine of every vector of the owners, as Index does;
// fault.Unavailable while the server is down.
func (g *Guard) Cosines(ctx context.Context, bot string, embedding []float32, owners []string) ([]kb.VectorHit, error) {
	return look(ctx, g, bot, func(ctx context.Context) ([]kb.VectorHit, error) {
		return g.index.Cosines(ctx, bot, embedding, owners)
	})
}

// Len counts what the server holds of a bot; fault.Unavailable while it is down.
func (g *Guard) Len(ctx context.Context, bot string) (int, error) {
	return look(ctx, g, bot, func(ctx context.Context) (int, error) { return g.index.Len(ctx, bot) })
}

// look reads from the server if it is up, within the time of a search.
func look[T any](ctx context.Context, g *Guard, bot string, read func(context.Context) (T, error)) (T, error) {
	var none T
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	if err := g.admit(bot); err != nil {
		return none, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, g.opts.SearchTimeout,
		fault.New(fault.Timeout, "Qdrant did not answer within %v; check the network and its load", g.opts.SearchTimeout))
	defer cancel()
	out, err := read(limited)
	if g.fails(ctx, err) {
		return none, g.down(err)
	}
	return out, err
}

// Upsert implements kb.VectorIndex. While the server is down the bots are
// noted as stale, and there is no error.
func (g *Guard) Upsert(ctx context.Context, vectors []kb.Vector) error {
	bots := map[string]bool{}
	for _, v := range vectors {
		bots[v.Bot] = true
	}
	return g.change(ctx, slices.Sorted(maps.Keys(bots)), func() error { return g.index.Upsert(ctx, vectors) })
}

// Delete implements kb.VectorIndex, as Upsert does.
func (g *Guard) Delete(ctx context.Context, bot string, owners []string) error {
	return g.change(ctx, []string{bot}, func() error { return g.index.Delete(ctx, bot, owners) })
}

func (g *Guard) change(ctx context.Context, bots []string, write func() error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, b := range bots {
		if !g.admits(b) {
			g.spoil(bots...)
			return nil
		}
	}
	err := write()
	switch {
	case err == nil || fault.Is(err, fault.Invalid):
		return err
	case g.fails(ctx, err):
		err = nil
	}
	// The server may have done half of it, also where the caller went away.
	g.spoil(bots...)
	return err
}

// Reconcile implements kb.Reconciler. While the server is down the bot is
// noted as stale and the work Deferred.
func (g *Guard) Reconcile(ctx context.Context, bot string, want iter.Seq2[kb.Vector, error]) (kb.Reconciliation, error) {
	g.mu.Lock()
	g.known[bot], g.stale[bot] = true, true // until it has been done
	g.mu.Unlock()
	if !g.admits("") {
		return kb.Reconciliation{Deferred: true}, nil
	}
	var foreign error // of want, not the server's
	done, err := g.index.Reconcile(ctx, bot, func(yield func(kb.Vector, error) bool) {
		for v, err := range want {
			if err != nil {
				foreign = err
			}
			if !yield(v, err) {
				return
			}
		}
	})
	switch {
	case foreign != nil:
		return done, foreign
	case g.fails(ctx, err):
		return kb.Reconciliation{Deferred: true}, nil
	case err != nil:
		return done, err
	}
	g.mu.Lock()
	delete(g.stale, bot)
	g.mu.Unlock()
	return done, nil
}

// run brings a server back and stale bots up to date until ctx ends.
func (g *Guard) run(ctx context.Context, repair func(context.Context, string) error) {
	defer close(g.done)
	var again <-chan time.Time // after a repair that failed
	for {
		var timer <-chan time.Time
		g.mu.Lock()
		if !g.until.IsZero() {
			timer = g.clock.After(g.until.Sub(g.clock.Now()))
		}
		g.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-g.wake:
		case <-timer:
		case <-again:
		}
		again = nil
		if !g.probe(ctx) {
			continue
		}
		for _, bot := range g.State().Stale {
			err := repair(ctx, bot)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				g.opts.Log.Warn("the vectors of a bot could not be caught up with", "bot", bot, "reason", err)
				again = g.clock.After(g.opts.LongestPause)
			}
		}
	}
}

// probe reports whether the server is up, and looks if it is time to.
func (g *Guard) probe(ctx context.Context) bool {
	g.mu.Lock()
	up, wait := g.until.IsZero(), g.until.After(g.clock.Now())
	g.mu.Unlock()
	if up || wait {
		return up
	}
	made, err := g.index.prepare(ctx)
	if ctx.Err() != nil || g.fails(ctx, err) {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil { // fault.Invalid, which only a server that has changed brings
		g.trip(err)
		return false
	}
	if made || !g.prepared {
		for b := range g.known {
			g.stale[b] = true
		}
	}
	g.prepared = true
	g.until, g.failures, g.why = time.Time{}, 0, nil
	g.opts.Log.Info("Qdrant is back", "to_catch_up", len(g.stale))
	return true
}
