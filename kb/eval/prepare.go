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
	return each(ctx, texts, workers, phraser.Phrase)
}

// Read reads every distinct text as a question: with the reader as live
// messages are read, or, where it is nil, with the phraser alone. It ends as Prepare does.
func Read(ctx context.Context, reader kb.Reader, phraser kb.Phraser, texts []string, workers int) (map[string]kb.Query, error) {
	return each(ctx, texts, workers, func(ctx context.Context, text string) (kb.Query, error) {
		if reader != nil {
			return reader.Read(ctx, text)
		}
		p, err := phraser.Phrase(ctx, text)
		return kb.Query{Text: text, Embedding: p.Embedding, EncoderID: phraser.EncoderID(), Terms: p.Terms}, err
	})
}

// each asks for every distinct text, workers at once.
func each[T any](ctx context.Context, texts []string, workers int, ask func(context.Context, string) (T, error)) (map[string]T, error) {
	if workers <= 0 {
		workers = 2
	}
	out := make(map[string]T, len(texts))
	var none T
	for _, t := range texts {
		out[t] = none
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
			p, err := ask(ctx, t)
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
