package kbtest

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Store is a kb.ArticleStore in memory. It is safe for concurrent use.
type Store struct {
	// Fail, when set, is asked before every call with the method's name; its
	// error is returned and nothing happens.
	Fail func(method string) error

	mu         sync.Mutex
	articles   map[string]map[string]kb.Article
	revisions  map[string][]kb.Revision // by number less 1
	editions   map[string]map[string][]kb.Edition
	drafts     map[string]map[string]kb.Draft
	saved      int64 // drafts so far
	embeddings map[string]map[string][]float32
}

var _ kb.ArticleStore = (*Store)(nil)

// NewStore returns an empty Store.
func NewStore() *Store {
	return &Store{
		articles: map[string]map[string]kb.Article{}, revisions: map[string][]kb.Revision{},
		editions: map[string]map[string][]kb.Edition{}, drafts: map[string]map[string]kb.Draft{},
		embeddings: map[string]map[string][]float32{},
	}
}

func (s *Store) begin(ctx context.Context, method string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.Fail != nil {
		return s.Fail(method)
	}
	return nil
}

// Articles implements kb.ArticleStore.
func (s *Store) Articles(ctx context.Context, bot string) ([]kb.Article, error) {
	if err := s.begin(ctx, "Articles"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []kb.Article
	for _, a := range s.articles[bot] {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b kb.Article) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// Article implements kb.ArticleStore.
func (s *Store) Article(ctx context.Context, bot, id string) (kb.Article, error) {
	if err := s.begin(ctx, "Article"); err != nil {
		return kb.Article{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.articles[bot][id]
	if !ok {
		return kb.Article{}, fault.New(fault.NotFound, "no article %s", id)
	}
	return a, nil
}

// Embeddings implements kb.ArticleStore.
func (s *Store) Embeddings(ctx context.Context, encoderID string, digests []string) (map[string][]float32, error) {
	if err := s.begin(ctx, "Embeddings"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]float32{}
	for _, d := range digests {
		if v, ok := s.embeddings[encoderID][d]; ok {
			out[d] = slices.Clone(v)
		}
	}
	return out, nil
}

// PutEmbeddings implements kb.ArticleStore.
func (s *Store) PutEmbeddings(ctx context.Context, encoderID string, vectors map[string][]float32) error {
	if err := s.begin(ctx, "PutEmbeddings"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.embeddings[encoderID] == nil {
		s.embeddings[encoderID] = map[string][]float32{}
	}
	for d, v := range vectors {
		s.embeddings[encoderID][d] = slices.Clone(v)
	}
	return nil
}

// Cached counts the embeddings of an encoder.
func (s *Store) Cached(encoderID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.embeddings[encoderID])
}
