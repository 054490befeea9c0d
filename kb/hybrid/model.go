package hybrid

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"

	"github.com/yingda/yingda/internal/fault"
)

// Format is the version of params.json that this program writes. It reads
// format 1 too, which has fewer features, no risk curve and no prior.
const Format = 2

// PriorLimit bounds, in log odds, what use says of an article before
// Model.PriorWeight weighs it: clicks must not outvote the question.
const PriorLimit = 1.0

// Weight is what a model knows about one feature: it adds
// Weight · (value − Mean) / Scale to the candidate's score.
type Weight struct {
	Feature string  `json:"feature"`
	Weight  float64 `json:"weight"`
	Mean    float64 `json:"mean"`
	Scale   float64 `json:"scale"` // above 0
}

// None is the score of the outside choice: Bias plus, for every feature,
// Weight · (value − Mean) / Scale.
type None struct {
	Bias    float64  `json:"bias"`
	Weights []Weight `json:"weights"`
}

// Calibration turns the log odds l of a candidate into a probability:
// 1 / (1 + exp(−(Slope·l + Bias))).
type Calibration struct {
	Slope float64 `json:"slope"` // above 0
	Bias  float64 `json:"bias"`
}

// Thresholds divide the probabilities into bands.
type Thresholds struct {
	Answer  float64 `json:"answer"`  // from here on: kb.Answer
	Suggest float64 `json:"suggest"` // from here on: kb.Suggest
}

// Figure is one measured number.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	On    string  `json:"on"` // the data it was measured on
}

// Model is everything that turns features into probabilities. It is read only
// once it is in use.
type Model struct {
	Format int `json:"format"`
	// Encoder is the id of the encoder whose similarities it was fitted on.
	Encoder string   `json:"encoder"`
	Weights []Weight `json:"weights"`
	// None scores the outside choice "none of the candidates".
	None        None        `json:"none"`
	Calibration Calibration `json:"calibration"`
	Thresholds  Thresholds  `json:"thresholds"`
	// Risk is how right first answers were by their score, on what the model
	// was not fitted on; empty in models of format 1.
	Risk Risk `json:"risk,omitzero"`
	// PriorWeight is how much an article's use counts, from 0 to 1.
	PriorWeight float64 `json:"prior_weight"`
	// Exact is the probability of a hit one of whose wordings is the query.
	Exact float64 `json:"exact"`
	// FittedOn names the data; Figures are what was measured.
	FittedOn []string `json:"fitted_on,omitempty"`
	Figures  []Figure `json:"figures,omitempty"`

	// Adapter is stored in a file of its own; nil leaves embeddings as they are.
	Adapter *Adapter `json:"-"`
}

// Decode reads params.json and the adapter file (nil: no adapter). A feature
// that the file does not name weighs nothing. Unknown fields, an unknown
// feature and numbers out of range are fault.Invalid, a newer format
// fault.Unsupported.
func Decode(params, adapter []byte) (Model, error) {
	var m Model
	d := json.NewDecoder(bytes.NewReader(params))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Model{}, fault.Wrap(err, fault.Invalid, "the fusion model is not readable; restore it or fit it again")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Model{}, fault.New(fault.Invalid, "the fusion model has text after its end")
	}
	if m.Format == 1 {
		m.Format = Format
	}
	var err error
	if m.Weights, err = complete("weights", m.Weights, NumFeatures, func(i int) string { return Feature(i).String() }); err != nil {
		return Model{}, fault.In("fusion model", err)
	}
	if m.None.Weights, err = complete("none.weights", m.None.Weights, NumNoneFeatures, func(i int) string { return NoneFeature(i).String() }); err != nil {
		return Model{}, fault.In("fusion model", err)
	}
	if len(adapter) > 0 {
		a, err := DecodeAdapter(adapter)
		if err != nil {
			return Model{}, err
		}
		m.Adapter = a
	}
	return m, m.Validate()
}

// complete puts the weights of a file in the order of the features; those that
// it does not name get none.
func complete(field string, named []Weight, n int, name func(i int) string) ([]Weight, error) {
	out := make([]Weight, n)
	place := make(map[string]int, n)
	for i := range out {
		out[i] = Weight{Feature: name(i), Scale: 1}
		place[name(i)] = i
	}
	seen := map[string]bool{}
	for _, w := range named {
		i, ok := place[w.Feature]
		if !ok || seen[w.Feature] {
			return nil, fault.In(field, fault.New(fault.Invalid, "the feature %q is unknown or there twice; fit the model again or update yingda", w.Feature))
		}
		seen[w.Feature] = true
		out[i] = w
	}
	return out, nil
}

// Encode returns the two files that Decode reads; adapter is nil when there is
// none. An invalid model is fault.Invalid.
func (m Model) Encode() (params, adapter []byte, err error) {
	if err := m.Validate(); err != nil {
		return nil, nil, err
	}
	params, err = json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "the fusion model cannot be written")
	}
	if m.Adapter != nil {
		adapter = m.Adapter.Encode()
	}
	return append(params, '\n'), adapter, nil
}

// Validate checks the model as Decode does.
func (m Model) Validate() error {
	bad := func(format string, args ...any) error {
		return fault.In("fusion model", fault.New(fault.Invalid, format, args...))
	}
	if m.Format > Format {
		return fault.New(fault.Unsupported, "fusion model format %d is newer than this program, which reads %d: update yingda", m.Format, Format)
	}
	if m.Format != Format {
		return bad("format is %d, want %d", m.Format, Format)
	}
	if m.Encoder == "" {
		return bad("the encoder is not named")
	}
	if err := checkWeights("weights", m.Weights, NumFeatures, func(i int) string { return Feature(i).String() }); err != nil {
		return fault.In("fusion model", err)
	}
	if err := checkWeights("none.weights", m.None.Weights, NumNoneFeatures, func(i int) string { return NoneFeature(i).String() }); err != nil {
		return fault.In("fusion model", err)
	}
	if c := m.Calibration; !finite(m.None.Bias, c.Slope, c.Bias) || c.Slope <= 0 {
		return bad("the bias %v and the calibration %+v are not usable", m.None.Bias, c)
	}
	t := m.Thresholds
	if !(0 < t.Suggest && t.Suggest <= t.Answer && t.Answer <= 1) {
		return bad("thresholds must be 0 < suggest ≤ answer ≤ 1, not %v and %v", t.Suggest, t.Answer)
	}
	if !(0 <= m.PriorWeight && m.PriorWeight <= 1) {
		return bad("prior_weight is %v, not between 0 and 1", m.PriorWeight)
	}
	if err := m.Risk.check(); err != nil {
		return fault.In("fusion model", err)
	}
	if !(0 < m.Exact && m.Exact <= 1) {
		return bad("exact is %v, not a probability", m.Exact)
	}
	return nil
}

// checkWeights checks that there is a usable weight for every feature, in order.
func checkWeights(field string, weights []Weight, n int, name func(i int) string) error {
	if len(weights) != n {
		return fault.In(field, fault.New(fault.Invalid, "%d weights for %d features; fit it again", len(weights), n))
	}
	for i, w := range weights {
		if w.Feature != name(i) {
			return fault.In(field, fault.New(fault.Invalid, "weight %d is for %q, want %q", i, w.Feature, name(i)))
		}
		if !finite(w.Weight, w.Mean, w.Scale) || w.Scale <= 0 {
			return fault.In(field, fault.New(fault.Invalid, "weight of %s: %v, mean %v, scale %v are not usable", w.Feature, w.Weight, w.Mean, w.Scale))
		}
	}
	return nil
}

func finite(xs ...float64) bool {
	for _, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}
