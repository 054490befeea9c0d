package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/head"
)

type evalCmd struct {
	Intents evalIntentsCmd `cmd:"" help:"Measure intents and sentiment on labelled messages {text,intent,alt?,ctx?,sentiment?}."`
	NLU     evalNLUCmd     `cmd:"" name:"nlu" help:"Measure understanding against baselines on the labelled sets of a folder (--data), in one table."`
	FAQ     evalFAQCmd     `cmd:"" name:"faq" help:"Measure retrieval: a knowledge base and queries with the right entries."`
	Dialog  evalDialogCmd  `cmd:"" help:"Play .conv scripts against the bot."`
}

type evalIntentsCmd struct {
	Messages string `required:"" help:"Labelled messages (JSON Lines)." placeholder:"FILE"`
	Bot      string `help:"Bot whose heads are measured." placeholder:"BOT"`
	Report   string `help:"Write the intent report as JSON to this file." placeholder:"FILE"`
}

// labelled is a message read by people.
type labelled struct {
	ID        string `json:"id"`
	Text      string `json:"text"`
	Prev      string `json:"prev"`
	Intent    string `json:"intent"`
	Alt       string `json:"alt"`
	Sentiment string `json:"sentiment"`
	// Ctx is true where the text alone cannot tell.
	Ctx bool `json:"ctx"`
}

// Run scores messages that can be told from their text alone, the others apart.
func (c *evalIntentsCmd) Run(g *globals) error {
	rows, err := readJSONL[labelled](c.Messages)
	if err != nil {
		return err
	}
	return g.withEncoder(func(cfg config.Config, u *understanding) error {
		if err := u.openHeads(cfg); err != nil {
			return err
		}
		heads, err := u.heads.Heads(c.Bot)
		if err != nil {
			return err
		}
		parts := []struct {
			title string
			head  nlu.Classifier
			label func(labelled) (string, string)
			keep  func(labelled) bool
		}{
			{"intents, text alone", heads.Intent, intentOf, func(r labelled) bool { return !r.Ctx && r.Intent != "" }},
			{"intents, context needed", heads.Intent, intentOf, func(r labelled) bool { return r.Ctx && r.Intent != "" }},
			{"sentiment", heads.Sentiment, func(r labelled) (string, string) { return r.Sentiment, "" }, func(r labelled) bool { return r.Sentiment != "" }},
		}
		for i, p := range parts {
			var examples []head.Example
			for _, r := range rows {
				if p.keep(r) {
					label, alt := p.label(r)
					examples = append(examples, head.Example{Text: r.Text, Label: label, Alt: alt})
				}
			}
			if len(examples) == 0 {
				continue
			}
			x, states, err := encodeAll(g, u, examples)
			if err != nil {
				return err
			}
			preds, err := predictions(p.head, x, states, examples)
			if err != nil {
				return err
			}
			report := head.Evaluate(preds)
			if err := printReport(g.std.out, p.title, report); err != nil {
				return err
			}
			if i == 0 {
				if err := writeReport(c.Report, report); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func intentOf(r labelled) (label, alt string) { return r.Intent, r.Alt }

// readJSONL reads a file of JSON Lines whole; a faulty line is fault.Invalid
// with its number.
func readJSONL[T any](name string) ([]T, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "cannot open %s", name)
	}
	defer f.Close()
	var out []T
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, maxLineBytes)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(sc.Text(), "\ufeff"))
		if line == "" {
			continue
		}
		var row T
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			return nil, fault.In(fmt.Sprintf("%s line %d", filepath.Base(name), n), fault.Wrap(err, fault.Invalid, "not a JSON object of the expected shape"))
		}
		out = append(out, row)
	}
	return out, sc.Err()
}
