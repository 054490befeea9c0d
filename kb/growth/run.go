package growth

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/kb/vector"
)

// RunState is where a run stands.
type RunState string

// The states of a run; the last three are final.
const (
	Waiting   RunState = "waiting"
	Running   RunState = "running"
	Done      RunState = "done"
	Failed    RunState = "failed"
	Cancelled RunState = "cancelled"
)

const (
	maxWaiting = 4
	// keptRuns bounds the runs that are remembered; they are gone with the process.
	keptRuns = 50
)

// Run is a mining behind the API.
type Run struct {
	ID       string     `json:"id"`
	State    RunState   `json:"state" enum:"waiting,running,done,failed,cancelled"`
	Source   string     `json:"source" enum:"conversations,transcripts"`
	Since    *time.Time `json:"since,omitempty"`
	Progress float64    `json:"progress" doc:"of grouping and comparing, 0 to 1; reading comes before"`
	Created  time.Time  `json:"created"`
	Started  *time.Time `json:"started,omitempty"`
	Ended    *time.Time `json:"ended,omitempty"`
	// Stats is what it went through so far, Report what a file held.
	Stats  mining.Stats   `json:"stats"`
	Report *mining.Report `json:"report,omitempty"`
	// Added are new proposals, Renewed open ones whose evidence was brought up
	// to date, Known those that a trainer has decided already.
	Added   int `json:"added"`
	Renewed int `json:"renewed"`
	Known   int `json:"known"`
	// Code and Error say why it failed.
	Code  fault.Code `json:"code,omitempty"`
	Error string     `json:"error,omitempty"`

	bot string
}

func (r Run) over() bool { return r.State == Done || r.State == Failed || r.State == Cancelled }

// Source is what a run mines: the bot's conversations since a time, or a file
// of transcripts. File is closed when the run is over.
type Source struct {
	Since  time.Time
	File   io.ReadCloser
	Format mining.Format
}

// queue runs one mining at a time.
type queue struct {
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	runs    []*entry // the oldest first
	waiting []*entry
	running bool
}

type entry struct {
	run    Run
	source Source
	ctx    context.Context
	cancel context.CancelFunc
}

func newQueue() *queue {
	ctx, stop := context.WithCancel(context.Background())
	return &queue{ctx: ctx, stop: stop}
}

func (q *queue) close() {
	q.stop()
	q.wg.Wait()
}

// Start queues a run. Too many waiting runs are fault.Busy; the file is closed then.
func (s *Service) Start(bot string, from Source) (Run, error) {
	q := s.runs
	q.mu.Lock()
	defer q.mu.Unlock()
	var err error
	switch {
	case q.ctx.Err() != nil:
		err = fault.New(fault.Unavailable, "服务正在停止 (the server is stopping)")
	case len(q.waiting) >= maxWaiting:
		err = &fault.Error{Code: fault.Busy, Message: "挖掘任务太多，请等前面的完成后再提交", RetryAfter: 30 * time.Second}
	}
	if err != nil {
		return Run{}, errors.Join(err, from.close())
	}
	e := &entry{source: from, run: Run{ID: s.o.IDs.New("run"), State: Waiting, Source: "transcripts", Created: s.o.Clock.Now().UTC(), bot: bot}}
	if from.File == nil {
		since := from.Since.UTC()
		e.run.Source, e.run.Since = "conversations", &since
	}
	e.ctx, e.cancel = context.WithCancel(q.ctx)
	q.remember(e)
	q.waiting = append(q.waiting, e)
	if !q.running {
		q.running = true
		q.wg.Add(1)
		go s.work()
	}
	return e.run, nil
}

func (f Source) close() error {
	if f.File == nil {
		return nil
	}
	return f.File.Close()
}

// remember adds e and forgets the oldest that is over. The caller holds mu.
func (q *queue) remember(e *entry) {
	q.runs = append(q.runs, e)
	for i := 0; len(q.runs) > keptRuns && i < len(q.runs); i++ {
		if q.runs[i].run.over() {
			q.runs = append(q.runs[:i], q.runs[i+1:]...)
			return
		}
	}
}

