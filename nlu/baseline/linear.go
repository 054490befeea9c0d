package baseline

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/optimize"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

// penalties are those that TrainLinear tries, for unit vectors.
var penalties = []float64{1e-4, 1e-5}

// iterations of L-BFGS at most.
const iterations = 100

// Linear is multinomial logistic regression on the encoder's state: the head
// that every other head is compared with.
type Linear struct {
	labels []string
	cols   int
	// parameters are a row of cols weights for every label, then the biases.
	parameters  []float32
	temperature float64
}

var _ nlu.Classifier = (*Linear)(nil)

// TrainLinear fits a head: inputs[i].State has the label labels[i]. Penalty and
// temperature are chosen on a fifth that is held out; the head is then trained
// on all. Fewer than two labels, and states of unequal length, are
// fault.Invalid; a cancelled context is returned as it is.
func TrainLinear(ctx context.Context, inputs []nlu.Input, labels []string) (*Linear, error) {
	examples := make([]Example, len(labels))
	for i, l := range labels {
		examples[i].Label = l
	}
	names, _, err := count(examples)
	if err != nil {
		return nil, err
	}
	if len(inputs) != len(labels) {
		return nil, fault.New(fault.Invalid, "%d inputs come with %d labels", len(inputs), len(labels))
	}
	index := make(map[string]int, len(names))
	for i, l := range names {
		index[l] = i
	}
	all := rows{cols: len(inputs[0].State), classes: len(names)}
	for i, in := range inputs {
		if len(in.State) != all.cols || all.cols == 0 {
			return nil, fault.New(fault.Invalid, "input %d has a state of %d numbers, the first has %d", i+1, len(in.State), all.cols)
		}
		all.add(in.State, index[labels[i]])
	}
	train, held := all.split()
	best, least := Linear{}, math.Inf(1)
	start := make([]float64, all.size())
	penalty := penalties[0]
	for _, p := range penalties {
		if start, err = train.fit(ctx, start, p); err != nil {
			return nil, err
		}
		l := Linear{labels: names, cols: all.cols, parameters: narrow(start)}
		if t, loss := l.calibrate(held); loss < least {
			best, least, penalty = l, loss, p
			best.temperature = t
		}
	}
	if start, err = all.fit(ctx, start, penalty); err != nil {
		return nil, err
	}
	best.parameters = narrow(start)
	return &best, nil
}

// Labels implements nlu.Classifier.
func (l *Linear) Labels() []string { return l.labels }

// Probabilities implements nlu.Classifier: of the state alone.
func (l *Linear) Probabilities(dst []float64, in nlu.Input) ([]float64, error) {
	if len(in.State) != l.cols {
		return dst, fault.New(fault.Invalid, "the head reads states of %d numbers, not of %d", l.cols, len(in.State))
	}
	return softmax(dst, l.scores(in.State), l.temperature), nil
}

func (l *Linear) scores(state []float32) []float64 {
	out := make([]float64, len(l.labels))
	for c := range out {
		sum := l.parameters[len(l.labels)*l.cols+c]
		for k, w := range l.parameters[c*l.cols : (c+1)*l.cols] {
			sum += w * state[k]
		}
		out[c] = float64(sum)
	}
	return out
}

// calibrate returns the temperature with the least mean log loss on held, and
// that loss. It tries a factor of a tenth up and down from one.
func (l *Linear) calibrate(held rows) (best, least float64) {
	scores := make([][]float64, held.count())
	for i := range scores {
		scores[i] = l.scores(held.data[i*held.cols : (i+1)*held.cols])
	}
	best, least = 1, math.Inf(1)
	var buf []float64
	for step := -24; step <= 24; step++ {
		t, loss := math.Pow(1.1, float64(step)), 0.0
		for i, class := range held.class {
			buf = softmax(buf[:0], scores[i], t)
			loss -= math.Log(max(buf[class], 1e-12))
		}
		if loss < least {
			best, least = t, loss
		}
	}
	return best, least / float64(max(held.count(), 1))
}

