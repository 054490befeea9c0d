package head

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/yingda/yingda/internal/fault"
)

const (
	// maxDirections is how many directions of the vectors the kernel looks at:
	// the leading principal ones. On 512-wide vectors 192 gave the accuracy of all.
	maxDirections = 256
	// maxLandmarks span the kernel's functions.
	maxLandmarks = 1024
	// sampleRows bounds what the principal directions, the penalty and the
	// mixture are fitted on.
	sampleRows = 4096
	// jitter keeps the landmarks' kernel matrix invertible where two are alike.
	jitter = 1e-3
)

// kernel maps vectors to their similarity with landmarks.
type kernel struct {
	mean, scale []float32 // of each number of the vector
	basis       Matrix    // directions × width; no rows: the directions are the numbers themselves
	landmarks   Matrix    // landmarks × directions
	half        []float32 // half the squared length of each landmark
}

// newKernel looks at all of x and takes landmarks from it.
func newKernel(ctx context.Context, p Products, x Matrix, class []int, landmarks int, rng *rand.Rand) (*kernel, error) {
	k := &kernel{}
	k.standardise(x)
	u := k.directions(x)
	if x.Cols > maxDirections {
		sample := u
		if u.Rows > sampleRows {
			sample = u.pick(rng.Perm(u.Rows)[:sampleRows])
		}
		var err error
		if k.basis, err = principal(ctx, p, sample, maxDirections, rng); err != nil {
			return nil, err
		}
		if u, err = p.Multiply(ctx, u, k.basis, false, true); err != nil {
			return nil, err
		}
	}
	k.landmarks = u.pick(spread(class, min(landmarks, x.Rows), rng))
	k.half = halves(k.landmarks)
	return k, nil
}

func (k *kernel) standardise(x Matrix) {
	mean, square := make([]float64, x.Cols), make([]float64, x.Cols)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			mean[j] += float64(v)
			square[j] += float64(v) * float64(v)
		}
	}
	k.mean, k.scale = make([]float32, x.Cols), make([]float32, x.Cols)
	total := 0.0
	for j := range mean {
		mean[j] /= float64(x.Rows)
		square[j] = max(0, square[j]/float64(x.Rows)-mean[j]*mean[j])
		total += square[j]
	}
	floor := 1e-4 * total / float64(x.Cols) // a number that never changes is not to be blown up
	for j := range mean {
		k.mean[j], k.scale[j] = float32(mean[j]), 1
		if v := max(square[j], floor); v > 0 {
			k.scale[j] = float32(1 / math.Sqrt(v))
		}
	}
}

// directions are the standardised vectors, of length one.
func (k *kernel) directions(x Matrix) Matrix {
	out := newMatrix(x.Rows, x.Cols)
	for i := range x.Rows {
		row, to := x.Row(i), out.Row(i)
		for j, v := range row {
			to[j] = (v - k.mean[j]) * k.scale[j]
		}
		norm := float32(max(math.Sqrt(dot(to, to)), minNorm))
		for j := range to {
			to[j] /= norm
		}
	}
	return out
}

// minNorm is what a vector's length is taken for at least.
const minNorm = 1e-6

// similarities are exp(-‖z - l‖²/2) of every row with every landmark.
func (k *kernel) similarities(ctx context.Context, p Products, x Matrix) (Matrix, error) {
	z := k.directions(x)
	var err error
	if k.basis.Rows > 0 {
		if z, err = p.Multiply(ctx, z, k.basis, false, true); err != nil {
			return Matrix{}, err
		}
	}
	return k.between(ctx, p, z)
}

func (k *kernel) between(ctx context.Context, p Products, z Matrix) (Matrix, error) {
	s, err := p.Multiply(ctx, z, k.landmarks, false, true)
	if err != nil {
		return Matrix{}, err
	}
	own := halves(z)
	for i := range s.Rows {
		row := s.Row(i)
		for j := range row {
			row[j] = float32(math.Exp(float64(row[j] - own[i] - k.half[j])))
		}
	}
	return s, nil
}

func halves(m Matrix) []float32 {
	out := make([]float32, m.Rows)
	for i := range out {
		out[i] = float32(dot(m.Row(i), m.Row(i)) / 2)
	}
	return out
}

// whitening is L⁻¹ of the landmarks' kernel matrix K + εI = L·Lᵀ: similarities
// times its transpose have the kernel as their inner product.
func (k *kernel) whitening(ctx context.Context, p Products) (Matrix, error) {
	s, err := k.between(ctx, p, k.landmarks)
	if err != nil {
		return Matrix{}, err
	}
	n := s.Rows
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			sym.SetSym(i, j, (float64(s.Row(i)[j])+float64(s.Row(j)[i]))/2)
		}
		sym.SetSym(i, i, 1+jitter)
	}
	var c mat.Cholesky
	if !c.Factorize(sym) {
		return Matrix{}, fault.New(fault.Internal, "the kernel of %d landmarks cannot be inverted", n)
	}
	var l, inverse mat.TriDense
	c.LTo(&l)
	if err := inverse.InverseTri(&l); err != nil {
		return Matrix{}, fault.Wrap(err, fault.Internal, "the kernel of %d landmarks cannot be inverted", n)
	}
	out := newMatrix(n, n)
	for i := range n {
		for j := 0; j <= i; j++ {
			out.Data[i*n+j] = float32(inverse.At(i, j))
		}
	}
	return out, nil
}

// principal finds the leading principal directions of the rows of u by
// subspace iteration; the result has them as rows, orthonormal.
func principal(ctx context.Context, p Products, u Matrix, directions int, rng *rand.Rand) (Matrix, error) {
	second, err := p.Multiply(ctx, u, u, true, false)
	if err != nil {
		return Matrix{}, err
	}
	q := newMatrix(directions, u.Cols)
	for i := range q.Data {
		q.Data[i] = float32(rng.NormFloat64())
	}
	for range 4 {
		orthonormal(q)
		if q, err = p.Multiply(ctx, q, second, false, false); err != nil {
			return Matrix{}, err
		}
	}
	orthonormal(q)
	return q, nil
}

// orthonormal makes the rows of q orthonormal (modified Gram-Schmidt, twice).
func orthonormal(q Matrix) {
	for i := range q.Rows {
		row := q.Row(i)
		for range 2 {
			for j := range i {
				other := q.Row(j)
				along := float32(dot(row, other))
				for c, v := range other {
					row[c] -= along * v
				}
			}
		}
		norm := float32(max(math.Sqrt(dot(row, row)), 1e-20))
		for c := range row {
			row[c] /= norm
		}
	}
}

// spread picks n rows at random, but first some of each class, so that rare
// ones are there: up to a quarter of n, at most four of a class.
func spread(class []int, n int, rng *rand.Rand) []int {
	taken := map[int]int{}
	out, rest := make([]int, 0, n), make([]int, 0, len(class))
	for _, i := range rng.Perm(len(class)) {
		if len(out) < n/4 && taken[class[i]] < 4 {
			taken[class[i]]++
			out = append(out, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(out, rest[:n-len(out)]...)
}
