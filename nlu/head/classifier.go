package head

import (
	"runtime"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
)

// Session runs a head's graph.
type Session interface {
	// Logits returns one number per label for one embedding. It is safe for
	// concurrent use.
	Logits(embedding []float32) ([]float32, error)
	Close() error
}

// Runtime makes sessions; nlu/ort stands behind it.
type Runtime interface {
	// Head opens a head's graph with the given numbers of inputs and outputs.
	Head(onnx []byte, dimension, labels int) (Session, error)
}

// Classifier is a loaded head. Its session is closed when the Classifier is
// garbage, so that a swap never takes it from under a running message.
type Classifier struct {
	manifest models.Manifest
	session  Session
	grams    *grams // nil where the head has none
}

var _ nlu.Classifier = (*Classifier)(nil)

// Space is where the vectors live that heads read: those of one encoder.
type Space struct {
	Encoder string // id of the encoder's weights
	// Embedding and State are the lengths of its two outputs.
	Embedding, State int
}

// length returns how long the vectors are that a head of this manifest reads.
func (s Space) length(m models.Manifest) int {
	if m.Input == models.InputState {
		return s.State
	}
	return s.Embedding
}

// Load opens the head of a verified model folder. A head of another encoder
// or dimension is fault.Conflict, a folder of another kind fault.Invalid.
func Load(rt Runtime, m models.Model, space Space) (*Classifier, error) {
	if m.Manifest.Kind != models.KindHead {
		return nil, fault.New(fault.Invalid, "%s is a model of kind %s, not a head", m.Manifest.ID, m.Manifest.Kind)
	}
	if err := m.Manifest.Fits(space.Encoder, space.length(m.Manifest)); err != nil {
		return nil, err
	}
	onnx, err := m.Read(models.HeadFile)
	if err != nil {
		return nil, err
	}
	var g *grams
	if m.Manifest.Has(GramsFile) {
		data, err := m.Read(GramsFile)
		if err != nil {
			return nil, err
		}
		if g, err = decodeGrams(data, len(m.Manifest.Labels)); err != nil {
			return nil, fault.In(m.Manifest.ID, err)
		}
	}
	s, err := rt.Head(onnx, m.Manifest.Dimension, len(m.Manifest.Labels))
	if err != nil {
		return nil, fault.In(m.Manifest.ID, err)
	}
	c := &Classifier{manifest: m.Manifest, session: s, grams: g}
	runtime.AddCleanup(c, func(s Session) { _ = s.Close() }, s)
	return c, nil
}

// Manifest returns the head's manifest.
func (c *Classifier) Manifest() models.Manifest { return c.manifest }

// Labels implements nlu.Classifier.
func (c *Classifier) Labels() []string { return c.manifest.Labels }

// Probabilities implements nlu.Classifier: the softmax of the logits over the
// manifest's calibration.
func (c *Classifier) Probabilities(dst []float64, in nlu.Input) ([]float64, error) {
	vector := in.Embedding
	if c.manifest.Input == models.InputState {
		vector = in.State
	}
	if len(vector) != c.manifest.Dimension {
		return dst, fault.New(fault.Invalid, "the head %s reads vectors of %d numbers, not of %d", c.manifest.ID, c.manifest.Dimension, len(vector))
	}
	logits, err := c.session.Logits(vector)
	runtime.KeepAlive(c)
	if err != nil {
		return dst, err
	}
	if c.grams != nil {
		c.grams.add(logits, in.Text)
	}
	t := 1.0
	if cal := c.manifest.Calibration; cal != nil {
		t = cal.Temperature
		for i, b := range cal.Bias {
			logits[i] += float32(b * t) // softmax(z/T + b) = softmax((z + bT)/T)
		}
	}
	at := len(dst)
	dst = softmax(dst, logits, t)
	if cal := c.manifest.Calibration; cal != nil {
		isotonic(cal.Isotonic, dst[at:])
	}
	return dst, nil
}
