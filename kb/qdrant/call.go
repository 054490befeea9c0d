package qdrant

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/yingda/yingda/internal/fault"
)

// The pauses between repetitions double from the first to the longest; each is
// shortened by up to a half at random, so that processes do not repeat in step.
const (
	firstPause   = 50 * time.Millisecond
	longestPause = time.Second
)

// call runs one request within Options.Timeout and repeats it while the server
// is unavailable. what says for the log what was being done.
func (x *Index) call(ctx context.Context, what string, request func(context.Context) error) error {
	return x.callUnless(ctx, what, codes.OK, request)
}

// callUnless is call, but returns the server's own error for the code accept.
func (x *Index) callUnless(ctx context.Context, what string, accept codes.Code, request func(context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	x.mu.RLock()
	if x.closed {
		x.mu.RUnlock()
		return errClosed()
	}
	x.requests.Add(1)
	x.mu.RUnlock()
	defer x.requests.Done()

	limited, cancel := context.WithTimeout(ctx, x.opts.Timeout)
	defer cancel()
	defer context.AfterFunc(x.life, cancel)()

	err := request(limited)
	for n := 0; n < x.opts.Retries && status.Code(err) == codes.Unavailable; n++ {
		select {
		case <-x.opts.Clock.After(x.pause(n)):
		case <-limited.Done():
		}
		if limited.Err() != nil {
			break
		}
		err = request(limited)
	}
	// The server may notice the caller's deadline a moment before the caller does.
	if mine, ok := ctx.Deadline(); ok && status.Code(err) == codes.DeadlineExceeded {
		if d, _ := limited.Deadline(); !mine.After(d) {
			<-ctx.Done()
		}
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case x.life.Err() != nil:
		return errClosed()
	case status.Code(err) == accept:
		return err
	}
	return x.explain(what, err)
}

// pause is the time before repetition n, which counts from 0.
func (x *Index) pause(n int) time.Duration {
	d := longestPause
	if n < 10 {
		d = min(firstPause<<n, longestPause)
	}
	return d - time.Duration(x.opts.Random()*float64(d)/2)
}

func errClosed() error {
	return fault.New(fault.Unavailable, "the connection to Qdrant is closed: the program is stopping; try again")
}
