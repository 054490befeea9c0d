// Package encoder turns text into embeddings: it normalises, splits into
// WordPiece tokens and runs the encoder's ONNX graph once a text.
//
// The three stages have timers of their own. Texts are never batched into one
// run: the 8 bit graph scales its activations over the whole run, so a vector
// would depend on its neighbours. Texts run beside each other instead, on a
// bounded number of goroutines behind a bounded queue.
//
// Offsets are code points of the original text, where each byte of invalid
// UTF-8 counts as one, as in []rune(text).
package encoder
