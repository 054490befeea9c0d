package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// fail turns a database's error into a fault; what says what was being done,
// for the log. Faults pass unchanged and nil stays nil.
func (s *Store) fail(err error, what string) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	cause := &operation{what, err}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &fault.Error{Code: fault.Timeout, Message: "the database did not answer in time", Err: cause}
	case errors.Is(err, sql.ErrNoRows):
		return &fault.Error{Code: fault.NotFound, Message: "no such row", Err: cause}
	case errors.Is(err, sql.ErrConnDone), errors.Is(err, driver.ErrBadConn):
		return &fault.Error{Code: fault.Unavailable, Message: "the connection to the database was lost", RetryAfter: time.Second, Err: cause}
	}
	if f, ok := s.dialect.classify(err); ok {
		f.Err = cause
		return &f
	}
	return &fault.Error{Code: fault.Unavailable, Message: "the database is not available", Err: cause}
}

// none replaces the absence of a row by a NotFound with words for people.
func none(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, format, args...)
	}
	return err
}

// operation is a cause together with what was being done.
type operation struct {
	what string
	err  error
}

func (o *operation) Error() string { return o.what + ": " + o.err.Error() }
func (o *operation) Unwrap() error { return o.err }
