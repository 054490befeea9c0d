package check

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

func TestReadMeasured(t *testing.T) {
	rows, err := ReadMeasured(strings.NewReader(`{"id":1,"text":"到哪了","ctx":true}
{"query":"能退吗","kb_ids":["a"]}
{"question":"退货的申请","similar":["怎样退货"],"answer":"…"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{{Line: 1, Text: "到哪了"}, {Line: 2, Text: "能退吗"}, {Line: 3, Text: "退货的申请"}, {Line: 3, Text: "怎样退货"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	for name, in := range map[string]string{"no text": `{"id":"a"}`, "a number": `{"text":1}`, "similar in words": `{"similar":"a"}`, "a list": `[]`} {
		if _, err := ReadMeasured(strings.NewReader(in)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCopies(t *testing.T) {
	measured := []Row{{Line: 1, Text: "退款"}, {Line: 2, Text: "一二三四五六七八"}, {Line: 3, Text: "一二三四五六七九十"}}
	authored := []Row{
		{Line: 1, Text: "退款！"},                // the same, folded
		{Line: 2, Text: "退款吧"},                // a short text is compared as a whole
		{Line: 3, Text: "一二三四五六七八九"},          // 5 of 6 runs with line 2
		{Line: 4, Text: "一二三四五六"},             // 3 of 5 with line 2: 0.6
		{Line: 5, Text: "一二三四五六甲乙"},           // 3 of 7
		{Line: 6, Text: "没有一点关系的话"},           // none
		{Line: 7, Text: "一二三四五六七", Prev: "嗯"}, // the turn before makes no difference
	}
	want := []Finding{
		{Kind: Overlapping, Row: authored[0], Other: measured[0], Score: 1},
		{Kind: Overlapping, Row: authored[2], Other: measured[1], Score: 5.0 / 6},
		{Kind: Overlapping, Row: authored[3], Other: measured[1], Score: 0.6},
		{Kind: Overlapping, Row: authored[6], Other: measured[1], Score: 0.8},
	}
	if diff := cmp.Diff(want, Copies(authored, measured)); diff != "" {
		t.Error(diff)
	}
}

// fixed embeds the texts that it knows and counts how often it is asked.
type fixed struct {
	vectors map[string][]float32
	asked   int
}

var errUnknown = errors.New("no such text")

func (f *fixed) Embed(_ context.Context, text string) ([]float32, error) {
	f.asked++
	if v, ok := f.vectors[text]; ok {
		return v, nil
	}
	return nil, errUnknown
}

func TestClose(t *testing.T) {
	e := &fixed{vectors: map[string][]float32{"m1": {1, 0}, "m2": {0, 1}, "same": {0, 1}, "near": {0.96, 0.28}, "far": {0.8, 0.6}}}
	measured := []Row{{Line: 1, Text: "m1"}, {Line: 2, Text: "m2"}}
	authored := []Row{{Line: 1, Text: "same"}, {Line: 2, Text: "far"}, {Line: 3, Text: "near"}, {Line: 4, Text: "near"}}
	got, err := Close(t.Context(), e, authored, measured)
	if err != nil {
		t.Fatal(err)
	}
	near := float64(float32(0.96))
	want := []Finding{
		{Kind: Overlapping, Row: authored[0], Other: measured[1], Score: 1},
		{Kind: Overlapping, Row: authored[2], Other: measured[0], Score: near},
		{Kind: Overlapping, Row: authored[3], Other: measured[0], Score: near},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if e.asked != 5 {
		t.Errorf("embedded %d times, want each of the five texts once", e.asked)
	}
	for _, rows := range [][]Row{{{Text: "other"}}, measured} {
		if _, err := Close(t.Context(), e, []Row{{Text: "other"}}, rows); !errors.Is(err, errUnknown) {
			t.Errorf("error %v, want the embedder's", err)
		}
	}
}

func TestMergeKeepsTheMoreAlike(t *testing.T) {
	a := Row{File: "a", Line: 2, Text: "x"}
	b := Row{File: "a", Line: 1, Text: "y"}
	got := Merge([]Finding{{Row: a, Score: 0.7}}, []Finding{{Row: a, Score: 0.97}, {Row: b, Score: 0.96}})
	if diff := cmp.Diff([]Finding{{Row: b, Score: 0.96}, {Row: a, Score: 0.97}}, got); diff != "" {
		t.Error(diff)
	}
}

// folder is a small training-data folder.
func folder() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"intents/utterances.jsonl":          `{"text":"一","intent":"thanks"}`,
		"intents/utterances_two.jsonl":      `{"text":"二","intent":"thanks"}`,
		"intents/context.jsonl":             `{"prev":"您好","text":"三","intent":"thanks","alt":null,"ctx":true,"sentiment":"neutral"}`,
		"intents/emotion.jsonl":             `{"text":"四","emotion":"joy"}`,
		"intents/scope.jsonl":               `{"text":"五","oos":true,"intent":null}`,
		"intents/sentiment.jsonl":           `{"text":"六","label":"neutral"}`,
		"intents/conversations.jsonl":       `{"id":"c","turns":[{"role":"customer","text":"七"},{"role":"agent","text":"不"}],"risk":0,"reason":"好"}`,
		"faq/demo.jsonl":                    `{"id":"d1","question":"八","similar":["九"],"answer":"不","category":"不","valid_from":"不"}`,
		"faq/authored/kb_xx.jsonl":          `{"id":"xx1","question":"十","similar":[],"answer":"不","category":"不"}`,
		"faq/authored/kb_xx_messages.jsonl": `{"kb_id":null,"messages":["百"]}`,
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text + "\n")}
	}
	return fsys
}

func TestReadAuthored(t *testing.T) {
	rows, err := ReadAuthored(folder())
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, row := range rows {
		all.WriteString(row.Text)
		if row.Line != 1 || row.File == "" {
			t.Errorf("%+v does not say where it stands", row)
		}
	}
	if all.String() != "一二三四五六七八九十百" {
		t.Errorf("texts %s", all.String())
	}
}

func TestReadAuthoredFaults(t *testing.T) {
	gone := folder()
	delete(gone, "intents/emotion.jsonl")
	if _, err := ReadAuthored(gone); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "intents/emotion.jsonl") {
		t.Errorf("without emotions: %v", err)
	}
	gone = folder()
	delete(gone, "faq/authored/kb_xx_messages.jsonl")
	if _, err := ReadAuthored(gone); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "kb_xx.jsonl") {
		t.Errorf("without messages: %v", err)
	}
	bad := folder()
	bad["faq/demo.jsonl"] = &fstest.MapFile{Data: []byte("{\n")}
	if _, err := ReadAuthored(bad); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "faq/demo.jsonl") {
		t.Errorf("with a broken file: %v", err)
	}
}

func BenchmarkCopies(b *testing.B) {
	authored, err := ReadUtterances(strings.NewReader(string(committed(b, "intents/utterances_mall.jsonl"))))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		Copies(authored[:len(authored)/2], authored[len(authored)/2:])
	}
}
