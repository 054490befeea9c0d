package vector

import "math"

// Dot returns the inner product of two vectors of equal length; for
// L2-normalised ones that is the cosine. It keeps eight partial sums, which
// the compiler turns into independent chains of multiply-adds.
func Dot(a, b []float32) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	n := len(a)
	b = b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		x, y := a[i:i+8:i+8], b[i:i+8:i+8]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		s4 += x[4] * y[4]
		s5 += x[5] * y[5]
		s6 += x[6] * y[6]
		s7 += x[7] * y[7]
	}
	for ; i < n; i++ {
		s0 += a[i] * b[i]
	}
	return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
}

// dotInt8 returns the inner product of two int8 vectors of equal length. The
// sum of 512 products of at most 127² stays far below the range of int32.
func dotInt8(a, b []int8) int32 {
	var s0, s1, s2, s3 int32
	n := len(a)
	b = b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		x, y := a[i:i+8:i+8], b[i:i+8:i+8]
		s0 += int32(x[0])*int32(y[0]) + int32(x[4])*int32(y[4])
		s1 += int32(x[1])*int32(y[1]) + int32(x[5])*int32(y[5])
		s2 += int32(x[2])*int32(y[2]) + int32(x[6])*int32(y[6])
		s3 += int32(x[3])*int32(y[3]) + int32(x[7])*int32(y[7])
	}
	for ; i < n; i++ {
		s0 += int32(a[i]) * int32(b[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// spread is the component size, in units of 1/√dim, that maps to the int8
// bound. Components of an L2-normalised vector scatter with a deviation of
// 1/√dim; larger ones are clipped, which only moves a row within the first
// pass: the second pass is exact.
const spread = 8

// quantise rounds v to int8 into dst.
func quantise(dst []int8, v []float32) {
	limit := math.Min(1, spread/math.Sqrt(float64(len(v))))
	scale := float32(127 / limit)
	for i, x := range v {
		y := x * scale
		switch {
		case y >= 127:
			dst[i] = 127
		case y <= -127:
			dst[i] = -127
		case y >= 0:
			dst[i] = int8(y + 0.5)
		default:
			dst[i] = int8(y - 0.5)
		}
	}
}
