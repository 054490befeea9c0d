package hybrid

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/vector"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/segment"
	"github.com/yingda/yingda/training-data/lexicon"
)

// absentVectors is a vector index that is down once it is told to be.
type absentVectors struct {
	*vector.Index
	err error
}

func (v *absentVectors) Search(ctx context.Context, bot string, e []float32, k int) ([]kb.VectorHit, error) {
	if v.err != nil {
		return nil, v.err
	}
	return v.Index.Search(ctx, bot, e, k)
}

func (v *absentVectors) Cosines(ctx context.Context, bot string, e []float32, owners []string) ([]kb.VectorHit, error) {
	if v.err != nil {
		return nil, v.err
	}
	return v.Index.Cosines(ctx, bot, e, owners)
}

// bareModel weighs nothing; it answers from 0.8 and suggests from 0.2.
func bareModel() Model {
	m := Model{Format: Format, Encoder: "e", Exact: 0.99, Calibration: Calibration{Slope: 1}, Thresholds: Thresholds{Answer: 0.8, Suggest: 0.2}}
	for f := range NumFeatures {
		m.Weights = append(m.Weights, Weight{Feature: Feature(f).String(), Scale: 1})
	}
	for f := range NumNoneFeatures {
		m.None.Weights = append(m.None.Weights, Weight{Feature: NoneFeature(f).String(), Scale: 1})
	}
	return m
}

// wordIndex holds bases whose vectors all are the same.
func wordIndex(t *testing.T, terms func(string) []string, bases map[string][]kb.Article) (*Index, *absentVectors) {
	t.Helper()
	v := &absentVectors{Index: vector.New(2, vector.Options{})}
	x, err := New(bareModel(), Options{Vectors: v, Encoder: "e", Stop: map[string]struct{}{"你好": {}}})
	if err != nil {
		t.Fatal(err)
	}
	for bot, articles := range bases {
		texts := map[string]kb.Phrase{}
		for _, a := range articles {
			for _, text := range Texts(a) {
				texts[text] = kb.Phrase{Embedding: []float32{1, 0}, Terms: terms(text)}
			}
		}
		if err := x.Put(t.Context(), bot, Entries(articles, texts)); err != nil {
			t.Fatal(err)
		}
	}
	return x, v
}

func letters(text string) []string {
	var out []string
	for _, r := range text {
		out = append(out, string(r))
	}
	return out
}

func TestSearchWithoutVectors(t *testing.T) {
	x, v := wordIndex(t, letters, map[string][]kb.Article{"s": {
		{ID: "ship", Question: "什么时候发货", Similar: []string{"多久能寄出"}, Answer: "48 小时内。"},
		{ID: "invoice", Question: "怎么开电子发票", Answer: "在订单里申请。"},
		{ID: "hello", Question: "你好呀", Answer: "您好。"},
	}})
	ask := func(text string) ([]kb.Hit, error) {
		return x.Search(t.Context(), kb.Query{Bot: "s", Text: text, Terms: letters(text), Embedding: []float32{1, 0}, EncoderID: "e"})
	}
	hits, err := ask("什么时候发货")
	if err != nil || hits[0].Degraded {
		t.Fatalf("with vectors: %+v, %v", hits, err)
	}
	v.err = fault.New(fault.Unavailable, "down")
	hits, err = ask("什么时候 发货？")
	if err != nil || hits[0].Article.ID != "ship" || !hits[0].Degraded || hits[0].Band != kb.Answer || hits[0].Score != 0.99 {
		t.Errorf("a wording itself: %+v, %v; want it answered", hits, err)
	}
	hits, err = ask("请问电子发票怎么开")
	if err != nil || len(hits) == 0 || hits[0].Article.ID != "invoice" || !hits[0].Degraded || hits[0].Band != kb.Suggest {
		t.Errorf("other words: %+v, %v; want it suggested", hits, err)
	}
	for i, h := range hits {
		if i > 0 && (h.Score > hits[i-1].Score || h.Band == kb.Answer) {
			t.Errorf("hit %d: %+v", i, h)
		}
	}
	if hits, err = ask("你好"); err != nil || len(hits) > 0 && hits[0].Band != kb.Abstain {
		t.Errorf("a greeting: %+v, %v", hits, err)
	}
	if hits, err = ask("xyz"); err != nil || len(hits) != 0 {
		t.Errorf("no word in common: %+v, %v", hits, err)
	}
	v.err = fault.New(fault.Internal, "broken")
	if _, err := ask("什么时候发货"); !fault.Is(err, fault.Internal) {
		t.Errorf("another fault: %v, want fault.Internal", err)
	}
}

