// Package encoder turns text into embeddings and the states that heads read:
// it normalises, splits into WordPiece tokens and runs the encoder's ONNX graph.
//
// The three stages have timers of their own. Messages wait in a bounded queue
// for one of a bounded number of runs. Messages of like length that wait
// together share a run where the model's manifest says batch_invariant: then a
// vector does not depend on its neighbours. Other models, such as 8 bit graphs
// that scale their activations over the whole run, get one message a run.
//
// Offsets are code points of the original text, where each byte of invalid
// UTF-8 counts as one, as in []rune(text).
package encoder
