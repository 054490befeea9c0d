package models

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/yingda/yingda/internal/fault"
)

// Format is the manifest format that this program reads and writes.
const Format = 1

// ManifestFile is the name of the manifest within a model folder.
const ManifestFile = "manifest.yml"

// maxManifest bounds a manifest in bytes; the largest real one is under 16 kB.
const maxManifest = 1 << 20

// The files that a kind of model must list.
const (
	GraphFile      = "model.onnx"  // KindEncoder
	VocabularyFile = "vocab.txt"   // KindEncoder
	HeadFile       = "head.onnx"   // KindHead
	ParametersFile = "params.json" // KindFusion
)

// What a head may read of the encoder.
const (
	InputEmbedding = "embedding"
	InputState     = "state"
)

// Kind says what a model folder is for.
type Kind string

// The kinds of model folders.
const (
	KindEncoder Kind = "encoder"
	KindHead    Kind = "head"
	KindFusion  Kind = "fusion"
)

// required lists the files without which a folder of a kind is useless.
var required = map[Kind][]string{
	KindEncoder: {GraphFile, VocabularyFile},
	KindHead:    {HeadFile},
	KindFusion:  {ParametersFile},
}

// Manifest describes a model folder.
type Manifest struct {
	// Format is the version of this layout; see the constant Format.
	Format int  `yaml:"format"`
	Kind   Kind `yaml:"kind"`
	// ID names this model and these weights: lower-case letters, digits, ".", "-" and "_".
	ID          string `yaml:"id"`
	Description string `yaml:"description,omitempty"`
	License     string `yaml:"license,omitempty"`
	// Created is the day of training, YYYY-MM-DD, or empty.
	Created string `yaml:"created,omitempty"`
	// Encoder is the id of the encoder that a head or a fusion model belongs to.
	Encoder string `yaml:"encoder,omitempty"`
	// Task is what a head decides: intent, sentiment, risk.
	Task string `yaml:"task,omitempty"`
	// Input is what a head reads of the encoder: InputEmbedding or InputState;
	// absent, the embedding.
	Input string `yaml:"input,omitempty"`
	// Dimension is the length of the embedding that an encoder yields, or of
	// what a head reads.
	Dimension int `yaml:"dimension,omitempty"`
	// StateDimension is the length of the state that an encoder yields for
	// heads; absent, its state is as long as its embedding.
	StateDimension int `yaml:"state_dimension,omitempty"`
	// BatchInvariant says that an encoder yields the same vectors whatever
	// else is in the run and however it is padded, so that messages may share one.
	BatchInvariant bool `yaml:"batch_invariant,omitempty"`
	// MaxLength is the most tokens an encoder reads, special tokens included.
	MaxLength int `yaml:"max_length,omitempty"`
	// Labels are a head's classes in the order of its outputs.
	Labels []string `yaml:"labels,omitempty"`
	// Calibration turns a head's logits into probabilities.
	Calibration *Calibration `yaml:"calibration,omitempty"`
	// Thresholds are named probabilities in [0, 1]: answer, suggest, …
	Thresholds map[string]float64 `yaml:"thresholds,omitempty"`
	// Files are all files of the folder that the program reads.
	Files []File `yaml:"files"`
	// Quality is what was measured, for people and for `yingda` reports.
	Quality []Measure `yaml:"quality,omitempty"`
}

// File is a file of a model folder and its sum.
type File struct {
	// Name is a slash-separated path within the folder.
	Name string `yaml:"name"`
	// SHA256 is the sum in lower-case hexadecimal.
	SHA256 string `yaml:"sha256"`
}

// Calibration is temperature scaling with a bias per label (vector scaling
// with one shared slope): p = softmax(logits/Temperature + Bias), then Isotonic.
// Guo et al., On Calibration of Modern Neural Networks, 2017.
type Calibration struct {
	// Temperature is above 0; 1 leaves the logits as they are.
	Temperature float64 `yaml:"temperature"`
	// Bias has one number per label, or is empty.
	Bias []float64 `yaml:"bias,omitempty"`
	// Isotonic are points [p, q] of a rising curve that is applied last, to the
	// probability of the best label, or none: p as the softmax has it, q as it
	// was right on held-out data. The p rise strictly, the q never fall.
	// Zadrozny and Elkan, Transforming Classifier Scores into Accurate
	// Multiclass Probability Estimates, 2002.
	Isotonic [][2]float64 `yaml:"isotonic,omitempty,flow"`
}

// Measure is one measured figure.
type Measure struct {
	Name  string  `yaml:"name"`
	Value float64 `yaml:"value"`
	// On says which data, how much of it, and against what.
	On string `yaml:"on,omitempty"`
}

