package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/yingda/yingda/internal/fault"
)

// What can be wrong with a model folder, for errors.Is.
var (
	ErrMissing  = errors.New("missing file")
	ErrChecksum = errors.New("wrong checksum")
	ErrFormat   = errors.New("unreadable manifest")
	ErrMismatch = errors.New("models do not fit together")
)

// Model is a verified model folder.
type Model struct {
	Manifest Manifest
	fsys     fs.FS
	dir      string
}

// Load reads the folder dir of fsys and verifies every file it lists. A
// missing folder or file is fault.NotFound (ErrMissing), a wrong sum
// fault.Invalid (ErrChecksum); see ParseManifest for the manifest itself.
func Load(fsys fs.FS, dir string) (Model, error) {
	m, err := open(fsys, dir)
	if err != nil {
		return Model{}, err
	}
	if err := m.Verify(); err != nil {
		return Model{}, err
	}
	return m, nil
}

// open reads the manifest and leaves the files unverified.
func open(fsys fs.FS, dir string) (Model, error) {
	name := path.Join(dir, ManifestFile)
	file, err := fsys.Open(name)
	if err != nil {
		return Model{}, fault.New(fault.NotFound,
			"%s cannot be read: restore the model folder, or point --models at one that has it (%w: %v)", name, ErrMissing, err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxManifest+1))
	if err != nil {
		return Model{}, fault.Wrap(err, fault.Unavailable, "%s cannot be read: check the disk and try again", name)
	}
	manifest, err := ParseManifest(data)
	if err != nil {
		return Model{}, fault.In(name, err)
	}
	return Model{Manifest: manifest, fsys: fsys, dir: dir}, nil
}

// Dir is the folder within the file system it was loaded from.
func (m Model) Dir() string { return m.dir }

// Verify hashes every listed file again and reports all faults joined.
func (m Model) Verify() error {
	var faults []error
	for _, f := range m.Manifest.Files {
		faults = append(faults, m.verify(f))
	}
	return errors.Join(faults...)
}

func (m Model) verify(f File) error {
	file, err := m.open(f.Name)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return fault.Wrap(err, fault.Unavailable, "%s cannot be read: check the disk and try again", path.Join(m.dir, f.Name))
	}
	return m.compare(f, hash.Sum(nil))
}

func (m Model) open(name string) (fs.File, error) {
	full := path.Join(m.dir, name)
	file, err := m.fsys.Open(full)
	if err != nil {
		return nil, fault.New(fault.NotFound, "%s is listed in the manifest but cannot be read: restore it from where the model %s came from (%w: %v)",
			full, m.Manifest.ID, ErrMissing, err)
	}
	return file, nil
}

func (m Model) compare(f File, sum []byte) error {
	if found := hex.EncodeToString(sum); found != f.SHA256 {
		return fault.New(fault.Invalid, "%s has sha256 %s, the manifest says %s: copy the file again, it was changed or cut short (%w)",
			path.Join(m.dir, f.Name), found, f.SHA256, ErrChecksum)
	}
	return nil
}

// Read returns the contents of a listed file, verified as they are read. A
// file that the manifest does not list is fault.NotFound (ErrMissing). The
// slice belongs to the caller.
func (m Model) Read(name string) ([]byte, error) {
	for _, f := range m.Manifest.Files {
		if f.Name != name {
			continue
		}
		file, err := m.open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		data, err := io.ReadAll(file)
		if err != nil {
			return nil, fault.Wrap(err, fault.Unavailable, "%s cannot be read: check the disk and try again", path.Join(m.dir, name))
		}
		sum := sha256.Sum256(data)
		return data, m.compare(f, sum[:])
	}
	return nil, fault.New(fault.NotFound, "the manifest of %s lists no %s: use a model of the right kind (%w)", m.Manifest.ID, name, ErrMissing)
}

// Fits reports whether a head or a fusion model belongs to the encoder with
// this id and dimension; if not, it is fault.Conflict (ErrMismatch).
func (m Manifest) Fits(encoderID string, dimension int) error {
	if m.Encoder != encoderID {
		return fault.New(fault.Conflict, "%s %s was trained on encoder %s, but %s is loaded: train it again or load its encoder (%w)",
			m.Kind, m.ID, m.Encoder, encoderID, ErrMismatch)
	}
	if m.Dimension != 0 && m.Dimension != dimension {
		return fault.New(fault.Conflict, "%s %s reads embeddings of %d numbers, the encoder yields %d: train it again (%w)",
			m.Kind, m.ID, m.Dimension, dimension, ErrMismatch)
	}
	return nil
}
