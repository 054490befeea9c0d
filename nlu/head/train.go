package head

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// Options steers training. The zero value is the measured default.
type Options struct {
	// L2 is the penalty on the vector expert. Zero chooses among L2Grid by the
	// leave-one-out log loss.
	L2 float64
	// Balance weighs an example by its label's frequency to the power of
	// -Balance: 0 lets all examples count alike, 1 all labels. At most 1.
	Balance float64
	// Landmarks bounds the examples that span the kernel; 0 means 1 024.
	Landmarks int
	// Seed of what is drawn at random: landmarks and samples.
	Seed uint64
	// Products multiplies matrices; nil means a slow one without a native library.
	Products Products
	// Progress, when set, is told the share of work done, in [0, 1].
	Progress func(done float64)
}

// L2Grid are the penalties tried when Options.L2 is zero.
var L2Grid = []float64{0.03, 0.1, 0.3, 1, 3}

// LeastExamples is how many examples a label needs to be learned. A single one
// cannot be judged: left out, it counts as wrong.
const LeastExamples = 1

// worthwhile is the share of the log loss that the grams must save to be kept.
const worthwhile = 0.003

// Train fits a head on examples whose vectors are the rows of x, and reports
// its leave-one-out quality; the report's Predictions are those of the examples, in
// their order. Examples with the same text and labels are left out together.
// A label with a single example is learned, and counts as wrong when that one
// is left out. Fewer than two labels with two different examples are
// fault.Invalid; a cancelled context is returned as it is.
func Train(ctx context.Context, x Matrix, examples []Example, opt Options) (*Model, Report, error) {
	if opt.Products == nil {
		opt.Products = pure{}
	}
	if opt.Landmarks <= 0 {
		opt.Landmarks = maxLandmarks
	}
	t, err := newTraining(x, examples, opt)
	if err != nil {
		return nil, Report{}, err
	}
	if err := t.vectorExpert(ctx); err != nil {
		return nil, Report{}, err
	}
	if err := t.mix(); err != nil {
		return nil, Report{}, err
	}
	model, err := t.model(ctx)
	if err != nil {
		return nil, Report{}, err
	}
	report := t.report(examples)
	t.progress(1)
	return model, report, nil
}

// training is a head in the making. Its rows are the different examples.
type training struct {
	opt      Options
	rng      *rand.Rand
	progress func(float64)

	labels  []string
	row     []int // of each example
	texts   []string
	class   []int
	vectors Matrix
	targets Matrix
	weights []float32

	kernel   *kernel
	whiten   Matrix
	ridge    *ridge
	solution solution
	grams    *grams

	left   scores // of all rows
	slopes mixture
}

func newTraining(x Matrix, examples []Example, opt Options) (*training, error) {
	t := &training{opt: opt, labels: Labels(examples), rng: rand.New(rand.NewPCG(opt.Seed, 0x9e3779b97f4a7c15)), progress: opt.Progress}
	if t.progress == nil {
		t.progress = func(float64) {}
	}
	if x.Rows != len(examples) || len(x.Data) != x.Rows*x.Cols {
		return nil, fault.New(fault.Invalid, "%d examples come with a %d×%d matrix of %d numbers", len(examples), x.Rows, x.Cols, len(x.Data))
	}
	if len(t.labels) < 2 {
		return nil, fault.New(fault.Invalid, "a classifier needs at least two labels, the data has %d", len(t.labels))
	}
	if len(t.labels) > math.MaxUint16 {
		return nil, fault.New(fault.TooLarge, "the data has %d labels; at most %d can be told apart", len(t.labels), math.MaxUint16)
	}
	y, weights, err := targets(examples, t.labels)
	if err != nil {
		return nil, err
	}
	t.merge(x, examples, y, weights)
	if err := t.check(); err != nil {
		return nil, err
	}
	t.balance(opt.Balance)
	return t, nil
}

// merge makes one row of the examples that have the same text and labels.
func (t *training) merge(x Matrix, examples []Example, y, weights []float32) {
	type key struct{ text, label, alt string }
	rows := map[key]int{}
	var first []int
	c := len(t.labels)
	index := map[string]int{}
	for i, l := range t.labels {
		index[l] = i
	}
	for i, e := range examples {
		k := key{strings.TrimSpace(e.Text), e.Label, e.Alt}
		at, ok := rows[k]
		if !ok {
			at = len(first)
			rows[k] = at
			first = append(first, i)
			t.weights = append(t.weights, 0)
			t.texts, t.class = append(t.texts, e.Text), append(t.class, index[e.Label])
		}
		t.weights[at] += weights[i]
		t.row = append(t.row, at)
	}
	t.vectors = x.pick(first)
	t.targets = Matrix{Rows: x.Rows, Cols: c, Data: y}.pick(first)
}

// check refuses what cannot be judged by leaving out: where fewer than two
// labels have two different examples.
func (t *training) check() error {
	count := make([]int, len(t.labels))
	enough := 0
	for _, c := range t.class {
		if count[c]++; count[c] == 2 {
			enough++
		}
	}
	if enough < 2 {
		return fault.New(fault.Invalid, "%d of %d labels have two different examples or more: it needs at least 2 such labels; add examples", enough, len(t.labels))
	}
	return nil
}

// balance multiplies the weights by their labels' frequency to the power of
// -share and scales them to a mean of 1.
func (t *training) balance(share float64) {
	total := make([]float64, len(t.labels))
	for i, c := range t.class {
		total[c] += float64(t.weights[i])
	}
	sum := 0.0
	for i, c := range t.class {
		t.weights[i] *= float32(math.Pow(total[c], -min(max(share, 0), 1)))
		sum += float64(t.weights[i])
	}
	for i := range t.weights {
		t.weights[i] *= float32(float64(len(t.weights)) / sum)
	}
}

