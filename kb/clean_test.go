package kb_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/kb"
)

// awkward draws texts that are awkward on purpose.
func awkward() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOf(rapid.SampledFrom([]rune("发货 \t\r\n\u3000\u00a0？!😀a1\x00"))),
		rapid.Custom(func(r *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(r, "bytes")) }),
	)
}

// Cleaning changes nothing the second time, and an article that passes has
// texts that can be indexed.
func TestCleanAndFlaws(t *testing.T) {
	text := awkward()
	rapid.Check(t, func(r *rapid.T) {
		a := kb.Article{
			ID: text.Draw(r, "id"), Question: text.Draw(r, "question"), Similar: rapid.SliceOfN(text, 0, 4).Draw(r, "similar"),
			Answer: text.Draw(r, "answer"), Category: text.Draw(r, "category"),
		}.Clean()
		if d := cmp.Diff(a, a.Clean()); d != "" {
			r.Fatalf("cleaning twice changes: %s", d)
		}
		seen := map[string]bool{}
		for _, p := range a.Phrasings() {
			if seen[p] && p != "" {
				r.Fatalf("the wording %q is there twice", p)
			}
			seen[p] = true
			if strings.ContainsAny(p, "\r\n") {
				r.Fatalf("a wording has a line break: %q", p)
			}
		}
		if strings.Contains(a.Answer, "\r") {
			r.Fatalf("the answer has a carriage return: %q", a.Answer)
		}
		flaws := a.Flaws()
		if (a.Check() == nil) != (len(flaws) == 0) {
			r.Fatalf("Check says %v, Flaws %v", a.Check(), flaws)
		}
		if len(flaws) > 0 {
			return
		}
		for _, p := range append(a.Phrasings(), a.Answer, a.ID, a.Category) {
			if !utf8.ValidString(p) {
				r.Fatalf("invalid UTF-8 passed: %q", p)
			}
		}
	})
}
