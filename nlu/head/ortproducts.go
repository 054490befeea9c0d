package head

import (
	"context"
	"errors"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/nlu/ort"
	"github.com/yingda/yingda/nlu/ort/graph"
)

// Multiplier returns Products that run on ONNX Runtime, on all cores. Close it.
func (o *ORT) Multiplier() (*Multiplier, error) {
	m := new(Multiplier)
	for i, how := range []struct{ a, b int64 }{{0, 0}, {1, 0}, {0, 1}} {
		open := func(name string) graph.Port {
			return graph.Port{Name: name, Type: graph.Float32, Shape: []int64{-1, -1}}
		}
		in, out := []graph.Port{open("a"), open("b")}, []graph.Port{open("c")}
		model, err := graph.Graph{
			Name: "product", Opset: 17, Inputs: in, Outputs: out,
			Nodes: []graph.Node{{
				Op: "Gemm", Inputs: []string{"a", "b"}, Outputs: []string{"c"},
				Attributes: []graph.Attribute{graph.Int("transA", how.a), graph.Int("transB", how.b)},
			}},
		}.Encode()
		if err == nil {
			m.sessions[i], err = o.environment.NewSession(model, ort.SessionOptions{Name: "product", Inputs: in, Outputs: out})
		}
		if err != nil {
			for _, s := range m.sessions[:i] {
				err = errors.Join(err, s.Close())
			}
			return nil, err
		}
	}
	return m, nil
}

// Multiplier multiplies matrices with ONNX Runtime.
type Multiplier struct {
	sessions [3]*ort.Session // a·b, aᵀ·b, a·bᵀ
}

var _ Products = (*Multiplier)(nil)

// Multiply implements Products. The result's rows are divided among the cores;
// for aᵀ·b the sum is, and its order does not depend on their number.
func (m *Multiplier) Multiply(ctx context.Context, a, b Matrix, transA, transB bool) (Matrix, error) {
	rows, cols, err := shape(a, b, transA, transB)
	if err != nil {
		return Matrix{}, err
	}
	out := newMatrix(rows, cols)
	if transA {
		return out, m.sum(ctx, a, b, out)
	}
	session := m.sessions[0]
	if transB {
		session = m.sessions[2]
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	const block = 1024
	for from := 0; from < rows; from += block {
		to := min(from+block, rows)
		group.Go(func() error {
			return run(ctx, session, a.part(from, to), b, out.part(from, to))
		})
	}
	return out, group.Wait()
}

// sum adds up aᵀ·b over blocks of rows, in their order.
func (m *Multiplier) sum(ctx context.Context, a, b, out Matrix) error {
	const block = 2048
	blocks := (a.Rows + block - 1) / block
	parts := make([]Matrix, blocks)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for k := range blocks {
		from, to := k*block, min((k+1)*block, a.Rows)
		group.Go(func() error {
			parts[k] = newMatrix(out.Rows, out.Cols)
			return run(ctx, m.sessions[1], a.part(from, to), b.part(from, to), parts[k])
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, p := range parts {
		for i, v := range p.Data {
			out.Data[i] += v
		}
	}
	return nil
}

func run(ctx context.Context, s *ort.Session, a, b, c Matrix) error {
	return s.Run(ctx, []ort.Tensor{a.tensor(), b.tensor()}, []ort.Tensor{c.tensor()})
}

// part is the rows [from, to), shared.
func (m Matrix) part(from, to int) Matrix {
	return Matrix{Rows: to - from, Cols: m.Cols, Data: m.Data[from*m.Cols : to*m.Cols]}
}

func (m Matrix) tensor() ort.Tensor {
	return ort.Float32s(m.Data, int64(m.Rows), int64(m.Cols))
}

// Close frees the sessions.
func (m *Multiplier) Close() error {
	var errs []error
	for _, s := range m.sessions {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
