package head

import (
	"context"
	"errors"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/optimize"

	"github.com/yingda/yingda/internal/fault"
)

// Options steers training. The zero value is the measured default.
type Options struct {
	// L2 is the penalty λ on the weights. Zero chooses among L2Grid by the
	// out-of-fold log loss.
	L2 float64
	// Folds of the cross-validation that calibrates and reports; 0 means 5.
	// A class with fewer examples than folds is an error.
	Folds int
	// Iterations of L-BFGS at most; 0 means 200.
	Iterations int
	// Seed of the assignment to folds.
	Seed uint64
	// Progress, when set, is told the share of work done, in [0, 1].
	Progress func(done float64)
}

// L2Grid are the penalties tried when Options.L2 is zero, for unit embeddings.
var L2Grid = []float64{5e-6, 1.5e-5, 5e-5}

// Linear is a fitted head: logits = W·x + b, probabilities = softmax(logits/T).
type Linear struct {
	Labels []string
	Cols   int
	// W has len(Labels) rows of Cols weights; B one bias per label.
	W, B []float32
	// Temperature divides the logits; 1 leaves them as they are.
	Temperature float64
}

// Logits returns one row of raw logits per row of x, row-major.
func (l *Linear) Logits(x Matrix) []float32 {
	c := len(l.Labels)
	out := make([]float32, x.Rows*c)
	for i := range x.Rows {
		copy(out[i*c:], l.B)
	}
	if x.Rows == 0 {
		return out
	}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1,
		blas32.General{Rows: x.Rows, Cols: x.Cols, Stride: x.Cols, Data: x.Data},
		blas32.General{Rows: c, Cols: l.Cols, Stride: l.Cols, Data: l.W},
		1, blas32.General{Rows: x.Rows, Cols: c, Stride: c, Data: out})
	return out
}

// Train fits a head on examples whose embeddings are the rows of x, calibrates
// it by cross-validation and reports its out-of-fold quality. Fewer than two
// labels, or a label with fewer examples than folds, is fault.Invalid; a
// cancelled context is returned as it is.
func Train(ctx context.Context, x Matrix, examples []Example, opt Options) (*Linear, Report, error) {
	if opt.Folds == 0 {
		opt.Folds = 5
	}
	if opt.Iterations == 0 {
		opt.Iterations = 200
	}
	labels := Labels(examples)
	if err := checkTraining(x, examples, labels, opt.Folds); err != nil {
		return nil, Report{}, err
	}
	y, weights, err := targets(examples, labels)
	if err != nil {
		return nil, Report{}, err
	}
	grid := L2Grid
	if opt.L2 > 0 {
		grid = []float64{opt.L2}
	}
	progress := newProgress(opt.Progress, len(grid)*opt.Folds+1)
	folds := assignFolds(examples, opt.Folds, opt.Seed)
	var best outOfFold
	for i, l2 := range grid {
		oof, err := crossValidate(ctx, x, y, weights, labels, folds, l2, opt, progress)
		if err != nil {
			return nil, Report{}, err
		}
		if i == 0 || oof.loss < best.loss {
			best = oof
		}
	}
	model, err := fit(ctx, x, y, weights, labels, best.l2, opt.Iterations)
	if err != nil {
		return nil, Report{}, err
	}
	progress.step()
	model.Temperature = best.temperature
	report := newReport(examples, labels, best)
	return model, report, nil
}

func checkTraining(x Matrix, examples []Example, labels []string, folds int) error {
	if x.Rows != len(examples) || len(x.Data) != x.Rows*x.Cols {
		return fault.New(fault.Invalid, "%d examples come with a %d×%d matrix of %d numbers", len(examples), x.Rows, x.Cols, len(x.Data))
	}
	if len(labels) < 2 {
		return fault.New(fault.Invalid, "a classifier needs at least two labels, the data has %d", len(labels))
	}
	count := map[string]int{}
	for _, e := range examples {
		count[e.Label]++
	}
	var errs []error
	for _, l := range labels {
		if count[l] < folds {
			errs = append(errs, fault.New(fault.Invalid, "label %q has %d examples and needs at least %d; add more or merge it with another", l, count[l], folds))
		}
	}
	if len(errs) > 0 {
		return fault.Wrap(errors.Join(errs...), fault.Invalid, "%d of %d labels have too few examples", len(errs), len(labels))
	}
	return nil
}

// assignFolds gives every example a fold, each label spread evenly.
func assignFolds(examples []Example, folds int, seed uint64) []int {
	rng := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	out := make([]int, len(examples))
	next := map[string]int{}
	for _, i := range rng.Perm(len(examples)) {
		l := examples[i].Label
		out[i] = next[l] % folds
		next[l]++
	}
	return out
}

// fit minimises the objective from zero.
func fit(ctx context.Context, x Matrix, y, weights []float32, labels []string, l2 float64, iterations int) (*Linear, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o := newObjective(x, y, weights, len(labels), l2)
	problem := optimize.Problem{
		Func: o.Func,
		Grad: o.Grad,
		Status: func() (optimize.Status, error) {
			if ctx.Err() != nil {
				return optimize.RuntimeLimit, ctx.Err()
			}
			return optimize.NotTerminated, nil
		},
	}
	settings := &optimize.Settings{
		MajorIterations:   iterations,
		GradientThreshold: 1e-5,
		Converger:         &optimize.FunctionConverge{Absolute: 1e-6, Relative: 1e-6, Iterations: 8},
	}
	res, err := optimize.Minimize(problem, make([]float64, o.size()), settings, &optimize.LBFGS{Store: 10})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	// A line search that finds no further descent in float32 has arrived.
	if err != nil && res == nil {
		return nil, fault.Wrap(err, fault.Internal, "training did not start")
	}
	c, d := len(labels), x.Cols
	model := &Linear{Labels: labels, Cols: d, W: make([]float32, c*d), B: make([]float32, c), Temperature: 1}
	for i := range model.W {
		model.W[i] = float32(res.X[i])
	}
	for i := range model.B {
		model.B[i] = float32(res.X[c*d+i])
	}
	return model, nil
}

type progress struct {
	tell        func(float64)
	done, total int
}

func newProgress(tell func(float64), total int) *progress {
	if tell == nil {
		tell = func(float64) {}
	}
	return &progress{tell: tell, total: total}
}

func (p *progress) step() {
	p.done++
	p.tell(float64(p.done) / float64(p.total))
}
