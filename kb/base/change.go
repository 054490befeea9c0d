package base

import (
	"context"
	"fmt"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
)

// Put adds or replaces articles and returns them as stored. They are cleaned;
// one without an ID gets one. A flaw is fault.Invalid and names the article
// and field; an article whose Version is positive and not the stored one is
// fault.Conflict. Either stores nothing.
func (s *Service) Put(ctx context.Context, bot string, articles []kb.Article) ([]kb.Article, error) {
	ready := make([]kb.Article, len(articles))
	seen := make(map[string]bool, len(articles))
	for i, a := range articles {
		a = a.Clean()
		a.Bot = bot
		err := a.Check()
		if err == nil && a.ID == "" {
			a.ID = s.opts.IDs.New("art")
		}
		if err == nil && seen[a.ID] {
			err = fault.In("id", fault.New(fault.Invalid, "编号 %s 在同一批里出现了两次", a.ID))
		}
		if err != nil {
			return nil, fault.In(fmt.Sprintf("articles[%d]", i), err)
		}
		seen[a.ID] = true
		ready[i] = a
	}
	if len(ready) == 0 {
		return nil, nil
	}
	b, err := s.open(ctx, bot)
	if err != nil {
		return nil, err
	}
	if err := b.lock(ctx); err != nil {
		return nil, err
	}
	defer b.unlock()
	return s.put(ctx, bot, b, ready)
}

// put encodes, stores and indexes clean articles; b is locked.
func (s *Service) put(ctx context.Context, bot string, b *shelf, articles []kb.Article) ([]kb.Article, error) {
	texts, err := s.prepare(ctx, articles)
	if err != nil {
		return nil, err
	}
	stored, err := s.opts.Store.PutArticles(ctx, bot, articles)
	if err != nil {
		return nil, err
	}
	// What is stored must be indexed even if the caller has gone; a failure
	// leaves the shelf to be read anew by the next call.
	if err := s.opts.Index.Put(context.WithoutCancel(ctx), bot, hybrid.Entries(stored, texts)); err != nil {
		b.ready.Store(false)
		return nil, err
	}
	return stored, nil
}

// Delete removes articles and returns how many there were.
func (s *Service) Delete(ctx context.Context, bot string, ids []string) (int, error) {
	b, err := s.open(ctx, bot)
	if err != nil {
		return 0, err
	}
	if err := b.lock(ctx); err != nil {
		return 0, err
	}
	defer b.unlock()
	n, err := s.opts.Store.DeleteArticles(ctx, bot, ids)
	if err != nil {
		return 0, err
	}
	if err := s.opts.Index.Delete(context.WithoutCancel(ctx), bot, ids); err != nil {
		b.ready.Store(false)
		return n, err
	}
	return n, nil
}
