package main

import (
	"context"
	"time"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/help"
	"github.com/yingda/yingda/kb/typeahead"
	"github.com/yingda/yingda/nlu/segment"
)

// helpDesk is the help centre, in step with the knowledge base as its follower.
type helpDesk struct {
	api.HelpCounts
	help.Searcher
	*typeahead.Index
	related *help.Related
}

var (
	_ api.Help      = (*helpDesk)(nil)
	_ base.Follower = (*helpDesk)(nil)
)

// newHelpDesk returns a help desk whose proposals are ordered by use, too.
func newHelpDesk(counts api.HelpCounts, prior kb.Prior) *helpDesk {
	return &helpDesk{HelpCounts: counts, Index: typeahead.New(typeahead.Options{Simplify: segment.Simplify, Prior: prior})}
}

// attach gives it the knowledge base, before that reads any article.
func (h *helpDesk) attach(service *base.Service, reader func(bot string) kb.Reader, vectors kb.VectorIndex) (err error) {
	h.Searcher = help.Searcher{Reader: reader, Retriever: service}
	h.related, err = help.NewRelated(service, vectors)
	return err
}

// Put implements base.Follower.
func (h *helpDesk) Put(bot string, articles []kb.Article) {
	h.Index.Put(bot, articles)
	h.related.Put(bot, articles)
}

// Delete implements base.Follower.
func (h *helpDesk) Delete(bot string, ids []string) {
	h.Index.Delete(bot, ids)
	h.related.Delete(bot, ids)
}

// To implements api.Help.
func (h *helpDesk) To(ctx context.Context, bot, article string, at time.Time, limit int) ([]kb.Article, error) {
	return h.related.To(ctx, bot, article, at, limit)
}
