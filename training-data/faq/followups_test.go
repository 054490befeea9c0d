package faq_test

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// Every follow-up has a topic and right articles of one held base, and none
// stands twice.
func TestFollowUps(t *testing.T) {
	ids := map[string]string{}
	for _, name := range []string{"pt", "sm", "sp"} {
		rows(t, "held/kb_"+name+".jsonl", func(line []byte) {
			var a struct{ ID string }
			if err := json.Unmarshal(line, &a); err != nil {
				t.Fatal(err)
			}
			ids[a.ID] = name
		})
	}
	type followUp struct {
		Topic string   `json:"topic"`
		Query string   `json:"query"`
		Right []string `json:"kb_ids"`
	}
	seen := map[[2]string]bool{}
	none := 0
	rows(t, "held/followups.jsonl", func(line []byte) {
		var f followUp
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		key := [2]string{f.Topic, f.Query}
		if f.Query == "" || ids[f.Topic] == "" || f.Right == nil || seen[key] {
			t.Errorf("%s: no text, no such topic, no list, or there twice", line)
		}
		seen[key] = true
		for _, id := range f.Right {
			if ids[id] != ids[f.Topic] {
				t.Errorf("%s: %s is not of the topic's base", line, id)
			}
		}
		if len(f.Right) == 0 {
			none++
		}
	})
	if len(seen) < 250 || none == 0 {
		t.Errorf("%d follow-ups, %d without an answer", len(seen), none)
	}
}

// rows calls f with every line of a file.
func rows(t *testing.T, name string, f func(line []byte)) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		f(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
