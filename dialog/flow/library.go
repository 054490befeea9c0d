package flow

import (
	"sync"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// Library holds the flows of all bots: the built-in ones, and those that a bot
// has of its own. It is safe for concurrent use; a change is seen by the turns
// that start after it.
type Library struct {
	check   func(action string, args []string) error
	builtin []*Flow
	base    *Set

	mu   sync.RWMutex
	bots map[string]*Set
}

var _ dialog.Flows = (*Library)(nil)

// NewLibrary returns a library of the built-in flows. check, which may be nil,
// refuses calls of unknown actions; action.Registry.Check fits.
func NewLibrary(check func(action string, args []string) error) (*Library, error) {
	flows, err := Builtin()
	if err != nil {
		return nil, err
	}
	l := &Library{check: check, builtin: flows, bots: map[string]*Set{}}
	if err := l.checkAll(flows); err != nil {
		return nil, err
	}
	l.base, err = NewSet(flows...)
	return l, err
}

// For returns the flows of a bot: its own over the built-in ones.
func (l *Library) For(bot string) (dialog.FlowSet, error) { return l.Set(bot), nil }

// Set is For with the set's own type.
func (l *Library) Set(bot string) *Set {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if s, ok := l.bots[bot]; ok {
		return s
	}
	return l.base
}

// Put replaces a bot's own flows. Faults leave the former ones in place.
func (l *Library) Put(bot string, flows []*Flow) error {
	if err := l.checkAll(flows); err != nil {
		return err
	}
	own := map[string]bool{}
	for _, f := range flows {
		for _, intent := range f.intents {
			own[intent] = true
		}
	}
	var all []*Flow
	for _, f := range l.builtin {
		all = append(all, f.without(own))
	}
	s, err := NewSet(append(all, flows...)...)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bots[bot] = s
	return nil
}

// without returns the flow with intents taken out that another one claims.
func (f *Flow) without(claimed map[string]bool) *Flow {
	c := *f
	c.intents = nil
	for _, intent := range f.intents {
		if !claimed[intent] {
			c.intents = append(c.intents, intent)
		}
	}
	return &c
}

// checkAll refuses flows that call what does not exist.
func (l *Library) checkAll(flows []*Flow) error {
	if l.check == nil {
		return nil
	}
	for _, f := range flows {
		for id, n := range f.steps {
			if n.call == nil {
				continue
			}
			var args []string
			for a := range n.call.args {
				args = append(args, a)
			}
			if err := l.check(n.call.name, args); err != nil {
				return fault.In("flow "+f.name+", step "+id, err)
			}
		}
	}
	return nil
}
