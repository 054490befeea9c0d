// Package fault is Yingda's one error vocabulary. Every error that a user, a
// client or an operator can meet is an *Error: its Code decides what a machine
// does about it (HTTP status, exit code, retry), its Message tells a person
// what went wrong and what to do.
//
// Errors without a Code count as Internal: they are logged with an id and
// never shown to a client.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code classifies an error by what its receiver can do about it.
type Code string

// The codes. Doors map them to their own vocabulary in one place each
// (api: HTTP status; cmd: exit status).
const (
	Invalid         Code = "invalid"         // the input is wrong; mend it and send again
	Unauthenticated Code = "unauthenticated" // no valid key or token
	Forbidden       Code = "forbidden"       // a valid key that may not do this
	NotFound        Code = "not_found"       // no such thing, or not visible to the caller
	Conflict        Code = "conflict"        // the state has moved on; read it again
	TooLarge        Code = "too_large"       // over a stated limit
	RateLimited     Code = "rate_limited"    // the caller sends too fast; RetryAfter says when
	Busy            Code = "busy"            // a bounded queue is full; RetryAfter says when
	Unavailable     Code = "unavailable"     // something needed is missing or down
	Timeout         Code = "timeout"         // a deadline passed
	Unsupported     Code = "unsupported"     // understood, but not offered
	Internal        Code = "internal"        // a defect of ours
)

// Error is an error with a Code and a message for people.
type Error struct {
	// Code is never empty.
	Code Code
	// Message says what went wrong and what to do, in one or two sentences.
	Message string
	// Field names the offending part of the input ("articles[3].question", "line 12"), or is empty.
	Field string
	// RetryAfter is how long to wait before trying again; zero when unknown.
	RetryAfter time.Duration
	// Err is the cause; it is logged, never shown to clients.
	Err error
}

// Error returns the field, the message and the cause, for logs and terminals.
func (e *Error) Error() string {
	s := e.Message
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if _, said := e.Err.(hidden); e.Err != nil && !said { //nolint:errorlint // only the outermost counts
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an Error from a format; a %w verb keeps its operand as the cause
// of errors.Is and errors.As, and its text is part of the message.
func New(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	e := &Error{Code: code, Message: err.Error()}
	if cause := errors.Unwrap(err); cause != nil {
		return &Error{Code: code, Message: err.Error(), Err: hidden{cause}}
	}
	return e
}

// Wrap gives err a Code and a message for people. It returns nil for a nil err.
func Wrap(err error, code Code, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

// In returns a copy of err that names field as the offending part of the
// input; an inner field becomes the tail of a path ("row 3.question").
func In(field string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %w", field, err)
	}
	c := *e
	if c.Field != "" {
		field += "." + c.Field
	}
	c.Field = field
	return &c
}

// CodeOf returns the Code of the outermost Error in err's chain, Internal for
// other errors, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Is reports whether err carries code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// hidden keeps a cause reachable by errors.Is and errors.As while its text,
// already part of the message, is not printed twice.
type hidden struct{ error }

func (h hidden) Unwrap() error { return h.error }
