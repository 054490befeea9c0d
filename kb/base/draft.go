package base

import (
	"context"
	"slices"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Pending is a draft beside what is published.
type Pending struct {
	kb.Draft
	// New is true when nothing is published under the draft's ID.
	New bool `json:"new"`
	// Stale is true when the article changed after the draft was made: it
	// cannot be published until it is saved anew from the present version.
	Stale bool `json:"stale"`
}

// SaveDraft keeps an article as it should become, or its removal, without
// publishing it, in place of its earlier draft. The article is cleaned, and
// gets an ID if it has none. A Version of 0 means the present one. A flaw is
// fault.Invalid, the removal of an article that there is not fault.NotFound.
func (s *Service) SaveDraft(ctx context.Context, bot string, d kb.Draft) (kb.Draft, error) {
	if err := s.fresh(ctx, bot); err != nil {
		return kb.Draft{}, err
	}
	version := d.Article.Version
	if d.Remove {
		a, err := s.Get(ctx, bot, d.Article.ID)
		if err != nil {
			return kb.Draft{}, err
		}
		d.Article = a
	} else {
		ready, err := s.ready(bot, []kb.Article{d.Article})
		if err != nil {
			return kb.Draft{}, fault.In("article", err)
		}
		d.Article = ready[0]
	}
	now, _ := s.opts.Index.Article(bot, d.Article.ID)
	switch {
	case version == 0:
		version = now.Version
	case version < 0 || version > now.Version && now.Version > 0:
		return kb.Draft{}, fault.In("article.version", fault.New(fault.Invalid, "条目 %s 没有第 %d 个版本", d.Article.ID, version))
	}
	d.Article.Version = version
	return s.opts.Store.PutDraft(ctx, bot, d)
}

// Drafts returns what is not published, by article ID.
func (s *Service) Drafts(ctx context.Context, bot string) ([]Pending, error) {
	if err := s.fresh(ctx, bot); err != nil {
		return nil, err
	}
	drafts, err := s.opts.Store.Drafts(ctx, bot)
	if err != nil {
		return nil, err
	}
	out := make([]Pending, len(drafts))
	for i, d := range drafts {
		now, there := s.opts.Index.Article(bot, d.Article.ID)
		out[i] = Pending{Draft: d, New: !there, Stale: stale(d, now, there)}
	}
	return out, nil
}

// stale reports whether a draft was made from another version than the
// published one. The removal of what is gone already is not stale.
func stale(d kb.Draft, now kb.Article, there bool) bool {
	if d.Remove && !there {
		return false
	}
	return now.Version != d.Article.Version
}

// DiscardDrafts gives up the drafts of articles and returns how many there were.
func (s *Service) DiscardDrafts(ctx context.Context, bot string, ids []string) (int, error) {
	return s.opts.Store.DeleteDrafts(ctx, bot, ids)
}

// Publish makes drafts what answers, all in one change or none: those of the
// articles named, or every draft when ids is empty. A draft that there is not
// is fault.NotFound, one whose article changed after it was made fault.Conflict;
// both name the article. With nothing to publish it is fault.Invalid.
func (s *Service) Publish(ctx context.Context, bot string, ids []string, author, note string) ([]kb.Article, kb.Revision, error) {
	return s.revise(ctx, bot, func(ctx context.Context) (kb.Change, error) {
		drafts, err := s.opts.Store.Drafts(ctx, bot)
		if err == nil {
			drafts, err = pick(drafts, ids)
		}
		if err != nil {
			return kb.Change{}, err
		}
		return s.publication(bot, drafts, kb.Change{Author: author, Note: note})
	})
}

// pick returns the drafts of the articles named, all when none is.
func pick(drafts []kb.Draft, ids []string) ([]kb.Draft, error) {
	if len(ids) > 0 {
		drafts = slices.DeleteFunc(drafts, func(d kb.Draft) bool { return !slices.Contains(ids, d.Article.ID) })
		for _, id := range ids {
			if !slices.ContainsFunc(drafts, func(d kb.Draft) bool { return d.Article.ID == id }) {
				return nil, fault.In(clip(id), fault.New(fault.NotFound, "条目 %s 没有草稿", clip(id)))
			}
		}
	}
	if len(drafts) == 0 {
		return nil, fault.New(fault.Invalid, "没有可发布的草稿")
	}
	return drafts, nil
}

// publication adds to c what publishes drafts.
func (s *Service) publication(bot string, drafts []kb.Draft, c kb.Change) (kb.Change, error) {
	c.Drafts = drafts
	for _, d := range drafts {
		now, there := s.opts.Index.Article(bot, d.Article.ID)
		if stale(d, now, there) {
			return c, fault.In(d.Article.ID, fault.New(fault.Conflict,
				"条目 %s 在草稿之后被修改过（草稿基于第 %d 个版本，现在是第 %d 个），请打开草稿核对后重新保存", d.Article.ID, d.Article.Version, now.Version))
		}
		if d.Remove {
			c.Delete = append(c.Delete, d.Article.ID)
			continue
		}
		ready, err := s.ready(bot, []kb.Article{d.Article}) // the rules may be stricter than when it was saved
		if err != nil {
			return c, fault.In(d.Article.ID, err)
		}
		c.Put = append(c.Put, ready[0])
	}
	return c, nil
}
