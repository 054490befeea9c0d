package kbtest_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

func TestPhraser(t *testing.T) {
	p := &kbtest.Phraser{}
	near := vector.Dot(kbtest.Embed("什么时候发货"), kbtest.Embed("什么时候能发货？"))
	far := vector.Dot(kbtest.Embed("什么时候发货"), kbtest.Embed("可以开专票吗"))
	if near < 0.7 || far > 0.4 {
		t.Errorf("near %v, far %v", near, far)
	}
	if self := vector.Dot(kbtest.Embed("发货"), kbtest.Embed("发货")); self < 0.999 || self > 1.001 {
		t.Errorf("the length of an embedding is %v", self)
	}
	if got := p.Terms("iPhone 15怎么退"); !slices.Equal(got, []string{"iphone", "15", "怎", "么", "退"}) {
		t.Errorf("terms %q", got)
	}
	if _, err := p.Phrase(t.Context(), ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("the empty text: %v", err)
	}
	if _, err := p.Phrase(t.Context(), "？"); err != nil || p.Encoded() != 1 {
		t.Errorf("a text without letters: %v, %d encoded", err, p.Encoded())
	}
}

func TestStore(t *testing.T) {
	s := kbtest.NewStore()
	stored, first, err := s.ChangeArticles(t.Context(), "b", kb.Change{Put: []kb.Article{{ID: "2", Question: "q"}, {ID: "1", Question: "q"}}})
	if err != nil || stored[0].Version != 1 || first.Number != 1 {
		t.Fatal(stored, first, err)
	}
	if _, _, err := s.ChangeArticles(t.Context(), "b", kb.Change{Put: []kb.Article{{ID: "1", Version: 7}}}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a stale version: %v", err)
	}
	all, err := s.Articles(t.Context(), "b")
	if err != nil || len(all) != 2 || all[0].ID != "1" {
		t.Errorf("%v, %v", all, err)
	}
	if _, r, err := s.ChangeArticles(t.Context(), "b", kb.Change{Delete: []string{"1", "9"}}); err != nil || r.Deleted != 1 {
		t.Errorf("deleted %+v, %v", r, err)
	}
	if _, err := s.Article(t.Context(), "b", "1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a deleted article: %v", err)
	}
	if err := s.PutEmbeddings(t.Context(), "e", map[string][]float32{"d": {1}}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Embeddings(t.Context(), "e", []string{"d", "x"})
	if err != nil || !cmp.Equal(got, map[string][]float32{"d": {1}}) || s.Cached("e") != 1 {
		t.Errorf("%v, %v", got, err)
	}
}
