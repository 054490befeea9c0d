package fault

import (
	"errors"
	"io"
	"testing"
)

func TestCodeOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Code
	}{
		{nil, ""},
		{io.EOF, Internal},
		{New(Busy, "full"), Busy},
		{Wrap(io.EOF, Invalid, "cut short"), Invalid},
		{Wrap(New(Busy, "inner"), Timeout, "outer"), Timeout},
		{errors.Join(io.EOF, New(NotFound, "gone")), NotFound},
		{In("row 3", New(TooLarge, "big")), TooLarge},
		{In("row 3", io.EOF), Internal},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("CodeOf(%v) = %q, want %q", c.err, got, c.want)
		}
		if c.err != nil && !Is(c.err, c.want) {
			t.Errorf("Is(%v, %q) is false", c.err, c.want)
		}
	}
	if Is(nil, "") {
		t.Error("no error has no code")
	}
}

func TestCausesStayReachable(t *testing.T) {
	wrapped := New(Invalid, "reading: %w", io.ErrUnexpectedEOF)
	if !errors.Is(wrapped, io.ErrUnexpectedEOF) {
		t.Error("New with a wrap verb lost its cause")
	}
	if wrapped.Message != "reading: unexpected EOF" {
		t.Errorf("message %q", wrapped.Message)
	}
	if !errors.Is(Wrap(io.EOF, Invalid, "x"), io.EOF) || Wrap(nil, Invalid, "x") != nil {
		t.Error("Wrap lost its cause, or made an error of none")
	}
}

func TestErrorText(t *testing.T) {
	for want, err := range map[string]error{
		"full":                      New(Busy, "full"),
		"cut short: EOF":            Wrap(io.EOF, Invalid, "cut short"),
		"reading: EOF":              New(Invalid, "reading: %w", io.EOF),
		"articles.row 3: no answer": In("articles", In("row 3", New(Invalid, "no answer"))),
		"row 3: EOF":                In("row 3", io.EOF),
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
	if In("x", nil) != nil {
		t.Error("In made an error of none")
	}
}
