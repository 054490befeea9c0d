package intake_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/intake"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// halt stands in a phase until the context ends, and says when it was reached.
func halt(reached chan<- struct{}) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		reached <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
}

// phases are the places where a job may be stopped, each with what makes the
// job stand there. apply is true for those after a check.
var phases = map[string]struct {
	apply bool
	stand func(h *hooks, reached chan<- struct{})
}{
	"reading":  {false, func(h *hooks, reached chan<- struct{}) { h.read = halt(reached) }},
	"encoding": {false, func(h *hooks, reached chan<- struct{}) { h.embed = halt(reached) }},
	"storing":  {true, func(h *hooks, reached chan<- struct{}) { h.change = halt(reached) }},
}

// stand brings a job into a phase.
func (w *world) stand(phase string) jobs.Job {
	w.Helper()
	p := phases[phase]
	reached := make(chan struct{}, 4)
	p.stand(w.hooks, reached)
	j := w.submit(shopFile)
	if p.apply {
		w.wait(j.ID, jobs.Ready)
		_, err := w.Apply(w.Context(), "shop", j.ID, jobs.Choice{})
		w.must(err)
	}
	<-reached
	return j
}

func TestCancelAtEveryPhase(t *testing.T) {
	for phase := range phases {
		t.Run(phase, func(t *testing.T) {
			w := open(t)
			j := w.stand(phase)
			_, err := w.Cancel(t.Context(), "shop", j.ID)
			w.must(err)
			gone := w.wait(j.ID, jobs.Cancelled)
			if gone.Ended == nil || gone.Cancelling || len(w.articles()) != 0 || len(w.revisions()) != 0 {
				t.Errorf("%+v, %d articles", gone, len(w.articles()))
			}
			w.hooks.read, w.hooks.embed, w.hooks.change = nil, nil, nil
			next := w.submit(shopFile) // the queue goes on
			w.wait(next.ID, jobs.Ready)
		})
	}
	t.Run("ready", func(t *testing.T) {
		w := open(t)
		j := w.submit(shopFile)
		w.wait(j.ID, jobs.Ready)
		_, err := w.Cancel(t.Context(), "shop", j.ID)
		w.must(err)
		w.wait(j.ID, jobs.Cancelled)
		if _, err := w.Apply(t.Context(), "shop", j.ID, jobs.Choice{}); !fault.Is(err, fault.Conflict) || len(w.articles()) != 0 {
			t.Errorf("a cancelled job is applied: %v", err)
		}
	})
	t.Run("links", func(t *testing.T) {
		reached := make(chan struct{}, 8)
		web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			reached <- struct{}{}
			<-r.Context().Done()
		}))
		defer web.Close()
		w := open(t)
		w.must(w.Close())
		w.restart(func(o *intake.Options) {
			o.Links = intake.NewLinks(intake.LinkOptions{Permit: func(netip.Addr) bool { return true }, Timeout: time.Minute})
		})
		r := request("问题,答案\n说明书在哪,看 " + web.URL + "/a\n")
		r.CheckLinks = true
		j, err := w.Submit(t.Context(), r)
		w.must(err)
		<-reached
		_, err = w.Cancel(t.Context(), "shop", j.ID)
		w.must(err)
		w.wait(j.ID, jobs.Cancelled)
	})
}

func TestCancelComesTooLate(t *testing.T) {
	w := open(t)
	j := w.submit(shopFile)
	w.wait(j.ID, jobs.Ready)
	w.hooks.changed = func() error {
		if _, err := w.Cancel(w.Context(), "shop", j.ID); err != nil {
			return err
		}
		return context.Canceled
	}
	_, err := w.Apply(t.Context(), "shop", j.ID, jobs.Choice{})
	w.must(err)
	done := w.wait(j.ID, jobs.Done)
	if done.Applied != 3 || done.Revision != 1 || done.Cancelling || len(w.articles()) != 3 {
		t.Errorf("%+v", done)
	}
}

func TestRestartAtEveryPhase(t *testing.T) {
	for phase, p := range phases {
		t.Run(phase, func(t *testing.T) {
			w := open(t)
			j := w.stand(phase)
			w.must(w.Close())
			if len(w.articles()) != 0 {
				t.Error("half an import is in the base")
			}
			w.restart(nil)
			if !p.apply {
				w.wait(j.ID, jobs.Ready)
				w.apply(j.ID, jobs.Choice{})
			}
			done := w.wait(j.ID, jobs.Done)
			if done.Applied != 3 || len(w.articles()) != 3 || len(w.revisions()) != 1 {
				t.Errorf("%+v", done)
			}
		})
	}
	t.Run("waiting and ready", func(t *testing.T) {
		w := open(t)
		ready := w.submit(shopFile)
		w.wait(ready.ID, jobs.Ready)
		first := w.stand("reading")
		waiting := w.submit(shopFile)
		w.must(w.Close())
		w.restart(nil)
		w.wait(first.ID, jobs.Ready)
		w.wait(waiting.ID, jobs.Ready)
		if done := w.apply(ready.ID, jobs.Choice{}); done.State != jobs.Done {
			t.Errorf("%+v", done)
		}
	})
}

var errKilled = errors.New("the process is dead")

