package intake

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// Store keeps jobs; internal/store is one.
type Store interface {
	AddImport(ctx context.Context, e jobs.Entry, file []byte) (jobs.Entry, error)
	SaveImport(ctx context.Context, e jobs.Entry, parts map[string][]byte) (jobs.Entry, error)
	Import(ctx context.Context, bot, id string) (jobs.Entry, error)
	ImportPart(ctx context.Context, bot, id, part string) ([]byte, error)
	Imports(ctx context.Context, bot string, limit int) ([]jobs.Entry, error)
	OpenImports(ctx context.Context) ([]jobs.Entry, error)
	PruneImports(ctx context.Context, parts, all time.Time) (int, error)
}

// Articles reads the base as it is stored; a kb.ArticleStore does.
type Articles interface {
	Articles(ctx context.Context, bot string) ([]kb.Article, error)
	LastRevision(ctx context.Context, bot string) (int64, error)
	Revisions(ctx context.Context, bot string, before int64, limit int) ([]kb.Revision, error)
}

// Base changes the base and encodes texts; kb/base.Service does.
type Base interface {
	Change(ctx context.Context, bot string, c kb.Change) ([]kb.Article, kb.Revision, error)
	Embed(ctx context.Context, texts []string, each func(i int, embedding []float32) error) error
}

// The limits of the queue.
const (
	// MaxWaiting is how many jobs of a bot may wait behind the one that runs.
	MaxWaiting = 4
	// listed is how many jobs a list shows.
	listed = 50
	// atOnce is how many bots' jobs a process works on.
	atOnce = 2
)

// The times of the queue.
const (
	pollEvery  = 3 * time.Second
	beatEvery  = 5 * time.Second
	deadAfter  = 30 * time.Second
	pruneEvery = time.Hour
	// partsKept is how long files and reports are kept, jobsKept the jobs.
	partsKept = 7 * 24 * time.Hour
	jobsKept  = 90 * 24 * time.Hour
)

// Options are what a Service is made of. Those without a default named here
// are required.
type Options struct {
	Store    Store
	Articles Articles
	Base     Base
	Clock    clock.Clock
	IDs      ident.Source
	Logger   *slog.Logger // nil discards
	// Links asks addresses; nil asks only those that everybody can reach.
	Links *Links
	// Solo works on its own jobs only, for commands beside a server.
	Solo bool
	// Read reads a file; nil means importer.ReadContext.
	Read func(ctx context.Context, r io.Reader, o importer.Options) (importer.Table, error)
}

// Service imports files. It is safe for concurrent use; Close it.
type Service struct {
	o  Options
	id string // what the entries call this process

	ctx  context.Context //nolint:containedctx // ends the jobs that outlive their requests
	stop context.CancelCauseFunc
	wake chan struct{}
	wg   sync.WaitGroup

	signed memory

	// submitting is held while a job is let into the queue.
	submitting sync.Mutex
	mu         sync.Mutex
	runs       map[string]*run // by bot
}

var errStopping = fault.New(fault.Unavailable, "服务正在停止，任务会在重启后继续")

// New starts a Service; jobs that an earlier process left are taken up.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Articles == nil || o.Base == nil || o.Clock == nil || o.IDs == nil {
		return nil, fault.New(fault.Internal, "intake.New needs a store, articles, a base, a clock and a source of ids")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Links == nil {
		o.Links = NewLinks(LinkOptions{})
	}
	if o.Read == nil {
		o.Read = importer.ReadContext
	}
	s := &Service{o: o, id: o.IDs.New("run"), wake: make(chan struct{}, 1), runs: map[string]*run{}}
	s.ctx, s.stop = context.WithCancelCause(context.Background())
	s.wg.Add(1)
	go s.work()
	return s, nil
}

// Close stops the jobs, which a later process goes on with, and returns when
// none runs any more.
func (s *Service) Close() error {
	s.stop(errStopping)
	s.wg.Wait()
	s.o.Links.Close()
	return nil
}

// nudge makes the queue look for work now.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// work starts jobs until the Service is closed.
func (s *Service) work() {
	defer s.wg.Done()
	var pruned time.Time
	for {
		if err := s.dispatch(); err != nil && s.ctx.Err() == nil {
			s.o.Logger.Warn("the queue of imports cannot be read; trying again", "error", err)
		}
		if now := s.o.Clock.Now(); !s.o.Solo && now.Sub(pruned) >= pruneEvery {
			pruned = now
			if _, err := s.o.Store.PruneImports(s.ctx, now.Add(-partsKept), now.Add(-jobsKept)); err != nil && s.ctx.Err() == nil {
				s.o.Logger.Warn("old imports cannot be removed", "error", err)
			}
		}
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		case <-s.o.Clock.After(pollEvery):
		}
	}
}

// dispatch starts the oldest job of every bot that has none running.
func (s *Service) dispatch() error {
	open, err := s.o.Store.OpenImports(s.ctx)
	if err != nil {
		return err
	}
	now := s.o.Clock.Now()
	busy := map[string]bool{}
	for _, e := range open {
		if e.Runner != "" && e.Job.State != jobs.Waiting && now.Sub(e.Beat) < deadAfter {
			busy[e.Job.Bot] = busy[e.Job.Bot] || e.Runner != s.id
		}
	}
	for _, e := range open {
		if busy[e.Job.Bot] || !s.mayTake(e, now) {
			continue
		}
		if err := s.start(e); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

// mayTake reports whether this process may work on the entry: its own, or one
// that nobody works on any more.
func (s *Service) mayTake(e jobs.Entry, now time.Time) bool {
	if e.Runner == s.id {
		return true
	}
	return !s.o.Solo && (e.Runner == "" || now.Sub(e.Beat) >= deadAfter)
}

// start claims an entry and runs it, unless the bot has a run here already or
// too many run. fault.Conflict: another process was faster.
func (s *Service) start(e jobs.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[e.Job.Bot] != nil || len(s.runs) >= atOnce || s.ctx.Err() != nil {
		return nil
	}
	e.Runner, e.Beat = s.id, s.o.Clock.Now()
	if e.Job.State != jobs.Applying {
		e.Job.State = jobs.Reading
		if e.Job.Started == nil {
			e.Job.Started = &e.Beat
		}
	}
	saved, err := s.o.Store.SaveImport(s.ctx, e, nil)
	if err != nil {
		return err
	}
	r := newRun(s, saved)
	s.runs[e.Job.Bot] = r
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		r.work()
		s.mu.Lock()
		delete(s.runs, saved.Job.Bot)
		s.mu.Unlock()
		s.nudge()
	}()
	return nil
}

// running returns the run of a job in this process, or nil.
func (s *Service) running(bot, id string) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[bot]; r != nil && r.id == id {
		return r
	}
	return nil
}
