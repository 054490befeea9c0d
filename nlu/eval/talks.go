package eval

import (
	"context"
	"strings"

	"github.com/yingda/yingda/nlu"
)

// dissatisfied measures how well conversations that left the customer
// dissatisfied (satisfaction below 0) are told from the others: by the risk
// head that ships, and by the sentiment of the customer's last message alone.
func dissatisfied(ctx context.Context, s *session) error {
	all, err := s.opts.Data.talks(devPart)
	if err != nil {
		return err
	}
	var turns [][]nlu.Turn
	var last []string
	var bad []bool
	for _, t := range stride(all, s.opts.Limit) {
		said, text := t.turns()
		if text != "" {
			turns, last, bad = append(turns, said), append(last, text), append(bad, *t.Satisfaction < 0)
		}
	}
	err = s.risk(ctx, turns, bad)
	if isAbsent(err) {
		s.leave(err, "dissatisfied")
	} else if err != nil {
		return err
	}
	c, err := s.head(ctx, SentimentTask)
	if err != nil {
		return err
	}
	in, err := s.read(ctx, last, nil)
	if err != nil {
		return err
	}
	scores, err := column(c, nlu.Negative, in)
	if err != nil {
		return err
	}
	s.set("dissatisfied_sentiment", divided(scores, bad), len(scores))
	return nil
}

// turns returns what was said, and the customer's last message that is not blank.
func (t talk) turns() (out []nlu.Turn, last string) {
	for _, turn := range t.Turns {
		customer := turn.Role == "customer"
		out = append(out, nlu.Turn{Customer: customer, Text: turn.Text})
		if customer && strings.TrimSpace(turn.Text) != "" {
			last = turn.Text
		}
	}
	return out, last
}

// risk measures the risk head.
func (s *session) risk(ctx context.Context, turns [][]nlu.Turn, bad []bool) error {
	if s.pipeline == nil || s.Heads.Risk == nil {
		return missing("no head risk ships")
	}
	scores := make([]float64, len(turns))
	err := s.each(ctx, len(turns), func(ctx context.Context, i int) (err error) {
		scores[i], _, err = s.pipeline.Risk(ctx, "", turns[i])
		return err
	})
	if err != nil {
		return err
	}
	s.set("dissatisfied", divided(scores, bad), len(scores))
	preds := make([]Prediction, len(scores))
	for i, p := range scores {
		truth := "calm"
		if bad[i] {
			truth = nlu.RiskLabel
		}
		preds[i] = between("calm", nlu.RiskLabel, 1-p, p, truth)
	}
	s.reliable("risk", preds)
	return nil
}

// divided is the AUC of scores of two kinds.
func divided(scores []float64, positive []bool) float64 {
	var with, without []float64
	for i, x := range scores {
		if positive[i] {
			with = append(with, x)
		} else {
			without = append(without, x)
		}
	}
	return AUC(with, without)
}
