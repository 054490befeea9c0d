// Package graph writes and inspects ONNX models without a native library: it
// encodes small graphs (heads, the vector scanner) and reads the signature of
// any model, so that a wrong file is refused with a clear message before
// ONNX Runtime sees it.
//
// The wire format is onnx.proto of ONNX 1.x (IR version 8); field numbers are
// in wire.go.
package graph
