package storetest

import (
	"bytes"
	"fmt"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

func scenarioKeys(f *fixture) {
	k := store.Key{ID: "key_1", Bot: "demo", Role: "service", Name: "接口", Hash: "h1"}
	added, err := f.store.AddKey(f.ctx, k)
	f.must(err)
	k.CreatedAt = noon
	f.same(added, k)
	for _, twin := range []store.Key{
		{ID: "key_1", Bot: "demo", Role: "agent", Hash: "h2"}, {ID: "key_2", Bot: "demo", Role: "agent", Hash: "h1"},
	} {
		_, err := f.store.AddKey(f.ctx, twin)
		f.wants(err, fault.Conflict)
	}
	_, err = f.store.AddKey(f.ctx, store.Key{ID: "key_3", Bot: "demo", Role: "agent"})
	f.wants(err, fault.Invalid)

	f.must(f.store.TouchKey(f.ctx, "key_1", noon.Add(time.Hour)))
	f.must(f.store.TouchKey(f.ctx, "key_1", noon)) // an earlier use changes nothing
	f.must(f.store.TouchKey(f.ctx, "none", noon))
	f.clock.Advance(time.Minute)
	f.wants(f.store.RevokeKey(f.ctx, "other", "key_1"), fault.NotFound)
	f.must(f.store.RevokeKey(f.ctx, "demo", "key_1"))
	k.LastUsedAt, k.RevokedAt = noon.Add(time.Hour), f.clock.Now()
	f.clock.Advance(time.Minute)
	f.must(f.store.RevokeKey(f.ctx, "demo", "key_1"))
	got, err := f.store.KeyByHash(f.ctx, "h1")
	f.must(err)
	f.same(got, k)
	_, err = f.store.KeyByHash(f.ctx, "none")
	f.wants(err, fault.NotFound)

	_, err = f.store.AddKey(f.ctx, store.Key{ID: "key_0", Bot: "demo", Role: "agent", Hash: "h0"})
	f.must(err)
	keys, err := f.store.Keys(f.ctx, "demo")
	f.must(err)
	f.same([]string{keys[0].ID, keys[1].ID}, []string{"key_1", "key_0"})
}

func (f *fixture) user(bot, id, name string) store.User {
	f.Helper()
	u, err := f.store.AddUser(f.ctx, store.User{ID: id, Bot: bot, Name: name, Role: "agent", Password: "$argon2id$x"})
	f.must(err)
	return u
}

func scenarioUsers(f *fixture) {
	a := f.user("demo", "usr_1", "小林")
	b := f.user("other", "usr_2", "小林")
	f.user("demo", "usr_3", "小周")
	_, err := f.store.AddUser(f.ctx, store.User{ID: "usr_4", Bot: "demo", Name: "小林", Role: "agent", Password: "x"})
	f.wants(err, fault.Conflict)
	_, err = f.store.AddUser(f.ctx, store.User{ID: "usr_4", Bot: "demo", Name: "小林", Role: "agent"})
	f.wants(err, fault.Invalid)

	named, err := f.store.UsersByName(f.ctx, "小林")
	f.must(err)
	f.same(named, []store.User{a, b})
	got, err := f.store.User(f.ctx, "usr_1")
	f.must(err)
	f.same(got, a)
	_, err = f.store.User(f.ctx, "none")
	f.wants(err, fault.NotFound)
	of, err := f.store.Users(f.ctx, "demo")
	f.must(err)
	f.same(len(of), 2)

	f.must(f.store.SetPassword(f.ctx, "demo", "usr_1", "$argon2id$y"))
	f.must(f.store.DisableUser(f.ctx, "demo", "usr_1"))
	a.Password, a.DisabledAt = "$argon2id$y", noon
	got, err = f.store.User(f.ctx, "usr_1")
	f.must(err)
	f.same(got, a)
	f.must(f.store.EnableUser(f.ctx, "demo", "usr_1"))
	f.wants(f.store.SetPassword(f.ctx, "other", "usr_1", "x"), fault.NotFound)
	f.wants(f.store.SetPassword(f.ctx, "demo", "usr_1", ""), fault.Invalid)
}

func scenarioSessions(f *fixture) {
	u := f.user("demo", "usr_1", "小林")
	open := func(hash string) store.Session {
		f.Helper()
		n, err := f.store.AddSession(f.ctx, store.Session{Hash: hash, Bot: "demo", User: "usr_1", ExpiresAt: noon.Add(time.Hour)})
		f.must(err)
		return n
	}
	gone := func(hash string) {
		f.Helper()
		_, _, err := f.store.SessionUser(f.ctx, hash)
		f.wants(err, fault.NotFound)
	}
	n := open("h1")
	session, user, err := f.store.SessionUser(f.ctx, "h1")
	f.must(err)
	f.same(session, n)
	f.same(user, u)
	gone("none")
	f.must(f.store.DeleteSession(f.ctx, "h1"))
	f.must(f.store.DeleteSession(f.ctx, "h1"))
	gone("h1")

	open("h2")
	f.must(f.store.SetPassword(f.ctx, "demo", "usr_1", "new")) // a new password ends logins
	gone("h2")
	open("h3")
	f.must(f.store.DisableUser(f.ctx, "demo", "usr_1"))
	gone("h3")
	open("h4") // a login that raced with the disabling
	gone("h4")
	f.must(f.store.EnableUser(f.ctx, "demo", "usr_1"))
	open("h5")
	f.clock.Advance(time.Hour)
	gone("h5")

	_, err = f.store.AddSession(f.ctx, store.Session{Hash: "h6", Bot: "demo", User: "none", ExpiresAt: noon})
	f.wants(err, fault.Conflict)
	_, err = f.store.AddSession(f.ctx, store.Session{Hash: "h6", Bot: "demo", User: "usr_1"})
	f.wants(err, fault.Invalid)
}

func scenarioSecrets(f *fixture) {
	const asked = 8
	got := make(chan []byte, asked)
	errs := make(chan error, asked)
	for range asked {
		go func() {
			secret, err := f.store.Secret(f.ctx, "", store.TokenSecret)
			got <- secret
			errs <- err
		}()
	}
	first := <-got
	f.same(len(first), 32)
	for range asked - 1 {
		f.same(<-got, first)
	}
	for range asked {
		f.must(<-errs)
	}
	shop, err := f.store.Secret(f.ctx, "demo", store.CustomerSecret)
	f.must(err)
	if bytes.Equal(shop, first) {
		f.Error("two secrets are equal")
	}
	f.must(f.store.SetSecret(f.ctx, "demo", store.CustomerSecret, bytes.Repeat([]byte{0, 255}, 10)))
	shop, err = f.store.Secret(f.ctx, "demo", store.CustomerSecret)
	f.must(err)
	f.same(shop, bytes.Repeat([]byte{0, 255}, 10))
	f.wants(f.store.SetSecret(f.ctx, "demo", "x", []byte("short")), fault.Invalid)
}

func scenarioAttempts(f *fixture) {
	a := store.Attempt{Bot: "demo", Scope: "articles", Key: "k", Digest: "d"}
	began := func(a store.Attempt) {
		f.Helper()
		_, replay, err := f.store.BeginAttempt(f.ctx, a)
		f.must(err)
		f.same(replay, false)
	}
	began(a)
	_, _, err := f.store.BeginAttempt(f.ctx, a)
	f.wants(err, fault.Conflict) // still running
	f.must(f.store.AbandonAttempt(f.ctx, a))
	began(a)
	want := store.Recorded{Status: 201, Body: []byte("{\"id\":\"\x00\xff\"}")}
	f.must(f.store.FinishAttempt(f.ctx, a, want))
	f.must(f.store.AbandonAttempt(f.ctx, a)) // too late: it is answered
	got, replay, err := f.store.BeginAttempt(f.ctx, a)
	f.must(err)
	f.same(replay, true)
	f.same(got, want)

	other := a
	other.Digest = "another body"
	_, _, err = f.store.BeginAttempt(f.ctx, other)
	f.wants(err, fault.Invalid)
	for _, apart := range []store.Attempt{
		{Bot: "other", Scope: "articles", Key: "k", Digest: "x"}, {Bot: "demo", Scope: "replies", Key: "k", Digest: "x"},
	} {
		began(apart)
	}

	crashed := store.Attempt{Bot: "demo", Scope: "articles", Key: "crashed", Digest: "d"}
	began(crashed)
	f.clock.Advance(2 * time.Minute)
	began(crashed) // its first request died
	_, _, err = f.store.BeginAttempt(f.ctx, crashed)
	f.wants(err, fault.Conflict)

	f.wants(f.store.FinishAttempt(f.ctx, store.Attempt{Bot: "demo", Scope: "s", Key: "never begun"}, want), fault.NotFound)
	f.wants(f.store.FinishAttempt(f.ctx, crashed, store.Recorded{}), fault.Invalid)
	_, _, err = f.store.BeginAttempt(f.ctx, store.Attempt{Bot: "demo"})
	f.wants(err, fault.Invalid)
}

func scenarioConcurrentAttempts(f *fixture) {
	const n = 10
	errs := make(chan error, n)
	for range n {
		go func() {
			_, replay, err := f.store.BeginAttempt(f.ctx, store.Attempt{Bot: "demo", Scope: "s", Key: "k", Digest: "d"})
			if replay {
				err = fmt.Errorf("replayed what nobody answered")
			}
			errs <- err
		}()
	}
	began := 0
	for range n {
		if err := <-errs; err == nil {
			began++
		} else {
			f.wants(err, fault.Conflict)
		}
	}
	f.same(began, 1)
}