var (
	idPattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,127}$`)
	sumPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ParseManifest reads a manifest strictly: unknown keys, a second document and
// values out of range are errors, all reported together. Another format
// version is fault.Unsupported (ErrFormat), everything else fault.Invalid.
func ParseManifest(data []byte) (Manifest, error) {
	var m Manifest
	if len(data) > maxManifest {
		return m, fault.New(fault.TooLarge, "the manifest has %d bytes; at most %d are read", len(data), maxManifest)
	}
	if err := decode(data, &m); err != nil {
		return Manifest{}, err
	}
	if err := m.Validate(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// decode reads one strict document into m. The YAML library panics on some
// malformed documents (a tag where a list is expected); that is an error here.
func decode(data []byte, m *Manifest) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Invalid, "the manifest is not readable: it confuses the YAML reader: %v (%w)", p, ErrFormat)
		}
	}()
	version := struct {
		Format int `yaml:"format"`
	}{}
	if err := yaml.Unmarshal(data, &version); err == nil && version.Format > Format {
		return fault.New(fault.Unsupported,
			"manifest format %d is newer than this program, which reads format %d: update yingda (%w)", version.Format, Format, ErrFormat)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := decoder.Decode(m); err != nil {
		if errors.Is(err, io.EOF) {
			return fault.New(fault.Invalid, "the manifest is empty: copy the model folder again (%w)", ErrFormat)
		}
		return fault.New(fault.Invalid, "the manifest is not readable: %s (%w)", yaml.FormatError(err, false, false), ErrFormat)
	}
	if err := decoder.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "the manifest holds more than one document: keep one (%w)", ErrFormat)
	}
	return nil
}

// InputLength is the length of what a head, or a fusion model, reads of this encoder.
func (m Manifest) InputLength(reader Manifest) int {
	if reader.Input == InputState {
		return m.StateLength()
	}
	return m.Dimension
}

// StateLength is the length of the state that an encoder of this manifest yields.
func (m Manifest) StateLength() int {
	if m.StateDimension != 0 {
		return m.StateDimension
	}
	return m.Dimension
}

// Encode returns the manifest as YAML that ParseManifest reads back equal. An
// invalid manifest is fault.Invalid.
func (m Manifest) Encode() ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	data, err := yaml.Marshal(m)
	return data, fault.Wrap(err, fault.Internal, "the manifest cannot be written")
}

// Has reports whether the manifest lists a file called name.
func (m Manifest) Has(name string) bool {
	for _, f := range m.Files {
		if f.Name == name {
			return true
		}
	}
	return false
}

// Validate checks every field against the rules of its kind and reports all
// faults in one fault.Invalid.
func (m Manifest) Validate() error {
	var faults []string
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	check(m.Format == Format, "format is %d, this program reads %d", m.Format, Format)
	check(idPattern.MatchString(m.ID), "id %q must be 1 to 128 lower-case letters, digits, '.', '-', '_'", m.ID)
	needs, known := required[m.Kind]
	check(known, "kind %q is unknown: use encoder, head or fusion", m.Kind)
	for _, name := range needs {
		check(m.Has(name), "files must list %s for kind %s", name, m.Kind)
	}
	seen := map[string]bool{ManifestFile: true}
	for _, f := range m.Files {
		check(fs.ValidPath(f.Name) && f.Name != "." && path.Clean(f.Name) == f.Name && !strings.Contains(f.Name, `\`),
			"file name %q must be a path within the folder", f.Name)
		check(!seen[f.Name], "file %q is listed twice, or is the manifest itself", f.Name)
		seen[f.Name] = true
		check(sumPattern.MatchString(f.SHA256), "sha256 of %q must be 64 lower-case hexadecimal digits", f.Name)
	}
	switch m.Kind {
	case KindEncoder:
		check(m.Dimension > 0 && m.Dimension <= 1<<16, "dimension is %d", m.Dimension)
		check(m.MaxLength >= 3 && m.MaxLength <= 1<<20, "max_length is %d; an encoder reads at least 3 tokens", m.MaxLength)
		check(m.Encoder == "", "an encoder names no encoder")
		check(m.StateDimension >= 0 && m.StateDimension <= 1<<16, "state_dimension is %d", m.StateDimension)
	case KindHead:
		check(m.Dimension > 0 && m.Dimension <= 1<<16, "dimension is %d", m.Dimension)
		check(m.Task != "", "task is missing: intent, sentiment, risk, …")
		check(len(m.Labels) >= 2, "a head has at least two labels")
		check(m.Input == "" || m.Input == InputEmbedding || m.Input == InputState, "input %q must be embedding or state", m.Input)
	case KindFusion:
	}
	check(m.Kind == KindHead || m.Input == "", "input is for heads")
	check(m.Kind == KindEncoder || m.StateDimension == 0 && !m.BatchInvariant, "state_dimension and batch_invariant are for encoders")
	check(m.Kind == KindEncoder || idPattern.MatchString(m.Encoder), "encoder %q must be the id of an encoder", m.Encoder)
	m.validateNumbers(check)
	if len(faults) > 0 {
		return fault.New(fault.Invalid, "the manifest is wrong: %s (%w)", strings.Join(faults, "; "), ErrFormat)
	}
	return nil
}

func (m Manifest) validateNumbers(check func(bool, string, ...any)) {
	labels := map[string]bool{}
	for _, l := range m.Labels {
		check(l != "" && !labels[l], "label %q is empty or listed twice", l)
		labels[l] = true
	}
	for name, p := range m.Thresholds {
		check(p >= 0 && p <= 1, "threshold %s is %v, not a probability", name, p)
	}
	if c := m.Calibration; c != nil {
		check(c.Temperature > 0 && !math.IsInf(c.Temperature, 0), "calibration temperature is %v; it must be above 0", c.Temperature)
		check(len(c.Bias) == 0 || len(c.Bias) == len(m.Labels), "calibration has %d biases for %d labels", len(c.Bias), len(m.Labels))
		for _, b := range c.Bias {
			check(!math.IsNaN(b) && !math.IsInf(b, 0), "calibration bias %v is not finite", b)
		}
		for i, point := range c.Isotonic {
			check(point[0] >= 0 && point[0] <= 1 && point[1] >= 0 && point[1] <= 1, "calibration point %v is no pair of probabilities", point)
			check(i == 0 || point[0] > c.Isotonic[i-1][0] && point[1] >= c.Isotonic[i-1][1],
				"calibration point %v must lie to the right of %v and not below it", point, c.Isotonic[max(i-1, 0)])
		}
	}
	for _, q := range m.Quality {
		check(q.Name != "" && !math.IsNaN(q.Value) && !math.IsInf(q.Value, 0), "quality %q must have a name and a finite value", q.Name)
	}
}
