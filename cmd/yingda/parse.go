package main

import (
	"bufio"
	"encoding/json"
	"runtime"
	"strings"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/nlu"
)

// workers is how many lines are worked on at a time: enough to keep every
// core's encoder run busy.
func workers() int { return 2 * runtime.GOMAXPROCS(0) }

type parseCmd struct {
	Bot string `help:"Use the heads and words of this bot." placeholder:"BOT"`
}

type parseIn struct {
	ID   json.RawMessage `json:"id"`
	Text string          `json:"text"`
	Prev string          `json:"prev"`
	// Expect is what the dialog waits for: intents, or the name of a slot.
	Expect []string `json:"expect"`
}

type parseOut struct {
	ID json.RawMessage `json:"id,omitempty"`
	nlu.Result
}

// Run understands standard input line by line.
func (c *parseCmd) Run(g *globals) error {
	now, err := shopClock()
	if err != nil {
		return err
	}
	return g.withUnderstanding(func(u *understanding) error {
		return jsonLines(g, workers(), func(in parseIn) json.RawMessage { return in.ID }, func(in parseIn) (any, error) {
			res, err := u.pipeline.Analyze(g.ctx, nlu.Request{
				Text: in.Text, Prev: in.Prev, Expect: in.Expect, Bot: c.Bot, Now: now.Now(),
			})
			return parseOut{in.ID, res}, err
		})
	})
}

type embedCmd struct{}

type embedOut struct {
	ID        json.RawMessage `json:"id,omitempty"`
	Embedding []float32       `json:"embedding"`
}

// Run encodes standard input line by line.
func (embedCmd) Run(g *globals) error {
	return g.withEncoder(func(_ config.Config, u *understanding) error {
		return jsonLines(g, workers(), func(in parseIn) json.RawMessage { return in.ID }, func(in parseIn) (any, error) {
			f, err := u.encoder.Encode(g.ctx, in.Text)
			return embedOut{in.ID, f.Embedding}, err
		})
	})
}

type segmentCmd struct{}

// Run cuts standard input line by line: words joined by single spaces, their
// text untouched, blank lines kept.
func (segmentCmd) Run(g *globals) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	seg, err := openSegmenter(cfg)
	if err != nil {
		return err
	}
	type result struct {
		line   string
		failed error
	}
	out := bufio.NewWriterSize(g.std.out, 64<<10)
	failed := false
	err = eachLine(g.ctx, g.std.in, workers(), func(line []byte, err error) result {
		if err != nil {
			return result{failed: err}
		}
		return result{line: joinWords(seg.Segment(string(line)))}
	}, func(r result, flush bool) error {
		if r.failed != nil {
			failed = true
			// The line's place stays, empty; what is wrong goes where people look.
			if _, err := g.std.err.Write([]byte("yingda: " + r.failed.Error() + "\n")); err != nil {
				return err
			}
		}
		if _, err := out.WriteString(r.line + "\n"); err != nil {
			return err
		}
		if flush {
			return out.Flush()
		}
		return nil
	})
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	if err == nil && failed {
		return errLines
	}
	return err
}

// joinWords joins the tokens that are not blank.
func joinWords(tokens []nlu.Token) string {
	var b strings.Builder
	for _, t := range tokens {
		if strings.TrimSpace(t.Text) == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.Text)
	}
	return b.String()
}
