package mining

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Asked is a question that found no answer. Text is masked.
type Asked struct {
	Text   string
	At     time.Time
	Reason string
}

// Topic is a group of questions of one meaning that found no answer.
type Topic struct {
	Question string    `json:"question"`
	Count    int       `json:"count"`
	Examples []Example `json:"examples" nullable:"false"`
	Trend
	// Reasons counts why they found none.
	Reasons map[string]int `json:"reasons"`
	// Article is the nearest one, empty when there is none, Probability that it
	// answers the question.
	Article         string  `json:"article,omitempty"`
	ArticleQuestion string  `json:"article_question,omitempty"`
	Probability     float64 `json:"probability"`
}

// Topics groups questions by meaning, the most asked first. Of o it needs Read;
// it goes by Search, Vectors, Threshold, Limits.Questions, Now and Progress.
func Topics(ctx context.Context, asked []Asked, o Options) ([]Topic, error) {
	if o.Embed == nil {
		o.Embed = func(context.Context, string) ([]float32, error) { return nil, nil } // no answers here
	}
	m, err := New(o)
	if err != nil {
		return nil, err
	}
	reasons := map[int][]string{}
	for _, a := range asked {
		key := fold(a.Text)
		if key == "" {
			continue
		}
		i, ok := m.known[key]
		if !ok {
			if len(m.items) >= m.o.Limits.Questions {
				continue
			}
			r, err := o.Read(ctx, a.Text)
			if err != nil {
				return nil, err
			}
			i = len(m.items)
			m.known[key] = i
			m.items = append(m.items, item{text: a.Text, intent: r.Intent, vector: pack(r.Embedding)})
		}
		m.items[i].pairs = append(m.items[i].pairs, given{at: a.At})
		reasons[i] = append(reasons[i], a.Reason)
	}
	groups, err := m.groups(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Topic, 0, len(groups))
	for _, g := range groups {
		medoid, rest := m.wordings(g)
		t := Topic{Question: Tidy(m.items[medoid].text), Count: g.count, Reasons: map[string]int{}, Examples: []Example{}}
		for _, i := range append([]int{medoid}, rest...) {
			for n, p := range m.items[i].pairs {
				t.Trend.count(m.o.Now, p.at)
				if n == 0 && len(t.Examples) < mostExamples {
					t.Examples = append(t.Examples, Example{Question: m.items[i].text, At: p.at})
				}
			}
			for _, r := range reasons[i] {
				t.Reasons[r]++
			}
		}
		out = append(out, t)
	}
	slices.SortStableFunc(out, func(a, b Topic) int { return cmp.Compare(b.Count, a.Count) })
	out = out[:min(len(out), m.o.Limits.Proposals)]
	for i := range out {
		if err := m.nearest(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	m.tell(1)
	return out, nil
}

// nearest fills in a topic's nearest article.
func (m *Miner) nearest(ctx context.Context, t *Topic) error {
	if m.o.Search == nil {
		return nil
	}
	r, err := m.o.Read(ctx, t.Question)
	if err != nil {
		return err
	}
	hits, err := m.o.Search(ctx, t.Question, r)
	if err == nil && len(hits) > 0 {
		t.Article, t.ArticleQuestion, t.Probability = hits[0].Article.ID, hits[0].Article.Question, hits[0].Score
	}
	return err
}
