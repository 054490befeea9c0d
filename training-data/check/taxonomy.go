package check

import (
	"errors"
	"io"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/yingda/yingda/internal/fault"
)

// Intent is one label of the taxonomy.
type Intent struct {
	Name string `yaml:"name"` // stable identifier, unique in the taxonomy
	Zh   string `yaml:"zh"`   // what trainers and agents see
	Is   string `yaml:"is"`   // what the label covers
	Not  string `yaml:"not"`  // the near misses it leaves to other labels; may be empty
}

// Taxonomy is the set of intents that utterances may be labelled with, and
// the rules that decide between two that fit.
type Taxonomy struct {
	Groups map[string][]Intent `yaml:"groups"`
	Ties   []string            `yaml:"ties"`

	byName map[string]Intent
}

// ParseTaxonomy reads a taxonomy file (training-data/intents/taxonomy.yml).
// It returns a fault of code invalid when the YAML is broken or has unknown
// keys, when there is no intent, or when an intent lacks a name, a Chinese
// name or its meaning, or repeats another's name.
func ParseTaxonomy(r io.Reader) (Taxonomy, error) {
	var t Taxonomy
	if err := yaml.NewDecoder(r, yaml.Strict()).Decode(&t); err != nil && !errors.Is(err, io.EOF) {
		return Taxonomy{}, fault.Wrap(err, fault.Invalid, "read the taxonomy")
	}
	t.byName = make(map[string]Intent)
	for _, group := range t.groupNames() {
		for i, intent := range t.Groups[group] {
			switch {
			case intent.Name == "":
				return Taxonomy{}, fault.New(fault.Invalid, "group %s: intent %d has no name", group, i+1)
			case intent.Zh == "" || intent.Is == "":
				return Taxonomy{}, fault.New(fault.Invalid, "intent %s: give both zh and is", intent.Name)
			}
			if _, ok := t.byName[intent.Name]; ok {
				return Taxonomy{}, fault.New(fault.Invalid, "intent %s is defined twice", intent.Name)
			}
			t.byName[intent.Name] = intent
		}
	}
	if len(t.byName) == 0 {
		return Taxonomy{}, fault.New(fault.Invalid, "the taxonomy has no intents; list them under groups")
	}
	return t, nil
}

// Names returns the names of all intents in alphabetical order.
func (t Taxonomy) Names() []string {
	names := make([]string, 0, len(t.byName))
	for name := range t.byName {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Has reports whether name is an intent of the taxonomy.
func (t Taxonomy) Has(name string) bool {
	_, ok := t.byName[name]
	return ok
}

func (t Taxonomy) groupNames() []string {
	names := make([]string, 0, len(t.Groups))
	for name := range t.Groups {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
