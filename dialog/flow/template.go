package flow

import (
	"fmt"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// templateFuncs are what wordings may call beside and, or, not, len, index and
// the comparisons of text/template.
var templateFuncs = template.FuncMap{
	"default": func(fallback, v any) any {
		if v == nil || v == "" {
			return fallback
		}
		return v
	},
	"tail": func(n int, s string) string {
		r := []rune(s)
		return string(r[max(0, len(r)-max(0, n)):])
	},
	"join": func(sep string, list []any) string {
		parts := make([]string, len(list))
		for i, v := range list {
			parts[i] = fmt.Sprint(v)
		}
		return strings.Join(parts, sep)
	},
}

var allowedFuncs = []string{
	"default", "tail", "join", "and", "or", "not", "len", "index", "eq", "ne", "lt", "le", "gt", "ge",
}

// compileTemplate parses a wording and refuses unknown values and functions.
func compileTemplate(text string, names map[string]bool) (*template.Template, error) {
	t, err := template.New("").Funcs(templateFuncs).Parse(text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s is not a template: %s", quote(text), strings.TrimPrefix(err.Error(), "template: "))
	}
	if len(t.Templates()) > 1 {
		return nil, fault.New(fault.Invalid, "%s defines a template; only values, if, with and range may be used", quote(text))
	}
	if t.Tree == nil {
		return t, nil
	}
	if err := checkNode(t.Root, names); err != nil {
		return nil, fault.New(fault.Invalid, "%s: %s", quote(text), err)
	}
	return t, nil
}

// checkNode walks a template. Inside with and range the dot is another value,
// so that fields are checked outside of them only.
func checkNode(n parse.Node, names map[string]bool) error {
	switch n := n.(type) {
	case nil, *parse.TextNode, *parse.CommentNode, *parse.BreakNode, *parse.ContinueNode:
		return nil
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, c := range n.Nodes {
			if err := checkNode(c, names); err != nil {
				return err
			}
		}
		return nil
	case *parse.ActionNode:
		return checkPipe(n.Pipe, names)
	case *parse.IfNode:
		return checkBranch(n.Pipe, n.List, n.ElseList, names, names)
	case *parse.WithNode:
		return checkBranch(n.Pipe, n.List, n.ElseList, names, nil)
	case *parse.RangeNode:
		return checkBranch(n.Pipe, n.List, n.ElseList, names, nil)
	default:
		return fmt.Errorf("%s cannot be used here", n)
	}
}

func checkBranch(pipe *parse.PipeNode, list, other *parse.ListNode, names, inner map[string]bool) error {
	if err := checkPipe(pipe, names); err != nil {
		return err
	}
	if err := checkNode(list, inner); err != nil {
		return err
	}
	return checkNode(other, names)
}

func checkPipe(pipe *parse.PipeNode, names map[string]bool) error {
	for _, cmd := range pipe.Cmds {
		for _, arg := range cmd.Args {
			switch a := arg.(type) {
			case *parse.IdentifierNode:
				if !slices.Contains(allowedFuncs, a.Ident) {
					return fmt.Errorf("the function %q is not allowed; use one of %s", a.Ident, strings.Join(allowedFuncs, ", "))
				}
			case *parse.FieldNode:
				if names != nil && !names[a.Ident[0]] {
					return fmt.Errorf("unknown value .%s; known are %s", a.Ident[0], known(names))
				}
			case *parse.PipeNode:
				if err := checkPipe(a, names); err != nil {
					return err
				}
			case *parse.ChainNode:
				return fmt.Errorf("%s is too involved; use a plain .name.field", a)
			}
		}
	}
	return nil
}

// render fills a wording. Missing fields read as empty.
func render(t *template.Template, env map[string]any) (string, error) {
	w := &limitedWriter{left: maxRendered * utf8.UTFMax}
	if err := t.Execute(w, env); err != nil {
		return "", fault.Wrap(err, fault.Internal, "a wording cannot be filled in")
	}
	out := strings.TrimSpace(strings.ReplaceAll(w.String(), "<no value>", ""))
	if utf8.RuneCountInString(out) > maxRendered {
		out = string([]rune(out)[:maxRendered])
	}
	return out, nil
}

// limitedWriter stops a wording that would grow without end.
type limitedWriter struct {
	strings.Builder
	left int
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, fault.New(fault.TooLarge, "the wording is longer than %d characters", maxRendered)
	}
	return w.Builder.Write(p)
}

// compileCondition compiles an expression against the values that exist. With
// list set it must yield a list, else a boolean.
func compileCondition(text string, env map[string]any, list bool) (*vm.Program, error) {
	options := []expr.Option{expr.Env(env), expr.MaxNodes(200)}
	if !list {
		options = append(options, expr.AsBool())
	}
	p, err := expr.Compile(text, options...)
	if err != nil {
		message, _, _ := strings.Cut(err.Error(), "\n")
		return nil, fault.New(fault.Invalid, "%s is not a condition: %s; known values are %s", quote(text), message, known(env))
	}
	return p, nil
}

// sampleEnv is what conditions are checked against: the types of all values.
func sampleEnv(f *file, results []string) map[string]any {
	env := map[string]any{"customer": "", "shop": "", "bot": "", "page": map[string]string{}}
	for name := range f.Slots {
		env[name] = ""
	}
	for _, name := range results {
		env[name] = map[string]any{}
	}
	return env
}

// environment is what conditions and wordings see of a frame.
func (f *Flow) environment(ctx dialog.FlowContext, frame dialog.Frame) map[string]any {
	page := ctx.Attributes
	if page == nil {
		page = map[string]string{}
	}
	env := map[string]any{"customer": ctx.Customer, "shop": ctx.Shop, "bot": ctx.Bot, "page": page}
	for name := range f.slots {
		env[name] = frame.Slots[name]
	}
	for _, name := range f.results {
		env[name] = readResult(frame.Results[name])
	}
	return env
}

func names[V any](m map[string]V, more ...string) map[string]bool {
	set := make(map[string]bool, len(m)+len(more))
	for k := range m {
		set[k] = true
	}
	for _, k := range more {
		set[k] = true
	}
	return set
}

func known[V any](m map[string]V) string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func quote(text string) string {
	if r := []rune(text); len(r) > 60 {
		text = string(r[:60]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

func sortedUnique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
