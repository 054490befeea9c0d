package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
)

const smallTaxonomy = `
groups:
  aftersale:
    - {name: refund_request, zh: 退款申请, is: "wants money back"}
    - {name: return_request, zh: 退货, is: "sends it back", not: "money only"}
  smalltalk:
    - {name: thanks, zh: 感谢, is: "thanks"}
ties:
  - "好的谢谢: thanks."
`

func taxonomyForTest(t testing.TB) Taxonomy {
	t.Helper()
	tax, err := ParseTaxonomy(strings.NewReader(smallTaxonomy))
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

func utterances(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, `{"text": %q, "intent": %q}`+"\n", pairs[i], pairs[i+1])
	}
	return b.String()
}

func TestUtterancesFindings(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want []string
	}{
		{"clean", utterances("我要退款", "refund_request", "谢谢", "thanks", "thanks", "thanks"), nil},
		{"duplicate after folding", utterances("我要退款！！", "refund_request", "我 要退款", "refund_request"),
			[]string{`line 2: duplicate: "我 要退款" (refund_request): line 1 has "我要退款！！" (refund_request)`}},
		{"contradiction", utterances("ＯＫ谢谢", "thanks", "ok谢谢～", "refund_request"),
			[]string{`line 2: contradiction: "ok谢谢～" (refund_request): line 1 has "ＯＫ谢谢" (thanks)`}},
		{"unknown label", utterances("谢谢", "thank"), []string{`line 1: unknown label: "谢谢" (thank)`}},
		{"empty", utterances("", "thanks"), []string{`line 1: length: "" (thanks): 0 code points, want 1 to 120 that are not all blank`}},
		{"blank", utterances(" 　", "thanks"), []string{`line 1: length: " \u3000" (thanks): 2 code points, want 1 to 120 that are not all blank`}},
		{"longest allowed", utterances(longText(120), "thanks"), nil},
		{"too long", utterances(longText(121), "thanks"),
			[]string{fmt.Sprintf(`line 1: length: %q (thanks): 121 code points, want 1 to 120 that are not all blank`, longText(121))}},
		{"near copy with another label", utterances("一二三四五六七八九", "thanks", "一二三四五六七八九十", "return_request"),
			[]string{`line 2: near copy: "一二三四五六七八九十" (return_request): line 1 has "一二三四五六七八九" (thanks), 0.89 alike`}},
		{"short texts are not near copies", utterances("换大一码", "thanks", "换大一码吧", "return_request"), nil},
		{"leak of a compound identifier", utterances("Refund_Request 退款", "thanks"),
			[]string{`line 1: leak: "Refund_Request 退款" (thanks): contains refund_request`}},
		{"several on one line", utterances("refund_request", "nothing"),
			[]string{`line 1: unknown label: "refund_request" (nothing)`, `line 1: leak: "refund_request" (nothing): contains refund_request`}},
	}
	tax := taxonomyForTest(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report, err := Utterances(strings.NewReader(tt.in), tax)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range report.Findings {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if (report.Err() != nil) != (len(tt.want) > 0) {
				t.Errorf("Err() = %v with %d findings", report.Err(), len(tt.want))
			}
		})
	}
}

// longText returns n code points of which no two neighbouring pairs are equal.
func longText(n int) string {
	r := make([]rune, n)
	for i := range r {
		r[i] = '一' + rune(i)
	}
	return string(r)
}

func TestUtterancesCountsNearCopiesWithinALabel(t *testing.T) {
	report, err := Utterances(strings.NewReader(utterances(
		longText(30), "thanks", longText(31), "thanks", longText(20), "thanks")), taxonomyForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	if report.NearWithin != 1 || len(report.Findings) != 0 {
		t.Errorf("NearWithin = %d, findings %v; want the one pair 30/31 (0.97), not 20/30 (0.66)", report.NearWithin, report.Findings)
	}
}

func TestUtterancesBalance(t *testing.T) {
	report, err := Utterances(strings.NewReader(utterances(
		"谢谢你", "thanks", "多谢", "thanks", "退钱", "refund_request", "嗯", "other")), taxonomyForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []Count{{"thanks", 2}, {"other", 1}, {"refund_request", 1}, {"return_request", 0}}
	if diff := cmp.Diff(want, report.Balance); diff != "" {
		t.Error(diff)
	}
}

func TestSentiment(t *testing.T) {
	report, err := Sentiment(strings.NewReader(`{"text": "很喜欢", "label": "positive"}
{"text": "很喜欢", "label": "neutral"}
{"text": "positive 好评", "label": "good"}
`))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []Kind
	for _, f := range report.Findings {
		kinds = append(kinds, f.Kind)
	}
	if want := []Kind{Contradiction, UnknownLabel, Leak}; !slices.Equal(kinds, want) {
		t.Errorf("kinds %v, want %v", kinds, want)
	}
	if err := report.Err(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "3 faulty rows; the first is line 2: contradiction") {
		t.Errorf("Err() = %v", err)
	}
}

func TestOverlap(t *testing.T) {
	base := []Row{{Line: 1, Text: "谢谢！", Label: "thanks"}, {Line: 2, Text: "一二三四五六七八九", Label: "thanks"}, {Line: 3, Text: "一二三四五六七八九十", Label: "thanks"}}
	set := []Row{{Line: 1, Text: "谢 谢", Label: "positive"}, {Line: 2, Text: "没有关系的一句话", Label: "neutral"}, {Line: 3, Text: "零一二三四五六七八九十", Label: "neutral"},
		{Line: 4, Text: "没有关系的一句话呀", Label: "neutral"}}
	got := Overlap(set, base)
	want := []Finding{
		{Kind: Overlapping, Row: set[0], Other: base[0], Score: 1},
		{Kind: Overlapping, Row: set[2], Other: base[2], Score: 0.9},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestInspectIsDeterministic(t *testing.T) {
	labels := []string{"a", "b", "c"}
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("退款货吗？ Ａ")), 0, 12, -1), 0, 30).Draw(t, "texts")
		rows := make([]Row, len(texts))
		for i, text := range texts {
			rows[i] = Row{Line: i + 1, Text: text, Label: labels[(i*7)%3]}
		}
		one, two := inspect(rows, labels[:2], labels), inspect(rows, labels[:2], labels)
		if diff := cmp.Diff(one, two); diff != "" {
			t.Fatal(diff)
		}
		last := 0
		for _, f := range one.Findings {
			if f.Row.Line < last {
				t.Fatalf("findings out of order at line %d", f.Row.Line)
			}
			last = f.Row.Line
		}
	})
}
