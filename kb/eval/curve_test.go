package eval_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/kb/kbtest"
)

func TestCurves(t *testing.T) {
	report, err := eval.Run(t.Context(), &kbtest.Phraser{}, model(), set, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	curves := report.Curves()
	if curves.Set != "shop" || curves.Questions != 5 || curves.Answerable != 4 || len(curves.Curves) != 4 {
		t.Fatalf("%+v", curves)
	}
	for _, c := range curves.Curves {
		for i, p := range c.Points {
			if i > 0 && (p.Threshold >= c.Points[i-1].Threshold || p.Coverage < c.Points[i-1].Coverage || p.Answered <= c.Points[i-1].Answered) {
				t.Errorf("%s: %+v after %+v", c.Method, p, c.Points[i-1])
			}
		}
	}
	// Down to the last threshold every question is answered that can be.
	hybrid := curves.Curves[3]
	if last := hybrid.Points[len(hybrid.Points)-1]; hybrid.Method != "hybrid" || last.Coverage != 0.75 || last.Answered != 5 {
		t.Errorf("%+v", hybrid)
	}
	b, err := json.Marshal(curves)
	if err != nil || !bytes.Contains(b, []byte(`"wrong_share"`)) {
		t.Errorf("%s, %v", b, err)
	}
	picture, err := report.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	colours := map[[3]uint32]int{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	for _, ink := range [][3]uint32{{200, 120, 30}, {60, 120, 200}, {120, 140, 60}} { // the fourth may be drawn over
		if colours[ink] == 0 {
			t.Errorf("nothing is drawn in %v", ink)
		}
	}
	if _, err := (eval.Report{}).PNG(); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty report: %v", err)
	}
}

func TestIntervals(t *testing.T) {
	first, err := eval.Run(t.Context(), &kbtest.Phraser{}, model(), set, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := eval.Run(t.Context(), &kbtest.Phraser{}, model(), set, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range first.Methods {
		if d := cmp.Diff(m.Intervals, again.Methods[i].Intervals); d != "" {
			t.Errorf("%s: another run draws differently: %s", m.Name, d)
		}
		top1 := m.Intervals["top1"]
		if len(m.Intervals) != 7 || top1.Low > m.Top1 || top1.High < m.Top1 || top1.Low == top1.High {
			t.Errorf("%s: top-1 %v in %+v", m.Name, m.Top1, top1)
		}
	}
	var b strings.Builder
	if err := first.Table(&b); err != nil || strings.Count(b.String(), "95 % of resamples") != 4 {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// A reader's queries are asked, with the topic of the question.
func TestRunReadsAsLive(t *testing.T) {
	r := &reader{}
	s := set
	s.Questions = append([]eval.Question{{Text: "那个呢", Right: []string{"ship"}, Topic: "ship"}}, set.Questions...)
	if _, err := eval.Run(t.Context(), &kbtest.Phraser{}, model(), s, eval.Options{Reader: r, Context: r}); err != nil {
		t.Fatal(err)
	}
	if r.read.Load() != 6 || r.joined.Load() == 0 {
		t.Errorf("%d texts read, %d joined", r.read.Load(), r.joined.Load())
	}
	s.Questions[0].Topic = "gone"
	if _, err := eval.Run(t.Context(), &kbtest.Phraser{}, model(), s, eval.Options{}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), `"gone"`) {
		t.Errorf("an unknown topic: %v", err)
	}
}
