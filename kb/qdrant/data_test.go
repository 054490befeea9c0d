package qdrant

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	pb "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/indextest"
)

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

// fill puts n random vectors of bot "s", five to an owner, and returns them.
func fill(t testing.TB, x *Index, n int) []kb.Vector {
	t.Helper()
	r := source(5)
	vs := make([]kb.Vector, n)
	for i := range vs {
		owner := fmt.Sprintf("o%06d", i/5)
		vs[i] = kb.Vector{Key: fmt.Sprintf("%s#%d", owner, i%5), Owner: owner, Bot: "s", Embedding: indextest.Random(r, x.Dimension())}
	}
	if err := x.Upsert(t.Context(), vs); err != nil {
		t.Fatal(err)
	}
	return vs
}

func TestBatches(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	vs := fill(t, x, 1000)
	points := 0
	for _, r := range f.requests("Points/Upsert") {
		n := len(r.(*pb.UpsertPoints).GetPoints())
		if points += n; n > batch {
			t.Errorf("a request of %d points", n)
		}
	}
	if points != 1000 || len(f.requests("Points/Upsert")) != 4 {
		t.Errorf("%d points in %d requests, want 1000 in 4", points, len(f.requests("Points/Upsert")))
	}
	owners := make([]string, 600)
	for i := range owners {
		owners[i] = fmt.Sprintf("o%06d", i)
	}
	hits, err := x.Cosines(t.Context(), "s", vs[0].Embedding, append(owners, owners...))
	if err != nil || len(hits) != 1000 {
		t.Errorf("%d cosines, %v; want one for each of 1000 vectors", len(hits), err)
	}
	if err := x.Delete(t.Context(), "s", owners[1:]); err != nil {
		t.Error(err)
	}
	if n, err := x.Len(t.Context(), "s"); n != 5 || err != nil {
		t.Errorf("%d vectors left (%v), want 5", n, err)
	}
	before := len(f.requests("Points/Delete"))
	if err := x.Delete(t.Context(), "s", nil); err != nil || len(f.requests("Points/Delete")) != before {
		t.Errorf("deleting nobody: %v, %d requests", err, len(f.requests("Points/Delete"))-before)
	}
}

func TestTheLaterOfTwoWins(t *testing.T) {
	x := openOn(t, startFake(t), 8)
	a, b := []float32{1, 7: 0}, []float32{0, 1, 7: 0}
	err := x.Upsert(t.Context(), []kb.Vector{
		{Key: "k", Owner: "first", Bot: "s", Embedding: a}, {Key: "k", Owner: "first", Bot: "t", Embedding: a},
		{Key: "k", Owner: "second", Bot: "s", Embedding: b},
	})
	if err != nil {
		t.Fatal(err)
	}
	hits, err := x.Search(t.Context(), "s", b, 5)
	if err != nil || len(hits) != 1 || hits[0].Owner != "second" || hits[0].Cosine < 0.999 {
		t.Errorf("%+v, %v", hits, err)
	}
	if n, err := x.Len(t.Context(), "t"); n != 1 || err != nil {
		t.Errorf("bot t holds %d (%v), want 1", n, err)
	}
}

func TestAFailedUpsertIsCompletedByTheNext(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	f.set(func(f *fake) {
		f.fail = func(_ context.Context, method string, n int) error {
			if method == "Points/Upsert" && n == 2 {
				return status.Error(codes.Internal, "disk")
			}
			return nil
		}
	})
	vs := make([]kb.Vector, 600)
	for i := range vs {
		vs[i] = kb.Vector{Key: fmt.Sprint(i), Owner: "o", Bot: "s", Embedding: indextest.Random(source(uint64(i)), 8)}
	}
	if err := x.Upsert(t.Context(), vs); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want fault.Unavailable", err)
	}
	if n, err := x.Len(t.Context(), "s"); n != batch || err != nil {
		t.Errorf("%d vectors (%v), want the first batch of %d", n, err, batch)
	}
	if err := x.Upsert(t.Context(), vs); err != nil {
		t.Fatal(err)
	}
	if n, err := x.Len(t.Context(), "s"); n != 600 || err != nil {
		t.Errorf("%d vectors (%v), want 600", n, err)
	}
}

func TestChangesThatWereOnlyNoted(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	for s, want := range map[pb.UpdateStatus]fault.Code{
		pb.UpdateStatus_Acknowledged:        fault.Unavailable,
		pb.UpdateStatus_ClockRejected:       fault.Unavailable,
		pb.UpdateStatus_UnknownUpdateStatus: fault.Unavailable,
		pb.UpdateStatus_WaitTimeout:         fault.Timeout,
	} {
		f.set(func(f *fake) {
			f.mangle = func(reply any) {
				if r, ok := reply.(*pb.PointsOperationResponse); ok {
					r.Result.Status = s
				}
			}
		})
		for _, name := range []string{"upsert", "delete"} {
			if err := calls(x)[name](t.Context()); !fault.Is(err, want) {
				t.Errorf("%s answered %v: %v, want fault.%s", name, s, err, want)
			}
		}
	}
}

