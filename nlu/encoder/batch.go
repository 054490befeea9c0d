package encoder

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

// MaxBatch is how many texts EncodeBatch takes at a time.
const MaxBatch = 1 << 14

// EncodeBatch encodes texts as Encode does, those of like length one after the
// other so that they share runs where the model allows. It keeps as many texts
// under way as fill the runs twice over, and while the queue is full it waits
// for its turn, so that a large import never turns messages away. The first
// error ends the batch and names its text (texts[3]); more than MaxBatch texts
// are fault.TooLarge.
func (e *Encoder) EncodeBatch(ctx context.Context, texts []string) ([]nlu.Features, error) {
	if len(texts) > MaxBatch {
		return nil, fault.In("texts", fault.New(fault.TooLarge, "一次最多 %d 条文本，请分批发送 (at most %d texts at a time)", MaxBatch, MaxBatch))
	}
	out := make([]nlu.Features, len(texts))
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(e.underWay())
	for _, i := range byLength(texts) {
		group.Go(func() (err error) {
			if inner.Err() != nil {
				return context.Cause(inner)
			}
			if out[i], err = e.encodePatiently(inner, texts[i]); err != nil {
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

// underWay is how many texts of a batch are in the encoder at a time.
func (e *Encoder) underWay() int {
	if e.opts.Batch == 1 {
		return e.opts.Concurrency
	}
	return min(2*e.opts.Concurrency*e.opts.Batch, e.opts.Concurrency+e.opts.Queue)
}

// byLength returns the places of texts, shorter texts first.
func byLength(texts []string) []int {
	places := make([]int, len(texts))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(len(texts[a]), len(texts[b])) })
	return places
}

// encodePatiently is Encode that waits while the queue is full.
func (e *Encoder) encodePatiently(ctx context.Context, text string) (nlu.Features, error) {
	for {
		features, err := e.encode(ctx, text, "", 0)
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
