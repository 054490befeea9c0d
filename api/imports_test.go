package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake"
	"github.com/yingda/yingda/kb/intake/jobs"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

// door is what the API needs, of two services.
type door struct {
	*intake.Service
	base *base.Service
}

func (d door) Export(ctx context.Context, bot string, format importer.Format, w io.Writer) error {
	return d.base.Export(ctx, bot, format, w)
}

// withImports adds real imports to a server.
func withImports(t *testing.T) func(*options) {
	return func(o *options) {
		db := o.Directory.(*store.Store)
		p := &kbtest.Phraser{}
		index, err := hybrid.New(kbtest.Model(map[hybrid.Feature]float64{hybrid.Cosine: 12}), hybrid.Options{
			Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: p.EncoderID(),
		})
		if err != nil {
			t.Fatal(err)
		}
		ids := ident.NewULID(clock.System{})
		b, err := base.New(base.Options{Store: db, Index: index, Phraser: p, Clock: o.Clock, IDs: ids})
		if err != nil {
			t.Fatal(err)
		}
		s, err := intake.New(intake.Options{Store: db, Articles: db, Base: b, Clock: o.Clock, IDs: ids})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		o.Imports = door{s, b}
	}
}

func (f *fixture) waitImport(id string, want jobs.State) jobs.Job {
	f.Helper()
	for range 2000 {
		j := read[jobs.Job](f, f.wants(f.call("GET", "/v1/imports/"+id, f.keys[auth.Trainer], nil), 200))
		if j.State == want {
			return j
		}
		time.Sleep(2 * time.Millisecond)
	}
	f.Fatalf("the import does not become %s", want)
	return jobs.Job{}
}

func (f *fixture) upload(query, file string) answer {
	f.Helper()
	return f.call("POST", "/v1/imports?"+query, f.keys[auth.Trainer], file, "Content-Type", "application/octet-stream")
}

func TestImportOverTheAPI(t *testing.T) {
	f := open(t, withImports(t))
	key := f.keys[auth.Trainer]
	mapping := url.QueryEscape(`{"客户怎么问":"question"}`)
	submitted := read[jobs.Job](f, f.wants(f.upload("name=售后.csv&format=csv&mapping="+mapping, "客户怎么问,答案\n几天发货,两天\n怎么退,\n能开票吗,能\n"), 202))
	if submitted.State != jobs.Waiting || submitted.File != "售后.csv" || submitted.Author != "测试" {
		t.Errorf("%+v", submitted)
	}
	path := "/v1/imports/" + submitted.ID
	checked := f.waitImport(submitted.ID, jobs.Ready)
	if s := checked.Summary; s == nil || s.Rows != 3 || s.Added != 2 || s.Rejected != 1 || checked.Progress != 1 {
		t.Errorf("%+v", checked)
	}
	rows := read[struct {
		Rows  []intake.Row
		Total int
	}](f, f.wants(f.call("GET", path+"/rows?outcome=add&limit=1&offset=1", key, nil), 200))
	if rows.Total != 2 || len(rows.Rows) != 1 || rows.Rows[0].Article.Question != "能开票吗" || rows.Rows[0].Number != 2 {
		t.Errorf("%+v", rows)
	}
	problems := read[struct {
		Problems []intake.Problem
		Total    int
	}](f, f.wants(f.call("GET", path+"/problems?severity=error", key, nil), 200))
	if problems.Total != 1 || problems.Problems[0].Line != 3 || problems.Problems[0].Mend == "" {
		t.Errorf("%+v", problems)
	}
	file := f.wants(f.call("GET", path+"/problems.csv", key, nil), 200)
	if !strings.Contains(file.body, "问题说明") || !strings.HasPrefix(file.header.Get("Content-Type"), "text/csv") {
		t.Errorf("%q %v", file.body, file.header)
	}
	f.problem(f.call("POST", path+"/apply", key, map[string]any{"rows": []int{7}, "on_conflict": "skip"}), 422, fault.Invalid)
	f.wants(f.call("POST", path+"/apply", key, map[string]any{"rows": []int{2}, "on_conflict": "replace"}), 202)
	done := f.waitImport(submitted.ID, jobs.Done)
	if done.Applied != 1 || done.Revision != 1 || done.Choice == nil || done.Choice.Rows[0] != 2 {
		t.Errorf("%+v", done)
	}
	f.problem(f.call("POST", path+"/apply", key, map[string]any{"on_conflict": "replace"}), 409, fault.Conflict)
	f.problem(f.call("POST", path+"/check", key, nil), 409, fault.Conflict)
	listed := read[struct{ Jobs []jobs.Job }](f, f.wants(f.call("GET", "/v1/imports", key, nil), 200))
	if len(listed.Jobs) != 1 || listed.Jobs[0].State != jobs.Done {
		t.Errorf("%+v", listed)
	}
	events := f.wants(f.call("GET", path+"/events", key, nil), 200)
	if !strings.Contains(events.body, "event: job\ndata: {") || !strings.Contains(events.body, `"state":"done"`) {
		t.Errorf("%q", events.body)
	}
	f.problem(f.call("GET", "/v1/imports/none/events", key, nil), 404, fault.NotFound)
	f.problem(f.call("GET", "/v1/imports/none", key, nil), 404, fault.NotFound)

	exported := f.wants(f.call("GET", "/v1/articles/export?format=csv", key, nil), 200)
	if table, err := importer.Read(strings.NewReader(exported.body), importer.Options{Format: importer.CSV}); err != nil || len(table.Rows) != 1 {
		t.Errorf("%+v, %v", table, err)
	}
}

