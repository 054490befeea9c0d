package store

import (
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// Text columns hold valid UTF-8 without NUL on both databases: PostgreSQL
// accepts nothing else. What does not fit is written, and looked up, with
// U+FFFD in its place, so an identifier that cannot exist is merely not found.

// storable replaces NUL and invalid UTF-8 by U+FFFD.
func storable(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

type sqliteText struct{ *sqlitedialect.Dialect }

// AppendString writes s as a literal.
func (d sqliteText) AppendString(b []byte, s string) []byte {
	return d.Dialect.AppendString(b, storable(s))
}

type postgresText struct{ *pgdialect.Dialect }

// AppendString writes s as a literal.
func (d postgresText) AppendString(b []byte, s string) []byte {
	return d.Dialect.AppendString(b, storable(s))
}
