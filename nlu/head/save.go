package head

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu/ort/graph"
)

// Names of the head graph's input and output.
const (
	inputName  = "embedding" // float32 [?, dimension]
	outputName = "logits"    // float32 [?, labels]
)

// About says what a head is; its manifest carries it.
type About struct {
	Name    string // of the head: intent, sentiment, …
	Task    string
	Encoder string // id of the encoder whose embeddings it reads
	Created string // YYYY-MM-DD
}

// encode returns the head as an ONNX graph: one Gemm from embedding to logits.
// The temperature stays in the manifest.
func (l *Linear) encode() ([]byte, error) {
	c, d := int64(len(l.Labels)), int64(l.Cols)
	return graph.Graph{
		Name:    "head",
		Opset:   17,
		Inputs:  []graph.Port{{Name: inputName, Type: graph.Float32, Shape: []int64{-1, d}}},
		Outputs: []graph.Port{{Name: outputName, Type: graph.Float32, Shape: []int64{-1, c}}},
		Nodes: []graph.Node{{
			Op: "Gemm", Inputs: []string{inputName, "weights", "bias"}, Outputs: []string{outputName},
			Attributes: []graph.Attribute{graph.Int("transB", 1)},
		}},
		Constants: []graph.Constant{
			graph.Float32s("weights", l.W, c, d),
			graph.Float32s("bias", l.B, c),
		},
	}.Encode()
}

// manifest describes l, whose graph has the given bytes.
func (l *Linear) manifest(onnx []byte, r Report, about About) models.Manifest {
	sum := sha256.Sum256(onnx)
	on := "cross-validation of " + strconv.Itoa(r.Examples) + " messages"
	return models.Manifest{
		Format: models.Format, Kind: models.KindHead,
		ID:      about.Name + "-" + hex.EncodeToString(sum[:4]),
		Created: about.Created, Encoder: about.Encoder, Task: about.Task,
		Dimension: l.Cols, Labels: l.Labels,
		Calibration: &models.Calibration{Temperature: l.Temperature},
		Quality: []models.Measure{
			{Name: "accuracy", Value: r.Accuracy, On: on},
			{Name: "macro_f1", Value: r.MacroF1, On: on},
			{Name: "calibration_error", Value: r.ECE, On: on},
			{Name: "log_loss", Value: r.LogLoss, On: on},
		},
	}
}

// Save writes the head as a new model folder and returns its manifest. A
// folder that is there already is fault.Conflict; a name that makes no valid
// id is fault.Invalid.
func Save(dir string, l *Linear, r Report, about About) (models.Manifest, error) {
	onnx, err := l.encode()
	if err != nil {
		return models.Manifest{}, fault.Wrap(err, fault.Internal, "the head cannot be written as ONNX")
	}
	return models.Save(dir, l.manifest(onnx, r, about), map[string][]byte{models.HeadFile: onnx})
}
