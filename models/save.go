package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/yingda/yingda/internal/fault"
)

// Save writes a new model folder: the files, and a manifest that lists them
// with their sums (m.Files is replaced). The folder appears whole or not at
// all. A folder that is already there is fault.Conflict; an invalid manifest
// is fault.Invalid; a disk that refuses is fault.Unavailable.
func Save(dir string, m Manifest, files map[string][]byte) (Manifest, error) {
	m.Format = Format
	m.Files = nil
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[name])
		m.Files = append(m.Files, File{Name: name, SHA256: hex.EncodeToString(sum[:])})
	}
	manifest, err := m.Encode()
	if err != nil {
		return Manifest{}, err
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, fault.New(fault.Conflict, "%s is already there: save under a new name, folders are never overwritten", dir)
	}
	if err := save(dir, manifest, files); err != nil {
		return Manifest{}, fault.Wrap(err, fault.Unavailable, "the model folder %s cannot be written: check the disk and its permissions", dir)
	}
	return m, nil
}

// save writes into a hidden sibling of dir and renames it.
func save(dir string, manifest []byte, files map[string][]byte) (err error) {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(parent, ".saving-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(work))
		}
	}()
	if err := os.Chmod(work, 0o755); err != nil {
		return err
	}
	for name, data := range files {
		if err := write(filepath.Join(work, filepath.FromSlash(name)), data); err != nil {
			return err
		}
	}
	if err := write(filepath.Join(work, ManifestFile), manifest); err != nil {
		return err
	}
	return os.Rename(work, dir)
}

// write creates name with its parents and flushes it to the disk.
func write(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}
