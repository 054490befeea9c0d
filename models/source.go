package models

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// EncoderDir, HeadsDir and FusionDir are where the folders of each kind lie.
const (
	EncoderDir = "encoder"
	HeadsDir   = "heads"
	FusionDir  = "fusion"
)

// FS holds the model folders that are built into the binary.
//
//go:embed encoder heads fusion
var FS embed.FS

// Source finds model folders: in the operator's directory first, among the
// built-in ones otherwise. It is safe for concurrent use.
type Source struct {
	layers []fs.FS
}

// NewSource returns a Source over the directory dir and the built-in models;
// an empty dir means the built-in ones alone. A dir that is no directory is
// fault.NotFound.
func NewSource(dir string) (Source, error) {
	if dir == "" {
		return Source{layers: []fs.FS{FS}}, nil
	}
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return Source{}, fault.New(fault.NotFound,
			"the models directory %s is not there: create it, correct --models, or leave --models out to use the built-in models", dir)
	}
	return Source{layers: []fs.FS{os.DirFS(dir), FS}}, nil
}

// Load loads the folder name ("encoder", "heads/intent") from the first place
// that has it. A broken folder in the operator's directory is an error; the
// built-in one never hides it.
func (s Source) Load(name string) (Model, error) {
	for _, layer := range s.layers[:len(s.layers)-1] {
		if _, err := fs.Stat(layer, path.Join(name, ManifestFile)); !errors.Is(err, fs.ErrNotExist) {
			return Load(layer, name)
		}
	}
	return Load(s.layers[len(s.layers)-1], name)
}

// Has reports whether Load would find the folder name, whole or broken.
func (s Source) Has(name string) bool {
	return slices.ContainsFunc(s.layers, func(layer fs.FS) bool {
		_, err := fs.Stat(layer, path.Join(name, ManifestFile))
		return err == nil
	})
}

// List returns every model folder that Load can reach, sorted by folder, with
// unverified files. Folders whose manifest cannot be read are left out and
// their errors returned joined beside the rest.
func (s Source) List() ([]Model, error) {
	found := map[string]bool{}
	var all []Model
	var faults []error
	for _, layer := range s.layers {
		list, err := List(layer)
		if err != nil {
			faults = append(faults, err)
		}
		for _, m := range list {
			if !found[m.dir] {
				found[m.dir] = true
				all = append(all, m)
			}
		}
	}
	slices.SortFunc(all, func(a, b Model) int { return strings.Compare(a.dir, b.dir) })
	return all, errors.Join(faults...)
}

// List returns the model folders of fsys in the order of their paths, with
// unverified files. Folders whose manifest cannot be read are left out and
// their errors returned joined beside the rest.
func List(fsys fs.FS) ([]Model, error) {
	var all []Model
	var faults []error
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || entry.Name() != ManifestFile {
			return nil
		}
		m, err := open(fsys, path.Dir(name))
		if err != nil {
			faults = append(faults, err)
			return nil
		}
		all = append(all, m)
		return nil
	})
	if err != nil {
		faults = append(faults, fault.Wrap(err, fault.Unavailable, "the models directory cannot be read: check its permissions"))
	}
	return all, errors.Join(faults...)
}
