package kb

import "context"

// ArticleStore keeps articles and caches the embeddings of their wordings. The
// service that owns the indexes is its only writer.
type ArticleStore interface {
	// Articles returns all articles of a bot, by ID.
	Articles(ctx context.Context, bot string) ([]Article, error)
	// Article returns one; fault.NotFound when the bot has none with this id.
	Article(ctx context.Context, bot, id string) (Article, error)
	// PutArticles adds or replaces articles in one transaction and returns
	// them as stored, with Version raised and UpdatedAt set. An article whose
	// Version is positive and not the stored one makes the whole call a
	// fault.Conflict that names it.
	PutArticles(ctx context.Context, bot string, articles []Article) ([]Article, error)
	// DeleteArticles removes articles and returns how many there were.
	DeleteArticles(ctx context.Context, bot string, ids []string) (int, error)
	// Embeddings returns the cached vectors for these wordings' digests; ones
	// not cached are missing from the map.
	Embeddings(ctx context.Context, encoderID string, digests []string) (map[string][]float32, error)
	// PutEmbeddings caches vectors by digest.
	PutEmbeddings(ctx context.Context, encoderID string, vectors map[string][]float32) error
}
