package base

import (
	"context"
	"fmt"
	"slices"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Change makes a change and returns what it put, as stored, and its revision,
// which is zero when the change changed nothing. Articles are cleaned; one
// without an ID gets one. A flaw is fault.Invalid and names the article and
// field; what is a fault.Conflict, kb.Change says. Either stores nothing. Each
// call is one revision, however much it changes.
func (s *Service) Change(ctx context.Context, bot string, c kb.Change) ([]kb.Article, kb.Revision, error) {
	ready, err := s.ready(bot, c.Put)
	if err != nil {
		return nil, kb.Revision{}, err
	}
	c.Put = ready
	c.Delete = slices.Compact(slices.Sorted(slices.Values(c.Delete)))
	if len(c.Put)+len(c.Delete)+len(c.Drafts) == 0 {
		return nil, kb.Revision{}, nil
	}
	b, err := s.open(ctx, bot)
	if err != nil {
		return nil, kb.Revision{}, err
	}
	if err := b.lock(ctx); err != nil {
		return nil, kb.Revision{}, err
	}
	defer b.unlock()
	return s.change(ctx, bot, b, c)
}

// Put is a Change that adds or replaces articles, made by the program itself.
func (s *Service) Put(ctx context.Context, bot string, articles []kb.Article) ([]kb.Article, error) {
	stored, _, err := s.Change(ctx, bot, kb.Change{Put: articles})
	return stored, err
}

// Delete is a Change that removes articles, made by the program itself; it
// returns how many there were.
func (s *Service) Delete(ctx context.Context, bot string, ids []string) (int, error) {
	_, revision, err := s.Change(ctx, bot, kb.Change{Delete: ids})
	return revision.Deleted, err
}

// ready cleans and checks articles and gives ids to those that have none.
func (s *Service) ready(bot string, articles []kb.Article) ([]kb.Article, error) {
	out := make([]kb.Article, len(articles))
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
		out[i] = a
	}
	return out, nil
}

// change encodes, stores and indexes a change of clean articles; b is open and
// locked.
func (s *Service) change(ctx context.Context, bot string, b *shelf, c kb.Change) ([]kb.Article, kb.Revision, error) {
	texts, err := s.ahead(ctx, c.Put)
	if err != nil {
		return nil, kb.Revision{}, err
	}
	stored, revision, err := s.opts.Store.ChangeArticles(ctx, bot, c)
	if err != nil || revision.Number == 0 {
		return nil, kb.Revision{}, err
	}
	// What is stored must be indexed even if the caller has gone; a failure
	// leaves the shelf to be read anew by the next call.
	ctx = context.WithoutCancel(ctx)
	if err := s.index(ctx, bot, stored, texts, true); err != nil {
		b.ready.Store(false)
		return nil, revision, err
	}
	if err := s.opts.Index.Delete(ctx, bot, c.Delete); err != nil {
		b.ready.Store(false)
		return stored, revision, err
	}
	s.tell(bot, stored, c.Delete)
	// Where another process made a revision between, Sync reads both.
	if b.revision.CompareAndSwap(revision.Number-1, revision.Number) {
		s.changed(bot, stamp(revision))
	}
	return stored, revision, nil
}
