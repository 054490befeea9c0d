package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

func oneEvent(conversation string, version int64) dialog.Commit {
	return dialog.Commit{
		Bot: "demo", Conversation: conversation, Version: version,
		Events: []dialog.Event{{
			ID: "e", Bot: "demo", Conversation: conversation, Seq: version + 1, Type: dialog.MessageReceived,
			At: time.Unix(1, 0), Data: []byte(`{"text":"你好"}`),
		}},
	}
}

// hold keeps SQLite's writer from committing until release is called.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	tx, err := s.writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

// waitFor polls until ready.
func waitFor(t *testing.T, what string, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ready(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("timed out waiting for " + what)
		}
	}
}

func TestOneBadCommitSpoilsNoOther(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "a.db"))
	if _, err := s.writer.Exec(`CREATE TRIGGER spoil BEFORE INSERT ON events WHEN NEW.conversation = 'bad'
		BEGIN SELECT RAISE(ABORT, 'spoiled'); END`); err != nil {
		t.Fatal(err)
	}
	release := hold(t, s)
	first := make(chan error, 1)
	before := s.writer.Stats().WaitCount
	go func() {
		_, err := s.Append(context.Background(), oneEvent("first", 0))
		first <- err
	}()
	waitFor(t, "the writer to begin", func() bool { return s.writer.Stats().WaitCount > before })
	const good = 20
	errs := make([]error, good+1)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			id := fmt.Sprintf("good_%d", i)
			if i == good {
				id = "bad"
			}
			_, errs[i] = s.Append(context.Background(), oneEvent(id, 0))
		}()
	}
	waitFor(t, "the queue", func() bool { return len(s.appends.queue) == len(errs) }) // one batch, the next
	release()
	wg.Wait()
	if err := <-first; err != nil {
		t.Error(err)
	}
	for i, err := range errs[:good] {
		if err != nil {
			t.Errorf("commit %d failed for another's sake: %v", i, err)
		}
	}
	if errs[good] == nil {
		t.Error("the bad commit was acknowledged")
	}
	if _, err := s.Events(t.Context(), "demo", "bad", 0); !fault.Is(err, fault.NotFound) {
		t.Errorf("the bad conversation: %v, want %s", err, fault.NotFound)
	}
	all, err := s.Summaries(t.Context(), dialog.Filter{Bot: "demo"})
	if err != nil || len(all) != good+1 {
		t.Errorf("%d conversations (%v), want %d", len(all), err, good+1)
	}
}

func TestFullQueueIsBusy(t *testing.T) {
	s, err := Open(t.Context(), Options{DSN: filepath.Join(t.TempDir(), "a.db"), AppendQueue: 2})
	if err != nil {
		t.Fatal(err)
	}
	release := hold(t, s)
	outcomes := make(chan error, 300)
	for i := range cap(outcomes) {
		go func() {
			_, err := s.Append(context.Background(), oneEvent(fmt.Sprint("conv_", i), 0))
			outcomes <- err
		}()
	}
	var busy *fault.Error
	for range cap(outcomes) - batchLimit - 2 { // more than a batch and a queue cannot wait
		if err := <-outcomes; !errors.As(err, &busy) || busy.Code != fault.Busy || busy.RetryAfter <= 0 {
			t.Fatalf("got %v, want %s with a time to wait", err, fault.Busy)
		}
	}
	release()
	written := 0
	for range batchLimit + 2 {
		if err := <-outcomes; err == nil {
			written++
		} else if !fault.Is(err, fault.Busy) {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if written == 0 {
		t.Error("nothing was written")
	}
}

func TestGivingUpWhileQueued(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "a.db"))
	release := hold(t, s)
	first := make(chan error, 1)
	go func() { // the writer takes this one and waits for the database
		_, err := s.Append(context.Background(), oneEvent("taken", 0))
		first <- err
	}()
	waitFor(t, "the writer", func() bool { return s.writer.Stats().WaitCount > 0 })

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := s.Append(ctx, oneEvent("abandoned", 0)); !fault.Is(err, fault.Timeout) {
		t.Errorf("got %v, want %s", err, fault.Timeout)
	}
	release()
	if err := <-first; err != nil {
		t.Error(err)
	}
	if _, err := s.Append(t.Context(), oneEvent("later", 0)); err != nil {
		t.Error(err)
	}
	if _, err := s.Events(t.Context(), "demo", "abandoned", 0); !fault.Is(err, fault.NotFound) {
		t.Errorf("what was given up: %v, want %s", err, fault.NotFound)
	}
}

func TestCloseWritesWhatWasAccepted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s := openFile(t, path)
	const n = 50
	errs := make(chan error, n)
	for i := range n {
		go func() {
			_, err := s.Append(context.Background(), oneEvent(fmt.Sprint("conv_", i), 0))
			errs <- err
		}()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	written := 0
	for range n {
		if err := <-errs; err == nil {
			written++
		} else if !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v, want %s", err, fault.Unavailable)
		}
	}
	all, err := openFile(t, path).Summaries(t.Context(), dialog.Filter{Bot: "demo"})
	if err != nil || len(all) != written {
		t.Errorf("%d conversations are there (%v), %d were acknowledged", len(all), err, written)
	}
}
