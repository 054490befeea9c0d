package intake

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// unit returns a random vector of length 1.
func unit(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return normal(v)
}

func normal(v []float64) []float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	for i := range v {
		v[i] /= math.Sqrt(sum)
	}
	return v
}

// at returns a vector whose cosine with v is c.
func at(r *rand.Rand, v []float64, c float64) []float64 {
	w := unit(r, len(v))
	dot := 0.0
	for i := range v {
		dot += v[i] * w[i]
	}
	for i := range w {
		w[i] -= dot * v[i]
	}
	normal(w)
	for i := range w {
		w[i] = c*v[i] + math.Sqrt(1-c*c)*w[i]
	}
	return w
}

func narrow(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

// Signatures find nearly all pairs above the bound among vectors that lean to
// one side, as those of an encoder do, and hand on few of the others.
func TestSignaturesFindNearPairs(t *testing.T) {
	const dimension, pairs = 512, 1000
	r := rand.New(rand.NewPCG(1, 2))
	lean := unit(r, dimension)
	s := newSigner(dimension)
	for _, c := range []struct{ cosine, recall float64 }{{0.95, 0.95}, {0.97, 0.99}, {1, 1}} {
		var words []wording
		var signs []signature
		for i := range pairs {
			v := at(r, lean, math.Sqrt(0.4)) // two of these have a cosine of about 0.4
			for k, x := range [][]float64{v, at(r, v, c.cosine)} {
				words = append(words, wording{owner: 2*i + k, row: 2*i + k})
				signs = append(signs, s.sign(narrow(x)))
			}
		}
		got, cut := candidates(words, signs)
		found := 0
		for _, p := range got {
			if p.b == p.a+1 && p.a%2 == 0 {
				found++
			}
		}
		if share := float64(found) / pairs; share < c.recall || cut {
			t.Errorf("at a cosine of %g, %.3f of the pairs are found, want %g", c.cosine, share, c.recall)
		}
		if wrong := len(got) - found; wrong > pairs/20 {
			t.Errorf("at a cosine of %g, %d unrelated pairs are handed on", c.cosine, wrong)
		}
	}
}

func TestCandidatesAreBounded(t *testing.T) {
	s := newSigner(8)
	sign := s.sign([]float32{1, 2, 3, 4, 5, 6, 7, 8})
	n := maxCandidates
	words, signs := make([]wording, n), make([]signature, n)
	for i := range words {
		words[i], signs[i] = wording{owner: i, row: i}, sign
	}
	got, cut := candidates(words, signs)
	if len(got) != maxCandidates || !cut {
		t.Errorf("%d candidates of %d copies, cut %v", len(got), n, cut)
	}
	for i := range words { // wordings of one article, and those of the base alone, are nobody's copies
		words[i].owner = 1
	}
	if got, _ := candidates(words, signs); len(got) != 0 {
		t.Errorf("%d pairs within one article", len(got))
	}
	for i := range words {
		words[i] = wording{owner: i, row: -1}
	}
	if got, _ := candidates(words, signs); len(got) != 0 {
		t.Errorf("%d pairs within the base", len(got))
	}
}

func TestSignaturesOfAnyDimension(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 63, 64, 384, 512, 768, 1024} {
		s := newSigner(n)
		a, b := narrow(unit(r, n)), narrow(unit(r, n))
		x, y := s.sign(a), s.sign(b)
		if again := s.sign(a); again != x {
			t.Errorf("dimension %d: a vector has two signatures", n)
		}
		if n > 8 && x.differing(&y) < signatureBits/5 {
			t.Errorf("dimension %d: unrelated vectors differ in %d bits", n, x.differing(&y))
		}
	}
}

func BenchmarkSign(b *testing.B) {
	s := newSigner(512)
	v := narrow(unit(rand.New(rand.NewPCG(1, 2)), 512))
	for b.Loop() {
		s.sign(v)
	}
}

func BenchmarkCandidates(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			s, lean := newSigner(512), unit(r, 512)
			words, signs := make([]wording, n), make([]signature, n)
			for i := range words {
				words[i], signs[i] = wording{owner: i, row: i}, s.sign(narrow(at(r, lean, math.Sqrt(0.4))))
			}
			b.ResetTimer()
			for b.Loop() {
				candidates(words, signs)
			}
		})
	}
}
