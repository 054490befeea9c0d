package kbtest

import "github.com/yingda/yingda/kb/hybrid"

// Model returns a fusion model for the Phraser's encoder that weighs the given
// features, unscaled, against an outside choice of score 6. It answers from
// 0.8 and suggests from 0.2.
func Model(weights map[hybrid.Feature]float64) hybrid.Model {
	m := hybrid.Model{
		Format: hybrid.Format, Encoder: (&Phraser{}).EncoderID(), Exact: 0.99,
		None:        hybrid.None{Bias: 6},
		Calibration: hybrid.Calibration{Slope: 1},
		Thresholds:  hybrid.Thresholds{Answer: 0.8, Suggest: 0.2},
	}
	for f := range hybrid.NumFeatures {
		m.Weights = append(m.Weights, hybrid.Weight{Feature: hybrid.Feature(f).String(), Weight: weights[hybrid.Feature(f)], Scale: 1})
	}
	for f := range hybrid.NumNoneFeatures {
		m.None.Weights = append(m.None.Weights, hybrid.Weight{Feature: hybrid.NoneFeature(f).String(), Scale: 1})
	}
	return m
}
