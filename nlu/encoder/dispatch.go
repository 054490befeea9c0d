package encoder

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// job is one message on its way through a dispatcher.
type job struct {
	input                  input
	queued, started, ended time.Time

	embedding, state []float32
	err              error
	done             chan struct{} // closed when all of the above is final
}

func newJob(in input) *job { return &job{input: in, done: make(chan struct{})} }

func (j *job) length() int { return len(j.input.ids) }

// dispatcher hands messages to workers, one worker per run that may go on at a
// time. A worker takes what waits the moment it is free, so a lone message
// never waits for company.
type dispatcher struct {
	name    string
	size    int // workers
	queue   int // messages that may wait while all workers are busy
	limits  limits
	workers sync.WaitGroup

	mu      sync.Mutex
	arrived sync.Cond
	waiting []*job // oldest first
	busy    int    // workers in a run
	running int    // messages in a run
	closed  bool
}

func newDispatcher(name string, workers, queue int, l limits) *dispatcher {
	d := &dispatcher{name: name, size: workers, queue: queue, limits: l}
	d.arrived.L = &d.mu
	return d
}

// start starts the workers. newRun is called once for each; what it returns
// answers a group of messages and is called from that worker alone.
func (d *dispatcher) start(newRun func() func([]*job) error) {
	for range d.size {
		run := newRun()
		d.workers.Go(func() {
			for group := d.take(); group != nil; group = d.take() {
				d.serve(run, group)
			}
		})
	}
}

// do waits until j is answered. A full queue is fault.Busy, a closed
// dispatcher fault.Unavailable, a context that ends its cause: then j is
// withdrawn, or its answer is nobody's.
func (d *dispatcher) do(ctx context.Context, j *job) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := d.enqueue(j); err != nil {
		return err
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		d.withdraw(j)
		return context.Cause(ctx)
	}
}

func (d *dispatcher) enqueue(j *job) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return fault.New(fault.Unavailable, "the encoder %s is closed: the program is stopping or the model was replaced; try again", d.name)
	}
	if len(d.waiting) >= d.queue+d.size-d.busy {
		return &fault.Error{Code: fault.Busy, RetryAfter: retryAfter,
			Message: "消息太多，请稍后再试 (the encoder's queue is full; try again shortly)"}
	}
	j.queued = time.Now()
	d.waiting = append(d.waiting, j)
	d.arrived.Signal()
	return nil
}

func (d *dispatcher) withdraw(j *job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := slices.Index(d.waiting, j); i >= 0 {
		d.waiting = slices.Delete(d.waiting, i, i+1)
	}
}

// take waits for messages and returns those of one run, or nil when the
// dispatcher is closed and nothing waits. What waits is shared evenly with
// the workers that are free: running beside each other is faster than in one
// run.
func (d *dispatcher) take() []*job {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.waiting) == 0 {
		if d.closed {
			return nil
		}
		d.arrived.Wait()
	}
	l, free := d.limits, d.size-d.busy
	l.messages = min(l.messages, (len(d.waiting)+free-1)/free)
	group := choose(d.waiting, l)
	d.waiting = slices.DeleteFunc(d.waiting, func(j *job) bool { return slices.Contains(group, j) })
	d.busy++
	d.running += len(group)
	return group
}

// inside counts the messages that wait or are in a run.
func (d *dispatcher) inside() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting) + d.running
}

// close refuses new messages and returns when all others are answered and the
// workers have ended.
func (d *dispatcher) close() {
	d.mu.Lock()
	d.closed = true
	d.arrived.Broadcast()
	d.mu.Unlock()
	d.workers.Wait()
}

// serve answers a group. A run that fails or panics fails its own messages only.
func (d *dispatcher) serve(run func([]*job) error, group []*job) {
	started := time.Now()
	err := guard(run, group)
	ended := time.Now()
	d.mu.Lock()
	d.busy--
	d.running -= len(group)
	d.mu.Unlock()
	for _, j := range group {
		j.err, j.started, j.ended = err, started, ended
		close(j.done)
	}
}

func guard(run func([]*job) error, group []*job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Wrap(fmt.Errorf("panic: %v\n%s", p, debug.Stack()), fault.Internal, "the encoder failed unexpectedly")
		}
	}()
	return run(group)
}
