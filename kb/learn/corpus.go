package learn

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/vector"
)

// corpus is a set ready to be asked.
type corpus struct {
	set     eval.Set
	encoder string
	opts    Options
	texts   map[string]kb.Phrase // of the articles
	asked   map[string]kb.Query
	index   *hybrid.Index
	dim     int
	echoes  []eval.Question
	// done remembers the samples by the adapter that turned the embeddings.
	done map[*hybrid.Adapter][]sample
}

// bot is the name under which a set is indexed.
const bot = "learn"

func newCorpus(ctx context.Context, phraser kb.Phraser, set eval.Set, opts Options) (*corpus, error) {
	if err := set.Check(); err != nil {
		return nil, err
	}
	if len(set.Articles) == 0 {
		return nil, fault.In(set.Name, fault.New(fault.Invalid, "the set has no articles"))
	}
	var all []string
	for _, a := range set.Articles {
		all = append(all, hybrid.Texts(a)...)
	}
	var asked []string
	for _, q := range set.Questions {
		asked = append(asked, q.Text)
	}
	for _, a := range set.Articles {
		asked = append(asked, a.Similar...)
	}
	r := rand.New(rand.NewPCG(opts.Seed, 0xec40))
	var echoes []eval.Question
	for _, a := range set.Articles {
		for _, t := range a.Phrasings() {
			e := echo(r, t)
			echoes = append(echoes, eval.Question{Text: e, Right: []string{a.ID}})
			asked = append(asked, e)
		}
	}
	texts, err := eval.Prepare(ctx, phraser, all, opts.Workers)
	if err != nil {
		return nil, err
	}
	c := &corpus{set: set, encoder: phraser.EncoderID(), opts: opts, texts: texts, echoes: echoes, done: map[*hybrid.Adapter][]sample{}}
	if c.asked, err = eval.Read(ctx, opts.Reader, phraser, asked, opts.Workers); err != nil {
		return nil, err
	}
	c.dim = len(texts[set.Articles[0].Question].Embedding)
	c.index, err = hybrid.New(blank(c.encoder, nil), hybrid.Options{
		Vectors: vector.New(c.dim, vector.Options{}), Encoder: c.encoder, Stop: opts.Stop, Simplify: opts.Simplify, Context: opts.Context, Extract: opts.Extract,
	})
	if err != nil {
		return nil, err
	}
	return c, c.index.Put(ctx, bot, hybrid.Entries(set.Articles, texts))
}

// blank is a valid model of no opinion that turns embeddings by the adapter.
func blank(encoder string, a *hybrid.Adapter) hybrid.Model {
	m := hybrid.Model{
		Format: hybrid.Format, Encoder: encoder, Adapter: a, Exact: 0.99,
		Calibration: hybrid.Calibration{Slope: 1},
		Thresholds:  hybrid.Thresholds{Answer: 0.9, Suggest: 0.1},
	}
	for f := range hybrid.NumFeatures {
		m.Weights = append(m.Weights, hybrid.Weight{Feature: hybrid.Feature(f).String(), Scale: 1})
	}
	for f := range hybrid.NumNoneFeatures {
		m.None.Weights = append(m.None.Weights, hybrid.Weight{Feature: hybrid.NoneFeature(f).String(), Scale: 1})
	}
	return m
}

