package auth

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

// Directory is where keys and users are kept; store.Store is one.
type Directory interface {
	KeyByHash(ctx context.Context, hash string) (store.Key, error)
	TouchKey(ctx context.Context, id string, t time.Time) error
	UsersByName(ctx context.Context, name string) ([]store.User, error)
	AddSession(ctx context.Context, s store.Session) (store.Session, error)
	SessionUser(ctx context.Context, hash string) (store.Session, store.User, error)
	DeleteSession(ctx context.Context, hash string) error
}

const (
	// remembered is how long a key or session is believed without asking the
	// directory: what a revocation in another process takes to be felt.
	remembered = 5 * time.Second
	// touchEvery is how finely a key's last use is recorded.
	touchEvery = 10 * time.Minute
	// SessionLife is how long a login lasts.
	SessionLife = 12 * time.Hour
)

// Authenticator turns credentials into callers. It is safe for concurrent use.
type Authenticator struct {
	directory Directory
	signer    *Signer
	clock     clock.Clock
	log       *slog.Logger
	known     *lru.Cache[string, knownCaller]

	mu      sync.Mutex
	touched map[string]time.Time   // by key id; as many as there are valid keys
	decoy   func() (string, error) // hash checked when there is no such user
}

type knownCaller struct {
	caller Caller
	until  time.Time
}

// NewAuthenticator returns an Authenticator over a directory.
func NewAuthenticator(d Directory, s *Signer, c clock.Clock, log *slog.Logger) (*Authenticator, error) {
	known, err := lru.New[string, knownCaller](4096)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the cache of callers cannot be made")
	}
	return &Authenticator{
		directory: d, signer: s, clock: c, log: log, known: known, touched: map[string]time.Time{},
		decoy: sync.OnceValues(func() (string, error) { return HashPassword(random()) }),
	}, nil
}

// Signer returns what signs conversation tokens.
func (a *Authenticator) Signer() *Signer { return a.signer }

// Caller returns who has this credential: a key, a session token or a
// conversation token. An unknown, revoked or expired one is fault.Unauthenticated.
func (a *Authenticator) Caller(ctx context.Context, credential string) (Caller, error) {
	now := a.clock.Now()
	switch {
	case credential == "":
		return Caller{}, unauthenticated()
	case strings.HasPrefix(credential, tokenPrefix):
		g, err := a.signer.Verify(credential, now)
		if err != nil {
			return Caller{}, err
		}
		return Caller{Means: ByToken, Role: Visitor, ID: g.Visitor, Bot: g.Bot, Conversation: g.Conversation}, nil
	}
	hash := Hash(credential)
	if k, ok := a.known.Get(hash); ok && now.Before(k.until) {
		return k.caller, nil
	}
	caller, until, err := a.lookUp(ctx, credential, hash)
	if fault.Is(err, fault.NotFound) {
		return Caller{}, unauthenticated()
	}
	if err != nil {
		return Caller{}, err
	}
	if soon := now.Add(remembered); until.IsZero() || soon.Before(until) {
		until = soon
	}
	a.known.Add(hash, knownCaller{caller, until})
	return caller, nil
}

// lookUp asks the directory. until is when a session ends, zero for keys.
func (a *Authenticator) lookUp(ctx context.Context, credential, hash string) (_ Caller, until time.Time, _ error) {
	if strings.HasPrefix(credential, sessionPrefix) {
		session, user, err := a.directory.SessionUser(ctx, hash)
		if err != nil {
			return Caller{}, time.Time{}, err
		}
		return Caller{Means: BySession, Role: Role(user.Role), ID: user.ID, Name: user.Name, Bot: user.Bot}, session.ExpiresAt, nil
	}
	key, err := a.directory.KeyByHash(ctx, hash)
	if err != nil {
		return Caller{}, time.Time{}, err
	}
	if !key.RevokedAt.IsZero() {
		return Caller{}, time.Time{}, unauthenticated()
	}
	a.touch(ctx, key.ID)
	return Caller{Means: ByKey, Role: Role(key.Role), ID: key.ID, Name: key.Name, Bot: key.Bot}, time.Time{}, nil
}

// touch records a key's use, now and then. It is a nicety: failing to record
// it refuses nobody.
func (a *Authenticator) touch(ctx context.Context, id string) {
	now := a.clock.Now()
	a.mu.Lock()
	due := now.Sub(a.touched[id]) >= touchEvery
	if due {
		a.touched[id] = now
	}
	a.mu.Unlock()
	if !due {
		return
	}
	if err := a.directory.TouchKey(ctx, id, now); err != nil {
		a.log.WarnContext(ctx, "cannot record the use of a key", "key", id, "error", err)
	}
}

// LogIn opens a session for a user. bot may be empty where the name is unique
// among the shops; a name that several have is fault.Invalid then. A wrong name
// or password, or a disabled user, is fault.Unauthenticated, and takes as long
// as a right one.
func (a *Authenticator) LogIn(ctx context.Context, bot, name, password string) (token string, c Caller, until time.Time, err error) {
	users, err := a.directory.UsersByName(ctx, name)
	if err != nil {
		return "", Caller{}, time.Time{}, err
	}
	user, several := pick(users, bot)
	if several {
		return "", Caller{}, time.Time{}, fault.In("bot", fault.New(fault.Invalid, "有多个店铺的坐席叫这个名字，请同时填写店铺 bot。"))
	}
	hash, err := a.decoy() // made by the first login, whoever it is
	if err != nil {
		return "", Caller{}, time.Time{}, err
	}
	if user.ID != "" {
		hash = user.Password
	}
	ok, err := VerifyPassword(ctx, hash, password)
	if err != nil {
		return "", Caller{}, time.Time{}, err
	}
	if !ok || user.ID == "" || !user.DisabledAt.IsZero() {
		return "", Caller{}, time.Time{}, fault.New(fault.Unauthenticated, "用户名或密码不正确。")
	}
	token, until = NewSession(), a.clock.Now().Add(SessionLife)
	if _, err := a.directory.AddSession(ctx, store.Session{Hash: Hash(token), Bot: user.Bot, User: user.ID, ExpiresAt: until}); err != nil {
		return "", Caller{}, time.Time{}, err
	}
	return token, Caller{Means: BySession, Role: Role(user.Role), ID: user.ID, Name: user.Name, Bot: user.Bot}, until, nil
}

// pick finds the user that name and bot mean; the zero User when there is none.
func pick(users []store.User, bot string) (found store.User, several bool) {
	for _, u := range users {
		if bot != "" && u.Bot != bot {
			continue
		}
		if found.ID != "" {
			return store.User{}, true
		}
		found = u
	}
	return found, false
}

// LogOut ends the session of this token; others are ignored.
func (a *Authenticator) LogOut(ctx context.Context, token string) error {
	hash := Hash(token)
	a.known.Remove(hash)
	return a.directory.DeleteSession(ctx, hash)
}