// vectorExpert fits the kernel ridge and leaves its rows out.
func (t *training) vectorExpert(ctx context.Context) (err error) {
	p := t.opt.Products
	if t.kernel, err = newKernel(ctx, p, t.vectors, t.class, t.opt.Landmarks, t.rng); err != nil {
		return err
	}
	t.progress(0.1)
	if t.whiten, err = t.kernel.whitening(ctx, p); err != nil {
		return err
	}
	similar, err := t.kernel.similarities(ctx, p, t.vectors)
	if err != nil {
		return err
	}
	features, err := p.Multiply(ctx, similar, t.whiten, false, true)
	if err != nil {
		return err
	}
	t.progress(0.25)
	y := Matrix{Rows: t.targets.Rows, Cols: t.targets.Cols, Data: append([]float32(nil), t.targets.Data...)}
	if t.ridge, err = newRidge(ctx, p, features, y, t.weights); err != nil {
		return err
	}
	t.progress(0.35)
	if err := t.choosePenalty(ctx); err != nil {
		return err
	}
	all := make([]int, t.vectors.Rows)
	for i := range all {
		all[i] = i
	}
	left, err := t.ridge.leftOut(ctx, t.solution, all)
	t.left = scores{vector: left, targets: t.targets.Data, weights: t.weights}
	t.progress(0.75)
	return err
}

// sample is at most sampleRows rows.
func (t *training) sample() []int {
	rows := t.rng.Perm(t.vectors.Rows)
	return rows[:min(len(rows), sampleRows)]
}

func (t *training) choosePenalty(ctx context.Context) error {
	grid := L2Grid
	if t.opt.L2 > 0 {
		grid = []float64{t.opt.L2}
	}
	rows := t.sample()
	y, w := t.targets.pick(rows), pickWeights(t.weights, rows)
	best := math.Inf(1)
	for k, penalty := range grid {
		s, err := t.ridge.solve(penalty)
		if err != nil {
			return err
		}
		left, err := t.ridge.leftOut(ctx, s, rows)
		if err != nil {
			return err
		}
		if _, loss := fitTemperature(left.Data, y.Data, w, y.Cols); loss < best {
			best, t.solution = loss, s
		}
		t.progress(0.35 + 0.3*float64(k+1)/float64(len(grid)))
	}
	return nil
}

func pickWeights(weights []float32, rows []int) []float32 {
	out := make([]float32, len(rows))
	for k, i := range rows {
		out[k] = weights[i]
	}
	return out
}

// mix counts grams and fits how much each expert says.
func (t *training) mix() error {
	g, own := countGrams(t.texts, t.targets, t.weights)
	t.left.grams = newMatrix(t.vectors.Rows, len(t.labels))
	for i := range own {
		copy(t.left.grams.Row(i), g.leftOut(own[i], t.targets.Row(i), t.weights[i]))
	}
	t.progress(0.85)
	rows := t.sample()
	some := scores{
		vector: t.left.vector.pick(rows), grams: t.left.grams.pick(rows),
		targets: t.targets.pick(rows).Data, weights: pickWeights(t.weights, rows),
	}
	temperature, alone := fitTemperature(some.vector.Data, some.targets, some.weights, len(t.labels))
	both, loss, err := fitMixture(some, temperature)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "the weights of the two experts cannot be fitted")
	}
	t.slopes = mixture{vector: 1 / temperature}
	if loss < (1-worthwhile)*alone {
		t.slopes, t.grams = both, g
	}
	t.progress(0.95)
	return nil
}

// model folds the slopes, the whitening and the centres into one kernel machine.
func (t *training) model(ctx context.Context) (*Model, error) {
	// classes × landmarks = a · βᵀ · L⁻¹
	w, err := t.opt.Products.Multiply(ctx, t.solution.beta, t.whiten, true, false)
	if err != nil {
		return nil, err
	}
	a := float32(t.slopes.vector)
	for i := range w.Data {
		w.Data[i] *= a
	}
	m := &Model{Labels: t.labels, Cols: t.vectors.Cols, kernel: t.kernel, weights: w, bias: make([]float32, len(t.labels)), grams: t.grams}
	for c := range m.bias {
		b := t.ridge.shift[c]
		for j, mean := range t.ridge.centre {
			b -= mean * float64(t.solution.beta.Data[j*len(t.labels)+c])
		}
		m.bias[c] = a * float32(b)
	}
	if m.grams != nil {
		m.grams.slope = t.slopes.grams
	}
	return m, nil
}

// report judges the examples by their rows' left-out logits.
func (t *training) report(examples []Example) Report {
	logits := t.left.logits(t.slopes)
	plain := t.left.logits(mixture{vector: 1})
	c := len(t.labels)
	preds, raw := make([]Prediction, len(examples)), make([]Prediction, len(examples))
	for i, e := range examples {
		r := t.row[i]
		preds[i] = predict(t.labels, softmax(nil, logits[r*c:(r+1)*c], 1), e)
		raw[i] = predict(t.labels, softmax(nil, plain[r*c:(r+1)*c], 1), e)
	}
	out := Evaluate(preds)
	out.Method = LeaveOneOut
	out.L2 = t.solution.penalty
	out.Balance = t.opt.Balance
	out.Slopes = &Slopes{Vector: t.slopes.vector}
	if t.grams != nil {
		out.Slopes.Grams = t.slopes.grams
	}
	uncalibrated := calibrationError(raw, 15)
	out.ECEBefore = &uncalibrated
	return out
}
