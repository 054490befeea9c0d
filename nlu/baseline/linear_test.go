package baseline

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

// clouds are unit vectors around one direction for each of n labels.
func clouds(n, each int, spread float64, seed uint64) (in []nlu.Input, labels []string) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range n * each {
		v, norm := make([]float32, 16), 0.0
		for k := range v {
			x := spread * rng.NormFloat64()
			if k == i%n {
				x++
			}
			v[k] = float32(x)
			norm += x * x
		}
		for k := range v {
			v[k] /= float32(math.Sqrt(norm))
		}
		in, labels = append(in, nlu.Input{State: v}), append(labels, string(rune('a'+i%n)))
	}
	return in, labels
}

func TestLinear(t *testing.T) {
	in, labels := clouds(5, 60, 0.25, 1)
	l, err := TrainLinear(t.Context(), in, labels)
	if err != nil {
		t.Fatal(err)
	}
	test, truth := clouds(5, 40, 0.25, 2)
	right, confidence := 0.0, 0.0
	for i, x := range test {
		p, err := l.Probabilities(nil, x)
		if err != nil {
			t.Fatal(err)
		}
		best := 0
		for j := range p {
			if p[j] > p[best] {
				best = j
			}
		}
		confidence += p[best]
		if l.Labels()[best] == truth[i] {
			right++
		}
	}
	n := float64(len(test))
	if right/n < 0.9 || math.Abs(confidence-right)/n > 0.06 {
		t.Errorf("right %.3f at a mean confidence of %.3f", right/n, confidence/n)
	}
}

// The gradient is that of the value.
func TestSlope(t *testing.T) {
	in, _ := clouds(3, 5, 0.5, 3)
	r := rows{cols: 16, classes: 3}
	for i, x := range in {
		r.add(x.State, i%3)
	}
	rng := rand.New(rand.NewPCG(4, 4))
	p, gradient, scratch := make([]float32, r.size()), make([]float32, r.size()), make([]float32, r.size())
	for i := range p {
		p[i] = float32(rng.NormFloat64())
	}
	r.slope(p, 0.1, gradient)
	for _, i := range []int{0, 7, 20, 47, 48, 50} {
		const step = 1e-2
		at := p[i]
		p[i] = at + step
		up := r.slope(p, 0.1, scratch)
		p[i] = at - step
		down := r.slope(p, 0.1, scratch)
		p[i] = at
		if want := (up - down) / (2 * step); math.Abs(float64(gradient[i])-want) > 1e-3 {
			t.Errorf("gradient %d is %v, the slope %v", i, gradient[i], want)
		}
	}
}

// Without a penalty, what can be told apart is told apart for sure.
func TestFitArrives(t *testing.T) {
	in, _ := clouds(3, 30, 0.1, 3)
	r := rows{cols: 16, classes: 3}
	for i, x := range in {
		r.add(x.State, i%3)
	}
	p, err := r.fit(t.Context(), make([]float32, r.size()), 0)
	if err != nil {
		t.Fatal(err)
	}
	if loss := r.slope(p, 0, make([]float32, r.size())); loss > 0.02 {
		t.Errorf("the loss ends at %v", loss)
	}
}

func TestLinearFaults(t *testing.T) {
	in, labels := clouds(2, 10, 0.1, 1)
	for name, bad := range map[string]struct {
		in     []nlu.Input
		labels []string
	}{
		"nothing": {nil, nil}, "one label": {in[:1], labels[:1]}, "too few labels": {in, labels[:4]},
		"unequal": {append(in[:5:5], nlu.Input{State: []float32{1}}), labels[:6]}, "empty": {make([]nlu.Input, 2), labels[:2]},
	} {
		if _, err := TrainLinear(t.Context(), bad.in, bad.labels); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := TrainLinear(ctx, in, labels); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	l, err := TrainLinear(t.Context(), in, labels)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Probabilities(nil, nlu.Input{State: []float32{1}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short state: %v", err)
	}
}

func BenchmarkTrainLinear(b *testing.B) {
	in, labels := clouds(10, 100, 0.3, 1)
	for b.Loop() {
		if _, err := TrainLinear(b.Context(), in, labels); err != nil {
			b.Fatal(err)
		}
	}
}
