package base_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/kbtest"
)

func TestImportIsAllOrNothing(t *testing.T) {
	w := open(t, kbtest.NewStore())
	var file strings.Builder
	file.WriteString("问题,答案\n")
	for i := range 1200 {
		fmt.Fprintf(&file, "第%d个问题,答案%d\n", i, i)
	}
	w.store.Fail = func(method string) error {
		if method == "ChangeArticles" {
			return errDisk
		}
		return nil
	}
	report, err := w.Import(t.Context(), "b", importer.CSV, strings.NewReader(file.String()), false)
	if !errors.Is(err, errDisk) || report.Added != 0 || report.Rows != 1200 {
		t.Errorf("%+v, %v", report, err)
	}
	if n, err := w.Count(t.Context(), "b"); err != nil || n != 0 {
		t.Errorf("%d articles of an import that failed, %v", n, err)
	}
	w.store.Fail = nil
	encoded := w.phraser.Encoded()
	report, err = w.Import(t.Context(), "b", importer.CSV, strings.NewReader(file.String()), false)
	if err != nil || report.Added != 1200 || w.phraser.Encoded() != encoded {
		t.Errorf("%+v, %v", report, err)
	}
	revisions, err := w.store.Revisions(t.Context(), "b", 0, 10)
	if err != nil || len(revisions) != 1 || revisions[0].Put != 1200 || revisions[0].Note == "" {
		t.Errorf("%+v, %v", revisions, err)
	}
	report, err = w.Import(t.Context(), "b", importer.CSV, strings.NewReader(file.String()), false)
	if err != nil || report.Unchanged != 1200 || report.Added+report.Replaced != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestImportKeepsWhatTheFileDoesNotSayAnythingOf(t *testing.T) {
	w := open(t, kbtest.NewStore())
	until := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	_, err := w.Put(t.Context(), "b", []kb.Article{{ID: "sale", Question: "有活动吗", Similar: []string{"打折吗"}, Answer: "有", Category: "活动", ValidUntil: &until}})
	if err != nil {
		t.Fatal(err)
	}
	report, err := w.Import(t.Context(), "b", importer.CSV, strings.NewReader("问题,答案\n有活动吗,五折\n"), false)
	if err != nil || report.Replaced != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	a, err := w.store.Articles(t.Context(), "b")
	if err != nil || len(a) != 1 || a[0].Answer != "五折" || a[0].Category != "活动" || len(a[0].Similar) != 1 || a[0].ValidUntil == nil {
		t.Errorf("%+v, %v", a, err)
	}
	report, err = w.Import(t.Context(), "b", importer.CSV, strings.NewReader("问题,答案,生效时间\n有活动吗,六折,2026-04-01\n"), false)
	if err != nil || report.Replaced != 0 || report.Rejected != 1 || report.Problems[0].Code != "bad_period" {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestEmbedCachesWhatItEncodes(t *testing.T) {
	w := open(t, kbtest.NewStore())
	texts := []string{"发货", "退货", "发货"}
	for i := range 600 {
		texts = append(texts, fmt.Sprintf("第%d个问题", i))
	}
	embed := func(ctx context.Context, stop int) ([][]float32, error) {
		var out [][]float32
		err := w.Embed(ctx, texts, func(i int, e []float32) error {
			if i == stop {
				return errDisk
			}
			if i != len(out) {
				t.Fatalf("text %d came after %d", i, len(out))
			}
			out = append(out, e)
			return nil
		})
		return out, err
	}
	if out, err := embed(t.Context(), 300); !errors.Is(err, errDisk) || len(out) != 300 {
		t.Errorf("%d embeddings, %v", len(out), err)
	}
	out, err := embed(t.Context(), -1)
	if err != nil || len(out) != len(texts) || w.phraser.Encoded() != 602 {
		t.Errorf("%d embeddings of %d texts, %d encoded, %v", len(out), len(texts), w.phraser.Encoded(), err)
	}
	if fmt.Sprint(out[0]) != fmt.Sprint(out[2]) || len(out[0]) == 0 {
		t.Error("the same text has two embeddings")
	}
	put(t, w, "b", kb.Article{ID: "a", Question: "第5个问题", Answer: "发货"})
	if got := w.phraser.Encoded(); got != 602 {
		t.Errorf("%d texts were encoded again", got-602)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := embed(ended, -1); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}
