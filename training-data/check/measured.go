package check

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// What a text that teaches may be like one that measures, at most.
const (
	// CopyScore is the Jaccard index of [Fours] from which a text is a copy.
	CopyScore = 0.6
	// CloseScore is the cosine of the embeddings from which a text says the same.
	CloseScore = 0.95
)

// Embedder turns a text into a vector of length 1. nlu's encoder fits through
// a few lines of its caller's.
type Embedder interface {
	Embed(ctx context.Context, text string) ([]float32, error)
}

// ReadMeasured reads the texts of a measuring file, whatever else its lines
// hold: the fields text, query, question and similar. A line with none of
// them is a fault; the faults are those of [Utterances].
func ReadMeasured(r io.Reader) ([]Row, error) {
	lists, err := readLines(r, measuredTexts, func(rows *[]Row, n int) {
		for i := range *rows {
			(*rows)[i].Line = n
		}
	})
	return slices.Concat(lists...), err
}

// measuredTexts takes what a customer or an author wrote from one record.
func measuredTexts(v map[string]json.RawMessage) ([]Row, error) {
	var rows []Row
	for _, name := range []string{"text", "query", "question"} {
		raw, ok := v[name]
		if !ok {
			continue
		}
		var text string
		if err := strict(raw, &text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		rows = append(rows, Row{Text: text})
	}
	if raw, ok := v["similar"]; ok {
		var similar []string
		if err := strict(raw, &similar); err != nil {
			return nil, fmt.Errorf("similar: %w", err)
		}
		for _, text := range similar {
			rows = append(rows, Row{Text: text})
		}
	}
	if len(rows) == 0 {
		return nil, errors.New("none of text, query, question and similar is there")
	}
	return rows, nil
}

// Copies returns a finding for each authored row that is a measured text,
// folded, or whose runs of four code points have a Jaccard index of CopyScore
// or more with one. Texts under four code points are compared as a whole.
// Findings are in the order of the rows, each with the measured row most like it.
func Copies(authored, measured []Row) []Finding {
	return overlap(authored, measured, Fours, CopyScore)
}

// Close returns, like [Copies], the rows whose embedding has a cosine of
// CloseScore or more with that of a measured text. Each distinct text is
// embedded once; the embedder's first error ends the search.
func Close(ctx context.Context, e Embedder, authored, measured []Row) ([]Finding, error) {
	known := make(map[string][]float32)
	embed := func(text string) ([]float32, error) {
		if v, ok := known[text]; ok {
			return v, nil
		}
		v, err := e.Embed(ctx, text)
		if err == nil {
			known[text] = v
		}
		return v, err
	}
	vectors := make([][]float32, len(measured))
	for i, row := range measured {
		var err error
		if vectors[i], err = embed(row.Text); err != nil {
			return nil, err
		}
	}
	best := make(map[string]Near) // by text; B is unused
	var out []Finding
	for _, row := range authored {
		n, ok := best[row.Text]
		if !ok {
			v, err := embed(row.Text)
			if err != nil {
				return nil, err
			}
			for j, w := range vectors {
				if c := dot(v, w); j == 0 || c > n.Score {
					n = Near{A: j, Score: c}
				}
			}
			best[row.Text] = n
		}
		if n.Score >= CloseScore {
			out = append(out, Finding{Kind: Overlapping, Row: row, Other: measured[n.A], Score: n.Score})
		}
	}
	return out, nil
}

// Merge joins findings about the same rows, the more alike first where a row
// is in both, in the order of file and line.
func Merge(a, b []Finding) []Finding {
	out := slices.Concat(a, b)
	slices.SortStableFunc(out, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(x.Row.File, y.Row.File), cmp.Compare(x.Row.Line, y.Row.Line),
			cmp.Compare(x.Row.Text, y.Row.Text), cmp.Compare(y.Score, x.Score))
	})
	return slices.CompactFunc(out, func(x, y Finding) bool { return x.Row == y.Row })
}

// dot is the inner product of two vectors of one length, which for vectors of
// length 1 is their cosine.
func dot(a, b []float32) float64 {
	var s float32
	for i, x := range a[:min(len(a), len(b))] {
		s += x * b[i]
	}
	return float64(s)
}
