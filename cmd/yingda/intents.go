package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/nlu/head"
	"github.com/yingda/yingda/nlu/report"
	"github.com/yingda/yingda/nlu/training"
)

type intentsCmd struct {
	Train    intentsTrainCmd    `cmd:"" help:"Train a head on labelled messages: JSON Lines, CSV, XLSX, or Rasa's YAML and Markdown."`
	Eval     intentsEvalCmd     `cmd:"" help:"Measure a head on labelled messages."`
	Compare  intentsCompareCmd  `cmd:"" help:"Set two versions against each other on labelled messages."`
	Versions intentsVersionsCmd `cmd:"" help:"List the versions of a head."`
	Activate intentsActivateCmd `cmd:"" help:"Make a version the active one; a running server follows within seconds."`
	Rollback intentsRollbackCmd `cmd:"" help:"Go back to the version that was active before."`
}

type intentsTrainCmd struct {
	Name       string  `required:"" help:"Name of the head; intent and sentiment replace the built-in ones of the bot." placeholder:"NAME"`
	Bot        string  `help:"Bot that gets the head; without it, all bots without one of their own." placeholder:"BOT"`
	Keep       bool    `help:"Keep the version without activating it."`
	Out        string  `help:"Write the head to this folder instead of the data folder." placeholder:"DIR"`
	Task       string  `help:"What the head decides, for --out; the name by default." placeholder:"TASK"`
	Balance    float64 `help:"How much rare labels are helped: 0 counts all messages alike, 1 all labels."`
	L2         float64 `name:"l2" help:"Penalty on the weights; 0 chooses."`
	Seed       uint64  `default:"1" help:"Seed of what is drawn at random."`
	Report     string  `enum:"text,json" default:"text" help:"Print the report as text or json."`
	SaveReport string  `help:"Write the report as JSON to this file." placeholder:"FILE"`
}

// Run reads the messages, trains, reports, and keeps or writes the head.
func (c *intentsTrainCmd) Run(g *globals) error {
	list, lines, err := g.examples()
	if err != nil {
		return err
	}
	request := training.Request{
		Bot: c.Bot, Name: c.Name, Examples: list, Lines: lines, L2: c.L2, Balance: c.Balance, Seed: c.Seed, Activate: !c.Keep,
	}
	return g.withTrainer(c.Out == "", func(t *training.Trainer) error {
		var out training.Outcome
		var err error
		tell, done := progress(g.std.err)
		if c.Out != "" {
			out, err = t.Write(g.ctx, request, c.Out, c.Task, tell)
		} else {
			out, err = t.Train(g.ctx, request, tell)
		}
		done()
		if err != nil {
			return err
		}
		fmt.Fprintf(g.std.err, "read %d messages in %v, trained in %v\n", len(list), out.Reading.Round(time.Millisecond), out.Training.Round(time.Millisecond))
		if err := errors.Join(c.print(g.std.out, out.Findings), writeJSON(c.SaveReport, out.Findings)); err != nil {
			return err
		}
		switch {
		case c.Out != "":
			fmt.Fprintf(g.std.err, "saved %s to %s\n", out.Version, c.Out)
		case c.Keep:
			fmt.Fprintf(g.std.err, "kept %s for %s; 'yingda intents activate' puts it to work\n", out.Version, orAll(c.Bot))
		default:
			fmt.Fprintf(g.std.err, "saved and activated %s for %s\n", out.Version, orAll(c.Bot))
		}
		return nil
	})
}

func (c *intentsTrainCmd) print(w io.Writer, f report.Findings) error {
	if c.Report == "json" {
		return printJSON(w, f)
	}
	return report.WriteText(w, f.Method+" of "+c.Name, f)
}

// progress shows the stages of a training as bars, one after the other.
func progress(w io.Writer) (tell training.Progress, done func()) {
	var mu sync.Mutex
	at, b := "", &bar{}
	return func(stage string, share float64) {
			mu.Lock()
			defer mu.Unlock()
			if stage != at {
				b.done()
				at, b = stage, newBar(w, stage, 100)
			}
			b.set(int(100 * share))
		}, func() {
			mu.Lock()
			defer mu.Unlock()
			b.done()
		}
}

// withTrainer opens the encoder and a Trainer; with heads, the registry too.
func (g *globals) withTrainer(heads bool, fn func(*training.Trainer) error) error {
	now, err := shopClock()
	if err != nil {
		return err
	}
	return g.withEncoder(func(cfg config.Config, u *understanding) error {
		if heads {
			if err := u.openHeads(cfg); err != nil {
				return err
			}
		}
		t := training.New(training.Options{
			Encoder: u.encoder, Runtime: u.runtime, Space: u.space(), Registry: u.heads, Clock: now, IDs: ident.NewULID(now), Workers: workers(),
		})
		return errors.Join(fn(t), t.Close())
	})
}

// printJSON writes v indented.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// writeJSON writes v to a file; an empty path writes nothing.
func writeJSON(path string, v any) error {
	if path == "" {
		return nil
	}
	var b bytes.Buffer
	if err := printJSON(&b, v); err != nil {
		return err
	}
	return fault.Wrap(os.WriteFile(path, b.Bytes(), 0o644), fault.Unavailable, "the report cannot be written to %s", path)
}

// writeReport writes a head's report as JSON; an empty path writes nothing.
func writeReport(path string, r head.Report) error { return writeJSON(path, r) }

func orAll(bot string) string {
	if bot == "" {
		return "all bots"
	}
	return "bot " + bot
}
