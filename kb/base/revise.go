package base

import (
	"context"
	"fmt"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// reviseTries is how often a change is made anew because another process was
// faster.
const reviseTries = 8

// revise makes the change that plan draws from the articles as they stand. No
// change of another process comes between: plan is asked again after one. plan
// runs with the shelf locked and the index at the last revision.
func (s *Service) revise(ctx context.Context, bot string, plan func(ctx context.Context) (kb.Change, error)) ([]kb.Article, kb.Revision, error) {
	b, err := s.open(ctx, bot)
	if err != nil {
		return nil, kb.Revision{}, err
	}
	if err := b.lock(ctx); err != nil {
		return nil, kb.Revision{}, err
	}
	defer b.unlock()
	for try := 1; ; try++ {
		last, err := s.current(ctx, bot, b)
		if err != nil {
			return nil, kb.Revision{}, err
		}
		c, err := plan(ctx)
		if err != nil {
			return nil, kb.Revision{}, err
		}
		c.Since = &last
		stored, revision, err := s.change(ctx, bot, b, c)
		if err == nil || !fault.Is(err, fault.Conflict) || try == reviseTries {
			return stored, revision, err
		}
	}
}

// current makes the index hold the last revision and returns its number; b is
// locked.
func (s *Service) current(ctx context.Context, bot string, b *shelf) (int64, error) {
	last, err := s.opts.Store.LastRevision(ctx, bot)
	if err != nil {
		return 0, err
	}
	if last != b.revision.Load() || !b.ready.Load() {
		if err := s.load(ctx, bot, b); err != nil {
			return 0, err
		}
	}
	return b.revision.Load(), nil
}

// RollBack makes a bot's articles what they were after a revision, in one
// change, which is a revision itself and can be rolled back like any other. It
// is the zero Revision when the articles are so already. Drafts stay. A
// revision that there is not is fault.NotFound. An empty note says which it was.
func (s *Service) RollBack(ctx context.Context, bot string, revision int64, author, note string) (kb.Revision, error) {
	then, err := s.opts.Store.ArticlesAt(ctx, bot, revision)
	if err != nil {
		return kb.Revision{}, err
	}
	if note == "" {
		note = fmt.Sprintf("回到第 %d 版", revision)
	}
	_, made, err := s.revise(ctx, bot, func(context.Context) (kb.Change, error) {
		c := kb.Change{Author: author, Note: note}
		kept := make(map[string]bool, len(then))
		for _, a := range then {
			kept[a.ID] = true
			if now, ok := s.opts.Index.Article(bot, a.ID); !ok || !now.Same(a) {
				a.Version = 0
				c.Put = append(c.Put, a)
			}
		}
		for _, a := range s.opts.Index.Articles(bot) {
			if !kept[a.ID] {
				c.Delete = append(c.Delete, a.ID)
			}
		}
		return c, nil
	})
	return made, err
}
