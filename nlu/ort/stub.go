//go:build !cgo

package ort

import (
	"context"

	"github.com/yingda/yingda/internal/fault"
)

// errNoCgo says how to get a program that can run models.
func errNoCgo() error {
	return fault.New(fault.Unavailable,
		"this program was built without cgo and cannot run models: install a C compiler and build again with CGO_ENABLED=1; then "+advice)
}

// Environment is ONNX Runtime in this process. Without cgo there is none.
type Environment struct{}

// Open returns fault.Unavailable: this build has no cgo.
func Open(string) (*Environment, error) { return nil, errNoCgo() }

// Close does nothing.
func (e *Environment) Close() error { return nil }

// Library is empty.
func (e *Environment) Library() string { return "" }

// Session is a loaded model. Without cgo there is none.
type Session struct{}

// NewSession returns fault.Unavailable: this build has no cgo.
func (e *Environment) NewSession([]byte, SessionOptions) (*Session, error) { return nil, errNoCgo() }

// Run returns fault.Unavailable: this build has no cgo.
func (s *Session) Run(context.Context, []Tensor, []Tensor) error { return errNoCgo() }

// Close does nothing.
func (s *Session) Close() error { return nil }
