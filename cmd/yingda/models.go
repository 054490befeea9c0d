package main

import (
	"fmt"

	"github.com/yingda/yingda/models"
)

type modelsCmd struct {
	List   modelsListCmd   `cmd:"" help:"List the models."`
	Verify modelsVerifyCmd `cmd:"" help:"Check every model's files against their sums, and that they fit together."`
}

type modelsListCmd struct{}

// Run prints one line per model.
func (modelsListCmd) Run(g *globals) error {
	return g.eachModel(func(m models.Model) error {
		enc := m.Manifest.Encoder
		if enc == "" {
			enc = "-"
		}
		_, err := fmt.Fprintf(g.std.out, "%-24s %-8s %-44s %s\n", m.Dir(), m.Manifest.Kind, m.Manifest.ID, enc)
		return err
	})
}

type modelsVerifyCmd struct{}

// Run hashes every file and checks that heads and fusions belong to the encoder.
func (modelsVerifyCmd) Run(g *globals) error {
	src, err := g.modelSource()
	if err != nil {
		return err
	}
	enc, err := src.Load(models.EncoderDir)
	if err != nil {
		return err
	}
	failed := false
	err = g.eachModel(func(m models.Model) error {
		err := m.Verify()
		if err == nil && m.Manifest.Kind != models.KindEncoder {
			err = m.Manifest.Fits(enc.Manifest.ID, enc.Manifest.InputLength(m.Manifest))
		}
		verdict := "ok"
		if err != nil {
			failed, verdict = true, err.Error()
		}
		_, err = fmt.Fprintf(g.std.out, "%-24s %s\n", m.Dir(), verdict)
		return err
	})
	if err == nil && failed {
		return errLines
	}
	return err
}

func (g *globals) modelSource() (models.Source, error) {
	cfg, err := g.load()
	if err != nil {
		return models.Source{}, err
	}
	return models.NewSource(cfg.NLU.Models)
}

func (g *globals) eachModel(fn func(models.Model) error) error {
	src, err := g.modelSource()
	if err != nil {
		return err
	}
	all, err := src.List()
	for _, m := range all {
		if err := fn(m); err != nil {
			return err
		}
	}
	return err
}
