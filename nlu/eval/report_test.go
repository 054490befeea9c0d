package eval

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

// small is a report of two contenders and two measures.
func small() *Report {
	r := newReport([]Contender{{Key: "x", Title: "first"}, {Key: "y", Title: "second", Note: "made of <wood>"}},
		[]group{{name: "g", lines: []Line{{Key: "a", Title: "A", Bar: 0.75}, {Key: "b", Title: "B", Bar: 0.05, Less: true}, {Key: "c", Title: "C"}}}})
	r.set("x", "a", 0.51234, 10)
	r.set("y", "a", 1, 10)
	r.leave("x", "b", "no head")
	r.set("y", "b", 0.04, 10)
	r.leave("x", "c", "no head")
	r.leave("y", "c", "no file")
	return r
}

func TestTable(t *testing.T) {
	for format, want := range map[string]string{
		"table": "measure  rows  bar      first  second\n" +
			"A        10    ≥ 0.750  0.512  1.000\n" +
			"B        10    ≤ 0.050  – [1]  0.040\n" +
			"C                       – [1]  – [2]\n" +
			"\n[1] no head\n[2] no file\nsecond: made of <wood>\n",
		"markdown": "| measure | rows | bar | first | second |\n|-|-|-|-|-|\n" +
			"| A | 10 | ≥ 0.750 | 0.512 | 1.000 |\n| B | 10 | ≤ 0.050 | – [1] | 0.040 |\n| C |  |  | – [1] | – [2] |\n" +
			"\n[1] no head\n[2] no file\nsecond: made of <wood>\n",
	} {
		var b strings.Builder
		if err := small().Write(&b, format); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
}

func TestJSON(t *testing.T) {
	var b strings.Builder
	if err := small().Write(&b, "json"); err != nil {
		t.Fatal(err)
	}
	var got Report
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(small(), &got); diff != "" {
		t.Errorf("the report changes on its way (-want +got):\n%s", diff)
	}
	if !strings.Contains(b.String(), `"value": null`) || !strings.Contains(b.String(), "made of <wood>") {
		t.Errorf("JSON is\n%s", b.String())
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteFaults(t *testing.T) {
	if err := small().Write(io.Discard, "xml"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown format: %v", err)
	}
	if err := small().Write(brokenPipe{}, "table"); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a closed pipe: %v", err)
	}
}

func TestDiagram(t *testing.T) {
	r := Reliable([]Prediction{{"a", "", "a", 0.95}, {"a", "", "b", 0.97}, {"a", "", "a", 0.1}})
	r.Contender, r.Head = "int8", "in<tent>"
	svg := r.SVG()
	rects, circles, text := 0, 0, ""
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "rect":
				rects++
			case "circle":
				circles++
			}
		case xml.CharData:
			text += string(e)
		}
	}
	if rects != 2+2 || circles != 2 { // ground, frame, and two bins
		t.Errorf("%d rectangles, %d points", rects, circles)
	}
	for _, want := range []string{"int8, in<tent>", "3 predictions, expected calibration error 0.607", "2 predictions, confidence 0.960, right 0.500"} {
		if !strings.Contains(text, want) {
			t.Errorf("the picture does not say %q:\n%s", want, text)
		}
	}
	if r.File() != "int8-in<tent>.svg" {
		t.Errorf("its file is %s", r.File())
	}
}