func TestImportIsCancelledOverTheAPI(t *testing.T) {
	f := open(t, withImports(t))
	key := f.keys[auth.Trainer]
	j := read[jobs.Job](f, f.wants(f.upload("", "问题,答案\n几天发货,两天\n"), 202))
	f.waitImport(j.ID, jobs.Ready)
	again := read[jobs.Job](f, f.wants(f.call("POST", "/v1/imports/"+j.ID+"/check", key, nil), 202))
	if again.State != jobs.Waiting {
		t.Errorf("%+v", again)
	}
	f.waitImport(j.ID, jobs.Ready)
	gone := read[jobs.Job](f, f.wants(f.call("DELETE", "/v1/imports/"+j.ID, key, nil), 200))
	if gone.State != jobs.Cancelled {
		t.Errorf("%+v", gone)
	}
	f.problem(f.call("POST", "/v1/imports/"+j.ID+"/apply", key, map[string]any{"on_conflict": "replace"}), 409, fault.Conflict)
}

func TestImportInput(t *testing.T) {
	f := open(t, withImports(t))
	key := f.keys[auth.Trainer]
	f.problem(f.upload("", ""), 400, fault.Invalid)
	f.problem(f.upload("format=exe", "x"), 422, fault.Invalid)
	f.problem(f.upload("mapping=no", "x"), 422, fault.Invalid)
	f.problem(f.call("POST", "/v1/imports", f.keys[auth.Agent], "x", "Content-Type", "application/octet-stream"), 403, fault.Forbidden)
	f.problem(f.call("GET", "/v1/articles/export?format=exe", key, nil), 422, fault.Invalid)
	small := open(t, func(o *options) { withImports(t)(o); o.MaxImport = 100 })
	small.problem(small.upload("", strings.Repeat("长", 100)), 413, fault.TooLarge)
	one := read[jobs.Job](f, f.wants(f.call("POST", "/v1/imports", key, "问题,答案\na1,b\n", "Idempotency-Key", "k"), 202))
	two := read[jobs.Job](f, f.wants(f.call("POST", "/v1/imports", key, "问题,答案\na1,b\n", "Idempotency-Key", "k"), 202))
	if one.ID != two.ID {
		t.Errorf("a repeated upload makes another job: %s, %s", one.ID, two.ID)
	}
	f.waitImport(one.ID, jobs.Ready)
}

func TestPreviewAndFiles(t *testing.T) {
	f := open(t, withImports(t))
	key := f.keys[auth.Trainer]
	p := read[struct {
		Tables []importer.Preview
		Fields []string
	}](f, f.wants(f.call("POST", "/v1/imports/headings?format=csv", key, "客户怎么问,答案\n几天发货,两天\n", "Content-Type", "application/octet-stream"), 200))
	if len(p.Tables) != 1 || p.Tables[0].Ready || len(p.Tables[0].Headings) != 2 || p.Tables[0].Headings[1].Field != "answer" || len(p.Fields) == 0 {
		t.Errorf("%+v", p)
	}
	for _, format := range importer.Formats() {
		a := f.wants(f.call("GET", "/v1/articles/template?format="+string(format), key, nil), 200)
		_, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
		if err != nil || !strings.HasPrefix(params["filename"], "知识导入模板.") {
			t.Errorf("%s: %q, %v", format, a.header.Get("Content-Disposition"), err)
		}
		// A template has its examples alone, which an import leaves out.
		if _, err := importer.Read(bytes.NewReader([]byte(a.body)), importer.Options{Format: format}); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", format, err)
		}
		if a := f.wants(f.call("GET", "/v1/articles/export?format="+string(format), key, nil), 200); a.header.Get("Content-Type") == "" {
			t.Errorf("%s has no type", format)
		}
	}
}

// brokenImports fails.
type brokenImports struct{ api.Imports }

var errBroken = errors.New("the secret path of the database")

func (brokenImports) Job(context.Context, string, string) (jobs.Job, error) {
	return jobs.Job{}, errBroken
}

func (brokenImports) Jobs(context.Context, string) ([]jobs.Job, error) { return nil, errBroken }

func (brokenImports) Problems(context.Context, string, string, intake.ProblemFilter) ([]intake.Problem, int, error) {
	return nil, 0, errBroken
}

func (brokenImports) Rows(context.Context, string, string, intake.RowFilter) ([]intake.Row, int, error) {
	return nil, 0, errBroken
}

func (brokenImports) WriteProblems(context.Context, string, string, io.Writer) error {
	return errBroken
}

func (brokenImports) Export(context.Context, string, importer.Format, io.Writer) error {
	return errBroken
}

func TestImportFailuresKeepTheirSecrets(t *testing.T) {
	f := open(t, func(o *options) { o.Imports = brokenImports{} })
	for _, path := range []string{"/v1/imports", "/v1/imports/a", "/v1/imports/a/rows", "/v1/imports/a/problems", "/v1/imports/a/problems.csv", "/v1/imports/a/events", "/v1/articles/export"} {
		p := f.problem(f.call("GET", path, f.keys[auth.Trainer], nil), http.StatusInternalServerError, fault.Internal)
		if strings.Contains(p.Detail, "secret") {
			t.Errorf("%s tells: %s", path, p.Detail)
		}
	}
	without := open(t, nil)
	without.problem(without.call("GET", "/v1/imports", without.keys[auth.Trainer], nil), 404, fault.NotFound)
}
