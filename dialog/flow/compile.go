package flow

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// reserved names cannot be slots or results: templates see them already.
var reserved = []string{"customer", "shop", "bot", "page", "item", "value", "fault"}

var entityTypes = []nlu.EntityType{
	nlu.TrackingNumber, nlu.OrderNumber, nlu.MobileNumber, nlu.PhoneTail, nlu.Money, nlu.Date, nlu.Quantity,
	nlu.Size, nlu.Province, nlu.City, nlu.Carrier,
}

var handoffReasons = []dialog.HandoffReason{
	dialog.ReasonAsked, dialog.ReasonAnger, dialog.ReasonRisk, dialog.ReasonMisses, dialog.ReasonRule,
	dialog.ReasonBusiness, dialog.ReasonFailure,
}

// compile turns the file into a Flow; faults are noted in r.
func (r *reader) compile() *Flow {
	src := &r.file
	f := &Flow{
		name: src.Flow, title: src.Title, intents: src.Triggers.Intents, entities: src.Triggers.Entities,
		slots: map[string]*slotRule{}, steps: map[string]*node{},
	}
	if !identifier.MatchString(src.Flow) {
		r.Fail("$.flow", "flow needs a name of a-z, digits and _, not %s", quote(src.Flow))
	}
	if src.Title == "" {
		r.Fail("$.flow", "title is missing: customers read it when the flow is taken up again")
	}
	if len(src.Steps) == 0 {
		r.Fail("$.flow", "steps is missing: a flow needs at least one step")
		return f
	}
	r.names(f)
	env := sampleEnv(src, f.results)
	c := &compiler{reader: r, flow: f, env: env, names: names(env)}
	c.triggers()
	c.slots()
	f.first = src.Steps[0].ID
	for i := range src.Steps {
		c.step(i)
	}
	c.links()
	return f
}

// names checks slots and results and notes which exist.
func (r *reader) names(f *Flow) {
	for _, name := range slices.Sorted(maps.Keys(r.file.Slots)) {
		if !identifier.MatchString(name) || slices.Contains(reserved, name) {
			r.Fail("$.slots."+name, "%s cannot be a slot: use a-z, digits and _, and none of %s", quote(name), strings.Join(reserved, ", "))
		}
		f.slotOrder = append(f.slotOrder, name)
	}
	for i, s := range r.file.Steps {
		if s.Action == nil {
			continue
		}
		at := fmt.Sprintf("$.steps[%d].action", i)
		as := s.Action.As
		if _, taken := r.file.Slots[as]; taken || !identifier.MatchString(as) || slices.Contains(reserved, as) {
			r.Fail(at, "as needs a name of its own for the result, not %s", quote(as))
			continue
		}
		f.results = append(f.results, as)
	}
	f.results = sortedUnique(f.results)
}

// compiler compiles the steps of one flow.
type compiler struct {
	*reader
	flow  *Flow
	env   map[string]any
	names map[string]bool
}

func (c *compiler) triggers() {
	for i, e := range c.file.Triggers.Entities {
		c.entity(fmt.Sprintf("$.triggers.entities[%d]", i), e)
	}
	c.flow.phrases = c.patterns("$.triggers.phrases", c.file.Triggers.Phrases)
}

func (c *compiler) entity(at string, e nlu.EntityType) {
	if !slices.Contains(entityTypes, e) {
		list := make([]string, len(entityTypes))
		for i, t := range entityTypes {
			list[i] = string(t)
		}
		c.Fail(at, "unknown entity %s; known are %s", quote(string(e)), strings.Join(list, ", "))
	}
}

func (c *compiler) patterns(at string, list []string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for i, p := range list {
		re, err := regexp.Compile(p)
		if err != nil {
			c.Fail(fmt.Sprintf("%s[%d]", at, i), "%s is not a regular expression: %s", quote(p), err)
			continue
		}
		out = append(out, re)
	}
	return out
}

