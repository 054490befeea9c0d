package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yingda/yingda/nlu/ort"
)

// folder writes a small training-data folder.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"intents/utterances.jsonl":          `{"text":"这个东西什么时候能送到我家","intent":"parcel_track"}` + "\n" + `{"text":"发票抬头写错了想改一下","intent":"invoice_request"}`,
		"intents/context.jsonl":             `{"prev":"您好","text":"退款","intent":"refund_request","alt":null,"ctx":false,"sentiment":"neutral"}`,
		"intents/emotion.jsonl":             `{"text":"太气人了","emotion":"anger"}`,
		"intents/scope.jsonl":               `{"text":"明天下雨吗","oos":true,"intent":null}`,
		"intents/sentiment.jsonl":           `{"text":"很满意","label":"positive"}`,
		"intents/conversations.jsonl":       `{"id":"c1","turns":[{"role":"customer","text":"到哪了呀"},{"role":"agent","text":"在路上"}],"risk":0,"reason":"答清"}`,
		"faq/demo.jsonl":                    `{"id":"d001","question":"如何开具收据","similar":[],"answer":"申请","category":"发票"}`,
		"faq/authored/kb_xx.jsonl":          `{"id":"xx1","question":"修改密码的方法","similar":[],"answer":"设置","category":"账户"}`,
		"faq/authored/kb_xx_messages.jsonl": `{"kb_id":"xx1","messages":["密码忘了咋整"]}`,
	} {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRun(t *testing.T) {
	data := folder(t)
	measured := filepath.Join(t.TempDir(), "dev.jsonl")
	write(t, measured, `{"text":"退款！"}`+"\n"+`{"query":"这个东西什么时候能送到我家呢"}`)
	apart := filepath.Join(t.TempDir(), "apart.jsonl")
	write(t, apart, `{"text":"没有一句是相同的"}`)
	torn := filepath.Join(t.TempDir(), "broken.jsonl")
	write(t, torn, `{"label":"x"}`)

	tests := []struct {
		name           string
		args           []string
		status         int
		stdout, stderr string
	}{
		{"copies", []string{"--data", data, "--encoder", "none", "--against", measured}, offended,
			`intents/context.jsonl:1: "退款" is 1.00 like ` + measured + ":1\n" +
				`intents/utterances.jsonl:1: "这个东西什么时候能送到我家" is 0.91 like ` + measured + ":2\n" +
				"10 authored texts, 2 measuring texts, 2 too alike\n", ""},
		{"none", []string{"--data", data, "--encoder", "none", "--against", apart}, clean, "10 authored texts, 1 measuring texts, 0 too alike\n", ""},
		{"two files", []string{"--data", data, "--encoder", "none", "--against", apart, "--against", measured}, offended, "3 measuring texts, 2 too alike\n", ""},
		{"no file named", []string{"--data", data}, broken, "", "--against"},
		{"no such file", []string{"--data", data, "--against", filepath.Join(data, "none.jsonl")}, broken, "", "none.jsonl"},
		{"a file without texts", []string{"--data", data, "--against", torn}, broken, "", "none of text, query, question and similar"},
		{"no such data", []string{"--data", filepath.Join(data, "none"), "--against", apart}, broken, "", "training-data folder"},
		{"no such models", []string{"--data", data, "--encoder", filepath.Join(data, "none"), "--against", apart}, broken, "", "none"},
		{"no such flag", []string{"--agianst", apart}, broken, "", "agianst"},
		{"help", []string{"--help"}, clean, "", "measuring"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			status := run(context.Background(), tt.args, &stdout, &stderr)
			if status != tt.status || !strings.HasSuffix(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("status %d, want %d\nstdout %s\nstderr %s", status, tt.status, stdout.String(), stderr.String())
			}
		})
	}
}

// The encoder finds what the characters do not.
func TestRunWithTheEncoder(t *testing.T) {
	if _, err := ort.FindLibrary(""); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	data := folder(t)
	measured := filepath.Join(t.TempDir(), "dev.jsonl")
	write(t, measured, `{"text":"发票抬头写错了，我想改一下"}`)
	var characters, meanings, stderr strings.Builder
	if status := run(t.Context(), []string{"--data", data, "--encoder", "none", "--against", measured}, &characters, &stderr); status != clean {
		t.Fatalf("status %d by characters alone: %s%s", status, characters.String(), stderr.String())
	}
	if status := run(t.Context(), []string{"--data", data, "--against", measured}, &meanings, &stderr); status != offended {
		t.Fatalf("status %d with the encoder: %s%s", status, meanings.String(), stderr.String())
	}
	if !strings.HasPrefix(meanings.String(), `intents/utterances.jsonl:2: "发票抬头写错了想改一下" is 0.9`) {
		t.Errorf("found %s", meanings.String())
	}
	if strings.Contains(meanings.String(), "我想改一下") {
		t.Error("a measuring text was printed")
	}
}
