package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

// shown renders findings one a line.
func shown(findings []Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, f.String())
	}
	return out
}

const goodTurn = `{"id":"tbd1#2","source":"taobao_ecd","intent":"thanks","alt":null,"ctx":false,"sentiment":"neutral","handoff":1,"role_ok":true}`

func TestReadTurns(t *testing.T) {
	turns, err := ReadTurns(strings.NewReader(goodTurn + "\n" +
		`{"id":"3#0","source":"weibo_helpdesk","intent":"thanks","alt":"refund_request","ctx":true,"sentiment":"positive","role_ok":false,"first":{"intent":"wait","alt":null,"ctx":false,"sentiment":"neutral"}}`))
	if err != nil {
		t.Fatal(err)
	}
	person := 1
	want := []Turn{
		{Line: 1, ID: "tbd1#2", Source: "taobao_ecd", Intent: "thanks", Sentiment: "neutral", Handoff: &person, Customer: true},
		{Line: 2, ID: "3#0", Source: "weibo_helpdesk", Intent: "thanks", Alt: "refund_request", Ctx: true, Sentiment: "positive",
			First: &Reading{Intent: "wait", Sentiment: "neutral"}},
	}
	if diff := cmp.Diff(want, turns); diff != "" {
		t.Error(diff)
	}
}

func TestReadTurnsRefuses(t *testing.T) {
	tests := []struct{ name, from, to, want string }{
		{"a text", `"ctx"`, `"text":"谢谢","ctx"`, `unknown field "text"`},
		{"no identifier", `"id":"tbd1#2",`, ``, `"id" is missing`},
		{"no role", `,"role_ok":true`, ``, `"role_ok" is missing`},
		{"a hand-off in words", `"handoff":1`, `"handoff":"yes"`, "handoff"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadTurns(strings.NewReader(strings.Replace(goodTurn, tt.from, tt.to, 1)))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want an invalid fault with %q", err, tt.want)
			}
		})
	}
}

