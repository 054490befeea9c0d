package head

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/yingda/yingda/internal/fault"
)

// phrases are n texts of two labels that share few characters, with soft
// targets and weights here and there.
func phrases(n int, seed uint64) ([]string, Matrix, []float32) {
	rng := rand.New(rand.NewPCG(seed, 7))
	words := [2][]rune{[]rune("退货款项返还"), []rune("物流快递到哪")}
	texts, y, w := make([]string, n), newMatrix(n, 2), make([]float32, n)
	for i := range n {
		c := i % 2
		var text []rune
		for range 3 + rng.IntN(4) {
			text = append(text, words[c][rng.IntN(6)])
		}
		texts[i], w[i] = string(text), 1
		y.Row(i)[c] = 1
		switch rng.IntN(5) {
		case 0:
			y.Row(i)[c], y.Row(i)[1-c] = 1-AltShare, AltShare
		case 1:
			w[i] = 2
		}
	}
	return texts, y, w
}

// without drops row i.
func without[T any](list []T, stride, i int) []T {
	return append(append([]T(nil), list[:i*stride]...), list[(i+1)*stride:]...)
}

// Left-out scores are those of a ridge that never saw the row.
func TestRidgeLeavesOutExactly(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	x, y := newMatrix(30, 6), newMatrix(30, 3)
	w := make([]float32, 30)
	for i := range x.Data {
		x.Data[i] = float32(rng.NormFloat64())
	}
	for i := range w {
		y.Row(i)[rng.IntN(3)] = 1
		w[i] = 0.5 + rng.Float32()
	}
	fit := func(x, y Matrix, w []float32) (*ridge, solution) {
		x.Data, y.Data = append([]float32(nil), x.Data...), append([]float32(nil), y.Data...)
		r, err := newRidge(t.Context(), pure{}, x, y, w)
		if err != nil {
			t.Fatal(err)
		}
		s, err := r.solve(0.3)
		if err != nil {
			t.Fatal(err)
		}
		return r, s
	}
	r, s := fit(x, y, w)
	rows := []int{0, 7, 29}
	got, err := r.leftOut(t.Context(), s, rows)
	if err != nil {
		t.Fatal(err)
	}
	for k, i := range rows {
		less := func(m Matrix) Matrix { return Matrix{m.Rows - 1, m.Cols, without(m.Data, m.Cols, i)} }
		r, s := fit(less(x), less(y), without(w, 1, i))
		for c := range 3 {
			want := r.shift[c]
			for j := range 6 {
				want += (float64(x.Row(i)[j]) - r.centre[j]) * float64(s.beta.Row(j)[c])
			}
			if math.Abs(float64(got.Row(k)[c])-want) > 1e-4 {
				t.Errorf("row %d class %d: left out %.5f, without the row %.5f", i, c, got.Row(k)[c], want)
			}
		}
	}
}

// Left-out grams are those of counts that never saw the text, up to the size
// of the vocabulary, which only smooths.
func TestGramsLeaveOut(t *testing.T) {
	texts, y, w := phrases(40, 3)
	g, own := countGrams(texts, y, w)
	for _, i := range []int{0, 5, 17, 39} {
		got := g.leftOut(own[i], y.Row(i), w[i])
		less, _ := countGrams(without(texts, 1, i), Matrix{39, 2, without(y.Data, 2, i)}, without(w, 1, i))
		for c, n := range less.totals {
			less.base[c] = math.Log(n + smoothing*float64(len(g.hashes)))
		}
		want := make([]float32, 2)
		less.add(want, texts[i])
		if math.Abs(float64((got[0]-got[1])-(want[0]-want[1]))) > 1e-3 {
			t.Errorf("text %d: left out %v, without it %v", i, got, want)
		}
	}
}

