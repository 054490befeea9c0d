package eval

import (
	"context"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

// Mistake is a message of messages_dev that a contender got wrong.
type Mistake struct {
	Contender string `json:"contender"`
	ID        string `json:"id"`
	Text      string `json:"text"`
	Prev      string `json:"prev,omitempty"`
	// Ctx is true where the turn before is needed.
	Ctx        bool    `json:"ctx"`
	Truth      string  `json:"truth"`
	Alt        string  `json:"alt,omitempty"`
	Guess      string  `json:"guess"`
	Confidence float64 `json:"confidence"`
}

// analysedAt is when messages are read: nothing that is measured depends on it.
var analysedAt = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// messages measures intents: the text alone by the intent head, messages that
// need the turn before with it. What ships reads those as the Analyzer does,
// and its pair head is measured apart.
func messages(ctx context.Context, s *session) error {
	all, err := s.opts.Data.messages()
	if err != nil {
		return err
	}
	var plain, needy []Message
	for _, m := range stride(all, s.opts.Limit) {
		if m.Ctx {
			needy = append(needy, m)
		} else {
			plain = append(plain, m)
		}
	}
	if err := s.alone(ctx, plain); err != nil {
		return err
	}
	preds, err := s.pairs(ctx, needy)
	switch {
	case isAbsent(err):
		s.leave(err, "context_pair")
	case err != nil:
		return err
	default:
		s.set("context_pair", Strict(preds), len(preds))
	}
	if s.pipeline == nil {
		s.leave(missing("only what ships has an analyzer"), "analysed")
		if err != nil {
			s.leave(err, "context")
			return nil
		}
		s.set("context", Strict(preds), len(preds))
		s.mistakes(needy, preds)
		return nil
	}
	return s.analysed(ctx, plain, needy)
}

// alone measures the intent head on texts without the turn before.
func (s *session) alone(ctx context.Context, rows []Message) error {
	c, err := s.head(ctx, IntentTask)
	if err != nil {
		return err
	}
	in, err := s.read(ctx, texts(rows), nil)
	if err != nil {
		return err
	}
	preds, err := choose(c, in, func(i int) (string, string) { return rows[i].Intent, rows[i].Alt })
	if err != nil {
		return err
	}
	s.set("strict", Strict(preds), len(preds))
	s.set("soft", Soft(preds), len(preds))
	s.set("calibration", s.reliable(IntentTask, preds), len(preds))
	s.mistakes(rows, preds)
	return nil
}

// pairs asks the head that reads a message with the turn before.
func (s *session) pairs(ctx context.Context, rows []Message) ([]Prediction, error) {
	if len(rows) == 0 {
		return nil, missing("no message needs the turn before")
	}
	c, err := s.head(ctx, ContextTask)
	if err != nil {
		return nil, err
	}
	prevs := make([]string, len(rows))
	for i, m := range rows {
		prevs[i] = m.Prev
	}
	in, err := s.read(ctx, texts(rows), prevs)
	if err != nil {
		return nil, err
	}
	preds, err := choose(c, in, func(i int) (string, string) { return rows[i].Intent, rows[i].Alt })
	if err == nil {
		s.reliable(ContextTask, preds)
	}
	return preds, err
}

// analysed measures what the Analyzer answers, all heads together.
func (s *session) analysed(ctx context.Context, plain, needy []Message) error {
	for _, part := range []struct {
		key  string
		rows []Message
	}{{"analysed", plain}, {"context", needy}} {
		if len(part.rows) == 0 {
			s.leave(missing("no such message"), part.key)
			continue
		}
		preds := make([]Prediction, len(part.rows))
		err := s.each(ctx, len(preds), func(ctx context.Context, i int) error {
			m := part.rows[i]
			r, err := s.pipeline.Analyze(ctx, nlu.Request{Text: m.Text, Prev: m.Prev, Now: analysedAt})
			preds[i] = Prediction{Truth: m.Intent, Alt: m.Alt, Label: r.Intent.Name, Confidence: r.Intent.Confidence}
			return fault.In(m.ID, err)
		})
		if err != nil {
			return err
		}
		s.set(part.key, Strict(preds), len(preds))
		s.reliable("analyzer_"+part.key, preds)
		if part.key == "context" {
			s.mistakes(part.rows, preds)
		}
	}
	return nil
}

// mistakes keeps what went wrong.
func (s *session) mistakes(rows []Message, preds []Prediction) {
	for i, p := range preds {
		if m := rows[i]; !p.Right() {
			s.report.Mistakes = append(s.report.Mistakes, Mistake{s.Key, m.ID, m.Text, m.Prev, m.Ctx, p.Truth, p.Alt, p.Label, p.Confidence})
		}
	}
}

// sentiment measures the three-way sentiment of all messages.
func sentiment(ctx context.Context, s *session) error {
	rows, err := s.opts.Data.messages()
	if err != nil {
		return err
	}
	rows = stride(rows, s.opts.Limit)
	c, err := s.head(ctx, SentimentTask)
	if err != nil {
		return err
	}
	in, err := s.read(ctx, texts(rows), nil)
	if err != nil {
		return err
	}
	preds, err := choose(c, in, func(i int) (string, string) { return rows[i].Sentiment, "" })
	if err != nil {
		return err
	}
	s.set("sentiment", MacroF1(preds), len(preds))
	s.reliable(SentimentTask, preds)
	return nil
}

func texts(rows []Message) []string {
	out := make([]string, len(rows))
	for i, m := range rows {
		out[i] = m.Text
	}
	return out
}
