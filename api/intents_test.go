package api_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/head"
	"github.com/yingda/yingda/nlu/report"
	"github.com/yingda/yingda/nlu/training"
)

// fakeTraining keeps what it is given.
type fakeTraining struct {
	mu       sync.Mutex
	requests []training.Request
	active   []string
}

func (f *fakeTraining) Submit(r training.Request) (training.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := r.Check(); err != nil {
		return training.Job{}, err
	}
	if len(f.requests) == 2 {
		return training.Job{}, fault.New(fault.Busy, "训练任务太多")
	}
	f.requests = append(f.requests, r)
	return training.Job{ID: "job_1", Name: r.Name, State: training.Waiting, Examples: len(r.Examples), Activate: r.Activate}, nil
}

func (f *fakeTraining) Job(bot, name, id string) (training.Job, error) {
	if bot != "demo" || id != "job_1" {
		return training.Job{}, fault.New(fault.NotFound, "没有这个训练任务")
	}
	return training.Job{ID: id, Name: name, State: training.Done, Progress: 1, Findings: &report.Findings{}}, nil
}

func (f *fakeTraining) Jobs(string, string) []training.Job { return nil }

func (f *fakeTraining) Cancel(bot, name, id string) (training.Job, error) {
	j, err := f.Job(bot, name, id)
	j.State = training.Cancelled
	return j, err
}

func (f *fakeTraining) Versions(string, string) ([]head.Version, error) {
	return []head.Version{{ID: "intent-1", Active: true, Labels: 3}}, nil
}

func (f *fakeTraining) Activate(bot, name, id string) error {
	if id == "gone" {
		return fault.New(fault.NotFound, "没有版本 gone")
	}
	f.active = append(f.active, bot+"/"+name+"/"+id)
	return nil
}

func (f *fakeTraining) Rollback(string, string) (string, error) { return head.Below, nil }

func (f *fakeTraining) Report(_, _, id string) ([]byte, error) {
	if id == "broken" {
		return []byte("{"), nil
	}
	return []byte(`{"examples":7,"few_examples":[{"label":"x","examples":2}]}`), nil
}

func (f *fakeTraining) Compare(_ context.Context, _, _, a, b string, list []head.Example, _ []int) (report.Comparison, error) {
	return report.Comparison{Examples: len(list), A: report.Scores{ID: a}, B: report.Scores{ID: b}, Verdict: "same"}, nil
}

func withTraining(t *testing.T) (*fixture, *fakeTraining) {
	fake := &fakeTraining{}
	return open(t, func(o *api.Options) { o.Training = fake }), fake
}

const labelled = "{\"text\":\"我要退货\",\"intent\":\"return\"}\n{\"text\":\"到哪了\",\"intent\":\"track\"}\n"

func TestTrainIntents(t *testing.T) {
	f, fake := withTraining(t)
	key := f.keys[auth.Trainer]
	path := "/v1/intents/intent/jobs"
	a := f.wants(f.call("POST", path+"?format=jsonl&activate=true&balance=0.5", key, labelled, "Content-Type", "application/octet-stream", "Idempotency-Key", "k1"), 202)
	if job := read[training.Job](f, a); job.ID != "job_1" || job.State != training.Waiting || job.Examples != 2 {
		t.Errorf("%+v", job)
	}
	again := f.wants(f.call("POST", path+"?format=jsonl&activate=true&balance=0.5", key, labelled, "Content-Type", "application/octet-stream", "Idempotency-Key", "k1"), 202)
	if again.body != a.body || len(fake.requests) != 1 {
		t.Errorf("the same request again: %s, %d jobs", again.body, len(fake.requests))
	}
	if r := fake.requests[0]; r.Bot != "demo" || r.Name != "intent" || !r.Activate || r.Balance != .5 || r.Examples[1].Label != "track" || r.Lines[1] != 2 {
		t.Errorf("%+v", r)
	}
	f.wants(f.call("POST", "/v1/intents/my-own/jobs?format=csv", key, "消息,意图\na,x\nb,y\n"), 202)
	busy := f.call("POST", path+"?format=jsonl", key, labelled)
	f.problem(busy, 503, fault.Busy)
	if busy.header.Get("Retry-After") == "" {
		t.Error("a full queue does not say when to come back")
	}
}

