package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/internal/store/storetest"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake"
	"github.com/yingda/yingda/kb/intake/jobs"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

// openImporting is an import of a command without the encoder; read stands before the reading.
func openImporting(ctx context.Context, t *testing.T, read func(context.Context) error) (importing, *store.Store, *bytes.Buffer) {
	t.Helper()
	db, p, ids := storetest.Open(t, clock.System{}), &kbtest.Phraser{}, ident.NewULID(clock.System{})
	index, err := hybrid.New(kbtest.Model(map[hybrid.Feature]float64{hybrid.Cosine: 12}), hybrid.Options{
		Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: p.EncoderID(),
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := base.New(base.Options{Store: db, Index: index, Phraser: p, Clock: clock.System{}, IDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	s, err := intake.New(intake.Options{
		Store: db, Articles: db, Base: b, Clock: clock.System{}, IDs: ids, Solo: true,
		Read: func(ctx context.Context, r io.Reader, o importer.Options) (importer.Table, error) {
			if err := read(ctx); err != nil {
				return importer.Table{}, err
			}
			return importer.ReadContext(ctx, r, o)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	job, err := s.Submit(t.Context(), intake.Request{Bot: "b", Source: jobs.Source{File: "a.csv"}, Body: []byte("问题,答案\n几天发货,两天\n怎么退,\n")})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	return importing{g: &globals{ctx: ctx, std: streams{in: strings.NewReader(""), out: &out, err: &out}}, s: s, bot: "b", id: job.ID}, db, &out
}

func TestInterruptedImportChangesNothing(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	i, db, out := openImporting(ctx, t, func(ctx context.Context) error {
		interrupt()
		<-ctx.Done()
		return ctx.Err()
	})
	_, err := i.follow("checking")
	if !errors.Is(err, context.Canceled) || !strings.Contains(out.String(), "nothing was changed") {
		t.Errorf("%v: %s", err, out)
	}
	if list, err := db.Articles(t.Context(), "b"); err != nil || len(list) != 0 {
		t.Errorf("%d articles, %v", len(list), err)
	}
	if j, err := i.s.Job(t.Context(), "b", i.id); err != nil || j.State != jobs.Cancelled {
		t.Errorf("%+v, %v", j, err)
	}
}

func TestImportIsShownAndWritten(t *testing.T) {
	i, db, out := openImporting(t.Context(), t, func(context.Context) error { return nil })
	job, err := i.follow("checking")
	if err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(t.TempDir(), "problems.csv")
	if err := (&kbImportCmd{File: "a.csv", Problems: report}).finish(i, job); !errors.Is(err, errLines) {
		t.Errorf("a rejected row is no failure: %v", err)
	}
	for _, want := range []string{"line 3 answer: error: ", "errors", "imported: 2 rows, 1 added, 0 replaced, 0 unchanged, 1 rejected (revision 1)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if b, err := os.ReadFile(report); err != nil || !strings.Contains(string(b), "答案不能为空") {
		t.Errorf("%s, %v", b, err)
	}
	if list, err := db.Articles(t.Context(), "b"); err != nil || len(list) != 1 {
		t.Errorf("%d articles, %v", len(list), err)
	}
}

func TestFilesAreWrittenWhole(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out.csv")
	if err := writeWhole(name, func(w io.Writer) error { _, err := io.WriteString(w, "first"); return err }); err != nil {
		t.Fatal(err)
	}
	broken := fault.New(fault.Unavailable, "no more")
	err := writeWhole(name, func(w io.Writer) error { return errors.Join(broken, second(io.WriteString(w, "half"))) })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "first" {
		t.Errorf("%q, %v", b, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if err := writeWhole(filepath.Join(dir, "none", "x"), func(io.Writer) error { return nil }); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestFormatOfName(t *testing.T) {
	for name, want := range map[string]importer.Format{"": importer.JSONL, "a.XLSX": importer.XLSX, "a.yml": importer.Rasa, "a.htm": importer.HTML, "a.md": importer.Markdown, "a.csv.bak": importer.JSONL} {
		if got := formatOfName(name); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}
