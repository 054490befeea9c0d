package base_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

// shadow is a Follower that remembers the questions.
type shadow map[string]string

func (s shadow) Put(bot string, articles []kb.Article) {
	for _, a := range articles {
		s[bot+"/"+a.ID] = a.Question
	}
}

func (s shadow) Delete(bot string, ids []string) {
	for _, id := range ids {
		delete(s, bot+"/"+id)
	}
}

func TestFollowerKeepsStep(t *testing.T) {
	store := kbtest.NewStore()
	writer := open(t, store)
	put(t, writer, "demo", articles...)
	following := shadow{}
	phraser := &kbtest.Phraser{}
	index, err := hybrid.New(model(), hybrid.Options{Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: phraser.EncoderID()})
	if err != nil {
		t.Fatal(err)
	}
	service, err := base.New(base.Options{Store: store, Index: index, Phraser: phraser, Clock: writer.clock, IDs: &ident.Sequence{}, Follower: following})
	if err != nil {
		t.Fatal(err)
	}
	w := world{Service: service, store: store, phraser: phraser, clock: writer.clock}
	same := func(when string) {
		t.Helper()
		stored, err := store.Articles(context.Background(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		want := shadow{}
		want.Put("demo", stored)
		if !maps.Equal(want, following) {
			t.Errorf("%s: the follower has %v, want %v", when, slices.Sorted(maps.Keys(following)), slices.Sorted(maps.Keys(want)))
		}
	}
	if err := w.Open(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	same("opened")
	put(t, w, "demo", kb.Article{ID: "gift", Question: "可以送礼盒吗", Answer: "可以"})
	same("put")
	if _, err := w.Delete(t.Context(), "demo", []string{"gift", "return"}); err != nil {
		t.Fatal(err)
	}
	same("deleted")
	put(t, writer, "demo", kb.Article{ID: "ship", Question: "改了的问题", Answer: "答"})
	if _, err := writer.Delete(t.Context(), "demo", []string{"invoice"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	same("changed by another process")
}
