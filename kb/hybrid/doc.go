// Package hybrid finds the articles that may answer a question and says how
// probable each of them is.
//
// Candidates are the owners of the nearest vectors and of the best documents
// by words and by character grams. Each candidate gets a row of features: how
// near its wordings and its answer are to the query's embedding and to that
// embedding turned by the adapter, and how much of the query its wordings and
// its answer repeat. A conditional logit over the candidates and the outside
// choice "none of them" weighs the features; Platt scaling on the resulting
// log odds makes the probability that a hit shows. All numbers come from a
// Model, which package learn fits.
//
// The query's words and embedding arrive made; the grams are cut here.
package hybrid
