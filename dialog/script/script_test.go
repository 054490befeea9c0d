package script_test

import (
	"context"
	"strings"
	"testing"

	"github.com/yingda/yingda/dialog/script"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, source, line, want string }{
		{"unknown instruction", "user 你好\nusr 你好", ":2", "unknown instruction"},
		{"user without text", "user", ":1", "message is missing"},
		{"send without text", "send k1", ":1", "send KEY TEXT"},
		{"bot", "bot", ":1", "bot NAME"},
		{"bot without pattern", "bot ~", ":1", "missing"},
		{"broken expression", "bot ~ /(/", ":1", "regular expression"},
		{"broken negated expression", "bot ~ !/(/", ":1", "regular expression"},
		{"bot kind", "bot kind", ":1", ""},
		{"unknown expectation", "expect weather sunny", ":1", "unknown expectation"},
		{"expectation of nothing", "expect intent", ":1", "missing"},
		{"time goes back", "at -1h", ":1", "never goes back"},
		{"no time", "at soon", ":1", "at +31m"},
		{"agent", "agent dance", ":1", "agent claim"},
		{"agent reply", "agent reply", ":1", "agent reply"},
		{"visitor", "visitor cries", ":1", "visitor close"},
		{"backend", "backend parcel gone", ":1", "down|slow|up"},
		{"unknown backend", "backend weather down", ":1", "down|slow|up"},
		{"nlu", "nlu 你好", ":1", "=>"},
		{"nlu confidence", "nlu 你好 => greeting 7", ":1", "probability"},
		{"nlu sentiment", "nlu 你好 => greeting 0.9 angry", ":1", "sentiment"},
		{"nlu without a signal", "nlu 你好 => greeting 0.9 | risk", ":1", "says nothing"},
		{"nlu signal", "nlu 你好 => greeting 0.9 | weather 0.9", ":1", "no signal"},
		{"nlu out", "nlu 你好 => greeting 0.9 | out 9", ":1", "probability"},
		{"nlu part", "nlu 你好 => greeting 0.9 | part 再见 goodbye 0.9", ":1", "no part"},
		{"kb", "kb 你好 => a1", ":1", "ARTICLE SCORE"},
		{"kb score", "kb 你好 => a1 NaN", ":1", "probability"},
		{"article", "article a1 问题", ":1", "ANSWER"},
		{"page", "page order", ":1", "NAME=VALUE"},
		{"customer", "customer", ":1", "missing"},
		{"not UTF-8", "user \xff", "", "UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := script.Parse("a.conv", []byte(tt.source))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "a.conv"+tt.line) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want invalid a.conv%s and %q", err, tt.line, tt.want)
			}
		})
	}
	for name, source := range map[string][]byte{
		"bytes": make([]byte, script.MaxBytes+1), "lines": []byte(strings.Repeat("user x\n", script.MaxLines+1)),
	} {
		if _, err := script.Parse("a.conv", source); !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s: %v, want too_large", name, err)
		}
	}
}

// play runs a script's text.
func play(t *testing.T, source string, o script.Options) script.Result {
	t.Helper()
	s, err := script.Parse("a.conv", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	res, err := script.Run(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestEveryExpectationCanFail: a line that cannot fail checks nothing.
func TestEveryExpectationCanFail(t *testing.T) {
	for _, line := range []string{
		"bot ~ 恐龙", "bot ~ !/人工/", "bot kind answer", "bot button 恐龙", "expect intent greeting", "expect slot tracking_number=1",
		"expect status bot", "expect event action.called", "expect no event handoff.requested", "expect reason anger", "expect flow parcel_track",
		"expect flow parcel_track@ask", "expect replies 3", "expect silent", "expect misses 2", "expect owner 小林", "expect tag vip", "expect priority 3",
		"expect group 物流", "expect fact 物流状态=已签收", "expect summary ~ 恐龙", "expect degraded nlu", "expect duplicate", "expect error busy", "expect answer freight",
		"expect no reply",
	} {
		res := play(t, "user 转人工\n"+line, options())
		if res.Passed() || len(res.Failures) != 1 || res.Failures[0].Line != 2 || res.Failures[0].Problem == "" {
			t.Errorf("%s: passed %t, failures %v", line, res.Passed(), res.Failures)
		}
	}
}

func TestFailureShowsTheTalk(t *testing.T) {
	res := play(t, "customer c1004\nuser 我的快递到哪了\nbot ~ 恐龙", options())
	text := res.String()
	for _, want := range []string{"a.conv:3", "bot ~ 恐龙", "访客：我的快递到哪了", "parcel_track 0.90", "action.called", "机器人（flow）", "郑州"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

func TestUnexpectedErrorFails(t *testing.T) {
	for _, source := range []string{"user \\s\nuser 你好", "user \\s\nexpect status bot", "user 你好\nuser \\s", "agent release", "agent claim\nagent claim 小王\nagent reply x"} {
		if res := play(t, source, options()); res.Passed() {
			t.Errorf("%q passed:\n%s", source, res)
		}
	}
}

func TestSettingsComeFirst(t *testing.T) {
	for _, line := range []string{"bot other", "customer c1001", "channel app", "page a=b"} {
		if res := play(t, "user 你好\n"+line, options()); len(res.Failures) != 1 {
			t.Errorf("%s after the first message: %v", line, res.Failures)
		}
	}
	if res := play(t, "kb 你好 => nowhere 0.9", options()); len(res.Failures) != 1 {
		t.Errorf("an unknown article: %v", res.Failures)
	}
}

func TestRealModelsAreAskedFor(t *testing.T) {
	source := "with real nlu\nnlu 你好 => abuse 0.9\nuser 你好\nexpect intent greeting"
	if res := play(t, source, options()); res.Skipped == "" || res.Passed() {
		t.Errorf("without models: %+v", res)
	}
	o := options()
	o.Analyzer, o.Retriever = real{}, real{}
	if res := play(t, source, o); !res.Passed() {
		t.Errorf("the scripted understanding was preferred to the real one:\n%s", res)
	}
}

// real stands for the real models: everything is a greeting.
type real struct{}

func (real) Analyze(_ context.Context, req nlu.Request) (nlu.Result, error) {
	return nlu.Result{Text: req.Text, Intent: nlu.Intent{Name: "greeting", Confidence: 1}, Entities: []nlu.Entity{}}, nil
}

func (real) Search(context.Context, kb.Query) ([]kb.Hit, error) { return nil, nil }

func TestRunsAreEqual(t *testing.T) {
	source := "customer c1001\nuser 我的快递到哪了\nuser 保温杯\nuser 好的\nuser 转人工"
	if a, b := play(t, source, options()), play(t, source, options()); a.Transcript != b.Transcript {
		t.Errorf("two runs differ:\n%s\n%s", a.Transcript, b.Transcript)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("user 你好\nbot ~ 小云\nexpect status bot\nnlu a => b 0.5 negative 0.9"))
	f.Add([]byte("at +1h\nagent claim\nkb a => b 0.5, c 0.4"))
	f.Fuzz(func(t *testing.T, source []byte) {
		s, err := script.Parse("a.conv", source)
		if (s == nil) == (err == nil) {
			t.Fatalf("script %v with error %v", s, err)
		}
	})
}