func TestNamesThatAreNotText(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	v, bad := []float32{1, 7: 0}, "店\xff"
	for name, err := range map[string]error{
		"key":            x.Upsert(t.Context(), []kb.Vector{{Key: bad, Owner: "o", Bot: "s", Embedding: v}}),
		"owner":          x.Upsert(t.Context(), []kb.Vector{{Key: "k", Owner: bad, Bot: "s", Embedding: v}}),
		"bot":            x.Upsert(t.Context(), []kb.Vector{{Key: "k", Owner: "o", Bot: bad, Embedding: v}}),
		"delete a bot":   x.Delete(t.Context(), bad, []string{"o"}),
		"delete":         x.Delete(t.Context(), "s", []string{bad}),
		"search":         second(x.Search(t.Context(), bad, v, 1)),
		"len":            second(x.Len(t.Context(), bad)),
		"cosines a bot":  second(x.Cosines(t.Context(), bad, v, []string{"o"})),
		"cosines":        second(x.Cosines(t.Context(), "s", v, []string{bad})),
		"search for NaN": second(x.Search(t.Context(), "s", []float32{float32(math.NaN()), 7: 0}, 1)),
	} {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want fault.Invalid", name, err)
		}
	}
	odd := kb.Vector{Key: "钥匙\x00🔑" + strings.Repeat("长", 5000), Owner: "条目 😀", Bot: "店'\"\\", Embedding: v}
	if err := x.Upsert(t.Context(), []kb.Vector{odd}); err != nil {
		t.Fatal(err)
	}
	hits, err := x.Search(t.Context(), odd.Bot, v, 1)
	if err != nil || len(hits) != 1 || hits[0].Key != odd.Key || hits[0].Owner != odd.Owner {
		t.Errorf("odd names came back as %+v, %v", hits, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestManyTies(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	v := indextest.Random(source(2), 8)
	var vs []kb.Vector
	for i := range 300 {
		key := fmt.Sprintf("k%03d", (i*37)%300)
		vs = append(vs, kb.Vector{Key: key, Owner: key, Bot: "s", Embedding: v})
	}
	vs = append(vs, kb.Vector{Key: "z", Owner: "z", Bot: "s", Embedding: negative(v)})
	if err := x.Upsert(t.Context(), vs); err != nil {
		t.Fatal(err)
	}
	for _, k := range []int{1, 3, 100, 300, 301, 1000} {
		hits, err := x.Search(t.Context(), "s", v, k)
		if err != nil || len(hits) != min(k, 301) {
			t.Fatalf("k %d: %d hits, %v", k, len(hits), err)
		}
		for i, h := range hits[:min(k, 300)] {
			if want := fmt.Sprintf("k%03d", i); h.Key != want {
				t.Fatalf("k %d: hit %d is %s, want %s", k, i, h.Key, want)
			}
		}
	}
	before := len(f.requests("Points/Query"))
	if _, err := x.Search(t.Context(), "s", v, 1<<62); err != nil || len(f.requests("Points/Query")) != before+1 {
		t.Errorf("a search for everything: %v in %d requests", err, len(f.requests("Points/Query"))-before)
	}
}

func negative(v []float32) []float32 {
	out := make([]float32, len(v))
	for i := range v {
		out[i] = -v[i]
	}
	return out
}

func TestApproximateSearchesScoreExactly(t *testing.T) {
	const dim = 64
	f := startFake(t)
	exact := openOn(t, f, dim)
	vs := fill(t, exact, 2000)
	loose := openOn(t, f, dim, approximate)
	r, found := source(9), 0
	for range 20 {
		q := indextest.Random(r, dim)
		want, err := exact.Search(t.Context(), "s", q, 10)
		if err != nil {
			t.Fatal(err)
		}
		got, err := loose.Search(t.Context(), "s", q, 10)
		if err != nil {
			t.Fatal(err)
		}
		scores := map[string]float64{}
		for _, v := range vs {
			scores[v.Key] = dot(q, v.Embedding)
		}
		for i := range got {
			if math.Abs(got[i].Cosine-scores[got[i].Key]) > 1e-5 {
				t.Errorf("%s: cosine %v, exactly %v", got[i].Key, got[i].Cosine, scores[got[i].Key])
			}
			for _, w := range want {
				if w.Key == got[i].Key {
					found++
				}
			}
		}
	}
	if found == 0 || found == 200 {
		t.Errorf("%d of 200 neighbours found: the first pass over int8 copies was not taken, or is useless", found)
	}
}

func TestCosinesAgreeWithSearch(t *testing.T) {
	const dim = 512
	f := startFake(t)
	x := openOn(t, f, dim)
	fill(t, x, 1200) // more than two pages of one MiB
	q := indextest.Random(source(3), dim)
	for i := range q {
		q[i] *= 1.5 // the server normalises the query, and so must we
	}
	owners := make([]string, 240)
	for i := range owners {
		owners[i] = fmt.Sprintf("o%06d", i)
	}
	cosines, err := x.Cosines(t.Context(), "s", q, owners)
	if err != nil || len(cosines) != 1200 {
		t.Fatalf("%d cosines, %v", len(cosines), err)
	}
	if n := len(f.requests("Points/Scroll")); n != 3 {
		t.Errorf("%d pages, want 3", n)
	}
	hits, err := x.Search(t.Context(), "s", q, 1200)
	if err != nil {
		t.Fatal(err)
	}
	score := map[string]float64{}
	for _, h := range hits {
		score[h.Key] = h.Cosine
	}
	for _, c := range cosines {
		if math.Abs(score[c.Key]-c.Cosine) > 1e-6 {
			t.Errorf("%s: cosine %v, the search said %v", c.Key, c.Cosine, score[c.Key])
		}
	}
	if hits, err := x.Cosines(t.Context(), "s", make([]float32, dim), owners[:1]); err != nil || len(hits) != 5 || hits[0].Cosine != 0 {
		t.Errorf("cosines of a vector without length: %+v, %v", hits, err)
	}
}

func TestGarbage(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	fill(t, x, 40)
	q := indextest.Random(source(4), 8)
	owners := []string{"o000000", "o000001", "o000002", "o000003", "o000004"}
	search := func() error { return second(x.Search(t.Context(), "s", q, 5)) }
	cosines := func() error { return second(x.Cosines(t.Context(), "s", q, owners)) }
	each := func(change func(*pb.RetrievedPoint)) func(any) {
		return func(reply any) {
			if r, ok := reply.(*pb.ScrollResponse); ok {
				change(r.Result[len(r.Result)-1])
			}
		}
	}
	hit := func(change func(*pb.QueryResponse)) func(any) {
		return func(reply any) {
			if r, ok := reply.(*pb.QueryResponse); ok {
				change(r)
			}
		}
	}
	vector := func(v ...float32) *pb.VectorsOutput { return fakePoints{fake: &fake{}}.output(v) }
	for name, c := range map[string]struct {
		mangle func(any)
		call   func() error
	}{
		"short vector":      {each(func(p *pb.RetrievedPoint) { p.Vectors = vector(1, 2) }), cosines},
		"no vector":         {each(func(p *pb.RetrievedPoint) { p.Vectors = nil }), cosines},
		"NaN in a vector":   {each(func(p *pb.RetrievedPoint) { p.Vectors = vector(float32(math.NaN()), 0, 0, 0, 0, 0, 0, 0) }), cosines},
		"no owner":          {each(func(p *pb.RetrievedPoint) { delete(p.Payload, "owner") }), cosines},
		"a key of a number": {each(func(p *pb.RetrievedPoint) { p.Payload["key"] = pb.NewValueInt(7) }), cosines},
		"endless pages": {func(reply any) {
			if r, ok := reply.(*pb.ScrollResponse); ok {
				r.NextPageOffset = pb.NewIDUUID("00000000-0000-8000-8000-000000000000")
			}
		}, cosines},
		"a score of NaN": {hit(func(r *pb.QueryResponse) { r.Result[0].Score = float32(math.NaN()) }), search},
		"no key":         {hit(func(r *pb.QueryResponse) { r.Result[2].Payload = nil }), search},
		"too many hits":  {hit(func(r *pb.QueryResponse) { r.Result = append(r.Result, r.Result...) }), search},
		"a huge count": {func(reply any) {
			if r, ok := reply.(*pb.CountResponse); ok {
				r.Result.Count = math.MaxUint64
			}
		}, func() error { return second(x.Len(t.Context(), "s")) }},
	} {
		f.set(func(f *fake) { f.mangle = c.mangle })
		var known *fault.Error
		if err := c.call(); !errors.As(err, &known) || known.Code != fault.Internal || !strings.Contains(known.Message, "makes no sense") {
			t.Errorf("%s: %v, want fault.Internal", name, err)
		}
	}
	f.set(func(f *fake) { f.mangle = nil })
	if err := errors.Join(search(), cosines()); err != nil {
		t.Errorf("after the garbage: %v", err)
	}
}

func TestPointIDs(t *testing.T) {
	seen := map[string]string{}
	for _, c := range [][2]string{{"a", "bc"}, {"ab", "c"}, {"", "abc"}, {"abc", ""}, {"a\x00", "bc"}, {"a", "\x00bc"}} {
		id := pointID(c[0], c[1]).GetUuid()
		if len(id) != 36 || id[14] != '8' || !strings.ContainsRune("89ab", rune(id[19])) {
			t.Errorf("%q is no UUID of version 8", id)
		}
		if other := seen[id]; other != "" {
			t.Errorf("%q and %s share an id", c, other)
		}
		seen[id] = fmt.Sprintf("%q", c)
	}
	// The ids of what is stored must never change.
	if got, want := pointID("店铺", "a#0").GetUuid(), "eed0ae7a-259d-8080-8005-3a906d7861fc"; got != want {
		t.Errorf("the id of a#0 is %s, want %s", got, want)
	}
}