func (c *compiler) slots() {
	for _, name := range c.flow.slotOrder {
		at := "$.slots." + name
		s := &slotRule{slot: c.file.Slots[name]}
		for i, e := range s.Entities {
			c.entity(fmt.Sprintf("%s.entities[%d]", at, i), e)
		}
		if s.Pattern != "" {
			re, err := regexp.Compile(`^(?:` + s.Pattern + `)$`)
			if err != nil {
				c.Fail(at+".pattern", "%s is not a regular expression: %s", quote(s.Pattern), err)
			}
			s.pattern = re
		}
		for _, p := range slices.Sorted(maps.Keys(s.Phrases)) {
			re, err := regexp.Compile(p)
			if err != nil {
				c.Fail(at+".phrases", "%s is not a regular expression: %s", quote(p), err)
				continue
			}
			s.phrases = append(s.phrases, phraseValue{expr: re, value: s.Phrases[p]})
		}
		if s.Validate != "" {
			env := maps.Clone(c.env)
			env["value"] = ""
			p, err := compileCondition(s.Validate, env, false)
			if err != nil {
				c.FailErr(at+".validate", err)
			}
			s.validate = p
		}
		c.flow.slots[name] = s
	}
}

// step compiles one step.
func (c *compiler) step(i int) {
	src := c.file.Steps[i]
	at := fmt.Sprintf("$.steps[%d]", i)
	if !identifier.MatchString(src.ID) {
		c.Fail(at, "id needs a name of a-z, digits and _, not %s", quote(src.ID))
		return
	}
	if _, twice := c.flow.steps[src.ID]; twice {
		c.Fail(at+".id", "the step %s exists already; give this one another id", src.ID)
		return
	}
	n := &node{id: src.ID, next: src.Next, end: src.End, buttons: buttons(src.Buttons), clear: src.Clear}
	c.flow.steps[src.ID] = n
	for j, name := range src.Clear {
		c.slot(fmt.Sprintf("%s.clear[%d]", at, j), name)
	}
	kinds := 0
	for kind, set := range map[string]bool{
		"when": len(src.When) > 0, "collect": src.Collect != nil, "choose": src.Choose != nil, "say": len(src.Say) > 0,
		"action": src.Action != nil, "handoff": src.Handoff != nil, "end": src.End != "",
	} {
		if !set {
			continue
		}
		kinds++
		c.kind(kind, n, src, at)
	}
	if kinds != 1 {
		c.Fail(at, "the step %s needs exactly one of when, collect, choose, say, action, handoff, end; it has %d", src.ID, kinds)
	}
	if (len(src.On) > 0) != (src.Action != nil) {
		c.Fail(at, "on belongs to an action, and an action needs it")
	}
}

func (c *compiler) kind(kind string, n *node, src step, at string) {
	needsNext := false
	switch kind {
	case "when":
		c.when(n, src.When, at+".when")
	case "collect":
		needsNext = true
		c.collect(n, src.Collect, at+".collect")
	case "choose":
		needsNext = c.choose(n, src.Choose, at+".choose")
	case "say":
		needsNext = true
		n.say = c.templates(at+".say", src.Say, c.names)
	case "action":
		c.action(n, src, at)
	case "handoff":
		c.handoff(n, src.Handoff, at+".handoff")
	case "end":
		if !slices.Contains([]string{dialog.FlowDone, dialog.FlowCancelled, dialog.FlowFailed}, src.End) {
			c.Fail(at+".end", "end is done, cancelled or failed, not %s", quote(src.End))
		}
	}
	if needsNext && src.Next == "" {
		c.Fail(at, "the step %s needs next: where the flow goes on", src.ID)
	}
	if !needsNext && src.Next != "" && kind != "choose" {
		c.Fail(at+".next", "a %s step has no next", kind)
	}
	if len(src.Buttons) > 0 && kind != "say" {
		c.Fail(at+".buttons", "buttons belong to a say step")
	}
}

