package qdrant

import (
	"cmp"
	"context"
	"math"
	"slices"

	pb "github.com/qdrant/go-client/qdrant"

	"github.com/yingda/yingda/kb"
)

// spare is how many hits beyond k a search asks for, to see whether the k-th
// ties with what follows.
const spare = 8

// oversampling is how many times the wanted hits an approximate search scores
// again in float32.
const oversampling = 4

// Search returns up to k hits, best first; ties by Key. An embedding of the
// wrong dimension, or a bot that is not UTF-8, is fault.Invalid.
func (x *Index) Search(ctx context.Context, bot string, embedding []float32, k int) ([]kb.VectorHit, error) {
	if err := x.check(embedding); err != nil {
		return nil, err
	}
	if err := checkNames("bot", bot); err != nil {
		return nil, err
	}
	if k <= 0 {
		return nil, context.Cause(ctx)
	}
	for limit := uint64(k) + spare; ; limit *= 4 {
		hits, err := x.query(ctx, bot, embedding, limit)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(hits, byCosine)
		// The server cuts ties as it likes: only when something worse than
		// the k-th hit came too are all that tie with it here.
		if n := len(hits); uint64(n) < limit || hits[k-1].Cosine > hits[n-1].Cosine {
			return hits[:min(k, n)], nil
		}
	}
}

func byCosine(a, b kb.VectorHit) int {
	return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.Key, b.Key))
}

// query asks for the nearest points of a bot.
func (x *Index) query(ctx context.Context, bot string, embedding []float32, limit uint64) ([]kb.VectorHit, error) {
	params := &pb.SearchParams{Exact: pb.PtrOf(true)}
	if x.opts.Approximate {
		params = &pb.SearchParams{Quantization: &pb.QuantizationSearchParams{
			Rescore: pb.PtrOf(true), Oversampling: pb.PtrOf(float64(oversampling)),
		}}
	}
	var points []*pb.ScoredPoint
	err := x.call(ctx, "searching", func(ctx context.Context) (err error) {
		points, err = x.client.Query(ctx, &pb.QueryPoints{
			CollectionName: x.collection,
			Query:          pb.NewQueryDense(embedding),
			Filter:         filter(bot),
			Params:         params,
			Limit:          &limit,
			WithPayload:    pb.NewWithPayloadInclude(fieldKey, fieldOwner),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	if uint64(len(points)) > limit {
		return nil, x.nonsense("%d hits where %d were asked for", len(points), limit)
	}
	hits := make([]kb.VectorHit, len(points))
	for i, p := range points {
		if hits[i], err = x.scored(p); err != nil {
			return nil, err
		}
	}
	return hits, nil
}

// Len counts the vectors of a bot.
func (x *Index) Len(ctx context.Context, bot string) (int, error) {
	if err := checkNames("bot", bot); err != nil {
		return 0, err
	}
	var n uint64
	err := x.call(ctx, "counting", func(ctx context.Context) (err error) {
		n, err = x.client.Count(ctx, &pb.CountPoints{CollectionName: x.collection, Filter: filter(bot), Exact: pb.PtrOf(true)})
		return err
	})
	if err == nil && n > math.MaxInt {
		err = x.nonsense("a count of %d", n)
	}
	if err != nil {
		return 0, err
	}
	return int(n), nil
}

// Cosines returns the exact cosine of every vector of the owners, in no order;
// owners that the bot does not have are left out. The vectors come over in
// pages of about one MiB and are scored here. An embedding of the wrong
// dimension, or names that are not UTF-8, are fault.Invalid.
func (x *Index) Cosines(ctx context.Context, bot string, embedding []float32, owners []string) ([]kb.VectorHit, error) {
	if err := x.check(embedding); err != nil {
		return nil, err
	}
	if err := checkNames("bot", bot); err != nil {
		return nil, err
	}
	if err := checkNames("owner", owners...); err != nil {
		return nil, err
	}
	owners = slices.Compact(slices.Sorted(slices.Values(owners)))
	norm := math.Sqrt(dot(embedding, embedding))
	var hits []kb.VectorHit
	for some := range slices.Chunk(owners, batch) {
		page := uint32(min(max(pageBytes/(4*x.dim), 16), 1024))
		err := x.scroll(ctx, filter(bot, some...), page, pb.NewWithVectorsEnable(true), func(p *pb.RetrievedPoint) error {
			hit, err := x.retrieved(p, embedding, norm)
			hits = append(hits, hit)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return hits, nil
}

// pageBytes is about how many bytes of vectors a page of a scroll holds.
const pageBytes = 1 << 20

// scroll visits all points that the filter selects, limit to a page, with
// their vectors if those are wanted.
func (x *Index) scroll(ctx context.Context, f *pb.Filter, limit uint32, vectors *pb.WithVectorsSelector, visit func(*pb.RetrievedPoint) error) error {
	var offset *pb.PointId
	for {
		var page []*pb.RetrievedPoint
		var next *pb.PointId
		err := x.call(ctx, "reading vectors", func(ctx context.Context) (err error) {
			page, next, err = x.client.ScrollAndOffset(ctx, &pb.ScrollPoints{
				CollectionName: x.collection,
				Filter:         f,
				Offset:         offset,
				Limit:          &limit,
				WithPayload:    pb.NewWithPayloadInclude(fieldKey, fieldOwner, fieldDigest),
				WithVectors:    vectors,
			})
			return err
		})
		if err != nil {
			return err
		}
		for _, p := range page {
			if err := visit(p); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		// Ids come in ascending order, so a page that does not lead past the
		// one before would go on for ever.
		if offset != nil && next.GetUuid() <= offset.GetUuid() {
			return x.nonsense("the page after %v begins with %v", offset, next)
		}
		offset = next
	}
}
