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
	texts   map[string]kb.Phrase
	index   *hybrid.Index
	dim     int
	echoes  []eval.Question
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
	for _, q := range set.Questions {
		all = append(all, q.Text)
	}
	r := rand.New(rand.NewPCG(opts.Seed, 0xec40))
	var echoes []eval.Question
	for _, a := range set.Articles {
		for _, t := range a.Phrasings() {
			e := echo(r, t)
			echoes = append(echoes, eval.Question{Text: e, Right: []string{a.ID}})
			all = append(all, e)
		}
	}
	texts, err := eval.Prepare(ctx, phraser, all, opts.Workers)
	if err != nil {
		return nil, err
	}
	c := &corpus{set: set, encoder: phraser.EncoderID(), opts: opts, texts: texts, echoes: echoes}
	c.dim = len(texts[set.Articles[0].Question].Embedding)
	c.index, err = hybrid.New(blank(c.encoder, nil), hybrid.Options{
		Vectors: vector.New(c.dim, vector.Options{}), Encoder: c.encoder, Stop: opts.Stop,
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

// samples asks every message, every wording as if the knowledge base did not
// have it, and every echo, with embeddings turned by a.
func (c *corpus) samples(ctx context.Context, a *hybrid.Adapter) ([]sample, error) {
	if err := c.index.SetModel(blank(c.encoder, a)); err != nil {
		return nil, err
	}
	var out []sample
	for _, q := range c.set.Questions {
		s, err := c.ask(ctx, q.Text, q.Right, "")
		if err != nil {
			return nil, err
		}
		s.weight = 1
		if s.unanswerable = len(q.Right) == 0; s.unanswerable {
			s.weight = c.opts.NoneWeight
		}
		out = append(out, s)
	}
	for _, article := range c.set.Articles {
		for _, text := range article.Similar {
			s, err := c.ask(ctx, text, []string{article.ID}, text)
			if err != nil {
				return nil, err
			}
			s.kind, s.weight = ofWording, c.opts.WordingWeight
			out = append(out, s)
		}
	}
	for _, q := range c.echoes {
		s, err := c.ask(ctx, q.Text, q.Right, "")
		if err != nil {
			return nil, err
		}
		s.kind, s.weight = ofEcho, c.opts.EchoWeight
		out = append(out, s)
	}
	return out, nil
}

func (c *corpus) ask(ctx context.Context, text string, right []string, except string) (sample, error) {
	p := c.texts[text]
	pool, err := c.index.Candidates(ctx, kb.Query{
		Bot: bot, Text: text, Embedding: p.Embedding, EncoderID: c.encoder, Terms: p.Terms, At: c.opts.At,
	}, except)
	if err != nil {
		return sample{}, fmt.Errorf("%s, %q: %w", c.set.Name, text, err)
	}
	s := sample{rows: make([]hybrid.Row, len(pool.Candidates)), right: make([]bool, len(pool.Candidates)), none: pool.None}
	for i, candidate := range pool.Candidates {
		s.rows[i] = candidate.Row
		s.right[i] = slices.Contains(right, candidate.ID)
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
		p.questions = append(p.questions, c.texts[t].Embedding...)
		p.right = append(p.right, right)
		p.self = append(p.self, self)
	}
	for _, q := range c.set.Questions {
		if len(q.Right) == 0 {
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
