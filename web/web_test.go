package web

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/yingda/yingda/internal/fault"
)

func built() fstest.MapFS {
	pages := fstest.MapFS{}
	for _, name := range required {
		pages["dist/"+name] = &fstest.MapFile{Data: []byte(name)}
	}
	return pages
}

func TestCompleteNeedsEveryPage(t *testing.T) {
	pages, err := complete(built())
	if err != nil {
		t.Fatalf("a whole build: %v", err)
	}
	if err := fstest.TestFS(pages, required...); err != nil {
		t.Fatal(err)
	}
	for _, name := range required {
		part := built()
		delete(part, "dist/"+name)
		_, err := complete(part)
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("without %s: %v, want an unavailable fault", name, err)
			continue
		}
		if !strings.Contains(err.Error(), "make web") || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %q does not say what is missing and what to do", name, err)
		}
	}
}

func TestEmbeddedPagesAreAllOrNothing(t *testing.T) {
	pages, err := FS()
	if err != nil {
		if !fault.Is(err, fault.Unavailable) {
			t.Fatalf("FS: %v, want an unavailable fault", err)
		}
		return
	}
	if err := fstest.TestFS(pages, required...); err != nil {
		t.Fatal(err)
	}
}

func TestInject(t *testing.T) {
	page := []byte("<head>" + string(placeholder) + "</head>")
	tests := []struct {
		name, nonce string
		config      any
		want        string
	}{
		{"plain", "", map[string]string{"bot": "demo"}, `<head><script>window.__YINGDA__={"bot":"demo"}</script></head>`},
		{"nonce", "a+/=", map[string]int{}, `<head><script nonce="a+/=">window.__YINGDA__={}</script></head>`},
		{"no way out of the script", "", map[string]string{"bot": "</script><script>alert(1)//"},
			`<head><script>window.__YINGDA__={"bot":"\u003c/script\u003e\u003cscript\u003ealert(1)//"}</script></head>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Inject(page, tt.config, tt.nonce)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestInjectFaults(t *testing.T) {
	page := []byte("<head>" + string(placeholder) + "</head>")
	tests := map[string]struct {
		page   []byte
		config any
		nonce  string
	}{
		"no placeholder": {[]byte("<head></head>"), 1, ""},
		"not JSON":       {page, func() {}, ""},
		"bad nonce":      {page, 1, `"><script>`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Inject(tt.page, tt.config, tt.nonce); !fault.Is(err, fault.Invalid) {
				t.Errorf("got %v, want an invalid fault", err)
			}
		})
	}
}

func BenchmarkInject(b *testing.B) {
	page := []byte(strings.Repeat("<p>x</p>", 200) + string(placeholder) + strings.Repeat("<p>y</p>", 200))
	config := map[string]string{"bot": "demo", "visitorKey": "yd_visitor_0123456789"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Inject(page, config, ""); err != nil {
			b.Fatal(err)
		}
	}
}
