package auth

import (
	"log/slog"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/internal/store/storetest"
)

func TestPick(t *testing.T) {
	a, b := store.User{ID: "1", Bot: "a"}, store.User{ID: "2", Bot: "b"}
	for _, c := range []struct {
		users   []store.User
		bot     string
		want    string
		several bool
	}{
		{nil, "", "", false}, {[]store.User{a}, "", "1", false}, {[]store.User{a, b}, "", "", true},
		{[]store.User{a, b}, "b", "2", false}, {[]store.User{a, b}, "c", "", false},
	} {
		if got, several := pick(c.users, c.bot); got.ID != c.want || several != c.several {
			t.Errorf("%+v: got %q, %v", c, got.ID, several)
		}
	}
}

func TestSessionLife(t *testing.T) {
	fake := clock.NewFake(noon)
	directory := storetest.Open(t, fake)
	signer, err := NewSigner([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAuthenticator(directory, signer, fake, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	hash, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := directory.AddUser(t.Context(), store.User{ID: "usr_1", Bot: "demo", Name: "小林", Role: "trainer", Password: hash}); err != nil {
		t.Fatal(err)
	}
	want := Caller{Means: BySession, Role: Trainer, ID: "usr_1", Name: "小林", Bot: "demo"}

	token, caller, until, err := a.LogIn(t.Context(), "", "小林", "correct horse")
	if err != nil || caller != want || !until.Equal(noon.Add(SessionLife)) {
		t.Fatalf("got %+v until %v, %v", caller, until, err)
	}
	second, _, _, err := a.LogIn(t.Context(), "demo", "小林", "correct horse")
	if err != nil || second == token {
		t.Fatalf("a second login: %v", err)
	}
	for _, credential := range []string{token, second} {
		if got, err := a.Caller(t.Context(), credential); err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if err := a.LogOut(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Caller(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after logging out: got %v, want %s", err, fault.Unauthenticated)
	}
	fake.Set(until.Add(-time.Second))
	if _, err := a.Caller(t.Context(), second); err != nil {
		t.Errorf("a second before the end: %v", err)
	}
	fake.Set(until) // though it was believed a second ago
	if _, err := a.Caller(t.Context(), second); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("at the end: got %v, want %s", err, fault.Unauthenticated)
	}
	for _, wrong := range [][3]string{{"", "小林", "wrong horse"}, {"other", "小林", "correct horse"}, {"", "nobody", "correct horse"}} {
		if _, _, _, err := a.LogIn(t.Context(), wrong[0], wrong[1], wrong[2]); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%v: got %v, want %s", wrong, err, fault.Unauthenticated)
		}
	}
}

// TestWrongNamesTakeAsLong: the time of a refusal must not tell which names exist.
func TestWrongNamesTakeAsLong(t *testing.T) {
	directory := storetest.Open(t, clock.System{})
	signer, err := NewSigner([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAuthenticator(directory, signer, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	hash, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := directory.AddUser(t.Context(), store.User{ID: "usr_1", Bot: "demo", Name: "known", Role: "agent", Password: hash}); err != nil {
		t.Fatal(err)
	}
	best := func(name string) time.Duration {
		shortest := time.Hour
		for range 7 {
			start := time.Now()
			if _, _, _, err := a.LogIn(t.Context(), "", name, "wrong horse"); !fault.Is(err, fault.Unauthenticated) {
				t.Fatal(err)
			}
			shortest = min(shortest, time.Since(start))
		}
		return shortest
	}
	known, unknown := best("known"), best("unknown")
	if known > 4*unknown || unknown > 4*known {
		t.Errorf("a known name takes %v, an unknown one %v", known, unknown)
	}
}
