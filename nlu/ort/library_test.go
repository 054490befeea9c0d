package ort

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/fault"
)

func touch(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(parts...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindLibraryOrder(t *testing.T) {
	dir := t.TempDir()
	p := place{working: filepath.Join(dir, "repo", "nlu", "ort"), executable: filepath.Join(dir, "bin"), system: "linux"}
	if err := os.MkdirAll(p.working, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := p.find(); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "make ort") || !strings.Contains(err.Error(), LibraryVariable) {
		t.Errorf("nothing there: %v", err)
	}
	touch(t, dir, "repo", "go.mod")
	want := []string{
		filepath.Join(p.working, ".cache", "ort", Version, "libonnxruntime.so."+Version),
		filepath.Join(p.working, ".cache", "ort", Version, "libonnxruntime.so.1"),
		filepath.Join(dir, "repo", ".cache", "ort", Version, "libonnxruntime.so.1"),
		filepath.Join(p.executable, "libonnxruntime.so.1"),
		filepath.Join(p.executable, "lib", "libonnxruntime.so.1"),
	}
	for _, path := range want {
		touch(t, path)
	}
	for _, path := range want {
		if got, err := p.find(); err != nil || got != path {
			t.Errorf("found %q, %v; want %q", got, err, path)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNamedLibrary(t *testing.T) {
	dir := t.TempDir()
	a, b := touch(t, dir, "a.so"), touch(t, dir, "b.so")
	if got, err := (place{explicit: a, variable: b}).find(); err != nil || got != a {
		t.Errorf("%q %v", got, err)
	}
	if got, err := (place{variable: b}).find(); err != nil || got != b {
		t.Errorf("%q %v", got, err)
	}
	for _, p := range []place{{explicit: filepath.Join(dir, "none")}, {variable: dir}} {
		if _, err := p.find(); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "no such file") {
			t.Errorf("%+v: %v", p, err)
		}
	}
	t.Setenv(LibraryVariable, b)
	if got, err := FindLibrary(""); err != nil || got != b {
		t.Errorf("%q %v", got, err)
	}
}

func TestLibraryNames(t *testing.T) {
	for system, want := range map[string]string{"linux": "libonnxruntime.so.1", "darwin": "libonnxruntime." + Version + ".dylib", "windows": "onnxruntime.dll"} {
		if names := strings.Join(libraryNames(system), " "); !strings.Contains(names, want) {
			t.Errorf("%s: %s", system, names)
		}
	}
}
