// Package learn fits the numbers of package hybrid from knowledge bases with
// customers' messages: the adapter, the weights of the features, the
// calibration and the thresholds.
//
// Nothing is judged on what it was fitted on. The features that come from the
// adapter are made, for every set, by an adapter trained on the other sets;
// log odds for the calibration come from weights fitted on the other sets; and
// the figures of the report leave one set out altogether. The model that is
// returned is fitted on all sets.
package learn
