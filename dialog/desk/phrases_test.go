package desk

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/yingda/yingda/internal/fault"
)

func builtin(t testing.TB) *Phrases {
	t.Helper()
	p, err := BuiltinPhrases()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMattersAreTheTaxonomy keeps the file's matters equal to the built-in intents.
func TestMattersAreTheTaxonomy(t *testing.T) {
	source, err := os.ReadFile("../../training-data/intents/taxonomy.yml")
	if err != nil {
		t.Fatal(err)
	}
	var taxonomy struct {
		Groups map[string][]struct {
			Name string `yaml:"name"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(source, &taxonomy); err != nil {
		t.Fatal(err)
	}
	want, got := map[string]bool{}, map[string]bool{}
	for _, group := range taxonomy.Groups {
		for _, intent := range group {
			want[intent.Name] = true
		}
	}
	for _, group := range builtin(t).matters {
		for _, intent := range group {
			if got[intent] {
				t.Errorf("%s is in two groups", intent)
			}
			got[intent] = true
			if !want[intent] {
				t.Errorf("%s is no intent", intent)
			}
		}
	}
	if len(want) < 50 || len(got) != len(want) {
		t.Errorf("%d matters, %d intents", len(got), len(want))
	}
}

// TestEveryMatterHasItsPhrase: no matter is left with the wordings that hold always.
func TestEveryMatterHasItsPhrase(t *testing.T) {
	p := builtin(t)
	for group, intents := range p.matters {
		for _, intent := range intents {
			fits := slices.ContainsFunc(p.phrases, func(ph phrase) bool {
				return slices.Contains(ph.When.Matters, intent) && len(ph.When.Moods) == 0 || slices.Contains(ph.When.Says, intent)
			})
			if !fits {
				t.Errorf("no phrase fits %s of %s", intent, group)
			}
		}
	}
}

func TestBuiltinWordingsAreShortAndPolite(t *testing.T) {
	p := builtin(t)
	all := slices.Clone(p.fill)
	for _, ph := range p.phrases {
		all = append(all, ph.Texts...)
	}
	for _, ask := range p.asks {
		all = append(all, ask.Texts...)
	}
	for _, text := range append(all, p.release) {
		if n := len([]rune(text)); n < 8 || n > 60 {
			t.Errorf("%q has %d code points", text, n)
		}
		if text != polite(text) || !strings.ContainsAny(text[len(text)-3:], "。！？～") {
			t.Errorf("%q is not how an agent speaks", text)
		}
	}
}

// whole is a small file that is right; the tests break it.
func whole() string {
	var b strings.Builder
	b.WriteString(`
matters: {order: [order_query], smalltalk: [thanks]}
talk: [thanks]
known: {order: {slots: [order]}}
release: 再见。
states: [{id: s, title: 状态, matters: [order], parts: ["订单 {订单号}。"]}]
asks: [{slots: [order], title: 问, texts: [订单号？]}]
phrases:
  - {id: p, title: 短语, score: 0.5, when: {matters: [order], knows: [order], first: true}, texts: ["{shop} 查 {order}"]}
fill:
`)
	for i := range minFill {
		b.WriteString("  - 常用语" + strings.Repeat("一", i+1) + "\n")
	}
	return b.String()
}

func TestReadPhrasesIsStrict(t *testing.T) {
	p, err := ReadPhrases("own.yaml", []byte(whole()))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.phrases[0].When.Matters; !slices.Equal(got, []string{"order_query"}) {
		t.Errorf("the group expands to %v", got)
	}
	for name, tc := range map[string]struct{ old, new, field, part string }{
		"unknown key":         {"\ntalk:", "\ntlak:", "3", `unknown field "tlak"`},
		"wrong type":          {"score: 0.5", "score: half", "9", "cannot unmarshal string"},
		"score":               {"score: 0.5", "score: 1.5", "9.phrases[0].score", "out of range"},
		"no score":            {"score: 0.5, ", "", "9.phrases[0].score", "out of range"},
		"unknown matter":      {"when: {matters: [order]", "when: {matters: [oder]", "9.phrases[0].when.matters", `"oder"`},
		"unknown talk":        {"\ntalk: [thanks]", "\ntalk: [thx]", "3.talk", `"thx"`},
		"unknown state":       {"title: 状态, matters: [order]", "title: 状态, matters: [x]", "6.states[0].matters", `"x"`},
		"unknown mood":        {"first: true", "moods: [angry]", "9.phrases[0].when.moods", `"angry"`},
		"unknown value":       {"knows: [order]", "knows: [phone]", "9.phrases[0].when", `"phone"`},
		"blank of nobody":     {"查 {order}", "查 {oder}", "9.phrases[0].texts[0]", "{oder}"},
		"no release":          {"release: 再见。", "release: ''", "5.release", "missing"},
		"state without blank": {"订单 {订单号}。", "订单。", "6.states[0]", "blank"},
		"ask without slot":    {"slots: [order], title: 问", "slots: [], title: 问", "7.asks[0]", "slots"},
		"no wordings":         {"texts: [订单号？]", "texts: []", "7.asks[0].texts", "no wordings"},
		"a wording twice":     {"texts: [订单号？]", "texts: [订单号？, 订单号！]", "7.asks[0].texts[1]", "there already"},
		"empty wording":       {"texts: [订单号？]", "texts: ['…']", "7.asks[0].texts[0]", "empty"},
		"id twice":            {"phrases:\n", "phrases:\n  - {id: p, title: 短语, score: 0.5, texts: [好的。]}\n", "10.phrases[1]", `"p"`},
		"too few to fill":     {"  - 常用语一\n", "", "11.fill", "too few"},
		"blank to fill":       {"  - 常用语一\n", "  - 订单 {order}\n", "11.fill[0]", "must hold always"},
	} {
		t.Run(name, func(t *testing.T) {
			source := strings.Replace(whole(), tc.old, tc.new, 1)
			if source == whole() {
				t.Fatal("the test changes nothing")
			}
			_, err := ReadPhrases("own.yaml", []byte(source))
			wantFault(t, err, fault.Invalid, tc.part)
			var f *fault.Error
			if !errors.As(err, &f) || f.Field != "own.yaml:"+tc.field {
				t.Errorf("the field is %+v, want %q", err, tc.field)
			}
		})
	}
}

func TestFillIn(t *testing.T) {
	value := func(name string) string { return map[string]string{"a": "甲"}[name] }
	for text, want := range map[string]struct {
		out string
		ok  bool
	}{
		"没有": {"没有", true}, "有{a}": {"有甲", true}, "{a}{a}": {"甲甲", true}, "{a}和{b}": {"甲和", false}, "{}": {"", false},
	} {
		if out, ok := fillIn(text, value); out != want.out || ok != want.ok {
			t.Errorf("%q becomes %q, %v", text, out, ok)
		}
	}
}

func FuzzReadPhrases(f *testing.F) {
	f.Add([]byte(whole()))
	f.Add([]byte("fill: [a, a]"))
	f.Add([]byte("phrases: [{texts: ['{']}]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := ReadPhrases("own.yaml", source)
		if err != nil {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
				t.Errorf("the fault is %s: %v", fault.CodeOf(err), err)
			}
			return
		}
		if list := p.filling(&scene{}); len(list) < minFill {
			t.Errorf("a file with %d wordings passed", len(list))
		}
	})
}