// A label that only the characters tell is learned, and one that only the
// vector tells too.
func TestTrainMixesExperts(t *testing.T) {
	x, ex := blobs(400, 16, []string{"a", "b"}, 0.4, 3)
	texts, y, _ := phrases(400, 5)
	for i := range ex {
		ex[i].Text = texts[i]
		if y.Row(i)[1] > 0.5 {
			ex[i].Text = texts[i] + "吗"
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	rng.Shuffle(len(ex), func(i, j int) { ex[i].Text, ex[j].Text = ex[j].Text, ex[i].Text })
	// Now the text is independent of the vector; the label tells both apart.
	for i := range ex {
		if gramsOf(ex[i].Text); len(ex[i].Text) > 0 && ex[i].Text[len(ex[i].Text)-1] == "吗"[2] {
			ex[i].Label += "?"
		}
	}
	m, r, err := Train(t.Context(), x, ex, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !m.Grams() || r.Accuracy < 0.95 || r.Slopes.Grams <= 0 {
		t.Errorf("grams %v, accuracy %.3f, slopes %+v", m.Grams(), r.Accuracy, r.Slopes)
	}
	if r.ECE > 0.06 || r.ECEBefore == nil || *r.ECEBefore < r.ECE {
		t.Errorf("calibration error %.3f, before %v", r.ECE, r.ECEBefore)
	}
	if len(r.Predictions) != len(ex) || r.Predictions[3].Truth != ex[3].Label || r.Method != LeaveOneOut {
		t.Errorf("predictions do not follow the examples: %d", len(r.Predictions))
	}
}

// Copies of one example do not vouch for each other.
func TestTrainLeavesCopiesOutTogether(t *testing.T) {
	x, ex := blobs(60, 8, []string{"a", "b"}, 0.3, 2)
	for i := range ex {
		ex[i].Label = []string{"a", "b"}[rand.New(rand.NewPCG(uint64(i/3), 3)).IntN(2)] // noise
		copy(x.Row(i), x.Row(i/3*3))
		ex[i].Text = ex[i/3*3].Text
	}
	_, r, err := Train(t.Context(), x, ex, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Accuracy > 0.8 {
		t.Errorf("accuracy %.2f on noise that comes in threes", r.Accuracy)
	}
}

func TestBalanceHelpsTheRare(t *testing.T) {
	x, ex := blobs(600, 8, []string{"a", "b"}, 1.6, 8)
	var keep []int
	for i, e := range ex {
		if e.Label == "a" || i%30 == 1 {
			keep = append(keep, i)
		}
	}
	rare := make([]Example, len(keep))
	for k, i := range keep {
		rare[k] = ex[i]
	}
	recall := func(balance float64) float64 {
		_, r, err := Train(t.Context(), x.pick(keep), rare, Options{Balance: balance})
		if err != nil {
			t.Fatal(err)
		}
		return r.Classes[1].Recall
	}
	if plain, balanced := recall(0), recall(1); balanced <= plain {
		t.Errorf("recall of the rare label %.2f, balanced %.2f", plain, balanced)
	}
}

func TestMultipliersAgree(t *testing.T) {
	fast, err := environment(t).Multiplier()
	if err != nil {
		t.Fatal(err)
	}
	defer fast.Close()
	rng := rand.New(rand.NewPCG(8, 8))
	random := func(r, c int) Matrix {
		m := newMatrix(r, c)
		for i := range m.Data {
			m.Data[i] = float32(rng.NormFloat64())
		}
		return m
	}
	for _, c := range []struct {
		a, b           Matrix
		transA, transB bool
	}{
		{random(2500, 7), random(7, 5), false, false},
		{random(5000, 7), random(5000, 3), true, false},
		{random(2500, 7), random(4, 7), false, true},
	} {
		want, err := pure{}.Multiply(t.Context(), c.a, c.b, c.transA, c.transB)
		if err != nil {
			t.Fatal(err)
		}
		got, err := fast.Multiply(t.Context(), c.a, c.b, c.transA, c.transB)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range want.Data {
			if math.Abs(float64(v-got.Data[i])) > 1e-2 {
				t.Fatalf("trans %v %v: number %d is %v, want %v", c.transA, c.transB, i, got.Data[i], v)
			}
		}
	}
	for _, p := range []Products{pure{}, fast} {
		if _, err := p.Multiply(t.Context(), random(2, 3), random(4, 5), false, false); !fault.Is(err, fault.Internal) {
			t.Errorf("%T: matrices that do not fit: %v", p, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.Multiply(ctx, random(2, 3), random(3, 2), false, false); err == nil {
			t.Errorf("%T ignores a context that has ended", p)
		}
	}
}

func TestPrincipalDirections(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 6))
	u := newMatrix(500, 20)
	for i := range u.Rows {
		for j := range 20 {
			u.Row(i)[j] = float32(rng.NormFloat64() / float64(1+j*j))
		}
	}
	q, err := principal(t.Context(), pure{}, u, 3, rng)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if math.Abs(math.Abs(float64(q.Row(i)[i]))-1) > 0.05 {
			t.Errorf("direction %d is %v", i, q.Row(i)[:4])
		}
		for j := range i {
			if math.Abs(dot(q.Row(i), q.Row(j))) > 1e-4 {
				t.Errorf("directions %d and %d are not orthogonal", i, j)
			}
		}
	}
}

// Vectors wider than the kernel looks at, one number of which never changes.
func TestTrainReadsWideVectors(t *testing.T) {
	x, ex := blobs(300, maxDirections+50, []string{"a", "b", "c"}, 0.5, 6)
	for i := range x.Rows {
		x.Row(i)[5] = 40
	}
	_, r, err := Train(t.Context(), x, ex, Options{Landmarks: 60})
	if err != nil || r.Accuracy < 0.97 {
		t.Errorf("accuracy %.3f, %v", r.Accuracy, err)
	}
}