func narrow(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

// rows are states with their classes.
type rows struct {
	cols, classes int
	data          []float32 // a row after the other
	class         []int
}

func (r *rows) count() int { return len(r.class) }

// size is the number of parameters of a head.
func (r *rows) size() int { return r.classes * (r.cols + 1) }

func (r *rows) add(state []float32, class int) {
	r.data, r.class = append(r.data, state...), append(r.class, class)
}

// split holds one row in heldOut out.
func (r *rows) split() (train, held rows) {
	train, held = rows{cols: r.cols, classes: r.classes}, rows{cols: r.cols, classes: r.classes}
	for i, at := range rand.New(rand.NewPCG(1, 0)).Perm(r.count()) {
		part := &train
		if i%heldOut == heldOut-1 {
			part = &held
		}
		part.add(r.data[at*r.cols:(at+1)*r.cols], r.class[at])
	}
	return train, held
}

// fit minimises the mean cross-entropy with penalty/2·‖W‖² by L-BFGS.
func (r *rows) fit(ctx context.Context, start []float64, penalty float64) ([]float64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o := objective{rows: r, penalty: penalty, gradient: make([]float64, r.size())}
	problem := optimize.Problem{
		Func: o.value, Grad: func(dst, p []float64) { o.value(p); copy(dst, o.gradient) },
		Status: func() (optimize.Status, error) {
			if ctx.Err() != nil {
				return optimize.RuntimeLimit, ctx.Err()
			}
			return optimize.NotTerminated, nil
		},
	}
	res, err := optimize.Minimize(problem, start, &optimize.Settings{
		MajorIterations: iterations, GradientThreshold: 1e-5,
		Converger: &optimize.FunctionConverge{Absolute: 1e-5, Relative: 1e-5, Iterations: 5},
	}, &optimize.LBFGS{Store: 10})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if res == nil {
		return nil, fault.Wrap(err, fault.Internal, "training did not start")
	}
	return res.X, nil // a line search that finds no descent in float32 has arrived
}

// objective is what fit minimises, with the last point it was asked for:
// optimisers ask for value and gradient in two calls.
type objective struct {
	*rows
	penalty  float64
	at       []float64
	loss     float64
	gradient []float64
}

func (o *objective) value(p []float64) float64 {
	if o.at != nil && same(o.at, p) {
		return o.loss
	}
	n, c, d := o.count(), o.classes, o.cols
	w := narrow(p)
	x := blas32.General{Rows: n, Cols: d, Stride: d, Data: o.data}
	logits := blas32.General{Rows: n, Cols: c, Stride: c, Data: make([]float32, n*c)}
	for i := range n {
		copy(logits.Data[i*c:(i+1)*c], w[c*d:])
	}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, x, blas32.General{Rows: c, Cols: d, Stride: d, Data: w[:c*d]}, 1, logits)
	loss := 0.0
	clear(o.gradient)
	wide, buf := make([]float64, c), make([]float64, 0, c)
	for i := range n {
		row := logits.Data[i*c : (i+1)*c]
		for j, z := range row {
			wide[j] = float64(z)
		}
		buf = softmax(buf[:0], wide, 1)
		loss -= math.Log(max(buf[o.class[i]], 1e-30))
		for j, q := range buf {
			if j == o.class[i] {
				q--
			}
			row[j] = float32(q)
			o.gradient[c*d+j] += q
		}
	}
	slope := blas32.General{Rows: c, Cols: d, Stride: d, Data: make([]float32, c*d)}
	blas32.Gemm(blas.Trans, blas.NoTrans, 1, logits, x, 0, slope)
	for i, g := range slope.Data {
		o.gradient[i] = float64(g)
	}
	o.loss = loss / float64(n)
	for i := range o.gradient {
		o.gradient[i] /= float64(n)
	}
	for i, v := range p[:c*d] {
		o.loss += o.penalty / 2 * v * v
		o.gradient[i] += o.penalty * v
	}
	o.at = append(o.at[:0], p...)
	return o.loss
}

func same(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
