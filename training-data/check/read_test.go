package check

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

func TestReadUtterances(t *testing.T) {
	rows, err := ReadUtterances(strings.NewReader("{\"text\":\"在吗\",\"intent\":\"greeting\"}\r\n{\"intent\":\"thanks\",\"text\":\"\"}"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{{Line: 1, Text: "在吗", Label: "greeting"}, {Line: 2, Text: "", Label: "thanks"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestReadFaultsNameTheLine(t *testing.T) {
	good := `{"text":"在吗","intent":"greeting"}` + "\n"
	tests := []struct {
		name, in string
		code     fault.Code
		want     string
	}{
		{"broken JSON", good + `{"text":`, fault.Invalid, "line 2: "},
		{"unknown field", `{"text":"a","intent":"b","lable":"c"}`, fault.Invalid, `unknown field "lable"`},
		{"no text", `{"intent":"b"}`, fault.Invalid, `line 1: the line is not the expected JSON object: "text" is missing`},
		{"no intent", `{"text":"b"}`, fault.Invalid, `"intent" is missing`},
		{"a number as text", `{"text":1,"intent":"b"}`, fault.Invalid, "line 1"},
		{"two values", `{"text":"a","intent":"b"} {}`, fault.Invalid, "more than one value"},
		{"not an object", `[]`, fault.Invalid, "line 1"},
		{"blank line", good + "\n" + good, fault.Invalid, "line 2: the line is blank"},
		{"not UTF-8", good + good + "{\"text\":\"\xd4\xda\",\"intent\":\"b\"}", fault.Invalid, "line 3: the line is not UTF-8"},
		{"too long", good + `{"text":"` + strings.Repeat("长", maxLine/3) + `"}`, fault.TooLarge, "line 2: the line is over"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Utterances(strings.NewReader(tt.in), taxonomyForTest(t))
			if fault.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v (%s), want %s with %q", err, fault.CodeOf(err), tt.code, tt.want)
			}
		})
	}
}

func TestReadSentimentFaults(t *testing.T) {
	if _, err := Sentiment(strings.NewReader(`{"text":"a","intent":"b"}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("an intent row passed as sentiment: %v", err)
	}
	if _, err := Sentiment(strings.NewReader(`{"text":"a"}`)); err == nil || !strings.Contains(err.Error(), `"label" is missing`) {
		t.Errorf("error %v", err)
	}
}

func TestReadPassesReaderErrors(t *testing.T) {
	broken := errors.New("disk gone")
	if _, err := ReadSentiment(iotest.ErrReader(broken)); !errors.Is(err, broken) || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("error %v, want the reader's with the line", err)
	}
}

func FuzzReadUtterances(f *testing.F) {
	f.Add([]byte(`{"text":"在吗","intent":"greeting"}`))
	f.Add([]byte("{}\n\n\xff"))
	f.Add([]byte(`{"text":"\ud800","intent":""}`))
	tax := taxonomyForTest(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		report, err := Utterances(strings.NewReader(string(in)), tax)
		if err != nil {
			return
		}
		total := 0
		for _, c := range report.Balance {
			total += c.Rows
		}
		if total != report.Rows {
			t.Errorf("balance sums to %d of %d rows", total, report.Rows)
		}
		for _, finding := range report.Findings {
			if !utf8.ValidString(finding.String()) || finding.Row.Line < 1 || finding.Row.Line > report.Rows {
				t.Errorf("finding %q at line %d of %d", finding, finding.Row.Line, report.Rows)
			}
		}
	})
}
