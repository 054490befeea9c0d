package head

import "math"

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
	var p []float64
	for i := range weights {
		p = softmax(p[:0], logits[i*classes:(i+1)*classes], t)
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
