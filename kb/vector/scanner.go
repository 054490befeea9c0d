package vector

import "context"

// Scanner finds the rows of an int8 matrix with the largest inner products. It
// is the first, inexact pass of a search and most of its cost, so a native
// implementation pays. Implementations are safe for concurrent use.
type Scanner interface {
	// Scan returns the k best rows of matrix (rows × dim, row-major, not kept
	// and not changed) against query (dim values), best first, with their
	// inner products; fewer when rows < k. Ties may come in any order.
	Scan(ctx context.Context, matrix []int8, rows, dim int, query []int8, k int) (scores []int32, indices []int64, err error)
}

// Preparer is a Scanner that can get rows ready ahead of their first scan, so
// that searches do not wait for it. Scans of the same matrix go on meanwhile.
type Preparer interface {
	Scanner
	// Prepare gets the first rows of the matrix ready, as Scan would.
	Prepare(ctx context.Context, matrix []int8, rows, dim int) error
}

// Portable is the Scanner in plain Go: the reference for faster ones. Without
// vector instructions it is slower than a direct scan of the float32 rows, so
// it is not for production.
type Portable struct{}

var _ Scanner = Portable{}

// checkEvery is how many rows are scanned between looks at the context.
const checkEvery = 4096

// Scan implements Scanner. It stops with the context's error when that ends.
func (Portable) Scan(ctx context.Context, matrix []int8, rows, dim int, query []int8, k int) ([]int32, []int64, error) {
	best := newTop(min(k, rows))
	for r := range rows {
		if r%checkEvery == 0 && ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		best.offer(float32(dotInt8(matrix[r*dim:(r+1)*dim], query)), r)
	}
	items := best.sorted()
	scores, indices := make([]int32, len(items)), make([]int64, len(items))
	for i, it := range items {
		scores[i], indices[i] = int32(it.score), int64(it.row)
	}
	return scores, indices, nil
}
