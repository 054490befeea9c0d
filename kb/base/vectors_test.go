package base_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

// run is one run of the program, with its vectors.
type run struct {
	world
	vectors   *vector.Index
	snapshots *vector.Snapshots
}

// start opens a run on a store whose snapshots are in dir.
func start(t testing.TB, store *kbtest.Store, dir string, phraser *kbtest.Phraser, log io.Writer) run {
	t.Helper()
	r := run{world: world{store: store, phraser: phraser, clock: clock.NewFake(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))}}
	r.vectors = vector.New(kbtest.Dimension, vector.Options{})
	m := model()
	m.Encoder = phraser.EncoderID()
	index, err := hybrid.New(m, hybrid.Options{Vectors: r.vectors, Encoder: phraser.EncoderID()})
	if err != nil {
		t.Fatal(err)
	}
	r.snapshots, err = vector.NewSnapshots(r.vectors, vector.SnapshotOptions{
		Dir: dir, Encoder: phraser.EncoderID(), Clock: r.clock, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.stop(t) })
	r.Service, err = base.New(base.Options{Store: store, Index: index, Phraser: phraser, Clock: r.clock, IDs: &ident.Sequence{}, Snapshots: r.snapshots})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r run) stop(t testing.TB) {
	t.Helper()
	if err := r.snapshots.Close(); err != nil {
		t.Error(err)
	}
}

// everything is what a search says of several questions, scores and all.
func (r run) everything(t testing.TB) [][]kb.Hit {
	t.Helper()
	var out [][]kb.Hit
	for _, text := range []string{"多久能寄出", "怎么开发票", "不想要了", "商品产地在哪里", "付款后多少小时内发出"} {
		q := r.phraser.Query("demo", text)
		hits, err := r.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, hits)
	}
	return out
}

var errNoEmbeddings = errors.New("embeddings were asked for")

// noEmbeddings makes the store fail when it is asked for embeddings.
func noEmbeddings(store *kbtest.Store) {
	store.Fail = func(method string) error {
		if method == "Embeddings" {
			return errNoEmbeddings
		}
		return nil
	}
}

func TestAStartTakesTheVectorsFromTheSnapshot(t *testing.T) {
	store, dir := kbtest.NewStore(), t.TempDir()
	var log strings.Builder
	first := start(t, store, dir, &kbtest.Phraser{}, &log)
	put(t, first.world, "demo", articles...)
	changed := articles[0]
	changed.Similar = changed.Similar[:1]
	put(t, first.world, "demo", changed)
	if _, err := first.Delete(t.Context(), "demo", []string{"return"}); err != nil {
		t.Fatal(err)
	}
	want := first.everything(t)
	first.stop(t)

	noEmbeddings(store)
	second := start(t, store, dir, &kbtest.Phraser{}, &log)
	if err := second.Open(t.Context(), "demo"); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	if d := cmp.Diff(want, second.everything(t)); d != "" {
		t.Errorf("restored from the snapshot, searches say something else:\n%s", d)
	}
	store.Fail = nil
	put(t, second.world, "demo", kb.Article{ID: "origin", Question: "商品产地在哪里", Answer: "云南。"})
	want = second.everything(t)
	second.stop(t)

	noEmbeddings(store)
	third := start(t, store, dir, &kbtest.Phraser{}, &log)
	if d := cmp.Diff(want, third.everything(t)); d != "" {
		t.Errorf("after a change on top of a snapshot:\n%s", d)
	}
}

func TestSnapshotsOfAnotherStateAreLeftAside(t *testing.T) {
	store, dir := kbtest.NewStore(), t.TempDir()
	first := start(t, store, dir, &kbtest.Phraser{}, io.Discard)
	put(t, first.world, "demo", articles...)
	first.stop(t)

	// Another program changes the articles meanwhile.
	other := open(t, store)
	changed := articles[1]
	changed.Question, changed.Similar = "商品产地在哪里", nil
	put(t, other, "demo", changed)

	var log strings.Builder
	second := start(t, store, dir, &kbtest.Phraser{}, &log)
	if got := best(t, second.world, "demo", "商品产地在哪里"); got != "invoice" {
		t.Errorf("found %q after a change that the snapshot missed", got)
	}
	if !strings.Contains(log.String(), "indexed anew") {
		t.Errorf("the log says nothing: %s", log.String())
	}
	second.stop(t)

	// Another encoder.
	log.Reset()
	third := start(t, store, dir, &kbtest.Phraser{ID: "another"}, &log)
	if got := best(t, third.world, "demo", "商品产地在哪里"); got != "invoice" || !strings.Contains(log.String(), "another") {
		t.Errorf("found %q with another encoder: %s", got, log.String())
	}
	third.stop(t)

	// Another store with as many revisions.
	fresh := kbtest.NewStore()
	fourth := start(t, fresh, dir, &kbtest.Phraser{ID: "another"}, io.Discard)
	put(t, fourth.world, "demo", articles[:1]...)
	put(t, fourth.world, "demo", articles[2])
	fifth := start(t, fresh, dir, &kbtest.Phraser{ID: "another"}, io.Discard)
	if got := best(t, fifth.world, "demo", "如何退货"); got != "return" {
		t.Errorf("found %q in another store", got)
	}
}

// lasting is a vector index that outlives its process: it is what a server is.
type lasting struct {
	*vector.Index
	held  map[string]kb.Vector
	ready bool // false: down
	asked int
}

func (l *lasting) Upsert(ctx context.Context, vs []kb.Vector) error {
	for _, v := range vs {
		l.held[v.Key] = v
	}
	return l.Index.Upsert(ctx, vs)
}

