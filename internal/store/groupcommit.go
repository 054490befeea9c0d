package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
)

// batchLimit bounds how many commits share one transaction.
const batchLimit = 128

// appender writes commits from one goroutine, all that wait in one
// transaction: one flush to disk serves them together.
type appender struct {
	store *Store
	queue chan *appendJob
	done  chan struct{}

	mu      sync.RWMutex // guards stopped against a send on the closed queue
	stopped bool
}

type appendJob struct {
	ctx context.Context
	// taken decides between the writer, who takes the job to write it, and
	// the caller, who takes it to give up.
	taken  atomic.Bool
	commit prepared
	result chan appendResult // buffered
}

type appendResult struct {
	id  string
	err error
}

func newAppender(s *Store, size int) *appender {
	a := &appender{store: s, queue: make(chan *appendJob, size), done: make(chan struct{})}
	go a.run()
	return a
}

// append hands a commit to the writer and waits for its outcome. Once the
// writer has begun with it, the outcome is awaited even when ctx ends, so that
// the caller always knows.
func (a *appender) append(ctx context.Context, p prepared) (string, error) {
	job := &appendJob{ctx: ctx, commit: p, result: make(chan appendResult, 1)}
	if err := a.offer(job); err != nil {
		return "", err
	}
	select {
	case r := <-job.result:
		return r.id, r.err
	case <-ctx.Done():
		if job.taken.CompareAndSwap(false, true) {
			return "", a.store.fail(ctx.Err(), "waiting to append events")
		}
		r := <-job.result
		return r.id, r.err
	}
}

func (a *appender) offer(job *appendJob) error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.stopped {
		return fault.New(fault.Unavailable, "the store is closed")
	}
	select {
	case a.queue <- job:
		return nil
	default:
		return &fault.Error{Code: fault.Busy, Message: "too many conversations are being written; try again", RetryAfter: time.Second}
	}
}

// stop refuses new commits, writes the accepted ones and returns.
func (a *appender) stop() {
	a.mu.Lock()
	if !a.stopped {
		a.stopped = true
		close(a.queue)
	}
	a.mu.Unlock()
	<-a.done
}

func (a *appender) run() {
	defer close(a.done)
	batch := make([]*appendJob, 0, batchLimit)
	for job := range a.queue {
		batch = a.gather(append(batch[:0], job))
		if len(batch) > 0 {
			a.writeBatch(batch)
		}
		clear(batch)
	}
}

// gather adds what waits already, up to the limit, and drops the jobs whose
// callers have gone.
func (a *appender) gather(batch []*appendJob) []*appendJob {
	for len(batch) < batchLimit {
		select {
		case job, ok := <-a.queue:
			if ok {
				batch = append(batch, job)
				continue
			}
		default:
		}
		break
	}
	kept := batch[:0]
	for _, job := range batch {
		if job.taken.CompareAndSwap(false, true) {
			kept = append(kept, job)
		}
	}
	return kept
}

// writeBatch writes the jobs in one transaction. When one of them breaks it,
// each is written in its own, so that no commit fails for another's sake.
func (a *appender) writeBatch(batch []*appendJob) {
	results := make([]appendResult, len(batch))
	err := a.transact(batch, results)
	if err != nil && len(batch) > 1 {
		for i := range batch {
			if err := a.transact(batch[i:i+1], results[i:i+1]); err != nil {
				results[i] = appendResult{err: err}
			}
		}
	} else if err != nil {
		results[0] = appendResult{err: err}
	}
	for i, job := range batch {
		job.result <- results[i]
	}
}

// transact fills results; an error means that nothing was written.
func (a *appender) transact(batch []*appendJob, results []appendResult) error {
	return a.store.write(context.Background(), "appending events", func(ctx context.Context, tx bun.Tx) error {
		for i, job := range batch {
			id, err := a.store.appendIn(ctx, tx, job.commit)
			if code := fault.CodeOf(err); err != nil && code != fault.Conflict && code != fault.NotFound {
				return err
			}
			results[i] = appendResult{id, err}
		}
		return nil
	})
}
