// Package head trains, saves, loads and runs the small classifiers that read
// an encoder's embedding: intent, sentiment, and whatever a trainer teaches.
//
// A head is multinomial logistic regression, p = softmax((W·x + b) / T), fitted
// by L-BFGS with an L2 penalty and calibrated by a temperature T that is fitted
// on out-of-fold predictions (Guo et al., "On Calibration of Modern Neural
// Networks", 2017). It is stored as an ONNX graph of the logits,
// beside a manifest with the temperature, labels, encoder id and figures.
package head
