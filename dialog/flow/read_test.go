package flow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/yingda/yingda/dialog/flow"
	"github.com/yingda/yingda/internal/fault"
)

// good is a flow with every kind of step; the tests below break it.
const good = `flow: sample
title: 样例
triggers:
  intents: [size_advice]
  entities: [size]
  phrases: ['^选尺码$']
slots:
  size:
    entities: [size]
    pattern: '\d{2}'
    validate: 'len(value) < 6'
  item: {title: 商品}
  sure: {}
steps:
  - id: begin
    when:
      - {if: 'size != ""', goto: look}
      - {goto: ask}
  - id: ask
    collect: {slot: size, prompt: ['穿多大？', '再说一遍？'], invalid: [不像尺码], limit: 2, otherwise: person}
    next: look
  - id: look
    clear: [item]
    action: {name: size.look, args: {size: '{{.size}}'}, as: found, timeout: 2s}
    on: {ok: pick, not_found: none, default: person}
  - id: pick
    choose: {slot: item, from: 'found.items', value: '{{.item.id}}', title: '{{.item.name}}', prompt: [哪一件？], empty: none}
    next: tell
  - id: tell
    say: ['{{.size}} 码的 {{.item}} 有货', '有 {{.size}} 码']
    next: confirm
  - id: confirm
    choose:
      slot: sure
      prompt: [要下单吗？]
      options:
        - {title: 要, value: 'yes', affirm: true}
        - {title: 不要, value: 'no', deny: true, goto: stop}
    next: done
  - id: none
    say: [没有这个尺码]
    next: stop
  - id: person
    handoff: {reason: business, group: 售前, say: [请同事来看]}
  - id: stop
    end: cancelled
  - id: done
    end: done
`

func TestReadGood(t *testing.T) {
	f, err := flow.Read("good.yaml", []byte(strings.Replace(good, "  item: {title: 商品}", "  thing: {title: 商品}", 1)))
	if err == nil {
		t.Fatalf("an unknown slot was accepted: %v", f)
	}
	f, err = flow.Read("good.yaml", []byte(fixed))
	if err != nil {
		t.Fatal(err)
	}
	if f.Name() != "sample" || f.Title() != "样例" || len(f.Version()) != 12 || len(f.Actions()) != 1 || f.Actions()[0] != "size.look" {
		t.Errorf("flow %s %s %s %v", f.Name(), f.Title(), f.Version(), f.Actions())
	}
	other, err := flow.Read("good.yaml", []byte(fixed+"# changed\n"))
	if err != nil || other.Version() == f.Version() {
		t.Errorf("another text has the version %s as well (%v)", f.Version(), err)
	}
}

