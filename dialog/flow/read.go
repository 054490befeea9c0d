package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/yingda/yingda/dialog/internal/yamldoc"
	"github.com/yingda/yingda/internal/fault"
)

// Read reads one flow. name is the file's name in errors, whose Field is
// "name:line". All faults of the content are reported, joined; the first is
// found by errors.As. Codes: Invalid; TooLarge over MaxBytes or MaxSteps.
func Read(name string, source []byte) (*Flow, error) {
	r := &reader{}
	var err error
	if r.Doc, err = yamldoc.Read(name, source, MaxBytes, &r.file); err != nil {
		return nil, err
	}
	if len(r.file.Steps) > MaxSteps {
		return nil, fault.In(name, fault.New(fault.TooLarge, "the flow has %d steps, at most %d are run; split it", len(r.file.Steps), MaxSteps))
	}
	f := r.compile()
	if err := r.Err(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(source)
	f.version = hex.EncodeToString(sum[:6])
	return f, nil
}

// reader compiles one file and gathers its faults.
type reader struct {
	*yamldoc.Doc
	file file
}

// ReadFS reads every *.yaml of a folder. Two flows of one name, or two flows
// that one intent starts, are fault.Invalid.
func ReadFS(fsys fs.FS, dir string) ([]*Flow, error) {
	files, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "the folder %s cannot be listed", dir)
	}
	var (
		flows  []*Flow
		faults []error
	)
	for _, file := range files {
		source, err := fs.ReadFile(fsys, file)
		if err != nil {
			faults = append(faults, fault.Wrap(err, fault.Unavailable, "%s cannot be read", file))
			continue
		}
		f, err := Read(file, source)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		flows = append(flows, f)
	}
	return flows, errors.Join(faults...)
}

// reachable returns the steps that the first one leads to.
func (f *Flow) reachable() map[string]bool {
	seen := map[string]bool{}
	queue := []string{f.first}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		n, ok := f.steps[id]
		if !ok || seen[id] {
			continue
		}
		seen[id] = true
		queue = append(queue, n.targets()...)
	}
	return seen
}

// targets are the steps that a step may lead to.
func (n *node) targets() []string {
	var list []string
	for _, c := range n.when {
		list = append(list, c.target)
	}
	for _, to := range n.on {
		list = append(list, to)
	}
	if c := n.collect; c != nil {
		list = append(list, c.otherwise)
	}
	if c := n.choose; c != nil {
		list = append(list, c.empty, c.otherwise)
		for _, o := range c.options {
			list = append(list, o.Goto)
		}
	}
	list = append(list, n.next)
	return slices.DeleteFunc(list, func(id string) bool { return id == "" })
}
