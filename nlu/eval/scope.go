package eval

import (
	"context"
	"math/rand/v2"
	"strings"

	"github.com/yingda/yingda/nlu"
)

// accepted is the share of messages for a desk that must be let through.
const accepted = 0.95

// outsiders is how many rows of each source stand for what is out of scope.
const outsiders = 300

// noises is how many messages of noise there are.
const noises = 200

// outside are the sources of messages that are not for a shop's desk.
var outside = []struct{ key, title, file string }{
	{"voice", "voice_assistant12", "intent/voice_assistant12.jsonl.gz"},
	{"cais", "cais", "intent/cais_smart_speaker.jsonl.gz"},
	{"weibo", "weibo_ewect6", emotionFile},
	{"open", "open_domain", "faq/open_domain_dev_queries.jsonl"},
	{"noise", "noise", ""},
}

func scopeLines() []Line {
	out := []Line{
		{Key: "scope", Title: "out of scope: recall at 0.95 acceptance", Bar: 0.75},
		{Key: "scope_analysed", Title: "out of scope: recall at 0.95 acceptance, as analysed"},
		{Key: "scope_auc", Title: "out of scope: AUC"},
	}
	for _, o := range outside {
		out = append(out, Line{Key: "scope_" + o.key, Title: "out of scope: recall, " + o.title})
	}
	return out
}

// scope measures how many messages of other matters are told apart at the
// threshold that lets 0.95 of a desk's own messages through. The score is the
// scope head's where one ships, else the probability of the intent
// out_of_scope; as analysed, both together.
func scope(ctx context.Context, s *session) error {
	inside, err := s.inside()
	if err != nil {
		return err
	}
	score, err := s.outness(ctx)
	if err != nil {
		return err
	}
	own, err := score(ctx, inside)
	if err != nil {
		return err
	}
	threshold := Quantile(own, accepted)
	var strange []string
	var scores []float64
	for _, o := range outside {
		texts, err := s.outside(o.file)
		if isAbsent(err) {
			s.leave(err, "scope_"+o.key)
			continue
		}
		if err != nil {
			return err
		}
		found, err := score(ctx, texts)
		if err != nil {
			return err
		}
		s.set("scope_"+o.key, above(found, threshold), len(found))
		strange, scores = append(strange, texts...), append(scores, found...)
	}
	s.set("scope", above(scores, threshold), len(scores))
	s.set("scope_auc", AUC(scores, own), len(scores)+len(own))
	s.scopeReliability(own, scores)
	if s.pipeline == nil || s.Heads.Scope == nil {
		s.leave(missing("only a scope head that ships is combined with the intents"), "scope_analysed")
		return nil
	}
	own, err = s.analysedScope(ctx, inside)
	if err != nil {
		return err
	}
	if scores, err = s.analysedScope(ctx, strange); err == nil {
		s.set("scope_analysed", above(scores, Quantile(own, accepted)), len(scores))
	}
	return err
}

func above(scores []float64, threshold float64) float64 {
	return share(scores, func(x float64) bool { return x > threshold })
}

// inside returns the messages that a shop's desk is for.
func (s *session) inside() ([]string, error) {
	rows, err := s.opts.Data.messages()
	var out []string
	for _, m := range stride(rows, s.opts.Limit) {
		if m.Intent != nlu.OutOfScope {
			out = append(out, m.Text)
		}
	}
	return out, err
}

// outside returns the first messages of a source; without a file, the noise.
func (s *session) outside(file string) (out []string, err error) {
	switch {
	case file == "":
		out = noise(noises)
	case strings.HasPrefix(file, "faq/"):
		out, err = s.opts.Data.queries(file)
	default:
		var rows []labelled
		rows, err = s.opts.Data.part(file, devPart)
		for _, r := range rows {
			out = append(out, r.Text)
		}
	}
	return stride(out[:min(outsiders, len(out))], s.opts.Limit), err
}

// outness returns how a contender scores that texts are out of scope.
func (s *session) outness(ctx context.Context) (func(context.Context, []string) ([]float64, error), error) {
	var c nlu.Classifier
	label := nlu.ScopeOut
	if s.Heads != nil && s.Heads.Scope != nil {
		c = s.Heads.Scope
	} else {
		var err error
		if c, err = s.head(ctx, IntentTask); err != nil {
			return nil, err
		}
		label = nlu.OutOfScope
	}
	return func(ctx context.Context, texts []string) ([]float64, error) {
		in, err := s.read(ctx, texts, nil)
		if err != nil {
			return nil, err
		}
		return column(c, label, in)
	}, nil
}

// analysedScope returns the score on which the Analyzer decides.
func (s *session) analysedScope(ctx context.Context, texts []string) ([]float64, error) {
	out := make([]float64, len(texts))
	err := s.each(ctx, len(texts), func(ctx context.Context, i int) error {
		r, err := s.pipeline.Analyze(ctx, nlu.Request{Text: texts[i], Now: analysedAt})
		if err == nil && r.Scope != nil {
			out[i] = r.Scope.Score
		}
		return err
	})
	return out, err
}

func (s *session) scopeReliability(inside, outside []float64) {
	var preds []Prediction
	for _, p := range inside {
		preds = append(preds, between("in", nlu.ScopeOut, 1-p, p, "in"))
	}
	for _, p := range outside {
		preds = append(preds, between("in", nlu.ScopeOut, 1-p, p, nlu.ScopeOut))
	}
	s.reliable("scope", preds)
}

// What noise is made of: keys of a keyboard, and characters that are frequent
// everywhere.
const (
	noiseKeys = "qwertyuiopasdfghjklzxcvbnm0123456789,.;'/[]-="
	noiseHan  = "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手"
)

// noise returns n messages of no meaning: keys that were hit at random,
// characters in no order, one of either repeated. Always the same ones.
func noise(n int) []string {
	rng := rand.New(rand.NewPCG(20, 26))
	keys, han := []rune(noiseKeys), []rune(noiseHan)
	draw := func(from []rune, least, most int) string {
		out := make([]rune, least+rng.IntN(most-least+1))
		for i := range out {
			out[i] = from[rng.IntN(len(from))]
		}
		return string(out)
	}
	out := make([]string, n)
	for i := range out {
		switch i % 5 {
		case 0, 1:
			out[i] = draw(keys, 3, 16)
		case 2, 3:
			out[i] = draw(han, 4, 14)
		default:
			out[i] = strings.Repeat(draw(append(keys[:26:26], han...), 1, 2), 3+rng.IntN(5))
		}
	}
	return out
}
