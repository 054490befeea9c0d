package learn

import (
	"context"

	"github.com/yingda/yingda/kb/hybrid"
)

// trainer trains adapters on subsets of the sets and remembers them.
type trainer struct {
	sets  []*pairs
	opts  Options
	steps int // chosen; 0: no adapter
	done  map[uint64]*hybrid.Adapter
}

// subset is a bit for every set.
func subset(n int, except ...int) uint64 {
	s := uint64(1)<<n - 1
	for _, e := range except {
		s &^= 1 << e
	}
	return s
}

func (t *trainer) members(s uint64) []*pairs {
	var out []*pairs
	for i, p := range t.sets {
		if s&(1<<i) != 0 && p.n() > 0 {
			out = append(out, p)
		}
	}
	return out
}

// choose finds the number of steps: each set with messages is left out once,
// and the checkpoint with the best mean share of right first articles on the
// sets left out wins; none, when no checkpoint beats the plain embedding.
func (t *trainer) choose(ctx context.Context) error {
	if t.opts.Adapter.Off {
		return nil
	}
	plain, judges := 0.0, 0
	at := map[int]float64{}
	for i, p := range t.sets {
		rest := t.members(subset(len(t.sets), i))
		if p.messages() == 0 || len(rest) == 0 {
			continue
		}
		base, err := p.top1(nil)
		if err != nil {
			return err
		}
		plain += base
		judges++
		err = trainAdapter(ctx, rest, t.opts.Adapter, t.opts.Seed, func(steps int, a *hybrid.Adapter) error {
			share, err := p.top1(a)
			at[steps] += share
			return err
		})
		if err != nil {
			return err
		}
	}
	if judges == 0 {
		t.opts.Log("no set can judge an adapter: fitting without one")
		return nil
	}
	best := plain
	for _, c := range t.opts.Adapter.Checkpoints {
		t.opts.Log("adapter after %d steps: right first on the sets left out %.4f (plain %.4f)", c, at[c]/float64(judges), plain/float64(judges))
		if at[c] > best {
			best, t.steps = at[c], c
		}
	}
	return nil
}

// adapter returns the adapter trained on a subset, or nil.
func (t *trainer) adapter(ctx context.Context, s uint64) (*hybrid.Adapter, error) {
	if a, ok := t.done[s]; ok {
		return a, nil
	}
	var out *hybrid.Adapter
	if sets := t.members(s); t.steps > 0 && len(sets) > 0 {
		opts := t.opts.Adapter
		opts.Checkpoints = []int{t.steps}
		err := trainAdapter(ctx, sets, opts, t.opts.Seed, func(_ int, a *hybrid.Adapter) error {
			out = a
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	t.done[s] = out
	return out, nil
}
