package check

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// Where the committed sets lie, seen from this package.
const (
	taxonomyFile   = "../intents/taxonomy.yml"
	utterancesFile = "../intents/utterances.jsonl"
	sentimentFile  = "../intents/sentiment.jsonl"
)

func committed(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func committedTaxonomy(t testing.TB) Taxonomy {
	t.Helper()
	tax, err := ParseTaxonomy(bytes.NewReader(committed(t, taxonomyFile)))
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

func TestCommittedUtterances(t *testing.T) {
	tax := committedTaxonomy(t)
	if n := len(tax.Names()); n != 61 {
		t.Errorf("%d intents, want 61", n)
	}
	begin := time.Now()
	report, err := Utterances(bytes.NewReader(committed(t, utterancesFile)), tax)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("checked in %s", time.Since(begin))
	wantSound(t, report, 6000)
	for _, c := range report.Balance {
		if c.Rows < 60 {
			t.Errorf("%s has %d rows, want at least 60", c.Label, c.Rows)
		}
		if c.Label == "out_of_scope" && c.Rows < 180 {
			t.Errorf("out_of_scope has %d rows, want at least 180: it stands for everything else", c.Rows)
		}
	}
}

func TestCommittedSentiment(t *testing.T) {
	report, err := Sentiment(bytes.NewReader(committed(t, sentimentFile)))
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, report, 1500)
	least := map[string]int{"negative": 450, "neutral": 630, "positive": 360}
	for _, c := range report.Balance {
		if c.Rows < least[c.Label] {
			t.Errorf("%s has %d rows, want at least %d", c.Label, c.Rows, least[c.Label])
		}
	}
}

func TestCommittedSetsDoNotOverlap(t *testing.T) {
	base, err := ReadUtterances(bytes.NewReader(committed(t, utterancesFile)))
	if err != nil {
		t.Fatal(err)
	}
	set, err := ReadSentiment(bytes.NewReader(committed(t, sentimentFile)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Overlap(set, base) {
		t.Error(f)
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
	data := committed(b, utterancesFile)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Utterances(bytes.NewReader(data), tax); err != nil {
			b.Fatal(err)
		}
	}
}