// fixed is good with a slot name that is not reserved.
var fixed = strings.NewReplacer("  item: {title: 商品}", "  thing: {title: 商品}", "clear: [item]", "clear: [thing]",
	"{slot: item,", "{slot: thing,", "{{.item}} 有货", "{{.thing}} 有货").Replace(good)

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct{ name, old, new, line, want string }{
		{"reserved slot", "  thing: {title", "  item: {title", ":12", "cannot be a slot"},
		{"unknown key", "title: 样例", "titel: 样例", ":2", "titel"},
		{"unknown step key", "    next: tell", "    nxt: tell", ":29", "nxt"},
		{"no name", "flow: sample", "flow: 样例", ":1", "needs a name"},
		{"no title", "title: 样例\n", "", ":1", "title is missing"},
		{"wrong type", "prompt: [哪一件？]", "prompt: {a: 1}", ":28", ""},
		{"number for a list", "phrases: ['^选尺码$']", "phrases: 7", ":6", ""},
		{"unknown entity", "entities: [size]\n  phrases", "entities: [shoe]\n  phrases", ":5", "unknown entity"},
		{"bad phrase", "'^选尺码$'", "'('", ":6", "regular expression"},
		{"bad pattern", `pattern: '\d{2}'`, `pattern: '['`, ":10", "regular expression"},
		{"bad validate", "len(value) < 6", "len(valeu) < 6", ":11", "valeu"},
		{"missing step", "goto: look}", "goto: lok}", ":15", "does not exist"},
		{"hint", "next: tell\n", "next: tel\n", ":27", "did you mean tell?"},
		{"unreachable", "goto: none}\n", "", "", ""},
		{"step twice", "- id: none", "- id: tell", ":41", "exists already"},
		{"no id", "- id: none", "- id: ''", ":41", "id needs a name"},
		{"two kinds", "    say: [没有这个尺码]", "    say: [没有这个尺码]\n    end: done", ":41", "exactly one"},
		{"no kind", "    say: [没有这个尺码]\n    next: stop", "    clear: [size]", ":41", "exactly one"},
		{"no next", "    say: [没有这个尺码]\n    next: stop", "    say: [没有这个尺码]", ":41", "needs next"},
		{"next of an end", "    end: cancelled", "    end: cancelled\n    next: done", ":47", "has no next"},
		{"unknown end", "end: cancelled", "end: finished", ":46", "done, cancelled or failed"},
		{"unknown reason", "reason: business", "reason: boredom", ":44", "unknown reason"},
		{"unknown slot", "slot: size, prompt", "slot: sise, prompt", ":20", "unknown slot"},
		{"unfillable slot", "slot: size, prompt", "slot: thing, prompt", ":20", "nothing can fill"},
		{"unknown cleared slot", "clear: [thing]", "clear: [thign]", ":23", "unknown slot"},
		{"unknown value in a wording", "'有 {{.size}} 码'", "'有 {{.colour}} 码'", ":31", "unknown value .colour"},
		{"forbidden function", "'有 {{.size}} 码'", `'有 {{printf "%99999d" 1}} 码'`, ":31", "not allowed"},
		{"template in a template", "'有 {{.size}} 码'", `'{{define "x"}}y{{end}}z'`, ":31", "defines a template"},
		{"broken wording", "'有 {{.size}} 码'", "'有 {{.size 码'", ":31", "not a template"},
		{"empty wording", "'有 {{.size}} 码'", "' '", ":31", "empty"},
		{"broken condition", `if: 'size != ""'`, `if: 'size !='`, ":17", "not a condition"},
		{"unknown value in a condition", `if: 'size != ""'`, `if: 'colour != ""'`, ":17", "colour"},
		{"condition that is no boolean", `if: 'size != ""'`, `if: 'len(size)'`, ":17", "not a condition"},
		{"last branch with if", "      - {goto: ask}", "      - {if: 'true', goto: ask}", ":18", "the last has none"},
		{"no default", "not_found: none, default: person", "not_found: none", ":25", "default"},
		{"unknown fault", "not_found: none,", "not_fuond: none,", ":25", "unknown fault"},
		{"timeout", "timeout: 2s", "timeout: 2h", ":24", "timeout"},
		{"as taken by a slot", "as: found", "as: size", ":24", "as needs a name"},
		{"no prompt", "prompt: [哪一件？], ", "", ":27", "prompt is missing"},
		{"from and options", "    choose:\n      slot: sure", "    choose:\n      from: 'found.items'\n      slot: sure", ":34", "either from"},
		{"no empty", ", empty: none", "", ":27", "empty is missing"},
		{"limit", "limit: 2", "limit: 99", ":20", "out of range"},
		{"option without value", "value: 'yes', ", "", ":38", "title and value"},
		{"buttons elsewhere", "    end: cancelled", "    end: cancelled\n    buttons: [{title: x}]", ":48", "buttons belong"},
		{"alias", "title: 样例", "title: &a 样例", ":2", "aliases"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source := strings.Replace(fixed, tt.old, tt.new, 1)
			if source == fixed {
				if tt.old == "goto: none}\n" {
					source = fixed + "  - id: island\n    end: done\n"
					tt.line, tt.want = "", "nothing leads to the step island"
				} else {
					t.Fatalf("%q is not in the flow", tt.old)
				}
			}
			_, err := flow.Read("f.yaml", []byte(source))
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("error %v, want invalid", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want %q", err, tt.want)
			}
			if !nearLine(err.Error(), tt.line) {
				t.Errorf("error %q, want line %s or one beside it", err, tt.line)
			}
		})
	}
}

// nearLine reports whether an error names the line or one of the two beside it:
// the decoder counts some nodes from their key, some from their value.
func nearLine(text, line string) bool {
	if line == "" {
		return strings.Contains(text, "f.yaml:")
	}
	var n int
	if _, err := fmt.Sscanf(line, ":%d", &n); err != nil {
		return false
	}
	for i := n - 2; i <= n+2; i++ {
		if strings.Contains(text, fmt.Sprintf("f.yaml:%d:", i)) {
			return true
		}
	}
	return false
}