func (c *compiler) when(n *node, branches []branch, at string) {
	for i, b := range branches {
		where := fmt.Sprintf("%s[%d]", at, i)
		last := i == len(branches)-1
		if (b.If == "") != last {
			c.Fail(where, "every branch but the last needs if, and the last has none")
			continue
		}
		cond := condition{target: b.Goto}
		if b.If != "" {
			p, err := compileCondition(b.If, c.env, false)
			if err != nil {
				c.FailErr(where+".if", err)
			}
			cond.program = p
		}
		if b.Goto == "" {
			c.Fail(where, "goto is missing")
		}
		n.when = append(n.when, cond)
	}
}

func (c *compiler) collect(n *node, src *collect, at string) {
	c.slot(at+".slot", src.Slot)
	if s := c.flow.slots[src.Slot]; s != nil && len(s.Entities) == 0 && s.pattern == nil && len(s.phrases) == 0 {
		c.Fail(at+".slot", "nothing can fill the slot %s: give it entities, phrases or a pattern", src.Slot)
	}
	if len(src.Prompt) == 0 {
		c.Fail(at, "prompt is missing: what to ask")
	}
	n.collect = &collectNode{
		slot: src.Slot, prompt: c.templates(at+".prompt", src.Prompt, c.names), invalid: c.templates(at+".invalid", src.Invalid, c.names),
		limit: c.between(at+".limit", src.Limit, defaultAsks, 10), otherwise: src.Otherwise, buttons: buttons(src.Buttons),
	}
}

// choose compiles a choice and reports whether its step needs a next.
func (c *compiler) choose(n *node, src *choose, at string) bool {
	c.slot(at+".slot", src.Slot)
	if len(src.Prompt) == 0 {
		c.Fail(at, "prompt is missing: what to ask")
	}
	if (src.From == "") == (len(src.Options) == 0) {
		c.Fail(at, "give either from, for choices out of a result, or options")
	}
	n.choose = &chooseNode{
		slot: src.Slot, prompt: c.templates(at+".prompt", src.Prompt, c.names), empty: src.Empty, single: src.Single,
		limit:     c.between(at+".limit", src.Limit, defaultChoices, maxChoices),
		asks:      c.between(at+".asks", src.Asks, defaultAsks, 10),
		otherwise: src.Otherwise,
	}
	if src.From != "" {
		c.dynamic(n.choose, src, at)
		return true
	}
	needsNext := false
	for i, o := range src.Options {
		where := fmt.Sprintf("%s.options[%d]", at, i)
		if o.Title == "" || o.Value == "" {
			c.Fail(where, "an option needs title and value")
		}
		needsNext = needsNext || o.Goto == ""
		n.choose.options = append(n.choose.options, optionNode{option: o, match: c.patterns(where+".match", o.Match)})
	}
	if len(src.Options) > maxChoices {
		c.Fail(at+".options", "%d options are too many to show; at most %d", len(src.Options), maxChoices)
	}
	return needsNext
}

func (c *compiler) dynamic(n *chooseNode, src *choose, at string) {
	p, err := compileCondition(src.From, c.env, true)
	if err != nil {
		c.FailErr(at+".from", err)
	}
	n.from = p
	item := names(c.names, "item")
	for _, t := range []struct {
		key, text string
		to        **template.Template
	}{{"value", src.Value, &n.value}, {"title", src.Title, &n.title}} {
		if t.text == "" {
			c.Fail(at, "%s is missing: a template over .item", t.key)
			continue
		}
		if *t.to, err = compileTemplate(t.text, item); err != nil {
			c.FailErr(at+"."+t.key, err)
		}
	}
	n.match = c.templates(at+".match", src.Match, item)
	if src.Empty == "" {
		c.Fail(at, "empty is missing: where to go when there is nothing to choose from")
	}
}

