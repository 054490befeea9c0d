package eval

import (
	"cmp"
	"context"
	"slices"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/eval"
)

func shopQuestions(ctx context.Context, s *session) error {
	f, err := s.questions(ctx, "faq/shop_messages_kb.jsonl", "faq/shop_messages_dev_queries.jsonl")
	if err != nil {
		return err
	}
	s.set("faq_top1", f.Top1, f.Answerable)
	s.set("faq_top3", f.Top3, f.Answerable)
	s.set("faq_answered90", f.Coverage90, f.Answerable)
	if f.Questions == f.Answerable {
		s.leave(missing("every question has an answer"), "faq_auc")
		return nil
	}
	s.set("faq_auc", f.AUC, f.Questions)
	return nil
}

func openQuestions(ctx context.Context, s *session) error {
	f, err := s.questions(ctx, "faq/open_domain_dev_kb.jsonl", "faq/open_domain_dev_queries.jsonl")
	if err == nil {
		s.set("open_domain_top1", f.Top1, f.Answerable)
	}
	return err
}

// questions searches a knowledge base by the embedding alone: an article's
// score is the best cosine of its wordings.
func (s *session) questions(ctx context.Context, base, queries string) (f eval.Figures, err error) {
	if s.Encoder == nil {
		return f, missing("the row has no vectors")
	}
	set, err := s.opts.Data.set(base, queries)
	if err != nil {
		return f, err
	}
	set.Questions = stride(set.Questions, s.opts.Limit)
	var wordings []string
	var owner []int
	for i, a := range set.Articles {
		for _, w := range a.Phrasings() {
			wordings, owner = append(wordings, w), append(owner, i)
		}
	}
	rows, err := s.read(ctx, wordings, nil)
	if err != nil {
		return f, err
	}
	asked := make([]string, len(set.Questions))
	for i, q := range set.Questions {
		asked[i] = q.Text
	}
	in, err := s.read(ctx, asked, nil)
	if err != nil {
		return f, err
	}
	guesses := make([][]eval.Guess, len(in))
	for i := range in {
		best := make([]float64, len(set.Articles))
		for j := range best {
			best[j] = -2
		}
		for j, row := range rows {
			best[owner[j]] = max(best[owner[j]], dot(in[i].Embedding, row.Embedding))
		}
		guesses[i] = ranked(set.Articles, best)
	}
	return eval.Measure(set.Questions, guesses), nil
}

// ranked returns the articles, best first; of equal ones the first in the file.
func ranked(articles []kb.Article, scores []float64) []eval.Guess {
	out := make([]eval.Guess, len(articles))
	for i, a := range articles {
		out[i] = eval.Guess{ID: a.ID, Score: scores[i]}
	}
	slices.SortStableFunc(out, func(a, b eval.Guess) int { return cmp.Compare(b.Score, a.Score) })
	return out
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}

// set reads a knowledge base with its questions.
func (d *Data) set(base, queries string) (s eval.Set, err error) {
	s.Name = base
	f, err := d.open(base)
	if err != nil {
		return s, err
	}
	defer f.Close()
	if s.Articles, err = eval.ReadArticles(f); err != nil {
		return s, fault.In(base, err)
	}
	if s.Questions, err = d.readQuestions(queries); err != nil {
		return s, err
	}
	if len(s.Articles) == 0 || len(s.Questions) == 0 {
		return s, fault.New(fault.Invalid, "%s has %d articles and %s %d questions; both are needed", base, len(s.Articles), queries, len(s.Questions))
	}
	return s, s.Check()
}

func (d *Data) readQuestions(name string) ([]eval.Question, error) {
	f, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out, err := eval.ReadQuestions(f)
	return out, fault.In(name, err)
}

// queries returns the texts of a file of questions.
func (d *Data) queries(name string) ([]string, error) {
	rows, err := d.readQuestions(name)
	out := make([]string, len(rows))
	for i, q := range rows {
		out[i] = q.Text
	}
	return out, err
}
