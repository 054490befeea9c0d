package store

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

func openFile(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{DSN: path, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestDowngradeRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s := openFile(t, path)
	if _, err := s.writer.Exec("INSERT INTO schema_version (version_id, is_applied) VALUES (99, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Options{DSN: path})
	if !fault.Is(err, fault.Unsupported) {
		t.Fatalf("got %v, want %s", err, fault.Unsupported)
	}
	for _, part := range []string{"version 99", "newer yingda", "backup"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message %q does not say %q", err, part)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Errorf("the refused database was changed (%v)", err)
	}
}

func TestDialectsHaveTheSameMigrations(t *testing.T) {
	names := func(dialect string) string {
		entries, err := fs.ReadDir(migrations, "migrations/"+dialect)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return strings.Join(all, " ")
	}
	if a, b := names("sqlite"), names("postgres"); a != b || a == "" {
		t.Errorf("sqlite has %q, postgres has %q", a, b)
	}
}

func TestEveryTableHasABot(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "a.db"))
	var without []string
	err := s.reader.NewRaw(`SELECT m.name FROM sqlite_master m WHERE m.type = 'table'
		AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'schema_version'
		AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'bot')`).Scan(t.Context(), &without)
	if err != nil || len(without) > 0 {
		t.Errorf("tables without a bot: %v (%v)", without, err)
	}
}

func TestMigrationsGoDownAndUp(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "a.db"))
	provider, err := s.provider()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := provider.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Bots(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestArticlesFromBeforeRevisions(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "a.db"))
	provider, err := s.provider()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.writer.Exec(`INSERT INTO articles (bot, id, question, alternatives, answer, category, updated, version)
		VALUES ('demo', 'a', '旧的', '["x"]', '答', '', 1700000000000000000, 5), ('demo', 'b', '问', '[]', '答', '', 1, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := provider.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored, r, err := s.ChangeArticles(t.Context(), "demo", kb.Change{Put: []kb.Article{{ID: "a", Question: "新的", Version: 5}}, Delete: []string{"b"}})
	if err != nil || r.Number != 1 || stored[0].Version != 6 {
		t.Fatal(stored, r, err)
	}
	before, err := s.ArticlesAt(t.Context(), "demo", 0)
	if err != nil || len(before) != 2 || before[0].Question != "旧的" || before[0].Version != 5 || before[0].Similar[0] != "x" {
		t.Errorf("revision 0: %+v, %v", before, err)
	}
	after, err := s.ArticlesAt(t.Context(), "demo", 1)
	if err != nil || len(after) != 1 || after[0].Question != "新的" {
		t.Errorf("revision 1: %+v, %v", after, err)
	}
	editions, err := s.Editions(t.Context(), "demo", "a")
	if err != nil || len(editions) != 2 || editions[1].Number != 0 || editions[1].At.Unix() != 1700000000 {
		t.Errorf("editions: %+v, %v", editions, err)
	}
}

func TestOpenFaults(t *testing.T) {
	dir := t.TempDir()
	noDatabase := filepath.Join(dir, "text.db")
	if err := os.WriteFile(noDatabase, []byte(strings.Repeat("this is not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dsn  string
		code fault.Code
	}{
		{"", fault.Invalid},
		{"mysql://localhost/x", fault.Unsupported},
		{":memory:", fault.Unsupported},
		{"sqlite:", fault.Unsupported},
		{filepath.Join(noDatabase, "below-a-file.db"), fault.Unavailable},
		{noDatabase, fault.Unavailable},
		{dir, fault.Unavailable},
		{"postgres://user:geheim@%zz/x", fault.Invalid},
		{"postgres://user:geheim@127.0.0.1:1/x?connect_timeout=1", fault.Unavailable},
	} {
		s, err := Open(context.Background(), Options{DSN: c.dsn})
		if !fault.Is(err, c.code) {
			t.Errorf("%q: got %v (%s), want %s", c.dsn, err, fault.CodeOf(err), c.code)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("the message shows the password: %v", err)
		}
		if s != nil {
			t.Errorf("%q: a store came with the error", c.dsn)
		}
	}
}
