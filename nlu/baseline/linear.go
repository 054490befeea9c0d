package baseline

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

// penalties are those that TrainLinear tries, for unit vectors.
var penalties = []float32{1e-4, 1e-5}

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
	penalty := penalties[0]
	for _, p := range penalties {
		l := Linear{labels: names, cols: all.cols}
		if l.parameters, err = train.fit(ctx, make([]float32, all.size()), p); err != nil {
			return nil, err
		}
		if t, loss := l.calibrate(held); loss < least {
			best, least, penalty = l, loss, p
			best.temperature = t
		}
	}
	if best.parameters, err = all.fit(ctx, make([]float32, all.size()), penalty); err != nil {
		return nil, err
	}
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

// The steps of fit: Adam (Kingma and Ba, 2015) over batches of rows, with a
// rate that falls to nothing along half a cosine.
const (
	batch     = 32
	epochs    = 8
	leastStep = 1200 // small sets are gone through more often
	rate      = 0.05
	inertia   = 0.9
	memory    = 0.99
)

// fit minimises the mean cross-entropy with penalty/2·‖W‖² from start, which it
// changes, and returns it.
func (r *rows) fit(ctx context.Context, start []float32, penalty float32) ([]float32, error) {
	n, p := r.count(), start
	steps := max(epochs*n/batch, leastStep)
	gradient, mean, square := make([]float32, len(p)), make([]float32, len(p)), make([]float32, len(p))
	rng := rand.New(rand.NewPCG(2, 0))
	var order []int
	some := rows{cols: r.cols, classes: r.classes}
	biasMean, biasSquare := 1.0, 1.0
	for step := range steps {
		if step%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		some.data, some.class = some.data[:0], some.class[:0]
		for range min(batch, n) {
			if len(order) == 0 {
				order = rng.Perm(n)
			}
			at := order[0]
			order = order[1:]
			some.add(r.data[at*r.cols:(at+1)*r.cols], r.class[at])
		}
		some.slope(p, penalty, gradient)
		biasMean, biasSquare = biasMean*inertia, biasSquare*memory
		pace := float32(rate * (1 + math.Cos(math.Pi*float64(step)/float64(steps))) / 2 / (1 - biasMean))
		spread := float32(1 / (1 - biasSquare))
		for i, g := range gradient {
			mean[i] += (1 - inertia) * (g - mean[i])
			square[i] += (1 - memory) * (g*g - square[i])
			p[i] -= pace * mean[i] / (float32(math.Sqrt(float64(square[i]*spread))) + 1e-6)
		}
	}
	return p, nil
}

// slope writes the gradient at p to dst and returns the value there.
func (r *rows) slope(p []float32, penalty float32, dst []float32) float64 {
	n, c, d := r.count(), r.classes, r.cols
	x := blas32.General{Rows: n, Cols: d, Stride: d, Data: r.data}
	weights := blas32.General{Rows: c, Cols: d, Stride: d, Data: p[:c*d]}
	logits := blas32.General{Rows: n, Cols: c, Stride: c, Data: make([]float32, n*c)}
	for i := range n {
		copy(logits.Data[i*c:(i+1)*c], p[c*d:])
	}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, x, weights, 1, logits)
	clear(dst[c*d:])
	loss := 0.0
	wide, buf := make([]float64, c), make([]float64, 0, c)
	for i := range n {
		row := logits.Data[i*c : (i+1)*c]
		for j, z := range row {
			wide[j] = float64(z)
		}
		buf = softmax(buf[:0], wide, 1)
		loss -= math.Log(max(buf[r.class[i]], 1e-30)) / float64(n)
		for j, q := range buf {
			if j == r.class[i] {
				q--
			}
			row[j] = float32(q / float64(n))
			dst[c*d+j] += row[j]
		}
	}
	copy(dst, p[:c*d])
	blas32.Gemm(blas.Trans, blas.NoTrans, 1, logits, x, penalty, blas32.General{Rows: c, Cols: d, Stride: d, Data: dst[:c*d]})
	for _, w := range p[:c*d] {
		loss += float64(penalty) / 2 * float64(w) * float64(w)
	}
	return loss
}
