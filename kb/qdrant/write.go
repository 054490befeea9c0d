package qdrant

import (
	"context"
	"fmt"
	"slices"

	pb "github.com/qdrant/go-client/qdrant"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// batch is how many points, or owners of a filter, one request carries.
const batch = 256

// Upsert adds or replaces vectors by Key; of two with one key the later wins.
// A vector of the wrong dimension, with a value that is not finite, without a
// Key or Owner, or with names that are not UTF-8 is fault.Invalid and nothing
// changes. A failure of the server may leave the first batches of 256 written;
// the same call again completes them.
func (x *Index) Upsert(ctx context.Context, vectors []kb.Vector) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	points := make([]*pb.PointStruct, 0, len(vectors))
	places := make(map[string]int, len(vectors))
	for i, v := range vectors {
		err := x.check(v.Embedding)
		if err == nil && (v.Key == "" || v.Owner == "") {
			err = fault.New(fault.Invalid, "a vector needs a key and an owner")
		}
		if err == nil {
			err = checkNames("bot, owner or key", v.Bot, v.Owner, v.Key)
		}
		if err != nil {
			return fault.In(fmt.Sprintf("vectors[%d]", i), err)
		}
		p := point(v)
		if at, twice := places[p.Id.GetUuid()]; twice {
			points[at] = p
			continue
		}
		places[p.Id.GetUuid()] = len(points)
		points = append(points, p)
	}
	for some := range slices.Chunk(points, batch) {
		err := x.write(ctx, "upserting points", func(ctx context.Context) (*pb.UpdateResult, error) {
			return x.client.Upsert(ctx, &pb.UpsertPoints{CollectionName: x.collection, Wait: pb.PtrOf(true), Points: some})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Delete removes all vectors of the owners. A failure of the server may leave
// the first 256 owners deleted; the same call again completes it.
func (x *Index) Delete(ctx context.Context, bot string, owners []string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := checkNames("bot", bot); err != nil {
		return err
	}
	if err := checkNames("owner", owners...); err != nil {
		return err
	}
	for some := range slices.Chunk(owners, batch) {
		err := x.write(ctx, "deleting points", func(ctx context.Context) (*pb.UpdateResult, error) {
			return x.client.Delete(ctx, &pb.DeletePoints{
				CollectionName: x.collection,
				Wait:           pb.PtrOf(true),
				Points:         pb.NewPointsSelectorFilter(filter(bot, some...)),
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// write runs a change and makes sure that the server has applied it: an answer
// without an error may also say that it has only been noted.
func (x *Index) write(ctx context.Context, what string, request func(context.Context) (*pb.UpdateResult, error)) error {
	var result *pb.UpdateResult
	err := x.call(ctx, what, func(ctx context.Context) (err error) {
		result, err = request(ctx)
		return err
	})
	if err != nil {
		return err
	}
	switch result.GetStatus() {
	case pb.UpdateStatus_Completed:
		return nil
	case pb.UpdateStatus_WaitTimeout:
		return fault.New(fault.Timeout, "Qdrant has noted the change but not applied it in time; check its load and send it again")
	default:
		return fault.New(fault.Unavailable, "Qdrant has not applied the change (%v); send it again", result.GetStatus())
	}
}