// work runs what waits until nothing does.
func (s *Service) work() {
	q := s.runs
	defer q.wg.Done()
	for {
		q.mu.Lock()
		if len(q.waiting) == 0 {
			q.running = false
			q.mu.Unlock()
			return
		}
		e := q.waiting[0]
		q.waiting = q.waiting[1:]
		started := s.o.Clock.Now().UTC()
		e.run.State, e.run.Started = Running, &started
		q.mu.Unlock()
		err := errors.Join(s.mine(e), e.source.close())
		e.cancel()
		q.mu.Lock()
		ended := s.o.Clock.Now().UTC()
		e.run.Ended = &ended
		var known *fault.Error
		switch {
		case err == nil:
			e.run.State, e.run.Progress = Done, 1
		case errors.Is(err, context.Canceled):
			e.run.State = Cancelled
		case errors.As(err, &known) && known.Code != fault.Internal:
			e.run.State, e.run.Code, e.run.Error = Failed, known.Code, known.Message
		default:
			s.o.Logger.Error("a mining failed", "run", e.run.ID, "error", err)
			e.run.State, e.run.Code, e.run.Error = Failed, fault.Internal, "挖掘出错，请把任务编号告诉管理员"
		}
		q.mu.Unlock()
	}
}

// change changes a run as others see it.
func (q *queue) change(e *entry, to func(r *Run)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	to(&e.run)
}

// mine does a run.
func (s *Service) mine(e *entry) error {
	q, ctx, bot := s.runs, e.ctx, e.run.bot
	if ctx.Err() != nil {
		return ctx.Err()
	}
	o, err := s.o.Mining(ctx, bot, s.o.Clock.Now())
	if err != nil {
		return err
	}
	o.Progress = func(done float64) { q.change(e, func(r *Run) { r.Progress = done }) }
	m, err := mining.New(o)
	if err != nil {
		return err
	}
	add := func(t mining.Transcript) error {
		err := m.Add(ctx, t)
		q.change(e, func(r *Run) { r.Stats = m.Stats() })
		return err
	}
	if e.source.File != nil {
		var report mining.Report
		report, err = mining.ReadTranscripts(e.source.File, e.source.Format, add)
		q.change(e, func(r *Run) { r.Report = &report })
	} else {
		err = s.o.Transcripts(ctx, bot, e.source.Since, add)
	}
	if err != nil {
		return err
	}
	proposals, stats, err := m.Propose(ctx)
	if err != nil {
		return err
	}
	q.change(e, func(r *Run) { r.Stats = stats })
	return s.keep(ctx, bot, e, o, proposals)
}

// keep stores what a run found, beside what is there: an open proposal of the
// same question gets the new evidence, one that was accepted stays, one that
// was rejected comes back only when it was asked twice as often.
func (s *Service) keep(ctx context.Context, bot string, e *entry, o mining.Options, found []mining.Proposal) error {
	index := vector.New(max(1, dimension(found)), vector.Options{})
	stored := map[string]Proposal{}
	for offset := 0; ; offset += 500 {
		page, err := s.o.Store.Proposals(ctx, bot, Filter{Limit: 500, Offset: offset})
		if err != nil {
			return err
		}
		for _, p := range page {
			if len(found) == 0 {
				break
			}
			r, err := o.Read(ctx, p.Question)
			if err != nil {
				return err
			}
			stored[p.ID] = p
			if err := index.Upsert(ctx, vectorOf(p.ID, r.Embedding)); err != nil {
				return err
			}
		}
		if len(page) < 500 {
			break
		}
	}
	put, added, renewed, known, err := s.merge(ctx, index, stored, found, max(o.Threshold, 0.8))
	if err != nil {
		return err
	}
	if _, err := s.o.Store.PutProposals(ctx, bot, put); err != nil {
		return err
	}
	s.runs.change(e, func(r *Run) { r.Added, r.Renewed, r.Known = added, renewed, known })
	return nil
}

// Find returns a run of a bot; fault.NotFound.
func (s *Service) Find(bot, id string) (Run, error) {
	q := s.runs
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.runs {
		if e.run.ID == id && e.run.bot == bot {
			return e.run, nil
		}
	}
	return Run{}, fault.New(fault.NotFound, "没有这个挖掘任务；重启后任务记录会清空")
}

// Runs lists the runs of a bot, the newest first.
func (s *Service) Runs(bot string) []Run {
	q := s.runs
	q.mu.Lock()
	defer q.mu.Unlock()
	out := []Run{}
	for i := len(q.runs) - 1; i >= 0; i-- {
		if r := q.runs[i].run; r.bot == bot {
			out = append(out, r)
		}
	}
	return out
}

// Cancel stops a run that waits or runs; one that is over stays as it is.
func (s *Service) Cancel(bot, id string) (Run, error) {
	q := s.runs
	q.mu.Lock()
	for _, e := range q.runs {
		if e.run.ID == id && e.run.bot == bot && !e.run.over() {
			e.cancel()
		}
	}
	q.mu.Unlock()
	return s.Find(bot, id)
}