// A process that dies between the commit of the base and the state of the job
// does not make the next one import again.
func TestKilledAfterTheCommit(t *testing.T) {
	w := open(t)
	j := w.submit(shopFile)
	w.wait(j.ID, jobs.Ready)
	var dead atomic.Bool
	reached := make(chan struct{})
	w.hooks.changed = func() error { dead.Store(true); close(reached); return nil }
	w.hooks.save = func() error {
		if dead.Load() {
			return errKilled
		}
		return nil
	}
	_, err := w.Apply(t.Context(), "shop", j.ID, jobs.Choice{})
	w.must(err)
	<-reached
	w.must(w.Close())
	stored, err := w.store.Import(t.Context(), "shop", j.ID)
	if err != nil || stored.Job.State != jobs.Applying || stored.Runner == "" {
		t.Fatalf("the simulation does not leave a job of a dead process: %+v, %v", stored, err)
	}
	before := w.articles()
	w.clock.Advance(time.Minute)
	w.restart(nil)
	changes := 0
	w.hooks.change = func(context.Context) error { changes++; return nil }
	done := w.wait(j.ID, jobs.Done)
	if done.Applied != 3 || done.Revision != 1 || len(w.revisions()) != 1 || changes > 0 {
		t.Errorf("%+v after %d changes", done, changes)
	}
	for q, a := range w.articles() {
		if before[q].Version != a.Version || before[q].ID != a.ID {
			t.Errorf("%s was written again", q)
		}
	}
}

// A process that is silent is taken for dead; when it was not, it writes
// nothing any more.
func TestLostToAnotherProcess(t *testing.T) {
	w := open(t)
	var cut atomic.Bool // from the store: it cannot say that it lives
	w.hooks.save = func() error {
		if cut.Load() {
			return errKilled
		}
		return nil
	}
	j := w.stand("encoding")
	slow := w.Service
	cut.Store(true)
	w.clock.Advance(time.Minute)
	w.restart(nil)
	w.wait(j.ID, jobs.Ready)
	stored, err := w.store.Import(t.Context(), "shop", j.ID)
	w.must(err)
	cut.Store(false)
	w.must(slow.Close())
	after, err := w.store.Import(t.Context(), "shop", j.ID)
	if err != nil || after.Version != stored.Version {
		t.Errorf("the process that was taken for dead wrote %+v over %+v, %v", after, stored, err)
	}
}

// A second process leaves a job alone whose runner lives, and cancels it
// through the store.
func TestTwoProcesses(t *testing.T) {
	w := open(t)
	j := w.stand("reading")
	first := w.Service
	w.restart(nil)
	time.Sleep(20 * time.Millisecond)
	if other, err := w.Job(t.Context(), "shop", j.ID); err != nil || other.State != jobs.Reading {
		t.Errorf("%+v, %v", other, err)
	}
	cancelled, err := w.Cancel(t.Context(), "shop", j.ID)
	if err != nil || !cancelled.Cancelling {
		t.Errorf("%+v, %v", cancelled, err)
	}
	for range 500 { // the runner hears of it when it next says that it lives
		w.clock.Advance(5 * time.Second)
		if now, err := first.Job(t.Context(), "shop", j.ID); err != nil || now.State == jobs.Cancelled {
			w.must(err)
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Error("a job cannot be cancelled from another process")
}

func TestSoloWorksOnItsOwnOnly(t *testing.T) {
	w := open(t)
	left := w.stand("reading")
	w.must(w.Close())
	w.restart(func(o *intake.Options) { o.Solo = true })
	own := request(shopFile)
	own.Bot = "other"
	j, err := w.Submit(t.Context(), own)
	w.must(err)
	for range 2000 {
		if now, err := w.Job(t.Context(), "other", j.ID); err != nil || now.State == jobs.Ready {
			w.must(err)
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	if now, err := w.Job(t.Context(), "shop", left.ID); err != nil || now.State != jobs.Reading {
		t.Errorf("a command took up another's job: %+v, %v", now, err)
	}
}

func TestOldJobsLoseTheirFiles(t *testing.T) {
	w := open(t)
	j := w.submit(shopFile)
	w.wait(j.ID, jobs.Ready)
	w.clock.Advance(8 * 24 * time.Hour)
	w.wait(j.ID, jobs.Cancelled)
	if _, _, err := w.Problems(t.Context(), "shop", j.ID, intake.ProblemFilter{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("the report of an old job: %v", err)
	}
}

func TestServiceNeedsItsParts(t *testing.T) {
	if _, err := intake.New(intake.Options{}); !fault.Is(err, fault.Internal) {
		t.Errorf("got %v", err)
	}
	w := open(t)
	w.must(w.Close())
	if _, err := w.Submit(t.Context(), request(shopFile)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a closed service takes files: %v", err)
	}
}

func TestEncoderThatFails(t *testing.T) {
	w := open(t)
	w.hooks.embed = func(context.Context) error { return errors.New("a secret of the encoder") }
	j := w.submit(shopFile)
	failed := w.wait(j.ID, jobs.Failed)
	if failed.Code != fault.Internal || failed.Error == "" || len(w.articles()) != 0 {
		t.Errorf("%+v", failed)
	}
	w.hooks.embed = func(context.Context) error { return fault.New(fault.Unavailable, "编码器没有启动") }
	if failed := w.wait(w.submit(shopFile).ID, jobs.Failed); failed.Error != "编码器没有启动" {
		t.Errorf("%+v", failed)
	}
	w.hooks.embed = nil
	w.hooks.change = func(context.Context) error { return fault.New(fault.Unavailable, "磁盘满了") }
	j = w.submit(shopFile)
	w.wait(j.ID, jobs.Ready)
	_, err := w.Apply(t.Context(), "shop", j.ID, jobs.Choice{})
	w.must(err)
	if failed := w.wait(j.ID, jobs.Failed); failed.Error != "磁盘满了" || len(w.articles()) != 0 {
		t.Errorf("%+v", failed)
	}
}

var _ intake.Articles = kb.ArticleStore(nil)
