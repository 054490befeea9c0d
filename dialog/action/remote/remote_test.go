package remote_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/dialog/action/remote"
	"github.com/yingda/yingda/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a backend, and a client that may reach it.
func serve(t *testing.T, o remote.Options, h http.HandlerFunc) (*remote.Client, string) {
	t.Helper()
	s := httptest.NewServer(h)
	o.AllowPrivate = true
	c := remote.New(o)
	t.Cleanup(func() { c.Close(); s.Close() })
	return c, s.URL
}

type answer struct {
	Name string `json:"name"`
}

func TestGet(t *testing.T) {
	c, url := serve(t, remote.Options{Headers: map[string]string{"Authorization": "Bearer x"}}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer x" || r.URL.Path != "/a/b c" {
			t.Errorf("request %s with %q", r.URL, r.Header.Get("Authorization"))
		}
		if _, err := io.WriteString(w, `{"name":"甲"}`); err != nil {
			t.Error(err)
		}
	})
	var v answer
	if err := c.Get(context.Background(), url+"/a/b%20c", &v); err != nil || v.Name != "甲" {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestPost(t *testing.T) {
	c, url := serve(t, remote.Options{}, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != `{"n":"1"}` || r.Header.Get("Idempotency-Key") != "k" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("request %s %v %v", body, r.Header, err)
		}
		if _, err := io.WriteString(w, `{"name":"乙"}`); err != nil {
			t.Error(err)
		}
	})
	var v answer
	if err := c.Post(context.Background(), url, "k", map[string]string{"n": "1"}, &v); err != nil || v.Name != "乙" {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		code   fault.Code
	}{
		{"not found", 404, "", fault.NotFound}, {"bad request", 400, "", fault.Invalid}, {"unprocessable", 422, "", fault.Invalid},
		{"conflict", 409, "", fault.Conflict}, {"too many", 429, "", fault.RateLimited}, {"broken", 500, "<html>", fault.Unavailable},
		{"forbidden without a reason", 403, "{}", fault.Unavailable}, {"redirect", 302, "", fault.Unavailable},
		{"unknown field", 200, `{"name":"x","price":1}`, fault.Unavailable}, {"wrong type", 200, `{"name":1}`, fault.Unavailable},
		{"no JSON", 200, "hello", fault.Unavailable}, {"empty", 200, "", fault.Unavailable},
		{"huge", 200, `{"name":"` + strings.Repeat("x", 2000) + `"}`, fault.TooLarge},
	} {
		c, url := serve(t, remote.Options{MaxBytes: 1000}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(tt.status)
			if _, err := io.WriteString(w, tt.body); err != nil {
				t.Error(err)
			}
		})
		var v answer
		err := c.Get(context.Background(), url, &v)
		if fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
		var f *fault.Error
		if tt.code == fault.RateLimited && (!errors.As(err, &f) || f.RetryAfter != 7*time.Second) {
			t.Errorf("%s: RetryAfter is not told: %+v", tt.name, f)
		}
	}
}

func TestVerify(t *testing.T) {
	for body, wrong := range map[string]bool{`{"verify":"needed"}`: false, `{"verify":"wrong"}`: true} {
		c, url := serve(t, remote.Options{}, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			if _, err := io.WriteString(w, body); err != nil {
				t.Error(err)
			}
		})
		var verify *action.VerifyError
		if err := c.Get(context.Background(), url, &answer{}); !errors.As(err, &verify) || verify.Wrong != wrong {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	c, url := serve(t, remote.Options{Timeout: 20 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	if err := c.Get(context.Background(), url, &answer{}); !fault.Is(err, fault.Timeout) {
		t.Errorf("error %v, want timeout", err)
	}
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	c := remote.New(remote.Options{Timeout: time.Second})
	defer c.Close()
	for _, address := range []string{
		"http://127.0.0.1:1/", "http://localhost:1/", "http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/latest",
		"http://[::1]:1/", "http://[fd00::1]/", "http://[fe80::1]/", "http://[::ffff:127.0.0.1]/", "http://100.64.0.1/", "http://0.0.0.0/", "http://[64:ff9b::a00:1]/",
	} {
		if err := c.Get(context.Background(), address, &answer{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v, want forbidden", address, err)
		}
	}
}

func TestUnreachable(t *testing.T) {
	c := remote.New(remote.Options{AllowPrivate: true, Timeout: time.Second})
	defer c.Close()
	if err := c.Get(context.Background(), "http://127.0.0.1:1/", &answer{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("error %v, want unavailable", err)
	}
}

func TestCheckURL(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://shop.example/{number}?t={tail}": true, "http://shop.example/": true,
		"ftp://shop.example/": false, "shop.example": false, "https://{number}.example/": false, "https://shop.example/{card}": false, "https://u:p@shop.example/": false, "": false,
	} {
		if err := remote.CheckURL(address, "number", "tail"); (err == nil) != ok {
			t.Errorf("%s: %v, want ok = %t", address, err, ok)
		}
	}
}

func TestExpandStaysInPlace(t *testing.T) {
	got := remote.Expand("https://x/{number}/t?tail={tail}&b=1", map[string]string{"number": "../a?b#c/d", "tail": "1&x=2"})
	if want := "https://x/..%2Fa%3Fb%23c%2Fd/t?tail=1%26x%3D2&b=1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
