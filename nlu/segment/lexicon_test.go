package segment_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/segment"
	"github.com/yingda/yingda/training-data/lexicon"
)

// TestTradeTermsStayWhole cuts every term of the trade alone.
func TestTradeTermsStayWhole(t *testing.T) {
	terms, err := segment.ParseWords(bytes.NewReader(lexicon.Terms))
	if err != nil {
		t.Fatal(err)
	}
	s, err := segment.New(segment.Options{Terms: bytes.NewReader(lexicon.Terms)})
	if err != nil {
		t.Fatal(err)
	}
	if len(terms) < 1000 {
		t.Errorf("%d terms, want at least 1000", len(terms))
	}
	for _, w := range terms {
		if got := s.Segment(w.Text); len(got) != 1 {
			t.Errorf("the term %s is cut: %+v", w.Text, got)
		}
	}
}

func TestCustomersSentences(t *testing.T) {
	s, err := segment.New(segment.Options{Terms: bytes.NewReader(lexicon.Terms)})
	if err != nil {
		t.Fatal(err)
	}
	stop, err := segment.StopWords(bytes.NewReader(lexicon.StopWords))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want []string // the index terms that are no stop words
	}{
		{"你好，花呗可以分期吗", []string{"花呗", "分期"}},
		{"支持七天无理由退货吗", []string{"支持", "七天无理由", "退货"}},
		{"运费险怎么用", []string{"运费险", "怎么", "用"}},
		{"為什麼還沒發貨", []string{"为什么", "没", "发货"}},
		{"iPhone15ProMax什么时候有货", []string{"iphone", "15", "promax", "什么", "时候", "有货"}},
	} {
		var got []string
		for _, term := range nlu.Terms(s.Segment(c.text)) {
			if _, skip := stop[term]; !skip {
				got = append(got, term)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}

// TestCuts compares the cuts of testdata/cuts.txt: a new term must not change
// how other sentences are cut.
func TestCuts(t *testing.T) {
	s, err := segment.New(segment.Options{Terms: bytes.NewReader(lexicon.Terms)})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("testdata/cuts.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		want := strings.TrimSpace(line)
		if strings.HasPrefix(want, "#") {
			continue
		}
		n++
		var words []string
		for _, tok := range s.Segment(strings.ReplaceAll(want, "|", "")) {
			words = append(words, tok.Text)
		}
		if got := strings.Join(words, "|"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if n < 50 {
		t.Errorf("%d sentences were read, want at least 50", n)
	}
}
