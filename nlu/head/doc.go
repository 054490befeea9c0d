// Package head trains, saves, loads and runs the small classifiers that read
// what an encoder made of a message: intent, sentiment, and whatever a trainer
// teaches.
//
// A trained head is a mixture of two experts, p = softmax(a·d(v) + b·g(text)):
//
//   - d is kernel ridge regression on the encoder's vector v: a Gaussian kernel
//     over standardised directions, spanned by at most a thousand of the
//     examples (Williams and Seeger, "Using the Nyström Method to Speed Up
//     Kernel Machines", 2001). It has a closed form, and so have its
//     leave-one-out predictions, r / (1 - h) with h the diagonal of the hat
//     matrix; penalty and report come from them and no example is ever judged
//     by a model that saw it.
//   - g is naive Bayes over character 1- to 4-grams, which knows names and set
//     phrases that the vector blurs. An example is left out by taking its own
//     counts away.
//
// The two weights a and b are fitted on the left-out scores, which calibrates
// the mixture (Platt scaling with one slope for each expert). d is stored as an
// ONNX graph, g as a table of counts, beside a manifest with the labels, the
// encoder's id and the figures. Heads trained elsewhere may be any graph from a
// vector to logits; their manifest may carry a temperature (Guo et al., "On
// Calibration of Modern Neural Networks", 2017) and an isotonic curve.
package head
