package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

func sum(data string) string {
	s := sha256.Sum256([]byte(data))
	return hex.EncodeToString(s[:])
}

func head() Manifest {
	return Manifest{
		Format: Format, Kind: KindHead, ID: "intent-1", Encoder: "enc-1", Task: "intent", Dimension: 4,
		Labels: []string{"refund", "other"}, Calibration: &Calibration{Temperature: 1.5, Bias: []float64{0.1, -0.1}, Isotonic: [][2]float64{{0, 0.1}, {0.5, 0.4}, {1, 0.9}}},
		Thresholds: map[string]float64{"answer": 0.8}, Files: []File{{Name: HeadFile, SHA256: sum("graph")}},
		Quality: []Measure{{Name: "accuracy", Value: 0.7, On: "test"}},
	}
}

func folder(t *testing.T, m Manifest, files map[string]string) fstest.MapFS {
	t.Helper()
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{"heads/x/" + ManifestFile: {Data: data}}
	for name, content := range files {
		fsys["heads/x/"+name] = &fstest.MapFile{Data: []byte(content)}
	}
	return fsys
}

func TestBuiltinModelsAreWhole(t *testing.T) {
	list, err := List(FS)
	if err != nil {
		t.Fatal(err)
	}
	encoders := map[string]Manifest{}
	for _, m := range list {
		if err := m.Verify(); err != nil {
			t.Errorf("%s: %v", m.Dir(), err)
		}
		if m.Manifest.Kind == KindEncoder {
			encoders[m.Manifest.ID] = m.Manifest
		}
	}
	if len(encoders) == 0 {
		t.Fatal("no encoder is built in")
	}
	for _, m := range list {
		if m.Manifest.Kind == KindEncoder {
			continue
		}
		if err := m.Manifest.Fits(m.Manifest.Encoder, encoders[m.Manifest.Encoder].InputLength(m.Manifest)); err != nil {
			t.Errorf("%s: %v", m.Dir(), err)
		}
	}
}

func TestSumsFileAgreesWithTheEncoder(t *testing.T) {
	data, err := fs.ReadFile(FS, "encoder/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		content, err := fs.ReadFile(FS, "encoder/"+name)
		if err != nil {
			t.Fatal(err)
		}
		if sum(string(content)) != want {
			t.Errorf("SHA256SUMS is stale for %s", name)
		}
	}
}

func TestLoadReadsVerifiedFiles(t *testing.T) {
	fsys := folder(t, head(), map[string]string{HeadFile: "graph"})
	m, err := Load(fsys, "heads/x")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(head(), m.Manifest); diff != "" {
		t.Error(diff)
	}
	data, err := m.Read(HeadFile)
	if err != nil || string(data) != "graph" {
		t.Errorf("Read = %q, %v", data, err)
	}
	if _, err := m.Read("other"); !errors.Is(err, ErrMissing) {
		t.Errorf("reading an unlisted file: %v", err)
	}
	fsys["heads/x/"+HeadFile].Data = []byte("changed")
	if _, err := m.Read(HeadFile); !errors.Is(err, ErrChecksum) {
		t.Errorf("reading a changed file: %v", err)
	}
}

func TestLoadFaults(t *testing.T) {
	whole := folder(t, head(), map[string]string{HeadFile: "graph"})
	for name, c := range map[string]struct {
		fsys fs.FS
		dir  string
		is   error
		code fault.Code
		text string
	}{
		"no folder":     {whole, "heads/y", ErrMissing, fault.NotFound, "--models"},
		"no file":       {folder(t, head(), nil), "heads/x", ErrMissing, fault.NotFound, "restore it"},
		"wrong sum":     {folder(t, head(), map[string]string{HeadFile: "grapf"}), "heads/x", ErrChecksum, fault.Invalid, "copy the file again"},
		"newer format":  {fstest.MapFS{"m/manifest.yml": {Data: []byte("format: 2\nnew: x\n")}}, "m", ErrFormat, fault.Unsupported, "update yingda"},
		"empty":         {fstest.MapFS{"m/manifest.yml": {}}, "m", ErrFormat, fault.Invalid, "empty"},
		"not yaml":      {fstest.MapFS{"m/manifest.yml": {Data: []byte("{{{")}}, "m", ErrFormat, fault.Invalid, "not readable"},
		"unknown key":   {fstest.MapFS{"m/manifest.yml": {Data: []byte("format: 1\nfoo: 1\n")}}, "m", ErrFormat, fault.Invalid, "foo"},
		"two documents": {fstest.MapFS{"m/manifest.yml": {Data: []byte("format: 1\n---\nformat: 1\n")}}, "m", ErrFormat, fault.Invalid, "more than one"},
	} {
		_, err := Load(c.fsys, c.dir)
		if !errors.Is(err, c.is) || fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v (%s)", name, err, fault.CodeOf(err))
		}
	}
}

