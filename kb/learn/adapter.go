package learn

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/yingda/yingda/kb/hybrid"
)

// pairs is a set in the form in which the adapter is trained: questions of one
// knowledge base against all its texts.
type pairs struct {
	dim       int
	questions []float32 // n × dim
	texts     []float32 // m × dim: wordings and answers
	owner     []int     // of each text, the article's number
	right     [][]int   // of each question, the numbers of right articles
	self      []int     // of each question, the text that it is itself, or -1
}

func (p *pairs) n() int { return len(p.right) }

// messages counts the questions that are customers' messages.
func (p *pairs) messages() int {
	n := 0
	for _, s := range p.self {
		if s < 0 {
			n++
		}
	}
	return n
}

// trainAdapter minimises the cross-entropy of the right articles' texts in the
// softmax over all texts of the knowledge base, by Adam with the decay to the
// identity kept out of the moments (AdamW: Loshchilov and Hutter 2019). One
// step takes a batch of one set. keep is called after each checkpoint with an
// adapter of its own.
func trainAdapter(ctx context.Context, sets []*pairs, opts AdapterOptions, seed uint64, keep func(steps int, a *hybrid.Adapter) error) error {
	dim := sets[0].dim
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	w := identity(dim)
	first, second := make([]float64, dim*dim), make([]float64, dim*dim)
	next := 0
	for step := 1; next < len(opts.Checkpoints); step++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		gradient := sets[r.IntN(len(sets))].gradient(w, opts, r)
		c1, c2 := 1-math.Pow(0.9, float64(step)), 1-math.Pow(0.999, float64(step))
		for i, g := range gradient {
			g := float64(g)
			first[i] = 0.9*first[i] + 0.1*g
			second[i] = 0.999*second[i] + 0.001*g*g
			x := float64(w[i]) - opts.Rate*(first[i]/c1)/(math.Sqrt(second[i]/c2)+1e-8)
			rest := x
			if i%(dim+1) == 0 {
				rest--
			}
			w[i] = float32(x - opts.Rate*opts.Decay*rest)
		}
		if step == opts.Checkpoints[next] {
			a, err := hybrid.NewAdapter(dim, transpose(w, dim))
			if err != nil {
				return err
			}
			if err := keep(step, a); err != nil {
				return err
			}
			next++
		}
	}
	return nil
}

func identity(dim int) []float32 {
	w := make([]float32, dim*dim)
	for i := range dim {
		w[i*(dim+1)] = 1
	}
	return w
}

func transpose(w []float32, dim int) []float32 {
	out := make([]float32, len(w))
	for i := range dim {
		for j := range dim {
			out[j*dim+i] = w[i*dim+j]
		}
	}
	return out
}

func general(rows, cols int, data []float32) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

// gradient returns the gradient of a batch's mean loss by the matrix w, where
// a question q becomes q·w, normalised.
func (p *pairs) gradient(w []float32, opts AdapterOptions, r *rand.Rand) []float32 {
	dim, texts := p.dim, len(p.owner)
	batch := r.Perm(p.n())[:min(opts.Batch, p.n())]
	b := len(batch)
	q := make([]float32, 0, b*dim)
	for _, i := range batch {
		q = append(q, p.questions[i*dim:(i+1)*dim]...)
	}
	turned := make([]float32, b*dim)
	blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, general(b, dim, q), general(dim, dim, w), 0, general(b, dim, turned))
	norms := make([]float32, b)
	for i := range b {
		norms[i] = normalise(turned[i*dim : (i+1)*dim])
	}
	logits := make([]float32, b*texts)
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, general(b, dim, turned), general(texts, dim, p.texts), 0, general(b, texts, logits))
	for i, question := range batch {
		p.crossEntropy(logits[i*texts:(i+1)*texts], p.right[question], p.self[question], opts.Temperature, b)
	}
	// Back through the texts, the normalisation, the matrix.
	back := make([]float32, b*dim)
	blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, general(b, texts, logits), general(texts, dim, p.texts), 0, general(b, dim, back))
	for i := range b {
		unit, g := turned[i*dim:(i+1)*dim], back[i*dim:(i+1)*dim]
		along := float32(0)
		for j := range g {
			along += g[j] * unit[j]
		}
		for j := range g {
			g[j] = (g[j] - unit[j]*along) / norms[i]
		}
	}
	out := make([]float32, dim*dim)
	blas32.Gemm(blas.Trans, blas.NoTrans, 1, general(b, dim, q), general(b, dim, back), 0, general(dim, dim, out))
	return out
}

// crossEntropy turns a row of cosines into the gradient of the loss by them;
// the text self takes no part.
func (p *pairs) crossEntropy(row []float32, right []int, self int, temperature float64, batch int) {
	top := float32(-2)
	for _, x := range row {
		top = max(top, x)
	}
	all, good := 0.0, 0.0
	share := make([]float64, len(row))
	isRight := make([]bool, len(row))
	for j, x := range row {
		if j == self {
			continue
		}
		share[j] = math.Exp(float64(x-top) / temperature)
		all += share[j]
		for _, a := range right {
			if p.owner[j] == a {
				isRight[j] = true
				good += share[j]
			}
		}
	}
	if good == 0 { // the question is all that its article says
		clear(row)
		return
	}
	scale := 1 / (temperature * float64(batch))
	for j := range row {
		g := share[j] / all
		if isRight[j] {
			g -= share[j] / good
		}
		row[j] = float32(g * scale)
	}
}

// normalise scales v to length 1 and returns its former length.
func normalise(v []float32) float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	length := float32(math.Sqrt(sum))
	if length == 0 {
		return 1
	}
	for i := range v {
		v[i] /= length
	}
	return length
}
