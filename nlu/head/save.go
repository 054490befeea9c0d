package head

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
)

// Names of the head graph's input and output.
const (
	inputName  = "embedding" // float32 [?, dimension]
	outputName = "logits"    // float32 [?, labels]
)

// ReadsState is the About.Input of heads that read the encoder's state, as all
// that are trained here do.
const ReadsState = models.InputState

// About says what a head is; its manifest carries it.
type About struct {
	Name    string // of the head: intent, sentiment, …
	Task    string
	Encoder string // id of the encoder whose vectors it reads
	Input   string // models.InputState or InputEmbedding; empty means the latter
	Created string // YYYY-MM-DD
	// Beside are files kept with the head for people, its report for one. They
	// do not change its id.
	Beside map[string][]byte
}

// files are the head's files.
func (m *Model) files() (map[string][]byte, error) {
	onnx, err := m.encode()
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the head cannot be written as ONNX")
	}
	out := map[string][]byte{models.HeadFile: onnx}
	if m.grams != nil {
		out[GramsFile] = m.grams.encode()
	}
	return out, nil
}

// manifest describes m, whose files are given.
func (m *Model) manifest(files map[string][]byte, r Report, about About) models.Manifest {
	hash := sha256.New()
	hash.Write([]byte(strings.Join(m.Labels, "\n")))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		hash.Write(files[name])
	}
	on := "leave-one-out over " + strconv.Itoa(r.Examples) + " messages"
	return models.Manifest{
		Format: models.Format, Kind: models.KindHead,
		ID:      about.Name + "-" + hex.EncodeToString(hash.Sum(nil)[:4]),
		Created: about.Created, Encoder: about.Encoder, Task: about.Task,
		Input: about.Input, Dimension: m.Cols, Labels: m.Labels,
		Calibration: &models.Calibration{Temperature: 1}, // the mixture's slopes hold it
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
func Save(dir string, m *Model, r Report, about About) (models.Manifest, error) {
	files, err := m.files()
	if err != nil {
		return models.Manifest{}, err
	}
	manifest := m.manifest(files, r, about)
	maps.Copy(files, about.Beside)
	return models.Save(dir, manifest, files)
}
