package intake

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/intake/jobs"
)

var (
	errCancelled = errors.New("the import was cancelled")
	errLost      = errors.New("another process works on the import")
)

// run is a job that this process works on.
type run struct {
	s      *Service
	id     string
	ctx    context.Context //nolint:containedctx // the run's life
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	entry jobs.Entry
	// since is when the stage began, base the progress it began with.
	since time.Time
	base  float64
	share float64
}

func newRun(s *Service, e jobs.Entry) *run {
	r := &run{s: s, id: e.Job.ID, entry: e, since: s.o.Clock.Now()}
	r.ctx, r.cancel = context.WithCancelCause(s.ctx)
	return r
}

func (r *run) job() jobs.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.entry.Job
}

// work does the job and writes how it ended.
func (r *run) work() {
	beating := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.beat(beating)
	}()
	var err error
	var parts map[string][]byte
	if r.job().Cancelling {
		r.cancel(errCancelled)
	}
	if r.job().State == jobs.Applying {
		err = r.apply()
	} else {
		parts, err = r.check()
	}
	close(beating)
	<-ended
	r.end(parts, err)
	r.cancel(nil)
}

// beat tells the store that the run lives, and how far it is, until done.
func (r *run) beat(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-r.ctx.Done():
			return
		case <-r.s.o.Clock.After(beatEvery):
		}
		if err := r.save(r.ctx, nil, func(*jobs.Entry) {}); err != nil && r.ctx.Err() == nil {
			r.s.o.Logger.Warn("the progress of an import is not stored", "job", r.id, "error", err)
		}
	}
}

// save writes the entry after edit. Where somebody else wrote it meanwhile, to
// cancel it or because this process was taken for dead, the run learns so.
func (r *run) save(ctx context.Context, parts map[string][]byte, edit func(e *jobs.Entry)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		e := r.entry
		edit(&e)
		e.Beat = r.s.o.Clock.Now()
		saved, err := r.s.o.Store.SaveImport(ctx, e, parts)
		if err == nil {
			r.entry = saved
			return nil
		}
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		stored, err := r.s.o.Store.Import(ctx, e.Job.Bot, r.id)
		if err != nil {
			return err
		}
		if stored.Runner != r.s.id {
			r.cancel(errLost)
			return errLost
		}
		r.entry.Version = stored.Version
		if stored.Job.Cancelling {
			r.entry.Job.Cancelling = true
			r.cancel(errCancelled)
		}
	}
}

// stage begins a stage, which takes share of the progress from base on.
func (r *run) stage(stage jobs.Stage, base, share float64, total int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.base, r.share, r.since = base, share, r.s.o.Clock.Now()
	j := &r.entry.Job
	j.Stage, j.Progress, j.Done, j.Total, j.SecondsLeft = stage, max(j.Progress, base), 0, total, 0
}

// tell says how much of the stage is done. Without a total the progress of the
// stage is guessed to be never quite at its end.
func (r *run) tell(done, total int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := &r.entry.Job
	j.Done, j.Total = done, total
	part := float64(done) / float64(done+5000)
	if total > 0 {
		part = float64(done) / float64(total)
	}
	j.Progress = max(j.Progress, r.base+r.share*part)
	spent := r.s.o.Clock.Now().Sub(r.since).Seconds()
	j.SecondsLeft = 0
	if total > 0 && done > 0 && done < total && spent > 0 {
		j.SecondsLeft = spent * float64(total-done) / float64(done)
	}
}

// end writes how the run ended. A run that was lost to another process writes
// nothing; one whose process stops is left to the next process.
func (r *run) end(parts map[string][]byte, err error) {
	cause := context.Cause(r.ctx)
	if errors.Is(cause, errLost) || errors.Is(err, errLost) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), 30*time.Second)
	defer cancel()
	saveErr := r.save(ctx, parts, func(e *jobs.Entry) {
		e.Runner = ""
		now := r.s.o.Clock.Now()
		j := &e.Job
		j.SecondsLeft = 0
		var stale *staleError
		var known *fault.Error
		switch {
		case err == nil && j.State == jobs.Applying:
			j.State, j.Ended, j.Progress, j.Cancelling = jobs.Done, &now, 1, false
		case err == nil && !j.Cancelling:
			j.State, j.Progress = jobs.Ready, 1
		case j.Cancelling || errors.Is(cause, errCancelled):
			j.State, j.Ended, j.Summary, j.Cancelling = jobs.Cancelled, &now, nil, false
		case r.s.ctx.Err() != nil: // as it is: a later process goes on
		case errors.As(err, &stale):
			j.State, j.Progress, j.Code, j.Error = jobs.Ready, 1, fault.Conflict, stale.Error()
		case errors.As(err, &known) && known.Code != fault.Internal:
			j.State, j.Ended, j.Code, j.Error = jobs.Failed, &now, known.Code, known.Message
			if known.Field != "" {
				j.Error = known.Field + ": " + known.Message
			}
		default:
			r.s.o.Logger.Error("an import failed", "job", r.id, "error", err)
			j.State, j.Ended, j.Code = jobs.Failed, &now, fault.Internal
			j.Error = fmt.Sprintf("导入出错，请把任务编号 %s 告诉管理员", r.id)
		}
	})
	if saveErr != nil && !errors.Is(saveErr, errLost) {
		r.s.o.Logger.Error("how an import ended is not stored; it will be taken up again", "job", r.id, "error", saveErr)
	}
}