func TestTooLargeManifest(t *testing.T) {
	fsys := fstest.MapFS{"m/manifest.yml": {Data: make([]byte, maxManifest+1)}}
	if _, err := Load(fsys, "m"); !fault.Is(err, fault.TooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestValidateReportsAllFaults(t *testing.T) {
	m := head()
	m.ID, m.Encoder, m.Dimension, m.Task = "Bad Id", "", 0, ""
	m.Labels = []string{"a", "a"}
	m.Calibration = &Calibration{Temperature: 0, Bias: []float64{1}}
	m.Thresholds = map[string]float64{"answer": 1.2}
	m.Files = []File{{Name: "../x", SHA256: "zz"}, {Name: ManifestFile, SHA256: sum("")}}
	m.Quality = []Measure{{}}
	err := m.Validate()
	for _, part := range []string{
		"id ", "encoder ", "dimension", "task", "label ", "temperature", "biases", "threshold answer",
		"../x", "64 lower-case", "listed twice", "must list head.onnx", "quality",
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not reported: %v", part, err)
		}
	}
	for _, points := range [][][2]float64{{{-0.1, 0}}, {{0, 1.1}}, {{0.5, 0.1}, {0.5, 0.2}}, {{0.1, 0.5}, {0.2, 0.4}}} {
		m = head()
		m.Calibration = &Calibration{Temperature: 1, Isotonic: points}
		if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "calibration point") {
			t.Errorf("the curve %v: %v", points, err)
		}
	}
	m = head()
	m.BatchInvariant = true
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "are for encoders") {
		t.Errorf("a batch-invariant head: %v", err)
	}
	encoder := Manifest{Format: Format, Kind: KindEncoder, ID: "e", Encoder: "f", StateDimension: -1}
	err = encoder.Validate()
	for _, part := range []string{"max_length", "state_dimension is -1", "names no encoder", "model.onnx", "vocab.txt"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not reported: %v", part, err)
		}
	}
}

func TestStateOfAnEncoder(t *testing.T) {
	const old = "format: 1\nkind: encoder\nid: e\ndimension: 512\nmax_length: 512\nfiles:\n" +
		"  - {name: model.onnx, sha256: \"%[1]s\"}\n  - {name: vocab.txt, sha256: \"%[1]s\"}\n"
	m, err := ParseManifest(fmt.Appendf(nil, old, sum("")))
	if err != nil || m.StateLength() != 512 || m.BatchInvariant {
		t.Errorf("without the new fields: a state of %d, invariant %v, %v", m.StateLength(), m.BatchInvariant, err)
	}
	m, err = ParseManifest(fmt.Appendf(nil, old+"state_dimension: 1024\nbatch_invariant: true\n", sum("")))
	if err != nil || m.StateLength() != 1024 || !m.BatchInvariant {
		t.Errorf("with them: a state of %d, invariant %v, %v", m.StateLength(), m.BatchInvariant, err)
	}
}

func TestFits(t *testing.T) {
	m := head()
	if err := m.Fits("enc-1", 4); err != nil {
		t.Error(err)
	}
	for _, err := range []error{m.Fits("enc-2", 4), m.Fits("enc-1", 5)} {
		if !errors.Is(err, ErrMismatch) || !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "train it again") {
			t.Errorf("got %v", err)
		}
	}
}

func TestSourcePrefersTheDirectory(t *testing.T) {
	dir := t.TempDir()
	saved, err := Save(filepath.Join(dir, "heads", "own"), head(), map[string][]byte{HeadFile: []byte("graph"), "sub/notes.txt": nil})
	if err != nil {
		t.Fatal(err)
	}
	if len(saved.Files) != 2 {
		t.Fatalf("files = %v", saved.Files)
	}
	source, err := NewSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	own, err := source.Load("heads/own")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(saved, own.Manifest); diff != "" {
		t.Error(diff)
	}
	if _, err := source.Load(EncoderDir); err != nil {
		t.Errorf("the built-in encoder: %v", err)
	}
	if !source.Has("heads/own") || !source.Has(EncoderDir) || source.Has("heads/none") {
		t.Errorf("Has: own %t, encoder %t, none %t", source.Has("heads/own"), source.Has(EncoderDir), source.Has("heads/none"))
	}
	list, err := source.List()
	if err != nil || len(list) < 2 || list[0].Dir() != EncoderDir {
		t.Errorf("List = %v, %v", list, err)
	}
	if err := os.MkdirAll(filepath.Join(dir, EncoderDir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, EncoderDir, ManifestFile), []byte("broken: true"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := source.Load(EncoderDir); !errors.Is(err, ErrFormat) {
		t.Errorf("a broken folder must not fall back: %v", err)
	}
	if list, err := source.List(); err == nil || len(list) < 2 {
		t.Errorf("List = %v, %v", list, err)
	}
	if _, err := NewSource(filepath.Join(dir, "none")); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
	if builtin, err := NewSource(""); err != nil {
		t.Error(err)
	} else if _, err := builtin.Load(EncoderDir); err != nil {
		t.Error(err)
	}
}

func TestSaveNeverOverwritesAndLeavesNoLitter(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "head")
	files := map[string][]byte{HeadFile: []byte("graph")}
	if _, err := Save(target, head(), files); err != nil {
		t.Fatal(err)
	}
	if _, err := Save(target, head(), files); !fault.Is(err, fault.Conflict) {
		t.Errorf("second save: %v", err)
	}
	if _, err := Save(filepath.Join(dir, "bad"), head(), nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a graph: %v", err)
	}
	if _, err := Save(filepath.Join(target, HeadFile, "x"), head(), files); !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Conflict) {
		t.Errorf("below a file: %v", err)
	}
	clash := map[string][]byte{HeadFile: nil, "a": nil, "a/b": nil}
	if _, err := Save(filepath.Join(dir, "clash"), head(), clash); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a file that is a directory too: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func FuzzParseManifest(f *testing.F) {
	data, err := head().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("format: 1\nkind: encoder\nfiles: [{name: a}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest(data)
		if err != nil {
			if fault.CodeOf(err) == fault.Internal {
				t.Errorf("untyped error %v", err)
			}
			return
		}
		again, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseManifest(again)
		if err != nil {
			t.Fatalf("%v\n%s", err, again)
		}
		if diff := cmp.Diff(m, back, cmp.Comparer(func(a, b map[string]float64) bool { return len(a) == len(b) })); diff != "" {
			t.Error(diff)
		}
	})
}

func BenchmarkLoadEncoder(b *testing.B) {
	for b.Loop() {
		if _, err := Load(FS, EncoderDir); err != nil {
			b.Fatal(err)
		}
	}
}
