package intake

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// applyTries is how often an application meets other changes of the base
// before it gives up.
const applyTries = 5

// staleError says that the base has changed in what a file touches.
type staleError struct {
	n  int
	id string
}

func (e *staleError) Error() string {
	return fmt.Sprintf("检查以后知识库里有 %d 条相关的知识被改动（如编号 %s），没有写入；请重新检查再写入", e.n, e.id)
}

// note is what the base's history says of a job; by its id a later process
// knows that the job was done.
func note(j jobs.Job) string {
	name := j.File
	if name == "" {
		name = "文件"
	}
	return fmt.Sprintf("导入 %s（任务 %s）", name, j.ID)
}

// apply writes what was chosen in one change of the base, unless that was done
// before.
func (r *run) apply() error {
	job := r.job()
	rows, err := part[Row](r.ctx, r.s.o.Store, job, jobs.PartRows)
	if err != nil {
		return err
	}
	if job.Choice == nil || job.Summary == nil {
		return fault.New(fault.Internal, "import %s is to be applied without a choice", job.ID)
	}
	put := toWrite(rows, *job.Choice)
	r.stage(jobs.StageStoring, 0, 1, len(put))
	if len(put) == 0 {
		r.wrote(kb.Revision{})
		return nil
	}
	for range applyTries {
		last, err := r.s.o.Articles.LastRevision(r.ctx, job.Bot)
		if err != nil {
			return err
		}
		if done, err := r.before(r.ctx, job); done || err != nil {
			return err
		}
		if last != job.Summary.Revision {
			if err := r.stale(job, put); err != nil {
				return err
			}
		}
		_, revision, err := r.s.o.Base.Change(r.ctx, job.Bot, kb.Change{Author: job.Author, Note: note(job), Put: put, Since: &last})
		if err == nil {
			r.wrote(revision)
			return nil
		}
		// It may have been written all the same: an index that failed, a
		// context that ended after the commit.
		after, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), 10*time.Second)
		done, lookErr := r.before(after, job)
		cancel()
		if done {
			return nil
		}
		if lookErr != nil || !fault.Is(err, fault.Conflict) {
			return errors.Join(err, lookErr)
		}
	}
	return &staleError{1, put[0].ID}
}

// wrote notes what was written; the run's end stores it.
func (r *run) wrote(revision kb.Revision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := &r.entry.Job
	j.Applied, j.Revision = revision.Put, revision.Number
	j.Done = j.Total
}

// before reports whether the base's history has the job already.
func (r *run) before(ctx context.Context, job jobs.Job) (bool, error) {
	r.mu.Lock()
	since := r.entry.Before
	r.mu.Unlock()
	want := note(job)
	for from := int64(0); ; {
		list, err := r.s.o.Articles.Revisions(ctx, job.Bot, from, 100)
		if err != nil {
			return false, err
		}
		for _, v := range list {
			if v.Number <= since {
				return false, nil
			}
			if strings.Contains(v.Note, job.ID) && v.Note == want {
				r.wrote(v)
				return true, nil
			}
			from = v.Number
		}
		if len(list) == 0 {
			return false, nil
		}
	}
}

// stale is a staleError when articles that the rows replace are not as they
// were checked, or there are new ones that the rows would double.
func (r *run) stale(job jobs.Job, put []kb.Article) error {
	articles, err := r.s.o.Articles.Articles(r.ctx, job.Bot)
	if err != nil {
		return err
	}
	now := newStock(articles)
	var out staleError
	for _, a := range put {
		stored, there := now.byID[a.ID]
		changed := stored.Version != a.Version // of a new article both are 0
		if id := now.byQuestion[a.Question]; !changed && !there && id != "" {
			stored = now.byID[id]
			changed = !stored.UpdatedAt.Before(job.Summary.CheckedAt)
		}
		if changed {
			out.n++
			out.id = a.ID
			if stored.ID != "" {
				out.id = stored.ID
			}
		}
	}
	if out.n > 0 {
		return &out
	}
	return nil
}
