package qdrant

import (
	"context"
	"errors"
	"math"
	"sync"
	"unicode/utf8"

	pb "github.com/qdrant/go-client/qdrant"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// maxDimension is the longest vector that Qdrant takes.
const maxDimension = 65535

// Index implements kb.VectorIndex and hybrid.Vectors on one collection. It is
// safe for concurrent use; Close it when done.
//
// All its methods fail with fault.Unavailable when the server cannot be
// reached, refuses the key or has lost the collection, fault.Timeout when it
// does not answer in Options.Timeout, fault.Busy when it limits the rate,
// fault.Internal when its answer makes no sense, and with the context's cause
// when that ends first.
type Index struct {
	client     *pb.Client
	opts       Options
	collection string
	dim        int

	life context.Context // ends with Close
	end  context.CancelFunc

	mu       sync.RWMutex // guards closed and the first Add of requests
	closed   bool
	requests sync.WaitGroup
}

var _ kb.VectorIndex = (*Index)(nil)

// Open connects to the server and makes sure of the collection that holds
// vectors of dim values of the encoder: it is created if the server lacks it.
// fault.Invalid: wrong options, no encoder id or an impossible dimension.
// fault.Conflict: the collection holds vectors of another dimension or is not
// one of Yingda's. fault.Unsupported: the server is older than 1.13.
func Open(ctx context.Context, encoderID string, dim int, opts Options) (*Index, error) {
	x, err := connect(encoderID, dim, opts)
	if err != nil {
		return nil, err
	}
	if _, err = x.prepare(ctx); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// connect is Open without a word to the server.
func connect(encoderID string, dim int, opts Options) (*Index, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if encoderID == "" {
		return nil, fault.New(fault.Invalid, "the encoder has no id, which would name Qdrant's collection")
	}
	if dim < 1 || dim > maxDimension {
		return nil, fault.New(fault.Invalid, "vectors of %d values; Qdrant takes 1 to %d", dim, maxDimension)
	}
	client, err := opts.connect()
	if err != nil {
		return nil, err
	}
	x := &Index{client: client, opts: opts, collection: collectionName(opts.Prefix, encoderID), dim: dim}
	x.life, x.end = context.WithCancel(context.Background())
	return x, nil
}

// prepare looks at the server's version and makes sure of the collection; made
// reports that there was none.
func (x *Index) prepare(ctx context.Context) (made bool, err error) {
	if !x.opts.SkipVersionCheck {
		if _, err := x.checkVersion(ctx); err != nil {
			return false, err
		}
	}
	return x.ensure(ctx)
}

// Dimension is the length of the index's vectors.
func (x *Index) Dimension() int { return x.dim }

// Collection is the name of the collection on the server.
func (x *Index) Collection() string { return x.collection }

// Drop deletes the collection with everything in it, of all bots.
func (x *Index) Drop(ctx context.Context) error {
	return x.call(ctx, "deleting the collection", func(ctx context.Context) error {
		return x.client.DeleteCollection(ctx, x.collection)
	})
}

// Close ends requests that are under way with fault.Unavailable, as all later
// ones, and closes the connections. What the server holds stays.
func (x *Index) Close() error {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return nil
	}
	x.closed = true
	x.mu.Unlock()
	x.end()
	x.requests.Wait()
	if err := x.client.Close(); err != nil {
		return fault.Wrap(err, fault.Unavailable, "the connections to Qdrant did not close cleanly")
	}
	return nil
}

// check refuses vectors of another dimension and ones that hold NaN or infinity.
func (x *Index) check(v []float32) error {
	if len(v) != x.dim {
		return fault.New(fault.Invalid, "the vector has %d values, the index holds vectors of %d; encode with the index's encoder", len(v), x.dim)
	}
	for i, f := range v {
		if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
			return fault.New(fault.Invalid, "value %d of the vector is not a finite number", i)
		}
	}
	return nil
}

// checkNames refuses what protocol buffers cannot carry.
func checkNames(what string, names ...string) error {
	for _, n := range names {
		if !utf8.ValidString(n) {
			return fault.New(fault.Invalid, "the %s %q is not valid UTF-8", what, n)
		}
	}
	return nil
}
