package hybrid

import (
	"context"

	"github.com/yingda/yingda/kb"
)

// Vectors is a vector index that can also look the cosines of given owners up.
// kb/vector and kb/qdrant offer it.
type Vectors interface {
	kb.VectorIndex
	// Cosines returns the exact cosine of every vector of the owners, in any
	// order; unknown owners are left out.
	Cosines(ctx context.Context, bot string, embedding []float32, owners []string) ([]kb.VectorHit, error)
}

// Entry is an article with its wordings prepared.
type Entry struct {
	Article kb.Article
	// Wordings are the prepared Article.Phrasings(), in their order.
	Wordings []kb.Phrase
	// Answer is the prepared answer, or nil when the article has none.
	Answer *kb.Phrase
}

// Texts returns what of an article is to be prepared: its wordings, and its
// answer if that has any words.
func Texts(a kb.Article) []string {
	texts := a.Phrasings()
	if Fold(a.Answer) != "" {
		texts = append(texts, a.Answer)
	}
	return texts
}

// Entries joins articles with their prepared texts: texts holds all Texts of
// every article.
func Entries(articles []kb.Article, texts map[string]kb.Phrase) []Entry {
	out := make([]Entry, len(articles))
	for i, a := range articles {
		out[i].Article = a
		for _, t := range a.Phrasings() {
			out[i].Wordings = append(out[i].Wordings, texts[t])
		}
		if Fold(a.Answer) != "" {
			p := texts[a.Answer]
			out[i].Answer = &p
		}
	}
	return out
}
