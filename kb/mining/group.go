package mining

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/vector"
)

// DefaultThreshold is the cosine from which two questions ask the same where
// the base is too small to calibrate it.
const DefaultThreshold = 0.78

// group is a set of questions of one meaning.
type group struct {
	items    []int // the Miner's, the leader first
	centroid []float32
	count    int // pairs
}

// groups clusters the items: the most asked lead, each other question joins
// the nearest leader within the threshold or leads itself; then groups whose
// centres are as near as that become one. Leaders' vectors live in a vector
// index, so the time is that of one search for each question.
func (m *Miner) groups(ctx context.Context) ([]group, error) {
	if len(m.items) == 0 {
		return nil, nil
	}
	order := make([]int, len(m.items))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := m.items[a], m.items[b]
		return cmp.Or(cmp.Compare(len(y.pairs), len(x.pairs)), cmp.Compare(runes(x.text), runes(y.text)), cmp.Compare(x.text, y.text))
	})
	leaders := m.index()
	var out []group
	for n, i := range order {
		if n%256 == 0 {
			m.tell(0.4 * float64(n) / float64(len(order)))
		}
		v := m.items[i].vector.unpack()
		at, near, err := nearest(ctx, leaders, v)
		if err != nil {
			return nil, err
		}
		if at < 0 || near < m.o.Threshold {
			at = len(out)
			out = append(out, group{centroid: make([]float32, len(v))})
			if err := put(ctx, leaders, at, v); err != nil {
				return nil, err
			}
		}
		g := &out[at]
		g.items = append(g.items, i)
		g.count += len(m.items[i].pairs)
		m.items[i].vector.addTo(g.centroid, float32(len(m.items[i].pairs)))
	}
	for i := range out {
		normalised(out[i].centroid)
	}
	return m.merge(ctx, out)
}

// merge joins groups whose centres are within the threshold, the larger first.
func (m *Miner) merge(ctx context.Context, groups []group) ([]group, error) {
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.count, a.count) })
	centres := m.index()
	var out []group
	for _, g := range groups {
		at, near, err := nearest(ctx, centres, g.centroid)
		if err != nil {
			return nil, err
		}
		if at < 0 || near < m.o.Threshold {
			if err := put(ctx, centres, len(out), g.centroid); err != nil {
				return nil, err
			}
			out = append(out, g)
			continue
		}
		into := &out[at]
		for i := range into.centroid {
			into.centroid[i] = into.centroid[i]*float32(into.count) + g.centroid[i]*float32(g.count)
		}
		normalised(into.centroid)
		into.count += g.count
		into.items = append(into.items, g.items...)
	}
	return out, nil
}

func (m *Miner) index() kb.VectorIndex {
	dim := len(m.items[0].vector.values)
	if m.o.Vectors != nil {
		return m.o.Vectors(dim)
	}
	return vector.New(dim, vector.Options{})
}

func put(ctx context.Context, x kb.VectorIndex, n int, v []float32) error {
	key := strconv.Itoa(n)
	return x.Upsert(ctx, []kb.Vector{{Key: key, Owner: key, Embedding: v}})
}

// nearest returns the number of the nearest vector, -1 when there is none.
func nearest(ctx context.Context, x kb.VectorIndex, v []float32) (int, float64, error) {
	hits, err := x.Search(ctx, "", v, 1)
	if err != nil || len(hits) == 0 {
		return -1, 0, err
	}
	n, err := strconv.Atoi(hits[0].Key)
	return n, hits[0].Cosine, err
}

func (m *Miner) tell(done float64) {
	if m.o.Progress != nil {
		m.o.Progress(done)
	}
}

// Calibrate returns the cosine at which a wording's nearest other wording is
// most often of the same article, given the embeddings of the wordings of each
// article; it lies between 0.74 and 0.85. A base holds near questions on
// purpose, so no share of theirs could be asked for in advance. With fewer than
// 50 wordings that have a sibling it is DefaultThreshold. Of more than 2 000
// wordings the first are taken.
func Calibrate(articles [][][]float32) float64 {
	const most, least, lowest, highest = 2000, 50, 0.74, 0.85
	type wording struct {
		article int
		v       []float32
	}
	var all []wording
	for i, a := range articles {
		for _, v := range a {
			if len(all) < most {
				all = append(all, wording{i, v})
			}
		}
	}
	type found struct {
		cosine float64
		same   bool
	}
	var list []found
	siblings := 0
	for i, w := range all {
		best := found{cosine: -1}
		sibling := false
		for j, x := range all {
			if i == j {
				continue
			}
			sibling = sibling || x.article == w.article
			if c := float64(vector.Dot(w.v, x.v)); c > best.cosine {
				best = found{c, x.article == w.article}
			}
		}
		if sibling {
			siblings++
		}
		list = append(list, best)
	}
	if siblings < least {
		return DefaultThreshold
	}
	slices.SortFunc(list, func(a, b found) int { return cmp.Compare(b.cosine, a.cosine) })
	threshold, best, right := highest, 0.0, 0
	for i, f := range list {
		if f.same {
			right++
		}
		if share := float64(right) / float64(i+1); i >= least && share >= best && f.cosine >= lowest {
			best, threshold = share, f.cosine
		}
	}
	return min(max(threshold, lowest), highest)
}
