package kbtest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Moment is when the Store dates a bot's nth revision or its nth draft: n
// seconds into 2026, so that tests need no clock.
func Moment(n int64) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
}

// ChangeArticles implements kb.ArticleStore.
func (s *Store) ChangeArticles(ctx context.Context, bot string, c kb.Change) ([]kb.Article, kb.Revision, error) {
	if err := s.begin(ctx, "ChangeArticles"); err != nil {
		return nil, kb.Revision{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fits(bot, c); err != nil {
		return nil, kb.Revision{}, err
	}
	if s.articles[bot] == nil {
		s.articles[bot], s.editions[bot] = map[string]kb.Article{}, map[string][]kb.Edition{}
	}
	number := int64(len(s.revisions[bot])) + 1
	r := kb.Revision{Number: number, At: Moment(number), Author: c.Author, Note: c.Note, Put: len(c.Put)}
	for _, id := range c.Delete {
		if _, ok := s.articles[bot][id]; ok {
			r.Deleted++
		}
	}
	if r.Put+r.Deleted+len(c.Drafts) == 0 {
		return nil, kb.Revision{}, nil
	}
	out := slices.Clone(c.Put)
	for i := range out {
		a := &out[i]
		past := s.editions[bot][a.ID]
		a.Bot, a.UpdatedAt, a.Version = bot, r.At, 1
		if len(past) > 0 {
			a.Version = past[len(past)-1].Article.Version + 1
		}
		s.articles[bot][a.ID] = *a
		s.editions[bot][a.ID] = append(past, kb.Edition{Revision: r, Article: *a})
	}
	for _, id := range c.Delete {
		if a, ok := s.articles[bot][id]; ok {
			delete(s.articles[bot], id)
			s.editions[bot][id] = append(s.editions[bot][id], kb.Edition{Revision: r, Gone: true, Article: a})
		}
	}
	for _, d := range c.Drafts {
		delete(s.drafts[bot], d.Article.ID)
	}
	s.revisions[bot] = append(s.revisions[bot], r)
	return out, r, nil
}

// fits returns why a change cannot be made.
func (s *Store) fits(bot string, c kb.Change) error {
	if last := int64(len(s.revisions[bot])); c.Since != nil && *c.Since != last {
		return fault.New(fault.Conflict, "the base is at revision %d, not %d", last, *c.Since)
	}
	seen := map[string]bool{}
	for _, a := range c.Put {
		if a.ID == "" || seen[a.ID] {
			return fault.New(fault.Invalid, "an id is empty or doubled: %q", a.ID)
		}
		seen[a.ID] = true
		if old := s.articles[bot][a.ID].Version; a.Version > 0 && a.Version != old {
			return fault.In(a.ID, fault.New(fault.Conflict, "article %s has version %d, not %d", a.ID, old, a.Version))
		}
	}
	for _, id := range c.Delete {
		if seen[id] {
			return fault.New(fault.Invalid, "%q is given twice", id)
		}
		seen[id] = true
	}
	for _, d := range c.Drafts {
		if now, ok := s.drafts[bot][d.Article.ID]; !ok || !now.At.Equal(d.At) {
			return fault.In(d.Article.ID, fault.New(fault.Conflict, "the draft of %s is another now", d.Article.ID))
		}
	}
	return nil
}

// LastRevision implements kb.ArticleStore.
func (s *Store) LastRevision(ctx context.Context, bot string) (int64, error) {
	if err := s.begin(ctx, "LastRevision"); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.revisions[bot])), nil
}

// Revisions implements kb.ArticleStore.
func (s *Store) Revisions(ctx context.Context, bot string, before int64, limit int) ([]kb.Revision, error) {
	if err := s.begin(ctx, "Revisions"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.revisions[bot]
	if before > 0 {
		all = all[:min(int64(len(all)), before-1)]
	}
	if limit <= 0 {
		limit = 50
	}
	out := slices.Clone(all[max(0, len(all)-limit):])
	slices.Reverse(out)
	return out, nil
}

// RevisionAt implements kb.ArticleStore.
func (s *Store) RevisionAt(ctx context.Context, bot string, t time.Time) (kb.Revision, error) {
	if err := s.begin(ctx, "RevisionAt"); err != nil {
		return kb.Revision{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range slices.Backward(s.revisions[bot]) {
		if !r.At.After(t) {
			return r, nil
		}
	}
	return kb.Revision{}, nil
}

// ArticlesAt implements kb.ArticleStore.
func (s *Store) ArticlesAt(ctx context.Context, bot string, revision int64) ([]kb.Article, error) {
	if err := s.begin(ctx, "ArticlesAt"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if revision < 0 || revision > int64(len(s.revisions[bot])) {
		return nil, fault.New(fault.NotFound, "no revision %d", revision)
	}
	var out []kb.Article
	for _, editions := range s.editions[bot] {
		for _, e := range slices.Backward(editions) {
			if e.Number > revision {
				continue
			}
			if !e.Gone {
				out = append(out, e.Article)
			}
			break
		}
	}
	slices.SortFunc(out, func(a, b kb.Article) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// Editions implements kb.ArticleStore.
func (s *Store) Editions(ctx context.Context, bot, id string) ([]kb.Edition, error) {
	if err := s.begin(ctx, "Editions"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.editions[bot][id])
	if len(out) == 0 {
		return nil, fault.New(fault.NotFound, "no article %s", id)
	}
	slices.Reverse(out)
	return out, nil
}

// Drafts implements kb.ArticleStore.
func (s *Store) Drafts(ctx context.Context, bot string) ([]kb.Draft, error) {
	if err := s.begin(ctx, "Drafts"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []kb.Draft
	for _, d := range s.drafts[bot] {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b kb.Draft) int { return cmp.Compare(a.Article.ID, b.Article.ID) })
	return out, nil
}

// PutDraft implements kb.ArticleStore.
func (s *Store) PutDraft(ctx context.Context, bot string, d kb.Draft) (kb.Draft, error) {
	if err := s.begin(ctx, "PutDraft"); err != nil {
		return kb.Draft{}, err
	}
	if d.Article.ID == "" {
		return kb.Draft{}, fault.New(fault.Invalid, "the draft has no id")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drafts[bot] == nil {
		s.drafts[bot] = map[string]kb.Draft{}
	}
	s.saved++
	d.At, d.Article.Bot = Moment(s.saved), bot
	s.drafts[bot][d.Article.ID] = d
	return d, nil
}

// DeleteDrafts implements kb.ArticleStore.
func (s *Store) DeleteDrafts(ctx context.Context, bot string, ids []string) (int, error) {
	if err := s.begin(ctx, "DeleteDrafts"); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, id := range ids {
		if _, ok := s.drafts[bot][id]; ok {
			delete(s.drafts[bot], id)
			n++
		}
	}
	return n, nil
}
