package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/yingda/yingda/internal/fault"
)

func TestSQLiteSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dir with ?#% 空格", "a.db")
	s := openFile(t, "sqlite:"+path)
	for _, c := range []struct {
		pragma string
		want   string
	}{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"busy_timeout", "10000"},
	} {
		var got string
		if err := s.writer.NewRaw("PRAGMA "+c.pragma).Scan(t.Context(), &got); err != nil || got != c.want {
			t.Errorf("%s = %q (%v), want %q", c.pragma, got, err, c.want)
		}
	}
	if _, err := s.reader.Exec("DELETE FROM bots"); err == nil {
		t.Error("a reader may write")
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want a file that only its owner reads", suffix, info, err)
		}
	}
}

func TestRelaxed(t *testing.T) {
	s, err := Open(t.Context(), Options{DSN: filepath.Join(t.TempDir(), "a.db"), Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	var got int
	if err := s.writer.NewRaw("PRAGMA synchronous").Scan(t.Context(), &got); err != nil || got != 1 {
		t.Errorf("synchronous = %d (%v), want 1", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedEmbedding(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "a.db"))
	if err := s.PutEmbeddings(t.Context(), "enc", map[string][]float32{"d": {1, 2}}); err != nil {
		t.Fatal(err)
	}
	for _, damage := range []string{"vector = X'0000'", "dimension = 3", "dimension = 0, vector = X''"} {
		if _, err := s.writer.Exec("UPDATE embeddings SET " + damage); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Embeddings(t.Context(), "enc", []string{"d"}); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: got %v, want %s", damage, err, fault.Internal)
		}
	}
}

func TestDamagedArticle(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "a.db"))
	_, err := s.writer.Exec(`INSERT INTO articles (bot, id, question, alternatives, answer, category, updated, version)
		VALUES ('demo', 'a', 'q', '{', 'a', '', 0, 1)`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Articles(t.Context(), "demo"); !fault.Is(err, fault.Internal) {
		t.Errorf("got %v, want %s", err, fault.Internal)
	}
	if _, err := s.Article(t.Context(), "demo", "a"); !fault.Is(err, fault.Internal) {
		t.Errorf("got %v, want %s", err, fault.Internal)
	}
}
