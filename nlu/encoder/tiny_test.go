package encoder

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu/ort/graph"
)

const (
	tinyWidth = 8
	tinyWords = 600 // characters from 一 on, beside the special tokens
)

// tiny is a batch-invariant encoder small enough to check by hand: the state is
// the first token's row beside the mean of all rows, the embedding that mean,
// normalised.
type tiny struct {
	tokens, kinds []float32 // rows of tinyWidth
	noState       bool      // leave the output state out
	manifest      func(*models.Manifest)
}

func newTiny() tiny {
	rng := rand.New(rand.NewPCG(3, 5))
	draw := func(rows int) []float32 {
		v := make([]float32, rows*tinyWidth)
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
		return v
	}
	return tiny{tokens: draw(4 + tinyWords), kinds: draw(2), manifest: func(*models.Manifest) {}}
}

func (y tiny) load(t testing.TB) models.Model {
	t.Helper()
	ids := func(name string) graph.Port {
		return graph.Port{Name: name, Type: graph.Int64, Shape: []int64{-1, -1}}
	}
	rows := func(name string, width int64) graph.Port {
		return graph.Port{Name: name, Type: graph.Float32, Shape: []int64{-1, width}}
	}
	node := func(op, inputs, output string, attributes ...graph.Attribute) graph.Node {
		return graph.Node{Op: op, Inputs: strings.Fields(inputs), Outputs: []string{output}, Attributes: attributes}
	}
	g := graph.Graph{
		Name: "tiny", Opset: 13,
		Inputs:  []graph.Port{ids("input_ids"), ids("attention_mask"), ids("token_type_ids")},
		Outputs: []graph.Port{rows("embedding", tinyWidth), rows("state", 2*tinyWidth)},
		Nodes: []graph.Node{
			node("Gather", "tokens input_ids", "token_rows"),
			node("Gather", "kinds token_type_ids", "kind_rows"),
			node("Add", "token_rows kind_rows", "rows"),
			node("Cast", "attention_mask", "mask", graph.Int("to", int64(graph.Float32))),
			node("Unsqueeze", "mask last", "mask_column"),
			node("Mul", "rows mask_column", "masked"),
			node("ReduceSum", "masked middle", "sum", graph.Int("keepdims", 0)),
			node("ReduceSum", "mask_column middle", "count", graph.Int("keepdims", 0)),
			node("Div", "sum count", "mean"),
			node("Gather", "rows first", "class", graph.Int("axis", 1)),
			node("Concat", "class mean", "state", graph.Int("axis", 1)),
			node("ReduceL2", "mean", "norm", graph.Ints("axes", 1), graph.Int("keepdims", 1)),
			node("Div", "mean norm", "embedding"),
		},
		Constants: []graph.Constant{
			graph.Float32s("tokens", y.tokens, 4+tinyWords, tinyWidth), graph.Float32s("kinds", y.kinds, 2, tinyWidth),
			graph.Int64s("last", []int64{2}, 1), graph.Int64s("middle", []int64{1}, 1), graph.Int64s("first", []int64{0}),
		},
	}
	m := models.Manifest{Format: models.Format, Kind: models.KindEncoder, ID: "tiny", Dimension: tinyWidth,
		StateDimension: 2 * tinyWidth, BatchInvariant: true, MaxLength: 64}
	if y.noState {
		g.Outputs, m.StateDimension = g.Outputs[:1], 0
	}
	onnx, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	vocabulary := "[PAD]\n[UNK]\n[CLS]\n[SEP]\n"
	for i := range tinyWords {
		vocabulary += string(rune('一'+i)) + "\n"
	}
	files := fstest.MapFS{}
	for name, data := range map[string][]byte{models.GraphFile: onnx, models.VocabularyFile: []byte(vocabulary)} {
		sum := sha256.Sum256(data)
		m.Files = append(m.Files, models.File{Name: name, SHA256: hex.EncodeToString(sum[:])})
		files["tiny/"+name] = &fstest.MapFile{Data: data}
	}
	y.manifest(&m)
	manifest, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	files["tiny/"+models.ManifestFile] = &fstest.MapFile{Data: manifest}
	model, err := models.Load(files, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// row is what the graph has for one token.
func (y tiny) row(id int64, kind int) []float64 {
	v := make([]float64, tinyWidth)
	for i := range v {
		v[i] = float64(y.tokens[int(id)*tinyWidth+i]) + float64(y.kinds[kind*tinyWidth+i])
	}
	return v
}

// compute is the graph in Go.
func (y tiny) compute(in input) (embedding, state []float64) {
	mean, norm := make([]float64, tinyWidth), 0.0
	for i, id := range in.ids {
		kind := 0
		if i >= in.second {
			kind = 1
		}
		for k, v := range y.row(id, kind) {
			mean[k] += v / float64(len(in.ids))
		}
	}
	for _, v := range mean {
		norm += v * v
	}
	for _, v := range mean {
		embedding = append(embedding, v/math.Sqrt(norm))
	}
	return embedding, append(y.row(in.ids[0], 0), mean...)
}

// text is n of the tiny vocabulary's characters, from the given one on.
func text(from, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteRune(rune('一' + (from+i*7)%tinyWords))
	}
	return b.String()
}

func near(a []float32, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Abs(float64(a[i])-b[i]) > 1e-5 {
			return false
		}
	}
	return true
}
