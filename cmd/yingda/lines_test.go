package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

type lineIn struct {
	ID   json.RawMessage `json:"id"`
	Text string          `json:"text"`
}

func echo(t *testing.T, in io.Reader) (string, error) {
	t.Helper()
	var out bytes.Buffer
	g := &globals{ctx: t.Context(), std: streams{in: in, out: &out, err: io.Discard}}
	err := jsonLines(g, 4, func(l lineIn) json.RawMessage { return l.ID }, func(l lineIn) (any, error) {
		if l.Text == "bad" {
			return nil, fault.New(fault.Invalid, "bad text")
		}
		if l.Text == "slow" {
			time.Sleep(20 * time.Millisecond)
		}
		return map[string]string{"got": l.Text}, nil
	})
	return out.String(), err
}

func TestJSONLinesKeepTheirOrder(t *testing.T) {
	var in, want strings.Builder
	for i := range 200 {
		text := fmt.Sprint(i)
		if i%50 == 0 {
			text = "slow"
		}
		fmt.Fprintf(&in, "{\"text\":%q}\n", text)
		fmt.Fprintf(&want, "{\"got\":%q}\n", text)
	}
	got, err := echo(t, strings.NewReader(in.String()))
	if err != nil || got != want.String() {
		t.Errorf("err %v, output\n%.200s", err, got)
	}
}

func TestJSONLinesReportFaultsInPlace(t *testing.T) {
	in := "\ufeff{\"id\":1,\"text\":\"a\"}\r\n\n{\"id\":\"x\",\"text\":\"bad\"}\n{oops\n" +
		"{\"text\":\"\xff\"}\n{\"text\":\"" + strings.Repeat("长", maxLineBytes/3+10) + "\"}\n{\"text\":\"<last>\"}"
	got, err := echo(t, strings.NewReader(in))
	if !errors.Is(err, errLines) {
		t.Errorf("error %v, want errLines", err)
	}
	lines := strings.Split(strings.TrimSpace(got), "\n")
	wants := []string{`{"got":"a"}`, `"id":"x","error":{"code":"invalid","message":"bad text"`, "not a JSON object", "not UTF-8", "too_large", `{"got":"<last>"}`}
	if len(lines) != len(wants) {
		t.Fatalf("%d lines:\n%s", len(lines), got)
	}
	for i, w := range wants {
		if !strings.Contains(lines[i], w) {
			t.Errorf("line %d is %s, want %s in it", i+1, lines[i], w)
		}
	}
}

// A program that writes one line and waits must get its answer.
func TestJSONLinesAnswerAtOnce(t *testing.T) {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	g := &globals{ctx: t.Context(), std: streams{in: inR, out: outW, err: io.Discard}}
	done := make(chan error, 1)
	go func() {
		done <- jsonLines(g, 2, func(l lineIn) json.RawMessage { return l.ID }, func(l lineIn) (any, error) { return l.Text, nil })
		outW.Close()
	}()
	answers := bufio.NewScanner(outR)
	for _, text := range []string{"一", "二"} {
		fmt.Fprintf(inW, "{\"text\":%q}\n", text)
		if !answers.Scan() || answers.Text() != `"`+text+`"` {
			t.Fatalf("answer %q", answers.Text())
		}
	}
	inW.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestReadingFailuresEndTheCommand(t *testing.T) {
	_, err := echo(t, io.MultiReader(strings.NewReader("{\"text\":\"a\"}\n"), errReader{}))
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }
