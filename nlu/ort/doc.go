// Package ort runs ONNX models. It is the only package that touches
// onnxruntime_go and with it the native library of ONNX Runtime.
//
// Open finds the library and starts the process-wide environment; NewSession
// loads a model and checks its inputs and outputs; Session.Run computes, from
// any number of goroutines; NewScanner searches large int8 matrices.
//
// Without cgo the package builds, and Open answers with fault.Unavailable and
// what to do about it.
//
// Threads: a session uses the calling thread alone (intra-op 1, no spinning).
// Memory: the arena is off, because it never shrinks; every tensor is released
// before Run returns.
package ort
