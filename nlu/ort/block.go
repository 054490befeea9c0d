package ort

import (
	"context"
	"fmt"

	"github.com/yingda/yingda/nlu/ort/graph"
)

// zero is the uint8 that stands for 0. Both sides of the product are unsigned:
// the kernels for signed weights saturate on processors without VNNI.
const zero = 128

// coarseWidth is the number of values that share a scale in a coarse block, and
// what the dimension must be a multiple of for its rows to be packed coarsely.
const coarseWidth = 256

// Candidates of a coarse block per wanted row, and at least.
const (
	oversample  = 4
	atLeastRows = 96
)

// newBlock packs the rows [from, from+rows) of the matrix: coarsely, in four
// bits, where the dimension allows, else as they are.
func newBlock(env *Environment, matrix []int8, from, rows, dim int) (block, error) {
	b := block{from: from, rows: rows, dim: dim, coarse: dim%coarseWidth == 0 && rows >= largeBlock}
	part := matrix[from*dim : (from+rows)*dim]
	k := graph.Port{Name: "k", Type: graph.Int64, Shape: []int64{1}}
	query := graph.Port{Name: "query", Type: graph.Uint8, Shape: []int64{1, int64(dim)}}
	scores := graph.Port{Name: "scores", Type: graph.Int32, Shape: []int64{1, -1}}
	product := graph.Node{Op: "MatMulInteger", Inputs: []string{"query", "matrix", "zero", "zero"}, Outputs: []string{"products"}}
	var constants []graph.Constant
	if b.coarse {
		query.Type, scores.Type = graph.Float32, graph.Float32
		nibbles, scales := pack4(part, rows, dim)
		per := int64(dim / coarseWidth)
		constants = []graph.Constant{
			graph.Uint8s("matrix", nibbles, int64(rows), per, coarseWidth/2),
			graph.Float32s("scales", scales, int64(rows)*per),
		}
		product = graph.Node{
			Op: "MatMulNBits", Domain: "com.microsoft", Inputs: []string{"query", "matrix", "scales"}, Outputs: []string{"products"},
			Attributes: []graph.Attribute{
				graph.Int("K", int64(dim)), graph.Int("N", int64(rows)), graph.Int("bits", 4), graph.Int("block_size", coarseWidth),
				graph.Int("accuracy_level", 4), // the query in eight bits
			},
		}
	} else {
		constants = []graph.Constant{
			graph.Uint8s("matrix", transpose(part, rows, dim), int64(dim), int64(rows)),
			graph.Uint8s("zero", []uint8{zero}),
		}
	}
	inputs := []graph.Port{query, k}
	outputs := []graph.Port{scores, {Name: "rows", Type: graph.Int64, Shape: []int64{1, -1}}}
	model, err := graph.Graph{
		Name: "scan", Opset: 13, Inputs: inputs, Outputs: outputs,
		Nodes: []graph.Node{
			product,
			{Op: "TopK", Inputs: []string{"products", "k"}, Outputs: []string{"scores", "rows"}, Attributes: []graph.Attribute{graph.Int("axis", 1)}},
		},
		Constants: constants,
	}.Encode()
	if err != nil {
		return block{}, err
	}
	name := fmt.Sprintf("rows %d to %d", from, from+rows-1)
	b.session, err = env.NewSession(model, SessionOptions{Name: name, Inputs: inputs, Outputs: outputs})
	return b, err
}

// scan offers the block's best rows to best.
func (b block) scan(ctx context.Context, q question, best *selection) error {
	if b.coarse {
		return b.scanCoarsely(ctx, q, best)
	}
	k := min(best.k, b.rows)
	scores, rows := make([]int32, k), make([]int64, k)
	err := b.session.Run(ctx,
		[]Tensor{Uint8s(q.shifted, 1, int64(b.dim)), Int64s([]int64{int64(k)}, 1)},
		[]Tensor{Int32s(scores, 1, int64(k)), Int64s(rows, 1, int64(k))})
	if err != nil {
		return err
	}
	for i, score := range scores {
		best.offer(score, int64(b.from)+rows[i])
	}
	return nil
}

