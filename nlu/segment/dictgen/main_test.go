package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTrim(t *testing.T) {
	const src = "退货 30 v\n退货 款\n"
	if err := trim(&bytes.Buffer{}, strings.NewReader(src), 4); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error %v, want one that names line 2", err)
	}
	var out bytes.Buffer
	if err := trim(&out, strings.NewReader("退货 30 v\n罕词 3 n\n㐀 1 x\n\n无类 9\n"), 4); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "退货 30 v\n㐀 1 x\n无类 9\n"; got != want {
		t.Errorf("trimmed to %q, want %q", got, want)
	}
}

// TestFilesAreCurrent compares the committed files with what would be written now.
func TestFilesAreCurrent(t *testing.T) {
	dir := t.TempDir()
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"zh.txt", "t2s.txt"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "dict", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("dict/%s is stale: run go generate ./nlu/segment", name)
		}
	}
}
