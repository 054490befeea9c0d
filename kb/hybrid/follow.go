package hybrid

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/yingda/yingda/kb"
)

// When a query may mean what the turn before makes of it, in characters of the
// folded text: a short one, one with hardly a word of its own, or a referring
// one that is not long.
const (
	shortFollow  = 8
	thinFollow   = 4
	pointing     = 14
	longestTopic = 60 // of what comes before, from its start
)

// pointers begin a query that refers back.
var pointers = []string{"那", "这", "它", "他", "她", "如果", "要是", "还有"}

// elliptic reports whether a query may need what it follows to be understood.
func (x *Index) elliptic(folded string, terms []string) bool {
	n := utf8.RuneCountInString(folded)
	if n == 0 || x.bare(folded) {
		return false
	}
	if n <= shortFollow {
		return true
	}
	own := 0
	for _, t := range terms {
		if _, stop := x.opts.Stop[t]; !stop {
			own += utf8.RuneCountInString(t)
		}
	}
	if own <= thinFollow {
		return true
	}
	if n > pointing {
		return false
	}
	for _, p := range pointers {
		if strings.HasPrefix(folded, p) {
			return true
		}
	}
	return false
}

// follow joins an elliptic query with what it follows: the question of the
// topic's article, else the message before. ok is false when there is nothing
// to join.
func (x *Index) follow(ctx context.Context, q kb.Query, folded string) (joined kb.Phrase, before string, ok bool, err error) {
	if x.opts.Context == nil || !x.elliptic(folded, q.Terms) {
		return kb.Phrase{}, "", false, nil
	}
	before = q.Previous
	if e := x.entry(q.Bot, q.Topic.Article); e != nil {
		before = e.article.Question
	}
	if before = strings.TrimSpace(before); x.fold(before) == "" {
		return kb.Phrase{}, "", false, nil
	}
	if runes := []rune(before); len(runes) > longestTopic {
		before = string(runes[:longestTopic])
	}
	joined, err = x.opts.Context.Join(ctx, before, q.Text)
	return joined, before, err == nil, err
}

// following fills the features of a query that follows something.
func (x *Index) following(ctx context.Context, q kb.Query, joined kb.Phrase, ids []string, hidden map[string]bool, index map[string]int, pool *Pool) error {
	hits, err := x.opts.Vectors.Cosines(ctx, q.Bot, joined.Embedding, ids)
	if err != nil {
		return err
	}
	out := pool.Candidates
	for i := range out {
		out[i].Row[Joined] = -1
	}
	best := -1.0
	for _, h := range hits {
		if i, ok := index[h.Owner]; ok && !hidden[h.Key] {
			if _, wording := wordingOf(h); wording {
				out[i].Row[Joined] = max(out[i].Row[Joined], h.Cosine)
				best = max(best, h.Cosine)
			}
		}
	}
	category := q.Topic.Category
	if e := x.entry(q.Bot, q.Topic.Article); e != nil && category == "" {
		category = e.article.Category
	}
	for i := range out {
		row := &out[i].Row
		row[Joined] -= best
		row[Alone] = row[Cosine] - pool.None[Nearest]
		switch {
		case out[i].ID == q.Topic.Article:
			row[OnTopic] = 1
		case category != "" && out[i].entry.article.Category == category:
			row[TopicCategory] = 1
		}
	}
	pool.None[Follows], pool.None[BestJoined] = 1, best-0.6
	return nil
}