// lines reads JSON Lines.
func lines[T any](t *testing.T, name string) []T {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []T
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var v T
		if err := json.Unmarshal(in.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// The probability of a hit that words alone found is about what it says, on
// the bases that it was fitted on; the fit is repeated to the first decimal.
func TestWordsAreCalibrated(t *testing.T) {
	seg, err := segment.New(segment.Options{Terms: bytes.NewReader(lexicon.Terms)})
	if err != nil {
		t.Fatal(err)
	}
	terms := func(text string) []string { return nlu.Terms(seg.Segment(text)) }
	type asked struct {
		ID       string   `json:"kb_id"`
		IDs      []string `json:"kb_ids"`
		Messages []string `json:"messages"`
	}
	bases, messages := map[string][]kb.Article{}, map[string][]asked{}
	for _, b := range []string{"pt", "sm", "sp"} {
		bases[b] = lines[kb.Article](t, "../../training-data/faq/held/kb_"+b+".jsonl")
		messages[b] = lines[asked](t, "../../training-data/faq/held/kb_"+b+"_messages.jsonl")
	}
	x, _ := wordIndex(t, terms, bases)
	type row struct{ rank, lead, p, right float64 }
	var rows []row
	for b, list := range messages {
		for _, m := range list {
			for _, text := range m.Messages {
				c, err := x.wordCandidates(t.Context(), kb.Query{Bot: b, Text: text, Terms: terms(text)}, x.fold(text))
				if err != nil {
					t.Fatal(err)
				}
				if len(c) == 0 || c[0].Exact {
					continue
				}
				r := row{rank: c[0].byWordRank(), p: wordProbability(c, 0)}
				r.lead = r.rank
				if len(c) > 1 {
					r.lead -= c[1].byWordRank()
				}
				for _, id := range append(m.IDs, m.ID) {
					if id == c[0].ID {
						r.right = 1
					}
				}
				rows = append(rows, r)
			}
		}
	}
	var w [3]float64
	for range 4000 {
		var g [3]float64
		for _, r := range rows {
			d := 1/(1+math.Exp(-(w[0]+w[1]*r.rank+w[2]*r.lead))) - r.right
			g[0], g[1], g[2] = g[0]+d, g[1]+d*r.rank, g[2]+d*r.lead
		}
		for i := range w {
			w[i] -= 4 * g[i] / float64(len(rows))
		}
	}
	said, was, sure, sureRight := 0.0, 0.0, 0.0, 0.0
	for _, r := range rows {
		said, was = said+r.p, was+r.right
		if r.p >= 0.5 {
			sure, sureRight = sure+1, sureRight+r.right
		}
	}
	n := float64(len(rows))
	t.Logf("%d messages; fitted %.2f; right %.3f, said %.3f; from 0.5 on %.0f messages, %.3f right", len(rows), w, was/n, said/n, sure, sureRight/max(sure, 1))
	for i, is := range []float64{wordsBias, wordsRank, wordsLead} {
		if math.Abs(is-w[i]) > 0.15 {
			t.Errorf("constant %d is %v, the fit says %.2f", i, is, w[i])
		}
	}
	if math.Abs(said-was)/n > 0.02 {
		t.Errorf("the mean probability is %.3f, %.3f were right", said/n, was/n)
	}
}
