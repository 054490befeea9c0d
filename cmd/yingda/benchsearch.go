package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/yingda/yingda/bench"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/kb/qdrant"
	"github.com/yingda/yingda/kb/vector"
	"github.com/yingda/yingda/nlu/ort"
)

// Bounds of the search, and what it is measured on.
const (
	searchMillis  = 3 // CPU per query of 100 000 vectors
	boundedRows   = 100_000
	searchRecall  = 0.999
	searchedWidth = 512
	millionRows   = 1_000_000
)

// search measures the default vector index at every size, and Qdrant where one
// is configured.
func (c *benchCmd) search(ctx context.Context, env *ort.Environment, cfg config.KB) ([]bench.SearchFigures, []bench.Check, error) {
	sizes := c.Vectors
	if c.Million {
		sizes = append(slices.Clone(sizes), millionRows)
	}
	var all []bench.SearchFigures
	var checks []bench.Check
	for _, n := range sizes {
		scanner := env.NewScanner()
		f, err := bench.Search(ctx, "memory", vector.New(searchedWidth, vector.Options{Scanner: scanner}), n, searchedWidth)
		if err = errors.Join(err, scanner.Close()); err != nil {
			return nil, nil, err
		}
		all = append(all, f)
		if n == boundedRows {
			checks = append(checks, bench.Check{Name: fmt.Sprintf("search of %d vectors, CPU per query", n), Value: f.CPU.Seconds() * 1000, Bound: searchMillis, AtMost: true, Unit: "ms"})
		}
		checks = append(checks, bench.Check{Name: fmt.Sprintf("search of %d vectors, recall@%d against fp32", n, bench.Depth), Value: f.Recall, Bound: searchRecall})
		if cfg.Engine != "qdrant" {
			continue
		}
		for _, approximate := range []bool{false, true} {
			if f, err = searchQdrant(ctx, cfg, approximate, n); err != nil {
				return nil, nil, err
			}
			all = append(all, f)
		}
	}
	return all, checks, nil
}

// searchQdrant measures a collection of its own, which is deleted in the end.
// Its CPU time is the client's; the time that passed is the server's as well.
func searchQdrant(ctx context.Context, cfg config.KB, approximate bool, n int) (f bench.SearchFigures, err error) {
	options := qdrantOptions(cfg)
	options.Prefix, options.Approximate = "yingda-bench-"+rand.Text(), approximate
	x, err := qdrant.Open(ctx, "synthetic", searchedWidth, options)
	if err != nil {
		return f, err
	}
	name := "Qdrant, exact"
	if approximate {
		name = "Qdrant, graph + int8"
	}
	f, err = bench.Search(ctx, name, x, n, searchedWidth)
	return f, errors.Join(err, x.Drop(context.WithoutCancel(ctx)), x.Close())
}
