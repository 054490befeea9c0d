package config

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "yingda.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExampleIsTheDefault(t *testing.T) {
	got, err := Load(write(t, string(Example)), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Server.TrustedProxies, want.Server.AllowedOrigins, want.Shop.Headers = []string{}, []string{}, map[string]string{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("example.yml differs from the defaults (-default +example):\n%s", diff)
	}
}

// Every key of the struct stands in example.yml, and a comment stands above it or its neighbour.
func TestExampleHasEveryKey(t *testing.T) {
	var doc map[string]any
	if err := yaml.Unmarshal(Example, &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(prefix string, typ reflect.Type, doc map[string]any)
	walk = func(prefix string, typ reflect.Type, doc map[string]any) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			key := f.Tag.Get("yaml")
			v, ok := doc[key]
			if !ok {
				t.Errorf("example.yml lacks %s%s", prefix, key)
			}
			if f.Tag.Get("env") == "" && f.Tag.Get("envPrefix") == "" {
				t.Errorf("%s%s has no environment variable", prefix, key)
			}
			if f.Type.Kind() == reflect.Struct {
				sub, _ := v.(map[string]any)
				walk(prefix+key+".", f.Type, sub)
			}
		}
	}
	walk("", reflect.TypeFor[Config](), doc)
	if n := strings.Count(string(Example), "# "); n < 30 {
		t.Errorf("example.yml has %d comments", n)
	}
}

func TestEnvironmentOverridesTheFile(t *testing.T) {
	path := write(t, "data: /from/file\nserver:\n  listen: 0.0.0.0:1\n")
	cfg, err := Load(path, []string{"YINGDA_SERVER_LISTEN=127.0.0.1:9", "YINGDA_SHOP_TIMEOUT=7s", "YINGDA_ORT_LIB=/x.so", "PATH=/bin"})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Data != "/from/file" || cfg.Server.Listen != "127.0.0.1:9" || cfg.Shop.Timeout != 7*time.Second || cfg.ORTLib != "/x.so" {
		t.Errorf("%+v", cfg)
	}
	if cfg.NLU != Default().NLU {
		t.Errorf("untouched keys changed: %+v", cfg.NLU)
	}
}

func TestFaults(t *testing.T) {
	for in, says := range map[string][]string{
		"data: x\nsever:\n  listen: y\n":  {"sever", "2 |"},
		"server:\n  listne: y\n":          {"listne", "2 |"},
		"server:\n  max_body: many\n":     {"max_body", "2 |"},
		"server:\n  max_body: -1\n":       {"server.max_body", "positive"},
		"nlu:\n  max_tokens: 9999\n":      {"nlu.max_tokens", "8 to 512"},
		"nlu:\n  batch: 0\n":              {"nlu.batch", "1 to 64"},
		"kb:\n  engine: faiss\n":          {"kb.engine", "memory or qdrant"},
		"kb:\n  engine: qdrant\n":         {"kb.qdrant_addr"},
		"nlu:\n  scope_threshold: 50\n":   {"nlu.scope_threshold", "probability"},
		"dialog:\n  risk_threshold: -1\n": {"dialog.risk_threshold", "probability"},
		"kb:\n  answer_at: 90\n":          {"kb.answer_at", "probability"},
		"kb:\n  group_hour: 24\n":         {"kb.group_hour", "0 to 23"},
		"log:\n  level: loud\n":           {"log.level"},
		"log:\n  format: xml\n":           {"log.format"},
		"nlu:\n  concurrency: -2\n":       {"nlu.concurrency"},
		"server: !00000 00\n":             {"yingda.yml"},
		"data: [unclosed\n":               {"yingda.yml"},
	} {
		_, err := Load(write(t, in), nil)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, want an invalid fault", in, err)
			continue
		}
		for _, s := range says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%q: the error does not say %q:\n%v", in, s, err)
			}
		}
	}
	if _, err := Load("/does/not/exist.yml", nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Load("", []string{"YINGDA_SHOP_TIMEOUT=soon"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a wrong variable: %v", err)
	}
	if cfg, err := Load(write(t, "# nothing\n"), nil); err != nil || cfg.Data != "./data" {
		t.Errorf("an empty file: %v %v", cfg.Data, err)
	}
}

func FuzzStrict(f *testing.F) {
	f.Add([]byte("data: x\n"))
	f.Add([]byte("files: !00000 00"))
	f.Add(Example)
	f.Fuzz(func(t *testing.T, src []byte) {
		cfg := Default()
		if err := Strict(src, &cfg); err != nil && !errors.Is(err, io.EOF) && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", src, err)
		}
	})
}
