package intake

import (
	"context"
	"slices"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// Request is a file to check.
type Request struct {
	Bot string
	// Author is the name of who uploads it.
	Author string
	jobs.Source
	// Body is the file; the Service takes it over.
	Body []byte
}

// Submit queues the check of a file. An empty file is fault.Invalid, one over
// importer.MaxBytes fault.TooLarge; with MaxWaiting jobs of the bot waiting
// already it is fault.Busy.
func (s *Service) Submit(ctx context.Context, r Request) (jobs.Job, error) {
	switch {
	case len(r.Body) == 0:
		return jobs.Job{}, fault.New(fault.Invalid, "文件是空的，请选择要导入的文件")
	case len(r.Body) > importer.MaxBytes:
		return jobs.Job{}, fault.New(fault.TooLarge, "文件超过 %d MB，请拆成几个再上传", importer.MaxBytes>>20)
	}
	s.submitting.Lock()
	defer s.submitting.Unlock()
	if err := s.room(ctx, r.Bot); err != nil {
		return jobs.Job{}, err
	}
	now := s.o.Clock.Now()
	e := jobs.Entry{Job: jobs.Job{
		ID: s.o.IDs.New("imp"), Bot: r.Bot, Source: r.Source, State: jobs.Waiting, Author: r.Author, Created: now,
	}}
	e.Job.Bytes = int64(len(r.Body))
	if s.o.Solo {
		e.Runner, e.Beat = s.id, now
	}
	e, err := s.o.Store.AddImport(ctx, e, r.Body)
	if err != nil {
		return jobs.Job{}, err
	}
	s.nudge()
	return e.Job, nil
}

// room is fault.Busy when too many jobs of the bot wait.
func (s *Service) room(ctx context.Context, bot string) error {
	if s.ctx.Err() != nil {
		return errStopping
	}
	open, err := s.o.Store.OpenImports(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, e := range open {
		if e.Job.Bot == bot {
			n++
		}
	}
	if n > MaxWaiting {
		return &fault.Error{Code: fault.Busy, Message: "导入任务太多，请等前面的完成，或取消不要的任务", RetryAfter: 10 * time.Second}
	}
	return nil
}

// Job returns a job of a bot as it is now; fault.NotFound.
func (s *Service) Job(ctx context.Context, bot, id string) (jobs.Job, error) {
	if r := s.running(bot, id); r != nil {
		return r.job(), nil
	}
	e, err := s.o.Store.Import(ctx, bot, id)
	return e.Job, err
}

// Jobs returns the newest jobs of a bot, at most 50, the newest first.
func (s *Service) Jobs(ctx context.Context, bot string) ([]jobs.Job, error) {
	list, err := s.o.Store.Imports(ctx, bot, listed)
	if err != nil {
		return nil, err
	}
	out := make([]jobs.Job, len(list))
	for i, e := range list {
		out[i] = e.Job
		if r := s.running(bot, e.Job.ID); r != nil {
			out[i] = r.job()
		}
	}
	return out, nil
}

// Apply queues the writing of a checked file. A job that is not ready, or of
// which nothing is chosen, is fault.Conflict or fault.Invalid. When the base
// changes between check and application in what the file touches, the job
// becomes ready again and says so: Check it again.
func (s *Service) Apply(ctx context.Context, bot, id string, c jobs.Choice) (jobs.Job, error) {
	if c.OnConflict == "" {
		c.OnConflict = jobs.Replace
	}
	if c.OnConflict != jobs.Replace && c.OnConflict != jobs.Skip {
		return jobs.Job{}, fault.In("on_conflict", fault.New(fault.Invalid, "已有条目要么替换（replace），要么跳过（skip）"))
	}
	c.Rows = slices.Compact(slices.Sorted(slices.Values(c.Rows)))
	rows, err := s.tableOf(ctx, bot, id)
	if err != nil {
		return jobs.Job{}, err
	}
	if n := len(c.Rows); n > 0 && (c.Rows[0] < 1 || c.Rows[n-1] > len(rows)) {
		return jobs.Job{}, fault.In("rows", fault.New(fault.Invalid, "行的序号从 1 到 %d", len(rows)))
	}
	return s.change(ctx, bot, id, func(e *jobs.Entry) error {
		if e.Job.State != jobs.Ready {
			return notReady(e.Job.State)
		}
		last, err := s.o.Articles.LastRevision(ctx, bot)
		if err != nil {
			return err
		}
		if e.Before == 0 { // what an earlier attempt may have written is still found
			e.Before = last
		}
		e.Job.State, e.Job.Stage, e.Job.Choice = jobs.Applying, jobs.StageStoring, &c
		e.Job.Progress, e.Job.Done, e.Job.Total, e.Job.SecondsLeft = 0, 0, 0, 0
		e.Job.Code, e.Job.Error = "", ""
		return nil
	})
}

func notReady(state jobs.State) error {
	switch {
	case state.Over():
		return fault.New(fault.Conflict, "这个导入任务已经结束，请重新上传文件")
	case state == jobs.Ready:
		return fault.New(fault.Conflict, "这个导入任务已经检查完，没有在运行")
	default:
		return fault.New(fault.Conflict, "文件还在检查或写入，请等它完成")
	}
}

// Check queues the check of a ready job again: the base has changed, or links
// are to be asked now. Any other job is fault.Conflict.
func (s *Service) Check(ctx context.Context, bot, id string) (jobs.Job, error) {
	return s.change(ctx, bot, id, func(e *jobs.Entry) error {
		if e.Job.State != jobs.Ready {
			return notReady(e.Job.State)
		}
		e.Job.State, e.Job.Stage, e.Job.Summary = jobs.Waiting, "", nil
		e.Job.Progress, e.Job.Done, e.Job.Total, e.Job.SecondsLeft = 0, 0, 0, 0
		e.Job.Code, e.Job.Error = "", ""
		return nil
	})
}

// Cancel ends a job; nothing of it is written then. One whose writing just
// came to its end is done, and one that is over stays as it is.
func (s *Service) Cancel(ctx context.Context, bot, id string) (jobs.Job, error) {
	job, err := s.change(ctx, bot, id, func(e *jobs.Entry) error {
		switch {
		case e.Job.State.Over():
		case e.Job.State == jobs.Ready, e.Job.State == jobs.Waiting:
			now := s.o.Clock.Now()
			e.Job.State, e.Job.Ended = jobs.Cancelled, &now
		default:
			e.Job.Cancelling = true
		}
		return nil
	})
	if r := s.running(bot, id); err == nil && r != nil && job.Cancelling {
		r.cancel(errCancelled)
		return r.job(), nil
	}
	return job, err
}

// change edits an entry; the queue looks for work afterwards. Writers that
// were faster are no fault: it is edited anew.
func (s *Service) change(ctx context.Context, bot, id string, edit func(e *jobs.Entry) error) (jobs.Job, error) {
	for {
		e, err := s.o.Store.Import(ctx, bot, id)
		if err != nil {
			return jobs.Job{}, err
		}
		if e.Job.State.Over() {
			before := e.Job
			return before, edit(&e)
		}
		waits := e.Job.State == jobs.Ready || e.Job.State == jobs.Waiting
		if err := edit(&e); err != nil {
			return jobs.Job{}, err
		}
		if waits { // it goes to whoever takes it
			e.Runner = ""
			if s.o.Solo && e.Job.State.Busy() {
				e.Runner, e.Beat = s.id, s.o.Clock.Now()
			}
		}
		saved, err := s.o.Store.SaveImport(ctx, e, nil)
		if fault.Is(err, fault.Conflict) {
			continue
		}
		if err == nil {
			s.nudge()
		}
		return saved.Job, err
	}
}

// tableOf reads the rows of a checked job; one that was not checked yet has none.
func (s *Service) tableOf(ctx context.Context, bot, id string) ([]Row, error) {
	e, err := s.o.Store.Import(ctx, bot, id)
	if err != nil || e.Job.Summary == nil {
		return nil, err
	}
	return part[Row](ctx, s.o.Store, e.Job, jobs.PartRows)
}
