package hybrid

import (
	"context"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/lexical"
)

// wordScores are the scores by words of a pool's candidates.
type wordScores struct{ wordings, answers lexical.Scores }

// shares fills the lexical features.
func (x *Index) shares(ctx context.Context, q kb.Query, cut, ids []string, hidden map[string]bool, pool *Pool) error {
	words, err := x.words.Score(ctx, q.Bot, q.Terms, ids, hidden)
	if err != nil {
		return err
	}
	answerWords, err := x.answerWords.Score(ctx, q.Bot, q.Terms, ids, nil)
	if err != nil {
		return err
	}
	grams, err := x.grams.Score(ctx, q.Bot, cut, ids, hidden)
	if err != nil {
		return err
	}
	answerGrams, err := x.answerGrams.Score(ctx, q.Bot, cut, ids, nil)
	if err != nil {
		return err
	}
	pool.words = wordScores{words, answerWords}
	cover := covers(grams, answerGrams)
	for i := range pool.Candidates {
		c := &pool.Candidates[i]
		row := &c.Row
		c.Lexical = words.Best[i]
		row[Words] = words.Best[i] / words.Self
		row[Grams] = grams.Best[i] / grams.Self
		row[Repeat] = max(0, row[Grams]-repeatFrom)
		row[WordsAnswer], row[GramsAnswer] = answerWords.Best[i]/answerWords.Self, answerGrams.Best[i]/answerGrams.Self
		if !answerWords.Has[i] {
			row[WordsAnswer] = row[Words]
		}
		if !answerGrams.Has[i] {
			row[GramsAnswer] = row[Grams]
		}
		row[Cover] = cover(i)
	}
	return nil
}

// covers returns the function that tells Cover for the owner at a place; both
// scores are of the same query, and how rare a gram is counts over the
// documents of both.
func covers(wordings, answers lexical.Scores) func(i int) float64 {
	weights := make([]float64, len(wordings.Terms))
	total := 0.0
	for t := range weights {
		weights[t] = lexical.IDF(wordings.Counts[t]+answers.Counts[t], wordings.Size+answers.Size)
		total += weights[t]
	}
	return func(i int) float64 {
		if total <= 0 {
			return 0
		}
		sum := 0.0
		for t, w := range weights {
			if wordings.Held(i, t) || answers.Held(i, t) {
				sum += w
			}
		}
		return sum / total
	}
}

// others fills the features that follow from those of all candidates, and the
// outside choice's.
func (x *Index) others(q kb.Query, folded string, pool *Pool) {
	none := &pool.None
	cosines := make([]float64, len(pool.Candidates))
	for i := range pool.Candidates {
		c := &pool.Candidates[i]
		row := &c.Row
		cosines[i] = row[Cosine]
		row[Near] = max(0, row[Cosine]-nearFrom)
		row[CosineSquare] = row[Cosine] * row[Cosine]
		row[CosineProduct] = row[Cosine] * row[CosineAnswer]
		row[EntityAgree], row[EntityClash] = agree(q.Entities, c.entry.entities)
		none[BestWords] = max(none[BestWords], row[Words])
		none[BestGrams] = max(none[BestGrams], row[Grams])
		none[BestAnswer] = max(none[BestAnswer], row[GramsAnswer])
		none[BestCover] = max(none[BestCover], row[Cover])
	}
	slices.SortFunc(cosines, func(a, b float64) int {
		if a > b {
			return -1
		} else if a < b {
			return 1
		}
		return 0
	})
	distances(cosines, none)
	x.categories(pool)
	none[Short] = 1 / math.Sqrt(float64(1+utf8.RuneCountInString(folded)))
	if x.bare(folded) {
		none[Bare] = 1
	}
	none[Idle], none[Specific] = q.Idle, q.Specific
	ask(folded, none)
}

// distances fills what the outside choice reads of the cosines, best first. A
// pool too small for a figure counts its last candidate in the place of those
// that are missing.
func distances(cosines []float64, none *NoneRow) {
	at := func(i int) float64 { return cosines[min(i, len(cosines)-1)] }
	mean := func(from, to int) float64 {
		sum := 0.0
		for i := from; i < to; i++ {
			sum += at(i)
		}
		return sum / float64(to-from)
	}
	none[Nearest] = at(0)
	none[Lead] = at(0) - at(1)
	none[LeadTen] = at(0) - mean(1, 10)
	none[Background] = mean(10, 20)
	all, square := mean(0, 20), 0.0
	for i := range 20 {
		square += (at(i) - all) * (at(i) - all)
	}
	none[Spread] = math.Sqrt(square / 20)
}

// categorySharpness is how fast a candidate's say in the categories falls with
// its cosine: e^(−20·0.05) for 0.05 less than the best.
const categorySharpness = 20

// categories fills CategoryShare.
func (x *Index) categories(pool *Pool) {
	shares := make([]float64, len(pool.Candidates))
	byCategory := map[string]float64{}
	total := 0.0
	for i := range pool.Candidates {
		c := &pool.Candidates[i]
		shares[i] = math.Exp(categorySharpness * (c.Row[Cosine] - pool.None[Nearest]))
		total += shares[i]
		byCategory[c.entry.article.Category] += shares[i]
	}
	for i := range pool.Candidates {
		c := &pool.Candidates[i]
		if category := c.entry.article.Category; category != "" {
			c.Row[CategoryShare] = (byCategory[category] - shares[i]) / total
		}
	}
}

// agree compares a query's entities with an article's: the share of them that
// the article names, and the share of whose type it names only other values.
func agree(query, article []kb.Entity) (agrees, clashes float64) {
	if len(query) == 0 {
		return 0, 0
	}
	for _, e := range query {
		if slices.Contains(article, e) {
			agrees++
		} else if slices.ContainsFunc(article, func(a kb.Entity) bool { return a.Type == e.Type }) {
			clashes++
		}
	}
	n := float64(len(query))
	return agrees / n, clashes / n
}
