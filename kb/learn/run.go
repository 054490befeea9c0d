package learn

import (
	"context"
	"fmt"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/kb/hybrid"
)

// maxSets bounds the sets of a fit; adapters are trained for every pair of them.
const maxSets = 32

// Run fits a model on the sets. Sets without questions teach by their own
// wordings. It needs at least two sets, one of them with messages, else
// fault.Invalid; the phraser's errors come through.
func Run(ctx context.Context, phraser kb.Phraser, sets []eval.Set, opts Options) (hybrid.Model, Report, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return hybrid.Model{}, Report{}, err
	}
	questions := 0
	for _, s := range sets {
		questions += len(s.Questions)
	}
	if len(sets) < 2 || len(sets) > maxSets || questions == 0 {
		return hybrid.Model{}, Report{}, fault.New(fault.Invalid, "a fit needs 2 to %d knowledge bases and messages to at least one, not %d and %d messages", maxSets, len(sets), questions)
	}
	f := &fitter{opts: opts}
	if err := f.load(ctx, phraser, sets); err != nil {
		return hybrid.Model{}, Report{}, err
	}
	if err := f.trainer.choose(ctx); err != nil {
		return hybrid.Model{}, Report{}, err
	}
	report := Report{Steps: f.trainer.steps}
	if err := f.leaveOut(ctx, &report); err != nil {
		return hybrid.Model{}, Report{}, err
	}
	m, err := f.fit(ctx, -1)
	if err != nil {
		return hybrid.Model{}, Report{}, err
	}
	if m.Adapter, err = f.trainer.adapter(ctx, subset(len(sets))); err != nil {
		return hybrid.Model{}, Report{}, err
	}
	m.Risk = hybrid.NewRisk(report.firsts, report.asked, report.answerable)
	m.PriorWeight = opts.PriorWeight
	m.Thresholds = report.thresholds(m.Risk, opts)
	for _, s := range sets {
		m.FittedOn = append(m.FittedOn, fmt.Sprintf("%s (%d articles, %d messages)", s.Name, len(s.Articles), len(s.Questions)))
	}
	m.Figures = report.figures()
	return m, report, m.Validate()
}

// fitter holds what the stages of a fit share.
type fitter struct {
	opts    Options
	corpora []*corpus
	trainer trainer
}

func (f *fitter) load(ctx context.Context, phraser kb.Phraser, sets []eval.Set) error {
	f.trainer = trainer{opts: f.opts, done: map[uint64]*hybrid.Adapter{}}
	for _, s := range sets {
		c, err := newCorpus(ctx, phraser, s, f.opts)
		if err != nil {
			return err
		}
		f.corpora = append(f.corpora, c)
		f.trainer.sets = append(f.trainer.sets, c.pairs())
		f.opts.Log("%s: %d articles, %d messages, %d texts prepared", s.Name, len(s.Articles), len(s.Questions), len(c.texts)+len(c.asked))
	}
	return nil
}

// samples returns a set's samples as adapters trained without the sets named
// see them.
func (f *fitter) samples(ctx context.Context, set int, without ...int) ([]sample, error) {
	a, err := f.trainer.adapter(ctx, subset(len(f.corpora), append(without, set)...))
	if err != nil {
		return nil, err
	}
	return f.corpora[set].samples(ctx, a)
}

// fit fits weights and calibration on all sets but one (-1: on all). The
// adapter is left to the caller.
func (f *fitter) fit(ctx context.Context, without int) (hybrid.Model, error) {
	var sets [][]sample
	for i := range f.corpora {
		if i == without {
			continue
		}
		var rest []int
		if without >= 0 {
			rest = []int{without}
		}
		s, err := f.samples(ctx, i, rest...)
		if err != nil {
			return hybrid.Model{}, err
		}
		sets = append(sets, s)
	}
	m := blank(f.corpora[0].encoder, nil)
	m.Exact = f.opts.Exact
	var err error
	if m.Weights, m.None, err = fitWeights(join(sets, -1), f.opts.Ridge); err != nil {
		return m, err
	}
	var all []judged
	for i, s := range sets {
		other := m
		if rest := join(sets, i); len(rest) > 0 {
			if other.Weights, other.None, err = fitWeights(rest, f.opts.Ridge); err != nil {
				return m, err
			}
		}
		all = append(all, judge(other, s)...)
	}
	m.Calibration, err = fitCalibration(all)
	return m, err
}

// join returns the samples of all sets but one.
func join(sets [][]sample, without int) []sample {
	var out []sample
	for i, s := range sets {
		if i != without {
			out = append(out, s...)
		}
	}
	return out
}

// leaveOut fits without each set that has messages and asks its messages and
// wordings.
func (f *fitter) leaveOut(ctx context.Context, report *Report) error {
	for i, c := range f.corpora {
		if len(c.set.Questions) == 0 {
			continue
		}
		m, err := f.fit(ctx, i)
		if err != nil {
			return err
		}
		samples, err := f.samples(ctx, i)
		if err != nil {
			return err
		}
		report.add(c.set.Name, m, samples)
		last := report.Held[len(report.Held)-1]
		f.opts.Log("%s left out: top-1 %.3f, top-3 %.3f, AUC %.3f, ECE %.3f; wordings top-1 %.3f, echoes %.3f",
			last.Set, last.Messages.Top1, last.Messages.Top3, last.Messages.AUC, last.Messages.ECE, last.Wordings.Top1, last.Echoes.Top1)
	}
	return nil
}
