package flow

import (
	"regexp"
	"text/template"
	"time"

	"github.com/expr-lang/expr/vm"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/nlu"
)

// Flow is one procedure, read and checked. It does not change and is safe for
// concurrent use.
type Flow struct {
	name, title, version string
	intents              []string
	entities             []nlu.EntityType
	phrases              []*regexp.Regexp
	slots                map[string]*slotRule
	slotOrder            []string // sorted, so that filling is deterministic
	results              []string // the as names
	steps                map[string]*node
	first                string
}

// Name returns the name by which events refer to the flow.
func (f *Flow) Name() string { return f.name }

// Title names the flow for people.
func (f *Flow) Title() string { return f.title }

// Version is a digest of the source: another text is another version.
func (f *Flow) Version() string { return f.version }

// Actions are the names of the actions that the flow calls, sorted.
func (f *Flow) Actions() []string {
	var names []string
	for _, n := range f.steps {
		if n.call != nil {
			names = append(names, n.call.name)
		}
	}
	return sortedUnique(names)
}

// slotRule says what may fill a slot.
type slotRule struct {
	slot
	pattern  *regexp.Regexp
	validate *vm.Program
	phrases  []phraseValue // in order of the expressions
}

// phraseValue is a wording and the value that it tells.
type phraseValue struct {
	expr  *regexp.Regexp
	value string
}

// node is a step, compiled.
type node struct {
	id      string
	when    []condition
	collect *collectNode
	choose  *chooseNode
	say     []*template.Template
	call    *callNode
	handoff *handoffNode
	end     string
	next    string
	on      map[string]string
	buttons []dialog.Button
	clear   []string
}

type condition struct {
	program *vm.Program // nil is always true
	target  string
}

type collectNode struct {
	slot            string
	prompt, invalid []*template.Template
	limit           int
	otherwise       string
	buttons         []dialog.Button
}

type chooseNode struct {
	slot             string
	prompt           []*template.Template
	from             *vm.Program
	value, title     *template.Template
	match            []*template.Template
	limit            int
	empty, otherwise string
	single           bool
	asks             int
	options          []optionNode
}

type optionNode struct {
	option
	match []*regexp.Regexp
}

type callNode struct {
	name, as string
	args     map[string]*template.Template
	timeout  time.Duration
}

type handoffNode struct {
	reason dialog.HandoffReason
	group  string
	say    []*template.Template
}
