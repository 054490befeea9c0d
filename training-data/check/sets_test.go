package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

func TestAlternativesAndSentiments(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{"good", `{"text":"退钱","intent":"refund_request","alt":"return_request","sentiment":"negative"}`, nil},
		{"no alternative", `{"text":"退钱","intent":"refund_request","alt":null}`, nil},
		{"unknown alternative", `{"text":"退钱","intent":"refund_request","alt":"refund"}`,
			[]string{`line 1: unknown label: "退钱" (refund_request): alternative "refund", want another of the labels`}},
		{"alternative to itself", `{"text":"退钱","intent":"refund_request","alt":"refund_request"}`,
			[]string{`line 1: unknown label: "退钱" (refund_request): alternative "refund_request", want another of the labels`}},
		{"sentiment", `{"text":"退钱","intent":"refund_request","sentiment":"bad"}`, []string{`line 1: unknown label: "退钱" (refund_request): sentiment "bad"`}},
		{"padded", `{"text":"退钱 ","intent":"refund_request"}`, []string{`line 1: blanks around: "退钱 " (refund_request)`}},
		{"near, and arguable", `{"text":"一二三四五六七八九","intent":"refund_request","alt":"return_request"}
{"text":"一二三四五六七八九十","intent":"return_request"}`, nil},
		{"same text, arguable: one line too many", `{"text":"退钱","intent":"refund_request","alt":"return_request"}
{"text":"退钱！","intent":"return_request"}`, []string{`line 2: contradiction: "退钱！" (return_request): line 1 has "退钱" (refund_request)`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report, err := Utterances(strings.NewReader(tt.in), taxonomyForTest(t))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, shown(report.Findings)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func pairLine(prev, text, intent string) string {
	return `{"prev":"` + prev + `","text":"` + text + `","intent":"` + intent + `","alt":null,"ctx":true,"sentiment":"neutral"}` + "\n"
}

func TestContexts(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{"one text after two turns", pairLine("要退款吗", "是的", "refund_request") + pairLine("要退货吗", "是的", "return_request"), nil},
		{"near after other turns", pairLine("要退款吗", "一二三四五六七八九", "refund_request") + pairLine("要退货吗", "一二三四五六七八九十", "return_request"), nil},
		{"contradiction", pairLine("要退款吗", "是的", "refund_request") + pairLine("要退款吗？", "是 的", "thanks"),
			[]string{`line 2: contradiction: "是 的" (thanks): line 1 has "是的" (refund_request)`}},
		{"duplicate", pairLine("要退款吗", "是的", "refund_request") + pairLine("要退款吗？", "是的", "refund_request"),
			[]string{`line 2: duplicate: "是的" (refund_request): line 1 has "是的" (refund_request)`}},
		{"padded turn before", pairLine(" 要退款吗", "是的", "refund_request"), []string{`line 1: blanks around: "是的" (refund_request)`}},
		{"without a turn before", pairLine("", "是的", "thanks"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report, err := Contexts(strings.NewReader(tt.in), taxonomyForTest(t))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, shown(report.Findings)); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, missing := range []string{`"prev":"问",`, `"ctx":true,`, `,"sentiment":"neutral"`} {
		in := strings.Replace(pairLine("问", "是的", "thanks"), missing, "", 1)
		if _, err := Contexts(strings.NewReader(in), taxonomyForTest(t)); !fault.Is(err, fault.Invalid) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

func TestScope(t *testing.T) {
	rows, err := ReadScope(strings.NewReader(`{"text":"天气","oos":true,"intent":null}
{"text":"tui","oos":false,"intent":"return_request"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{{Line: 1, Text: "天气", Label: "out_of_scope"}, {Line: 2, Text: "tui", Label: "return_request"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	for _, in := range []string{`{"text":"a","oos":true,"intent":"thanks"}`, `{"text":"a","oos":false,"intent":null}`,
		`{"text":"a","oos":false,"intent":"out_of_scope"}`, `{"text":"a","intent":null}`, `{"oos":true}`} {
		if _, err := Scope(strings.NewReader(in), taxonomyForTest(t)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", in, err)
		}
	}
	report, err := Scope(strings.NewReader(`{"text":"tui","oos":false,"intent":"return"}`), taxonomyForTest(t))
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Kind != UnknownLabel {
		t.Errorf("findings %v (%v), want an unknown label", report.Findings, err)
	}
}

func TestEmotions(t *testing.T) {
	report, err := Emotions(strings.NewReader(`{"text":"开心","emotion":"joy"}
{"text":"开心！","emotion":"anger"}
{"text":"难过","emotion":"sad"}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`line 2: contradiction: "开心！" (anger): line 1 has "开心" (joy)`, `line 3: unknown label: "难过" (sad)`}
	if diff := cmp.Diff(want, shown(report.Findings)); diff != "" {
		t.Error(diff)
	}
	if _, err := Emotions(strings.NewReader(`{"text":"开心","label":"joy"}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a sentiment row passed as emotion: %v", err)
	}
}

func TestAcross(t *testing.T) {
	one := []Row{{File: "a", Line: 1, Text: "退", Label: "x", Alt: "y"}, {File: "a", Line: 2, Text: "换", Label: "x"}, {File: "a", Line: 3, Text: "换", Label: "z"}}
	two := []Row{{File: "b", Line: 1, Text: "退！", Label: "y"}, {File: "b", Line: 2, Text: "换！", Label: "x"}, {File: "b", Line: 3, Text: "换", Prev: "嗯", Label: "y"},
		{File: "b", Line: 4, Text: "等", Label: "x"}}
	three := []Row{{File: "c", Line: 1, Text: "等", Label: "y"}, {File: "c", Line: 2, Text: "换", Prev: "嗯。", Label: "y"}}
	want := []string{
		`b:2: duplicate: "换！" (x): a:2 has "换" (x)`,
		`c:1: contradiction: "等" (y): b:4 has "等" (x)`,
		`c:2: duplicate: "换" (y): b:3 has "换" (y)`,
	}
	if diff := cmp.Diff(want, shown(Across(one, two, three))); diff != "" {
		t.Error(diff)
	}
}
