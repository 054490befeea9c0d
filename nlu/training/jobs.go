package training

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/report"
)

// State is where a job stands.
type State string

// The states of a job; the last three are final.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

const (
	maxWaiting = 4
	// keptJobs bounds the jobs that are remembered; they are gone with the process.
	keptJobs = 50
)

// Job is a training behind the API.
type Job struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	State    State      `json:"state" enum:"waiting,running,done,failed,cancelled"`
	Stage    string     `json:"stage,omitempty" enum:"reading,training,saving"`
	Progress float64    `json:"progress" doc:"of the whole job, from 0 to 1"`
	Examples int        `json:"examples"`
	Activate bool       `json:"activate"`
	Created  time.Time  `json:"created"`
	Started  *time.Time `json:"started,omitempty"`
	Ended    *time.Time `json:"ended,omitempty"`
	// Version is what was trained; Findings what it is worth.
	Version  string           `json:"version,omitempty"`
	Findings *report.Findings `json:"findings,omitempty"`
	// Code and Error say why it failed.
	Code  fault.Code `json:"code,omitempty"`
	Error string     `json:"error,omitempty"`

	bot string
}

// over reports whether nothing more happens to the job.
func (j Job) over() bool { return j.State == Done || j.State == Failed || j.State == Cancelled }

// queue runs one job at a time.
type queue struct {
	trainer *Trainer
	ctx     context.Context
	stop    context.CancelFunc
	wg      sync.WaitGroup

	mu      sync.Mutex
	jobs    []*entry // the oldest first
	waiting []*entry
	running bool
}

type entry struct {
	job     Job
	request Request
	ctx     context.Context
	cancel  context.CancelFunc
}

func newQueue(t *Trainer) *queue {
	ctx, stop := context.WithCancel(context.Background())
	return &queue{trainer: t, ctx: ctx, stop: stop}
}

func (q *queue) close() {
	q.stop()
	q.wg.Wait()
}

// Submit queues a training. A request that no training can serve is
// fault.Invalid, too many waiting jobs are fault.Busy.
func (t *Trainer) Submit(r Request) (Job, error) {
	if err := r.Check(); err != nil {
		return Job{}, err
	}
	q := t.jobs
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ctx.Err() != nil {
		return Job{}, fault.New(fault.Unavailable, "服务正在停止 (the server is stopping)")
	}
	if len(q.waiting) >= maxWaiting {
		return Job{}, &fault.Error{Code: fault.Busy, Message: "训练任务太多，请等前面的完成后再提交 (too many trainings are waiting)", RetryAfter: 10 * time.Second}
	}
	e := &entry{request: r, job: Job{
		ID: t.o.IDs.New("job"), Name: r.Name, State: Waiting, Examples: len(r.Examples), Activate: r.Activate, Created: t.o.Clock.Now(), bot: r.Bot,
	}}
	e.ctx, e.cancel = context.WithCancel(q.ctx)
	q.remember(e)
	q.waiting = append(q.waiting, e)
	if !q.running {
		q.running = true
		q.wg.Add(1)
		go q.work()
	}
	return e.job, nil
}

// remember adds e and forgets the oldest that is over. The caller holds mu.
func (q *queue) remember(e *entry) {
	q.jobs = append(q.jobs, e)
	if len(q.jobs) > keptJobs {
		for i, old := range q.jobs {
			if old.job.over() {
				q.jobs = append(q.jobs[:i], q.jobs[i+1:]...)
				return
			}
		}
	}
}

// work runs jobs until none waits.
func (q *queue) work() {
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
		now := q.trainer.o.Clock.Now()
		e.job.State, e.job.Started = Running, &now
		q.mu.Unlock()
		q.run(e)
	}
}

// shares of a job that its stages take, for the progress of the whole.
var shares = map[string][2]float64{StageReading: {0, 0.6}, StageTraining: {0.6, 0.37}, StageSaving: {0.97, 0.03}}

func (q *queue) run(e *entry) {
	defer e.cancel()
	out, err := q.trainer.Train(e.ctx, e.request, func(stage string, done float64) {
		q.mu.Lock()
		defer q.mu.Unlock()
		share := shares[stage]
		e.job.Stage = stage
		e.job.Progress = max(e.job.Progress, share[0]+share[1]*done)
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.trainer.o.Clock.Now()
	e.job.Ended, e.request = &now, Request{}
	var known *fault.Error
	switch {
	case err == nil:
		e.job.State, e.job.Progress, e.job.Version, e.job.Findings = Done, 1, out.Version, &out.Findings
	case errors.Is(err, context.Canceled):
		e.job.State = Cancelled
	case errors.As(err, &known) && known.Code != fault.Internal:
		e.job.State, e.job.Code, e.job.Error = Failed, known.Code, known.Message
		if known.Field != "" {
			e.job.Error = known.Field + ": " + known.Message
		}
	default:
		q.trainer.o.Logger.Error("a training failed", "job", e.job.ID, "error", err)
		e.job.State, e.job.Code, e.job.Error = Failed, fault.Internal, "训练出错，请把任务编号告诉管理员 (the training failed: tell the operator the job's id)"
	}
}

// Job returns a job of a bot and head; fault.NotFound.
func (t *Trainer) Job(bot, name, id string) (Job, error) {
	e, err := t.jobs.find(bot, name, id)
	if err != nil {
		return Job{}, err
	}
	t.jobs.mu.Lock()
	defer t.jobs.mu.Unlock()
	return e.job, nil
}

func (q *queue) find(bot, name, id string) (*entry, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.jobs {
		if e.job.ID == id && e.job.bot == bot && e.job.Name == name {
			return e, nil
		}
	}
	return nil, fault.New(fault.NotFound, "没有这个训练任务；重启后任务记录会清空 (there is no such job; jobs are forgotten when the server restarts)")
}

// Jobs lists the jobs of a bot and head, the newest first, without findings.
func (t *Trainer) Jobs(bot, name string) []Job {
	q := t.jobs
	q.mu.Lock()
	defer q.mu.Unlock()
	out := []Job{}
	for i := len(q.jobs) - 1; i >= 0; i-- {
		if j := q.jobs[i].job; j.bot == bot && j.Name == name {
			j.Findings = nil
			out = append(out, j)
		}
	}
	return out
}

// Cancel stops a job that waits or runs; one that is over stays as it is.
func (t *Trainer) Cancel(bot, name, id string) (Job, error) {
	q := t.jobs
	e, err := q.find(bot, name, id)
	if err != nil {
		return Job{}, err
	}
	e.cancel()
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, w := range q.waiting {
		if w == e {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			now := t.o.Clock.Now()
			e.job.State, e.job.Ended, e.request = Cancelled, &now, Request{}
			break
		}
	}
	return e.job, nil
}
