package qdrant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	pb "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/yingda/yingda/internal/fault"
)

// oldest is the first server version whose wire format carries everything we
// send: dense vectors in their own message came with 1.12.2.
var oldest = pb.Version{Major: 1, Minor: 13}

// links is the number of graph links per vector and bot.
const links = 16

// maxName is the longest collection name; the server takes 255 bytes and makes
// a folder of it, whose name has suffixes at times.
const maxName = 200

// collectionName joins the prefix and the encoder id. Characters that the
// server or a file system refuses become '-', and names changed in this way or
// cut short end in a digest, so that two ids never share a collection.
func collectionName(prefix, encoderID string) string {
	raw := prefix + "_" + encoderID
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return '-'
	}, raw)
	name = strings.TrimLeft(name, ".")
	if name == raw && len(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(raw))
	return name[:min(len(name), maxName-17)] + "-" + hex.EncodeToString(sum[:8])
}

// checkVersion asks the server for its version; it needs no key for that.
func (x *Index) checkVersion(ctx context.Context) (string, error) {
	var reply *pb.HealthCheckReply
	err := x.call(ctx, "asking for the version", func(ctx context.Context) (err error) {
		reply, err = x.client.HealthCheck(ctx)
		return err
	})
	if err != nil {
		return "", err
	}
	v, err := pb.ParseVersion(reply.GetVersion())
	if err != nil || v.Major != oldest.Major || v.Minor < oldest.Minor {
		return "", fault.New(fault.Unsupported, "Qdrant's version is %q; %d.%d or a later %d.x is needed, or skip this check at your own risk",
			reply.GetVersion(), oldest.Major, oldest.Minor, oldest.Major)
	}
	return reply.GetVersion(), nil
}

// ensure makes the collection, its settings and its payload indexes what they
// must be; made reports that there was no collection. Several processes may do
// so at once.
func (x *Index) ensure(ctx context.Context) (made bool, err error) {
	info, err := x.describe(ctx)
	if status.Code(err) == codes.NotFound {
		if err = x.create(ctx); err != nil {
			return false, err
		}
		made = true
		info, err = x.describe(ctx)
	}
	if err != nil {
		if status.Code(err) == codes.NotFound {
			return made, x.explain("reading the collection just created", err)
		}
		return made, err
	}
	if err := x.fits(info); err != nil {
		return made, err
	}
	if err = x.adapt(ctx, info.GetConfig()); err != nil {
		return made, err
	}
	return made, x.indexPayload(ctx, info.GetPayloadSchema())
}

// fits refuses a collection that cannot hold our vectors.
func (x *Index) fits(info *pb.CollectionInfo) error {
	params := info.GetConfig().GetParams().GetVectorsConfig().GetParams()
	switch {
	case params == nil:
		return x.conflict("does not hold one plain vector per point")
	case params.GetSize() != uint64(x.dim):
		return x.conflict("holds vectors of %d values and the encoder makes %d", params.GetSize(), x.dim)
	case params.GetDistance() != pb.Distance_Cosine:
		return x.conflict("compares by %v, not by cosine", params.GetDistance())
	}
	return nil
}

func (x *Index) conflict(format string, args ...any) error {
	return fault.New(fault.Conflict, "Qdrant's collection %s %s; delete it, or choose another prefix, and index the articles again",
		x.collection, fmt.Sprintf(format, args...))
}

// describe reads the collection; a missing one is the server's NotFound.
func (x *Index) describe(ctx context.Context) (info *pb.CollectionInfo, err error) {
	err = x.callUnless(ctx, "reading the collection", codes.NotFound, func(ctx context.Context) (err error) {
		info, err = x.client.GetCollectionInfo(ctx, x.collection)
		return err
	})
	return info, err
}

// create creates the collection, unless another process was faster.
func (x *Index) create(ctx context.Context) error {
	request := &pb.CreateCollection{
		CollectionName: x.collection,
		VectorsConfig:  pb.NewVectorsConfig(&pb.VectorParams{Size: uint64(x.dim), Distance: pb.Distance_Cosine}),
		HnswConfig:     x.graph(),
	}
	if x.opts.Approximate {
		request.QuantizationConfig = pb.NewQuantizationScalar(int8Copies())
	}
	err := x.callUnless(ctx, "creating the collection", codes.AlreadyExists, func(ctx context.Context) error {
		return x.client.CreateCollection(ctx, request)
	})
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

// graph has no links across bots: searches are always within one. Exact
// searches need none at all.
func (x *Index) graph() *pb.HnswConfigDiff {
	perBot := uint64(0)
	if x.opts.Approximate {
		perBot = links
	}
	return &pb.HnswConfigDiff{M: pb.PtrOf(uint64(0)), PayloadM: &perBot}
}

func int8Copies() *pb.ScalarQuantization {
	return &pb.ScalarQuantization{Type: pb.QuantizationType_Int8, AlwaysRam: pb.PtrOf(true)}
}

// adapt changes a collection that was made for the other kind of search.
func (x *Index) adapt(ctx context.Context, config *pb.CollectionConfig) error {
	want := x.graph()
	copies := config.GetQuantizationConfig().GetQuantization() != nil
	now := config.GetHnswConfig()
	if now.GetM() == want.GetM() && now.GetPayloadM() == want.GetPayloadM() && copies == x.opts.Approximate {
		return nil
	}
	request := &pb.UpdateCollection{CollectionName: x.collection, HnswConfig: want, QuantizationConfig: pb.NewQuantizationDiffDisabled()}
	if x.opts.Approximate {
		request.QuantizationConfig = pb.NewQuantizationDiffScalar(int8Copies())
	}
	return x.call(ctx, "adapting the collection", func(ctx context.Context) error {
		return x.client.UpdateCollection(ctx, request)
	})
}

// indexPayload creates the indexes that filters need: bot, by which the server
// groups the vectors, and owner.
func (x *Index) indexPayload(ctx context.Context, have map[string]*pb.PayloadSchemaInfo) error {
	for _, f := range []struct {
		name   string
		params *pb.KeywordIndexParams
	}{
		{fieldBot, &pb.KeywordIndexParams{IsTenant: pb.PtrOf(true)}},
		{fieldOwner, &pb.KeywordIndexParams{EnableHnsw: pb.PtrOf(false)}},
	} {
		if have[f.name].GetDataType() == pb.PayloadSchemaType_Keyword {
			continue
		}
		err := x.write(ctx, "indexing the payload field "+f.name, func(ctx context.Context) (*pb.UpdateResult, error) {
			return x.client.CreateFieldIndex(ctx, &pb.CreateFieldIndexCollection{
				CollectionName:   x.collection,
				Wait:             pb.PtrOf(true),
				FieldName:        f.name,
				FieldType:        pb.FieldType_FieldTypeKeyword.Enum(),
				FieldIndexParams: pb.NewPayloadIndexParamsKeyword(f.params),
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
