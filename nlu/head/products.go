package head

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/yingda/yingda/internal/fault"
)

// Products multiplies matrices: nearly all the work of training. ORT has a
// faster one than the default.
type Products interface {
	// Multiply returns a·b, aᵀ·b or a·bᵀ; of the two, at most one may be
	// transposed. Matrices that do not fit are fault.Internal. A context that
	// has ended is returned as it is.
	Multiply(ctx context.Context, a, b Matrix, transA, transB bool) (Matrix, error)
}

// shape returns the rows and columns of a product.
func shape(a, b Matrix, transA, transB bool) (rows, cols int, err error) {
	ar, ac, br, bc := a.Rows, a.Cols, b.Rows, b.Cols
	if transA {
		ar, ac = ac, ar
	}
	if transB {
		br, bc = bc, br
	}
	if ac != br || ar == 0 || bc == 0 || ac == 0 || transA && transB {
		return 0, 0, fault.New(fault.Internal, "a %d×%d matrix cannot be multiplied by one of %d×%d", ar, ac, br, bc)
	}
	return ar, bc, nil
}

// pure multiplies without a native library.
type pure struct{}

// Multiply implements Products.
func (pure) Multiply(ctx context.Context, a, b Matrix, transA, transB bool) (Matrix, error) {
	rows, cols, err := shape(a, b, transA, transB)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return Matrix{}, err
	}
	out := newMatrix(rows, cols)
	blas32.Gemm(transposed(transA), transposed(transB), 1, a.general(), b.general(), 0, out.general())
	return out, nil
}

func transposed(yes bool) blas.Transpose {
	if yes {
		return blas.Trans
	}
	return blas.NoTrans
}

func newMatrix(rows, cols int) Matrix {
	return Matrix{Rows: rows, Cols: cols, Data: make([]float32, rows*cols)}
}

func (m Matrix) general() blas32.General {
	return blas32.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols, Data: m.Data}
}

// pick copies rows of m in the given order.
func (m Matrix) pick(rows []int) Matrix {
	out := Matrix{Rows: len(rows), Cols: m.Cols, Data: make([]float32, 0, len(rows)*m.Cols)}
	for _, i := range rows {
		out.Data = append(out.Data, m.Row(i)...)
	}
	return out
}

func dot(a, b []float32) float64 {
	var s0, s1, s2, s3 float64
	n := len(a) &^ 3
	for i := 0; i < n; i += 4 {
		s0 += float64(a[i]) * float64(b[i])
		s1 += float64(a[i+1]) * float64(b[i+1])
		s2 += float64(a[i+2]) * float64(b[i+2])
		s3 += float64(a[i+3]) * float64(b[i+3])
	}
	for i := n; i < len(a); i++ {
		s0 += float64(a[i]) * float64(b[i])
	}
	return s0 + s1 + s2 + s3
}
