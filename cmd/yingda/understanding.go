package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/encoder"
	"github.com/yingda/yingda/nlu/entity"
	"github.com/yingda/yingda/nlu/head"
	"github.com/yingda/yingda/nlu/ort"
	"github.com/yingda/yingda/nlu/segment"
	"github.com/yingda/yingda/training-data/lexicon"
)

// understanding is everything that reads a message.
type understanding struct {
	environment *ort.Environment
	source      models.Source
	encoder     *encoder.Encoder
	runtime     *head.ORT
	heads       *head.Registry
	segmenter   *segment.Segmenter
	entities    *entity.Extractor
	pipeline    *nlu.Pipeline
}

// openEncoder opens the native library and the encoder, and nothing else.
func openEncoder(cfg config.Config, reg prometheus.Registerer) (u *understanding, err error) {
	u = &understanding{}
	defer func() {
		if err != nil {
			err = errors.Join(err, u.Close())
		}
	}()
	if u.source, err = models.NewSource(cfg.NLU.Models); err != nil {
		return u, err
	}
	lib, err := ort.FindLibrary(cfg.ORTLib)
	if err != nil {
		return u, err
	}
	if u.environment, err = ort.Open(lib); err != nil {
		return u, err
	}
	model, err := u.source.Load(models.EncoderDir)
	if err != nil {
		return u, err
	}
	u.encoder, err = encoder.New(u.environment, model, encoderOptions(cfg, reg))
	if err != nil {
		return u, err
	}
	u.runtime = head.NewORT(u.environment)
	return u, nil
}

// encoderOptions are the configuration's.
func encoderOptions(cfg config.Config, reg prometheus.Registerer) encoder.Options {
	concurrency := cfg.NLU.Concurrency
	if concurrency == 0 {
		concurrency = runtime.GOMAXPROCS(0)
	}
	opts := encoder.Options{
		MaxTokens: cfg.NLU.MaxTokens, Concurrency: concurrency, Queue: cfg.NLU.Queue, Batch: cfg.NLU.Batch, Registerer: reg,
		Folding: encoder.Folding{CollapseRepeats: cfg.NLU.CollapseRepeats},
	}
	if cfg.NLU.Simplify {
		opts.Simplify = segment.Simplify
	}
	return opts
}

// space is where the encoder's vectors live.
func (u *understanding) space() head.Space {
	return head.Space{Encoder: u.encoder.Model(), Embedding: u.encoder.Dimension(), State: u.encoder.StateDimension()}
}

// openHeads loads the built-in and the trained heads.
func (u *understanding) openHeads(cfg config.Config) (err error) {
	u.heads, err = head.OpenRegistry(u.runtime, u.source, filepath.Join(cfg.Data, "heads"), u.space())
	return err
}

// openUnderstanding opens the whole pipeline.
func openUnderstanding(cfg config.Config, reg prometheus.Registerer) (u *understanding, err error) {
	u, err = openEncoder(cfg, reg)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, u.Close())
		}
	}()
	if err := u.openHeads(cfg); err != nil {
		return nil, err
	}
	if u.segmenter, err = openSegmenter(cfg); err != nil {
		return nil, err
	}
	u.entities = entity.New()
	bots, err := readBots(cfg.Dialog.Bots)
	if err != nil {
		return nil, err
	}
	u.pipeline, err = nlu.NewPipeline(nlu.Parts{
		Encoder: u.encoder, Segmenter: u.segmenter, Entities: u.entities, Heads: headsOf(u.heads.Heads, bots, cfg.NLU.ScopeThreshold),
	})
	return u, err
}

// headsOf gives every bot its heads with its own threshold of scope: that of
// its profile, else the configuration's, else the model's. A bot that has no
// profile (--bot of a command) goes by the latter two.
func headsOf(heads func(bot string) (nlu.Heads, error), bots *bots, threshold float64) func(bot string) (nlu.Heads, error) {
	return func(bot string) (nlu.Heads, error) {
		h, err := heads(bot)
		for _, own := range []float64{threshold, bots.byID[bot].ScopeThreshold} {
			if own > 0 {
				h.Tuning.ScopeThreshold = own
			}
		}
		return h, err
	}
}

// riskOf gives every bot its own threshold of risk, in the same order.
func riskOf(
	profile func(bot string) (dialog.Profile, error), threshold float64, model func(bot string) float64,
) func(bot string) (dialog.Profile, error) {
	return func(bot string) (dialog.Profile, error) {
		p, err := profile(bot)
		if err != nil || p.RiskThreshold > 0 {
			return p, err
		}
		if p.RiskThreshold = threshold; threshold == 0 {
			p.RiskThreshold = model(bot)
		}
		return p, nil
	}
}

// handoffRisk is the threshold of a bot's risk head; 0 when it has none.
func (u *understanding) handoffRisk(bot string) float64 {
	c, err := u.heads.Head(bot, head.RiskHead)
	if err != nil { // NotFound is the only fault
		return 0
	}
	return c.Manifest().Thresholds[head.HandoffThreshold]
}

// Close frees what was opened, heads before the library under them.
func (u *understanding) Close() error {
	var errs []error
	if u.runtime != nil {
		errs = append(errs, u.runtime.Close())
	}
	if u.encoder != nil {
		errs = append(errs, u.encoder.Close())
	}
	if u.environment != nil {
		errs = append(errs, u.environment.Close())
	}
	return errors.Join(errs...)
}

// openSegmenter builds the segmenter with the words of the trade and the user's.
func openSegmenter(cfg config.Config) (*segment.Segmenter, error) {
	opts := segment.Options{Terms: bytes.NewReader(lexicon.Terms), KeepTraditional: !cfg.NLU.Simplify}
	if cfg.NLU.UserWords != "" {
		f, err := os.Open(cfg.NLU.UserWords)
		if err != nil {
			return nil, fault.Wrap(err, fault.NotFound, "nlu.user_words names %s, which cannot be opened", cfg.NLU.UserWords)
		}
		words, err := segment.ParseWords(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fault.In(filepath.Base(cfg.NLU.UserWords), err)
		}
		opts.Words = words
	}
	return segment.New(opts)
}

// withUnderstanding opens the whole pipeline for one command.
func (g *globals) withUnderstanding(fn func(u *understanding) error) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	u, err := openUnderstanding(cfg, nil)
	if err != nil {
		return err
	}
	return errors.Join(fn(u), u.Close())
}

// withEncoder opens the encoder alone; heads follow when fn asks for them.
func (g *globals) withEncoder(fn func(cfg config.Config, u *understanding) error) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	u, err := openEncoder(cfg, nil)
	if err != nil {
		return err
	}
	return errors.Join(fn(cfg, u), u.Close())
}
