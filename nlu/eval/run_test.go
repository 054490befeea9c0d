package eval

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

func options(t testing.TB) Options {
	return Options{Data: NewData(fixture(t), "DATA"), Authored: NewData(lessons(t), "AUTHORED"), Workers: 3}
}

// base is a contender whose heads are learned.
func base() Contender {
	return Contender{Key: "base", Title: "base + head", Encoder: &fakeEncoder{}, Learn: learnNear}
}

// learned trains a head for a contender that ships with it.
func learned(t testing.TB, examples ...Example) nlu.Classifier {
	t.Helper()
	e := &fakeEncoder{}
	var in []nlu.Input
	var labels []string
	for _, x := range examples {
		f, _ := e.EncodePair(t.Context(), x.Text, x.Prev)
		in, labels = append(in, nlu.Input{Text: x.Text, Embedding: f.Embedding, State: f.State}), append(labels, x.Label)
	}
	c, err := learnNear(t.Context(), "", in, labels)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ours ships every head.
func ours(t testing.TB) Contender {
	authored := NewData(lessons(t), "AUTHORED")
	from := func(task string) nlu.Classifier {
		rows, err := authored.lesson(task)
		if err != nil {
			t.Fatal(err)
		}
		return learned(t, rows...)
	}
	return Contender{Key: "int8", Title: "ours int8", Encoder: &fakeEncoder{}, Learn: learnNear, Heads: &nlu.Heads{
		Intent: from(IntentTask), Context: from(IntentTask), Sentiment: from(SentimentTask),
		Scope: learned(t, Example{Text: "发货退货谢谢多久", Label: "in"}, Example{Text: "天气播放音乐红烧肉空调快乐山气死人", Label: nlu.ScopeOut}),
		Risk:  learned(t, Example{Text: "谢谢解决了", Label: "calm"}, Example{Text: "烂透了失望", Label: nlu.RiskLabel}),
	}, Note: "what ships"}
}

func TestEverythingIsMeasured(t *testing.T) {
	opts := options(t)
	var said []string
	opts.Log = func(format string, args ...any) { said = append(said, format) }
	r, err := Run(t.Context(), []Contender{Majority(), Bayes(), base(), ours(t)}, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range r.Lines {
		for _, c := range l.Cells {
			if (c.Value == nil) == (c.Missing == "") {
				t.Errorf("%s of %s: value %v, missing %q", l.Key, c.Contender, c.Value, c.Missing)
			}
			if c.Value != nil && (*c.Value < 0 || *c.Value > 1+1e-9 || c.Rows == 0) {
				t.Errorf("%s of %s is %v over %d rows", l.Key, c.Contender, *c.Value, c.Rows)
			}
		}
	}
	// What the fixture makes easy is right, what nobody can know is not.
	for _, want := range []struct {
		contender, key string
		value          float64
	}{
		{"majority", "strict", 0.4}, {"majority", "context", 0.5}, {"majority", "online_shopping", 0.5}, {"majority", "scope", 0}, {"majority", "dissatisfied_sentiment", 0.5},
		{"bayes", "strict", 1}, {"bayes", "context", 1}, {"bayes", "online_shopping", 1}, {"bayes", "smalltalk", 1}, {"bayes", "dissatisfied_sentiment", 1},
		{"base", "strict", 1}, {"base", "soft", 1}, {"base", "context", 1}, {"base", "faq_top1", 1}, {"base", "faq_auc", 1}, {"base", "faq_answered90", 1},
		{"base", "open_domain_top1", 1}, {"base", "weibo_ewect6", 1}, {"base", "voice_assistant12", 1}, {"base", "cais", 1}, {"base", "chat", 1},
		{"int8", "strict", 1}, {"int8", "dissatisfied", 1}, {"int8", "dissatisfied_sentiment", 1}, {"int8", "scope_weibo", 1},
	} {
		if got, ok := r.Value(want.contender, want.key); !ok || got != want.value {
			t.Errorf("%s of %s is %v (%v), want %v", want.key, want.contender, got, ok, want.value)
		}
	}
	for _, empty := range [][2]string{{"majority", "faq_top1"}, {"bayes", "dissatisfied"}, {"base", "analysed"}, {"base", "scope_analysed"}} {
		if v, ok := r.Value(empty[0], empty[1]); ok {
			t.Errorf("%s of %s is %v and cannot be", empty[1], empty[0], v)
		}
	}
	if len(said) == 0 {
		t.Error("nothing was logged")
	}
	for _, m := range r.Mistakes {
		if m.Guess == m.Truth || m.Text == "" || m.ID == "" {
			t.Errorf("a mistake is %+v", m)
		}
	}
	heads := map[string]bool{}
	for _, x := range r.Reliability {
		if x.Contender == "int8" {
			heads[x.Head] = true
		}
	}
	for _, h := range []string{"intent", "intent_context", "sentiment", "analyzer_analysed", "analyzer_context", "online_shopping", "weibo_ewect6", "smalltalk", "scope", "risk"} {
		if !heads[h] {
			t.Errorf("the head %s has no diagram: %v", h, slices.Sorted(maps.Keys(heads)))
		}
	}
}

// A text is encoded once, however many measures read it.
func TestTextsAreReadOnce(t *testing.T) {
	c, opts := ours(t), options(t)
	opts.Only = []string{"sentiment"}
	if _, err := Run(t.Context(), []Contender{c}, opts); err != nil {
		t.Fatal(err)
	}
	alone := c.Encoder.(*fakeEncoder).passes.Load()
	if alone > 7 {
		t.Errorf("7 messages took %d passes", alone)
	}
	c, opts.Only = ours(t), []string{"sentiment", "messages"}
	if _, err := Run(t.Context(), []Contender{c}, opts); err != nil {
		t.Fatal(err)
	}
	if both := c.Encoder.(*fakeEncoder).passes.Load(); both > alone+2 { // the two pairs
		t.Errorf("both measures took %d passes, sentiment alone %d", both, alone)
	}
}

func TestWhatIsMissingLeavesCellsEmpty(t *testing.T) {
	for name, want := range map[string]struct{ key, says string }{
		"intent/messages_dev.jsonl":           {"strict", "messages_dev.jsonl is not in DATA"},
		"faq/shop_messages_dev_queries.jsonl": {"faq_top1", "shop_messages_dev_queries.jsonl is not in DATA"},
		"sentiment/chat.jsonl.gz":             {"chat", "chat.jsonl.gz is not in DATA"},
		"dialog/weibo_helpdesk.jsonl.gz":      {"dissatisfied", "weibo_helpdesk.jsonl.gz is not in DATA"},
		"intent/cais_smart_speaker.jsonl.gz":  {"scope_cais", "cais_smart_speaker.jsonl.gz is not in DATA"},
	} {
		opts := options(t)
		files := fixture(t)
		delete(files, name)
		opts.Data = NewData(files, "DATA")
		r, err := Run(t.Context(), []Contender{ours(t)}, opts)
		if err != nil {
			t.Fatalf("without %s: %v", name, err)
		}
		if c := r.cell("int8", want.key); c.Value != nil || !strings.Contains(c.Missing, want.says) {
			t.Errorf("without %s, %s is %v, missing %q", name, want.key, c.Value, c.Missing)
		}
		if name != "intent/messages_dev.jsonl" && !r.has("int8", "sentiment") {
			t.Errorf("without %s nothing else was measured", name)
		}
	}
}

func TestWithoutAuthoredData(t *testing.T) {
	opts := options(t)
	opts.Authored = nil
	r, err := Run(t.Context(), []Contender{Bayes(), ours(t)}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if c := r.cell("bayes", "strict"); c.Value != nil || !strings.Contains(c.Missing, "no folder of authored data") {
		t.Errorf("strict is %+v", c)
	}
	if _, ok := r.Value("bayes", "smalltalk"); !ok {
		t.Error("a taxonomy needs no authored data")
	}
	if _, ok := r.Value("int8", "strict"); !ok {
		t.Error("what ships needs no authored data")
	}
	opts = options(t)
	files := lessons(t)
	delete(files, "context.jsonl")
	opts.Authored, opts.Only = NewData(files, "AUTHORED"), []string{"messages"}
	if r, err = Run(t.Context(), []Contender{base()}, opts); err != nil {
		t.Fatal(err)
	}
	if c := r.cell("base", "context"); c.Value != nil || !strings.Contains(c.Missing, "context.jsonl is not in AUTHORED") {
		t.Errorf("context is %+v", c)
	}
}

// Heads that do not ship are said to be missing; those of the required two
// still decide what they can.
func TestOptionalHeadsMayBeMissing(t *testing.T) {
	c := ours(t)
	c.Heads.Context, c.Heads.Scope, c.Heads.Risk = nil, nil, nil
	r, err := Run(t.Context(), []Contender{c}, options(t))
	if err != nil {
		t.Fatal(err)
	}
	for key, says := range map[string]string{"context_pair": "intent_context", "dissatisfied": "risk", "scope_analysed": "scope head"} {
		if c := r.cell("int8", key); c.Value != nil || !strings.Contains(c.Missing, says) {
			t.Errorf("%s is %+v", key, c)
		}
	}
	for _, key := range []string{"strict", "context", "analysed", "scope", "dissatisfied_sentiment"} {
		if _, ok := r.Value("int8", key); !ok {
			t.Errorf("%s was not measured", key)
		}
	}
}

func TestBrokenDataIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		file, data, says string
	}{
		"not JSON":         {"intent/messages_dev.jsonl", "{\"text\":\"a\"\n", "messages_dev.jsonl.line 1"},
		"no intent":        {"intent/messages_dev.jsonl", `{"text":"a","sentiment":"neutral"}`, "needs a text, an intent"},
		"empty":            {"intent/messages_dev.jsonl", "\n", "the file is empty"},
		"no gzip":          {"sentiment/chat.jsonl.gz", "plain", "not a gzip file"},
		"no split":         {"intent/smalltalk.jsonl", `{"text":"a","intent":"x"}`, "a split"},
		"no dev part":      {"intent/smalltalk.jsonl", `{"text":"a","intent":"x","split":"train"}` + "\n" + `{"text":"b","intent":"y","split":"train"}`, `no row has the split "dev"`},
		"unknown article":  {"faq/shop_messages_dev_queries.jsonl", `{"query":"a","kb_ids":["k9"]}`, "k9"},
		"no satisfaction":  {"dialog/weibo_helpdesk.jsonl.gz", `{"turns":[{"role":"customer","text":"a"}],"split":"dev"}`, "satisfaction"},
		"one label only":   {"intent/smalltalk.jsonl", `{"text":"a","intent":"x","split":"train"}` + "\n" + `{"text":"b","intent":"x","split":"dev"}`, "cannot learn smalltalk"},
		"broken questions": {"faq/open_domain_dev_queries.jsonl", "{}", "open_domain_dev_queries.jsonl.line 1"},
	} {
		opts := options(t)
		files := fixture(t)
		data := []byte(c.data)
		if strings.HasSuffix(c.file, ".gz") && c.data != "plain" {
			data = zipped(t, data)
		}
		files[c.file] = &fstest.MapFile{Data: data}
		opts.Data = NewData(files, "DATA")
		if _, err := Run(t.Context(), []Contender{base()}, opts); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	opts := options(t)
	opts.Authored = NewData(fstest.MapFS{"utterances.jsonl": {Data: []byte(`{"text":"a"}`)}}, "AUTHORED")
	if _, err := Run(t.Context(), []Contender{Bayes()}, opts); !fault.Is(err, fault.Invalid) {
		t.Errorf("an utterance without an intent: %v", err)
	}
}

func TestFaults(t *testing.T) {
	opts := options(t)
	opts.Only = []string{"chat", "charm"}
	if _, err := Run(t.Context(), []Contender{base()}, opts); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), `"charm"`) {
		t.Errorf("an unknown measure: %v", err)
	}
	if _, err := Run(t.Context(), nil, options(t)); !fault.Is(err, fault.Invalid) {
		t.Errorf("no contenders: %v", err)
	}
	c := base()
	c.Encoder = &fakeEncoder{fail: "难过9"}
	opts.Only = []string{"chat"}
	if _, err := Run(t.Context(), []Contender{c}, opts); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "难过9") {
		t.Errorf("an encoder that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, []Contender{base()}, options(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := OpenData("no/such/folder"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no folder: %v", err)
	}
	if d, err := OpenData("."); err != nil || d == nil {
		t.Errorf("a folder: %v", err)
	}
}

func TestLimit(t *testing.T) {
	opts := options(t)
	opts.Limit, opts.Only = 3, []string{"chat", "open_domain"}
	r, err := Run(t.Context(), []Contender{base()}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if c := r.cell("base", "chat"); c.Rows != 3 {
		t.Errorf("chat has %d rows", c.Rows)
	}
	if got := stride([]int{0, 1, 2, 3, 4, 5, 6}, 3); !slices.Equal(got, []int{0, 2, 4}) {
		t.Errorf("stride gives %v", got)
	}
	if len(r.Lines) != 2 {
		t.Errorf("%d lines for two measures", len(r.Lines))
	}
}

func TestNoiseIsAlwaysTheSame(t *testing.T) {
	a, b := noise(noises), noise(noises)
	if len(a) != noises || !slices.Equal(a, b) {
		t.Fatal("the noise differs between two calls")
	}
	for _, text := range a {
		if len([]rune(text)) < 3 {
			t.Errorf("%q is too short to be noise", text)
		}
	}
}
