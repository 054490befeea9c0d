package ort

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// Version is the version of ONNX Runtime that this program is built for. The
// binding asks the library for the API of this minor version.
const Version = "1.24.3"

// LibraryVariable is the environment variable that names the library's file.
const LibraryVariable = "YINGDA_ORT_LIB"

// advice is how every message about the library ends.
const advice = "run `make ort` to fetch ONNX Runtime " + Version + ", or set " + LibraryVariable + " to its shared library"

// libraryNames are the names that the library goes by on this system, the most exact first.
func libraryNames(system string) []string {
	switch system {
	case "darwin":
		return []string{"libonnxruntime." + Version + ".dylib", "libonnxruntime.dylib"}
	case "windows":
		return []string{"onnxruntime.dll"}
	}
	return []string{"libonnxruntime.so." + Version, "libonnxruntime.so.1", "libonnxruntime.so"}
}

// place is where libraries are looked for; tests replace it.
type place struct {
	explicit   string
	variable   string
	working    string // the working directory; its parents up to a go.mod are looked at too
	executable string // the directory of the program
	system     string
}

// FindLibrary returns the path of ONNX Runtime's shared library. The first of
// these that exists wins: the explicit path, YINGDA_ORT_LIB, the folder
// .cache/ort/<Version> under the working directory or under the repository it
// lies in, the program's own folder, and lib beside the program. An explicit
// path or a variable that names no file, and nothing found at all, are
// fault.Unavailable.
func FindLibrary(explicit string) (string, error) {
	p := place{explicit: explicit, variable: os.Getenv(LibraryVariable), system: runtime.GOOS}
	var err error
	if p.working, err = os.Getwd(); err != nil {
		p.working = ""
	}
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		p.executable = filepath.Dir(exe)
	}
	return p.find()
}

func (p place) find() (string, error) {
	for _, named := range []struct{ path, by string }{{p.explicit, "the configuration"}, {p.variable, LibraryVariable}} {
		if named.path == "" {
			continue
		}
		if isFile(named.path) {
			return named.path, nil
		}
		return "", fault.New(fault.Unavailable,
			"%s names %s as ONNX Runtime's library, but there is no such file: correct it, or unset it and %s", named.by, named.path, advice)
	}
	folders := p.folders()
	for _, folder := range folders {
		for _, name := range libraryNames(p.system) {
			if path := filepath.Join(folder, name); isFile(path) {
				return path, nil
			}
		}
	}
	return "", fault.New(fault.Unavailable, "ONNX Runtime's library was not found: %s (looked in %s)", advice, strings.Join(folders, ", "))
}

func (p place) folders() []string {
	var folders []string
	cache := filepath.Join(".cache", "ort", Version)
	for dir := p.working; dir != ""; {
		if dir == p.working || isFile(filepath.Join(dir, "go.mod")) {
			folders = append(folders, filepath.Join(dir, cache))
		}
		if isFile(filepath.Join(dir, "go.mod")) || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	if p.executable != "" {
		folders = append(folders, p.executable, filepath.Join(p.executable, "lib"))
	}
	return folders
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
