package qdrant

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/indextest"
)

// wanted yields vectors without a fault.
func wanted(vs []kb.Vector) iter.Seq2[kb.Vector, error] {
	return func(yield func(kb.Vector, error) bool) {
		for _, v := range vs {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func reconcile(t *testing.T, x kb.Reconciler, vs []kb.Vector, want kb.Reconciliation) {
	t.Helper()
	got, err := x.Reconcile(t.Context(), "s", wanted(vs))
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

// holds checks that the index has exactly these vectors of bot s.
func holds(t *testing.T, x kb.VectorIndex, vs []kb.Vector) {
	t.Helper()
	hits, err := x.Search(t.Context(), "s", vs[0].Embedding, len(vs)+10)
	if err != nil {
		t.Fatal(err)
	}
	got, want := map[string]string{}, map[string]string{}
	for _, h := range hits {
		got[h.Key] = h.Owner
	}
	for _, v := range vs {
		want[v.Key] = v.Owner
	}
	if len(hits) != len(vs) || len(got) != len(want) {
		t.Fatalf("%d vectors with %d keys, want %d", len(hits), len(got), len(want))
	}
	for key, owner := range want {
		if got[key] != owner {
			t.Errorf("%s belongs to %q, want %q", key, got[key], owner)
		}
	}
}

func TestReconcile(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	vs := fill(t, x, 3000)
	if err := x.Upsert(t.Context(), []kb.Vector{{Key: "o#0", Owner: "o", Bot: "t", Embedding: vs[0].Embedding}}); err != nil {
		t.Fatal(err)
	}
	writes := len(f.requests("Points/Upsert")) + len(f.requests("Points/Delete"))
	reconcile(t, x, vs, kb.Reconciliation{Kept: 3000})
	if n := len(f.requests("Points/Upsert")) + len(f.requests("Points/Delete")); n != writes {
		t.Errorf("%d writes where nothing differs", n-writes)
	}
	want := slices.Clone(vs[:2500])                    // 500 strange
	want[3].Embedding = indextest.Random(source(9), 8) // another vector
	want[7].Owner = "o000000"                          // another owner
	for i := range 700 {                               // 700 missing
		want = append(want, kb.Vector{Key: "new#" + string(rune('a'+i%26)) + vs[i].Key, Owner: "new", Bot: "s", Embedding: vs[i].Embedding})
	}
	reconcile(t, x, want, kb.Reconciliation{Kept: 2498, Upserted: 702, Deleted: 500})
	holds(t, x, want)
	reconcile(t, x, want, kb.Reconciliation{Kept: 3200})
	if n, err := x.Len(t.Context(), "t"); n != 1 || err != nil {
		t.Errorf("another bot has %d vectors (%v), want its 1", n, err)
	}
	reconcile(t, x, nil, kb.Reconciliation{Deleted: 3200})
}

// Points that an earlier program wrote, without digests, are written again.
func TestReconcileOldPoints(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	vs := fill(t, x, 20)
	f.set(func(f *fake) {
		for _, p := range f.collections[x.Collection()].points {
			delete(p.payload, fieldDigest)
		}
	})
	reconcile(t, x, vs, kb.Reconciliation{Upserted: 20})
	reconcile(t, x, vs, kb.Reconciliation{Kept: 20})
}

// A batch that was half written is completed.
func TestReconcileAfterAHalfWrittenBatch(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	vs := fill(t, x, 600)
	f.set(func(f *fake) {
		n := 0
		for id := range f.collections[x.Collection()].points {
			if n++; n > 300 {
				delete(f.collections[x.Collection()].points, id)
			}
		}
	})
	reconcile(t, x, vs, kb.Reconciliation{Kept: 300, Upserted: 300})
	holds(t, x, vs)
}

func TestReconcileFaults(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	vs := fill(t, x, 300)
	boom := errors.New("the store is gone")
	broken := func(yield func(kb.Vector, error) bool) { _ = yield(vs[0], nil) && yield(kb.Vector{}, boom) }
	if _, err := x.Reconcile(t.Context(), "s", broken); !errors.Is(err, boom) {
		t.Errorf("%v, want what the store said", err)
	}
	holds(t, x, vs) // nothing is deleted before all is known
	for name, bad := range map[string][]kb.Vector{
		"twice":         {vs[0], vs[1], vs[0]},
		"another bot's": {{Key: "k", Owner: "o", Bot: "t", Embedding: vs[0].Embedding}},
		"dimension":     {{Key: "k", Owner: "o", Bot: "s", Embedding: vs[0].Embedding[:4]}},
	} {
		if _, err := x.Reconcile(t.Context(), "s", wanted(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want fault.Invalid", name, err)
		}
	}
	holds(t, x, vs)
	if _, err := x.Reconcile(t.Context(), "\xff", wanted(vs)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a bot that is not text: %v", err)
	}
	for _, method := range []string{"Points/Scroll", "Points/Upsert", "Points/Delete"} {
		failing(f, method, codes.Internal, 1)
		if _, err := x.Reconcile(t.Context(), "s", wanted(append(slices.Clone(vs[:250]), kb.Vector{Key: method, Owner: "o", Bot: "s", Embedding: vs[0].Embedding}))); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s fails: %v, want fault.Unavailable", method, err)
		}
	}
}

func TestExamine(t *testing.T) {
	f := startFake(t)
	look := func() (Condition, error) {
		return Examine(t.Context(), encoder, 8, Options{Addr: "qdrant.test", Dial: f.dial, Retries: -1})
	}
	if c, err := look(); err != nil || c.Exists || c.Version != "1.17.1" || c.Collection == "" {
		t.Errorf("a fresh server: %+v, %v", c, err)
	}
	if n := len(f.requests("Collections/Create")); n != 0 {
		t.Error("the look made a collection")
	}
	x := openOn(t, f, 8)
	fill(t, x, 50)
	if c, err := look(); err != nil || !c.Exists || c.Points < 50 || c.Collection != x.Collection() {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := Examine(t.Context(), encoder, 16, Options{Addr: "qdrant.test", Dial: f.dial}); !fault.Is(err, fault.Conflict) {
		t.Errorf("another dimension: %v, want fault.Conflict", err)
	}
	f.set(func(f *fake) { f.down = true })
	if _, err := look(); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a server that is down: %v, want fault.Unavailable", err)
	}
	if _, err := Examine(t.Context(), "", 8, Options{Addr: "a:1"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no encoder: %v", err)
	}
}

func TestReconcileOnAServer(t *testing.T) {
	x := openReal(t, realServer(t), 8)
	vs := fill(t, x, 700)
	want := append(slices.Clone(vs[:600]), kb.Vector{Key: "new#0", Owner: "new", Bot: "s", Embedding: vs[0].Embedding})
	reconcile(t, x, want, kb.Reconciliation{Kept: 600, Upserted: 1, Deleted: 100})
	reconcile(t, x, want, kb.Reconciliation{Kept: 601})
	holds(t, x, want)
}

func BenchmarkReconcile(b *testing.B) {
	engines(b, 5000, func(b *testing.B, x *Index) {
		vs := fill(b, x, 5000)
		for b.Loop() {
			if r, err := x.Reconcile(context.Background(), "s", wanted(vs)); err != nil || r.Kept != 5000 {
				b.Fatalf("%+v, %v", r, err)
			}
		}
	})
}