func (l *lasting) Reconcile(ctx context.Context, bot string, want iter.Seq2[kb.Vector, error]) (done kb.Reconciliation, err error) {
	l.asked++
	if !l.ready {
		return kb.Reconciliation{Deferred: true}, nil
	}
	seen := map[string]bool{}
	for v, err := range want {
		if err != nil {
			return done, err
		}
		seen[v.Key] = true
		if old, ok := l.held[v.Key]; ok && cmp.Equal(old, v) {
			done.Kept++
			continue
		}
		done.Upserted++
		if err := l.Upsert(ctx, []kb.Vector{v}); err != nil {
			return done, err
		}
	}
	for key, v := range l.held {
		if !seen[key] {
			done.Deleted++
			delete(l.held, key)
			if err := l.Index.Delete(ctx, bot, []string{v.Owner}); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

func onServer(t *testing.T, store *kbtest.Store, l *lasting) world {
	t.Helper()
	w := world{store: store, phraser: &kbtest.Phraser{}, clock: clock.NewFake(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))}
	index, err := hybrid.New(model(), hybrid.Options{Vectors: l, Encoder: w.phraser.EncoderID()})
	if err != nil {
		t.Fatal(err)
	}
	w.Service, err = base.New(base.Options{Store: store, Index: index, Phraser: w.phraser, Clock: w.clock, IDs: &ident.Sequence{}, Reconciler: l})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestReconcile(t *testing.T) {
	store := kbtest.NewStore()
	server := &lasting{Index: vector.New(kbtest.Dimension, vector.Options{}), held: map[string]kb.Vector{}, ready: true}
	first := onServer(t, store, server)
	put(t, first, "demo", articles...)
	if r, err := first.Reconcile(t.Context(), "demo"); err != nil || r != (kb.Reconciliation{Kept: 10}) {
		t.Errorf("after a change: %+v, %v; want all 10 kept", r, err)
	}
	// While no program runs, one vector is lost and a strange one comes.
	for key := range server.held {
		delete(server.held, key)
		break
	}
	strange := kb.Vector{Key: "gone#0", Owner: "gone", Bot: "demo", Embedding: kbtest.Embed("没有这一条")}
	if err := server.Upsert(t.Context(), []kb.Vector{strange}); err != nil {
		t.Fatal(err)
	}
	second := onServer(t, store, server)
	if got := best(t, second, "demo", "多久可以寄出"); got != "ship" || len(server.held) != 10 {
		t.Errorf("found %q; the server holds %d vectors, want 10", got, len(server.held))
	}
	if _, there := server.held["gone#0"]; there {
		t.Error("the strange vector is still there")
	}
	if second.phraser.Encoded() != 0 {
		t.Errorf("%d texts were encoded again", second.phraser.Encoded())
	}
	r, err := second.Reconcile(t.Context(), "demo")
	if err != nil || r != (kb.Reconciliation{Kept: 10}) {
		t.Errorf("%+v, %v; want all 10 kept", r, err)
	}
	if r, err := onServer(t, store, server).Reconcile(t.Context(), "demo"); err != nil || r.Kept != 10 {
		t.Errorf("of a bot that was not open: %+v, %v", r, err)
	}
}

func TestOpenWhileTheServerIsDown(t *testing.T) {
	store := kbtest.NewStore()
	put(t, open(t, store), "demo", articles...)
	server := &lasting{Index: vector.New(kbtest.Dimension, vector.Options{}), held: map[string]kb.Vector{}}
	w := onServer(t, store, server)
	if err := w.Open(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	if a, err := w.Get(t.Context(), "demo", "ship"); err != nil || a.ID != "ship" {
		t.Errorf("%+v, %v", a, err)
	}
	if r, err := w.Reconcile(t.Context(), "demo"); err != nil || !r.Deferred {
		t.Errorf("%+v, %v; want it deferred", r, err)
	}
	server.ready = true
	if r, err := w.Reconcile(t.Context(), "demo"); err != nil || r.Upserted != 10 {
		t.Errorf("%+v, %v; want 10 upserted", r, err)
	}
	if got := best(t, w, "demo", "多久可以寄出"); got != "ship" {
		t.Errorf("caught up, and found %q", got)
	}
}

func TestReconcileFaults(t *testing.T) {
	store := kbtest.NewStore()
	w := open(t, store)
	put(t, w, "demo", articles...)
	if _, err := w.Reconcile(t.Context(), "demo"); !fault.Is(err, fault.Unsupported) {
		t.Errorf("vectors in memory: %v, want fault.Unsupported", err)
	}
	server := &lasting{Index: vector.New(kbtest.Dimension, vector.Options{}), held: map[string]kb.Vector{}, ready: true}
	s := onServer(t, store, server)
	if err := s.Open(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	noEmbeddings(store)
	if _, err := s.Reconcile(t.Context(), "demo"); !errors.Is(err, errNoEmbeddings) {
		t.Errorf("%v, want what the store said", err)
	}
	if len(server.held) != 10 {
		t.Errorf("the server holds %d vectors, want the 10 of before", len(server.held))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	unlock := hold(t, s)
	defer unlock()
	if _, err := s.Reconcile(ended, "demo"); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

// hold keeps the bot's changes waiting until the returned function is called.
func hold(t *testing.T, w world) func() {
	t.Helper()
	entered, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
	w.store.Fail = func(method string) error {
		if method == "ChangeArticles" {
			close(entered)
			<-release
			return errDisk
		}
		return nil
	}
	go func() {
		_, err := w.Delete(context.Background(), "demo", []string{"ship"})
		done <- err
	}()
	<-entered
	return func() {
		close(release)
		if err := <-done; !errors.Is(err, errDisk) {
			t.Error(fmt.Errorf("the change that waited: %w", err))
		}
	}
}