func TestTurns(t *testing.T) {
	tests := []struct {
		name string
		edit func(*Turn)
		want string
	}{
		{"good", func(*Turn) {}, ""},
		{"intent", func(u *Turn) { u.Intent = "thank" }, `line 2: unknown label: "tbd1#3" (thank): not in the taxonomy`},
		{"unknown alternative", func(u *Turn) { u.Alt = "thank" }, `line 2: unknown label: "tbd1#3" (thanks): alternative "thank", want another of the labels`},
		{"alternative to itself", func(u *Turn) { u.Alt = "thanks" }, `line 2: unknown label: "tbd1#3" (thanks): alternative "thanks", want another of the labels`},
		{"first reading", func(u *Turn) { u.First = &Reading{Intent: "thank", Sentiment: "neutral"} }, `line 2: unknown label: "tbd1#3" (thanks): first reading "thank", "neutral"`},
		{"good first reading", func(u *Turn) { u.First = &Reading{Intent: "thanks", Sentiment: "positive"} }, ""},
		{"sentiment", func(u *Turn) { u.First, u.Sentiment = &Reading{Intent: "thanks", Sentiment: "neutral"}, "good" }, `line 2: unknown label: "tbd1#3" (thanks): sentiment "good"`},
		{"hand-off", func(u *Turn) { n := 3; u.Handoff = &n }, `line 2: form: "tbd1#3" (thanks): handoff 3, want 0, 1 or 2`},
		{"twice", func(u *Turn) { u.ID = "tbd1#2" }, `line 2: duplicate: "tbd1#2" (thanks): line 1 has "tbd1#2" (thanks)`},
		{"no turn in the identifier", func(u *Turn) { u.ID = "tbd1" }, `line 2: reference: "tbd1" (thanks): the identifier is not dialogue#turn`},
		{"source", func(u *Turn) { u.Source = "weibo_helpdesk" }, `line 2: reference: "tbd1#3" (thanks): source "weibo_helpdesk", want taobao_ecd`},
		{"source of a number", func(u *Turn) { u.ID = "77#0" }, `line 2: reference: "77#0" (thanks): source "taobao_ecd", want weibo_helpdesk`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first := Turn{Line: 1, ID: "tbd1#2", Source: "taobao_ecd", Intent: "thanks", Sentiment: "neutral", Customer: true}
			second := first
			second.Line, second.ID = 2, "tbd1#3"
			tt.edit(&second)
			if got := strings.Join(shown(Turns([]Turn{first, second}, taxonomyForTest(t))), "\n"); got != tt.want {
				t.Errorf("findings %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAgree(t *testing.T) {
	person := 1
	turn := func(id, intent, alt, sentiment string, ctx bool, handoff *int) Turn {
		return Turn{ID: id, Intent: intent, Alt: alt, Sentiment: sentiment, Ctx: ctx, Handoff: handoff}
	}
	first := []Turn{
		turn("1#0", "a", "", "neutral", false, nil),
		turn("1#1", "a", "b", "neutral", true, &person),
		turn("1#2", "a", "", "negative", false, &person),
		turn("1#3", "a", "", "neutral", false, nil),
	}
	second := []Turn{
		turn("1#0", "a", "", "neutral", false, nil),
		turn("1#1", "b", "", "neutral", true, &person),
		turn("1#2", "b", "c", "neutral", false, nil),
		turn("1#3", "c", "a", "neutral", true, nil),
		turn("9#9", "a", "", "neutral", false, nil),
	}
	got, unread := Agree(first, second)
	want := Agreement{Turns: 4, Intent: 0.25, Soft: 0.75, Standalone: 0.5, Sentiment: 0.75, Handoff: 0.75}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`line 0: reference: "9#9" (a): no first reading`}, shown(unread)); diff != "" {
		t.Error(diff)
	}
	if got, _ := Agree(nil, nil); got != (Agreement{}) {
		t.Errorf("agreement of nothing %+v", got)
	}
}

func TestLinks(t *testing.T) {
	base := Base{Name: "mk", Entries: []Entry{{ID: "mk1"}, {ID: "mk2"}, {ID: "mk3"}, {ID: "mk4"}}}
	line := func(links, kind string) string {
		return fmt.Sprintf(`{"id":"tbd1#2","source":"taobao_ecd","links":%s,"kind":%q}`, links, kind)
	}
	tests := []struct {
		name, in string
		want     []string
	}{
		{"good", line(`{"mk":["mk1","mk2"]}`, "A"), nil},
		{"none answers", line(`{"mk":[]}`, "N"), nil},
		{"no such base", line(`{"zz":["zz1"]}`, "A"), []string{`line 1: reference: "tbd1#2" (A): no knowledge base "zz"`}},
		{"no such entry", line(`{"mk":["mk9"]}`, "A"), []string{`line 1: reference: "tbd1#2" (A): knowledge base mk has no entry "mk9"`}},
		{"an entry twice", line(`{"mk":["mk1","mk1"]}`, "A"), []string{`line 1: form: "tbd1#2" (A): entry "mk1" twice`}},
		{"too many", line(`{"mk":["mk1","mk2","mk3","mk4"]}`, "A"), []string{`line 1: form: "tbd1#2" (A): 4 entries of mk, want at most 3`}},
		{"answered, says not", line(`{"mk":["mk1"]}`, "Q"), []string{`line 1: form: "tbd1#2" (Q): 1 entries answer`}},
		{"not answered, says so", line(`{"mk":[]}`, "A"), []string{`line 1: form: "tbd1#2" (A): 0 entries answer`}},
		{"kind", line(`{}`, "X"), []string{`line 1: unknown label: "tbd1#2" (X): want A, Q or N`}},
		{"twice", line(`{}`, "Q") + "\n" + line(`{}`, "Q"), []string{`line 2: duplicate: "tbd1#2" (Q): line 1 has "tbd1#2" (Q)`}},
		{"source", `{"id":"1#2","source":"taobao_ecd","links":{},"kind":"Q"}`, []string{`line 1: reference: "1#2" (Q): source "taobao_ecd", want weibo_helpdesk`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			links, err := ReadLinks(strings.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, shown(Links(links, []Base{base}))); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := ReadLinks(strings.NewReader(`{"id":"1#2","source":"taobao_ecd","kind":"Q"}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a line without links: %v", err)
	}
}

func FuzzReadTurns(f *testing.F) {
	f.Add([]byte(goodTurn))
	f.Add([]byte(`{"id":"","source":"","intent":"","ctx":true,"sentiment":"","handoff":-1,"role_ok":true}`))
	tax := taxonomyForTest(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		turns, err := ReadTurns(strings.NewReader(string(in)))
		if err != nil {
			return
		}
		for _, finding := range Turns(turns, tax) {
			if finding.Row.Line < 1 || finding.Row.Line > len(turns) {
				t.Errorf("finding %q of %d turns", finding, len(turns))
			}
		}
		if a, missing := Agree(turns, turns); a.Turns != len(turns) || len(missing) != 0 {
			t.Errorf("%d of %d turns agree with themselves", a.Turns, len(turns))
		}
	})
}
