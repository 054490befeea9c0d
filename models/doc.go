// Package models holds the model folders that Yingda ships and loads model
// folders from anywhere: encoders, heads and fusion models.
//
// A model folder is a directory with a manifest.yml and the files it lists by
// SHA-256. Nothing is used before its sum is right. The folders of this
// package are built into the binary, so that one file is enough to run; a
// directory given by the operator takes precedence, folder by folder:
//
//	encoder/            kind encoder: model.onnx, vocab.txt
//	heads/<name>/       kind head:    head.onnx
//	fusion/<name>/      kind fusion:  params.json
//
// Errors are fault.Error and wrap one of ErrMissing, ErrChecksum, ErrFormat
// and ErrMismatch; their messages say the fix.
package models
