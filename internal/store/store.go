package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Options says which database to open and how.
type Options struct {
	// DSN is "postgres://…" for PostgreSQL; anything else is the path of a
	// SQLite file, with or without "sqlite:" before it. A missing file and
	// its folder are made, readable by the owner only.
	DSN string
	// Clock dates rows; nil means the machine's.
	Clock clock.Clock
	// Logger hears of migrations; nil means slog.Default.
	Logger *slog.Logger
	// Connections bounds the pool (PostgreSQL) or the readers (SQLite); 0
	// means 16 and 8.
	Connections int
	// AppendQueue bounds the commits that wait for SQLite's writer; 0 means
	// 1024. A full queue is fault.Busy.
	AppendQueue int
	// Relaxed lets SQLite skip the flush to disk at each commit
	// (synchronous=NORMAL): faster, and the last commits are lost when the
	// machine, not merely the process, dies.
	Relaxed bool
}

// Store is an open database. It is safe for concurrent use; Close it once.
type Store struct {
	dialect dialect
	writer  *bun.DB
	reader  *bun.DB // the writer itself for PostgreSQL
	clock   clock.Clock
	appends *appender // nil for PostgreSQL, which groups commits itself
	close   sync.Once
	closed  error
}

var (
	_ dialog.Store    = (*Store)(nil)
	_ kb.ArticleStore = (*Store)(nil)
)

// Open opens the database and brings its schema up to date. A schema newer
// than this program is fault.Unsupported and stays as it is.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	d, err := dialectOf(o.DSN)
	if err != nil {
		return nil, err
	}
	writer, reader, err := d.open(o)
	if err != nil {
		return nil, err
	}
	s := &Store{dialect: d, writer: writer, reader: reader, clock: o.Clock}
	if err := s.migrate(ctx, o.Logger); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if d.groupsCommits {
		size := o.AppendQueue
		if size <= 0 {
			size = 1024
		}
		s.appends = newAppender(s, size)
	}
	return s, nil
}

// Close finishes the commits that were accepted, then closes the database.
// Later calls return the first one's result.
func (s *Store) Close() error {
	s.close.Do(func() {
		if s.appends != nil {
			s.appends.stop()
		}
		err := s.writer.Close()
		if s.reader != s.writer {
			err = errors.Join(err, s.reader.Close())
		}
		if err != nil {
			s.closed = fault.Wrap(err, fault.Internal, "closing the database")
		}
	})
	return s.closed
}

// Ping reports whether the database answers; fault.Unavailable or
// fault.Timeout when it does not.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.fail(s.reader.NewRaw("SELECT 1").Scan(ctx, &one), "asking the database")
}

// Dialect returns "sqlite" or "postgres".
func (s *Store) Dialect() string { return s.dialect.name }

// write runs fn in one transaction.
func (s *Store) write(ctx context.Context, what string, fn func(ctx context.Context, tx bun.Tx) error) error {
	return s.fail(s.writer.RunInTx(ctx, nil, fn), what)
}

// now is the time rows are dated with.
func (s *Store) now() time.Time { return s.clock.Now().UTC() }

// nanos is how a time is stored: Unix nanoseconds, 0 for the zero time.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// instant reads what nanos wrote.
func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
