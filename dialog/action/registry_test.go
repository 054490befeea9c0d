package action_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/internal/fault"
)

// do registers one action and runs it.
func do(t *testing.T, s action.Spec, req dialog.ActionRequest) dialog.ActionResult {
	t.Helper()
	r := action.NewRegistry()
	if s.Name == "" {
		s.Name = "a"
	}
	if err := r.Register(s); err != nil {
		t.Fatal(err)
	}
	if req.Action == "" {
		req.Action = "a"
	}
	return r.Do(context.Background(), req)
}

func TestDo(t *testing.T) {
	ok := func(_ context.Context, c action.Call) (action.Result, error) {
		return action.Result{Value: map[string]string{"id": c.ID, "n": c.Args["n"], "who": c.Customer}, Facts: []dialog.Fact{{Name: "a", Value: "b"}}}, nil
	}
	req := dialog.ActionRequest{ActionCall: dialog.ActionCall{Call: "c1", Args: map[string]string{"n": "7"}}, Customer: "c1001"}
	got := do(t, action.Spec{Run: ok, Args: map[string]action.Arg{"n": {Required: true}}}, req)
	if got.Fault != "" || string(got.Result) != `{"id":"c1","n":"7","who":"c1001"}` || len(got.Facts) != 1 {
		t.Errorf("result %+v", got)
	}
}

func TestDoFails(t *testing.T) {
	fails := func(err error) func(context.Context, action.Call) (action.Result, error) {
		return func(context.Context, action.Call) (action.Result, error) { return action.Result{}, err }
	}
	for _, tt := range []struct {
		name string
		spec action.Spec
		req  dialog.ActionRequest
		code fault.Code
	}{
		{"unknown", action.Spec{Run: fails(nil)}, dialog.ActionRequest{ActionCall: dialog.ActionCall{Action: "b"}}, fault.Unsupported},
		{"argument missing", action.Spec{Run: fails(nil), Args: map[string]action.Arg{"n": {Required: true}}}, dialog.ActionRequest{}, fault.Invalid},
		{"fault", action.Spec{Run: fails(fault.New(fault.NotFound, "none"))}, dialog.ActionRequest{}, fault.NotFound},
		{"plain error", action.Spec{Run: fails(errors.New("x"))}, dialog.ActionRequest{}, fault.Internal},
		{"panic", action.Spec{Run: func(context.Context, action.Call) (action.Result, error) { panic("x") }}, dialog.ActionRequest{}, fault.Internal},
		{"no JSON", action.Spec{Run: func(context.Context, action.Call) (action.Result, error) { return action.Result{Value: func() {}}, nil }}, dialog.ActionRequest{}, fault.Internal},
		{"huge", action.Spec{Run: func(context.Context, action.Call) (action.Result, error) {
			return action.Result{Value: strings.Repeat("x", 100_000)}, nil
		}}, dialog.ActionRequest{}, fault.TooLarge},
		{"late", action.Spec{Timeout: 10 * time.Millisecond, Run: func(ctx context.Context, _ action.Call) (action.Result, error) {
			<-ctx.Done()
			return action.Result{}, ctx.Err()
		}}, dialog.ActionRequest{}, fault.Timeout},
		{"late by the flow's limit", action.Spec{Run: func(ctx context.Context, _ action.Call) (action.Result, error) {
			<-ctx.Done()
			return action.Result{}, ctx.Err()
		}}, dialog.ActionRequest{Timeout: 10 * time.Millisecond}, fault.Timeout},
	} {
		got := do(t, tt.spec, tt.req)
		if got.Fault != string(tt.code) || got.Message == "" {
			t.Errorf("%s: fault %q (%s), want %s", tt.name, got.Fault, got.Message, tt.code)
		}
	}
}

func TestVerifyErrorTellsTheFlow(t *testing.T) {
	for wrong, want := range map[bool]string{false: `{"verify":"needed"}`, true: `{"verify":"wrong"}`} {
		got := do(t, action.Spec{Run: func(context.Context, action.Call) (action.Result, error) {
			return action.Result{}, &action.VerifyError{Wrong: wrong}
		}}, dialog.ActionRequest{})
		if got.Fault != "invalid" || string(got.Result) != want {
			t.Errorf("wrong=%t: %q %s, want invalid %s", wrong, got.Fault, got.Result, want)
		}
	}
}

func TestRetries(t *testing.T) {
	for _, tt := range []struct {
		name    string
		err     error
		retries int
		want    int
		code    string
	}{
		{"down, then up", fault.New(fault.Unavailable, "down"), 1, 2, ""},
		{"no retries", fault.New(fault.Unavailable, "down"), 0, 1, "unavailable"},
		{"an answer is not retried", fault.New(fault.NotFound, "none"), 2, 1, "not_found"},
	} {
		n := 0
		got := do(t, action.Spec{Retries: tt.retries, Run: func(context.Context, action.Call) (action.Result, error) {
			if n++; n == 1 {
				return action.Result{}, tt.err
			}
			return action.Result{Value: 1}, nil
		}}, dialog.ActionRequest{})
		if n != tt.want || got.Fault != tt.code {
			t.Errorf("%s: %d tries, fault %q; want %d, %q", tt.name, n, got.Fault, tt.want, tt.code)
		}
	}
}

func TestRegisterRefuses(t *testing.T) {
	run := func(context.Context, action.Call) (action.Result, error) { return action.Result{}, nil }
	r := action.NewRegistry()
	if err := r.Register(action.Spec{Name: "a", Run: run}); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]action.Spec{
		"taken": {Name: "a", Run: run}, "no name": {Run: run}, "no Run": {Name: "b"},
		"timeout": {Name: "b", Run: run, Timeout: time.Hour}, "retries": {Name: "b", Run: run, Retries: 9},
	} {
		if err := r.Register(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	if list := r.Specs(); len(list) != 1 || list[0].Timeout != action.DefaultTimeout {
		t.Errorf("specs %+v", list)
	}
}

func TestCheck(t *testing.T) {
	r := action.NewRegistry()
	run := func(context.Context, action.Call) (action.Result, error) { return action.Result{}, nil }
	if err := r.Register(action.Spec{Name: "a", Run: run, Args: map[string]action.Arg{"n": {Required: true}, "m": {}}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		code fault.Code
	}{{"a", []string{"n"}, ""}, {"a", []string{"n", "m"}, ""}, {"a", []string{"m"}, fault.Invalid}, {"a", []string{"n", "x"}, fault.Invalid}, {"b", nil, fault.NotFound}} {
		if err := r.Check(tt.name, tt.args); fault.CodeOf(err) != tt.code {
			t.Errorf("Check(%s, %v) = %v, want %q", tt.name, tt.args, err, tt.code)
		}
	}
}

func BenchmarkDo(b *testing.B) {
	r := action.NewRegistry()
	if err := r.Register(action.Spec{Name: "a", Run: func(context.Context, action.Call) (action.Result, error) {
		return action.Result{Value: map[string]string{"state": "transit"}}, nil
	}}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if got := r.Do(context.Background(), dialog.ActionRequest{ActionCall: dialog.ActionCall{Action: "a"}}); got.Fault != "" {
			b.Fatal(got.Message)
		}
	}
}
