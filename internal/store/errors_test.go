package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/yingda/yingda/internal/fault"
)

func TestFail(t *testing.T) {
	s := &Store{dialect: postgresDialect}
	state := func(code string) error {
		return fmt.Errorf("exec: %w", &pgconn.PgError{Code: code, Message: "secret detail"})
	}
	for _, c := range []struct {
		err  error
		code fault.Code
	}{
		{context.DeadlineExceeded, fault.Timeout},
		{fmt.Errorf("query: %w", context.Canceled), fault.Timeout},
		{sql.ErrNoRows, fault.NotFound},
		{sql.ErrConnDone, fault.Unavailable},
		{driver.ErrBadConn, fault.Unavailable},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, fault.Unavailable},
		{errors.New("whatever"), fault.Unavailable},
		{state("23505"), fault.Conflict}, {state("23503"), fault.Conflict},
		{state("40001"), fault.Busy}, {state("40P01"), fault.Busy}, {state("55P03"), fault.Busy},
		{state("57014"), fault.Timeout}, {state("57P01"), fault.Unavailable},
		{state("22021"), fault.Invalid}, {state("54000"), fault.TooLarge},
		{state("28P01"), fault.Unavailable}, {state("3D000"), fault.Unavailable},
		{state("53300"), fault.Unavailable}, {state("08006"), fault.Unavailable},
		{state("25006"), fault.Unavailable}, {state("42501"), fault.Unavailable},
		{state("42601"), fault.Internal}, {state(""), fault.Internal},
		{fault.New(fault.TooLarge, "passes"), fault.TooLarge},
	} {
		err := s.fail(c.err, "doing it")
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != c.code {
			t.Errorf("%v: got %v, want %s", c.err, err, c.code)
			continue
		}
		if strings.Contains(f.Message, "secret") {
			t.Errorf("%v: the message shows the driver's words: %q", c.err, f.Message)
		}
		if !errors.Is(err, c.err) {
			t.Errorf("%v: the cause is lost", c.err)
		}
	}
	if s.fail(nil, "x") != nil {
		t.Error("nil became an error")
	}
}

func TestStorable(t *testing.T) {
	for in, want := range map[string]string{"": "", "你好😀": "你好😀", "a\x00b": "a\uFFFDb", "\xff\xfe": "\uFFFD", "\x00\xe4": "\uFFFD\uFFFD"} {
		if got := storable(in); got != want {
			t.Errorf("storable(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzStorable(f *testing.F) {
	for _, s := range []string{"", "你好", "a\x00", "\xff\x00", "'\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := storable(s)
		if strings.ToValidUTF8(got, "") != got || strings.Contains(got, "\x00") || storable(got) != got {
			t.Errorf("storable(%q) = %q", s, got)
		}
	})
}

func FuzzVector(f *testing.F) {
	f.Add([]byte{0, 0, 128, 63, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := packVector(unpackVector(b)); string(got) != string(b[:len(b)/4*4]) {
			t.Errorf("%x came back as %x", b, got)
		}
	})
}
