package base

import (
	"context"
	"slices"
)

// Embed tells each the embedding of every text, in order: from the cache where
// it is there, else encoded and then cached, so that a later change of articles
// with these texts need not. It holds saveEvery embeddings at a time, and a
// call that ends early loses at most these. An error of each ends it.
func (s *Service) Embed(ctx context.Context, texts []string, each func(i int, embedding []float32) error) error {
	encoder := s.opts.Phraser.EncoderID()
	at := 0
	for part := range slices.Chunk(texts, saveEvery) {
		known, err := s.embedded(ctx, encoder, part)
		if err != nil {
			return err
		}
		for _, t := range part {
			if err := each(at, known[t]); err != nil {
				return err
			}
			at++
		}
	}
	return nil
}

// embedded returns the embeddings of texts and caches the new ones.
func (s *Service) embedded(ctx context.Context, encoder string, texts []string) (map[string][]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	digests := make([]string, len(texts))
	for i, t := range texts {
		digests[i] = Digest(encoder, t)
	}
	cached, err := s.opts.Store.Embeddings(ctx, encoder, digests)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]float32, len(texts))
	var missing []string
	for i, t := range texts {
		if v, ok := cached[digests[i]]; ok {
			out[t] = v
		} else if _, twice := out[t]; !twice {
			out[t] = nil
			missing = append(missing, t)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	phrases, err := s.encode(ctx, missing)
	if err != nil {
		return nil, err
	}
	fresh := make(map[string][]float32, len(missing))
	for i, t := range missing {
		out[t] = phrases[i].Embedding
		fresh[Digest(encoder, t)] = phrases[i].Embedding
	}
	return out, s.opts.Store.PutEmbeddings(ctx, encoder, fresh)
}
