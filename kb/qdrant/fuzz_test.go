package qdrant

import (
	"math"
	"regexp"
	"strings"
	"testing"

	pb "github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

func FuzzCollectionName(f *testing.F) {
	for _, s := range []string{"bge-small-zh-v1.5", "a/b", "编码器", "../..", "", "\xff", strings.Repeat("x", 500)} {
		f.Add("yingda", s, s+"/")
	}
	f.Fuzz(func(t *testing.T, prefix, a, b string) {
		x, y := collectionName(prefix, a), collectionName(prefix, b)
		if !nameForm.MatchString(x) || len(x) > maxName {
			t.Errorf("collectionName(%q, %q) is %q", prefix, a, x)
		}
		if a != b && x == y {
			t.Errorf("%q and %q share the collection %q", a, b, x)
		}
	})
}

func FuzzSplitAddr(f *testing.F) {
	for _, s := range []string{"qdrant:6334", "[::1]:1", "a:b:c", "", "%:1", "[]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, addr string) {
		host, port, err := splitAddr(addr)
		if err != nil && !fault.Is(err, fault.Invalid) || err == nil && (host == "" || port < 1 || port > 65535) {
			t.Errorf("%q: %q, %d, %v", addr, host, port, err)
		}
	})
}

// FuzzAnswers reads arbitrary bytes as the server's answers: hits are whole and
// finite, or there is an error.
func FuzzAnswers(f *testing.F) {
	good := &fakePoint{"00000000-0000-8000-8000-000000000000", []float32{1, 0}, point(kb.Vector{Key: "a#0", Owner: "a", Bot: "s"}).Payload}
	scored, err := proto.Marshal(&pb.ScoredPoint{Id: pb.NewIDUUID(good.id), Score: 1, Payload: good.payload})
	if err != nil {
		f.Fatal(err)
	}
	for _, old := range []bool{false, true} {
		retrieved, err := proto.Marshal(&pb.RetrievedPoint{Id: pb.NewIDUUID(good.id), Payload: good.payload, Vectors: fakePoints{fake: &fake{old: old}}.output(good.vector)})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(scored, retrieved)
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x := &Index{dim: 2, collection: "c"}
		var s pb.ScoredPoint
		var r pb.RetrievedPoint
		if proto.Unmarshal(a, &s) == nil {
			if h, err := x.scored(&s); err == nil && (h.Key == "" || h.Owner == "" || math.IsNaN(h.Cosine) || math.IsInf(h.Cosine, 0)) {
				t.Errorf("hit %+v", h)
			}
		}
		if proto.Unmarshal(b, &r) == nil {
			if h, err := x.retrieved(&r, []float32{1, 0}, 1); err == nil && (h.Key == "" || h.Owner == "" || math.IsNaN(h.Cosine) || math.IsInf(h.Cosine, 0)) {
				t.Errorf("hit %+v", h)
			}
		}
	})
}