// scanCoarsely takes several times as many rows as are wanted by their four-bit
// products and offers them with their exact ones.
func (b block) scanCoarsely(ctx context.Context, q question, best *selection) error {
	k := min(max(oversample*best.k, atLeastRows), b.rows)
	scores, rows := make([]float32, k), make([]int64, k)
	err := b.session.Run(ctx,
		[]Tensor{Float32s(q.float, 1, int64(b.dim)), Int64s([]int64{int64(k)}, 1)},
		[]Tensor{Float32s(scores, 1, int64(k)), Int64s(rows, 1, int64(k))})
	if err != nil {
		return err
	}
	for _, row := range rows {
		at := b.from + int(row)
		best.offer(dot(q.matrix[at*b.dim:(at+1)*b.dim], q.query), int64(at))
	}
	return nil
}

// question is a query in the forms that blocks ask for, with the matrix it is
// put to.
type question struct {
	matrix  []int8
	query   []int8
	shifted []uint8
	float   []float32
}

func newQuestion(matrix, query []int8) question {
	q := question{matrix: matrix, query: query, shifted: shift(query)}
	q.float = make([]float32, len(query))
	for i, v := range query {
		q.float[i] = float32(v)
	}
	return q
}

// pack4 rounds each run of coarseWidth values to four bits around 8 with a
// scale of its own, two values a byte, the first in the low half: the layout of
// MatMulNBits (ONNX Runtime's contributed operators).
func pack4(matrix []int8, rows, dim int) (nibbles []uint8, scales []float32) {
	nibbles = make([]uint8, rows*dim/2)
	scales = make([]float32, rows*dim/coarseWidth)
	for i := range scales {
		run := matrix[i*coarseWidth : (i+1)*coarseWidth]
		top := int8(0)
		for _, v := range run {
			top = max(top, v, -max(v, -127))
		}
		scale := float32(top) / 7
		if scale == 0 {
			scale = 1
		}
		scales[i] = scale
		out := nibbles[i*coarseWidth/2:]
		for j := 0; j < coarseWidth; j += 2 {
			out[j/2] = nibble(run[j], scale) | nibble(run[j+1], scale)<<4
		}
	}
	return nibbles, scales
}

func nibble(v int8, scale float32) uint8 {
	x := float32(v)/scale + 8.5
	return uint8(min(max(x, 0), 15))
}

// shift maps int8 to uint8 around zero.
func shift(values []int8) []uint8 {
	out := make([]uint8, len(values))
	for i, v := range values {
		out[i] = uint8(v) ^ 0x80
	}
	return out
}

// transpose returns the columns of a row-major matrix one after the other,
// shifted. It walks in tiles that fit the first cache.
func transpose(matrix []int8, rows, dim int) []uint8 {
	const tile = 64
	out := make([]uint8, len(matrix))
	for r0 := 0; r0 < rows; r0 += tile {
		for d0 := 0; d0 < dim; d0 += tile {
			for r := r0; r < min(r0+tile, rows); r++ {
				row := matrix[r*dim : (r+1)*dim]
				for d := d0; d < min(d0+tile, dim); d++ {
					out[d*rows+r] = uint8(row[d]) ^ 0x80
				}
			}
		}
	}
	return out
}

// dot is the inner product of two vectors of one length.
func dot(a, b []int8) int32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 int32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += int32(a[i]) * int32(b[i])
		s1 += int32(a[i+1]) * int32(b[i+1])
		s2 += int32(a[i+2]) * int32(b[i+2])
		s3 += int32(a[i+3]) * int32(b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += int32(a[i]) * int32(b[i])
	}
	return s0 + s1 + s2 + s3
}
