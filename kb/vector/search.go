package vector

import (
	"context"
	"slices"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// plain scans the float32 rows of a snapshot. Its hits are more than k where
// rows tie with the last one, so that the caller can settle the tie by key.
func (x *Index) plain(ctx context.Context, s *snapshot, embedding []float32, k int) ([]kb.VectorHit, error) {
	scores := make([]float32, s.rows())
	best := newTop(min(k, len(scores)))
	base := 0
	for _, v := range s.views {
		for r := range v.rows() {
			if r%checkEvery == 0 && ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if v.dead.has(r) {
				continue
			}
			d := Dot(v.exact[r*x.dim:(r+1)*x.dim], embedding)
			scores[base+r] = d
			best.offer(d, base+r)
		}
		base += v.rows()
	}
	if len(best.heap) == 0 {
		return nil, nil
	}
	floor := best.heap[0].score
	hits := make([]kb.VectorHit, 0, k)
	base = 0
	for _, v := range s.views {
		for r := range v.rows() {
			if d := scores[base+r]; d >= floor && !v.dead.has(r) {
				hits = append(hits, kb.VectorHit{Key: v.keys[r], Owner: v.owners[r], Cosine: float64(d)})
			}
		}
		base += v.rows()
	}
	return hits, nil
}

// coarse scans the int8 rows of every segment and scores the best again.
func (x *Index) coarse(ctx context.Context, s *snapshot, embedding []float32, k int) ([]kb.VectorHit, error) {
	query := make([]int8, x.dim)
	quantise(query, embedding)
	want := k + x.opts.Rescore
	type found struct {
		score int32
		view  int
		row   int
	}
	var all []found
	for i, v := range s.views {
		scores, rows, err := x.scan(ctx, v, query, want)
		if err != nil {
			return nil, err
		}
		for j, r := range rows {
			all = append(all, found{scores[j], i, int(r)})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return int(b.score) - int(a.score) })
	if len(all) > want {
		// Rows that tie with the last one in the coarse pass stay in.
		end := want
		for end < len(all) && all[end].score == all[want-1].score {
			end++
		}
		all = all[:end]
	}
	hits := make([]kb.VectorHit, len(all))
	for i, f := range all {
		hits[i] = x.hit(s.views[f.view], f.row, embedding)
	}
	return hits, nil
}

// scan returns the best live rows of a view, want of them if there are so
// many. Dead rows take places in the scanner's answer, so it asks for more
// until enough live ones came.
func (x *Index) scan(ctx context.Context, v view, query []int8, want int) ([]int32, []int64, error) {
	for k := want + min(v.deads, want); ; k *= 4 {
		k = min(k, v.rows())
		scores, rows, err := x.opts.Scanner.Scan(ctx, v.coarse, v.rows(), x.dim, query, k)
		if err != nil {
			if ctx.Err() != nil {
				return nil, nil, context.Cause(ctx)
			}
			return nil, nil, fault.Wrap(err, fault.CodeOf(err), "the vector scan failed")
		}
		n := 0
		for j, r := range rows {
			if r < 0 || r >= int64(v.rows()) {
				return nil, nil, fault.New(fault.Internal, "the vector scanner returned row %d of %d", r, v.rows())
			}
			if !v.dead.has(int(r)) {
				scores[n], rows[n] = scores[j], r
				n++
			}
		}
		if n >= want || k >= v.rows() {
			return scores[:n], rows[:n], nil
		}
	}
}
