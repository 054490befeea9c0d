package check

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// root is the folder of the committed sets, seen from this package.
const root = ".."

func committed(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func committedTaxonomy(t testing.TB) Taxonomy {
	t.Helper()
	tax, err := ParseTaxonomy(bytes.NewReader(committed(t, "intents/taxonomy.yml")))
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

// rowsOf reads a committed set of rows; File is its path.
func rowsOf(t testing.TB, path string, read func(io.Reader) ([]Row, error)) []Row {
	t.Helper()
	rows, err := read(bytes.NewReader(committed(t, path)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return in(path, rows)
}

func TestCommittedUtterances(t *testing.T) {
	tax := committedTaxonomy(t)
	if n := len(tax.Names()); n != 61 {
		t.Errorf("%d intents, want 61", n)
	}
	begin := time.Now()
	report, err := Utterances(bytes.NewReader(committed(t, "intents/utterances.jsonl")), tax)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("checked in %s", time.Since(begin))
	wantSound(t, report, 6000)
	for _, c := range report.Balance {
		if c.Rows < 60 {
			t.Errorf("%s has %d rows, want at least 60", c.Label, c.Rows)
		}
		if c.Label == outOfScope && c.Rows < 180 {
			t.Errorf("out_of_scope has %d rows, want at least 180: it stands for everything else", c.Rows)
		}
	}
}

func TestCommittedMallUtterances(t *testing.T) {
	report, err := Utterances(bytes.NewReader(committed(t, "intents/utterances_mall.jsonl")), committedTaxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, report, 4000)
}

func TestCommittedContexts(t *testing.T) {
	report, err := Contexts(bytes.NewReader(committed(t, "intents/context.jsonl")), committedTaxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, report, 1500)
}

func TestCommittedScope(t *testing.T) {
	report, err := Scope(bytes.NewReader(committed(t, "intents/scope.jsonl")), committedTaxonomy(t))
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, report, 800)
	wantLeast(t, report, map[string]int{outOfScope: 500})
}

func TestCommittedEmotions(t *testing.T) {
	report, err := Emotions(bytes.NewReader(committed(t, "intents/emotion.jsonl")))
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, report, 900)
	wantLeast(t, report, map[string]int{"anger": 140, "disappointment": 140, "joy": 90, "neutral": 240, "urgency": 140, "worry": 140})
}

func TestCommittedSentiment(t *testing.T) {
	report, err := Sentiment(bytes.NewReader(committed(t, "intents/sentiment.jsonl")))
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, report, 1500)
	wantLeast(t, report, map[string]int{"negative": 450, "neutral": 630, "positive": 360})
}

func TestCommittedSetsDoNotOverlap(t *testing.T) {
	base := rowsOf(t, "intents/utterances.jsonl", ReadUtterances)
	for _, f := range Overlap(rowsOf(t, "intents/sentiment.jsonl", ReadSentiment), base) {
		t.Error(f)
	}
}

// What is labelled with intents says nothing different in two files, and is enough.
func TestCommittedIntentsAgree(t *testing.T) {
	sets := [][]Row{
		rowsOf(t, "intents/utterances.jsonl", ReadUtterances),
		rowsOf(t, "intents/utterances_mall.jsonl", ReadUtterances),
		rowsOf(t, "intents/context.jsonl", ReadContexts),
		rowsOf(t, "intents/scope.jsonl", ReadScope),
	}
	repeats := 0
	for _, f := range Across(sets...) {
		if f.Kind == Duplicate {
			t.Log(f)
			repeats++
			continue
		}
		t.Error(f)
	}
	t.Logf("%d texts stand in two files with one label", repeats)
	n := 0
	for i, set := range sets {
		for _, row := range set {
			if i < 3 || row.Label != outOfScope {
				n++
			}
		}
	}
	if n < 12_000 {
		t.Errorf("%d authored utterances, want at least 12000", n)
	}
}

func TestCommittedConversations(t *testing.T) {
	conversations, err := ReadConversations(bytes.NewReader(committed(t, "intents/conversations.jsonl")))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Conversations(conversations) {
		t.Error(f)
	}
	low, high := 0, 0
	for _, c := range conversations {
		switch {
		case c.Risk < 0.35:
			low++
		case c.Risk > 0.65:
			high++
		}
	}
	if len(conversations) < 150 || low < 50 || high < 30 {
		t.Errorf("%d conversations, %d of low and %d of high risk, want at least 150, 50 and 30", len(conversations), low, high)
	}
}

func wantLeast(t *testing.T, report Report, least map[string]int) {
	t.Helper()
	for _, c := range report.Balance {
		if c.Rows < least[c.Label] {
			t.Errorf("%s has %d rows, want at least %d", c.Label, c.Rows, least[c.Label])
		}
	}
}

func wantSound(t *testing.T, report Report, rows int) {
	t.Helper()
	if report.Rows < rows {
		t.Errorf("%d rows, want at least %d", report.Rows, rows)
	}
	for _, f := range report.Findings {
		t.Error(f)
	}
	if report.NearWithin > report.Rows/100 {
		t.Errorf("%d near copies within a label among %d rows, want at most one in a hundred", report.NearWithin, report.Rows)
	}
	if t.Failed() {
		var b strings.Builder
		if _, err := report.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		t.Log(b.String())
	}
}

func BenchmarkUtterances(b *testing.B) {
	tax := committedTaxonomy(b)
	data := committed(b, "intents/utterances.jsonl")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Utterances(bytes.NewReader(data), tax); err != nil {
			b.Fatal(err)
		}
	}
}
