package head

import (
	"context"
	"math"
)

// outOfFold are predictions for examples that the predicting model never saw.
type outOfFold struct {
	l2          float64
	logits      []float32 // Rows × labels
	temperature float64
	loss        float64 // mean negative log likelihood at temperature
}

func crossValidate(ctx context.Context, x Matrix, y, weights []float32, labels []string, folds []int, l2 float64, opt Options, p *progress) (outOfFold, error) {
	c := len(labels)
	out := outOfFold{l2: l2, logits: make([]float32, x.Rows*c)}
	for f := range opt.Folds {
		var train, test []int
		for i, at := range folds {
			if at == f {
				test = append(test, i)
			} else {
				train = append(train, i)
			}
		}
		model, err := fit(ctx, pick(x, train), pickRows(y, c, train), pickRows(weights, 1, train), labels, l2, opt.Iterations)
		if err != nil {
			return outOfFold{}, err
		}
		logits := model.Logits(pick(x, test))
		for k, i := range test {
			copy(out.logits[i*c:(i+1)*c], logits[k*c:(k+1)*c])
		}
		p.step()
	}
	out.temperature, out.loss = fitTemperature(out.logits, y, weights, c)
	return out, nil
}

func pick(x Matrix, rows []int) Matrix {
	return Matrix{Rows: len(rows), Cols: x.Cols, Data: pickRows(x.Data, x.Cols, rows)}
}

func pickRows(data []float32, stride int, rows []int) []float32 {
	out := make([]float32, 0, len(rows)*stride)
	for _, i := range rows {
		out = append(out, data[i*stride:(i+1)*stride]...)
	}
	return out
}

// fitTemperature minimises the negative log likelihood over T by golden-section
// search on log T in [ln 0.05, ln 20]; the likelihood is unimodal in 1/T.
func fitTemperature(logits, y, weights []float32, classes int) (t, loss float64) {
	const ratio = 0.6180339887498949
	lo, hi := math.Log(0.05), math.Log(20)
	f := func(logT float64) float64 { return logLoss(logits, y, weights, classes, math.Exp(logT)) }
	a, b := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	fa, fb := f(a), f(b)
	for hi-lo > 1e-4 {
		if fa < fb {
			hi, b, fb = b, a, fa
			a = hi - ratio*(hi-lo)
			fa = f(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + ratio*(hi-lo)
			fb = f(b)
		}
	}
	mid := (lo + hi) / 2
	return math.Exp(mid), f(mid)
}

func logLoss(logits, y, weights []float32, classes int, t float64) float64 {
	sum, total := 0.0, 0.0
	for i := range weights {
		p := softmax(nil, logits[i*classes:(i+1)*classes], t)
		for j, target := range y[i*classes : (i+1)*classes] {
			if target > 0 {
				sum -= float64(weights[i]) * float64(target) * math.Log(max(p[j], 1e-12))
			}
		}
		total += float64(weights[i])
	}
	return sum / total
}

// softmax appends softmax(row/t) to dst.
func softmax(dst []float64, row []float32, t float64) []float64 {
	top := row[0]
	for _, z := range row {
		top = max(top, z)
	}
	from, sum := len(dst), 0.0
	for _, z := range row {
		e := math.Exp(float64(z-top) / t)
		dst = append(dst, e)
		sum += e
	}
	for i := from; i < len(dst); i++ {
		dst[i] /= sum
	}
	return dst
}
