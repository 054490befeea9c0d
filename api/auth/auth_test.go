package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/internal/store/storetest"
)

var noon = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

func TestKeys(t *testing.T) {
	seen := map[string]bool{}
	for _, role := range KeyRoles {
		key, err := NewKey(role)
		if err != nil || !strings.HasPrefix(key, "yd_"+string(role)+"_") || len(key) < 40 || seen[key] {
			t.Errorf("%s: %q, %v", role, key, err)
		}
		seen[key] = true
		if m := Mask(key); m != "yd_"+string(role)+"_…" || strings.Contains(m, key[len(key)-10:]) {
			t.Errorf("masked to %q", m)
		}
	}
	for _, role := range []Role{Admin, "", "root"} {
		if _, err := NewKey(role); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: got %v, want %s", role, err, fault.Invalid)
		}
	}
	for secret, want := range map[string]string{NewSession(): "yds_…", "ydt_abc.def": "ydt_…", "yd_root_x": "…", "anything": "…", "": "…"} {
		if got := Mask(secret); got != want {
			t.Errorf("Mask(%q) = %q, want %q", secret, got, want)
		}
	}
	if Hash("a") == Hash("b") || len(Hash("a")) != 64 {
		t.Error("hashes do not tell keys apart")
	}
}

func TestTokens(t *testing.T) {
	s, err := NewSigner([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	g := Grant{Bot: "demo", Conversation: "conv_1", Visitor: "访客", ExpiresAt: noon.Add(time.Hour)}
	token, err := s.Sign(g)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Verify(token, noon)
	if err != nil || got.Bot != g.Bot || got.Conversation != g.Conversation || got.Visitor != g.Visitor || !got.ExpiresAt.Equal(g.ExpiresAt) {
		t.Errorf("got %+v, %v", got, err)
	}
	if again, err := s.Sign(g); err != nil || again != token {
		t.Error("equal grants have different tokens")
	}
	other, err := NewSigner([]byte("another secret of ours"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		signer *Signer
		token  string
		at     time.Time
	}{
		"expired": {s, token, noon.Add(time.Hour)}, "another secret": {other, token, noon}, "empty": {s, "", noon},
		"no dot": {s, strings.ReplaceAll(token, ".", ""), noon}, "cut": {s, token[:len(token)-2], noon},
		"altered": {s, strings.Replace(token, "ydt_e", "ydt_f", 1), noon}, "prefix": {s, "x" + token, noon},
		"huge": {s, "ydt_" + strings.Repeat("A", 5000) + ".AA", noon}, "padding": {s, token + "=", noon},
	} {
		if _, err := c.signer.Verify(c.token, c.at); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: got %v, want %s", name, err, fault.Unauthenticated)
		}
	}
	if _, err := NewSigner([]byte("short")); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want %s", err, fault.Invalid)
	}
}

func FuzzVerify(f *testing.F) {
	s, err := NewSigner([]byte("0123456789abcdef"))
	if err != nil {
		f.Fatal(err)
	}
	token, err := s.Sign(Grant{Bot: "demo", Conversation: "c", ExpiresAt: noon.Add(time.Hour)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("ydt_.")
	f.Fuzz(func(t *testing.T, forged string) {
		if _, err := s.Verify(forged, noon); err == nil && forged != token {
			t.Errorf("%q was believed", forged)
		}
	})
}

func TestCustomerSignature(t *testing.T) {
	secret := []byte("the shop's secret")
	signature := SignCustomer(secret, "c1001")
	if !VerifyCustomer(secret, "c1001", signature) || !VerifyCustomer(secret, "c1001", strings.ToUpper(signature)) {
		t.Error("a right signature is refused")
	}
	for _, wrong := range []string{"", "zz", signature[:10], signature + "00", SignCustomer([]byte("other"), "c1001"), SignCustomer(secret, "c1002")} {
		if VerifyCustomer(secret, "c1001", wrong) {
			t.Errorf("%q is believed", wrong)
		}
	}
}

func TestPasswords(t *testing.T) {
	hash, err := HashPassword("正确的密码12345")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q, %v", hash, err)
	}
	if again, err := HashPassword("正确的密码12345"); err != nil || again == hash {
		t.Error("two hashes have one salt")
	}
	for password, want := range map[string]bool{"正确的密码12345": true, "正确的密码12346": false, "": false, strings.Repeat("x", 10000): false} {
		if got, err := VerifyPassword(t.Context(), hash, password); err != nil || got != want {
			t.Errorf("%.20q: %v, %v", password, got, err)
		}
	}
	for _, bad := range []string{"", "short", strings.Repeat("长", 129), "12345678\xff"} {
		if _, err := HashPassword(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.20q: got %v, want %s", bad, err, fault.Invalid)
		}
	}
	for _, damaged := range []string{
		"", "plain", "$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA", "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=19456,t=2,p=1$!$!",
	} {
		if _, err := VerifyPassword(t.Context(), damaged, "x"); !fault.Is(err, fault.Internal) {
			t.Errorf("%q: got %v, want %s", damaged, err, fault.Internal)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	for range cap(hashing) {
		hashing <- struct{}{}
	}
	cancel()
	if _, err := VerifyPassword(ctx, hash, "x"); !fault.Is(err, fault.Timeout) {
		t.Errorf("got %v, want %s", err, fault.Timeout)
	}
	for range cap(hashing) {
		<-hashing
	}
}

func FuzzReadHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, s string) {
		if h, err := readHash(s); err == nil && (h.memory > 1<<20 || h.time > 32 || len(h.key) < 16) {
			t.Errorf("%q costs %+v", s, h)
		}
	})
}

func TestMay(t *testing.T) {
	for _, c := range []struct {
		caller Caller
		roles  []Role
		want   bool
	}{
		{Caller{Means: ByKey, Role: Agent}, []Role{Agent}, true},
		{Caller{Means: ByKey, Role: Agent}, []Role{Trainer}, false},
		{Caller{Means: BySession, Role: Admin}, []Role{Trainer}, true},
		{Caller{Means: BySession, Role: Admin}, []Role{Service}, false},
		{Caller{Means: BySession, Role: Admin}, []Role{Visitor}, false},
		{Caller{Means: ByToken, Role: Visitor}, []Role{Visitor}, false},
		{Caller{}, nil, false},
	} {
		if got := c.caller.May(c.roles...); got != c.want {
			t.Errorf("%+v may %v: %v", c.caller, c.roles, got)
		}
	}
}

func TestCredential(t *testing.T) {
	for _, c := range []struct {
		header, query, cookie string
		allowed               bool
		want                  string
		byCookie              bool
	}{
		{"Bearer abc", "q", "c", true, "abc", false},
		{"bearer  abc ", "", "", false, "abc", false},
		{"Basic abc", "q", "c", true, "", false},
		{"", "q", "c", true, "q", false},
		{"", "q", "c", false, "c", true},
		{"", "", "c", true, "c", true},
		{"", "", "", true, "", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/?token="+c.query, nil)
		if c.header != "" {
			r.Header.Set("Authorization", c.header)
		}
		if c.cookie != "" {
			r.AddCookie(&http.Cookie{Name: Cookie, Value: c.cookie})
		}
		if got, byCookie := Credential(r, c.allowed); got != c.want || byCookie != c.byCookie {
			t.Errorf("%+v: got %q, %v", c, got, byCookie)
		}
	}
}

func TestCheckOrigin(t *testing.T) {
	for _, c := range []struct {
		origin   string
		required bool
		want     fault.Code
	}{
		{"http://desk.example", true, ""}, {"https://desk.example", true, ""}, {"https://shop.example", true, ""},
		{"", false, ""}, {"", true, fault.Forbidden}, {"null", false, fault.Forbidden}, {"https://evil.example", false, fault.Forbidden},
		{"https://desk.example.evil.example", false, fault.Forbidden}, {"%zz", false, fault.Forbidden},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://desk.example/", nil)
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if got := fault.CodeOf(CheckOrigin(r, []string{"https://shop.example"}, c.required)); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

// counted counts the questions to a directory, and may break it.
type counted struct {
	*store.Store
	mu      sync.Mutex
	lookups int
	touches int
	fail    error
}

func (c *counted) KeyByHash(ctx context.Context, hash string) (store.Key, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lookups++
	if c.fail != nil {
		return store.Key{}, c.fail
	}
	return c.Store.KeyByHash(ctx, hash)
}

func (c *counted) TouchKey(ctx context.Context, id string, t time.Time) error {
	c.mu.Lock()
	c.touches++
	c.mu.Unlock()
	return errors.Join(c.Store.TouchKey(ctx, id, t), errors.New("and then it broke"))
}

func TestAuthenticatorAsksSeldom(t *testing.T) {
	fake := clock.NewFake(noon)
	d := &counted{Store: storetest.Open(t, fake)}
	signer, err := NewSigner([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAuthenticator(d, signer, fake, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	key, err := NewKey(Service)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AddKey(t.Context(), store.Key{ID: "k", Bot: "demo", Role: "service", Hash: Hash(key)}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		c, err := a.Caller(t.Context(), key)
		if err != nil || c != (Caller{Means: ByKey, Role: Service, ID: "k", Bot: "demo"}) {
			t.Fatalf("got %+v, %v", c, err)
		}
	}
	if d.lookups != 1 || d.touches != 1 {
		t.Errorf("%d lookups and %d touches, want one each", d.lookups, d.touches)
	}
	stored, err := d.Store.KeyByHash(t.Context(), Hash(key))
	if err != nil || !stored.LastUsedAt.Equal(noon) {
		t.Errorf("last used %v, %v", stored.LastUsedAt, err)
	}
	d.fail = fault.New(fault.Unavailable, "down")
	if _, err := a.Caller(t.Context(), key); err != nil {
		t.Errorf("a known key is refused while the directory is down: %v", err)
	}
	fake.Advance(remembered)
	if _, err := a.Caller(t.Context(), key); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want %s", err, fault.Unavailable)
	}
}

func BenchmarkCaller(b *testing.B) {
	signer, err := NewSigner([]byte("0123456789abcdef"))
	if err != nil {
		b.Fatal(err)
	}
	d := storetest.Open(b, clock.System{})
	a, err := NewAuthenticator(d, signer, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	key, err := NewKey(Service)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := d.AddKey(b.Context(), store.Key{ID: "k", Bot: "demo", Role: "service", Hash: Hash(key)}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := a.Caller(b.Context(), key); err != nil {
			b.Fatal(err)
		}
	}
}
