package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/yingda/yingda/nlu/head"
)

// sample is a data set of three labels with its predictions: c is thin, a and
// b are confused, one b is surely an a.
func sample() ([]head.Example, head.Report) {
	var examples []head.Example
	var preds []head.Prediction
	add := func(text, truth, says string, confidence, own float64) {
		examples = append(examples, head.Example{Text: text, Label: truth})
		preds = append(preds, head.Prediction{Label: says, Truth: truth, Confidence: confidence, TruthProbability: own})
	}
	for i := range 20 {
		add(fmt.Sprintf("退货怎么弄第%c种", rune('一'+i)), "a", "a", .9, .9)
		add(fmt.Sprintf("换个尺码可以吗%c", rune('丁'+i)), "b", "b", .8, .8)
	}
	add("想退了", "a", "b", .6, .3)
	add("不想要了，退", "b", "a", .97, .01)
	add("大了能换吗", "b", "a", .5, .4)
	add("退货怎么弄，第一种!", "b", "a", .6, .3)
	for i := range 3 {
		add(fmt.Sprintf("你好%c", rune('啊'+i)), "c", "c", .9, .9)
	}
	return examples, head.Evaluate(preds)
}

func TestFind(t *testing.T) {
	examples, r := sample()
	lines := make([]int, len(examples))
	for i := range lines {
		lines[i] = i + 2
	}
	f := Find(r, examples, lines)
	if len(f.Few) != 1 || f.Few[0] != (Few{"c", 3}) {
		t.Errorf("few %+v", f.Few)
	}
	if len(f.Suspicious) != 1 || f.Suspicious[0].Text != "不想要了，退" || f.Suspicious[0].Says != "a" || f.Suspicious[0].Line != 43 {
		t.Errorf("suspicious %+v", f.Suspicious)
	}
	if len(f.Duplicates) != 1 || f.Duplicates[0].A.Label != "a" || f.Duplicates[0].B.Text != "退货怎么弄，第一种!" {
		t.Errorf("duplicates %+v", f.Duplicates)
	}
	if len(f.Pairs) != 1 || f.Pairs[0].Count != 4 || len(f.Pairs[0].Samples) != maxSamples || math.Abs(f.Pairs[0].Share-4.0/44) > 1e-9 {
		t.Errorf("pairs %+v", f.Pairs)
	}
	var codes []string
	for _, s := range f.Suggestions {
		codes = append(codes, s.Code)
		if s.Message == "" || s.English == "" {
			t.Errorf("a suggestion without words: %+v", s)
		}
	}
	if got := strings.Join(codes, " "); got != "two_labels check_labels more_examples boundary" {
		t.Errorf("suggestions %s", got)
	}
	if f.Suggestions[2].Add != 7 {
		t.Errorf("%d more of a label with 3", f.Suggestions[2].Add)
	}
}

func TestNothingIsFoundInCleanData(t *testing.T) {
	f := Find(head.Evaluate(nil), nil, nil)
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"few_examples", "suspicious_labels", "near_duplicates", "confused_pairs", "suggestions"} {
		if !strings.Contains(string(b), fmt.Sprintf("%q:[]", field)) {
			t.Errorf("%s is not an empty list: %s", field, b)
		}
	}
}

func TestDuplicatesAreFoundInACrowd(t *testing.T) {
	var examples []head.Example
	for i := range 3000 {
		examples = append(examples, head.Example{Text: fmt.Sprintf("我的订单%c%c怎么还没有发货", rune(0x4e00+i), rune(0x5e00+i)), Label: "a"})
	}
	examples = append(examples, head.Example{Text: "ＶＩＰ会员有什么用", Label: "a"}, head.Example{Text: "vip会员有什么用？", Label: "b"}, head.Example{Text: "？？", Label: "a"}, head.Example{Text: "!!", Label: "b"},
		head.Example{Text: "有没有优惠券", Label: "a", Alt: "b"}, head.Example{Text: "有没有优惠券", Label: "b"})
	got := duplicates(examples, func(i int) Message { return Message{Index: i} })
	if len(got) != 1 || got[0].A.Index != 3000 || got[0].B.Index != 3001 || got[0].Similarity != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWriteText(t *testing.T) {
	examples, r := sample()
	before := 0.2
	r.ECEBefore = &before
	var b bytes.Buffer
	if err := WriteText(&b, "intent", Find(r, examples, nil)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"intent: 47 messages, 3 labels", "(before calibration 0.200)", "a → b", "fewer than 10", "under different labels", `message 42: "不想要了，退" is b, reads like a (0.97)`, "taken for each other 4 times"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.String())
		}
	}
}

