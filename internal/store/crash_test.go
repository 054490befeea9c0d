package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/store"
)

// crashVariable makes the test binary the child that TestCrash kills: it holds
// the database's path.
const crashVariable = "YINGDA_STORE_CRASH_DB"

// TestCrash kills a process that appends, again and again, and looks whether
// all that it was told is written is there.
func TestCrash(t *testing.T) {
	if path := os.Getenv(crashVariable); path != "" {
		appendForever(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "crash.db")
	acknowledged := map[string]int64{}
	for round := range 4 {
		before := len(acknowledged)
		killMidway(t, path, 150+50*round, acknowledged)
		if len(acknowledged) == before {
			t.Fatalf("round %d acknowledged nothing", round)
		}
		checkSurvived(t, path, acknowledged)
	}
	t.Logf("%d conversations were acknowledged before four kills; none is missing", len(acknowledged))
}

// appendForever appends from several goroutines and prints each commit once it
// is acknowledged.
func appendForever(t *testing.T, path string) {
	s, err := store.Open(context.Background(), store.Options{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	var out sync.Mutex
	for w := range 6 {
		go func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("conv_%d_%d_%d", os.Getpid(), w, n)
				for version := int64(0); version < 3; version++ {
					if _, err := s.Append(context.Background(), commitOf(id, version)); err != nil {
						panic(err)
					}
					out.Lock()
					fmt.Printf("ack %s %d\n", id, version+1)
					out.Unlock()
				}
			}
		}()
	}
	time.Sleep(time.Minute) // killed long before
}

func commitOf(conversation string, version int64) dialog.Commit {
	return dialog.Commit{
		Bot: "demo", Conversation: conversation, Version: version,
		Events: []dialog.Event{{
			ID: fmt.Sprintf("evt_%s_%d", conversation, version+1), Bot: "demo", Conversation: conversation, Seq: version + 1,
			Type: dialog.MessageReceived, At: time.Unix(0, version).UTC(), Actor: dialog.Actor{Kind: dialog.Visitor},
			Data: []byte(`{"id":"m","text":"我的快递三天没动了，帮我看看到哪里了"}`),
		}},
		Summary: dialog.Summary{Status: dialog.StatusBot, Channel: "web", LastText: "我的快递三天没动了"},
	}
}

// killMidway runs the child until it has acknowledged enough commits, kills it,
// and adds what it acknowledged.
func killMidway(t *testing.T, path string, enough int, acknowledged map[string]int64) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	child.Env = append(os.Environ(), crashVariable+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if n == enough {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		var id string
		var seq int64
		if k, _ := fmt.Sscanf(lines.Text(), "ack %s %d", &id, &seq); k == 2 {
			acknowledged[id] = max(acknowledged[id], seq)
		}
	}
	if err := child.Wait(); err == nil || child.ProcessState.Exited() {
		t.Fatalf("the child ended by itself: %v", err)
	}
}

func checkSurvived(t *testing.T, path string, acknowledged map[string]int64) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for id, seq := range acknowledged {
		events, err := s.Events(t.Context(), "demo", id, 0)
		if err != nil || int64(len(events)) < seq {
			t.Fatalf("%s: %d of %d acknowledged events are there (%v)", id, len(events), seq, err)
		}
		summary, err := s.Summary(t.Context(), "demo", id)
		if err != nil || summary.Seq != int64(len(events)) {
			t.Fatalf("%s: the summary stands at %d, the events at %d (%v)", id, summary.Seq, len(events), err)
		}
		for i, e := range events {
			if e.Seq != int64(i+1) {
				t.Fatalf("%s: event %d has seq %d", id, i, e.Seq)
			}
		}
	}
}