func TestTrainIntentsRefuses(t *testing.T) {
	f, _ := withTraining(t)
	key := f.keys[auth.Trainer]
	p := f.problem(f.call("POST", "/v1/intents/intent/jobs?format=jsonl", key, labelled+"{\n{\"text\":\"a\"}\n"), 422, fault.Invalid)
	if len(p.Errors) != 2 || p.Errors[0].Location != "line 3" || p.Errors[1].Location != "line 4" {
		t.Errorf("%+v", p.Errors)
	}
	for _, c := range []struct{ path, body string }{
		{"/v1/intents/intent/jobs?format=xml", labelled},
		{"/v1/intents/intent/jobs", labelled},
		{"/v1/intents/intent/jobs?format=csv", "a,b\n"},
		{"/v1/intents/In%20tent/jobs?format=jsonl", labelled},
		{"/v1/intents/risk/jobs?format=jsonl", labelled},
		{"/v1/intents/intent/jobs?format=jsonl&balance=3", labelled},
	} {
		f.problem(f.call("POST", c.path, key, c.body), 422, fault.Invalid)
	}
	large := strings.Repeat(labelled, 30_000) // over the bound of other bodies
	f.wants(f.call("POST", "/v1/intents/intent/jobs?format=jsonl", key, large), 202)
	f.problem(f.call("POST", "/v1/intents/intent/compare?format=jsonl", key, large), 413, fault.TooLarge)
}

func TestTrainingJobsAndVersions(t *testing.T) {
	f, fake := withTraining(t)
	key := f.keys[auth.Trainer]
	if j := read[training.Job](f, f.wants(f.call("GET", "/v1/intents/intent/jobs/job_1", key, nil), 200)); j.State != training.Done || j.Findings == nil {
		t.Errorf("%+v", j)
	}
	f.problem(f.call("GET", "/v1/intents/intent/jobs/job_2", key, nil), 404, fault.NotFound)
	if j := read[training.Job](f, f.wants(f.call("DELETE", "/v1/intents/intent/jobs/job_1", key, nil), 200)); j.State != training.Cancelled {
		t.Errorf("%+v", j)
	}
	if a := f.wants(f.call("GET", "/v1/intents/intent/jobs", key, nil), 200); !strings.Contains(a.body, `"jobs":[]`) {
		t.Errorf("no jobs: %s", a.body)
	}
	if a := f.wants(f.call("GET", "/v1/intents/intent/versions", key, nil), 200); !strings.Contains(a.body, `"id":"intent-1"`) {
		t.Errorf("versions: %s", a.body)
	}
	if a := f.wants(f.call("GET", "/v1/intents/intent/versions/intent-1/report", key, nil), 200); !strings.Contains(a.body, `"label":"x"`) {
		t.Errorf("report: %s", a.body)
	}
	f.problem(f.call("GET", "/v1/intents/intent/versions/broken/report", key, nil), 500, fault.Internal)
	f.wants(f.call("POST", "/v1/intents/intent/activate", key, map[string]any{"version": "intent-1"}), 200)
	if len(fake.active) != 1 || fake.active[0] != "demo/intent/intent-1" {
		t.Errorf("activated %v", fake.active)
	}
	f.problem(f.call("POST", "/v1/intents/intent/activate", key, map[string]any{"version": "gone"}), 404, fault.NotFound)
	f.problem(f.call("POST", "/v1/intents/intent/activate", key, map[string]any{}), 422, fault.Invalid)
	if a := f.wants(f.call("POST", "/v1/intents/intent/rollback", key, nil), 200); !strings.Contains(a.body, `"version":"-"`) {
		t.Errorf("rolled back: %s", a.body)
	}
	c := read[report.Comparison](f, f.wants(f.call("POST", "/v1/intents/intent/compare?format=jsonl&a=intent-1&b=-", key, labelled), 200))
	if c.A.ID != "intent-1" || c.B.ID != "-" || c.Examples != 2 {
		t.Errorf("%+v", c)
	}
}

func TestTrainingIsForTrainers(t *testing.T) {
	f, _ := withTraining(t)
	for _, route := range []struct{ method, path string }{
		{"POST", "/jobs?format=jsonl"}, {"GET", "/jobs"}, {"GET", "/jobs/job_1"}, {"DELETE", "/jobs/job_1"}, {"GET", "/versions"},
		{"GET", "/versions/x/report"}, {"POST", "/activate"}, {"POST", "/rollback"}, {"POST", "/compare?format=jsonl"},
	} {
		path := "/v1/intents/intent" + route.path
		f.problem(f.call(route.method, path, "", nil), 401, fault.Unauthenticated)
		for _, role := range []auth.Role{auth.Visitor, auth.Agent, auth.Service} {
			f.problem(f.call(route.method, path, f.keys[role], nil), 403, fault.Forbidden)
		}
	}
	without := open(t, nil)
	without.problem(without.call("GET", "/v1/intents/intent/versions", without.keys[auth.Trainer], nil), 404, fault.NotFound)
}
