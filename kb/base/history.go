package base

import (
	"context"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// History returns at most limit revisions (0: 50, at most 200) before the one
// numbered before (0: from the last), newest first.
func (s *Service) History(ctx context.Context, bot string, before int64, limit int) ([]kb.Revision, error) {
	if limit <= 0 {
		limit = defaultPage
	}
	return s.opts.Store.Revisions(ctx, bot, before, min(limit, maxPage))
}

// RevisionAt returns the last revision that was made at t or earlier; the zero
// Revision when there is none.
func (s *Service) RevisionAt(ctx context.Context, bot string, t time.Time) (kb.Revision, error) {
	return s.opts.Store.RevisionAt(ctx, bot, t)
}

// Editions returns what an article has been, newest first; fault.NotFound when
// the bot never had it.
func (s *Service) Editions(ctx context.Context, bot, id string) ([]kb.Edition, error) {
	return s.opts.Store.Editions(ctx, bot, id)
}

// Diff compares an article as two revisions left it. Below zero, to is the
// latest edition and from the one before to. fault.NotFound when the article
// was not there at either.
func (s *Service) Diff(ctx context.Context, bot, id string, from, to int64) (Difference, error) {
	editions, err := s.Editions(ctx, bot, id)
	if err != nil {
		return Difference{}, err
	}
	if to < 0 {
		to = editions[0].Number
	}
	latest, newer := editionAt(editions, to)
	if from < 0 {
		from = max(0, latest.Number-1)
	}
	old, older := editionAt(editions, from)
	if !older && !newer {
		return Difference{}, fault.New(fault.NotFound, "第 %d 版和第 %d 版里都没有条目 %s", from, to, clip(id))
	}
	d := Difference{From: from, To: to}
	var a, b kb.Article
	if older {
		a = old.Article
		d.Old = &old.Revision
	}
	if newer {
		b = latest.Article
		d.New = &latest.Revision
	}
	d.Fields = Compare(a, b)
	return d, nil
}

// editionAt returns the edition in force after a revision; false when the
// article was not there then. The editions are newest first.
func editionAt(editions []kb.Edition, revision int64) (kb.Edition, bool) {
	for _, e := range editions {
		if e.Number <= revision {
			return e, !e.Gone
		}
	}
	return kb.Edition{}, false
}
