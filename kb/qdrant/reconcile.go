package qdrant

import (
	"context"
	"iter"
	"slices"

	pb "github.com/qdrant/go-client/qdrant"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

var _ kb.Reconciler = (*Index)(nil)

// keysOfPage is how many points a page holds that brings no vectors.
const keysOfPage = 2048

// Reconcile implements kb.Reconciler. What it reads of the server are the
// points' ids and digests, about 100 bytes each; what differs goes over in
// batches of 256. Vectors are upserted before strange ones are deleted.
func (x *Index) Reconcile(ctx context.Context, bot string, want iter.Seq2[kb.Vector, error]) (kb.Reconciliation, error) {
	var done kb.Reconciliation
	if err := checkNames("bot", bot); err != nil {
		return done, err
	}
	held := map[string]string{} // id → digest; what stays is strange
	err := x.scroll(ctx, filter(bot), keysOfPage, pb.NewWithVectorsEnable(false), func(p *pb.RetrievedPoint) error {
		id := p.GetId().GetUuid()
		if id == "" {
			return x.nonsense("point %v has no UUID", p.GetId())
		}
		held[id] = p.GetPayload()[fieldDigest].GetStringValue()
		return nil
	})
	if err != nil {
		return done, err
	}
	seen := map[string]bool{}
	var missing []kb.Vector
	flush := func() error {
		err := x.Upsert(ctx, missing)
		if err == nil {
			done.Upserted += len(missing)
			missing = missing[:0]
		}
		return err
	}
	for v, err := range want {
		if err != nil {
			return done, err
		}
		id := pointID(v.Bot, v.Key).GetUuid()
		if v.Bot != bot || seen[id] {
			return done, fault.New(fault.Invalid, "vector %q of bot %q comes twice, or among those of bot %q", v.Key, v.Bot, bot)
		}
		seen[id] = true
		was, known := held[id]
		delete(held, id)
		if known && was == digest(v) {
			done.Kept++
			continue
		}
		missing = append(missing, v)
		if len(missing) == batch {
			if err := flush(); err != nil {
				return done, err
			}
		}
	}
	if err := flush(); err != nil {
		return done, err
	}
	strange := make([]*pb.PointId, 0, len(held))
	for id := range held {
		strange = append(strange, pb.NewIDUUID(id))
	}
	for some := range slices.Chunk(strange, batch) {
		err := x.write(ctx, "deleting strange points", func(ctx context.Context) (*pb.UpdateResult, error) {
			return x.client.Delete(ctx, &pb.DeletePoints{CollectionName: x.collection, Wait: pb.PtrOf(true), Points: pb.NewPointsSelectorIDs(some)})
		})
		if err != nil {
			return done, err
		}
		done.Deleted += len(some)
	}
	return done, nil
}

// Condition is what a look at the server found.
type Condition struct {
	Version, Collection string
	// Exists says that the encoder has its collection; Points counts what all
	// bots have in it.
	Exists bool
	Points uint64
}

// Examine looks at a server without changing anything there. Its faults are
// those of Open.
func Examine(ctx context.Context, encoderID string, dim int, opts Options) (c Condition, err error) {
	x, err := connect(encoderID, dim, opts)
	if err != nil {
		return c, err
	}
	defer func() {
		if closing := x.Close(); err == nil {
			err = closing
		}
	}()
	c.Collection = x.collection
	if c.Version, err = x.checkVersion(ctx); err != nil {
		return c, err
	}
	info, err := x.describe(ctx)
	if isMissing(err) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if err := x.fits(info); err != nil {
		return c, err
	}
	c.Exists = true
	err = x.call(ctx, "counting", func(ctx context.Context) (err error) {
		c.Points, err = x.client.Count(ctx, &pb.CountPoints{CollectionName: x.collection, Exact: pb.PtrOf(false)})
		return err
	})
	return c, err
}
