package kb

import (
	"context"
	"time"
)

// ArticleStore keeps articles, their past and their drafts, and caches the
// embeddings of their wordings. In a process, the service that owns the indexes
// is its only writer.
type ArticleStore interface {
	// Articles returns all articles of a bot, by ID.
	Articles(ctx context.Context, bot string) ([]Article, error)
	// Article returns one; fault.NotFound when the bot has none with this id.
	Article(ctx context.Context, bot, id string) (Article, error)
	// ChangeArticles makes a change in one transaction and returns what it put
	// as stored, with Version raised and UpdatedAt set, and the revision that
	// it made. A change of nothing makes none: the revision is zero. An empty
	// or doubled id, or another bot's article, is fault.Invalid; what is a
	// fault.Conflict, kb.Change says.
	ChangeArticles(ctx context.Context, bot string, c Change) ([]Article, Revision, error)
	// LastRevision returns the number of the bot's last revision, 0 for none.
	LastRevision(ctx context.Context, bot string) (int64, error)
	// Revisions returns at most limit revisions before the one numbered before
	// (0: from the last), newest first.
	Revisions(ctx context.Context, bot string, before int64, limit int) ([]Revision, error)
	// RevisionAt returns the last revision that was made at t or earlier; the
	// zero Revision when there is none.
	RevisionAt(ctx context.Context, bot string, t time.Time) (Revision, error)
	// ArticlesAt returns the bot's articles, by ID, as a revision left them;
	// fault.NotFound when there is no such revision. Number 0 is what was there
	// before the first.
	ArticlesAt(ctx context.Context, bot string, revision int64) ([]Article, error)
	// Editions returns what the article has been, newest first; fault.NotFound
	// when the bot never had it.
	Editions(ctx context.Context, bot, id string) ([]Edition, error)
	// Drafts returns the bot's drafts, by article ID.
	Drafts(ctx context.Context, bot string) ([]Draft, error)
	// PutDraft saves a draft in place of the article's earlier one and returns
	// it with At set. A draft without an ID is fault.Invalid.
	PutDraft(ctx context.Context, bot string, d Draft) (Draft, error)
	// DeleteDrafts discards the drafts of articles and returns how many there were.
	DeleteDrafts(ctx context.Context, bot string, ids []string) (int, error)
	// Embeddings returns the cached vectors for these wordings' digests; ones
	// not cached are missing from the map.
	Embeddings(ctx context.Context, encoderID string, digests []string) (map[string][]float32, error)
	// PutEmbeddings caches vectors by digest.
	PutEmbeddings(ctx context.Context, encoderID string, vectors map[string][]float32) error
}
