// Package action runs what flows call: parcel and order look-ups and the like.
// A Registry knows the actions by name, checks their arguments, keeps their
// time limits and retries what may be retried. The folders below it hold the
// actions, each behind a Backend interface with an HTTP implementation, and
// the demo shop that implements all of them from one YAML file.
package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// Limits of every action.
const (
	DefaultTimeout = 3 * time.Second
	MaxTimeout     = 10 * time.Second
	MaxRetries     = 3
	maxResult      = 64 << 10 // bytes of a result's JSON
)

// Spec is an action as the registry knows it.
type Spec struct {
	Name string
	Doc  string
	// Args are the arguments by name; others are refused.
	Args map[string]Arg
	// Timeout is for all tries together; 0 means DefaultTimeout.
	Timeout time.Duration
	// Retries is how often Run is called again after Unavailable or Timeout.
	// Only actions that may run twice for one Call.ID have any.
	Retries int
	// Run does the work. It keeps ctx's deadline; its errors are fault.Errors
	// whose code flows branch on.
	Run func(ctx context.Context, c Call) (Result, error)
}

// Arg describes one argument.
type Arg struct {
	Doc      string
	Required bool
}

// Call is one run of an action.
type Call struct {
	// ID is the same for every try of one call: the key by which a backend
	// recognises what it has done already.
	ID           string
	Bot          string
	Conversation string
	Customer     string // empty when nobody is signed in
	Args         map[string]string
	Now          time.Time
}

// Result is what an action found.
type Result struct {
	// Value becomes JSON; flows read its fields.
	Value any
	// Facts are what an agent should see of it.
	Facts []dialog.Fact
}

// VerifyError says that a backend wants proof before it answers: the phone's
// last four digits. It counts as fault.Invalid; flows read .verify of the result.
type VerifyError struct {
	// Wrong is true when a tail was given and does not match.
	Wrong bool
}

// Error says what is wanted.
func (e *VerifyError) Error() string {
	if e.Wrong {
		return "手机尾号与收件人不符，请核对后重试。"
	}
	return "需要收件人手机号后四位才能查询。"
}

// Unwrap makes the error a fault.Invalid.
func (e *VerifyError) Unwrap() error { return fault.New(fault.Invalid, "%s", e.Error()) }

// Registry knows actions by name. Register before use; after that it is safe
// for concurrent use.
type Registry struct {
	specs map[string]Spec
	pause func(ctx context.Context, d time.Duration) error
}

var _ dialog.Actions = (*Registry)(nil)

// NewRegistry returns an empty registry.
func NewRegistry() *Registry { return &Registry{specs: map[string]Spec{}, pause: pause} }

// Register adds an action. A name taken, no Run, or limits out of bounds are
// fault.Invalid.
func (r *Registry) Register(s Spec) error {
	if s.Timeout == 0 {
		s.Timeout = DefaultTimeout
	}
	switch _, taken := r.specs[s.Name]; {
	case s.Name == "" || s.Run == nil:
		return fault.New(fault.Invalid, "an action needs a name and Run")
	case taken:
		return fault.New(fault.Invalid, "the action %s is registered already", s.Name)
	case s.Timeout < 0 || s.Timeout > MaxTimeout:
		return fault.New(fault.Invalid, "the action %s has a timeout of %s; at most %s", s.Name, s.Timeout, MaxTimeout)
	case s.Retries < 0 || s.Retries > MaxRetries:
		return fault.New(fault.Invalid, "the action %s has %d retries; at most %d", s.Name, s.Retries, MaxRetries)
	}
	r.specs[s.Name] = s
	return nil
}

// Specs returns the actions by name.
func (r *Registry) Specs() []Spec {
	list := make([]Spec, 0, len(r.specs))
	for _, name := range slices.Sorted(maps.Keys(r.specs)) {
		list = append(list, r.specs[name])
	}
	return list
}

// Check reports what is wrong with calling an action with arguments of these
// names: fault.NotFound for an unknown action, fault.Invalid for its arguments.
func (r *Registry) Check(name string, args []string) error {
	s, ok := r.specs[name]
	if !ok {
		return fault.New(fault.NotFound, "unknown action %s; known are %s", name, strings.Join(slices.Sorted(maps.Keys(r.specs)), ", "))
	}
	for _, a := range args {
		if _, ok := s.Args[a]; !ok {
			return fault.New(fault.Invalid, "the action %s has no argument %s; it has %s", name, a, strings.Join(slices.Sorted(maps.Keys(s.Args)), ", "))
		}
	}
	for _, a := range slices.Sorted(maps.Keys(s.Args)) {
		if s.Args[a].Required && !slices.Contains(args, a) {
			return fault.New(fault.Invalid, "the action %s needs the argument %s", name, a)
		}
	}
	return nil
}

// Do runs an action. Every failure is in the result: an unknown action is
// not_found, missing arguments are invalid, a panic is internal.
func (r *Registry) Do(ctx context.Context, req dialog.ActionRequest) dialog.ActionResult {
	s, ok := r.specs[req.Action]
	if !ok {
		return failure(fault.New(fault.Unsupported, "unknown action %s", req.Action))
	}
	for name, arg := range s.Args {
		if arg.Required && req.Args[name] == "" {
			return failure(fault.New(fault.Invalid, "the action %s needs the argument %s", req.Action, name))
		}
	}
	limit := s.Timeout
	if req.Timeout > 0 {
		limit = min(req.Timeout, MaxTimeout)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	call := Call{
		ID: req.Call, Bot: req.Bot, Conversation: req.Conversation, Customer: req.Customer, Args: req.Args, Now: req.Now,
	}
	res, err := r.try(ctx, s, call)
	if err != nil {
		return failure(err)
	}
	value, err := json.Marshal(res.Value)
	if err != nil {
		return failure(fault.Wrap(err, fault.Internal, "the result of %s cannot be kept", req.Action))
	}
	if len(value) > maxResult {
		return failure(fault.New(fault.TooLarge, "the result of %s has %d bytes; at most %d are kept", req.Action, len(value), maxResult))
	}
	return dialog.ActionResult{Result: value, Facts: res.Facts}
}

// try runs an action until it answers, fails for good, or time is up.
func (r *Registry) try(ctx context.Context, s Spec, c Call) (res Result, err error) {
	for n := 0; ; n++ {
		res, err = protect(ctx, s, c)
		if err == nil {
			return res, nil
		}
		code := fault.CodeOf(err)
		if errors.Is(err, context.DeadlineExceeded) {
			return res, fault.Wrap(err, fault.Timeout, "%s 没有及时响应。", s.Name)
		}
		if n >= s.Retries || code != fault.Unavailable && code != fault.Timeout {
			return res, err
		}
		if r.pause(ctx, time.Duration(n+1)*50*time.Millisecond) != nil {
			return res, err
		}
	}
}

// protect turns a panic of an action into an error.
func protect(ctx context.Context, s Spec, c Call) (res Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "the action %s panicked: %v", s.Name, p)
		}
	}()
	return s.Run(ctx, c)
}

// failure is a result that says what went wrong.
func failure(err error) dialog.ActionResult {
	out := dialog.ActionResult{Fault: string(fault.CodeOf(err)), Message: err.Error()}
	var verify *VerifyError
	if errors.As(err, &verify) {
		want := "needed"
		if verify.Wrong {
			want = "wrong"
		}
		out.Result = json.RawMessage(fmt.Sprintf(`{"verify":%q}`, want))
	}
	return out
}

// pause waits, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
