package eval

import (
	"context"

	"github.com/yingda/yingda/nlu"
)

// reviewsTrain caps the rows that a two-way sentiment is learned from.
const reviewsTrain = 12000

// reviews measures a set of positive and negative texts. A sentiment head that
// ships decides by its probabilities of the two; other contenders learn from
// the train part of the set, which the shipped head has seen too.
func reviews(name string) func(context.Context, *session) error {
	file := "sentiment/" + name + ".jsonl.gz"
	return func(ctx context.Context, s *session) error {
		rows, err := s.opts.Data.part(file, devPart)
		if err != nil {
			return err
		}
		rows = stride(rows, s.opts.Limit)
		var c nlu.Classifier
		if s.Heads != nil {
			c, err = s.head(ctx, SentimentTask)
		} else {
			c, err = s.learnPart(ctx, name, file, reviewsTrain)
		}
		if err != nil {
			return err
		}
		in, truth, err := s.readRows(ctx, rows)
		if err != nil {
			return err
		}
		bad, err := column(c, nlu.Negative, in)
		if err != nil {
			return err
		}
		good, err := column(c, nlu.Positive, in)
		if err != nil {
			return err
		}
		preds := make([]Prediction, len(rows))
		for i := range preds {
			preds[i] = between(nlu.Negative, nlu.Positive, bad[i], good[i], truth[i])
		}
		s.set(name, Strict(preds), len(preds))
		s.reliable(name, preds)
		return nil
	}
}

// between is the prediction that the first or the second of two labels makes,
// from their probabilities or parts of them; the first wins a tie.
func between(first, second string, p, q float64, truth string) Prediction {
	sum := p + q
	if sum == 0 {
		sum, p = 1, 0.5
	}
	if p >= q {
		return Prediction{Truth: truth, Label: first, Confidence: p / sum}
	}
	return Prediction{Truth: truth, Label: second, Confidence: q / sum}
}

// readRows reads the texts of labelled rows and returns their labels beside.
func (s *session) readRows(ctx context.Context, rows []labelled) ([]nlu.Input, []string, error) {
	all, truth := make([]string, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		all[i], truth[i] = r.Text, r.Label
	}
	in, err := s.read(ctx, all, nil)
	return in, truth, err
}

// learnPart learns a classifier from the train part of a set, from at most
// limit rows of it where limit is not 0.
func (s *session) learnPart(ctx context.Context, name, file string, limit int) (nlu.Classifier, error) {
	rows, err := s.opts.Data.part(file, trainPart)
	if err != nil {
		return nil, err
	}
	var lesson []Example
	for _, r := range stride(rows, limit) {
		lesson = append(lesson, Example{Text: r.Text, Label: r.Label})
	}
	return s.learn(ctx, name, lesson)
}

// decided asks c for the dev part of a set.
func (s *session) decided(ctx context.Context, name, file string, c nlu.Classifier) ([]Prediction, error) {
	rows, err := s.opts.Data.part(file, devPart)
	if err != nil {
		return nil, err
	}
	in, truth, err := s.readRows(ctx, stride(rows, s.opts.Limit))
	if err != nil {
		return nil, err
	}
	preds, err := choose(c, in, func(i int) (string, string) { return truth[i], "" })
	if err == nil {
		s.reliable(name, preds)
	}
	return preds, err
}

// OtherHeads are the names of heads that are measured where they ship, beside
// those of nlu.Heads: keys of Contender.Others.
var OtherHeads = []string{emotionSet}

const emotionSet = "weibo_ewect6"

const emotionFile = "emotion/weibo_ewect6.jsonl.gz"

// emotions measures the six emotions of microblogs, by the head that ships or
// one that is learned from the train part.
func emotions(ctx context.Context, s *session) (err error) {
	c := s.Others[emotionSet]
	if c == nil {
		if c, err = s.learnPart(ctx, emotionSet, emotionFile, 0); err != nil {
			return err
		}
	}
	preds, err := s.decided(ctx, emotionSet, emotionFile, c)
	if err == nil {
		s.set(emotionSet, MacroF1(preds), len(preds))
	}
	return err
}

// taxonomy measures what a trainer gets: a head is learned from the train part.
func taxonomy(name, file string) func(context.Context, *session) error {
	return func(ctx context.Context, s *session) error {
		c, err := s.learnPart(ctx, name, file, 0)
		if err != nil {
			return err
		}
		preds, err := s.decided(ctx, name, file, c)
		if err == nil {
			s.set(name, Strict(preds), len(preds))
		}
		return err
	}
}
