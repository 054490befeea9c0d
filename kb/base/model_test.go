package base_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/kbtest"
)

// content are the fields of an article that people write.
var content = cmpopts.IgnoreFields(kb.Article{}, "Version", "UpdatedAt", "Bot")

// Any sequence of changes leaves the service, its store, a second service that
// refreshes and a third that starts afresh with the same articles.
func TestServiceAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		store := kbtest.NewStore()
		w, follower := open(t, store), open(t, store)
		state := map[string]kb.Article{}
		for range rapid.IntRange(1, 20).Draw(r, "steps") {
			id := fmt.Sprintf("a%d", rapid.IntRange(0, 6).Draw(r, "id"))
			a := kb.Article{
				ID: id, Question: id + "的问题" + rapid.StringOfN(rapid.SampledFrom([]rune("发货退款")), 0, 4, -1).Draw(r, "question"),
				Answer: rapid.SampledFrom([]string{"好", "不行", "看情况"}).Draw(r, "answer"),
			}
			for n := range rapid.IntRange(0, 3).Draw(r, "similar") {
				a.Similar = append(a.Similar, fmt.Sprintf("%s说法%d", id, n))
			}
			switch rapid.IntRange(0, 4).Draw(r, "op") {
			case 0:
				n, err := w.Delete(t.Context(), "b", []string{id})
				_, was := state[id]
				if err != nil || (n == 1) != was {
					r.Fatalf("deleted %d, was there %v, %v", n, was, err)
				}
				delete(state, id)
			case 1:
				var file bytes.Buffer
				if err := importer.Write(&file, importer.CSV, []kb.Article{a}); err != nil {
					r.Fatal(err)
				}
				report, err := w.Import(t.Context(), "b", importer.CSV, &file, false)
				if err != nil || report.Rejected != 0 || report.Added+report.Replaced+report.Unchanged != 1 {
					r.Fatalf("%+v, %v", report, err)
				}
				state[id] = a
			case 2:
				if err := follower.Refresh(t.Context(), "b"); err != nil {
					r.Fatal(err)
				}
			default:
				if _, err := w.Put(t.Context(), "b", []kb.Article{a}); err != nil {
					r.Fatal(err)
				}
				state[id] = a
			}
		}
		if err := follower.Refresh(t.Context(), "b"); err != nil {
			r.Fatal(err)
		}
		for name, s := range map[string]world{"itself": w, "a follower": follower, "a restart": open(t, store)} {
			list, next, err := s.List(t.Context(), "b", base.Filter{Limit: 200})
			if err != nil || next != "" {
				r.Fatal(next, err)
			}
			got := map[string]kb.Article{}
			for _, a := range list {
				got[a.ID] = a
			}
			if d := cmp.Diff(state, got, content, cmpopts.EquateEmpty()); d != "" {
				r.Fatalf("%s: %s", name, d)
			}
			for id, a := range state {
				for _, p := range a.Phrasings() {
					hits, err := s.Search(t.Context(), s.phraser.Query("b", p))
					if err != nil || len(hits) == 0 || hits[0].Article.ID != id {
						r.Fatalf("%s: %q finds %v, %v; want %s", name, p, hits, err, id)
					}
				}
			}
		}
	})
}

func TestIndexJobKeepsWhatItEncoded(t *testing.T) {
	store := kbtest.NewStore()
	w := open(t, store)
	var list []kb.Article
	for i := range 400 {
		list = append(list, kb.Article{ID: fmt.Sprint(i), Question: fmt.Sprintf("第%d个问题", i), Answer: fmt.Sprintf("答案%d", i)})
	}
	var n atomic.Int64
	w.phraser.Fail = func(string) error {
		if n.Add(1) > 600 {
			return errDisk
		}
		return nil
	}
	if _, err := w.Put(t.Context(), "b", list); err == nil {
		t.Fatal("an encoder that breaks down is not noticed")
	}
	if got := store.Cached("test-encoder"); got != 512 {
		t.Errorf("%d embeddings were kept of 600 made, want two batches of 256", got)
	}
	again := open(t, store)
	if _, err := again.Put(t.Context(), "b", list); err != nil {
		t.Fatal(err)
	}
	if got := again.phraser.Encoded(); got != 800-512 {
		t.Errorf("%d texts were encoded, want the 288 missing ones", got)
	}
}

func BenchmarkPut(b *testing.B) {
	w := open(b, kbtest.NewStore())
	put(b, w, "b", articles...)
	for i := 0; b.Loop(); i++ {
		put(b, w, "b", kb.Article{ID: "x", Question: fmt.Sprintf("第%d个问题", i%50), Answer: "答"})
	}
}
