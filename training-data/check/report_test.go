package check

import (
	"errors"
	"strings"
	"testing"
)

func TestReportWriteTo(t *testing.T) {
	report := Report{
		Rows: 4,
		Findings: []Finding{
			{Kind: NearAcross, Row: Row{Line: 3, Text: "退货退款吧亲", Label: "a"}, Other: Row{Line: 1, Text: "退货退款吧", Label: "b"}, Score: 0.8},
			{Kind: Leak, Row: Row{Line: 4, Text: "b", Label: "b"}, Detail: "contains b"},
		},
		NearWithin: 2,
		Balance:    []Count{{"a", 3}, {"b", 1}, {"c", 0}},
	}
	var b strings.Builder
	n, err := report.WriteTo(&b)
	if err != nil {
		t.Fatal(err)
	}
	want := `line 3: near copy: "退货退款吧亲" (a): line 1 has "退货退款吧" (b), 0.80 alike
line 4: leak: "b" (b): contains b
     3  75.0%  a
     1  25.0%  b
     0   0.0%  c
4 rows, 2 findings, 2 near copies within a label
`
	if b.String() != want || n != int64(len(want)) {
		t.Errorf("wrote %d bytes:\n%s\nwant %d:\n%s", n, b.String(), len(want), want)
	}
}

func TestReportOfNothing(t *testing.T) {
	var b strings.Builder
	if _, err := (Report{}).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if b.String() != "0 rows, 0 findings, 0 near copies within a label\n" {
		t.Errorf("wrote %q", b.String())
	}
	if err := (Report{}).Err(); err != nil {
		t.Errorf("Err() = %v", err)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestReportWriteToPassesTheWritersError(t *testing.T) {
	full := errors.New("disk full")
	if _, err := (Report{}).WriteTo(brokenWriter{full}); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
}
