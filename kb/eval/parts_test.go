package eval_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/kb/kbtest"
)

// drawn is a random measurement.
func drawn(r *rapid.T) ([]eval.Question, [][]eval.Guess) {
	n := rapid.IntRange(1, 30).Draw(r, "n")
	questions, guesses := make([]eval.Question, n), make([][]eval.Guess, n)
	for i := range n {
		questions[i].Text = "q"
		if rapid.IntRange(0, 3).Draw(r, "answerable") > 0 {
			questions[i].Right = []string{rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(r, "right")}
		}
		score := float64(rapid.IntRange(0, 1000).Draw(r, "score")) / 1000
		for _, id := range rapid.Permutation([]string{"a", "b", "c", "d"}).Draw(r, "order") {
			guesses[i] = append(guesses[i], eval.Guess{ID: id, Score: score})
			score *= 0.9
		}
	}
	return questions, guesses
}

func TestFiguresAreShares(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := eval.Measure(drawn(r))
		for name, x := range map[string]float64{"top1": f.Top1, "top3": f.Top3, "MRR": f.MRR, "AUC": f.AUC, "c90": f.Coverage90, "c95": f.Coverage95, "ECE": f.ECE} {
			if math.IsNaN(x) || x < 0 || x > 1+1e-9 {
				r.Fatalf("%s is %v", name, x)
			}
		}
		if f.Top1 > f.Top3+1e-9 || f.Top1 > f.MRR+1e-9 || f.Coverage95 > f.Coverage90+1e-9 || f.Coverage90 > f.Top1+1e-9 {
			r.Fatalf("out of order: %+v", f)
		}
	})
}

// Figures that speak of ranks do not change with the scale of the scores.
func TestRanksDoNotDependOnTheScale(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		questions, guesses := drawn(r)
		before := eval.Measure(questions, guesses)
		for i := range guesses {
			for j := range guesses[i] {
				guesses[i][j].Score = math.Exp(3*guesses[i][j].Score) - 7
			}
		}
		after := eval.Measure(questions, guesses)
		after.ECE = before.ECE
		if before != after {
			r.Fatalf("before %+v, after %+v", before, after)
		}
	})
}

func TestPrepare(t *testing.T) {
	p := &kbtest.Phraser{}
	got, err := eval.Prepare(t.Context(), p, []string{"一", "二", "一"}, 3)
	if err != nil || len(got) != 2 || p.Encoded() != 2 || len(got["一"].Embedding) != kbtest.Dimension {
		t.Errorf("%d phrases, %d encoded, %v", len(got), p.Encoded(), err)
	}
	broken := errors.New("out of paper")
	p.Fail = func(text string) error {
		if text == "二" {
			return broken
		}
		return nil
	}
	if _, err := eval.Prepare(t.Context(), p, []string{"一", "二"}, 0); !errors.Is(err, broken) || !fault.Is(err, fault.Internal) {
		t.Errorf("a text that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := eval.Prepare(ctx, p, []string{"一"}, 1); err == nil {
		t.Error("an ended context is not noticed")
	}
}

// crowd counts how many texts are prepared at once.
type crowd struct {
	kbtest.Phraser
	now, most atomic.Int64
}

func (c *crowd) Phrase(ctx context.Context, text string) (kb.Phrase, error) {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for {
		most := c.most.Load()
		if n <= most || c.most.CompareAndSwap(most, n) {
			break
		}
	}
	return c.Phraser.Phrase(ctx, text)
}

func TestPrepareIsBounded(t *testing.T) {
	c := &crowd{}
	var texts []string
	for r := '一'; r < '一'+200; r++ {
		texts = append(texts, string(r))
	}
	if _, err := eval.Prepare(t.Context(), c, texts, 3); err != nil {
		t.Fatal(err)
	}
	if most := c.most.Load(); most > 3 {
		t.Errorf("%d texts at once, want at most 3", most)
	}
}

func TestCheckNamesEveryFault(t *testing.T) {
	s := eval.Set{Name: "店", Articles: []kb.Article{{ID: "a"}}, Questions: []eval.Question{{Text: "一", Right: []string{"a"}}, {Text: "二", Right: []string{"x"}}, {Text: "三", Right: []string{"a", "y"}}}}
	err := s.Check()
	var e *fault.Error
	if !errors.As(err, &e) || e.Code != fault.Invalid || e.Field != "店" {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{`"x"`, `"y"`, "二", "三"} {
		if !strings.Contains(e.Message, want) {
			t.Errorf("the message lacks %s: %s", want, e.Message)
		}
	}
	s.Questions = s.Questions[:1]
	if err := s.Check(); err != nil {
		t.Errorf("a good set: %v", err)
	}
}

func BenchmarkMeasure(b *testing.B) {
	var questions []eval.Question
	var guesses [][]eval.Guess
	for i := range 5000 {
		questions = append(questions, eval.Question{Text: "q", Right: []string{"a"}})
		guesses = append(guesses, []eval.Guess{{ID: "a", Score: float64(i*7919%5000) / 5000}, {ID: "b", Score: 0}})
	}
	for b.Loop() {
		eval.Measure(questions, guesses)
	}
}

// reader reads as a live service does, and counts.
type reader struct {
	kbtest.Phraser
	read, joined atomic.Int64
}

func (r *reader) Read(_ context.Context, text string) (kb.Query, error) {
	r.read.Add(1)
	return r.Query("", text), nil
}

func (r *reader) Join(ctx context.Context, before, query string) (kb.Phrase, error) {
	r.joined.Add(1)
	return r.Phrase(ctx, before+query)
}
