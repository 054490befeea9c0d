package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/yingda/yingda/internal/fault"
)

// Read reads one flow. name is the file's name in errors, whose Field is
// "name:line". All faults of the content are reported, joined; the first is
// found by errors.As. Codes: Invalid; TooLarge over MaxBytes or MaxSteps.
func Read(name string, source []byte) (*Flow, error) {
	if len(source) > MaxBytes {
		return nil, fault.In(name, fault.New(fault.TooLarge, "the file has %d bytes, at most %d are read", len(source), MaxBytes))
	}
	r := &reader{name: name}
	var err error
	if r.tree, err = parser.ParseBytes(source, 0); err != nil {
		return nil, r.yamlError(err)
	}
	if len(r.tree.Docs) != 1 {
		return nil, fault.In(name, fault.New(fault.Invalid, "the file holds %d documents; write one flow a file", len(r.tree.Docs)))
	}
	if err := checkDepth(source); err != nil {
		return nil, fault.In(name, err)
	}
	if err := yaml.UnmarshalWithOptions(source, &r.file, yaml.Strict()); err != nil {
		return nil, r.yamlError(err)
	}
	if len(r.file.Steps) > MaxSteps {
		return nil, fault.In(name, fault.New(fault.TooLarge, "the flow has %d steps, at most %d are run; split it", len(r.file.Steps), MaxSteps))
	}
	f := r.compile()
	if len(r.faults) > 0 {
		return nil, errors.Join(r.faults...)
	}
	sum := sha256.Sum256(source)
	f.version = hex.EncodeToString(sum[:6])
	return f, nil
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

// checkDepth refuses nesting beyond what a flow needs: deep nesting costs the
// decoder more than it is worth.
func checkDepth(source []byte) error {
	depth := 0
	for i, c := range source {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		}
		if depth > 64 {
			return fault.New(fault.Invalid, "brackets nest more than 64 deep at byte %d", i)
		}
	}
	return nil
}

// reader gathers the faults of one file.
type reader struct {
	name   string
	file   file
	tree   *ast.File
	faults []error
}

// yamlError gives a decoder's error our form: file:line and what to do.
func (r *reader) yamlError(err error) error {
	var ye yaml.Error
	if !errors.As(err, &ye) || ye.GetToken() == nil {
		return fault.In(r.name, fault.New(fault.Invalid, "the file is not YAML: %s", firstLine(err.Error())))
	}
	message := ye.GetMessage()
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		message += "; see the format in the documentation of package flow"
	}
	return fault.In(fmt.Sprintf("%s:%d", r.name, ye.GetToken().Position.Line), fault.New(fault.Invalid, "%s", message))
}

// fail notes a fault at a YAML path like "$.steps[2].when".
func (r *reader) fail(at, format string, args ...any) {
	r.failErr(at, fault.New(fault.Invalid, format, args...))
}

func (r *reader) failErr(at string, err error) {
	r.faults = append(r.faults, fault.In(fmt.Sprintf("%s:%d", r.name, r.line(at)), err))
}

// line finds where a path is written; the nearest ancestor that exists counts.
func (r *reader) line(at string) int {
	for {
		if p, err := yaml.PathString(at); err == nil {
			if node, err := p.FilterFile(r.tree); err == nil && node != nil && node.GetToken() != nil {
				return keyLine(node)
			}
		}
		cut := strings.LastIndexAny(at, ".[")
		if cut <= 0 {
			return 1
		}
		at = at[:cut]
	}
}

// keyLine is the line where a node begins; mappings tell it by their first key.
func keyLine(node ast.Node) int {
	switch n := node.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return n.Values[0].Key.GetToken().Position.Line
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken().Position.Line
	case *ast.SequenceNode:
		if len(n.Values) > 0 {
			return keyLine(n.Values[0])
		}
	}
	return node.GetToken().Position.Line
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
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
