//go:build cgo

package ort

import (
	"errors"
	"strings"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/yingda/yingda/internal/fault"
)

// process is the one environment that the native library allows.
var process struct {
	sync.Mutex
	library  string
	openings int
	sessions int
}

// Environment is ONNX Runtime in this process. Several may be open at a time;
// they share the library, which stays loaded until the last is closed.
type Environment struct {
	mu     sync.Mutex
	closed bool
	path   string
}

// Open loads ONNX Runtime. An empty path means FindLibrary. A library that is
// missing, unreadable or of an older version is fault.Unavailable; another
// path than the one that is loaded already is fault.Conflict.
func Open(path string) (*Environment, error) {
	path, err := FindLibrary(path)
	if err != nil {
		return nil, err
	}
	process.Lock()
	defer process.Unlock()
	if process.openings > 0 && process.library != path {
		return nil, fault.New(fault.Conflict, "ONNX Runtime is loaded from %s already; use the same library everywhere, not %s", process.library, path)
	}
	if process.openings == 0 {
		onnx.SetSharedLibraryPath(path)
		if err := onnx.InitializeEnvironment(onnx.WithLogLevelError()); err != nil {
			return nil, explain(path, err)
		}
		process.library = path
	}
	process.openings++
	return &Environment{path: path}, nil
}

// explain turns the binding's error about a library into what to do.
func explain(path string, err error) error {
	switch {
	case strings.Contains(err.Error(), "Error setting ORT API base"):
		return fault.Wrap(err, fault.Unavailable, "%s is an older ONNX Runtime than %s: %s", path, Version, advice)
	case strings.Contains(err.Error(), "OrtGetApiBase"):
		return fault.Wrap(err, fault.Unavailable, "%s is a library, but not ONNX Runtime: %s", path, advice)
	}
	return fault.Wrap(err, fault.Unavailable, "ONNX Runtime cannot be loaded from %s (wrong processor, or a damaged file?): %s", path, advice)
}

// Library is the path of the loaded library.
func (e *Environment) Library() string { return e.path }

// Close gives the library up; the last Environment unloads it. While sessions
// are open the last Close is fault.Conflict and changes nothing. A second
// Close does nothing.
func (e *Environment) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	process.Lock()
	defer process.Unlock()
	if process.openings == 1 {
		if process.sessions > 0 {
			return fault.New(fault.Conflict, "ONNX Runtime still has %d sessions open; close them first", process.sessions)
		}
		if err := onnx.DestroyEnvironment(); err != nil {
			return fault.Wrap(err, fault.Internal, "ONNX Runtime did not stop cleanly")
		}
	}
	process.openings--
	e.closed = true
	return nil
}

// enter counts a session in, so that the environment outlives it.
func (e *Environment) enter() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errors.New("the environment is closed")
	}
	process.Lock()
	defer process.Unlock()
	process.sessions++
	return nil
}

func leave() {
	process.Lock()
	defer process.Unlock()
	process.sessions--
}
