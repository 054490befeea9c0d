package store

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/yingda/yingda/internal/fault"
)

// openSQLite opens one connection that writes and a pool that only reads.
func openSQLite(o Options) (writer, reader *bun.DB, err error) {
	path := strings.TrimPrefix(o.DSN, "sqlite:")
	if path == ":memory:" || path == "" {
		return nil, nil, fault.New(fault.Unsupported, "the database must be a file: readers and the writer share it")
	}
	if err := makeFile(path); err != nil {
		return nil, nil, fault.Wrap(err, fault.Unavailable, "cannot make the database file %s", path)
	}
	synchronous := "FULL"
	if o.Relaxed {
		synchronous = "NORMAL"
	}
	writer, err = connectSQLite(path, 1, "immediate", "journal_mode(WAL)", "synchronous("+synchronous+")", "foreign_keys(ON)")
	if err != nil {
		return nil, nil, err
	}
	readers := o.Connections
	if readers <= 0 {
		readers = 8
	}
	reader, err = connectSQLite(path, readers, "deferred", "query_only(ON)")
	if err != nil {
		return nil, nil, errors.Join(err, writer.Close())
	}
	return writer, reader, nil
}

// makeFile creates the database file for its owner only; SQLite gives the
// files beside it the same mode.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// connectSQLite opens a pool. busy_timeout comes first: the other pragmas may
// already meet a lock.
func connectSQLite(path string, connections int, begin string, pragmas ...string) (*bun.DB, error) {
	query := url.Values{"_txlock": {begin}, "_pragma": append([]string{"busy_timeout(10000)"}, pragmas...)}
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "opening the database %s", path)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return bun.NewDB(db, sqliteText{sqlitedialect.New()}), nil
}

// classifySQLite reads SQLite's primary result codes (https://sqlite.org/rescode.html).
func classifySQLite(err error) (fault.Error, bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return fault.Error{}, false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.Error{Code: fault.Busy, Message: "the database is busy; try again", RetryAfter: time.Second}, true
	case sqlite3.SQLITE_CONSTRAINT:
		return fault.Error{Code: fault.Conflict, Message: "the row is already there, or what it belongs to is gone"}, true
	case sqlite3.SQLITE_INTERRUPT:
		return fault.Error{Code: fault.Timeout, Message: "the database did not answer in time"}, true
	case sqlite3.SQLITE_FULL:
		return fault.Error{Code: fault.Unavailable, Message: "the disk of the database is full; make room"}, true
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR:
		return fault.Error{Code: fault.Unavailable, Message: "the database file cannot be read or written; check its permissions and its disk"}, true
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fault.Error{Code: fault.Unavailable, Message: "the database file is damaged or not a database; restore a backup"}, true
	case sqlite3.SQLITE_TOOBIG:
		return fault.Error{Code: fault.TooLarge, Message: "the value is too large for the database"}, true
	default:
		return fault.Error{Code: fault.Internal, Message: "the database refused a statement"}, true
	}
}
