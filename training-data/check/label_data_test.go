package check

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// turnsOf reads the committed label files whose names match a pattern.
func turnsOf(t *testing.T, pattern string) []Turn {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "labels", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no labels/%s (%v)", pattern, err)
	}
	var all []Turn
	for _, file := range files {
		name := "labels/" + filepath.Base(file)
		turns, err := ReadTurns(bytes.NewReader(committed(t, name)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range turns {
			turns[i].File = name
		}
		all = append(all, turns...)
	}
	return all
}

func TestCommittedLabels(t *testing.T) {
	tax := committedTaxonomy(t)
	first, second := turnsOf(t, "turns_*.jsonl"), turnsOf(t, "second_*.jsonl")
	for _, f := range append(Turns(first, tax), Turns(second, tax)...) {
		t.Error(f)
	}
	if len(first) < 4000 || len(second) < 300 {
		t.Errorf("%d labels and %d second readings, want at least 4000 and 300", len(first), len(second))
	}
	got, unread := Agree(first, second)
	for _, f := range unread {
		t.Error(f)
	}
	t.Logf("%+v", got)
	// labels/README.md states these.
	for _, figure := range []struct {
		name      string
		got, want float64
	}{
		{"turns", float64(got.Turns), 300}, {"intent", got.Intent, 0.783}, {"intent or alternative", got.Soft, 0.917},
		{"intent of turns that stand alone", got.Standalone, 0.844}, {"sentiment", got.Sentiment, 0.950}, {"hand-off", got.Handoff, 0.937},
	} {
		if math.Abs(figure.got-figure.want) > 0.0005 {
			t.Errorf("agreement on %s is %.4f, the README says %.3f", figure.name, figure.got, figure.want)
		}
	}
}

func TestCommittedLinks(t *testing.T) {
	bases, err := ReadBases(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	links, err := ReadLinks(bytes.NewReader(committed(t, "labels/links.jsonl")))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Links(links, bases) {
		t.Error(f)
	}
	kinds := map[string]int{}
	for _, l := range links {
		kinds[l.Kind]++
		for _, name := range []string{"mk", "fd", "fa"} {
			if l.Entries[name] == nil {
				t.Errorf("%s says nothing of %s", l.ID, name)
			}
		}
	}
	if len(links) < 1500 || min(kinds["A"], kinds["Q"], kinds["N"]) < 100 {
		t.Errorf("%d links of kinds %v, want at least 1500 and 100 of each kind", len(links), kinds)
	}
}

// Every set is among the authored texts; real turns have none.
func TestCommittedAuthoredTexts(t *testing.T) {
	rows, err := ReadAuthored(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	perFile := map[string]int{}
	for _, row := range rows {
		perFile[row.File]++
	}
	for _, file := range []string{"intents/utterances.jsonl", "intents/utterances_mall.jsonl", "intents/context.jsonl", "intents/emotion.jsonl",
		"intents/scope.jsonl", "intents/sentiment.jsonl", "intents/conversations.jsonl", "faq/demo.jsonl",
		"faq/authored/kb_mc.jsonl", "faq/authored/kb_mc_messages.jsonl", "faq/authored/kb_mk_messages.jsonl"} {
		if perFile[file] < 100 {
			t.Errorf("%d texts of %s", perFile[file], file)
		}
	}
	for file := range perFile {
		if matched, err := filepath.Match("labels/*", file); matched || err != nil {
			t.Errorf("%s has texts (%v)", file, err)
		}
	}
}
