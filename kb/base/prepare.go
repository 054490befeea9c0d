package base

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
)

// Digest is the key under which the embedding of a text is cached: SHA-256 of
// the encoder's id, a zero byte and the text, in hexadecimal.
func Digest(encoderID, text string) string {
	h := sha256.New()
	h.Write([]byte(encoderID))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// saveEvery is how many new embeddings are cached at a time: an index job that
// is stopped loses at most these.
const saveEvery = 256

// prepare returns the phrases of all texts of the articles, from the cache
// where it has their embeddings.
func (s *Service) prepare(ctx context.Context, articles []kb.Article) (map[string]kb.Phrase, error) {
	encoder := s.opts.Phraser.EncoderID()
	digests := map[string]string{} // text → digest
	var order []string
	for _, a := range articles {
		for _, t := range hybrid.Texts(a) {
			if _, ok := digests[t]; !ok {
				digests[t] = Digest(encoder, t)
				order = append(order, t)
			}
		}
	}
	keys := make([]string, len(order))
	for i, t := range order {
		keys[i] = digests[t]
	}
	cached, err := s.opts.Store.Embeddings(ctx, encoder, keys)
	if err != nil {
		return nil, err
	}
	out := make(map[string]kb.Phrase, len(order))
	var missing []string
	for _, t := range order {
		if v, ok := cached[digests[t]]; ok {
			out[t] = kb.Phrase{Embedding: v, Terms: s.opts.Phraser.Terms(t)}
		} else {
			missing = append(missing, t)
		}
	}
	for part := range slices.Chunk(missing, saveEvery) {
		phrases, err := s.encode(ctx, part)
		if err != nil {
			return nil, err
		}
		fresh := make(map[string][]float32, len(part))
		for i, t := range part {
			out[t] = phrases[i]
			fresh[digests[t]] = phrases[i].Embedding
		}
		if err := s.opts.Store.PutEmbeddings(ctx, encoder, fresh); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// encode prepares texts, Workers at once.
func (s *Service) encode(ctx context.Context, texts []string) ([]kb.Phrase, error) {
	out := make([]kb.Phrase, len(texts))
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.opts.Workers)
	for i, t := range texts {
		group.Go(func() error {
			p, err := s.phrase(ctx, t)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			out[i] = p
			return nil
		})
	}
	return out, group.Wait()
}

// phrase prepares one text. When the encoder's queue is full it waits: messages
// of customers go first, articles have time.
func (s *Service) phrase(ctx context.Context, text string) (kb.Phrase, error) {
	for {
		p, err := s.opts.Phraser.Phrase(ctx, text)
		if err == nil {
			return p, nil
		}
		var busy *fault.Error
		if !errors.As(err, &busy) || busy.Code != fault.Busy {
			return kb.Phrase{}, fault.Wrap(err, fault.CodeOf(err), "“%s”无法编码", clip(text))
		}
		select {
		case <-s.opts.Clock.After(max(busy.RetryAfter, 10*time.Millisecond)):
		case <-ctx.Done():
			return kb.Phrase{}, context.Cause(ctx)
		}
	}
}

// clip shortens a text for a message.
func clip(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}
