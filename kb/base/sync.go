package base

import (
	"context"
	"errors"
)

// Sync takes over what other processes changed in the articles of the bots
// that are open: for each it asks the store for the number of the last
// revision, which is cheap, and reads the articles where it is another than
// the index holds. A bot that fails does not keep the others from being read;
// the faults come joined.
func (s *Service) Sync(ctx context.Context) error {
	s.mu.Lock()
	shelves := make(map[string]*shelf, len(s.shelves))
	for bot, b := range s.shelves {
		if b.ready.Load() {
			shelves[bot] = b
		}
	}
	s.mu.Unlock()
	var all error
	for bot, b := range shelves {
		all = errors.Join(all, s.sync(ctx, bot, b))
	}
	return all
}

func (s *Service) sync(ctx context.Context, bot string, b *shelf) error {
	last, err := s.opts.Store.LastRevision(ctx, bot)
	if err != nil || last == b.revision.Load() {
		return err
	}
	if err := b.lock(ctx); err != nil {
		return err
	}
	defer b.unlock()
	if last <= b.revision.Load() { // the change was this process's own
		return nil
	}
	return s.load(ctx, bot, b)
}

// fresh opens a bot and takes over what other processes changed.
func (s *Service) fresh(ctx context.Context, bot string) error {
	b, err := s.open(ctx, bot)
	if err != nil {
		return err
	}
	return s.sync(ctx, bot, b)
}