func (c *compiler) action(n *node, src step, at string) {
	n.on = src.On
	a := src.Action
	n.call = &callNode{name: a.Name, as: a.As, args: map[string]*template.Template{}}
	if a.Name == "" {
		c.Fail(at+".action", "name is missing: which action to run")
	}
	for _, key := range slices.Sorted(maps.Keys(a.Args)) {
		t, err := compileTemplate(a.Args[key], c.names)
		if err != nil {
			c.FailErr(at+".action.args."+key, err)
			continue
		}
		n.call.args[key] = t
	}
	if a.Timeout != "" {
		d, err := time.ParseDuration(a.Timeout)
		if err != nil || d <= 0 || d > maxTimeout {
			c.Fail(at+".action.timeout", "timeout is a duration up to %s, like 3s, not %s", maxTimeout, quote(a.Timeout))
		}
		n.call.timeout = d
	}
	if len(src.On) > 0 && (src.On["ok"] == "" || src.On["default"] == "") {
		c.Fail(at+".on", "on needs ok, and default for every fault it does not name")
	}
	for code := range src.On {
		if !slices.Contains(faultCodes, code) {
			c.Fail(at+".on."+code, "unknown fault %s; known are %s", quote(code), strings.Join(faultCodes, ", "))
		}
	}
}

var faultCodes = []string{
	"ok", "default", string(fault.Invalid), string(fault.NotFound), string(fault.Conflict), string(fault.Forbidden),
	string(fault.Unavailable), string(fault.Timeout), string(fault.Unsupported), string(fault.Busy), string(fault.RateLimited),
}

func (c *compiler) handoff(n *node, src *handoff, at string) {
	if !slices.Contains(handoffReasons, src.Reason) {
		list := make([]string, len(handoffReasons))
		for i, reason := range handoffReasons {
			list[i] = string(reason)
		}
		c.Fail(at+".reason", "unknown reason %s; known are %s", quote(string(src.Reason)), strings.Join(list, ", "))
	}
	n.handoff = &handoffNode{reason: src.Reason, group: src.Group, say: c.templates(at+".say", src.Say, c.names)}
}

// links checks that every goto leads somewhere and every step is reached.
func (c *compiler) links() {
	for i, s := range c.file.Steps {
		n := c.flow.steps[s.ID]
		if n == nil {
			continue
		}
		for _, to := range n.targets() {
			if _, ok := c.flow.steps[to]; !ok {
				c.Fail(fmt.Sprintf("$.steps[%d]", i), "the step %s leads to %s, which does not exist%s", s.ID, quote(to), c.near(to))
			}
		}
	}
	seen := c.flow.reachable()
	for i, s := range c.file.Steps {
		if c.flow.steps[s.ID] != nil && !seen[s.ID] {
			c.Fail(fmt.Sprintf("$.steps[%d].id", i), "nothing leads to the step %s; link it or remove it", s.ID)
		}
	}
}

// near suggests a step with a similar name.
func (c *compiler) near(id string) string {
	for _, s := range c.file.Steps {
		if strings.HasPrefix(s.ID, id) || id != "" && s.ID != "" && strings.HasPrefix(id, s.ID) {
			return "; did you mean " + s.ID + "?"
		}
	}
	return ""
}

func (c *compiler) slot(at, name string) {
	if _, ok := c.file.Slots[name]; !ok {
		c.Fail(at, "unknown slot %s; declared are: %s", quote(name), known(c.file.Slots))
	}
}

func (c *compiler) between(at string, v, unset, most int) int {
	if v == 0 {
		return unset
	}
	if v < 1 || v > most {
		c.Fail(at, "%d is out of range; use 1 to %d", v, most)
	}
	return v
}

func (c *compiler) templates(at string, texts []string, names map[string]bool) []*template.Template {
	var list []*template.Template
	for i, text := range texts {
		where := fmt.Sprintf("%s[%d]", at, i)
		if strings.TrimSpace(text) == "" {
			c.Fail(where, "the wording is empty")
			continue
		}
		t, err := compileTemplate(text, names)
		if err != nil {
			c.FailErr(where, err)
			continue
		}
		list = append(list, t)
	}
	return list
}

func buttons(list []button) []dialog.Button {
	var out []dialog.Button
	for _, b := range list {
		if b.Text == "" {
			b.Text = b.Title
		}
		out = append(out, dialog.Button{Title: b.Title, Text: b.Text})
	}
	return out
}
