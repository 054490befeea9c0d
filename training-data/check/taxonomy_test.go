package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

func TestParseTaxonomy(t *testing.T) {
	tax := taxonomyForTest(t)
	if diff := cmp.Diff([]string{"refund_request", "return_request", "thanks"}, tax.Names()); diff != "" {
		t.Error(diff)
	}
	if !tax.Has("thanks") || tax.Has("greeting") || tax.Has("") {
		t.Error("Has does not agree with the file")
	}
	if got := tax.Groups["aftersale"][1]; got.Not != "money only" || got.Zh != "退货" {
		t.Errorf("return_request = %+v", got)
	}
	if len(tax.Ties) != 1 {
		t.Errorf("%d tie rules, want 1", len(tax.Ties))
	}
}

func TestParseTaxonomyFaults(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", "no intents"},
		{"no groups", "ties: []", "no intents"},
		{"broken", "groups: [", "read the taxonomy"},
		{"unknown key", "groups:\n  a:\n    - {name: x, zh: 一, is: y, isnot: z}", "isnot"},
		{"no name", "groups:\n  a:\n    - {zh: 一, is: y}", "group a: intent 1 has no name"},
		{"no Chinese name", "groups:\n  a:\n    - {name: x, is: y}", "intent x: give both zh and is"},
		{"no meaning", "groups:\n  a:\n    - {name: x, zh: 一}", "intent x: give both zh and is"},
		{"twice", "groups:\n  a:\n    - {name: x, zh: 一, is: y}\n  b:\n    - {name: x, zh: 二, is: y}", "intent x is defined twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseTaxonomy(strings.NewReader(tt.in))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want an invalid fault with %q", err, tt.want)
			}
		})
	}
}

func FuzzParseTaxonomy(f *testing.F) {
	f.Add(smallTaxonomy)
	f.Add("groups: {a: [{name: x}]}")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, in string) {
		tax, err := ParseTaxonomy(strings.NewReader(in))
		if err == nil && len(tax.Names()) == 0 {
			t.Error("a taxonomy without intents was accepted")
		}
	})
}
