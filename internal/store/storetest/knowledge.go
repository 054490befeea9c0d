package storetest

import (
	"fmt"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

func scenarioBots(f *fixture) {
	a, err := f.store.PutBot(f.ctx, store.Bot{ID: "demo", Name: "云栖优品", Profile: []byte(`{"menu":["发货"]}`)})
	f.must(err)
	f.clock.Advance(time.Hour)
	a.Name, a.Profile = "云栖", nil
	b, err := f.store.PutBot(f.ctx, a)
	f.must(err)
	f.same(b, store.Bot{ID: "demo", Name: "云栖", Profile: []byte("{}"), CreatedAt: noon, UpdatedAt: f.clock.Now()})
	_, err = f.store.PutBot(f.ctx, store.Bot{ID: "B", Name: "x"})
	f.must(err)
	bots, err := f.store.Bots(f.ctx)
	f.must(err)
	f.same(len(bots), 2)
	f.same(bots[0].ID, "B")
	f.same(bots[1], b)
	one, err := f.store.Bot(f.ctx, "demo")
	f.must(err)
	f.same(one, b)
	_, err = f.store.Bot(f.ctx, "none")
	f.wants(err, fault.NotFound)
	for _, bad := range []store.Bot{{Name: "x"}, {ID: "x"}, {ID: "x", Name: "x", Profile: []byte("{")}} {
		_, err := f.store.PutBot(f.ctx, bad)
		f.wants(err, fault.Invalid)
	}
}

func scenarioEmbeddings(f *fixture) {
	vectors := map[string][]float32{}
	var digests []string
	for i := range 450 {
		digest := fmt.Sprintf("sha-%d", i)
		vectors[digest] = []float32{float32(i), -0.5, 1e-30, 3.4e38}
		digests = append(digests, digest)
	}
	f.must(f.store.PutEmbeddings(f.ctx, "enc-1", vectors))
	f.must(f.store.PutEmbeddings(f.ctx, "enc-1", vectors)) // again: no change
	f.must(f.store.PutEmbeddings(f.ctx, "enc-1", nil))
	got, err := f.store.Embeddings(f.ctx, "enc-1", append(digests, "not cached"))
	f.must(err)
	f.same(got, vectors)
	other, err := f.store.Embeddings(f.ctx, "enc-2", digests)
	f.must(err)
	f.same(len(other), 0)

	f.must(f.store.PutEmbeddings(f.ctx, "enc-2", map[string][]float32{"sha-1": {1, 2}}))
	for _, bad := range []map[string][]float32{
		{"x": {1, 2}}, {"x": {}}, {"x": {1, 2, 3, 4}, "y": {1}}, {"": {1, 2, 3, 4}},
	} {
		f.wants(f.store.PutEmbeddings(f.ctx, "enc-1", bad), fault.Invalid)
	}
	f.wants(f.store.PutEmbeddings(f.ctx, "", vectors), fault.Invalid)
}
