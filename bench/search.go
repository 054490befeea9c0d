package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/vector"
)

// What a search is measured with.
const (
	// Depth is how many hits a query wants.
	Depth       = 10
	truthful    = 40  // queries that are compared with an exact search
	timed       = 200 // queries of a timed round
	timedRounds = 5
	batchRows   = 5000
	burst       = 10000 // rows that are upserted beside searches
)

// SearchFigures are what an index of Rows vectors of one bot showed.
type SearchFigures struct {
	Name   string  `json:"name"`
	Rows   int     `json:"rows"`
	Recall float64 `json:"recall_at_10"` // against exact float32 cosines
	// CPU is the process's time per query, the median of the rounds; Took is
	// the time that passed.
	CPU  time.Duration `json:"cpu_ns"`
	Took time.Duration `json:"took_ns"`
	// Build is the process's CPU time to add all rows, beside making them.
	Build time.Duration `json:"build_cpu_ns"`
	// Bytes is by how much the process's resident memory grew with the rows, after a collection.
	Bytes int64 `json:"bytes"`
	// Worst and P99 are of searches while 10 000 rows were upserted in one
	// call, which took Upsert; Still is the worst of as many without.
	Worst, P99, Still, Upsert time.Duration
}

// Search fills x with n synthetic vectors of dim values and measures it. x must
// be empty, and is left full.
func Search(ctx context.Context, name string, x kb.VectorIndex, n, dim int) (SearchFigures, error) {
	f := SearchFigures{Name: name, Rows: n}
	s := NewSynthetic(n, dim)
	queries := make([][]float32, timed)
	for i := range queries {
		queries[i] = s.Query(i)
	}
	truth := make([]exactly, truthful)
	before := resident()
	for from := 0; from < n; from += batchRows {
		rows := s.rows(from, min(from+batchRows, n))
		for _, r := range rows {
			for i := range truth {
				truth[i].offer(r.Key, vector.Dot(r.Embedding, queries[i]))
			}
		}
		begin := CPUTime()
		if err := x.Upsert(ctx, rows); err != nil {
			return f, err
		}
		f.Build += CPUTime() - begin
	}
	begin := CPUTime()
	if _, err := x.Search(ctx, "b", queries[0], Depth); err != nil { // what the first search builds
		return f, err
	}
	f.Build += CPUTime() - begin
	f.Bytes = resident() - before
	found := 0
	for i := range truth {
		hits, err := x.Search(ctx, "b", queries[i], Depth)
		if err != nil {
			return f, err
		}
		found += truth[i].count(hits)
	}
	f.Recall = float64(found) / float64(truthful*min(Depth, n))
	var cpu, took []time.Duration
	for range timedRounds {
		c, t := CPUTime(), time.Now()
		for _, q := range queries {
			if _, err := x.Search(ctx, "b", q, Depth); err != nil {
				return f, err
			}
		}
		cpu = append(cpu, (CPUTime()-c)/timed)
		took = append(took, time.Since(t)/timed)
	}
	slices.Sort(cpu)
	slices.Sort(took)
	f.CPU, f.Took = cpu[timedRounds/2], took[timedRounds/2]
	return f, f.beside(ctx, x, s, queries)
}

// rows makes the rows [from, to) of bot b.
func (s *Synthetic) rows(from, to int) []kb.Vector {
	out := make([]kb.Vector, 0, to-from)
	for i := from; i < to; i++ {
		name := strconv.Itoa(i)
		out = append(out, kb.Vector{Key: name, Owner: name, Bot: "b", Embedding: s.Row(i)})
	}
	return out
}

// beside measures searches while burst rows are upserted in one call: half of
// them new, half replaced.
func (f *SearchFigures) beside(ctx context.Context, x kb.VectorIndex, s *Synthetic, queries [][]float32) error {
	rows := append(s.rows(f.Rows, f.Rows+burst/2), s.rows(0, min(burst/2, f.Rows))...)
	_, still, err := searchUntil(ctx, x, queries, func(n int) bool { return n == timed })
	if err != nil {
		return err
	}
	f.Still = still
	done := make(chan struct{})
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() {
		defer close(done)
		begin := time.Now()
		failed = x.Upsert(ctx, rows)
		f.Upsert = time.Since(begin)
	})
	each, worst, err := searchUntil(ctx, x, queries, func(n int) bool {
		select {
		case <-done:
			return n >= timed // and the first ones on the new rows
		default:
			return false
		}
	})
	wg.Wait()
	f.Worst, f.P99 = worst, each[len(each)*99/100]
	return cmp.Or(err, failed)
}

// searchUntil searches one after the other until enough says so, and returns
// the times that they took, sorted, and the longest.
func searchUntil(ctx context.Context, x kb.VectorIndex, queries [][]float32, enough func(n int) bool) ([]time.Duration, time.Duration, error) {
	each := []time.Duration{}
	for !enough(len(each)) {
		begin := time.Now()
		if _, err := x.Search(ctx, "b", queries[len(each)%len(queries)], Depth); err != nil {
			return []time.Duration{0}, 0, err
		}
		each = append(each, time.Since(begin))
	}
	slices.Sort(each)
	return each, each[len(each)-1], nil
}

// exactly keeps the Depth best keys of all rows.
type exactly struct {
	keys   []string
	scores []float32 // descending
}

func (e *exactly) offer(key string, score float32) {
	if len(e.scores) == Depth && score <= e.scores[Depth-1] {
		return
	}
	at, _ := slices.BinarySearchFunc(e.scores, score, func(a, b float32) int { return cmp.Compare(b, a) })
	e.scores, e.keys = slices.Insert(e.scores, at, score), slices.Insert(e.keys, at, key)
	if len(e.scores) > Depth {
		e.scores, e.keys = e.scores[:Depth], e.keys[:Depth]
	}
}

func (e *exactly) count(hits []kb.VectorHit) int {
	n := 0
	for _, h := range hits {
		if slices.Contains(e.keys, h.Key) {
			n++
		}
	}
	return n
}

// resident is the process's resident memory in bytes after a collection, or 0
// where the system does not tell.
func resident() int64 {
	runtime.GC() // what has a cleanup goes with the next
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "VmRSS:" {
			kib, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				return 0
			}
			return kib << 10
		}
	}
	return 0
}

// PrintSearch writes figures as a table.
func PrintSearch(w io.Writer, all []SearchFigures) error {
	if len(all) == 0 {
		return nil
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "index\tvectors\tCPU/query\trecall@10\tbuild CPU\tmemory\tbytes/vector\tupsert of 10 000\tworst search beside\tp99\tworst without\t")
	for _, f := range all {
		fmt.Fprintf(tw, "%s\t%d\t%v\t%.4f\t%v\t%d MB\t%d\t%v\t%v\t%v\t%v\t\n", f.Name, f.Rows, f.CPU.Round(10*time.Microsecond), f.Recall,
			f.Build.Round(10*time.Millisecond), f.Bytes>>20, f.Bytes/int64(f.Rows), f.Upsert.Round(time.Millisecond),
			f.Worst.Round(10*time.Microsecond), f.P99.Round(10*time.Microsecond), f.Still.Round(10*time.Microsecond))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}
