package indextest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/kb"
)

// testModel drives the index and a map with the same random changes and
// compares every search with brute force over the map.
func testModel(t *testing.T, open Open) {
	const dim = 12
	x := open(t, dim)
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		// One index serves all rounds, each under a bot of its own: opening
		// one per round would cost a server more than the test is worth.
		bot := fmt.Sprintf("bot%d", round)
		model := map[string]kb.Vector{}
		src := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			owner := fmt.Sprintf("o%d", rapid.IntRange(0, 6).Draw(r, "owner"))
			switch rapid.IntRange(0, 4).Draw(r, "op") {
			case 0:
				if err := x.Delete(context.Background(), bot, []string{owner}); err != nil {
					r.Fatal(err)
				}
				for k, v := range model {
					if v.Owner == owner {
						delete(model, k)
					}
				}
			case 1:
				compare(r, x, bot, model, Random(src, dim), rapid.IntRange(1, 12).Draw(r, "k"))
			default:
				batch := make([]kb.Vector, rapid.IntRange(1, 5).Draw(r, "batch"))
				for i := range batch {
					batch[i] = vec(bot, owner, rapid.IntRange(0, 4).Draw(r, "n"), Random(src, dim))
					model[batch[i].Key] = batch[i]
				}
				if err := x.Upsert(context.Background(), batch); err != nil {
					r.Fatal(err)
				}
			}
		}
		compare(r, x, bot, model, Random(src, dim), 40)
		n, err := x.Len(context.Background(), bot)
		if err != nil || n != len(model) {
			r.Fatalf("Len is %d (%v), the model holds %d", n, err, len(model))
		}
	})
}

// compare checks one search against brute force. Hits whose exact cosines are
// closer than single precision tells apart may change places.
func compare(r *rapid.T, x kb.VectorIndex, bot string, model map[string]kb.Vector, q []float32, k int) {
	hits, err := x.Search(context.Background(), bot, q, k)
	if err != nil {
		r.Fatal(err)
	}
	type scored struct {
		key    string
		cosine float64
	}
	var want []scored
	for key, v := range model {
		want = append(want, scored{key, dot(q, v.Embedding)})
	}
	slices.SortFunc(want, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.key, b.key))
	})
	want = want[:min(k, len(want))]
	if len(hits) != len(want) {
		r.Fatalf("%d hits, brute force finds %d", len(hits), len(want))
	}
	for i, h := range hits {
		exact := dot(q, model[h.Key].Embedding)
		if model[h.Key].Owner != h.Owner || math.Abs(h.Cosine-exact) > 1e-5 || math.Abs(exact-want[i].cosine) > 1e-5 {
			r.Fatalf("hit %d is %+v (exactly %v), brute force says %+v", i, h, exact, want[i])
		}
	}
}
