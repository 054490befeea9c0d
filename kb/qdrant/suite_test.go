package qdrant

import (
	"context"
	"crypto/rand"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/indextest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ hybrid.Vectors = (*Index)(nil)

const encoder = "bge-small-zh/test"

// openOn opens an index on the fake; the test closes it.
func openOn(t testing.TB, f *fake, dim int, change ...func(*Options)) *Index {
	t.Helper()
	x, err := tryOpen(t.Context(), f, dim, change...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func tryOpen(ctx context.Context, f *fake, dim int, change ...func(*Options)) (*Index, error) {
	o := Options{Addr: "qdrant.test", Dial: f.dial}
	for _, c := range change {
		c(&o)
	}
	return Open(ctx, encoder, dim, o)
}

func approximate(o *Options) { o.Approximate = true }

func TestExactIndex(t *testing.T) {
	indextest.Run(t, func(t *testing.T, dim int) kb.VectorIndex { return openOn(t, startFake(t), dim) })
}

func TestApproximateIndex(t *testing.T) {
	indextest.Run(t, func(t *testing.T, dim int) kb.VectorIndex {
		f := startFake(t)
		return openOn(t, f, dim, approximate)
	})
}

func TestIndexOnAnOldServer(t *testing.T) {
	indextest.Run(t, func(t *testing.T, dim int) kb.VectorIndex {
		f := startFake(t)
		f.set(func(f *fake) { f.old, f.version = true, "1.13.2" })
		return openOn(t, f, dim)
	})
}

// realServer returns the options of the server that YINGDA_TEST_QDRANT names.
func realServer(t testing.TB) Options {
	t.Helper()
	addr := os.Getenv("YINGDA_TEST_QDRANT")
	if addr == "" {
		t.Skip("SKIPPED: set YINGDA_TEST_QDRANT=host:port to run this on a Qdrant server (YINGDA_TEST_QDRANT_KEY is its key)")
	}
	return Options{Addr: addr, APIKey: os.Getenv("YINGDA_TEST_QDRANT_KEY")}
}

// openReal opens an index on a collection of its own, deleted in the end.
func openReal(t testing.TB, o Options, dim int) *Index {
	t.Helper()
	o.Prefix = "yingda-test-" + rand.Text()
	x, err := Open(t.Context(), encoder, dim, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Drop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func TestIndexOnAServer(t *testing.T) {
	o := realServer(t)
	for name, approx := range map[string]bool{"exact": false, "approximate": true} {
		t.Run(name, func(t *testing.T) {
			indextest.Run(t, func(t *testing.T, dim int) kb.VectorIndex {
				o := o
				o.Approximate = approx
				return openReal(t, o, dim)
			})
		})
	}
}

func TestReopenOnAServer(t *testing.T) {
	x := openReal(t, realServer(t), 8)
	o := x.opts
	o.Approximate = true
	again, err := Open(t.Context(), encoder, 8, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open(t.Context(), encoder, 16, o); !fault.Is(err, fault.Conflict) {
		t.Errorf("another dimension: %v, want fault.Conflict", err)
	}
}
