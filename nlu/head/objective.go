package head

import (
	"math"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// objective is the penalised cross-entropy of a linear softmax model,
//
//	f(W, b) = Σ wᵢ·CE(yᵢ, softmax(W·xᵢ + b)) / Σ wᵢ  +  λ/2·‖W‖²
//
// over parameters laid out as C rows of D weights, then C biases.
type objective struct {
	x       Matrix
	y       []float32 // Rows × classes
	weights []float32
	total   float64
	classes int
	lambda  float64

	// The last point and what was computed there: optimisers ask for value
	// and gradient in two calls.
	at    []float64
	value float64
	grad  []float64
}

func newObjective(x Matrix, y, weights []float32, classes int, lambda float64) *objective {
	o := &objective{x: x, y: y, weights: weights, classes: classes, lambda: lambda}
	for _, w := range weights {
		o.total += float64(w)
	}
	o.grad = make([]float64, o.size())
	return o
}

// size is the number of parameters.
func (o *objective) size() int { return o.classes * (o.x.Cols + 1) }

// Func returns the value at p.
func (o *objective) Func(p []float64) float64 {
	o.evaluate(p)
	return o.value
}

// Grad writes the gradient at p to dst.
func (o *objective) Grad(dst, p []float64) {
	o.evaluate(p)
	copy(dst, o.grad)
}

func (o *objective) evaluate(p []float64) {
	if o.at != nil && equal(o.at, p) {
		return
	}
	c, d := o.classes, o.x.Cols
	w := make([]float32, len(p))
	for i, v := range p {
		w[i] = float32(v)
	}
	workers := min(runtime.GOMAXPROCS(0), max(1, o.x.Rows/256))
	chunk := (o.x.Rows + workers - 1) / workers
	parts := make([]partial, workers)
	var wg sync.WaitGroup
	for k := range workers {
		from, to := k*chunk, min((k+1)*chunk, o.x.Rows)
		if from >= to {
			continue
		}
		wg.Go(func() { parts[k] = o.rows(w, from, to) })
	}
	wg.Wait()

	clear(o.grad)
	value := 0.0
	for _, part := range parts {
		value += part.loss
		for i, g := range part.grad {
			o.grad[i] += float64(g)
		}
	}
	value /= o.total
	for i := range o.grad {
		o.grad[i] /= o.total
	}
	for i := range c * d {
		value += o.lambda / 2 * p[i] * p[i]
		o.grad[i] += o.lambda * p[i]
	}
	o.at = append(o.at[:0], p...)
	o.value = value
}

type partial struct {
	loss float64
	grad []float32
}

// rows returns loss and gradient of the rows [from, to).
func (o *objective) rows(w []float32, from, to int) partial {
	c, d, n := o.classes, o.x.Cols, to-from
	x := blas32.General{Rows: n, Cols: d, Stride: d, Data: o.x.Data[from*d : to*d]}
	weights := blas32.General{Rows: c, Cols: d, Stride: d, Data: w[:c*d]}
	logits := blas32.General{Rows: n, Cols: c, Stride: c, Data: make([]float32, n*c)}
	for i := range n {
		copy(logits.Data[i*c:(i+1)*c], w[c*d:])
	}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, x, weights, 1, logits)

	out := partial{grad: make([]float32, c*d+c)}
	bias := out.grad[c*d:]
	for i := range n {
		row := logits.Data[i*c : (i+1)*c]
		target := o.y[(from+i)*c : (from+i+1)*c]
		weight := o.weights[from+i]
		norm := logSumExp(row)
		for j, z := range row {
			logP := float64(z) - norm
			if target[j] > 0 {
				out.loss -= float64(weight) * float64(target[j]) * logP
			}
			row[j] = weight * (float32(math.Exp(logP)) - target[j])
			bias[j] += row[j]
		}
	}
	grad := blas32.General{Rows: c, Cols: d, Stride: d, Data: out.grad[:c*d]}
	blas32.Gemm(blas.Trans, blas.NoTrans, 1, logits, x, 0, grad)
	return out
}

func logSumExp(row []float32) float64 {
	top := row[0]
	for _, z := range row {
		top = max(top, z)
	}
	sum := 0.0
	for _, z := range row {
		sum += math.Exp(float64(z - top))
	}
	return float64(top) + math.Log(sum)
}

func equal(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