func TestRasaFiles(t *testing.T) {
	examples, r := sample()
	data, err := RasaReport(r)
	if err != nil {
		t.Fatal(err)
	}
	var report map[string]json.RawMessage
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	var b rasaClass
	if err := json.Unmarshal(report["b"], &b); err != nil || b.Support != 23 || b.Confused["a"] != 3 {
		t.Errorf("b: %+v, %v", b, err)
	}
	for _, key := range []string{"accuracy", "macro avg", "weighted avg", "c"} {
		if report[key] == nil {
			t.Errorf("no %s", key)
		}
	}
	data, err = RasaErrors(r, examples)
	if err != nil {
		t.Fatal(err)
	}
	var mistakes []struct {
		Text, Intent string
		Prediction   struct{ Name string } `json:"intent_prediction"`
	}
	if err := json.Unmarshal(data, &mistakes); err != nil || len(mistakes) != 4 || mistakes[0].Text != "想退了" || mistakes[0].Prediction.Name != "b" {
		t.Errorf("%+v, %v", mistakes, err)
	}
}

func TestMatrix(t *testing.T) {
	examples, r := sample()
	m := NewMatrix(r)
	if m.Counts[1][0] != 3 || m.Counts[0][1] != 1 || m.Counts[2][2] != 3 {
		t.Errorf("%+v", m)
	}
	data, err := m.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil || img.Bounds().Dx() != marginSize+3*cellSize+1 {
		t.Fatalf("%v, %v", img.Bounds(), err)
	}
	at := func(i, j int) (r, b uint32) {
		r, _, b, _ = img.At(marginSize+j*cellSize+2, marginSize+i*cellSize+2).RGBA()
		return r, b
	}
	if r, b := at(0, 0); b <= r {
		t.Error("the diagonal is not blue")
	}
	if r, b := at(1, 0); r <= b {
		t.Error("a confusion is not red")
	}
	page, err := HTML(`测试 <b>"x"`, r, append([]head.Example(nil), examples...))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"测试 &lt;b&gt;", "不想要了，退", "b → a: 3", "background:#"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, bad := range []string{"http", "<script", "ZgotmplZ"} {
		if strings.Contains(string(page), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

func TestCompare(t *testing.T) {
	var examples []head.Example
	var a, b []head.Prediction
	for i := range 40 {
		truth := []string{"x", "y"}[i%2]
		examples = append(examples, head.Example{Text: fmt.Sprint(i), Label: truth})
		pa := head.Prediction{Label: truth, Truth: truth, Confidence: .9, TruthProbability: .9}
		pb := pa
		if i < 12 {
			pb = head.Prediction{Label: "z", Truth: truth, Confidence: .5, TruthProbability: .1}
		}
		if i == 39 {
			pa = head.Prediction{Label: "z", Truth: truth, Confidence: .5, TruthProbability: .1}
		}
		a, b = append(a, pa), append(b, pb)
	}
	c := Compare(a, b, examples, nil)
	if c.OnlyA != 12 || c.OnlyB != 1 || c.Verdict != "a" || len(c.Differences) != 13 || c.Differences[0].B != "z" {
		t.Errorf("%+v", c)
	}
	if want := 2.0 * 14 / 8192; math.Abs(c.P-want) > 1e-9 { // 2·(C(13,0)+C(13,1))/2¹³
		t.Errorf("p %v, want %v", c.P, want)
	}
	if same := Compare(a, a, examples, nil); same.P != 1 || same.Verdict != "same" || len(same.Differences) != 0 {
		t.Errorf("%+v", same)
	}
	if p := mcnemar(3, 2); math.Abs(p-1) > 1e-12 {
		t.Errorf("3 against 2: p %v", p)
	}
}

func BenchmarkFind(b *testing.B) {
	examples, r := sample()
	for len(examples) < 10_000 {
		examples, r.Predictions = append(examples, examples...), append(r.Predictions, r.Predictions...)
	}
	for b.Loop() {
		Find(r, examples, nil)
	}
}
