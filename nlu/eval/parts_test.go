package eval

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/nlu"
)

func TestLessons(t *testing.T) {
	d := NewData(lessons(t), "AUTHORED")
	count := func(task string) map[string]int {
		rows, err := d.lesson(task)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]int{}
		for _, r := range rows {
			out[r.Label]++
			if r.Text == "" || task != ContextTask && r.Prev != "" {
				t.Errorf("%s learns from %+v", task, r)
			}
		}
		return out
	}
	// A pair that needs its turn before teaches nothing about the text alone.
	if diff := cmp.Diff(map[string]int{"ship_time": 2, "return_request": 3, "thanks": 2, "out_of_scope": 2, "refund_status": 1}, count(IntentTask)); diff != "" {
		t.Errorf("intents (-want +got):\n%s", diff)
	}
	// All pairs, and every fourth of the nine utterances.
	if diff := cmp.Diff(map[string]int{"refund_status": 3, "ship_time": 3, "thanks": 1, "out_of_scope": 1}, count(ContextTask)); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
	// Sentences, and whatever else says how it feels.
	if diff := cmp.Diff(map[string]int{"negative": 3, "neutral": 13, "positive": 3}, count(SentimentTask)); diff != "" {
		t.Errorf("sentiment (-want +got):\n%s", diff)
	}
	if _, err := d.lesson("risk"); !isAbsent(err) {
		t.Errorf("a task without data: %v", err)
	}
}

// Files are read once, however many contenders ask.
func TestRowsAreKept(t *testing.T) {
	files := fixture(t)
	d := NewData(files, "DATA")
	first, err := d.messages()
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "intent/messages_dev.jsonl")
	again, err := d.messages()
	if err != nil || !slices.Equal(first, again) || len(first) != 7 {
		t.Errorf("%d rows, then %d, %v", len(first), len(again), err)
	}
	if first[0].Prev != "" || !first[5].Ctx || first[0].Alt != "ship_urge" {
		t.Errorf("rows are %+v", first)
	}
}

func TestParts(t *testing.T) {
	d := NewData(fixture(t), "DATA")
	train, err := d.part("sentiment/chat.jsonl.gz", trainPart)
	if err != nil || len(train) != 16 {
		t.Errorf("%d rows to train on, %v", len(train), err)
	}
	dev, err := d.part("intent/smalltalk.jsonl", devPart)
	if err != nil || len(dev) != 8 || dev[0].Label != "Music" {
		t.Errorf("dev rows %+v, %v", dev, err)
	}
}

func TestTurns(t *testing.T) {
	d := NewData(fixture(t), "DATA")
	talks, err := d.talks(devPart)
	if err != nil || len(talks) != 6 {
		t.Fatalf("%d conversations, %v", len(talks), err)
	}
	said, last := talks[0].turns()
	want := []nlu.Turn{{Customer: true, Text: "你好"}, {Text: "您好"}, {Customer: true, Text: "烂透了失望"}, {Text: "好的"}}
	if diff := cmp.Diff(want, said); diff != "" || last != "烂透了失望" {
		t.Errorf("the last message is %q (-want +got):\n%s", last, diff)
	}
	if _, last := (talk{}).turns(); last != "" {
		t.Errorf("nobody said %q", last)
	}
}

// fixed says one probability of a label for each text.
type fixed struct {
	label string
	by    map[string]float64
}

func (f fixed) Labels() []string { return []string{"other", f.label} }
func (f fixed) Probabilities(dst []float64, in nlu.Input) ([]float64, error) {
	p := f.by[in.Text]
	return append(dst, 1-p, p), nil
}

// The threshold lets 0.95 of what is inside through; the recall is over what
// scores above it.
func TestScopeThreshold(t *testing.T) {
	opts := options(t)
	by := map[string]float64{}
	inside := []string{"什么时候发货", "怎么退货呢", "太好了谢谢", "烂透了退货", "多久"} // 多久 is there twice
	for i, text := range inside {
		by[text] = 0.1 * float64(i) // 0, 0.1, 0.2, 0.3, 0.4, 0.4
	}
	for i, text := range noise(noises) {
		if i < noises/4 {
			by[text] = 0.9
		}
	}
	by["最高的山是什么"] = 0.41
	by["红烧肉做法"] = 0.39
	c := ours(t)
	c.Heads.Scope = fixed{nlu.ScopeOut, by}
	opts.Only = []string{"scope"}
	r, err := Run(t.Context(), []Contender{c}, opts)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{"scope_noise": 0.25, "scope_open": 0.5, "scope_voice": 0} {
		if got, _ := r.Value("int8", key); !close(got, want) {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	all, _ := r.Value("int8", "scope")
	rows := r.cell("int8", "scope").Rows
	if want := (50.0 + 1) / float64(rows); !close(all, want) || rows != 200+2+3*8 {
		t.Errorf("recall %v over %d rows, want %v", all, rows, want)
	}
}

// A contender that learns is told what, and gets what was read.
func TestLearning(t *testing.T) {
	var names []string
	c := base()
	c.Learn = func(ctx context.Context, name string, in []nlu.Input, labels []string) (nlu.Classifier, error) {
		names = append(names, name)
		for i := range in {
			if len(in[i].State) != fakeWidth || in[i].Text == "" || labels[i] == "" {
				t.Errorf("%s: input %+v of %q", name, in[i], labels[i])
			}
		}
		return learnNear(ctx, name, in, labels)
	}
	opts := options(t)
	opts.Only = []string{"messages", "sentiment", "scope", "cais"}
	if _, err := Run(t.Context(), []Contender{c}, opts); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names, " "); got != "intent intent_context sentiment cais" { // each once
		t.Errorf("learned %s", got)
	}
}

// A head of another task that ships is asked, not learned.
func TestOtherHeads(t *testing.T) {
	c := ours(t)
	c.Others = map[string]nlu.Classifier{"weibo_ewect6": learned(t, Example{Text: "哈哈快乐", Label: "happy"}, Example{Text: "气死人", Label: "angry"})}
	c.Learn = func(context.Context, string, []nlu.Input, []string) (nlu.Classifier, error) {
		t.Error("it was learned again")
		return nil, context.Canceled
	}
	opts := options(t)
	opts.Only = OtherHeads
	r, err := Run(t.Context(), []Contender{c}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := r.Value("int8", "weibo_ewect6"); got != 1 {
		t.Errorf("macro F1 %v", got)
	}
}
