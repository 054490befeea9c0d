package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/config"
)

// A trainer teaches colours over HTTP; messages are read with them at once,
// and not any more after going back.
func TestTrainingOverHTTP(t *testing.T) {
	cfg := config.Default()
	a, err := openApp(t.Context(), cfg, appOptions{log: slog.New(slog.DiscardHandler), demo: true, temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	a.openTraining()
	s, err := a.server(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	defer func() {
		web.Close()
		s.Close()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	key, err := a.localKey(t.Context(), demoBot, auth.Trainer)
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path, body string, into any) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, web.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
		res, err := web.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode >= 300 {
			t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, text, err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	var parsed struct {
		Intent struct{ Name string }
	}
	parse := func() string {
		t.Helper()
		call("POST", "/v1/nlu/parse", `{"text":"大红色的还有吗"}`, &parsed)
		return parsed.Intent.Name
	}
	before := parse()
	var file strings.Builder
	for colour, words := range map[string][]string{"colour_red": {"红色", "大红", "枣红", "正红"}, "colour_blue": {"蓝色", "天蓝", "藏蓝", "湖蓝"}} {
		for _, w := range words {
			for _, form := range []string{"%s的有吗", "我要%s那款", "%s好看吗"} {
				fmt.Fprintf(&file, "{\"text\":%q,\"intent\":%q}\n", fmt.Sprintf(form, w), colour)
			}
		}
	}
	var job struct{ ID, State, Version, Error string }
	call("POST", "/v1/intents/intent/jobs?format=jsonl&activate=true", file.String(), &job)
	for deadline := time.Now().Add(60 * time.Second); job.State != "done"; time.Sleep(20 * time.Millisecond) {
		call("GET", "/v1/intents/intent/jobs/"+job.ID, "", &job)
		if job.State == "failed" || time.Now().After(deadline) {
			t.Fatalf("%+v", job)
		}
	}
	if got := parse(); got != "colour_red" {
		t.Errorf("after training: %s", got)
	}
	var active struct{ Version string }
	call("POST", "/v1/intents/intent/rollback", "", &active)
	if got := parse(); got != before || active.Version != "-" {
		t.Errorf("after going back to %q: %s, before %s", active.Version, got, before)
	}
	call("POST", "/v1/intents/intent/activate", fmt.Sprintf(`{"version":%q}`, job.Version), &active)
	if got := parse(); got != "colour_red" {
		t.Errorf("after activating again: %s", got)
	}
}
