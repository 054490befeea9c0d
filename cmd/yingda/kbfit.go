package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/kb/learn"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu/segment"
)

type kbFitCmd struct {
	Pairs     []string `required:"" help:"A knowledge base and messages to it, KB.jsonl:MESSAGES.jsonl, or a knowledge base alone; several times." placeholder:"KB[:MESSAGES]"`
	FollowUps []string `name:"followups" help:"Messages with the article that the conversation is about (topic); each goes to the knowledge base that has it." placeholder:"FILE"`
	Out       string   `required:"" help:"Write the model to this new folder." placeholder:"DIR"`
	Seed      uint64   `default:"1" help:"Seed of the fit."`
	NoAdapter bool     `help:"Do not try an adapter of the queries' embeddings, which takes most of the time."`
}

// Run fits, prints the report of the sets left out in turn, and saves the model.
func (c *kbFitCmd) Run(g *globals) error {
	var sets []eval.Set
	for _, p := range c.Pairs {
		base, messages, _ := strings.Cut(p, ":")
		s, err := readSet(base, messages)
		if err != nil {
			return err
		}
		sets = append(sets, s)
	}
	for _, name := range c.FollowUps {
		if err := addFollowUps(g, sets, name); err != nil {
			return err
		}
	}
	stop, err := stopWords()
	if err != nil {
		return err
	}
	return g.withUnderstanding(func(u *understanding) error {
		model, report, err := learn.Run(g.ctx, phraser{u}, sets, learn.Options{
			Reader: asker{u: u}, Context: asker{u: u}, Extract: u.extract, Simplify: segment.Simplify,
			Stop: stop, At: time.Now(), Workers: workers(), Seed: c.Seed,
			Adapter: learn.AdapterOptions{Off: c.NoAdapter},
			Log:     func(format string, args ...any) { fmt.Fprintf(g.std.err, format+"\n", args...) },
		})
		if err != nil {
			return err
		}
		if err := report.Table(g.std.out); err != nil {
			return err
		}
		model.Encoder = u.encoder.Model()
		params, adapter, err := model.Encode()
		if err != nil {
			return err
		}
		files := map[string][]byte{models.ParametersFile: params}
		if adapter != nil {
			files[adapterFile] = adapter
		}
		m := models.Manifest{
			Kind: models.KindFusion, ID: faqFusion + "-" + time.Now().UTC().Format("20060102"), Created: time.Now().UTC().Format(time.DateOnly),
			Encoder: u.encoder.Model(), Dimension: u.encoder.Dimension(), Task: faqFusion,
			Description: "Turns the evidence of a hit into the probability that its article answers the message.",
			Thresholds:  map[string]float64{"answer": model.Thresholds.Answer, "suggest": model.Thresholds.Suggest},
		}
		for _, f := range model.Figures {
			m.Quality = append(m.Quality, models.Measure{Name: f.Name, Value: f.Value, On: f.On})
		}
		_, err = models.Save(c.Out, m, files)
		return err
	})
}

// addFollowUps reads messages with a topic and adds each to the set that has
// its topic; those of other knowledge bases are left out and counted.
func addFollowUps(g *globals, sets []eval.Set, name string) error {
	var all []eval.Question
	err := withFile(name, func(r io.Reader) (err error) { all, err = eval.ReadQuestions(r); return err })
	if err != nil {
		return err
	}
	left := 0
	for _, q := range all {
		at := slices.IndexFunc(sets, func(s eval.Set) bool {
			return slices.ContainsFunc(s.Articles, func(a kb.Article) bool { return a.ID == q.Topic })
		})
		if at < 0 {
			left++
			continue
		}
		sets[at].Questions = append(sets[at].Questions, q)
	}
	_, err = fmt.Fprintf(g.std.err, "%s: %d follow-ups, %d of other knowledge bases\n", name, len(all), left)
	return err
}
