package encoder

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu/ort"
)

func TestFeaturesOfATinyGraph(t *testing.T) {
	y := newTiny()
	e := open(t, y.load(t), Options{})
	if e.Dimension() != tinyWidth || e.StateDimension() != 2*tinyWidth || e.Batch() != DefaultBatch {
		t.Errorf("dimension %d, state %d, batch %d", e.Dimension(), e.StateDimension(), e.Batch())
	}
	in, _, err := e.read(text(5, 9), "")
	if err != nil {
		t.Fatal(err)
	}
	f, err := e.Encode(t.Context(), text(5, 9))
	if err != nil {
		t.Fatal(err)
	}
	embedding, state := y.compute(in)
	if !near(f.Embedding, embedding) || !near(f.State, state) || f.Tokens != 11 {
		t.Errorf("%d tokens, embedding %v, state %v; want %v, %v", f.Tokens, f.Embedding, f.State, embedding, state)
	}
	if raw, err := e.Run(t.Context(), in.ids); err != nil || !slices.Equal(raw, f.Embedding) {
		t.Errorf("the raw loop: %v, %v", raw, err)
	}
}

func TestGraphWithoutState(t *testing.T) {
	y := newTiny()
	y.noState = true
	for name, m := range map[string]models.Model{"tiny": y.load(t), "shipped": shipped(t)} {
		e := open(t, m, Options{})
		f, err := e.Encode(t.Context(), "一丁")
		if err != nil {
			t.Fatal(err)
		}
		if len(f.State) != m.Manifest.StateLength() || e.StateDimension() != len(f.State) {
			t.Errorf("%s: a state of %d, the manifest says %d, the encoder %d", name, len(f.State), m.Manifest.StateLength(), e.StateDimension())
		}
		if own := e.network.state > 0; !own && &f.State[0] != &f.Embedding[0] {
			t.Errorf("%s: the state is not the embedding", name)
		}
	}
}

func TestStateMustBeWhatTheManifestSays(t *testing.T) {
	env, err := ort.Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	for says, change := range map[string]func(*tiny){
		"expected state float32[?,8]": func(y *tiny) { y.manifest = func(m *models.Manifest) { m.StateDimension = 0 } },
		"expected state float32[?,9]": func(y *tiny) { y.manifest = func(m *models.Manifest) { m.StateDimension = 9 } },
		"state float32[?,16] is missing": func(y *tiny) {
			y.noState, y.manifest = true, func(m *models.Manifest) { m.StateDimension = 2 * tinyWidth }
		},
	} {
		y := newTiny()
		change(&y)
		if _, err := New(env, y.load(t), Options{}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q: %v", says, err)
		}
	}
}

func TestOnlyInvariantModelsShareRuns(t *testing.T) {
	y := newTiny()
	y.manifest = func(m *models.Manifest) { m.BatchInvariant = false }
	if e := open(t, y.load(t), Options{Batch: 8}); e.Batch() != 1 {
		t.Errorf("a batch of %d", e.Batch())
	}
	if e := open(t, newTiny().load(t), Options{Batch: 1}); e.Batch() != 1 {
		t.Errorf("switched off: a batch of %d", e.Batch())
	}
}

// together compares every message's vectors alone and in padded runs of
// several, and returns the lowest cosine of each output.
func together(t *testing.T, e *Encoder, messages []input) (embedding, state float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	embedding, state = 1, 1
	vectors := func(group []input) (s scratch) {
		if err := e.network.run(t.Context(), &s, group); err != nil {
			t.Fatal(err)
		}
		return s
	}
	lowest := func(low *float64, alone, batch []float32) {
		wide := make([]float64, len(alone))
		for i, v := range alone {
			wide[i] = float64(v)
		}
		*low = min(*low, cosine(batch, wide))
	}
	for _, size := range []int{2, 3, 8} {
		rng.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
		for group := range slices.Chunk(messages, size) {
			batch := vectors(group)
			for i, m := range group {
				alone := vectors([]input{m})
				lowest(&embedding, alone.embedding, batch.embedding[i*e.Dimension():(i+1)*e.Dimension()])
				if n := e.network.state; n > 0 {
					lowest(&state, alone.state, batch.state[i*n:(i+1)*n])
				}
			}
		}
	}
	return embedding, state
}

func TestVectorsDoNotDependOnTheirRun(t *testing.T) {
	e := open(t, newTiny().load(t), Options{})
	var messages []input
	for i := range 60 {
		in, _, err := e.read(text(i, 1+i%40), text(2*i, i%3*5))
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, in)
	}
	if embedding, state := together(t, e, messages); embedding < 0.9999 || state < 0.9999 {
		t.Errorf("lowest cosine alone against together: embedding %.6f, state %.6f", embedding, state)
	}
}

func TestShippedVectorsDoNotDependOnTheirRun(t *testing.T) {
	m := shipped(t)
	if !m.Manifest.BatchInvariant {
		t.Skipf("SKIPPED: %s is not batch-invariant: its messages never share a run", m.Manifest.ID)
	}
	e := open(t, m, Options{})
	var messages []input
	prev := ""
	for i, row := range parity(t, m) {
		in, _, err := e.read(row.Text, []string{"", prev}[i%2])
		if fault.Is(err, fault.Invalid) {
			continue // nothing to read
		}
		if err != nil {
			t.Fatal(err)
		}
		messages, prev = append(messages, in), row.Text
	}
	embedding, state := together(t, e, messages)
	t.Logf("%d messages, lowest cosine alone against together: embedding %.6f, state %.6f", len(messages), embedding, state)
	if embedding < 0.9999 || state < 0.9999 {
		t.Errorf("lowest cosine alone against together: embedding %.6f, state %.6f", embedding, state)
	}
}

func BenchmarkRun(b *testing.B) {
	e := open(b, shipped(b), Options{})
	ids, _, err := e.Tokenize("我昨天买的衣服怎么没发货")
	if err != nil {
		b.Fatal(err)
	}
	var s scratch
	for _, n := range []int{1, 4, 8} {
		group := slices.Repeat([]input{{ids, len(ids)}}, n)
		b.Run(map[int]string{1: "alone", 4: "four", 8: "eight"}[n], func(b *testing.B) {
			for b.Loop() {
				if err := e.network.run(b.Context(), &s, group); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
