package qdrant

import (
	"errors"
	"fmt"
	"time"

	pb "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/yingda/yingda/internal/fault"
)

// explain turns an error of the client into a fault that says what to do. The
// address and the server's own words are in its cause, for the log only.
func (x *Index) explain(what string, err error) error {
	f := &fault.Error{Err: fmt.Errorf("%s in %s at %s: %w", what, x.collection, x.opts.Addr, err)}
	var limited *pb.QdrantResourceExhaustedError
	if errors.As(err, &limited) {
		f.Code, f.Message = fault.Busy, "Qdrant limits the rate of requests; try again later, or raise its limit"
		f.RetryAfter = time.Duration(limited.RetryAfterS) * time.Second
		return f
	}
	switch status.Code(err) {
	case codes.Unavailable:
		f.Code, f.RetryAfter = fault.Unavailable, time.Second
		f.Message = "Qdrant cannot be reached; check that it runs, that kb.qdrant_addr is its gRPC address (port 6334 by default, not 6333), and kb.qdrant_tls and kb.qdrant_key"
	case codes.Unauthenticated, codes.PermissionDenied:
		// Not fault.Unauthenticated: the caller's own key is not in question.
		f.Code = fault.Unavailable
		f.Message = "Qdrant refuses the key; check kb.qdrant_key, which must allow reading and writing"
	case codes.DeadlineExceeded:
		f.Code, f.RetryAfter = fault.Timeout, time.Second
		f.Message = fmt.Sprintf("Qdrant did not answer within %v; check kb.qdrant_addr, the network and its load", x.opts.Timeout)
	case codes.NotFound:
		f.Code = fault.Unavailable
		f.Message = "Qdrant's collection is gone; restart to create it, then index the articles again"
	case codes.ResourceExhausted:
		f.Code = fault.Unavailable
		f.Message = "Qdrant is out of memory or disk, or its answer is too large; make room on its machine"
	case codes.Unimplemented:
		f.Code = fault.Unsupported
		f.Message = "Qdrant does not know the request; it must be version 1.13 or later"
	case codes.InvalidArgument, codes.OutOfRange:
		f.Code = fault.Internal
		f.Message = "Qdrant refuses the request; its collection may have been changed by another program or its strict mode may forbid it"
	default:
		f.Code, f.RetryAfter = fault.Unavailable, time.Second
		f.Message = "Qdrant failed; its own log says why"
	}
	return f
}

// nonsense is the fault for an answer that breaks the protocol.
func (x *Index) nonsense(format string, args ...any) error {
	return &fault.Error{
		Code:    fault.Internal,
		Message: "Qdrant's answer makes no sense; another program may write to its collection: delete that and index the articles again",
		Err:     fmt.Errorf("%s at %s: "+format, append([]any{x.collection, x.opts.Addr}, args...)...),
	}
}

// isMissing reports the server's own word for a collection that is not there.
func isMissing(err error) bool { return status.Code(err) == codes.NotFound }
