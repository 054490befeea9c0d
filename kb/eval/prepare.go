package eval

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Prepare encodes and segments every distinct text, workers at once (0: 2). It ends at the first error, which names the text.
func Prepare(ctx context.Context, phraser kb.Phraser, texts []string, workers int) (map[string]kb.Phrase, error) {
	if workers <= 0 {
		workers = 2
	}
	out := make(map[string]kb.Phrase, len(texts))
	for _, t := range texts {
		out[t] = kb.Phrase{}
	}
	distinct := make([]string, 0, len(out))
	for t := range out {
		distinct = append(distinct, t)
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, t := range distinct {
		group.Go(func() error {
			p, err := phraser.Phrase(ctx, t)
			if err != nil {
				return fault.Wrap(err, fault.CodeOf(err), "%q cannot be prepared for the index", t)
			}
			mu.Lock()
			defer mu.Unlock()
			out[t] = p
			return nil
		})
	}
	return out, group.Wait()
}
