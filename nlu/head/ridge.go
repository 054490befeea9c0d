package head

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/yingda/yingda/internal/fault"
)

// ridge is weighted least squares with a penalty and a free intercept, on
// features that it centres in place.
type ridge struct {
	products Products
	features Matrix // rows × features, centred
	targets  Matrix // rows × classes, centred
	weights  []float32
	total    float64

	centre []float64 // of the features
	shift  []float64 // of the targets
	gram   *mat.SymDense
	cross  *mat.Dense
}

func newRidge(ctx context.Context, p Products, features, targets Matrix, weights []float32) (*ridge, error) {
	r := &ridge{products: p, features: features, targets: targets, weights: weights}
	for _, w := range weights {
		r.total += float64(w)
	}
	r.centre, r.shift = r.center(features), r.center(targets)
	weighted := newMatrix(features.Rows, features.Cols)
	for i, w := range weights {
		to := weighted.Row(i)
		for j, v := range features.Row(i) {
			to[j] = w * v
		}
	}
	gram, err := p.Multiply(ctx, weighted, features, true, false)
	if err != nil {
		return nil, err
	}
	cross, err := p.Multiply(ctx, weighted, targets, true, false)
	if err != nil {
		return nil, err
	}
	n := features.Cols
	r.gram = mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			r.gram.SetSym(i, j, float64(gram.Data[i*n+j]))
		}
	}
	r.cross = mat.NewDense(n, targets.Cols, nil)
	for i := range n {
		for j, v := range cross.Row(i) {
			r.cross.Set(i, j, float64(v))
		}
	}
	return r, nil
}

// center subtracts the weighted mean of the columns and returns it.
func (r *ridge) center(m Matrix) []float64 {
	mean := make([]float64, m.Cols)
	for i, w := range r.weights {
		for j, v := range m.Row(i) {
			mean[j] += float64(w) * float64(v)
		}
	}
	for j := range mean {
		mean[j] /= r.total
	}
	for i := range m.Rows {
		row := m.Row(i)
		for j := range row {
			row[j] -= float32(mean[j])
		}
	}
	return mean
}

// solution is a ridge at one penalty.
type solution struct {
	penalty float64
	beta    Matrix // features × classes
	inverse Matrix // of the penalised Gram matrix
}

func (r *ridge) solve(penalty float64) (solution, error) {
	n := r.features.Cols
	sym := mat.NewSymDense(n, nil)
	sym.CopySym(r.gram)
	for i := range n {
		sym.SetSym(i, i, sym.At(i, i)+penalty)
	}
	var c mat.Cholesky
	if !c.Factorize(sym) {
		return solution{}, fault.New(fault.Internal, "the normal equations of %d features cannot be solved", n)
	}
	var beta mat.Dense
	var inverse mat.SymDense
	err := c.SolveTo(&beta, r.cross)
	if err == nil {
		err = c.InverseTo(&inverse)
	}
	if err != nil {
		return solution{}, fault.Wrap(err, fault.Internal, "the normal equations of %d features cannot be solved", n)
	}
	s := solution{penalty: penalty, beta: newMatrix(n, r.targets.Cols), inverse: newMatrix(n, n)}
	for i := range n {
		for j := range r.targets.Cols {
			s.beta.Data[i*r.targets.Cols+j] = float32(beta.At(i, j))
		}
		for j := range n {
			s.inverse.Data[i*n+j] = float32(inverse.At(i, j))
		}
	}
	return s, nil
}

// leftOut returns what the solution would say of each of the rows had it not
// seen that row: y - (y - ŷ)/(1 - h). Rows × classes.
func (r *ridge) leftOut(ctx context.Context, s solution, rows []int) (Matrix, error) {
	features := r.features.pick(rows)
	fit, err := r.products.Multiply(ctx, features, s.beta, false, false)
	if err != nil {
		return Matrix{}, err
	}
	across, err := r.products.Multiply(ctx, features, s.inverse, false, false)
	if err != nil {
		return Matrix{}, err
	}
	for k, i := range rows {
		w := float64(r.weights[i])
		h := w * (dot(features.Row(k), across.Row(k)) + 1/r.total)
		keep := float32(1 / max(1-h, 1e-3))
		row, y := fit.Row(k), r.targets.Row(i)
		for j := range row {
			row[j] = y[j] - (y[j]-row[j])*keep + float32(r.shift[j])
		}
	}
	return fit, nil
}