// samples asks every message, every follow-up, every wording as if the
// knowledge base did not have it, and every echo, with embeddings turned by a.
// In a set with follow-ups, messages that may follow something are asked again
// after a topic drawn at random.
func (c *corpus) samples(ctx context.Context, a *hybrid.Adapter) ([]sample, error) {
	if err := c.index.SetModel(blank(c.encoder, a)); err != nil {
		return nil, err
	}
	if out, ok := c.done[a]; ok {
		return out, nil
	}
	var out []sample
	strays := rand.New(rand.NewPCG(c.opts.Seed, 0x57a1))
	add := func(k kind, weight float64, q eval.Question, except string) error {
		s, err := c.ask(ctx, q, except)
		s.kind, s.weight = k, weight
		out = append(out, s)
		return err
	}
	follows := slices.ContainsFunc(c.set.Questions, func(q eval.Question) bool { return q.Topic != "" })
	for _, q := range c.set.Questions {
		k, weight := ofMessage, 1.0
		if q.Topic != "" {
			k = ofFollowUp
		}
		if len(q.Right) == 0 {
			weight = c.opts.NoneWeight
		}
		if err := add(k, weight, q, ""); err != nil {
			return nil, err
		}
		if q.Topic != "" || !follows {
			continue
		}
		// What is asked after something else altogether must not be drawn to it.
		q.Topic = c.set.Articles[strays.IntN(len(c.set.Articles))].ID
		if err := add(ofStray, weight*c.opts.StrayWeight, q, ""); err != nil {
			return nil, err
		}
		if !out[len(out)-1].followed {
			out = out[:len(out)-1] // the topic changed nothing
		}
	}
	for _, article := range c.set.Articles {
		for _, text := range article.Similar {
			if err := add(ofWording, c.opts.WordingWeight, eval.Question{Text: text, Right: []string{article.ID}}, text); err != nil {
				return nil, err
			}
		}
	}
	for _, q := range c.echoes {
		if err := add(ofEcho, c.opts.EchoWeight, q, ""); err != nil {
			return nil, err
		}
	}
	c.done[a] = out
	return out, nil
}

func (c *corpus) ask(ctx context.Context, question eval.Question, except string) (sample, error) {
	q := c.asked[question.Text]
	q.Bot, q.At, q.Topic.Article = bot, c.opts.At, question.Topic
	pool, err := c.index.Candidates(ctx, q, except)
	if err != nil {
		return sample{}, fmt.Errorf("%s, %q: %w", c.set.Name, question.Text, err)
	}
	s := sample{
		rows: make([]hybrid.Row, len(pool.Candidates)), right: make([]bool, len(pool.Candidates)), none: pool.None,
		unanswerable: len(question.Right) == 0, followed: pool.Followed != "",
	}
	for i, candidate := range pool.Candidates {
		s.rows[i] = candidate.Row
		s.right[i] = slices.Contains(question.Right, candidate.ID)
	}
	return s, nil
}

// pairs returns what the adapter learns from: messages that have an answer,
// and similar wordings against the article's other texts.
func (c *corpus) pairs() *pairs {
	p := &pairs{dim: c.dim}
	number := map[string]int{}
	text := map[string]int{} // of a wording, by article and text
	for i, a := range c.set.Articles {
		number[a.ID] = i
		for _, t := range hybrid.Texts(a) {
			text[a.ID+"\x00"+t] = len(p.owner)
			p.texts = append(p.texts, c.texts[t].Embedding...)
			p.owner = append(p.owner, i)
		}
	}
	add := func(t string, self int, right ...int) {
		p.questions = append(p.questions, c.asked[t].Embedding...)
		p.right = append(p.right, right)
		p.self = append(p.self, self)
	}
	for _, q := range c.set.Questions {
		if len(q.Right) == 0 || q.Topic != "" {
			continue
		}
		right := make([]int, len(q.Right))
		for i, id := range q.Right {
			right[i] = number[id]
		}
		add(q.Text, -1, right...)
	}
	if !c.opts.Adapter.SkipWordings {
		for i, a := range c.set.Articles {
			for _, t := range a.Similar {
				add(t, text[a.ID+"\x00"+t], i)
			}
		}
	}
	return p
}

// top1 is the share of the messages whose best text under the adapter is of a
// right article.
func (p *pairs) top1(a *hybrid.Adapter) (float64, error) {
	hits, n := 0, 0
	for i, right := range p.right {
		if p.self[i] >= 0 {
			continue
		}
		q := p.questions[i*p.dim : (i+1)*p.dim]
		if a != nil {
			var err error
			if q, err = a.Apply(q); err != nil {
				return 0, err
			}
		}
		best, at := float32(-2), -1
		for j := range p.owner {
			if d := vector.Dot(p.texts[j*p.dim:(j+1)*p.dim], q); d > best {
				best, at = d, j
			}
		}
		n++
		if at >= 0 && slices.Contains(right, p.owner[at]) {
			hits++
		}
	}
	return float64(hits) / max(1, float64(n)), nil
}
