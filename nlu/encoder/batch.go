package encoder

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

// MaxBatch is how many texts EncodeBatch takes at a time.
const MaxBatch = 1 << 14

// EncodeBatch encodes texts, each in a run of its own, so that every vector is
// what Encode returns for that text alone. No more runs than the encoder's
// Concurrency are asked for at a time; while the queue is full it waits for
// its turn, so that a large import never turns messages away. The first error
// ends the batch and names its text (texts[3]); more than MaxBatch texts are
// fault.TooLarge.
func (e *Encoder) EncodeBatch(ctx context.Context, texts []string) ([]nlu.Features, error) {
	if len(texts) > MaxBatch {
		return nil, fault.In("texts", fault.New(fault.TooLarge, "一次最多 %d 条文本，请分批发送 (at most %d texts at a time)", MaxBatch, MaxBatch))
	}
	out := make([]nlu.Features, len(texts))
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(e.opts.Concurrency)
	for i, text := range texts {
		group.Go(func() (err error) {
			if inner.Err() != nil {
				return context.Cause(inner)
			}
			if out[i], err = e.encodePatiently(inner, text); err != nil {
				return fault.In(fmt.Sprintf("texts[%d]", i), err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// encodePatiently is Encode that waits while the queue is full.
func (e *Encoder) encodePatiently(ctx context.Context, text string) (nlu.Features, error) {
	for {
		features, err := e.Encode(ctx, text)
		if !fault.Is(err, fault.Busy) {
			return features, err
		}
		timer := time.NewTimer(retryAfter)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nlu.Features{}, context.Cause(ctx)
		}
	}
}
