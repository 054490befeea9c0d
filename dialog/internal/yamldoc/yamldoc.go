// Package yamldoc reads the YAML files that shops write: strictly, bounded,
// and with errors that name file and line.
package yamldoc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/yingda/yingda/internal/fault"
)

// maxNesting is how deep flow-style brackets and indentation may go: deeper
// nesting costs the decoder more than any of our formats needs.
const maxNesting = 64

// Doc is a file that was read, and the faults found in it so far.
type Doc struct {
	name   string
	tree   *ast.File
	faults []error
}

// Read decodes source into v. name is the file's name in errors, whose Field
// is "name:line". Codes: TooLarge over limit bytes; Invalid for what is not
// YAML, has unknown or doubled keys, wrong types, aliases or several documents.
func Read(name string, source []byte, limit int, v any) (*Doc, error) {
	if len(source) > limit {
		return nil, fault.In(name, fault.New(fault.TooLarge, "the file has %d bytes, at most %d are read", len(source), limit))
	}
	d := &Doc{name: name}
	if err := checkNesting(source); err != nil {
		return nil, fault.In(name, err)
	}
	if err := d.parse(source); err != nil {
		return nil, err
	}
	if len(d.tree.Docs) != 1 {
		return nil, fault.In(name, fault.New(fault.Invalid, "the file holds %d documents; write one a file", len(d.tree.Docs)))
	}
	if body := d.tree.Docs[0].Body; body != nil {
		find := &aliases{}
		ast.Walk(find, body)
		if find.line > 0 {
			return nil, fault.In(fmt.Sprintf("%s:%d", name, find.line), fault.New(fault.Invalid, "anchors, aliases and tags are not read; write the value out"))
		}
	}
	if err := d.decode(source, v); err != nil {
		return nil, err
	}
	return d, nil
}

// parse and decode turn a panic of the YAML library, which some broken files
// cause, into the same error as any other unreadable file.
func (d *Doc) parse(source []byte) (err error) {
	defer d.rescue(&err)
	if d.tree, err = parser.ParseBytes(source, 0); err != nil {
		return d.yamlError(err)
	}
	return nil
}

func (d *Doc) decode(source []byte, v any) (err error) {
	defer d.rescue(&err)
	if err := yaml.UnmarshalWithOptions(source, v, yaml.Strict()); err != nil {
		return d.yamlError(err)
	}
	return nil
}

func (d *Doc) rescue(err *error) {
	if p := recover(); p != nil {
		*err = fault.In(d.name, fault.New(fault.Invalid, "the file is not YAML that can be read: %v", p))
	}
}

// aliases finds the first anchor, alias or tag: they can make a small file
// huge, or a plain value something else.
type aliases struct{ line int }

func (a *aliases) Visit(n ast.Node) ast.Visitor {
	switch n.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		if a.line == 0 {
			a.line = n.GetToken().Position.Line
		}
	}
	return a
}

func checkNesting(source []byte) error {
	depth, indent, atStart := 0, 0, true
	for i, c := range source {
		switch {
		case c == '\n':
			indent, atStart = 0, true
			continue
		case atStart && (c == ' ' || c == '-' || c == '?'):
			indent++
		default:
			atStart = false
		}
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		}
		if depth > maxNesting || indent > 4*maxNesting {
			return fault.New(fault.Invalid, "the file nests more than %d deep at byte %d", maxNesting, i)
		}
	}
	return nil
}

func (d *Doc) yamlError(err error) error {
	var ye yaml.Error
	if !errors.As(err, &ye) || ye.GetToken() == nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return fault.In(d.name, fault.New(fault.Invalid, "the file is not YAML: %s", first))
	}
	message := ye.GetMessage()
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		message += "; remove it, or check its spelling and indentation"
	}
	return fault.In(fmt.Sprintf("%s:%d", d.name, ye.GetToken().Position.Line), fault.New(fault.Invalid, "%s", message))
}

// Fail notes a fault.Invalid at a YAML path like "$.steps[2].when".
func (d *Doc) Fail(at, format string, args ...any) {
	d.FailErr(at, fault.New(fault.Invalid, format, args...))
}

// FailErr notes err at a YAML path.
func (d *Doc) FailErr(at string, err error) {
	d.faults = append(d.faults, fault.In(fmt.Sprintf("%s:%d", d.name, d.Line(at)), err))
}

// Err returns the faults noted so far, joined, or nil.
func (d *Doc) Err() error { return errors.Join(d.faults...) }

// Line is where a path is written; of a path that does not exist, where its
// nearest ancestor is.
func (d *Doc) Line(at string) int {
	for {
		if p, err := yaml.PathString(at); err == nil {
			if node, err := p.FilterFile(d.tree); err == nil && node != nil && node.GetToken() != nil {
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
