package vector_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/vector"
)

var noon = time.Date(2026, 11, 11, 12, 0, 0, 0, time.UTC)

// files opens Snapshots of x in dir on a clock that stands.
func files(t *testing.T, x *vector.Index, dir string) (*vector.Snapshots, *clock.Fake, *bytes.Buffer) {
	t.Helper()
	now, log := clock.NewFake(noon), &bytes.Buffer{}
	s, err := vector.NewSnapshots(x, vector.SnapshotOptions{
		Dir: dir, Encoder: "enc/1", Delay: time.Minute, Clock: now, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, now, log
}

func TestCloseSavesAndTheNextStartRestores(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by it")
	x := vector.New(8, vector.Options{})
	s, _, _ := files(t, x, dir)
	if s.Restore(t.Context(), "s", "1@a", 100) {
		t.Error("restored what was never saved")
	}
	vs := fill(t, x, 100)
	s.Changed("s", "1@a")
	fill(t, x, 400) // belongs to a later stamp, which is not told
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.Changed("s", "2@b") // too late, and no harm
	y := vector.New(8, vector.Options{})
	s, _, log := files(t, y, dir)
	if s.Restore(t.Context(), "s", "2@b", 100) {
		t.Error("restored under another stamp")
	}
	if !strings.Contains(log.String(), "1@a") {
		t.Errorf("the log does not say why: %s", log)
	}
	if s.Restore(t.Context(), "s", "1@a", 99) || !strings.Contains(log.String(), "the articles have 99") {
		t.Errorf("restored another number of vectors than the articles have: %s", log)
	}
	if n, err := y.Len(t.Context(), "s"); n != 0 || err != nil {
		t.Errorf("%d vectors of a refused file (%v)", n, err)
	}
	if !s.Restore(t.Context(), "s", "1@a", 100) {
		t.Fatalf("not restored: %s", log)
	}
	if n, err := y.Len(t.Context(), "s"); n != 100 || err != nil {
		t.Errorf("%d vectors (%v), want the 100 of the stamp", n, err)
	}
	if hits := everything(t, y, vs[3].Embedding); hits[0].Cosine < 0.999 {
		t.Errorf("a restored vector is not found: %+v", hits[0])
	}
	left, err := filepath.Glob(filepath.Join(dir, ".saving-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v (%v)", left, err)
	}
}

// until waits for what a goroutine does.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 5000 {
		if is() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("waited in vain: %s", what)
}

func TestSnapshotsWaitForQuiet(t *testing.T) {
	dir := t.TempDir()
	x := vector.New(8, vector.Options{})
	s, now, _ := files(t, x, dir)
	fill(t, x, 10)
	written := func() bool { _, err := os.Stat(filepath.Join(dir, "s.vectors")); return err == nil }
	s.Changed("s", "1@a")
	now.Advance(50 * time.Second)
	s.Changed("s", "2@a")
	now.Advance(50 * time.Second)
	time.Sleep(20 * time.Millisecond)
	if written() {
		t.Error("saved 50 s after the last change, the delay is a minute")
	}
	until(t, "saved after a minute of quiet", func() bool { now.Advance(time.Second); return written() })
}

func TestSnapshotsOfABotThatNeverRests(t *testing.T) {
	dir := t.TempDir()
	x := vector.New(8, vector.Options{})
	s, now, _ := files(t, x, dir)
	fill(t, x, 10)
	until(t, "saved in spite of changes", func() bool {
		s.Changed("s", "1@a")
		now.Advance(30 * time.Second)
		_, err := os.Stat(filepath.Join(dir, "s.vectors"))
		return err == nil
	})
	if waited := now.Now().Sub(noon); waited < 9*time.Minute {
		t.Errorf("saved after %v of changes all the time, want ten delays", waited)
	}
}

func TestRestoreLeavesDamageAside(t *testing.T) {
	dir := t.TempDir()
	x := vector.New(8, vector.Options{})
	s, _, _ := files(t, x, dir)
	fill(t, x, 50)
	s.Changed("s", "1@a")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "s.vectors")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 4
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	y := vector.New(8, vector.Options{})
	s, _, log := files(t, y, dir)
	if s.Restore(t.Context(), "s", "1@a", 100) || !strings.Contains(log.String(), "checksum") {
		t.Errorf("a damaged file: %s", log)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(name, 0o700); err != nil {
		t.Fatal(err)
	}
	if s.Restore(t.Context(), "s", "1@a", 100) {
		t.Error("restored a folder")
	}
}

func TestSnapshotsOfStrangeBots(t *testing.T) {
	dir := t.TempDir()
	x := vector.New(8, vector.Options{})
	s, _, _ := files(t, x, dir)
	for _, bot := range []string{"../../etc/passwd", "..", "店铺", strings.Repeat("长", 300), "a/b"} {
		s.Changed(bot, "1@a")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadDir(dir)
	if err != nil || len(all) != 5 {
		t.Errorf("%d files (%v), want 5", len(all), err)
	}
	s, _, log := files(t, x, dir)
	for _, bot := range []string{"../../etc/passwd", "..", "店铺", strings.Repeat("长", 300), "a/b"} {
		if !s.Restore(t.Context(), bot, "1@a", 0) {
			t.Errorf("%.20q: %s", bot, log)
		}
	}
}

func TestCloseTellsWhatWasNotSaved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	x := vector.New(8, vector.Options{})
	s, err := vector.NewSnapshots(x, vector.SnapshotOptions{Dir: dir, Encoder: "enc/1"})
	if err != nil {
		t.Fatal(err)
	}
	s.Changed("s", "1@a")
	if err := s.Close(); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), `"s"`) {
		t.Errorf("%v, want fault.Unavailable that names the bot", err)
	}
	if _, err := vector.NewSnapshots(x, vector.SnapshotOptions{Dir: dir}); !fault.Is(err, fault.Internal) {
		t.Errorf("no encoder: %v, want fault.Internal", err)
	}
}