func TestReadReportsAllFaults(t *testing.T) {
	source := strings.NewReplacer("reason: business", "reason: boredom", "end: cancelled", "end: finished", "limit: 2", "limit: 99").Replace(fixed)
	_, err := flow.Read("f.yaml", []byte(source))
	if err == nil {
		t.Fatal("no error")
	}
	if n := len(strings.Split(err.Error(), "\n")); n != 3 {
		t.Errorf("%d faults, want 3:\n%v", n, err)
	}
	var f *fault.Error
	if !errors.As(err, &f) || !strings.HasPrefix(f.Field, "f.yaml:") {
		t.Errorf("the first fault is %+v", f)
	}
}

func TestReadLimits(t *testing.T) {
	var many strings.Builder
	many.WriteString("flow: many\ntitle: 多\nsteps:\n")
	for i := range flow.MaxSteps + 1 {
		fmt.Fprintf(&many, "  - {id: s%d, say: [x], next: s%d}\n", i, i+1)
	}
	for name, source := range map[string][]byte{
		"bytes": make([]byte, flow.MaxBytes+1), "steps": []byte(many.String()),
	} {
		if _, err := flow.Read("f.yaml", source); !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s: %v, want too_large", name, err)
		}
	}
	for name, source := range map[string]string{
		"empty": "", "scalar": "x", "list": "[]", "documents": "flow: a\n---\nflow: b\n", "binary": "\x00\x01", "nesting": strings.Repeat("[", 500),
		"no steps": "flow: a\ntitle: b\n",
	} {
		if _, err := flow.Read("f.yaml", []byte(source)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

func TestReadFS(t *testing.T) {
	flows, err := flow.ReadFS(fstest.MapFS{"d/a.yaml": {Data: []byte(fixed)}, "d/readme.md": {Data: []byte("x")}}, "d")
	if err != nil || len(flows) != 1 {
		t.Errorf("%d flows, %v; want 1", len(flows), err)
	}
	if _, err := flow.ReadFS(fstest.MapFS{"d/a.yaml": {Data: []byte("flow: 1")}}, "d"); err == nil {
		t.Error("a broken file is no error")
	}
}

func TestLibrary(t *testing.T) {
	l, err := flow.NewLibrary(nil)
	if err != nil {
		t.Fatal(err)
	}
	own, err := flow.Read("own.yaml", []byte(`flow: mine
title: 自己的
triggers: {intents: [parcel_track]}
steps:
  - {id: a, say: [x], next: b}
  - {id: b, end: done}
`))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Put("shop", []*flow.Flow{own}); err != nil {
		t.Fatal(err)
	}
	if name, _ := l.Set("shop").ByIntent("parcel_track"); name != "mine" {
		t.Errorf("the shop's own flow is not preferred: %s", name)
	}
	if name, _ := l.Set("shop").ByIntent("parcel_delay"); name != "parcel_track" {
		t.Errorf("the built-in flow lost its other intents: %s", name)
	}
	if name, _ := l.Set("other").ByIntent("parcel_track"); name != "parcel_track" {
		t.Errorf("another shop got %s", name)
	}
	refuse := fault.New(fault.NotFound, "unknown action")
	if _, err := flow.NewLibrary(func(string, []string) error { return refuse }); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown actions: %v, want not_found", err)
	}
	twice, err := flow.Read("own.yaml", []byte("flow: mine2\ntitle: x\ntriggers: {intents: [parcel_track]}\nsteps: [{id: a, end: done}]"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Put("shop", []*flow.Flow{own, twice}); !fault.Is(err, fault.Invalid) {
		t.Errorf("two flows of one intent: %v, want invalid", err)
	}
	if name, _ := l.Set("shop").ByIntent("parcel_track"); name != "mine" {
		t.Error("a refused change has changed the flows")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(fixed))
	if source, ok := flow.BuiltinSource("parcel_track"); ok {
		f.Add(source)
	}
	f.Add([]byte("flow: a\ntitle: b\nsteps: [{id: a, end: done}]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		flowRead, err := flow.Read("f.yaml", source)
		if (flowRead == nil) == (err == nil) {
			t.Fatalf("flow %v with error %v", flowRead, err)
		}
		if err != nil && fault.CodeOf(err) == fault.Internal {
			t.Fatalf("an internal error: %v", err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	source, _ := flow.BuiltinSource("parcel_track")
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, err := flow.Read("f.yaml", source); err != nil {
			b.Fatal(err)
		}
	}
}
