package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the suite makes a schema per test

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/store"
)

// PostgresVariable names the environment variable that holds the DSN of a
// PostgreSQL database in which tests may make schemas.
const PostgresVariable = "YINGDA_TEST_PG"

// Opener gives a test a DSN of an empty database.
type Opener func(t testing.TB) (dsn string)

// SQLite is an Opener of a file that goes with the test.
func SQLite(t testing.TB) string { return filepath.Join(t.TempDir(), "yingda.db") }

// Postgres is an Opener of a fresh schema of the database that
// YINGDA_TEST_PG names. Without it the test is skipped, and says so.
func Postgres(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv(PostgresVariable)
	if dsn == "" {
		t.Skipf("SKIPPED: set %s=postgres://… to run this on PostgreSQL", PostgresVariable)
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatalf("%s: %v", PostgresVariable, err)
	}
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		t.Fatal(err)
	}
	schema := "test_" + hex.EncodeToString(random[:])
	if _, err := db.ExecContext(context.Background(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatalf("%s: %v", PostgresVariable, err)
	}
	t.Cleanup(func() {
		if _, err := db.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Errorf("dropping the test's schema: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("%s: %v", PostgresVariable, err)
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String()
}

// Open opens a SQLite store in a folder that goes with the test and closes it
// at the test's end. It flushes nothing to disk: for tests of other packages.
func Open(t testing.TB, c clock.Clock) *store.Store {
	t.Helper()
	return open(t, store.Options{DSN: SQLite(t), Clock: c, Relaxed: true})
}

func open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := store.Open(ctx, o)
	if err != nil {
		t.Fatalf("opening the store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return s
}
