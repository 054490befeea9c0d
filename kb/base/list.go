package base

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
)

// Filter selects articles; zero fields do not restrict.
type Filter struct {
	Category string
	// Text is found in the question, a similar question or the answer,
	// whatever the case, width and punctuation.
	Text   string
	Limit  int // 0 means 50; at most 200
	Cursor string
}

// The limits of a page.
const (
	defaultPage = 50
	maxPage     = 200
)

// List returns a page of articles by id, and the cursor of the next page,
// empty at the end. A damaged cursor is fault.Invalid.
func (s *Service) List(ctx context.Context, bot string, f Filter) (articles []kb.Article, next string, err error) {
	if _, err := s.open(ctx, bot); err != nil {
		return nil, "", err
	}
	after, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	if err != nil {
		return nil, "", fault.In("cursor", fault.New(fault.Invalid, "翻页标记无效，请从第一页重新打开"))
	}
	limit := f.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	limit = min(limit, maxPage)
	text := hybrid.Fold(f.Text)
	all := s.opts.Index.Articles(bot)
	from, _ := slices.BinarySearchFunc(all, string(after), func(a kb.Article, id string) int { return strings.Compare(a.ID, id) })
	for ; from < len(all); from++ {
		a := all[from]
		if a.ID == string(after) || f.Category != "" && a.Category != f.Category || text != "" && !mentions(a, text) {
			continue
		}
		if len(articles) == limit {
			return articles, base64.RawURLEncoding.EncodeToString([]byte(articles[limit-1].ID)), nil
		}
		articles = append(articles, a)
	}
	return articles, "", nil
}

// mentions reports whether a text of the article holds the folded text.
func mentions(a kb.Article, text string) bool {
	for _, t := range append(a.Phrasings(), a.Answer) {
		if strings.Contains(hybrid.Fold(t), text) {
			return true
		}
	}
	return false
}

// Get returns an article; fault.NotFound when the bot has none with this id.
func (s *Service) Get(ctx context.Context, bot, id string) (kb.Article, error) {
	if _, err := s.open(ctx, bot); err != nil {
		return kb.Article{}, err
	}
	a, ok := s.opts.Index.Article(bot, id)
	if !ok {
		return kb.Article{}, fault.New(fault.NotFound, "没有编号为 %s 的知识条目", clip(id))
	}
	return a, nil
}

// Count is how many articles a bot has.
func (s *Service) Count(ctx context.Context, bot string) (int, error) {
	if _, err := s.open(ctx, bot); err != nil {
		return 0, err
	}
	return s.opts.Index.Len(bot), nil
}
