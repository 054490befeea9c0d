package store

import (
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
)

// dialect is all in which the two databases differ.
type dialect struct {
	name  string
	goose goose.Dialect
	// open connects; writer and reader may be the same.
	open func(o Options) (writer, reader *bun.DB, err error)
	// classify names the fault of a driver's error; ok is false for errors
	// that are not the driver's.
	classify func(err error) (f fault.Error, ok bool)
	// forUpdate ends a SELECT that locks the rows it read. SQLite has one
	// writer, so reading inside a transaction is lock enough.
	forUpdate string
	// skipLocked is forUpdate for queues: rows that another holds are passed over.
	skipLocked string
	// groupsCommits is true when the store must batch commits itself.
	groupsCommits bool
}

var (
	sqliteDialect = dialect{
		name: "sqlite", goose: goose.DialectSQLite3,
		open: openSQLite, classify: classifySQLite,
		groupsCommits: true,
	}
	postgresDialect = dialect{
		name: "postgres", goose: goose.DialectPostgres,
		open: openPostgres, classify: classifyPostgres,
		forUpdate: "UPDATE", skipLocked: "UPDATE SKIP LOCKED",
	}
)

// dialectOf picks the dialect by the DSN's scheme.
func dialectOf(dsn string) (dialect, error) {
	switch scheme, _, ok := strings.Cut(dsn, "://"); {
	case dsn == "":
		return dialect{}, fault.New(fault.Invalid, "no database is configured: give a file path or postgres://user:password@host/name")
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return postgresDialect, nil
	case ok:
		return dialect{}, fault.New(fault.Unsupported, "database %q is not supported: use a file path or postgres://", scheme+"://")
	default:
		return sqliteDialect, nil
	}
}

// locked adds the dialect's row lock to a query.
func locked(q *bun.SelectQuery, lock string) *bun.SelectQuery {
	if lock == "" {
		return q
	}
	return q.For(lock)
}
