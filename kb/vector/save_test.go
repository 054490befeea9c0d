package vector_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/vector"
)

var shopMark = vector.Mark{Encoder: "enc/1", Bot: "s", Stamp: "7@noon"}

// saved returns bot "s" of x as Save writes it.
func saved(t testing.TB, x *vector.Index) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := x.Save(&b, shopMark); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// everything returns all vectors of bot "s" in the order of their cosine with q.
func everything(t testing.TB, x *vector.Index, q []float32) []kb.VectorHit {
	t.Helper()
	hits, err := x.Search(t.Context(), "s", q, math.MaxInt32)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

func TestSaveAndLoad(t *testing.T) {
	const dim = 24
	x := vector.New(dim, vector.Options{})
	vs := fill(t, x, 30000) // several frames
	var gone []string
	for _, v := range vs[:9000] {
		gone = append(gone, v.Owner)
	}
	if err := x.Delete(t.Context(), "s", gone); err != nil {
		t.Fatal(err)
	}
	file := saved(t, x)
	y := vector.New(dim, vector.Options{})
	if err := y.Upsert(t.Context(), []kb.Vector{{Key: "old#0", Owner: "old", Bot: "s", Embedding: vs[0].Embedding}, {Key: "o#0", Owner: "o", Bot: "other", Embedding: vs[1].Embedding}}); err != nil {
		t.Fatal(err)
	}
	if err := y.Load(t.Context(), bytes.NewReader(file), shopMark); err != nil {
		t.Fatal(err)
	}
	if got, want := everything(t, y, vs[0].Embedding), everything(t, x, vs[0].Embedding); !slices.Equal(got, want) || len(want) != 21000 {
		t.Errorf("%d vectors were loaded, not the %d that were saved", len(got), len(want))
	}
	if n, err := y.Len(t.Context(), "other"); n != 1 || err != nil {
		t.Errorf("another bot has %d vectors (%v), want its 1", n, err)
	}
	// What was loaded can be changed.
	if err := y.Delete(t.Context(), "s", []string{vs[9000].Owner}); err != nil {
		t.Fatal(err)
	}
	if n, err := y.Len(t.Context(), "s"); n != 20995 || err != nil {
		t.Errorf("%d vectors after a deletion (%v), want 20995", n, err)
	}
}

func TestSaveWhatIsNotThere(t *testing.T) {
	x := vector.New(8, vector.Options{})
	file := saved(t, x)
	y := vector.New(8, vector.Options{})
	fill(t, y, 10)
	if err := y.Load(t.Context(), bytes.NewReader(file), shopMark); err != nil {
		t.Fatal(err)
	}
	if n, err := y.Len(t.Context(), "s"); n != 0 || err != nil {
		t.Errorf("an empty bot was loaded with %d vectors (%v)", n, err)
	}
	if err := x.Freeze("a").Save(&bytes.Buffer{}, shopMark); !fault.Is(err, fault.Internal) {
		t.Errorf("bot a saved as bot s: %v, want fault.Internal", err)
	}
}

// A frozen bot stays what it was, whatever becomes of the index.
func TestFreeze(t *testing.T) {
	x := vector.New(8, vector.Options{})
	vs := fill(t, x, 500)
	before := everything(t, x, vs[0].Embedding)
	frozen := x.Freeze("s")
	for i := range 100 {
		if err := x.Delete(t.Context(), "s", []string{vs[5*i].Owner}); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, x, 300)
	var b bytes.Buffer
	if err := frozen.Save(&b, shopMark); err != nil {
		t.Fatal(err)
	}
	y := vector.New(8, vector.Options{})
	if err := y.Load(t.Context(), &b, shopMark); err != nil {
		t.Fatal(err)
	}
	if frozen.Len() != 500 || !slices.Equal(everything(t, y, vs[0].Embedding), before) {
		t.Error("what was saved is not what was frozen")
	}
}

func TestLoadRefuses(t *testing.T) {
	x := vector.New(8, vector.Options{})
	fill(t, x, 50)
	file := saved(t, x)
	newer := slices.Clone(file)
	binary.LittleEndian.PutUint32(newer[8:], 2)
	for name, c := range map[string]struct {
		file []byte
		mark vector.Mark
		dim  int
		code fault.Code
		says string
	}{
		"another encoder":   {file, vector.Mark{Encoder: "enc/2", Bot: "s", Stamp: "7@noon"}, 8, fault.Conflict, "enc/2"},
		"another bot":       {file, vector.Mark{Encoder: "enc/1", Bot: "t", Stamp: "7@noon"}, 8, fault.Conflict, `"t"`},
		"another state":     {file, vector.Mark{Encoder: "enc/1", Bot: "s", Stamp: "8@noon"}, 8, fault.Conflict, "8@noon"},
		"another dimension": {file, shopMark, 16, fault.Conflict, "16"},
		"another version":   {newer, shopMark, 8, fault.Conflict, "format 2"},
		"nothing":           {nil, shopMark, 8, fault.Invalid, "cut short"},
		"a text":            {[]byte("hello, this is a text"), shopMark, 8, fault.Invalid, "begins with"},
		"something behind":  {append(slices.Clone(file), 0), shopMark, 8, fault.Invalid, "behind"},
	} {
		y := vector.New(c.dim, vector.Options{})
		fill(t, y, 20)
		err := y.Load(t.Context(), bytes.NewReader(c.file), c.mark)
		if !fault.Is(err, c.code) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s that says %q", name, err, c.code, c.says)
		}
		if n, err := y.Len(t.Context(), "s"); n != 20 || err != nil {
			t.Errorf("%s: the index changed: %d vectors (%v)", name, n, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Load(ended, bytes.NewReader(file), shopMark); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

// Whatever bit is flipped and wherever the file is cut, it is not loaded.
func TestLoadNoticesDamage(t *testing.T) {
	x := vector.New(8, vector.Options{})
	fill(t, x, 40)
	file := saved(t, x)
	y := vector.New(8, vector.Options{})
	rapid.Check(t, func(r *rapid.T) {
		bad := slices.Clone(file)
		if rapid.Bool().Draw(r, "cut") {
			bad = bad[:rapid.IntRange(0, len(bad)-1).Draw(r, "length")]
		} else {
			bad[rapid.IntRange(0, len(bad)-1).Draw(r, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		}
		err := y.Load(context.Background(), bytes.NewReader(bad), shopMark)
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
			r.Fatalf("%v, want fault.Invalid or fault.Conflict", err)
		}
		if n, err := y.Len(context.Background(), "s"); n != 0 || err != nil {
			r.Fatalf("%d vectors of a damaged file are in the index (%v)", n, err)
		}
	})
}

// tight is a writer that fails after so many bytes.
type tight struct{ left int }

var errFull = errors.New("no space left")

func (w *tight) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestSaveTellsWhatTheWriterSays(t *testing.T) {
	x := vector.New(64, vector.Options{})
	fill(t, x, 10000)
	for _, room := range []int{0, 1 << 20, 2 << 20} {
		if err := x.Save(&tight{room}, shopMark); !errors.Is(err, errFull) {
			t.Errorf("with room for %d bytes: %v", room, err)
		}
	}
}

func TestSaveRefusesHugeNames(t *testing.T) {
	x := vector.New(2, vector.Options{})
	if err := x.Upsert(t.Context(), []kb.Vector{{Key: strings.Repeat("k", 17<<20), Owner: "o", Bot: "s", Embedding: []float32{1, 0}}}); err != nil {
		t.Fatal(err)
	}
	if err := x.Save(&bytes.Buffer{}, shopMark); !fault.Is(err, fault.Internal) {
		t.Errorf("%v, want fault.Internal", err)
	}
}

func FuzzLoad(f *testing.F) {
	x := vector.New(4, vector.Options{})
	fill(f, x, 12)
	file := saved(f, x)
	f.Add(file)
	f.Add(file[:60])
	f.Add([]byte("YDVECTOR\x01\x00\x00\x00\x02\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		y := vector.New(4, vector.Options{})
		err := y.Load(t.Context(), bytes.NewReader(b), shopMark)
		if n, _ := y.Len(t.Context(), "s"); err != nil && n != 0 {
			t.Errorf("%d vectors after %v", n, err)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	x := vector.New(512, vector.Options{})
	fill(b, x, 20000)
	file := saved(b, x)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if err := x.Load(b.Context(), bytes.NewReader(file), shopMark); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSave(b *testing.B) {
	x := vector.New(512, vector.Options{})
	fill(b, x, 20000)
	b.SetBytes(int64(len(saved(b, x))))
	for b.Loop() {
		if err := x.Save(&tight{math.MaxInt}, shopMark); err != nil {
			b.Fatal(err)
		}
	}
}
