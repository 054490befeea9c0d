package base

import (
	"context"
	"runtime"
	"slices"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
)

// piece is how many articles are indexed at a time: the embeddings of a large
// change, which the index copies, are not all held twice.
const piece = 1000

// collectAfter is after how many pieces of a change garbage is collected. What
// preparing them leaves would else pile up to as much as all the program holds
// before the runtime collects it: 500 MB for 50 000 articles, 200 MB so. A collection
// takes 50 ms of CPU then.
const collectAfter = 2

// ahead makes sure that the articles can be indexed: it returns their texts, or
// for more than a piece encodes them into the cache and returns nil.
func (s *Service) ahead(ctx context.Context, articles []kb.Article) (map[string]kb.Phrase, error) {
	if len(articles) <= piece {
		return s.prepare(ctx, articles)
	}
	var texts []string
	for _, a := range articles {
		texts = append(texts, hybrid.Texts(a)...)
	}
	return nil, s.Embed(ctx, texts, func(int, []float32) error { return nil })
}

// index puts articles into the index, with the texts that ahead returned.
// collect bounds the garbage of many: it is for changes, whose size is bounded;
// to collect so often while a base of any size is read would take longer than
// reading it.
func (s *Service) index(ctx context.Context, bot string, articles []kb.Article, texts map[string]kb.Phrase, collect bool) error {
	if texts != nil {
		return s.opts.Index.Put(ctx, bot, hybrid.Entries(articles, texts))
	}
	done := 0
	for part := range slices.Chunk(articles, piece) {
		texts, err := s.prepare(ctx, part)
		if err != nil {
			return err
		}
		if err := s.opts.Index.Put(ctx, bot, hybrid.Entries(part, texts)); err != nil {
			return err
		}
		if done++; collect && done%collectAfter == 0 {
			runtime.GC()
		}
	}
	return nil
}
