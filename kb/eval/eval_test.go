package eval_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReadQuestions(t *testing.T) {
	got, err := eval.ReadQuestions(strings.NewReader("\ufeff" + `{"query":"q1","kb_id":"a","type":"answerable"}
{"query":"q2","kb_id":null}

{"query":"q3","kb_ids":["a","b"]}
{"query":"q4","kb_ids":[]}
{"kb_id":"c","messages":["m1","m2"]}
{"kb_id":null,"messages":["m3"]}
{"topic":"a","query":"m4","kb_ids":["b"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []eval.Question{
		{Text: "q1", Right: []string{"a"}}, {Text: "q2", Right: nil}, {Text: "q3", Right: []string{"a", "b"}}, {Text: "q4", Right: []string{}},
		{Text: "m1", Right: []string{"c"}}, {Text: "m2", Right: []string{"c"}}, {Text: "m3", Right: nil},
		{Text: "m4", Right: []string{"b"}, Topic: "a"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestReadArticles(t *testing.T) {
	got, err := eval.ReadArticles(strings.NewReader(`{"id":"a","question":"q","similar":["s"],"answer":"x","shop":"unknown"}` + "\n"))
	if err != nil || !cmp.Equal(got, []kb.Article{{ID: "a", Question: "q", Similar: []string{"s"}, Answer: "x"}}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadFaults(t *testing.T) {
	articles := func(s string) error { _, err := eval.ReadArticles(strings.NewReader(s)); return err }
	questions := func(s string) error { _, err := eval.ReadQuestions(strings.NewReader(s)); return err }
	for name, c := range map[string]struct {
		err  error
		code fault.Code
		at   string
	}{
		"no JSON":            {articles("\n{"), fault.Invalid, "line 2"},
		"no id":              {articles(`{"question":"q"}`), fault.Invalid, "line 1"},
		"no question":        {articles(`{"id":"q"}`), fault.Invalid, "line 1"},
		"twice":              {articles("{\"id\":\"a\",\"question\":\"q\"}\n{\"id\":\"a\",\"question\":\"q\"}"), fault.Invalid, "line 2"},
		"no query":           {questions(`{"kb_id":"a"}`), fault.Invalid, "line 1"},
		"an empty message":   {questions(`{"kb_id":"a","messages":["x",""]}`), fault.Invalid, "line 1"},
		"a misspelt field":   {questions(`{"query":"q","articles":["a"]}`), fault.Invalid, "kb_ids"},
		"ids in no list":     {questions(`{"query":"q","kb_ids":"a"}`), fault.Invalid, "kb_ids"},
		"an id that is none": {questions(`{"query":"q","kb_id":["a"]}`), fault.Invalid, "kb_id"},
		"a question no JSON": {questions("x"), fault.Invalid, "line 1"},
		"a long line":        {questions("{\"query\":\"x\",\"kb_id\":null}\n" + strings.Repeat("x", 2<<20)), fault.TooLarge, "line 2"},
	} {
		if !fault.Is(c.err, c.code) || !strings.Contains(c.err.Error(), c.at) {
			t.Errorf("%s: %v, want %s in %s", name, c.err, c.code, c.at)
		}
	}
	if _, err := eval.ReadArticles(iotest.ErrReader(errors.New("gone"))); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a broken reader: %v", err)
	}
}

func FuzzReadQuestions(f *testing.F) {
	f.Add(`{"query":"q","kb_ids":["a"]}`)
	f.Add(`{"kb_id":null,"messages":["a","b"]}`)
	f.Add("\ufeff\n{}")
	f.Fuzz(func(t *testing.T, text string) {
		questions, err := eval.ReadQuestions(strings.NewReader(text))
		if err != nil {
			if c := fault.CodeOf(err); c != fault.Invalid && c != fault.TooLarge {
				t.Fatalf("%s: %v", c, err)
			}
			return
		}
		for _, q := range questions {
			if q.Text == "" {
				t.Fatal("an empty question was taken")
			}
		}
	})
}

func TestMeasure(t *testing.T) {
	questions := []eval.Question{
		{Text: "first", Right: []string{"a"}}, {Text: "second", Right: []string{"a", "b"}}, {Text: "fourth", Right: []string{"a"}}, {Text: "missing", Right: []string{"a"}}, {Text: "none", Right: nil}, {Text: "silent", Right: nil},
	}
	guesses := [][]eval.Guess{
		{{"a", 0.9}, {"b", 0.1}},
		{{"c", 0.8}, {"b", 0.7}, {"a", 0.1}},
		{{"b", 0.6}, {"c", 0.5}, {"d", 0.4}, {"a", 0.3}},
		{{"b", 0.2}},
		{{"a", 0.5}},
		nil,
	}
	got := eval.Measure(questions, guesses)
	want := eval.Figures{
		Questions: 6, Answerable: 4, Top1: 0.25, Top3: 0.5, MRR: (1 + 0.5 + 0.25) / 4,
		AUC: (4 + 3) / 8.0, Coverage90: 0.25, Coverage95: 0.25, ECE: got.ECE,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := eval.Measure(questions[:2], guesses[:2]); got.AUC != 0 {
		t.Errorf("AUC without unanswerable questions: %v", got.AUC)
	}
	if got := eval.Measure(nil, nil); got.Top1 != 0 || got.Questions != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestCoverage(t *testing.T) {
	firsts := []eval.First{{0.9, true}, {0.8, true}, {0.8, false}, {0.7, true}, {0.6, true}, {0.1, false}}
	for _, c := range []struct{ precision, share, threshold float64 }{
		{1, 0.2, 0.9}, {0.8, 0.8, 0.6}, {0.75, 0.8, 0.6}, {0.6, 0.8, 0.1},
	} {
		share, threshold := eval.Coverage(firsts, 5, c.precision)
		if math.Abs(share-c.share) > 1e-9 || threshold != c.threshold {
			t.Errorf("precision %v: share %v at %v, want %v at %v", c.precision, share, threshold, c.share, c.threshold)
		}
	}
	if share, threshold := eval.Coverage([]eval.First{{0.9, false}}, 1, 0.9); share != 0 || !math.IsInf(threshold, 1) {
		t.Errorf("nothing right: %v at %v", share, threshold)
	}
}

func TestCalibrationError(t *testing.T) {
	var questions []eval.Question
	var guesses [][]eval.Guess
	for i := range 1000 {
		id := "wrong"
		if i%10 < 7 {
			id = "right"
		}
		questions = append(questions, eval.Question{Text: "q", Right: []string{"right"}})
		guesses = append(guesses, []eval.Guess{{id, 0.7}})
	}
	if got := eval.Measure(questions, guesses).ECE; got > 1e-9 {
		t.Errorf("seven of ten right at 0.7: error %v", got)
	}
	for i := range guesses {
		guesses[i][0].Score = 0.9
	}
	if got := eval.Measure(questions, guesses).ECE; math.Abs(got-0.2) > 1e-9 {
		t.Errorf("seven of ten right at 0.9: error %v, want 0.2", got)
	}
}

// model trusts the nearest wording.
func model() hybrid.Model { return kbtest.Model(map[hybrid.Feature]float64{hybrid.Cosine: 12}) }

var set = eval.Set{
	Name: "shop",
	Articles: []kb.Article{
		{ID: "ship", Question: "什么时候发货", Similar: []string{"多久能寄出"}, Answer: "48 小时内"},
		{ID: "invoice", Question: "怎么开发票", Similar: []string{"能开专票吗"}, Answer: "签收后申请"},
		{ID: "return", Question: "如何退货", Answer: ""},
	},
	Questions: []eval.Question{
		{Text: "能开专票吗", Right: []string{"invoice"}}, {Text: "多久能寄出呢", Right: []string{"ship"}}, {Text: "怎么退货啊", Right: []string{"return"}},
		{Text: "我的天哪这也行", Right: []string{"ship"}}, {Text: "今晚吃火锅", Right: nil},
	},
}

func TestRun(t *testing.T) {
	report, err := eval.Run(t.Context(), &kbtest.Phraser{}, model(), set, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Methods) != 4 || report.Articles != 3 {
		t.Fatalf("%+v", report)
	}
	for _, m := range report.Methods {
		if m.Questions != 5 || m.Answerable != 4 || m.Top1 < 0.5 || m.Top1 > 1 {
			t.Errorf("%s: %+v", m.Name, m.Figures)
		}
	}
	if h := report.Methods[3]; h.Top1 != 0.75 || !h.Probabilities {
		t.Errorf("hybrid: %+v", h)
	}
	if len(report.Misses) != 1 || report.Misses[0].Question != "我的天哪这也行" {
		t.Errorf("misses %+v", report.Misses)
	}
	var b bytes.Buffer
	if err := report.Table(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"shop: 3 articles, 5 questions, 4 answerable", "words (BM25)", "embedding", "hybrid", "0.750"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
	if _, err := json.Marshal(report); err != nil {
		t.Errorf("the report is no JSON: %v", err)
	}
	if err := (eval.Report{}).Table(&b); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty report: %v", err)
	}
}

func TestRunLeavesOutExpiredArticles(t *testing.T) {
	s := set
	s.Articles = append([]kb.Article(nil), set.Articles...)
	past := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	s.Articles[1].ValidUntil = &past
	report, err := eval.Run(t.Context(), &kbtest.Phraser{}, model(), s, eval.Options{At: past.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range report.Methods {
		if m.Top1 > 0.5 {
			t.Errorf("%s answers with an expired article: %v", m.Name, m.Top1)
		}
	}
}

func TestRunFaults(t *testing.T) {
	run := func(p kb.Phraser, m hybrid.Model, s eval.Set) error {
		_, err := eval.Run(t.Context(), p, m, s, eval.Options{})
		return err
	}
	p := &kbtest.Phraser{}
	if err := run(p, model(), eval.Set{Name: "x"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty set: %v", err)
	}
	bad := set
	bad.Questions = []eval.Question{{Text: "q", Right: []string{"nothing"}}}
	if err := run(p, model(), bad); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("an unknown right answer: %v", err)
	}
	if err := run(&kbtest.Phraser{ID: "other"}, model(), set); !fault.Is(err, fault.Conflict) {
		t.Errorf("a model of another encoder: %v", err)
	}
	p.Fail = func(string) error { return fault.New(fault.Unavailable, "no model") }
	if err := run(p, model(), set); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a phraser that fails: %v", err)
	}
}
