package autoreply_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/autoreply"
	"github.com/yingda/yingda/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("CST", 8*3600)) // a Monday

func fieldOf(err error) string {
	f := &fault.Error{}
	errors.As(err, &f)
	return f.Field
}

func TestDefaults(t *testing.T) {
	s, err := autoreply.Defaults()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Rules) != len(autoreply.Kinds()) {
		t.Errorf("%d rules for %d kinds", len(s.Rules), len(autoreply.Kinds()))
	}
	for i, kind := range autoreply.Kinds() {
		r := s.Rules[i]
		if r.Kind != kind {
			t.Errorf("rule %d is for %s, want %s", i, r.Kind, kind)
		}
		if kind != autoreply.FirstMessage && len(r.Texts) < 2 {
			t.Errorf("%s repeats itself: %d wordings", kind, len(r.Texts))
		}
		for _, text := range autoreply.Preview(s, r, dialog.Profile{Name: "云栖优品", BotName: "小应"}, noon) {
			if strings.ContainsAny(text, "{}【") || text == "" {
				t.Errorf("%s previews as %q", kind, text)
			}
		}
	}
}

func TestBadRules(t *testing.T) {
	long := strings.Repeat("长", autoreply.MaxText+1)
	for name, c := range map[string]struct {
		rule  autoreply.Rule
		field string
		code  fault.Code
	}{
		"unknown kind":        {autoreply.Rule{Kind: "hello", Texts: []string{"您好"}}, "kind", fault.Invalid},
		"nothing to say":      {autoreply.Rule{Kind: autoreply.Closing}, "texts", fault.Invalid},
		"empty wording":       {autoreply.Rule{Kind: autoreply.Closing, Texts: []string{"再见", " "}}, "texts[1]", fault.Invalid},
		"long wording":        {autoreply.Rule{Kind: autoreply.Closing, Texts: []string{long}}, "texts[0]", fault.TooLarge},
		"not UTF-8":           {autoreply.Rule{Kind: autoreply.Closing, Texts: []string{"\xff"}}, "texts[0]", fault.Invalid},
		"broken slot":         {autoreply.Rule{Kind: autoreply.Closing, Texts: []string{"{{姓名}}再见"}}, "texts[0]", fault.Invalid},
		"another kind's slot": {autoreply.Rule{Kind: autoreply.Closing, Texts: []string{"第 {{queue.position}} 位"}}, "texts[0]", fault.Invalid},
		"nothing for sure":    {autoreply.Rule{Kind: autoreply.Closing, Texts: []string{"{{customer.name}}再见"}}, "texts", fault.Invalid},
		"many wordings":       {autoreply.Rule{Kind: autoreply.Closing, Texts: make([]string, 11)}, "", fault.TooLarge},
		"empty question":      {autoreply.Rule{Kind: autoreply.FirstMessage, Menu: []string{""}}, "menu[0]", fault.Invalid},
		"empty channel":       {autoreply.Rule{Kind: autoreply.FirstMessage, Channels: []string{""}}, "channels[0]", fault.Invalid},
		"at once":             {autoreply.Rule{Kind: autoreply.SlowAgent, Texts: []string{"请稍候"}}, "after_seconds", fault.Invalid},
		"all the time":        {autoreply.Rule{Kind: autoreply.Waiting, Texts: []string{"请稍候"}, After: 5}, "every_seconds", fault.Invalid},
		"ends at once":        {autoreply.Rule{Kind: autoreply.SilentVisitor, Texts: []string{"在吗"}, After: 5}, "close_after_seconds", fault.Invalid},
		"negative":            {autoreply.Rule{Kind: autoreply.OffHours, Texts: []string{"下班了"}, Every: -1}, "every_seconds", fault.Invalid},
		"far too often":       {autoreply.Rule{Kind: autoreply.OffHours, Texts: []string{"下班了"}, Most: 101}, "most", fault.Invalid},
	} {
		err := autoreply.Settings{Rules: []autoreply.Rule{c.rule}}.Check()
		want := strings.TrimSuffix("rules[0]."+c.field, ".")
		if !fault.Is(err, c.code) || fieldOf(err) != want {
			t.Errorf("%s: %v at %q, want %s at %q", name, err, fieldOf(err), c.code, want)
		}
	}
	if err := (autoreply.Settings{Rules: make([]autoreply.Rule, autoreply.MaxRules+1)}).Check(); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too many rules: %v", err)
	}
	if err := (autoreply.Settings{PaceSeconds: -1}).Check(); fieldOf(err) != "pace_seconds" {
		t.Errorf("a negative pace: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("first_message", "{{customer.name}}您好", "09:00", "2026-10-01", 60)
	f.Add("waiting", "{{queue.position}}", "24:00", "x", -1)
	f.Fuzz(func(t *testing.T, kind, text, at, date string, n int) {
		s := autoreply.Settings{
			Rules: []autoreply.Rule{{Kind: autoreply.Kind(kind), On: true, Texts: []string{text}, After: n, Every: n, CloseAfter: n, Menu: []string{date}}},
			Hours: autoreply.Hours{Weekly: []autoreply.Span{{Days: []int{n}, From: at, To: date}}, Closed: []string{date}},
		}
		if s.Check() != nil {
			s.Hours = autoreply.Hours{}
		}
		if s.Check() != nil {
			return
		}
		for _, said := range autoreply.Preview(s, s.Rules[0], dialog.Profile{}, noon) {
			if strings.TrimSpace(said) == "" {
				t.Fatalf("%q previews as nothing", text)
			}
		}
	})
}
