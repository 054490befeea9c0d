package vector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
)

// SnapshotOptions sets Snapshots up; Dir and Encoder are required.
type SnapshotOptions struct {
	// Dir is the folder of the files, one for each bot; it is made when needed.
	Dir string
	// Encoder is the id of the encoder of the index's vectors.
	Encoder string
	// Delay is how long a bot must be left alone before it is saved; 0 means
	// 30 s. One that is changed all the time is saved after ten times that.
	Delay time.Duration
	Clock clock.Clock  // nil means clock.System
	Log   *slog.Logger // nil means slog.Default
}

// Snapshots keeps files of an index's vectors, so that a start need not fetch
// them one by one. A file is written beside the old one, synced and renamed:
// there is always a whole one, or none.
type Snapshots struct {
	index *Index
	opts  SnapshotOptions

	mu      sync.Mutex
	pending map[string]pending
	closed  bool
	wake    chan struct{} // holds one; a change of pending
	stop    chan struct{}
	done    chan struct{}
	lost    error // of the last writes, for Close; the loop's own until done
}

// pending is a bot that is to be saved.
type pending struct {
	vectors    Frozen
	stamp      string
	first, due time.Time
}

// NewSnapshots returns the files of index and starts the goroutine that writes
// them; Close ends it. No folder or no encoder is fault.Internal.
func NewSnapshots(index *Index, opts SnapshotOptions) (*Snapshots, error) {
	if index == nil || opts.Dir == "" || opts.Encoder == "" {
		return nil, fault.New(fault.Internal, "vector.NewSnapshots needs an index, a folder and an encoder id")
	}
	if opts.Delay <= 0 {
		opts.Delay = 30 * time.Second
	}
	if opts.Clock == nil {
		opts.Clock = clock.System{}
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	s := &Snapshots{
		index: index, opts: opts, pending: map[string]pending{},
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go s.run()
	return s, nil
}

// Restore loads the bot's vectors as they were at the stamp, n of them, and
// reports whether it could; if not, the index holds none of the bot. A file that is not there is no news; one that is damaged or
// of something else is logged, and the caller indexes the articles anew. The
// bot must not be changed meanwhile.
func (s *Snapshots) Restore(ctx context.Context, bot, stamp string, n int) bool {
	f, err := os.Open(s.path(bot))
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err == nil {
		err = errors.Join(s.index.Load(ctx, f, s.mark(bot, stamp)), f.Close())
	}
	if got := s.index.Freeze(bot).Len(); err == nil && got != n {
		err = fault.New(fault.Conflict, "the saved vectors are %d, the articles have %d", got, n)
	}
	if err != nil {
		s.index.Forget(bot)
		s.opts.Log.Info("the saved vectors of a bot are not used; its articles are indexed anew", "bot", bot, "reason", err)
		return false
	}
	return true
}

// Changed notes that the bot's vectors are now those of another stamp; they are
// saved as they are now, later. The caller changes the bot only after it
// returns.
func (s *Snapshots) Changed(bot, stamp string) {
	now := s.opts.Clock.Now()
	p := pending{vectors: s.index.Freeze(bot), stamp: stamp, first: now, due: now.Add(s.opts.Delay)}
	s.mu.Lock()
	if old, waits := s.pending[bot]; waits {
		p.first = old.first
		if last := p.first.Add(10 * s.opts.Delay); p.due.After(last) {
			p.due = last
		}
	}
	if !s.closed {
		s.pending[bot] = p
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Close saves what has not been saved and returns what went wrong with it.
func (s *Snapshots) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first {
		close(s.stop)
	}
	<-s.done
	return s.lost
}

func (s *Snapshots) run() {
	defer close(s.done)
	for {
		var timer <-chan time.Time
		if due, any := s.soonest(); any {
			timer = s.opts.Clock.After(due.Sub(s.opts.Clock.Now()))
		}
		select {
		case <-s.stop:
			s.lost = s.write(s.take(func(pending) bool { return true }))
			return
		case <-s.wake:
		case <-timer:
			now := s.opts.Clock.Now()
			if err := s.write(s.take(func(p pending) bool { return !p.due.After(now) })); err != nil {
				s.opts.Log.Warn("the vectors of a bot were not saved; the next start takes longer", "reason", err)
			}
		}
	}
}

// soonest returns the time at which a bot is to be saved next.
func (s *Snapshots) soonest() (due time.Time, any bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pending {
		if !any || p.due.Before(due) {
			due, any = p.due, true
		}
	}
	return due, any
}

// take removes and returns the bots that are to be saved.
func (s *Snapshots) take(ripe func(pending) bool) map[string]pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]pending{}
	for bot, p := range s.pending {
		if ripe(p) {
			out[bot] = p
			delete(s.pending, bot)
		}
	}
	return out
}

func (s *Snapshots) write(bots map[string]pending) error {
	var faults []error
	for bot, p := range bots {
		if err := s.writeFile(bot, p); err != nil {
			faults = append(faults, fault.Wrap(err, fault.Unavailable, "the vectors of bot %q cannot be saved in %s", bot, s.opts.Dir))
		}
	}
	return errors.Join(faults...)
}

// writeFile replaces a bot's file.
func (s *Snapshots) writeFile(bot string, p pending) error {
	if err := os.MkdirAll(s.opts.Dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.opts.Dir, ".saving-*")
	if err != nil {
		return err
	}
	err = p.vectors.Save(f, s.mark(bot, p.stamp))
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.path(bot))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(s.opts.Dir)
}

// syncDir makes a rename in the folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (s *Snapshots) mark(bot, stamp string) Mark {
	return Mark{Encoder: s.opts.Encoder, Bot: bot, Stamp: stamp}
}

// longestName is how much of a bot's id, escaped, may name its file.
const longestName = 120

// path is the bot's file. An id too long for a name is known by its SHA-256.
func (s *Snapshots) path(bot string) string {
	name := url.PathEscape(bot)
	if len(name) > longestName {
		sum := sha256.Sum256([]byte(bot))
		name = "=" + hex.EncodeToString(sum[:])
	}
	return filepath.Join(s.opts.Dir, name+".vectors")
}
