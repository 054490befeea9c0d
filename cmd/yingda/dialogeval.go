package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/yingda/yingda/dialog/script"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/entity"
	"github.com/yingda/yingda/training-data/demo"
)

type evalDialogCmd struct {
	Scripts []string `arg:"" optional:"" help:"Scripts (*.conv) or folders of them." placeholder:"PATH"`
	Real    bool     `help:"Let the models understand instead of the scripts' own nlu and kb lines: measures the models."`
	Verbose bool     `short:"v" help:"Print every transcript, not only those that fail."`
}

// Run plays the scripts and prints what did not hold.
func (c *evalDialogCmd) Run(g *globals) error {
	if len(c.Scripts) == 0 {
		c.Scripts = []string{"dialog/script/testdata"}
	}
	scripts, err := readScripts(c.Scripts)
	if err != nil {
		return err
	}
	cfg, err := g.load()
	if err != nil {
		return err
	}
	b, err := readBots(cfg.Dialog.Bots)
	if err != nil {
		return err
	}
	opts := script.Options{Profile: b.list[0], Shop: demo.Shop, Extractor: entity.New()}
	if !c.Real {
		return c.play(g, scripts, opts)
	}
	a, err := openApp(g.ctx, cfg, appOptions{log: quietLogger(cfg.Log, g.std.err), temporary: true, demo: true})
	if err != nil {
		return err
	}
	opts.Analyzer, opts.Retriever = a.language.pipeline, a.knowledge
	opts.Profile, err = riskOf(a.bots.profile, cfg.Dialog.RiskThreshold, a.language.handoffRisk)(opts.Profile.Bot)
	if err == nil {
		err = c.play(g, scripts, opts)
	}
	if closeErr := a.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (c *evalDialogCmd) play(g *globals, scripts []*script.Script, opts script.Options) error {
	passed, failed, skipped, turns := 0, 0, 0, 0
	for _, s := range scripts {
		res, err := script.Run(g.ctx, s, opts)
		if err != nil {
			return err
		}
		turns += res.Turns
		switch {
		case res.Passed():
			passed++
		case res.Skipped != "":
			skipped++
		default:
			failed++
		}
		if c.Verbose || len(res.Failures) > 0 {
			if _, err := fmt.Fprintln(g.std.out, res.String()); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(g.std.out, "%d scripts, %d turns: %d passed, %d failed, %d skipped\n", len(scripts), turns, passed, failed, skipped)
	if err == nil && failed > 0 {
		return errLines
	}
	return err
}

func readScripts(paths []string) ([]*script.Script, error) {
	var all []*script.Script
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, fault.Wrap(err, fault.NotFound, "%s cannot be read", p)
		}
		if info.IsDir() {
			found, err := script.ReadFS(os.DirFS(p), ".")
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
			continue
		}
		source, err := os.ReadFile(p)
		if err != nil {
			return nil, fault.Wrap(err, fault.NotFound, "%s cannot be read", p)
		}
		s, err := script.Parse(filepath.Base(p), source)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
