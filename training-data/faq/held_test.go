package faq_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/yingda/yingda/training-data/check"
)

// The held bases judge scores, so nothing of them may teach: each is sound, of
// a fair size, and shares no message with what the encoder learns from.
func TestHeldBases(t *testing.T) {
	taught := map[string]string{}
	rows, err := check.ReadAuthored(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		taught[r.Text] = r.File
	}
	for _, name := range []string{"pt", "sm", "sp"} {
		t.Run(name, func(t *testing.T) {
			entries, err := os.ReadFile("held/kb_" + name + ".jsonl")
			if err != nil {
				t.Fatal(err)
			}
			messages, err := os.ReadFile("held/kb_" + name + "_messages.jsonl")
			if err != nil {
				t.Fatal(err)
			}
			b, err := check.ReadBase(name, bytes.NewReader(entries), bytes.NewReader(messages))
			if err != nil {
				t.Fatal(err)
			}
			ids := map[string]bool{}
			for _, e := range b.Entries {
				if ids[e.ID] || e.Question == "" || e.Answer == "" || len(e.Similar) < 2 {
					t.Errorf("entry %s is doubled or lacks its heading, answer or two similar questions", e.ID)
				}
				ids[e.ID] = true
			}
			if len(b.Entries) < 100 {
				t.Errorf("%d entries, want at least 100", len(b.Entries))
			}
			all, unanswerable := 0, 0
			for _, m := range b.Messages {
				for _, id := range m.IDs {
					if !ids[id] {
						t.Errorf("line %d: no entry %s", m.Line, id)
					}
				}
				for _, text := range m.Text {
					if file := taught[text]; file != "" {
						t.Errorf("line %d: %q teaches in %s", m.Line, text, file)
					}
				}
				if all += len(m.Text); len(m.IDs) == 0 {
					unanswerable += len(m.Text)
				}
			}
			if all < 900 || unanswerable < 90 {
				t.Errorf("%d messages, %d of them without an answer: want at least 900 and 90", all, unanswerable)
			}
		})
	}
}
