package nlu

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

type fakeEncoder struct {
	calls int
	err   error
}

func (f *fakeEncoder) Encode(_ context.Context, text string) (Features, error) {
	f.calls++
	v := []float32{1, 0}
	return Features{Embedding: v, State: v, Tokens: len(text), EncoderID: "fake"}, f.err
}

// EncodePair is Encode of both texts.
func (f *fakeEncoder) EncodePair(ctx context.Context, text, prev string) (Features, error) {
	return f.Encode(ctx, text+prev)
}
func (*fakeEncoder) ID() string          { return "fake" }
func (*fakeEncoder) Dimension() int      { return 2 }
func (*fakeEncoder) StateDimension() int { return 2 }

type fakeHead struct {
	labels []string
	probs  []float64
}

func (h fakeHead) Labels() []string { return h.labels }
func (h fakeHead) Probabilities(dst []float64, _ Input) ([]float64, error) {
	return append(dst, h.probs...), nil
}

type words struct{}

func (words) Segment(text string) []Token {
	var out []Token
	for i, r := range []rune(text) {
		out = append(out, Token{Text: string(r), Term: string(r), Start: i, End: i + 1})
	}
	return out
}

type noEntities struct{}

func (noEntities) Extract(string, time.Time) []Entity { return nil }

func pipeline(t *testing.T, enc Encoder) *Pipeline {
	t.Helper()
	p, err := NewPipeline(Parts{
		Encoder: enc, Segmenter: words{}, Entities: noEntities{},
		Heads: func(bot string) (Heads, error) {
			if bot == "broken" {
				return Heads{}, fault.New(fault.NotFound, "no such bot")
			}
			return Heads{
				Intent:    fakeHead{[]string{"a", "b", "c", "d", "e", "f"}, []float64{.1, .4, .2, .05, .05, .2}},
				Sentiment: fakeHead{[]string{Negative, Neutral, Positive}, []float64{.7, .2, .1}},
			}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnalyzeMakesOnePassAndRanks(t *testing.T) {
	enc := &fakeEncoder{}
	res, err := pipeline(t, enc).Analyze(t.Context(), Request{Text: "到哪了？"})
	if err != nil {
		t.Fatal(err)
	}
	if enc.calls != 1 {
		t.Errorf("encoder called %d times, want once", enc.calls)
	}
	want := []Intent{{"b", .4}, {"c", .2}, {"f", .2}, {"a", .1}, {"d", .05}}
	if diff := cmp.Diff(want, res.Intents); diff != "" {
		t.Errorf("intents (-want +got):\n%s", diff)
	}
	if res.Intent != want[0] {
		t.Errorf("intent %v, want %v", res.Intent, want[0])
	}
	if res.Sentiment.Label != Negative || res.Sentiment.Score != .7 || res.Sentiment.Scores.Positive != .1 {
		t.Errorf("sentiment %+v", res.Sentiment)
	}
	if diff := cmp.Diff([]string{"到", "哪", "了"}, res.Terms()); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
	if res.Entities == nil {
		t.Error("entities must be an empty list, not null")
	}
}

func TestAnalyzeRefusesBlankText(t *testing.T) {
	for _, text := range []string{"", "  \n", "\u3000", "\u200b\ufeff"} {
		_, err := pipeline(t, &fakeEncoder{}).Analyze(t.Context(), Request{Text: text})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, want an invalid fault", text, err)
		}
	}
}

func TestAnalyzeReadsInvalidUTF8(t *testing.T) {
	res, err := pipeline(t, &fakeEncoder{}).Analyze(t.Context(), Request{Text: "a\xffb"})
	if err != nil || res.Text != "a\uFFFDb" {
		t.Errorf("%q, %v", res.Text, err)
	}
}

func TestAnalyzePassesFaultsOn(t *testing.T) {
	busy := fault.New(fault.Busy, "full")
	if _, err := pipeline(t, &fakeEncoder{err: busy}).Analyze(t.Context(), Request{Text: "x"}); !errors.Is(err, busy) {
		t.Errorf("%v, want the encoder's fault", err)
	}
	if _, err := pipeline(t, &fakeEncoder{}).Analyze(t.Context(), Request{Text: "x", Bot: "broken"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v, want the heads' fault", err)
	}
}

func TestSentimentHeadWithForeignLabel(t *testing.T) {
	p, _ := NewPipeline(Parts{Encoder: &fakeEncoder{}, Segmenter: words{}, Entities: noEntities{},
		Heads: func(string) (Heads, error) {
			h := fakeHead{[]string{"x"}, []float64{1}}
			return Heads{Intent: h, Sentiment: h}, nil
		}})
	if _, err := p.Analyze(t.Context(), Request{Text: "x"}); !fault.Is(err, fault.Internal) {
		t.Errorf("%v, want an internal fault", err)
	}
}

func TestNewPipelineNamesWhatIsMissing(t *testing.T) {
	if _, err := NewPipeline(Parts{}); err == nil {
		t.Error("an empty pipeline was accepted")
	}
}

func TestResultFind(t *testing.T) {
	r := Result{Entities: []Entity{{Type: Date, Value: "1"}, {Type: Money, Value: "2"}, {Type: Money, Value: "3"}}}
	if e, ok := r.Find(Money); !ok || e.Value != "2" {
		t.Errorf("found %v %v", e, ok)
	}
	if _, ok := r.Find(City); ok {
		t.Error("found a city in a text that has none")
	}
}

type brokenEntities struct{}

func (brokenEntities) Extract(string, time.Time) []Entity { panic("a defect") }

// A defect beside the encoder reaches the caller, who recovers; it does not end the program.
func TestAnalyzePanicsInTheCaller(t *testing.T) {
	p := pipeline(t, &fakeEncoder{})
	p.parts.Entities = brokenEntities{}
	defer func() {
		if got := recover(); got != "a defect" {
			t.Errorf("recovered %v", got)
		}
	}()
	_, err := p.Analyze(t.Context(), Request{Text: "x"})
	t.Errorf("no panic, but %v", err)
}
